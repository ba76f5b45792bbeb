"""Where on its path a leg should stop, so that its pictures are equally far apart."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
METRIC = (32, 18)  # the size at which steps are compared


def signature(picture: Array) -> Array:
    """What steps are measured on: the picture box-reduced to 32x18 (18x32 upright), as a vector."""
    upright = picture.shape[0] > picture.shape[1]
    size = METRIC[::-1] if upright else METRIC
    reduced: Array = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).ravel()
    return reduced


def expected(guessed: Array, seen: dict[int, Array]) -> Array:
    """What places on the path will look like (M, D): as guessed, corrected by what was seen at the places around."""
    known = sorted(seen)
    errors = np.stack([seen[index] - guessed[index] for index in known])
    corrected = guessed.copy()
    for left, (start, end) in enumerate(pairwise(known)):
        share = np.linspace(0.0, 1.0, end - start + 1, dtype=np.float32)[:, None]
        corrected[start : end + 1] = guessed[start : end + 1] + errors[left] + share * (errors[left + 1] - errors[left])
    return corrected


def unevenness(signatures: list[Array]) -> float:
    """Largest step over smallest between neighbours."""
    steps = [float(np.sqrt(np.mean((p - q) ** 2))) for p, q in pairwise(signatures)]
    return max(steps) / max(min(steps), 1e-9)


def even_choice(signatures: Array, count: int) -> list[int]:
    """Which `count` places of a path to stop at so that the steps, ends included, are most alike.

    signatures  (M, D), the first and last are the paintings
    returns     increasing indices strictly inside the path

    For every smallest step allowed, dynamic programming finds the least largest step; the best ratio wins.
    """
    squares = (signatures**2).sum(1)
    product = signatures @ signatures.T
    distance = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2.0 * product, 0.0) / signatures.shape[1])
    whole = float(distance[0, -1])
    best, best_ratio = [round((i + 1) * (len(squares) - 1) / (count + 1)) for i in range(count)], np.inf
    if whole < 1e-6 or count == 0:
        return best
    for least in np.linspace(0.05, 1.0, 96) * whole:
        stops, largest = _least_largest(distance, count, float(least))
        if stops is not None and largest / least < best_ratio:
            best, best_ratio = stops, largest / float(least)
    return best


def _least_largest(distance: Array, count: int, least: float) -> tuple[list[int] | None, float]:
    """The stops whose largest step is least when no step may be smaller than `least`."""
    size = len(distance)
    step = np.where(np.triu(np.ones((size, size), bool), 1) & (distance >= least), distance, np.inf)
    reached, came = step[0], []
    for _ in range(count):
        through = np.maximum(reached[:, None], step)
        came.append(np.argmin(through, axis=0))
        reached = np.min(through, axis=0)
    if not np.isfinite(reached[-1]):
        return None, np.inf
    stops = [size - 1]
    for previous in reversed(came):
        stops.append(int(previous[stops[-1]]))
    return stops[:0:-1], float(reached[-1])
