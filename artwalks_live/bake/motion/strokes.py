"""Which way a painter's strokes run: the edge-tangent flow of a painting.

The structure tensor of its Lab image (Bigün & Granlund 1987; over the channels, Di Zenzo 1986) is gathered over a
brush's width and then along the strokes themselves, as a line integral (Kang et al., "Coherent Line Drawing", 2007, in
the form of tensors: Kyprianidis & Kang 2011). Directions have no sign yet: `signs` gives them one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.motion.grid import grid_size
from artwalks_live.core.currents import PX

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
_DERIVATIVE, _BRUSH = 1.2, 3.0  # sigmas: of the derivative in current px, of the gathering in grid cells
_ALONG, _STEP, _ROUNDS = 8, 1.0, 2  # the line integral: samples to either side, cells between them, repetitions
_NOISE = 0.6  # Lab units per px: what a canvas's grain or a JPEG has everywhere; below it nothing is a stroke


@dataclass(frozen=True, slots=True)
class Strokes:
    """Strokes on the motion grid: `along` (h, w, 2) unit vectors up to sign, `coherence` (h, w) in [0, 1], and
    `energy` (h, w), the mean squared Lab gradient per current px.
    """

    along: Array
    coherence: Array
    energy: Array


def lab_of(picture: Bytes, long_side: int) -> Array:
    """A picture (H, W, 3) uint8 in Lab, float32, scaled down to `long_side`."""
    size = grid_size(picture, long_side)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)


def strokes_of(picture: Bytes) -> Strokes:
    """Find the strokes of a picture (H, W, 3) uint8 sRGB."""
    tensor = _tensor(lab_of(picture, PX), grid_size(picture))
    energy = tensor[..., 0] + tensor[..., 1]
    tensor = cv2.GaussianBlur(tensor, (0, 0), _BRUSH, borderType=cv2.BORDER_REFLECT_101)
    for _ in range(_ROUNDS):
        tensor = _along_itself(tensor)
    along, coherence = _directions(tensor)
    return Strokes(along, coherence, energy)


def _tensor(lab: Array, size: tuple[int, int]) -> Array:
    """(h, w, 3): the sums over the channels of gx², gy² and gx·gy, averaged into the cells of the grid."""
    soft = cv2.GaussianBlur(lab, (0, 0), _DERIVATIVE, borderType=cv2.BORDER_REFLECT_101)
    gx, gy = (cv2.Scharr(soft, cv2.CV_32F, dx, 1 - dx, scale=1 / 32) for dx in (1, 0))
    tensor = np.stack([(gx * gx).sum(-1), (gy * gy).sum(-1), (gx * gy).sum(-1)], -1)
    return np.asarray(cv2.resize(tensor, size, interpolation=cv2.INTER_AREA), np.float32)


def _directions(tensor: Array) -> tuple[Array, Array]:
    """Unit vectors across the gradient, and coherence: 1 where all gradients agree, 0 where none does or there is no
    gradient."""
    xx, yy, xy = np.moveaxis(tensor, -1, 0)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.float32(np.pi / 2)
    spread = np.sqrt((xx - yy) ** 2 + 4 * xy * xy)
    along = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
    return along, np.asarray(spread / (xx + yy + np.float32(_NOISE**2)), np.float32)


def _along_itself(tensor: Array) -> Array:
    """The mean of a tensor field along its own lines, which are traced to both sides of every cell."""
    along, _ = _directions(tensor)
    total, weights = tensor.copy(), 1.0
    for side in (1.0, -1.0):
        trace = Trace(along, side * _STEP)
        for k in range(1, _ALONG + 1):
            weight = float(np.exp(-0.5 * (2.0 * k / _ALONG) ** 2))
            trace.advance()
            total += weight * trace.read(tensor)
            weights += weight
    return total / np.float32(weights)


class Trace:
    """Walks from every cell along directions (h, w, 2): of the two senses at each step, the one that goes on, not back.

    A step is as long as the vector that it starts with says, times `step` in cells; its sign chooses the first sense.
    """

    def __init__(self, along: Array, step: float) -> None:
        self._field = along
        height, width = along.shape[:2]
        self.x, self.y = (a.astype(np.float32) for a in np.meshgrid(np.arange(width), np.arange(height)))
        self._step = step
        self._heading = along * np.float32(np.sign(step))

    def advance(self) -> None:
        """Take one step."""
        self.x += self._heading[..., 0] * np.float32(abs(self._step))
        self.y += self._heading[..., 1] * np.float32(abs(self._step))
        # nearest: the mean of a direction and its opposite would be none
        here = cv2.remap(self._field, self.x, self.y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        back = (here * self._heading).sum(-1, keepdims=True) < 0
        self._heading = np.where(back, -here, here)

    def read(self, picture: Array) -> Array:
        """A picture of the grid's size (h, w, up to 4) where the walkers are."""
        there = cv2.remap(picture, self.x, self.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(there, np.float32)
