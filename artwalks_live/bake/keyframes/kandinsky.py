"""Keyframes by Kandinsky 2.2, as in ArtWalks: the prior's CLIP image encoder and the decoder with its MoVQ.

Razzhigaev et al., "Kandinsky: an Improved Text-to-Image Synthesis with Image Prior and Latent Diffusion", 2023.
ArtWalks draws unrelated noise for every keyframe; here a leg has one, and every step of denoising draws the same.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from artwalks_live.bake.keyframes.encoder import Array, Encoder
from artwalks_live.bake.keyframes.frame import Pixels, Size
from artwalks_live.bake.keyframes.options import Diffusion, check_tokens
from artwalks_live.bake.keyframes.painter import DiffusionGenerator, Order
from artwalks_live.bake.keyframes.placing import GPU_BATCH, placed, settle, spare
from artwalks_live.bake.keyframes.weights_folder import identity, located, part, pipeline_of, variant, weights_count

PRIOR_STEPS, PRIOR_GUIDANCE = 25, 4.0  # of what a negative prompt becomes an embedding by


def generator() -> DiffusionGenerator:
    """The generator `kandinsky`."""
    return DiffusionGenerator("kandinsky", find, load)


def find(options: Diffusion) -> Diffusion:
    """Complete options by the model's identity. Raises ModelError on a folder, UsageError on a prompt."""
    folder = located(options.model)
    prior, decoder = part(folder, "prior"), part(folder, "decoder")
    pipeline_of(prior, ["KandinskyV22PriorPipeline"])
    pipeline_of(decoder, ["KandinskyV22Pipeline"])
    if options.negative:
        from transformers import CLIPTokenizer

        tokenizer = CLIPTokenizer.from_pretrained(prior / "tokenizer", local_files_only=True)
        check_tokens(tokenizer, negative=options.negative)
    return replace(options, identity=identity(prior, decoder))


@lru_cache(maxsize=1)
def load(options: Diffusion) -> Kandinsky:
    """The model in memory."""
    return Kandinsky(options)


class Kandinsky:
    """Image encoder, decoder and MoVQ, at their place."""

    most_pixels = 1024.0 * 1024.0
    begins = False

    def __init__(self, options: Diffusion) -> None:
        from diffusers import KandinskyV22Pipeline

        folder = located(options.model)
        self.options = options
        self._prior, decoder = part(folder, "prior"), part(folder, "decoder")
        encoder = self._prior / "image_encoder"
        self._place = placed(options.device, options.dtype, weights_count(encoder, decoder))
        self.encoder = Encoder(encoder, [self._prior / "image_processor"], self._place)
        self.batch = options.batch or (1 if self._place.device == "cpu" else GPU_BATCH)
        loaded: Any = KandinskyV22Pipeline.from_pretrained(decoder, **self._place.loading, **variant(decoder))
        self._pipeline = settle(loaded, self._place)

    def negative(self) -> Array:
        """What the negative prompt becomes by the prior; without one, the embedding of no picture."""
        if not self.options.negative:
            return self.encoder.nothing()
        import torch
        from diffusers import KandinskyV22PriorPipeline

        loaded: Any = KandinskyV22PriorPipeline.from_pretrained(
            self._prior, image_encoder=self.encoder.model, image_processor=None,
            **self._place.loading, **variant(self._prior),
        )  # fmt: skip
        loaded.set_progress_bar_config(disable=True)
        loaded.to(self._place.device)  # where memory is short it has the device for itself: the decoder waits outside
        made = loaded(
            self.options.negative, num_inference_steps=PRIOR_STEPS, guidance_scale=PRIOR_GUIDANCE,
            generator=torch.Generator("cpu").manual_seed(0),
        ).image_embeds  # fmt: skip
        if self._place.short:
            loaded.to("cpu")
        return np.asarray(made[0].float().cpu().numpy(), np.float32)

    def latent_shape(self, size: Size) -> tuple[int, ...]:
        """(channels, h, w) of the decoder's noise at a size of multiples of 64."""
        # as the pipeline itself counts: the picture is a multiple of the square of MoVQ's reduction
        scale = int(self._pipeline.movq_scale_factor)
        height, width = (-(-side // scale**2) * scale for side in size)
        return int(self._pipeline.unet.config.in_channels), height, width

    def paint(self, order: Order) -> list[Pixels]:
        """Decode embeddings."""
        import torch

        def sent(values: Array) -> torch.Tensor:
            return torch.from_numpy(np.ascontiguousarray(values)).to(self._place.device, self._place.torch_dtype)

        count = len(order.embeddings)
        made = self._pipeline(
            image_embeds=sent(order.embeddings),
            negative_image_embeds=sent(np.repeat(order.negative[None], count, axis=0)),
            latents=None if order.latents is None else sent(order.latents),
            height=order.size[0], width=order.size[1], num_inference_steps=order.steps,
            guidance_scale=self.options.guidance, generator=order.generators(), output_type="np",
        ).images  # fmt: skip
        return list(as_pixels(made))

    def spare(self) -> None:
        """Keep on the device only what is at work."""
        self.encoder.spare()
        self._place = spare(self._pipeline, self._place)


def as_pixels(images: Array) -> Pixels:
    """(n, h, w, 3) float in [0, 1] → uint8. Values that are no numbers, from float16 say, become black."""
    return np.asarray(np.clip(np.rint(np.nan_to_num(images) * 255.0), 0, 255), np.uint8)
