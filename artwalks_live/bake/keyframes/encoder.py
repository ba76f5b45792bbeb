"""A CLIP image encoder: paintings, and what was painted of them, as embeddings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.placing import Place
from artwalks_live.bake.keyframes.weights_folder import variant

Array = NDArray[np.float32]
_MEAN, _DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # CLIP's own


class Encoder:
    """The image encoder in a model's folder."""

    def __init__(self, folder: Path, settings: Sequence[Path], place: Place) -> None:
        """Load it.

        folder    with config.json and weights
        settings  folders in which preprocessor_config.json may lie
        """
        from transformers import CLIPVisionModelWithProjection

        self.model: Any = CLIPVisionModelWithProjection.from_pretrained(folder, **place.loading, **variant(folder))
        self.model.eval()
        self._place = place
        self._side = int(self.model.config.image_size)
        self._mean, self._deviation = _statistics(settings)
        if not place.short:
            self.model.to(place.device)

    def pixels(self, picture: NDArray[np.uint8]) -> Array:
        """A picture as the encoder takes it, (3, side, side) float32.

        The whole of it is pressed into the encoder's square: a cut from the middle would lose the sides of a wide
        painting, and bars would be painted as bars.
        """
        shrinks = min(picture.shape[:2]) >= self._side
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        square = cv2.resize(picture, (self._side, self._side), interpolation=how).astype(np.float32) / 255.0
        return np.ascontiguousarray(((square - self._mean) / self._deviation).transpose(2, 0, 1), np.float32)

    def embed(self, pictures: Sequence[NDArray[np.uint8]]) -> Array:
        """Embeddings (n, E) float32, not normalised, of (H, W, 3) uint8 sRGB pictures of any size."""
        return self._encode(np.stack([self.pixels(picture) for picture in pictures]))

    def nothing(self) -> Array:
        """The embedding (E,) of no picture at all, which Kandinsky guides away from: of zeros after normalising."""
        return np.asarray(self._encode(np.zeros((1, 3, self._side, self._side), np.float32))[0])

    def spare(self) -> None:
        """Stay on the device from now on only while at work."""
        self._place = replace(self._place, short=True)
        self.model.to("cpu")

    def _encode(self, pixels: Array) -> Array:
        import torch

        if self._place.short:
            self.model.to(self._place.device)
        with torch.no_grad():
            rows = [
                self.model(torch.from_numpy(one[None]).to(self._place.device, self._place.torch_dtype)).image_embeds
                for one in pixels
            ]
        made = torch.cat(rows).float().cpu().numpy()
        if self._place.short:
            self.model.to("cpu")
        return np.asarray(made, np.float32)


def _statistics(settings: Sequence[Path]) -> tuple[Array, Array]:
    for folder in settings:
        try:
            values = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
            return np.array(values["image_mean"], np.float32), np.array(values["image_std"], np.float32)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return np.array(_MEAN, np.float32), np.array(_DEVIATION, np.float32)
