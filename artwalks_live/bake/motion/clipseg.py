"""CLIPSeg in a local folder: how likely each place of a picture is what a word names.

The folder is transformers' own: `config.json`, weights as safetensors, the tokenizer's files, and
`preprocessor_config.json`. A picture is squeezed to the square that the last one says, as the model was trained.
Nothing is fetched here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from artwalks_live.bake import operators
from artwalks_live.bake.fields import Array, Pixels
from artwalks_live.bake.keyframes.options import check_packages
from artwalks_live.bake.keyframes.placing import Place, placed, told
from artwalks_live.bake.keyframes.weights_folder import (
    PICKLES,
    check_weights,
    identity,
    refuse_file,
    variant,
    weights_count,
)
from artwalks_live.bake.models import cached
from artwalks_live.core.errors import ModelError

OPTION = "--segmenter"
_TYPE = "clipseg"
_BATCH = 4
_INSTEAD = "give a mask by --mask"


@dataclass(frozen=True)
class Preparation:
    """How a picture is prepared: squeezed to `side` pixels, of which `mean` is taken, and divided by `deviation`.

    The usual are CLIPSeg's own. Its encoder's `image_size` is another: positions are read between those that it knows.
    """

    side: int = 352
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    deviation: tuple[float, ...] = (0.229, 0.224, 0.225)

    @classmethod
    def of(cls, folder: Path) -> Preparation:
        """As the folder's preprocessor_config.json says, where it is there. Raises ModelError on nonsense in it."""
        file = folder / "preprocessor_config.json"
        if not file.is_file():
            return cls()
        try:
            said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            size: Any = said["size"]
            if isinstance(size, dict):
                size = size["height" if "height" in size else "shortest_edge"]
            side = int(size)
            mean, deviation = (tuple(float(value) for value in said[name]) for name in ("image_mean", "image_std"))
            good = 16 <= side <= 4096 and len(mean) == len(deviation) == 3 and min(deviation) > 0.0
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            good = False
        if not good:
            raise ModelError(f"{OPTION} {file}: size, image_mean and image_std cannot be read: fetch the model again")
        return cls(side, mean, deviation)

    def applied(self, picture: Pixels) -> Array:
        """A picture (H, W, 3) uint8 as the model reads it: (3, side, side) float32."""
        smaller = min(picture.shape[:2]) >= self.side
        how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        values = cv2.resize(picture, (self.side, self.side), interpolation=how).astype(np.float32) / np.float32(255.0)
        made = (values - np.array(self.mean, np.float32)) / np.array(self.deviation, np.float32)
        return np.ascontiguousarray(made.transpose(2, 0, 1), np.float32)


@dataclass(frozen=True)
class ClipSeg:
    """A CLIPSeg model: its folder. It is opened when it is first used."""

    folder: Path

    @classmethod
    def of(cls, name: str) -> ClipSeg:
        """Find a model by folder or name. Raises ModelError when it is not here, or the folder holds something else."""
        path = Path(name)
        if path.is_file() or path.suffix.lower() in PICKLES:
            refuse_file(path, OPTION)
        folder = cached.folder(name, instead=_INSTEAD)
        try:
            kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
        except (OSError, ValueError, KeyError, TypeError):
            raise ModelError(f"{OPTION} {folder}: no CLIPSeg model (config.json) is there: give its folder") from None
        if kind != _TYPE:
            raise ModelError(f"{OPTION} {folder}: this is a {str(kind)[:40]}, and CLIPSeg is needed, or an .onnx file")
        check_weights(folder, OPTION)
        Preparation.of(folder)
        check_packages(f"{OPTION} {folder.name}", _INSTEAD)
        return cls(folder)

    @cached_property
    def identity(self) -> str:
        """Of the content of its files."""
        return identity(self.folder)

    def likely(self, picture: Pixels, words: Sequence[str]) -> Array:
        """The likeliest of the words at each place, (side, side) float32 [0, 1]: squeezed over the whole picture.

        Raises ModelError when the model cannot be opened, finds too little memory, or gives values that are not finite.
        """
        import torch

        with told(f"the segmenter {self.folder.name}", _INSTEAD):
            model, tokenizer, place = opened(self.folder)
            read = Preparation.of(self.folder).applied(picture)
            pixels = torch.from_numpy(read[None]).to(place.device, place.torch_dtype)
            made = []
            with torch.inference_mode():
                for start in range(0, len(words), _BATCH):
                    batch = list(words[start : start + _BATCH])
                    text = tokenizer(batch, padding=True, truncation=True, return_tensors="pt").to(place.device)
                    logits = model(
                        pixel_values=pixels.expand(len(batch), -1, -1, -1), input_ids=text.input_ids,
                        attention_mask=text.attention_mask,
                    ).logits  # fmt: skip
                    made.append(logits.reshape(len(batch), *logits.shape[-2:]).float().cpu().numpy())
        found = np.concatenate(made).max(axis=0)
        if not np.isfinite(found).all():
            raise ModelError(f"{OPTION} {self.folder}: what it gives is not finite: fetch it again")
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(found, -60.0, 60.0))), np.float32)


@lru_cache(maxsize=1)
def opened(folder: Path) -> tuple[Any, Any, Place]:
    """Model, tokenizer and where they compute."""
    operators.declare()
    from transformers import CLIPSegForImageSegmentation, CLIPTokenizer

    place = placed("auto", "float32", weights_count(folder))
    model: Any = CLIPSegForImageSegmentation.from_pretrained(folder, **place.loading, **variant(folder))
    tokenizer: Any = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    return model.eval().to(place.device), tokenizer, place
