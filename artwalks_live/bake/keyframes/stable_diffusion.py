"""Keyframes painted over by Stable Diffusion: img2img from the patch generator's picture, steered by both paintings.

Both paintings steer it by the embedding of an IP-Adapter (Ye et al. 2023), mixed as for the other models; a prompt may
say more. How much is painted anew is `strength`: this is the restyling pass of audio-reactive latent walks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from artwalks_live.bake.keyframes.encoder import Array, Encoder
from artwalks_live.bake.keyframes.frame import Pixels, Size
from artwalks_live.bake.keyframes.kandinsky import as_pixels
from artwalks_live.bake.keyframes.options import Diffusion, check_tokens
from artwalks_live.bake.keyframes.painter import DiffusionGenerator, Order
from artwalks_live.bake.keyframes.placing import GPU_BATCH, placed, settle, spare
from artwalks_live.bake.keyframes.weights_folder import (
    check_weights,
    identity,
    located,
    pipeline_of,
    refuse_file,
    variant,
    weights_count,
)
from artwalks_live.core.errors import ModelError

PIPELINES = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline")


def generator() -> DiffusionGenerator:
    """The generator `sd`."""
    return DiffusionGenerator("sd", find, load)


def find(options: Diffusion) -> Diffusion:
    """Complete options by the models' identity. Raises ModelError on a folder, UsageError on a prompt."""
    folder = located(options.model)
    pipeline_of(folder, PIPELINES)
    steering, encoder = adapter_in(located(options.adapter, "--adapter"))
    if options.prompt or options.negative:
        from transformers import CLIPTokenizer

        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        check_tokens(tokenizer, prompt=options.prompt, negative=options.negative)
    return replace(options, identity=identity(folder, steering.parent, encoder))


def adapter_in(folder: Path) -> tuple[Path, Path]:
    """The IP-Adapter's file and its image encoder's folder, in a folder laid out as h94/IP-Adapter or flat.

    Raises ModelError when one of them is not there.
    """
    option = "--adapter"
    refuse_file(folder, option)
    for base in (folder, folder / "models"):
        files, encoder = sorted(base.glob("ip-adapter*.safetensors")), base / "image_encoder"
        plain = [file for file in files if file.stem == "ip-adapter_sd15"] or files
        if plain and (encoder / "config.json").is_file():
            check_weights(base, option)
            check_weights(encoder, option)
            return plain[0], encoder
    raise ModelError(f"{option} {folder}: ip-adapter_sd15.safetensors and a folder image_encoder are expected in it "
                     "(or in its folder models)")  # fmt: skip


@lru_cache(maxsize=1)
def load(options: Diffusion) -> StableDiffusion:
    """The model in memory."""
    return StableDiffusion(options)


class StableDiffusion:
    """Image encoder, adapter, text encoder, UNet and VAE, at their place."""

    most_pixels = 768.0 * 768.0
    begins = True

    def __init__(self, options: Diffusion) -> None:
        from diffusers import StableDiffusionImg2ImgPipeline

        self.options = options
        folder = located(options.model)
        steering, encoder = adapter_in(located(options.adapter, "--adapter"))
        self._place = placed(options.device, options.dtype, weights_count(folder, encoder))
        self.encoder = Encoder(encoder, [encoder], self._place)
        self.batch = options.batch or (1 if self._place.device == "cpu" else GPU_BATCH)
        loaded: Any = StableDiffusionImg2ImgPipeline.from_pretrained(
            folder, safety_checker=None, requires_safety_checker=False, feature_extractor=None,
            **self._place.loading, **variant(folder),
        )  # fmt: skip
        _steer(loaded, steering, option=f"--adapter {options.adapter}")
        self._pipeline = settle(loaded, self._place)

    def negative(self) -> Array:
        """Zeros, as IP-Adapters were trained with."""
        return np.zeros(int(self.encoder.model.config.projection_dim), np.float32)

    def latent_shape(self, size: Size) -> tuple[int, ...]:
        """(channels, h, w) of the latents; the noise on them comes from the seed."""
        scale = int(self._pipeline.vae_scale_factor)
        return int(self._pipeline.unet.config.in_channels), size[0] // scale, size[1] // scale

    def paint(self, order: Order) -> list[Pixels]:
        """Paint over the pictures that the order begins with."""
        import torch

        assert order.begin is not None
        count = len(order.embeddings)
        rows = order.embeddings[:, None]
        if self.options.guidance > 1.0:
            rows = np.concatenate([np.repeat(order.negative[None, None], count, axis=0), rows])
        steering = torch.from_numpy(rows).to(self._place.device, self._place.torch_dtype)
        made = self._pipeline(
            prompt=[self.options.prompt] * count, negative_prompt=[self.options.negative] * count,
            image=np.stack(order.begin).astype(np.float32) / 255.0, strength=self.options.strength,
            ip_adapter_image_embeds=[steering], num_inference_steps=order.steps,
            guidance_scale=self.options.guidance, generator=order.generators(), output_type="np",
        ).images  # fmt: skip
        return list(as_pixels(made))

    def spare(self) -> None:
        """Keep on the device only what is at work."""
        self.encoder.spare()
        self._place = spare(self._pipeline, self._place)


def _steer(pipeline: Any, adapter: Path, option: str) -> None:
    """Put an IP-Adapter into a pipeline. Raises ModelError when it is of another kind, or for another model."""
    from diffusers.models.embeddings import ImageProjection

    try:
        pipeline.load_ip_adapter(str(adapter.parent), subfolder="", weight_name=adapter.name, image_encoder_folder=None)
        layers = pipeline.unet.encoder_hid_proj.image_projection_layers
    except (ValueError, KeyError, RuntimeError) as error:
        raise ModelError(f"{option}: {adapter.name} does not fit this model ({type(error).__name__}): "
                         "use the IP-Adapter made for it") from None  # fmt: skip
    pipeline.prepare_ip_adapter_image_embeds = _each_its_own
    if not isinstance(layers[0], ImageProjection):
        raise ModelError(f"{option}: {adapter.name} wants more than one embedding a picture: use ip-adapter_sd15")


def _each_its_own(pictures: None, embeddings: Sequence[Any], device: Any, *batch_and_guidance: object) -> list[Any]:
    """In place of the pipeline's own, which repeats one embedding for a whole batch: each picture has its own here."""
    return [each.to(device) for each in embeddings]
