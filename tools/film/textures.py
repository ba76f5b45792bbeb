"""What the layers of a training scene are painted with: procedural textures, and crops of any folder of pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Array = NDArray[np.float32]
Random = np.random.Generator
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}
LONGEST = 1600  # pictures are kept at no more than this: finer than that is noise


class Textures:
    """A source of square textures, (size, size, 3) uint8 RGB."""

    def __init__(self, folders: list[Path]) -> None:
        paths = sorted(p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in ENDINGS)
        self.pictures = [picture for path in paths if (picture := _load(path)) is not None]

    def draw(self, random: Random, size: int) -> Pixels:
        """Paint one: mostly from the pictures, where there are any."""
        if self.pictures and random.random() < 0.75:
            return self._crop(random, size)
        return _procedural(random, size)

    def _crop(self, random: Random, size: int) -> Pixels:
        picture = self.pictures[random.integers(len(self.pictures))]
        height, width = picture.shape[:2]
        most = min(height, width)
        side = int(min(most, size * 2.0 ** random.uniform(-0.7, 1.6)))
        y, x = random.integers(height - side + 1), random.integers(width - side + 1)
        method = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        crop = cv2.resize(picture[y : y + side, x : x + side], (size, size), interpolation=method)
        turned = np.rot90(crop, int(random.integers(4))) if random.random() < 0.3 else crop
        mixed = turned[..., random.permutation(3)] if random.random() < 0.2 else turned
        return np.ascontiguousarray(mixed[:, ::-1] if random.random() < 0.5 else mixed)


def _load(path: Path) -> Pixels | None:
    """Read a picture at up to `LONGEST` pixels; None when it is none, or too small to cut from."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None or min(bgr.shape[:2]) < 128:
        return None
    scale = min(1.0, LONGEST / max(bgr.shape[:2]))
    small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else bgr
    return np.ascontiguousarray(small[..., ::-1])


def _procedural(random: Random, size: int) -> Pixels:
    kinds = (_clouds, _clouds, _stripes, _dabs, _flat, _cells)
    base = kinds[random.integers(len(kinds))](random, size)
    if random.random() < 0.5:  # a grain that can be followed
        base = base + fractal(random, size, 0.4)[..., None] * random.uniform(2, 25)
    return np.clip(base, 0, 255).astype(np.uint8)


def colours(random: Random, count: int) -> Array:
    """A few colours that go together: (count, 3) in [0, 255]."""
    centre = random.uniform(30, 225, 3)
    return np.clip(centre + random.normal(0, random.uniform(15, 70), (count, 3)), 0, 255).astype(np.float32)


def fractal(random: Random, size: int, roughness: float) -> Array:
    """Noise of all scales, mean 0, deviation 1; roughness 0 is soft, 1 is white."""
    total, step = np.zeros((size, size), np.float32), max(2, size // 4)
    while step >= 1:
        cells = max(2, size // step)
        noise = random.standard_normal((cells + 1, cells + 1)).astype(np.float32)
        total += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC) * np.float32(step ** (1 - roughness))
        step //= 2
    even: Array = (total - total.mean()) / (total.std() + np.float32(1e-6))
    return even


def _clouds(random: Random, size: int) -> Array:
    noise = fractal(random, size, random.uniform(0.1, 0.7))
    a, b, c = colours(random, 3)
    mix = 1 / (1 + np.exp(-noise * random.uniform(1, 4)))[..., None]
    paint: Array = a + (b - a) * mix + c * 0.1 * fractal(random, size, 0.3)[..., None]
    return paint


def _stripes(random: Random, size: int) -> Array:
    y, x = np.mgrid[:size, :size].astype(np.float32)
    angle, period = random.uniform(0, np.pi), size / random.uniform(4, 40)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period) + fractal(random, size, 0.0))
    if random.random() < 0.5:
        wave = wave * np.sin((y * np.cos(angle) - x * np.sin(angle)) * (2 * np.pi / period))
    a, b = colours(random, 2)
    paint: Array = a + (b - a) * (0.5 + 0.5 * np.tanh(wave * random.uniform(1, 6)))[..., None]
    return paint


def _dabs(random: Random, size: int) -> Array:
    """Brush strokes: short lines of few colours along a smooth direction."""
    paint = np.empty((size, size, 3), np.float32)
    palette = colours(random, 6)
    paint[:] = palette[0]
    direction = fractal(random, size, 0.0) * 1.5 + random.uniform(0, np.pi)
    long, thick = random.uniform(4, 24), int(random.integers(1, 6))
    for x, y in random.uniform(0, size, (int(random.integers(100, 500)), 2)):
        angle = direction[int(y), int(x)]
        dx, dy = long * np.cos(angle), long * np.sin(angle)
        colour = palette[random.integers(6)] + random.normal(0, 8)
        cv2.line(paint, (int(x - dx), int(y - dy)), (int(x + dx), int(y + dy)), colour.tolist(), thick, cv2.LINE_AA)
    return paint


def _flat(random: Random, size: int) -> Array:
    """Nearly nothing to follow: a slope between two colours."""
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    angle = random.uniform(0, 2 * np.pi)
    a, b = colours(random, 2)
    paint: Array = a + (b - a) * np.clip(x * np.cos(angle) + y * np.sin(angle), 0, 1)[..., None]
    return paint


def _cells(random: Random, size: int) -> Array:
    """Hard-edged patches: the nearest of some points."""
    count = int(random.integers(6, 60))
    labels = np.zeros((size, size), np.uint8)
    nearest = np.full((size, size), np.inf, np.float32)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    for index, (px, py) in enumerate(random.uniform(0, size, (count, 2))):
        far = np.abs(x - px) ** 1.5 + np.abs(y - py) ** 1.5
        closer = far < nearest
        labels[closer] = index
        nearest = np.minimum(nearest, far)
    paint: Array = cv2.GaussianBlur(colours(random, count)[labels], (0, 0), 0.7)
    return paint
