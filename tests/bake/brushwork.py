"""Made pictures with strokes of known direction."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
SIZE = (320, 180)


def brushed(along: Array, seed: int = 1, reach: int = 14) -> Bytes:
    """Bluish strokes along a field of unit vectors (h, w, 2): noise that is smeared along it to both sides."""
    height, width = along.shape[:2]
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 1.0)
    total = noise.copy()
    for side in (1.0, -1.0):
        x, y = (a.astype(np.float32) for a in np.meshgrid(np.arange(width), np.arange(height)))
        for _ in range(reach):
            here = cv2.remap(along, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
            x, y = x + side * here[..., 0], y + side * here[..., 1]
            total += cv2.remap(noise, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    total /= total.std()
    colour = np.array([95, 120, 165], np.float32) + 22.0 * total[..., None] * np.array([1.0, 1.0, 0.8], np.float32)
    return np.clip(colour, 0, 255).astype(np.uint8)


def whirl(centre: tuple[float, float] = (160.0, 90.0), size: tuple[int, int] = SIZE) -> Array:
    """Unit vectors round a point, clockwise as seen (y downwards)."""
    x, y = np.meshgrid(np.arange(size[0]) - centre[0], np.arange(size[1]) - centre[1])
    away = np.maximum(np.hypot(x, y), 1e-3)
    return np.stack([-y / away, x / away], -1).astype(np.float32)


def level(angle: float = 0.0, size: tuple[int, int] = SIZE) -> Array:
    """One direction everywhere; `angle` in degrees clockwise from the right."""
    field = np.empty((size[1], size[0], 2), np.float32)
    field[:] = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return field


def enlarged(picture: Bytes) -> Bytes:
    """At twice the size: as wide as what strokes are looked for in."""
    return np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
