"""The plan of a painting before the first stroke: where the colours are, which way the brush goes, where to be careful.

Places are in picture heights from the upper left corner: u to the right in [0, aspect], v down in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Point = tuple[float, float]
Shape = Sequence[Point] | npt.NDArray[np.floating]
_SUBPIXEL_BITS = 4


def rgb(code: str) -> Array:
    """Turn '#rrggbb' into sRGB (3,) float32 in [0,1]."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / np.float32(255.0)


def palette(*codes: str) -> Array:
    """Several colours as (N, 3)."""
    return np.stack([rgb(code) for code in codes])


def mix(a: Array, b: Array, share: float | npt.NDArray[np.floating]) -> Array:
    """Mix two colours or pictures: share 0 is a, 1 is b; a field of shares (H, W) gives a picture."""
    weight = np.asarray(share, np.float32)
    weight = weight[..., None] if weight.ndim == 2 else weight
    return np.asarray(a * (1 - weight) + b * weight, np.float32)


def drift(shape: tuple[int, int], scale: float, rng: np.random.Generator, octaves: int = 3) -> Array:
    """A slow random field, about [-1,1], whose largest forms measure scale picture heights: clouds, uneven ground."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        cell = max(scale * height / 2**octave, 1.0)
        grid = rng.normal(0, 0.6, (int(height / cell) + 3, int(width / cell) + 3)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / np.float32(2**octave)
    return total


def grade(tones: Array, places: npt.NDArray[np.floating]) -> Array:
    """Colours between tones (N, 3) that lie evenly on [0,1], at places (M,): (M, 3)."""
    stops = np.linspace(0, 1, len(tones))
    return np.stack([np.interp(places, stops, tones[:, c]) for c in range(3)], 1).astype(np.float32)


class Sketch:
    """Colour (H, W, 3) sRGB [0,1], flow (H, W, 2) unit vectors, detail (H, W) [0,1], and shapes to build them with."""

    def __init__(self, size: tuple[int, int], colour: Array) -> None:
        """Start from one colour for a picture of size (width, height) pixels; the brush goes sideways."""
        width, height = size
        self.width, self.height = width, height
        self.aspect = width / height
        self.colour: Array = np.empty((height, width, 3), np.float32)
        self.colour[:] = colour
        self.flow: Array = np.zeros((height, width, 2), np.float32)
        self.flow[..., 0] = 1.0
        self.detail: Array = np.zeros((height, width), np.float32)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        self.u, self.v = (x + 0.5) / height, (y + 0.5) / height

    def wash(
        self,
        mask: Array,
        colour: Array | str,
        *,
        angle: float | Array | None = None,
        detail: float | None = None,
    ) -> None:
        """Cover the mask (H, W) [0,1] with a colour or a picture, and set the brush's way (radians) and care there."""
        self.colour = mix(self.colour, rgb(colour) if isinstance(colour, str) else colour, mask)
        inside = mask > 0.5
        if angle is not None:
            turn = np.broadcast_to(np.asarray(angle, np.float32), inside.shape)[inside]
            self.flow[inside] = np.stack([np.cos(turn), np.sin(turn)], -1)
        if detail is not None:
            self.detail[inside] = detail

    def glow(self, centre: Point, radius: float, colour: str, strength: float, power: float = 2.0) -> None:
        """Light the air around a lamp or the sun: screen a colour that falls off with the distance."""
        far = np.hypot(self.u - centre[0], self.v - centre[1]) / np.float32(radius)
        light = strength * np.exp(-(far**power)).astype(np.float32)
        self.colour = 1 - (1 - self.colour) * (1 - light[..., None] * rgb(colour))

    def ramp(self, stops: Sequence[tuple[float, str]], along: Array | None = None) -> Array:
        """A picture graded through (place, colour) stops along a field, by default downwards."""
        field = self.v if along is None else along
        places = np.array([place for place, _ in stops], np.float32)
        colours = np.stack([rgb(code) for _, code in stops])
        return np.stack([np.interp(field, places, colours[:, c]) for c in range(3)], -1).astype(np.float32)

    def polygon(self, points: Shape, soft: float = 0.0) -> Array:
        """The mask of a closed shape, (H, W) [0,1]; soft blurs its edge."""
        return self._drawn([points], soft)

    def polygons(self, shapes: Sequence[Shape], soft: float = 0.0) -> Array:
        """The mask of several closed shapes together."""
        return self._drawn(shapes, soft)

    def ellipse(self, centre: Point, radii: Point, angle: float = 0.0, soft: float = 0.0) -> Array:
        """The mask of an ellipse turned by an angle in radians."""
        turn = np.linspace(0, 2 * np.pi, 49)[:-1]
        x, y = np.cos(turn) * radii[0], np.sin(turn) * radii[1]
        outline = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], 1)
        return self._drawn([outline + np.asarray(centre)], soft)

    def _drawn(self, shapes: Sequence[Shape], soft: float) -> Array:
        mask = np.zeros((self.height, self.width), np.uint8)
        scale = self.height * (1 << _SUBPIXEL_BITS)
        for shape in shapes:
            fixed = np.rint(np.asarray(shape, np.float64) * scale).astype(np.int32)
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        result: Array = mask.astype(np.float32) / np.float32(255.0)
        if soft > 0:
            result = cv2.GaussianBlur(result, (0, 0), max(soft * self.height, 0.3))
        return result


def curve(points: Shape, samples: int = 24) -> npt.NDArray[np.float64]:
    """A smooth line through points (Catmull-Rom), (N, 2)."""
    p = np.asarray(points, np.float64)
    p = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = np.linspace(0, len(points) - 1, samples, endpoint=True)
    i = np.minimum(t.astype(int), len(points) - 2)
    f = (t - i)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    smooth: npt.NDArray[np.float64] = 0.5 * (
        2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - 3 * c + d - a) * f**3
    )
    return smooth
