"""Between two paintings in a model's own terms: mixed embeddings, seeded noise, and weights at even distances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
MIXES = ("linear", "slerp")
LATENTS = ("one", "two")
_PARALLEL = 1e-4  # sine of an angle below which there is no arc to follow
_LEAST_SHARE = 0.25  # of a leg's length that a stretch has at least as its share of the weights: so weights always rise


def mixed(a: Array, b: Array, weight: float, how: str) -> Array:
    """What lies between two arrays: A's own at weight 0, B's own at weight 1, bit for bit.

    a, b    float32, of one shape
    how     'linear', as ArtWalks mixes embeddings, or 'slerp': along the arc of their true angle, its length changing
            evenly (ArtWalks' own slerp takes an angle for each element, which is none)
    """
    if weight in (0.0, 1.0):
        return a if weight == 0.0 else b
    straight: Array = ((1.0 - weight) * a + weight * b).astype(np.float32)
    if how == "linear":
        return straight
    length_a, length_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if min(length_a, length_b) == 0.0:
        return straight
    angle = float(np.arccos(np.clip(np.vdot(a / length_a, b / length_b), -1.0, 1.0)))
    if np.sin(angle) < _PARALLEL:
        return straight
    on_a = np.sin((1.0 - weight) * angle) / np.sin(angle)
    on_b = np.sin(weight * angle) / np.sin(angle)
    length = (1.0 - weight) * length_a + weight * length_b
    arc: Array = (length * (on_a * a / length_a + on_b * b / length_b)).astype(np.float32)
    return arc


def noise(shape: Sequence[int], *seed: int) -> Array:
    """Unit normal noise, the same on every machine and device for the same seed."""
    return np.random.default_rng(list(seed)).standard_normal(tuple(shape)).astype(np.float32)


def angles(embeddings: Array) -> NDArray[np.float64]:
    """The angles in radians between embeddings (n, E) that follow one another, (n - 1,): CLIP's distance."""
    unit = embeddings.astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    steps: NDArray[np.float64] = np.arccos(np.clip((unit[1:] * unit[:-1]).sum(axis=1), -1.0, 1.0))
    return steps


def even_weights(seen: NDArray[np.float64], steps: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Weights at which pictures lie evenly far apart.

    seen    (n,) rising weights from 0 to 1 at which pictures were looked at
    steps   (n - 1,) how far apart those pictures are, 0 or more
    returns (count,) weights inside (0, 1), rising
    """
    total = float(steps.sum())
    level = np.diff(seen)
    shares = level if total <= 0.0 else (1.0 - _LEAST_SHARE) * steps / total + _LEAST_SHARE * level
    way = np.concatenate([[0.0], np.cumsum(shares)])
    places = (np.arange(count) + 1.0) / (count + 1.0)
    return np.asarray(np.interp(places * way[-1], way, seen), np.float64)
