"""A scene whose every in-between is known: a textured layer that turns, slides or grows over a textured ground."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.flows import SegmentFlow

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]
GRID = (160, 90)  # of the flows, half of the pictures


def texture(seed: int, side: int) -> Array:
    """Smooth noise of several scales with some hard forms, (side, side, 3) float32 in [0, 1]."""
    draw = np.random.default_rng(seed)
    total = np.zeros((side, side, 3), np.float32)
    for cells, gain in ((6, 0.5), (14, 0.4), (32, 0.3)):
        coarse = draw.standard_normal((cells, cells, 3)).astype(np.float32)
        total += np.float32(gain) * cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    picture = 0.5 + 0.25 * total
    for _ in range(40):
        x, y = draw.integers(0, side, 2).tolist()
        cv2.circle(picture, (x, y), int(draw.integers(2, side // 18)), draw.uniform(0, 1, 3).tolist(), -1, cv2.LINE_AA)
    return np.clip(picture, 0, 1)


@dataclass(frozen=True)
class Scene:
    """What the layer does from t = 0 to 1, evenly and passing the middle of the picture at ½.

    degrees    it turns by
    way        (x, y) pixels it travels
    growth     times larger at the end than at the beginning
    radius     of the layer, a disc, in pixels; 0: the ground does it all
    """

    degrees: float = 0.0
    way: tuple[float, float] = (0.0, 0.0)
    growth: float = 1.0
    radius: float = 55.0
    size: tuple[int, int] = (320, 180)

    def picture(self, t: float) -> Pixels:
        """The true picture at t, (H, W, 3) uint8."""
        width, height = self.size
        fine = 3
        columns, rows = np.meshgrid(*(np.arange(n * fine, dtype=np.float32) for n in self.size))
        places = (columns + 1j * rows + 0.5 + 0.5j) / fine - 0.5 - 0.5j
        layer = self._inside(places, t)
        ground = layer if self.radius == 0 else places - self._middle
        drawn = _read(texture(1, 480), ground)
        if self.radius > 0:
            mask = (np.abs(layer) < self.radius)[..., None]
            drawn = np.where(mask, _read(texture(2, 240), layer), drawn)
        reduced = cv2.resize(drawn.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return np.rint(np.clip(reduced, 0, 1) * 255).astype(np.uint8)

    def chord(self) -> SegmentFlow:
        """What a perfect estimator of straight motion finds: the same both ways, through the middle of the chord."""
        start, end = self._placed(0.0), self._placed(1.0)
        return self._flow(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))

    def arc(self) -> SegmentFlow:
        """What an estimator finds that knows the true middle."""
        return self._flow(self._placed(0.5))

    @property
    def _middle(self) -> complex:
        return complex(self.size[0] - 1, self.size[1] - 1) / 2

    def _placed(self, t: float) -> tuple[complex, complex]:
        """Where the layer stands at t, place = first + second · layer."""
        turned = np.exp((np.log(self.growth) + 1j * np.deg2rad(self.degrees)) * (t - 0.5))
        return self._middle + complex(*self.way) * (t - 0.5), complex(turned)

    def _inside(self, places: NDArray[np.complexfloating], t: float) -> NDArray[np.complexfloating]:
        first, second = self._placed(t)
        return (places - first) / second

    def _flow(self, middle: tuple[complex, complex]) -> SegmentFlow:
        scale = self.size[0] / GRID[0]
        columns, rows = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in GRID))
        places = (columns + 1j * rows + 0.5 + 0.5j) * scale - 0.5 - 0.5j
        layer = (places - middle[0]) / middle[1]
        moves = (np.abs(layer) < self.radius) | (self.radius == 0)
        ends = [first + second * layer for first, second in (self._placed(0.0), self._placed(1.0))]
        to_a, to_b = (np.where(moves, end - places, 0) * 2 / scale for end in ends)
        seen = [self._seen(np.where(moves, end, places), t, moves) for end, t in zip(ends, (0.0, 1.0), strict=True)]
        if middle != self._placed(0.5):
            to_a, to_b = (to_a - to_b) / 2, (to_b - to_a) / 2  # exactly opposite, as a chord is
        flow = np.stack([to_a.real, to_a.imag, to_b.real, to_b.imag], axis=2)
        offset = np.log(np.maximum(seen[0], 0.02) / np.maximum(seen[1], 0.02))
        return SegmentFlow(flow.astype(np.float16), np.stack([offset, np.ones_like(offset)], 2).astype(np.float16))

    def _seen(self, places: NDArray[np.complexfloating], t: float, moves: NDArray[np.bool_]) -> Array:
        """Whether it can be seen there: in the picture, and not behind the layer."""
        width, height = self.size
        inside = (places.real > -1) & (places.real < width) & (places.imag > -1) & (places.imag < height)
        covered = (np.abs(self._inside(places, t)) < self.radius) & ~moves
        return (inside & ~covered).astype(np.float32)


def _read(picture: Array, layer: NDArray[np.complexfloating]) -> Array:
    x, y = (part.astype(np.float32) + picture.shape[0] / 2 for part in (layer.real, layer.imag))
    return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
