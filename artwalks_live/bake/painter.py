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
from artwalks_live.bake.keyframes.weights_folder import pipeline_of
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
            import torch
            from diffusers import AutoPipelineForText2Image, KandinskyV22Pipeline, KandinskyV22PriorPipeline
        except ImportError as error:
            raise ModelError(f"{error.name} is not installed: pip install 'artwalks-live[diffusion]'") from None
        device = "cuda" if torch.cuda.is_available() else "cpu"
        kind = {
            "torch_dtype": torch.float16 if device == "cuda" else torch.float32,
            "local_files_only": True,
            "use_safetensors": True,
        }
        try:
            if (folder / "prior").is_dir() and (folder / "decoder").is_dir():
                pipeline_of(folder / "prior", ["KandinskyV22PriorPipeline"], "--painter")
                pipeline_of(folder / "decoder", ["KandinskyV22Pipeline"], "--painter")
                prior = KandinskyV22PriorPipeline.from_pretrained(folder / "prior", **kind).to(device)
                return cls(_quiet(KandinskyV22Pipeline.from_pretrained(folder / "decoder", **kind).to(device)),
                           _quiet(prior), steps)  # fmt: skip
            pipeline_of(folder, ["StableDiffusionPipeline", "StableDiffusionXLPipeline"], "--painter")
            return cls(_quiet(AutoPipelineForText2Image.from_pretrained(folder, **kind).to(device)), None, steps)
        except (OSError, ValueError, KeyError) as error:
            why = " ".join(str(error).split())[:120]
            raise ModelError(f"{folder} holds no text-to-image pipeline that can be opened ({why})") from None

    def paint(self, prompt: str, size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
        """A picture, (H, W, 3) uint8 sRGB, its sides rounded to multiples of 64."""
        import torch

        width, height = (max(_MULTIPLE, round(side / _MULTIPLE) * _MULTIPLE) for side in size)
        chance = torch.Generator("cpu").manual_seed(seed)
        told: dict[str, Any] = {"prompt": prompt, "negative_prompt": _NEGATIVE}
        if self.prior is not None:
            thought = self.prior(prompt, negative_prompt=_NEGATIVE, generator=chance, num_inference_steps=self.steps)
            told = {
                "image_embeds": thought.image_embeds,
                "negative_image_embeds": thought.negative_image_embeds,
            }
        made = self.pipeline(**told, width=width, height=height, generator=chance, num_inference_steps=self.steps)
        return np.asarray(made.images[0].convert("RGB"), np.uint8)


def _quiet(pipeline: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
