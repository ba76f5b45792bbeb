"""What a mapping makes of a song: row by row, how much of each painting and where the noise stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import UsageError

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """One row every `sound.ROW_S`.

    classes   (n, N) >= 0, each row summing to 1
    noise     (n, D) in [-truncation, truncation]
    """

    classes: Vector
    noise: Vector


@dataclass(frozen=True)
class Latent:
    """The latent's size: paintings, dimensions of the noise; and the seed of what is drawn at random."""

    paintings: int
    noise: int
    seed: int


def normalised(classes: Vector) -> Vector:
    """Rows that sum to 1; a row of nothing is spread evenly."""
    total = classes.sum(axis=1, keepdims=True)
    even = np.full_like(classes, 1.0 / classes.shape[1])
    return np.where(total > 1e-9, classes / np.maximum(total, 1e-9), even)


def check_ranges(options: object, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raise UsageError for the first option, by name, that lies outside its range."""
    for name, (low, high) in ranges.items():
        value = getattr(options, name)
        if not low <= value <= high:
            raise UsageError(f"--{name.replace('_', '-')} {value:g}: use a value from {low:g} to {high:g}")
