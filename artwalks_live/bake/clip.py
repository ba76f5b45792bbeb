"""Where pictures lie in the space of a CLIP model: alike ones near one another, whatever their colours.

Models are those of open_clip, in a local folder (`open_clip_config.json` and weights as safetensors). A picture is
squeezed to the model's square, not cropped to it: the whole painting is embedded. Nothing is fetched here.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import operators
from artwalks_live.bake.models import cached
from artwalks_live.core.errors import ModelError

VERSION = 1
CONFIG = "open_clip_config.json"
_BATCH = 8
_HEAD_BYTES = 2**20


@dataclass(frozen=True)
class Clip:
    """A CLIP model's image side.

    folder    where it lies
    weights   its safetensors file
    """

    folder: Path
    weights: Path

    @classmethod
    def of(cls, name: str) -> Clip:
        """Find a model, by catalogue name (`clip`) or folder; it is opened when it is first used.

        Raises ModelError when it is not here, or the folder holds no open_clip model in safetensors.
        """
        folder = cached.folder(name, instead="leave --metric out, and pictures are compared plainly")
        if not (folder / CONFIG).is_file():
            raise ModelError(f"{folder} is no open_clip model (it has no {CONFIG}): give a folder that has")
        found = sorted(folder.glob("open_clip*.safetensors"))
        if not found:
            raise ModelError(f"{folder} has no open_clip*.safetensors, and other weights are not opened: fetch those")
        return cls(folder, found[0])

    @cached_property
    def name(self) -> str:
        """The folder's name and a hash of what tells this model from others: its shape, and its first weights."""
        head = hashlib.sha256((self.folder / CONFIG).read_bytes())
        with self.weights.open("rb") as file:
            head.update(file.read(_HEAD_BYTES))
        head.update(str(self.weights.stat().st_size).encode())
        return f"{self.folder.name}-{head.hexdigest()[:12]}"

    def embed(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Say where pictures, (H, W, 3) uint8 sRGB of any sizes, lie: (n, E) float32, vectors of length 1.

        On the GPU where there is one, in batches of 8; the same on every call. Raises ModelError when the model cannot
        be opened or does not give finite numbers.
        """
        import torch

        model = _opened(self.folder, self.weights)
        device = next(model.parameters()).device
        made = []
        with torch.inference_mode():
            for start in range(0, len(pictures), _BATCH):
                batch = np.stack([_prepared(picture, model.visual) for picture in pictures[start : start + _BATCH]])
                given = torch.from_numpy(batch).to(device)
                made.append(model.encode_image(given, normalize=True).float().cpu().numpy())
        vectors = np.concatenate(made)
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.folder.name}: its embeddings are not finite: fetch it again")
        return np.asarray(vectors, np.float32)


def _prepared(picture: NDArray[np.uint8], visual: Any) -> NDArray[np.float32]:
    """A picture as the model reads it: (3, h, w), squeezed and normalised."""
    height, width = visual.image_size if isinstance(visual.image_size, tuple) else (visual.image_size,) * 2
    smaller = picture.shape[0] > height and picture.shape[1] > width
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    values = cv2.resize(picture, (width, height), interpolation=how).astype(np.float32) / np.float32(255.0)
    mean, deviation = (np.array(given, np.float32) for given in (visual.image_mean, visual.image_std))
    return np.ascontiguousarray(((values - mean) / deviation).transpose(2, 0, 1))


@lru_cache(maxsize=1)
def _opened(folder: Path, weights: Path) -> Any:
    """Open a model once. Raises ModelError."""
    open_clip = _library()
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        told = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if not isinstance(told.get("model_cfg"), dict):
            raise ValueError("model_cfg is missing")
        model = open_clip.create_model(f"local-dir:{folder}", load_weights=False, device=device)
        model.load_state_dict(load_file(weights, device=device))  # this file, and no other kind that lies beside it
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
        why = " ".join(str(error).split())[:160]
        raise ModelError(f"{folder} cannot be opened as an open_clip model ({why}): fetch it again") from None
    return model.eval()


def _library() -> Any:
    """Import open_clip, which needs torchvision. Raises ModelError."""
    operators.declare()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other people's code, at import
            import open_clip
    except ImportError as error:
        raise ModelError(
            f"--metric clip needs open_clip ({error.name} is missing): pip install 'artwalks-live[clip]'"
        ) from None
    return open_clip
