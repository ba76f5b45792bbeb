"""Pictures of prompts, by a diffusion model in a local folder: Kandinsky 2.2 or Stable Diffusion.

Nothing is fetched here; `artwalks models fetch` does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import operators
from artwalks_live.bake.keyframes.placing import Place, placed, settle, told
from artwalks_live.bake.keyframes.weights_folder import pipeline_of, variant, weights_count
from artwalks_live.bake.models import cached
from artwalks_live.core.errors import ModelError

_MULTIPLE = 64
_NEGATIVE = "text, watermark, signature, border, frame, blur"


@dataclass(frozen=True)
class DiffusionPainter:
    """A text-to-image pipeline; with `prior`, the one that turns prompts into embeddings for it (Kandinsky)."""

    pipeline: Any
    prior: Any | None
    steps: int = 30

    @classmethod
    def of(cls, name: str | Path, steps: int = 30) -> DiffusionPainter:
        """Open a model by catalogue name or folder.

        Raises ModelError when it, torch or diffusers is not here, or the folder holds no pipeline.
        """
        folder = cached.folder(name, instead="give --painter module:callable")
        operators.declare()
        try:
            from diffusers import AutoPipelineForText2Image, KandinskyV22Pipeline, KandinskyV22PriorPipeline
        except ImportError as error:
            raise ModelError(f"{error.name} is not installed: pip install 'artwalks-live[diffusion]'") from None
        try:
            if (folder / "prior").is_dir() and (folder / "decoder").is_dir():
                parts = folder / "prior", folder / "decoder"
                pipeline_of(parts[0], ["KandinskyV22PriorPipeline"], "--painter")
                pipeline_of(parts[1], ["KandinskyV22Pipeline"], "--painter")
                place = placed("auto", "auto", weights_count(*parts))
                prior = _opened(KandinskyV22PriorPipeline, parts[0], place, image_processor=None)  # no picture is read
                return cls(_opened(KandinskyV22Pipeline, parts[1], place), prior, steps)
            pipeline_of(folder, ["StableDiffusionPipeline", "StableDiffusionXLPipeline"], "--painter")
            place = placed("auto", "auto", weights_count(folder))
            return cls(_opened(AutoPipelineForText2Image, folder, place), None, steps)
        except (OSError, ValueError, KeyError) as error:
            why = " ".join(str(error).split())[:120]
            raise ModelError(f"{folder} holds no text-to-image pipeline that can be opened ({why})") from None

    def paint(self, prompt: str, size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
        """A picture, (H, W, 3) uint8 sRGB, its sides rounded to multiples of 64. Raises ModelError when it fails."""
        import torch

        width, height = (max(_MULTIPLE, round(side / _MULTIPLE) * _MULTIPLE) for side in size)
        chance = torch.Generator("cpu").manual_seed(seed)
        with told("the painter"):
            asked: dict[str, Any] = {"prompt": prompt, "negative_prompt": _NEGATIVE}
            if self.prior is not None:
                thought = self.prior(**asked, generator=chance, num_inference_steps=self.steps)
                asked = {name: getattr(thought, name) for name in ("image_embeds", "negative_image_embeds")}
            made = self.pipeline(**asked, width=width, height=height, generator=chance, num_inference_steps=self.steps)
        return np.asarray(made.images[0].convert("RGB"), np.uint8)


def _opened(kind: Any, folder: Path, place: Place, **parts: object) -> Any:
    return settle(kind.from_pretrained(folder, **place.loading, **variant(folder), **parts), place)
