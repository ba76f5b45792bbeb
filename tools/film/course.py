"""A segment drawn at many phases: how bright, how sharp and how fast the picture is on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import luma
from artwalks_live.core.warp import WHOLE, Span, resize, share_of_b, unit
from tools.film.screen import Pair
from tools.film.segments import Segment

Array = NDArray[np.float32]
Series = NDArray[np.float64]
PHASES = 64


class Brush:
    """Draws a pair at any phase as `core.warp.show` does; what does not depend on the phase is prepared once.

    span   where the two pictures stand in their segment
    """

    def __init__(self, pair: Pair, span: Span = WHOLE) -> None:
        self._span = span
        self._a, self._b = unit(pair.a), unit(pair.b)
        size = (pair.a.shape[1], pair.a.shape[0])
        flow, crossover = pair.baked.flow, pair.baked.crossover
        scale = np.array([size[0] / flow.shape[1], size[1] / flow.shape[0]] * 2, np.float32)
        vectors = resize(flow, size) * scale
        self._to_a, self._to_b = vectors[..., :2], vectors[..., 2:]
        self._crossover = resize(crossover, size)

    def draw(self, t: float) -> Array:
        """The picture at phase t, (H, W, 3) float32 in [0, 1]."""
        if t <= 0.0 or t >= 1.0:
            return self._b if t >= 1.0 else self._a
        a = _sharply(self._a, self._to_a * np.float32(t))
        b = _sharply(self._b, self._to_b * np.float32(1.0 - t))
        return a + (b - a) * share_of_b(self._crossover, t, self._span)[..., None]


def _sharply(picture: Array, offset_px: Array) -> Array:
    """What `core.warp.warp` reads to within a level, quickly."""
    height, width = picture.shape[:2]
    x = np.clip(np.arange(width, dtype=np.float32) + offset_px[..., 0], 0, width - 1)
    y = np.clip(np.arange(height, dtype=np.float32)[:, None] + offset_px[..., 1], 0, height - 1)
    read = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(read, 0, 1), np.float32)


def draw(segment: Segment, t: float) -> Array:
    """The picture of a segment at phase t, at its own size, (H, W, 3) float32 in [0, 1]."""
    index, phase = _place(segment, t)
    part = segment.parts[index]
    return Brush(part.pair, (part.start, part.end)).draw(phase)


@dataclass(frozen=True)
class Course:
    """What changes along a segment, drawn at half size at the phases 0, 1/64, …, 1.

    brightness   (65,) mean luma of the sRGB-encoded picture, in 255ths
    sharpness    (65,) mean gradient magnitude of luma, in 255ths per pixel
    steps        (64,) mean absolute difference between neighbouring pictures, in 255ths
    anchors      phases at which the segment shows an anchor
    """

    brightness: Series
    sharpness: Series
    steps: Series
    anchors: tuple[float, ...]

    @property
    def largest_step(self) -> float:
        """The largest step over the mean step: 1 when the picture changes evenly, much more for a hidden cut."""
        return float(self.steps.max() / max(self.steps.mean(), 1e-6))


def run(segment: Segment) -> Course:
    """Draw a segment at 65 phases, at half size, and follow it. About a second at 1280x720."""
    frames = _frames(segment)
    before = next(frames)
    brightness, sharpness, steps = [_brightness(before)], [gradient(before)], []
    for frame in frames:
        brightness.append(_brightness(frame))
        sharpness.append(gradient(frame))
        steps.append(float(np.abs(frame - before).mean()))
        before = frame
    return Course(_in_255ths(brightness), _in_255ths(sharpness), _in_255ths(steps), segment.anchors)


def _frames(segment: Segment) -> Iterator[Array]:
    brushes = [Brush(_half_size(part.pair), (part.start, part.end)) for part in segment.parts]
    for i in range(PHASES + 1):
        index, phase = _place(segment, i / PHASES)
        yield brushes[index].draw(phase)


def _place(segment: Segment, t: float) -> tuple[int, float]:
    """Which part of a segment is drawn at phase t, and the phase in it."""
    index = max(i for i, part in enumerate(segment.parts) if part.start <= t)
    part = segment.parts[index]
    return index, (t - part.start) / (part.end - part.start)


def _half_size(pair: Pair) -> Pair:
    half = (max(2, pair.a.shape[1] // 2), max(2, pair.a.shape[0] // 2))
    a, b = (cv2.resize(x, half, interpolation=cv2.INTER_AREA) for x in (pair.a, pair.b))
    return Pair(a, b, pair.baked)


def gradient(picture: Array) -> float:
    """Mean gradient magnitude of the luma of a picture, per pixel."""
    return float(np.hypot(*np.gradient(luma(picture))).mean())


def _in_255ths(values: list[float]) -> Series:
    return np.array(values, np.float64) * 255


def _brightness(picture: Array) -> float:
    return float(luma(picture).mean(dtype=np.float64))
