"""Paint a picture over with Stable Diffusion (img2img), by words alone: for twins of paintings, and for composed walks.

The framing stays: what is painted lies pixel for pixel over what was given. The same seed, model and options give the
same picture on the same device. Nothing is fetched here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from artwalks_live.bake import operators
from artwalks_live.bake.fields import Pixels
from artwalks_live.bake.keyframes.frame import from_canvas, onto_canvas, painted_size
from artwalks_live.bake.keyframes.options import MOST_CHARACTERS, check_packages, check_tokens
from artwalks_live.bake.keyframes.placing import DTYPES, out_of_memory, placed, released, settle, spare, told
from artwalks_live.bake.keyframes.weights_folder import (
    PICKLES,
    identity,
    pipeline_of,
    refuse_file,
    variant,
    weights_count,
)
from artwalks_live.bake.models import cached
from artwalks_live.core.errors import ModelError, UsageError, choices

VERSION = 1
PIPELINES = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline")
MOST_PIXELS = 768.0 * 768.0  # beyond what it was trained for a model repeats its motifs
_HERE = ("model", "device", "option")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Restyling:
    """How a picture is painted over.

    model     a folder of Stable Diffusion, a name of the catalogue, or OWNER/NAME of the hub
    prompt    what it is to become
    negative  what to keep away from; '' for nothing
    strength  (0, 1], how much is painted anew
    steps     of denoising, 1 to 500; `strength` of them are done
    guidance  how strongly the prompt rules, 1 (not beyond its due) to 30
    seed      of the noise
    device    'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'
    dtype     'auto' (float16 on a GPU, float32 on a CPU), 'float32', 'float16' or 'bfloat16'
    option    what the command line calls the model; its other options begin with it
    """

    model: str = "sd"
    prompt: str = ""
    negative: str = ""
    strength: float = 0.5
    steps: int = 12
    guidance: float = 7.5
    seed: int = 42
    device: str = "auto"
    dtype: str = "auto"
    option: str = field(default="--restyle", compare=False)

    def check(self) -> None:
        """Raise UsageError on the first value that cannot be used. Nothing is read from the disk."""
        if not self.model.strip():
            raise UsageError(f"{self.option} is empty: give the folder of a Stable Diffusion model, or its name")
        if not self.prompt.strip():
            raise UsageError(f"{self.option}-prompt is empty: say what the picture is to become")
        for name in ("prompt", "negative"):
            length = len(getattr(self, name))
            if length > MOST_CHARACTERS:
                raise UsageError(f"{self.option}-{name} has {length} characters: use {MOST_CHARACTERS} at most")
        for name, low, high in (("strength", 0.01, 1.0), ("steps", 1, 500), ("guidance", 1.0, 30.0)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{self.option}-{name} {value:g}: use a value from {low:g} to {high:g}")
        if int(self.steps * self.strength) < 1:
            raise UsageError(f"{self.option}-strength {self.strength:g} of {self.option}-steps {self.steps} "
                             "is not one step: raise either")  # fmt: skip
        if not 0 <= self.seed < 1 << 63:
            raise UsageError(f"{self.option}-seed {self.seed}: use 0 or more")
        if self.dtype not in DTYPES:
            raise UsageError(f"--dtype {choices(self.dtype, DTYPES)}")

    def deciding(self) -> dict[str, Any]:
        """All that the pictures depend on, besides the model's content (`Img2Img.identity`)."""
        return {name: value for name, value in asdict(self).items() if name not in _HERE}


@dataclass(frozen=True)
class Img2Img:
    """A model that was found and examined; it is loaded when it first paints.

    identity  of the content of its files
    """

    options: Restyling
    folder: Path
    identity: str

    @classmethod
    def of(cls, options: Restyling) -> Img2Img:
        """Find the model.

        Raises UsageError on options, a package that is missing, or a prompt that the model would read only in part;
        ModelError when the model is not here or the folder holds something else.
        """
        options.check()
        path = Path(options.model)
        if path.is_file() or path.suffix.lower() in PICKLES:
            refuse_file(path, options.option)
        folder = cached.folder(options.model, instead=f"leave {options.option} out")
        pipeline_of(folder, PIPELINES, options.option)
        check_packages(options.option, f"leave {options.option} out")
        operators.declare()
        found = cls(options, folder, identity(folder))
        with told(f"the model {options.model}", f"leave {options.option} out"):
            from transformers import CLIPTokenizer

            tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        check_tokens(tokenizer, **{
            f"{options.option.strip('-')}-{name}": getattr(options, name) for name in ("prompt", "negative")
        })  # fmt: skip
        return found

    def paint(self, picture: Pixels, seed: int | None = None) -> Pixels:
        """Paint a picture over, (H, W, 3) uint8 sRGB of any size, to one of the same size and framing.

        seed  of the noise, instead of the options'

        A canvas beyond about 768x768 pixels is painted smaller and enlarged. Raises ModelError when the model cannot be
        opened or finds too little memory, even in parts, or gives values that are not finite.
        """
        size = painted_size(picture.shape[:2], MOST_PIXELS)
        begin = from_canvas(picture, size)
        number = self.options.seed if seed is None else seed
        what = f"the model {self.options.model}, painting {size[1]}x{size[0]},"
        with told(what, f"leave {self.options.option} out"):
            opened = _opened(self.folder, self.options.device, self.options.dtype)
            made = sparing(lambda: opened.paint(self.options, begin, number), opened.spare)
        if not np.isfinite(made).all():
            raise ModelError(f"{self.options.option} {self.options.model}: what it paints is not finite: "
                             "use --dtype float32")  # fmt: skip
        painted = np.asarray(np.clip(np.rint(made * 255.0), 0, 255), np.uint8)
        return onto_canvas(painted, picture.shape[:2])


class _Opened:
    """A pipeline in memory."""

    def __init__(self, folder: Path, device: str, dtype: str) -> None:
        from diffusers import StableDiffusionImg2ImgPipeline

        self._place = placed(device, dtype, weights_count(folder))
        loaded: Any = StableDiffusionImg2ImgPipeline.from_pretrained(
            folder, safety_checker=None, requires_safety_checker=False, feature_extractor=None, image_encoder=None,
            **self._place.loading, **variant(folder),
        )  # fmt: skip
        self._pipeline = settle(loaded, self._place)

    def paint(self, options: Restyling, begin: Pixels, seed: int) -> Any:
        """One picture, (h, w, 3) float, [0, 1]."""
        import torch

        return self._pipeline(
            prompt=options.prompt, negative_prompt=options.negative, image=begin[None].astype(np.float32) / 255.0,
            strength=options.strength, num_inference_steps=options.steps, guidance_scale=options.guidance,
            generator=torch.Generator("cpu").manual_seed(seed), output_type="np",
        ).images[0]  # fmt: skip

    def spare(self) -> None:
        """Keep on the device only what is at work."""
        self._place = spare(self._pipeline, self._place)


def sparing(paint: Callable[[], Made], spared: Callable[[], None]) -> Made:
    """Paint; out of memory, once more after `spared()`. Raises what `paint` raises, then or for another reason."""
    try:
        return paint()
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
    released()  # outside the `except`: the error's traceback holds what filled the memory
    spared()
    return paint()


@lru_cache(maxsize=1)
def _opened(folder: Path, device: str, dtype: str) -> _Opened:
    return _Opened(folder, device, dtype)
