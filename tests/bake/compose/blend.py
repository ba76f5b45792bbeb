"""A twin of the painter: pictures are weighted means, and half of each lives on in the next."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose.mixture import Link, Wanted
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.bake.keyframes.field import Pieces

NOTHING = Pieces(np.zeros((1, 3), np.int32), np.zeros((4, 4), np.int32))


class Blended:
    def __init__(self, canvases: Sequence[NDArray[np.uint8]]) -> None:
        self._canvases = canvases

    def alone(self, painting: int) -> Link:
        small = cv2.resize(self._canvases[painting], (8, 8)).astype(np.float32)
        return Link((painting,), (1.0,), small, np.ones((1, 8, 8), np.float32), NOTHING)

    def link(self, wanted: Wanted, before: Link | None) -> Link:
        chosen = tuple(sorted(wanted.weights))
        parts = [wanted.weights[i] * self.alone(i).picture for i in chosen]
        picture = np.sum(parts, axis=0) + np.float32(9.0 * wanted.waves.mean())
        if before is not None:
            picture = 0.5 * (picture + before.picture)
        shares = np.ones((len(chosen), 8, 8), np.float32) / len(chosen)
        return Link(chosen, tuple(wanted.weights[i] for i in chosen), picture.astype(np.float32), shares, NOTHING)

    def lay(self, link: Link) -> NDArray[np.uint8]:
        height, width = self._canvases[0].shape[:2]
        large = cv2.resize(link.picture, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.clip(large, 0, 255).astype(np.uint8)

    def field(self, link: Link) -> PatchField:
        y, x = np.indices((16, 16), np.float32)
        return PatchField(np.full((16, 16), link.paintings[-1], np.uint8), x, y)


class Blend:
    name = "blend"
    version = 1

    def over(self, canvases: Sequence[NDArray[np.uint8]], seed: int) -> Blended:
        return Blended(canvases)
