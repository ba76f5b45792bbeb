"""Keyframes by unCLIP: Stable unCLIP's image variations, and Karlo, which ArtWalks began with.

Ramesh et al., "Hierarchical Text-Conditional Image Generation with CLIP Latents", 2022. Karlo paints 256x256 pixels,
of which the middle is enlarged to the canvas; Stable unCLIP paints any size. Which of them a folder holds, its
`model_index.json` says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
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
from artwalks_live.bake.keyframes.placing import GPU_BATCH, Place, placed, settle, spare
from artwalks_live.bake.keyframes.weights_folder import identity, located, pipeline_of, variant, weights_count
from artwalks_live.core.errors import UsageError

STABLE = ("StableUnCLIPImg2ImgPipeline",)
KARLO = "UnCLIPImageVariationPipeline"
SUPER_RESOLUTION_STEPS = 7  # Karlo's last part, as published


def generator() -> DiffusionGenerator:
    """The generator `unclip`."""
    return DiffusionGenerator("unclip", find, load)


def find(options: Diffusion) -> Diffusion:
    """Complete options by the model's identity. Raises ModelError on a folder, UsageError on a prompt."""
    folder = located(options.model)
    kind = pipeline_of(folder, [*STABLE, KARLO])
    said = [name for name in ("prompt", "negative") if getattr(options, name)]
    if said and kind == KARLO:
        raise UsageError(f"--{said[0]}: Karlo varies pictures and takes no words: leave it out, or use --model unclip")
    if said:
        from transformers import CLIPTokenizer

        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        check_tokens(tokenizer, prompt=options.prompt, negative=options.negative)
    return replace(options, identity=identity(folder))


@lru_cache(maxsize=1)
def load(options: Diffusion) -> UnClip:
    """The model in memory."""
    folder = located(options.model)
    place = placed(options.device, options.dtype, weights_count(folder))
    kind = Karlo if pipeline_of(folder, [*STABLE, KARLO]) == KARLO else StableUnClip
    if kind is Karlo and (place.device, place.dtype) == ("cpu", "bfloat16"):
        raise UsageError("--dtype bfloat16: Karlo on a CPU paints in float32 only: leave it out")
    encoder = Encoder(folder / "image_encoder", [folder / "feature_extractor"], place)
    return kind(options, folder, place, encoder)


class UnClip(ABC):
    """What both have in common."""

    most_pixels = 768.0 * 768.0
    begins = False

    def __init__(self, options: Diffusion, folder: Path, place: Place, encoder: Encoder) -> None:
        self.options = options
        self.encoder = encoder
        self.batch = options.batch or (1 if place.device == "cpu" else GPU_BATCH)
        self._place = place
        self._pipeline = settle(self._loaded(folder), place)

    @abstractmethod
    def _loaded(self, folder: Path) -> Any:
        """The pipeline in the folder."""

    @abstractmethod
    def _call(self, order: Order, embeddings: Any, latents: Any) -> Any:
        """What the pipeline makes of a batch."""

    @abstractmethod
    def latent_shape(self, size: Size) -> tuple[int, ...]:
        """The shape of one picture's noise."""

    def negative(self) -> Array:
        """Zeros: the pipelines have what they guide away from inside."""
        return np.zeros(int(self.encoder.model.config.projection_dim), np.float32)

    def paint(self, order: Order) -> list[Pixels]:
        """Decode embeddings."""
        import torch

        assert order.latents is not None
        embeddings, latents = (
            torch.from_numpy(np.ascontiguousarray(values)).to(self._place.device, self._place.torch_dtype)
            for values in (order.embeddings, order.latents)
        )
        return list(as_pixels(self._call(order, embeddings, latents).images))

    def spare(self) -> None:
        """Keep on the device only what is at work."""
        self.encoder.spare()
        self._place = spare(self._pipeline, self._place)


class StableUnClip(UnClip):
    """Stable unCLIP 2.1."""

    def latent_shape(self, size: Size) -> tuple[int, ...]:
        """(channels, h, w) of the latents."""
        scale = int(self._pipeline.vae_scale_factor)
        return int(self._pipeline.unet.config.in_channels), size[0] // scale, size[1] // scale

    def _loaded(self, folder: Path) -> Any:
        from diffusers import StableUnCLIPImg2ImgPipeline

        return StableUnCLIPImg2ImgPipeline.from_pretrained(
            folder, feature_extractor=None, image_encoder=self.encoder.model,
            **self._place.loading, **variant(folder),
        )  # fmt: skip

    def _call(self, order: Order, embeddings: Any, latents: Any) -> Any:
        count, scheduler = len(embeddings), self._pipeline.scheduler
        scheduler.set_timesteps(order.steps)  # some schedulers know only then how strong their noise begins
        return self._pipeline(
            prompt=[self.options.prompt] * count, negative_prompt=[self.options.negative] * count,
            image_embeds=embeddings, latents=latents * scheduler.init_noise_sigma, noise_level=0,
            height=order.size[0], width=order.size[1], num_inference_steps=order.steps,
            guidance_scale=self.options.guidance, generator=order.generators(), output_type="np",
        )  # fmt: skip


class Karlo(UnClip):
    """Karlo v1 alpha, loaded part by part: diffusers keeps its pipeline, but loads it under its old name only."""

    most_pixels = 256.0 * 256.0

    def latent_shape(self, size: Size) -> tuple[int, ...]:
        """(channels, side, side): its size is its own."""
        config = self._pipeline.decoder.config
        return int(config.in_channels), int(config.sample_size), int(config.sample_size)

    def _loaded(self, folder: Path) -> Any:
        from diffusers import UnCLIPScheduler, UNet2DConditionModel, UNet2DModel
        from diffusers.pipelines.deprecated.unclip import UnCLIPImageVariationPipeline
        from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel
        from transformers import CLIPTextModelWithProjection, CLIPTokenizer

        parts: dict[str, Any] = {
            "decoder": UNet2DConditionModel, "text_encoder": CLIPTextModelWithProjection,
            "text_proj": UnCLIPTextProjModel, "super_res_first": UNet2DModel, "super_res_last": UNet2DModel,
        }  # fmt: skip
        how = {**self._place.loading, **variant(folder)}
        loaded = {name: kind.from_pretrained(folder / name, **how) for name, kind in parts.items()}
        for name in ("decoder_scheduler", "super_res_scheduler"):
            loaded[name] = UnCLIPScheduler.from_pretrained(folder / name, local_files_only=True)
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        return UnCLIPImageVariationPipeline(
            **loaded, tokenizer=tokenizer, feature_extractor=None, image_encoder=self.encoder.model
        )

    def _call(self, order: Order, embeddings: Any, latents: Any) -> Any:
        return self._pipeline(
            image_embeddings=embeddings, decoder_latents=latents, decoder_num_inference_steps=order.steps,
            super_res_num_inference_steps=SUPER_RESOLUTION_STEPS, decoder_guidance_scale=self.options.guidance,
            generator=order.generators(), output_type="np",
        )  # fmt: skip
