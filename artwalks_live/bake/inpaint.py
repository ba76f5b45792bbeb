"""Continue a painting with Kandinsky 2.2 inpainting, where that model is here.

The model is shown what the patches have grown (`outpaint`) and repaints it, steered by the embedding of the painting
itself; how it meets the painting is mended as it is there. The painting's own pixels are laid over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import operators
from artwalks_live.bake.ground import met
from artwalks_live.bake.inset import Inset
from artwalks_live.bake.keyframes.encoder import Encoder
from artwalks_live.bake.keyframes.placing import placed, settle, told
from artwalks_live.bake.keyframes.weights_folder import identity, part, pipeline_of, variant, weights_count
from artwalks_live.bake.models import cached
from artwalks_live.bake.outpaint import outpainting
from artwalks_live.core.errors import ModelError

Bytes = NDArray[np.uint8]
STEPS, GUIDANCE, SEED = 50, 4.0, 92
PIXELS = 768 * 768
_MULTIPLE = 64


@dataclass(frozen=True)
class Kandinsky:
    """What repaints, and the prior whose image encoder sees the painting: their folders.

    steps, pixels   of denoising, and about how many pixels are painted: more than it was trained on repeats motifs
    """

    decoder: Path
    prior: Path
    steps: int = STEPS
    pixels: int = PIXELS

    @classmethod
    def here(cls) -> Kandinsky:
        """Both in the user's cache. Raises ModelError with the command that fetches what is missing."""
        instead = "bake with --fit outpaint"
        return cls.of(cached.folder("kandinsky-inpaint", instead=instead), cached.folder("kandinsky", instead=instead))

    @classmethod
    def of(cls, inpaint: Path, kandinsky: Path) -> Kandinsky:
        """In these folders. Raises ModelError when they hold something else."""
        prior = part(kandinsky, "prior", "--fit")
        pipeline_of(inpaint, ["KandinskyV22InpaintPipeline"], "--fit")
        pipeline_of(prior, ["KandinskyV22PriorPipeline"], "--fit")
        return cls(inpaint, prior)

    @property
    def identity(self) -> str:
        """What tells these models from others."""
        return identity(self.prior, self.decoder)

    def inpainting(self, painting: Bytes, inset: Inset) -> Callable[[Bytes, Inset], Bytes]:
        """Repaint what is around a painting, (h, w, 3) uint8 sRGB at its size in the frame.

        Returns what lays the frame (H, W, 3) around the same painting at any size; the painting itself is as it was.
        """
        grown = outpainting(painting, inset)(painting, inset)
        repainted = self._repainted(painting, inset, grown)
        return lambda picture, there: _joined(picture, there, repainted)

    def _repainted(self, painting: Bytes, inset: Inset, grown: Bytes) -> Bytes:
        """The frame as the model paints it, at the size that it paints best."""
        import torch
        from PIL import Image

        scale = (self.pixels / (inset.size[0] * inset.size[1])) ** 0.5
        width, height = (max(_MULTIPLE, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in inset.size)
        mask = np.ones((height, width), np.float32)
        mask[inset.at((width, height)).painting] = 0.0
        encoder, pipeline = _opened(self)
        steered = [torch.from_numpy(values) for values in (encoder.embed([painting]), encoder.nothing()[None])]
        target = pipeline._execution_device
        seen, nothing = (values.to(target, pipeline.unet.dtype) for values in steered)
        with told("Kandinsky inpainting"):
            made = pipeline(
                image_embeds=seen, negative_image_embeds=nothing, mask_image=mask, height=height, width=width,
                image=Image.fromarray(cv2.resize(grown, (width, height), interpolation=cv2.INTER_AREA)),
                num_inference_steps=self.steps, guidance_scale=GUIDANCE, output_type="np",
                generator=torch.Generator("cpu").manual_seed(SEED),
            ).images[0]  # fmt: skip
        if not np.isfinite(made).all():
            raise ModelError("Kandinsky inpainting gave values that are not finite: use --fit outpaint")
        return np.asarray(np.clip(np.rint(made * 255.0), 0, 255), np.uint8)


@lru_cache(maxsize=1)
def _opened(model: Kandinsky) -> tuple[Encoder, Any]:
    operators.declare()
    try:
        from diffusers import KandinskyV22InpaintPipeline
    except ImportError as error:
        raise ModelError(f"{error.name} is not installed: pip install 'artwalks-live[diffusion]'") from None
    seen = model.prior / "image_encoder"
    with told("Kandinsky inpainting"):
        place = placed("auto", "auto", weights_count(seen, model.decoder))
        encoder = Encoder(seen, [model.prior / "image_processor"], place)
        loaded: Any = KandinskyV22InpaintPipeline.from_pretrained(
            model.decoder, **place.loading, **variant(model.decoder)
        )
        return encoder, settle(loaded, place)


def _joined(painting: Bytes, inset: Inset, repainted: Bytes) -> Bytes:
    """The repainted frame at a size, made to meet the painting."""
    if inset.height < inset.size[1]:
        turned = _joined(_turned(painting), inset.turned, _turned(repainted))
        return _turned(turned)
    frame = cv2.resize(repainted, inset.size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    frame = np.clip(np.rint(met(frame, painting.astype(np.float32), inset)), 0, 255).astype(np.uint8)
    frame[inset.painting] = painting
    return np.asarray(frame, np.uint8)


def _turned(picture: Bytes) -> Bytes:
    return np.ascontiguousarray(picture.swapaxes(0, 1))
