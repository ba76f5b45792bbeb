"""A mountain built the way one looks at it: a silhouette, light against shadow, then rock against snow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.sketch import Point, Sketch, mix, rgb

_HAZE = "#b9c4d6"


@dataclass(frozen=True, slots=True)
class Peak:
    """A summit, the half width and the height of its foot (picture heights), and its four tones."""

    top: Point
    half: float
    foot: float
    snow: str
    snow_shade: str
    rock: str
    rock_shade: str

    @property
    def tall(self) -> float:
        return self.foot - self.top[1]


def raise_peak(sketch: Sketch, rng: np.random.Generator, peak: Peak) -> None:
    """Wash one mountain into the sketch: a spine parts light from shadow, side ridges break both, rocks the snow."""
    light = sketch.polygon(np.concatenate([_spine(rng, peak), [(-0.2, peak.foot), (-0.2, peak.top[1])]]))
    for side, count in ((-1, 4), (1, 6)):
        faces = [_side_ridge(rng, peak, side, (k + 0.4) / (count + 0.6)) for k in range(count)]
        ridges = sketch.polygons(faces, 0.0006)
        light = light * (1 - ridges) if side < 0 else np.maximum(light, ridges)
    bare = sketch.polygon(_snow_line(rng, peak), 0.0008)
    snow = mix(rgb(peak.snow_shade), rgb(peak.snow), light)
    tone = mix(snow, mix(rgb(peak.rock_shade), rgb(peak.rock), light), bare)
    drop = np.clip((sketch.v - peak.top[1]) / peak.tall, 0, 1)
    tone = mix(tone, rgb(_HAZE), np.clip(drop - 0.62, 0, 1) * 1.3)
    slope = np.where(light > 0.5, np.pi - 0.95, 0.95) + 0.25 * np.sin(sketch.u * 23 + sketch.v * 11)
    sketch.wash(sketch.polygon(_silhouette(rng, peak), 0.0008), tone, angle=slope.astype(np.float32), detail=0.6)


def _silhouette(rng: np.random.Generator, peak: Peak) -> npt.NDArray[np.float64]:
    """The outline: flanks that are steep above and run out below, broken more where they are high."""
    steps = np.linspace(0, 1, 26)
    rough = rng.normal(0, 0.012, (2, 26)) * np.sqrt(steps) * (1 - steps * 0.6)
    fall = peak.top[1] + peak.tall * (0.62 * steps + 0.38 * steps**1.7)
    left = np.stack([peak.top[0] - peak.half * steps**0.95, fall + rough[0]], 1)
    right = np.stack([peak.top[0] + peak.half * steps**0.90, fall + rough[1]], 1)
    return np.concatenate([left[::-1], right])


def _spine(rng: np.random.Generator, peak: Peak) -> npt.NDArray[np.float64]:
    """The main ridge from the summit to the foot, in zigzags that widen."""
    t = np.linspace(0, 1, 12)
    swing = np.where(np.arange(12) % 2, 1.0, -1.0) * 0.045 * (0.3 + t) + rng.normal(0, 0.012, 12)
    swing[0] = 0.0
    return np.stack([peak.top[0] + peak.half * (0.16 * t + swing), peak.top[1] + peak.tall * t], 1)


def _side_ridge(rng: np.random.Generator, peak: Peak, side: int, start: float) -> list[Point]:
    """The face of a side ridge, side -1 or 1: a long triangle that leaves the spine at a share of the way down."""
    x = peak.top[0] + peak.half * (0.16 * start + side * 0.05)
    y = peak.top[1] + peak.tall * start * 0.62
    reach = side * peak.half * rng.uniform(0.24, 0.42) * (0.5 + start)
    deep = peak.tall * rng.uniform(0.22, 0.36) * (0.6 + 0.8 * start)
    wide = rng.uniform(0.22, 0.50)
    bend = (x + reach * 0.55, y + deep * 0.38)
    return [(x, y), bend, (x + reach, y + deep), (x + reach * (1 - wide), y + deep * 1.04)]


def _snow_line(rng: np.random.Generator, peak: Peak) -> npt.NDArray[np.float64]:
    """The ground below the snow: rocks reach up in teeth, snow reaches down in gullies."""
    teeth = 43
    x = np.linspace(peak.top[0] - peak.half * 1.1, peak.top[0] + peak.half * 1.1, teeth)
    near = 1 - np.abs(x - peak.top[0]) / peak.half
    height = np.where(np.arange(teeth) % 2, rng.uniform(0.30, 0.66, teeth), rng.uniform(0.55, 0.90, teeth))
    y = peak.top[1] + peak.tall * np.clip(height + 0.12 * near, 0, 1.05)
    line = np.stack([x + rng.normal(0, 0.009, teeth), y], 1)
    return np.concatenate([line, [(x[-1], 1.0), (x[0], 1.0)]])
