"""From a coarse picture to a map of whole pieces of the paintings.

The balanced attention says, place by place, which patch of which painting stands where. Neighbouring places mostly
agree on a *shift* (a painting, and how far it is moved); where they do not, averaging their patches gives mush. So the
shifts that many places agree on become labels, and every place takes the label whose painting, so shifted, explains
the coarse picture best around it, its neighbours' choices counted in (a labelling with Potts smoothness, solved by
mean field on a cost volume). What results are large coherent pieces with smooth outlines: motifs stay whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Ints = NDArray[np.int32]
LABELS = 192  # at most so many shifts
MERGE = 2  # shifts this near, in pixels of the label grid, are one
OUTSIDE = np.float32(1.0)  # cost of a place that a shift would read outside its painting
WINDOW = 5
STILL = np.float32(0.12)  # what it is worth that a piece stands where it stands in its painting; same unit
ISLAND = 25  # a piece must hold so many pixels of the label grid
AGREE = np.float32(0.5)  # what full agreement with the neighbourhood is worth, in squared colour difference
REACH = 3.0  # how wide that neighbourhood is, in pixels
ROUNDS = 6


@dataclass(frozen=True)
class Pieces:
    """A keyframe as pieces of paintings.

    shifts  (K, 3) int32: painting, dy, dx in pixels of the label grid: place (y, x) shows painting[y + dy, x + dx]
    labels  (h, w) int32, which shift stands where
    """

    shifts: Ints
    labels: Ints


def shifts_of(chosen: NDArray[np.int64]) -> Ints:
    """The shift (painting, dy, dx) that each place's chosen patch means: (h, w) of 0..2n → (h, w, 3)."""
    height, width = chosen.shape
    painting, place = np.divmod(chosen, height * width)
    y, x = np.divmod(place, width)
    shift = np.stack([painting, y - np.arange(height)[:, None], x - np.arange(width)[None]], axis=-1)
    return shift.astype(np.int32)


def common_shifts(field: Ints, paintings: int = 2) -> Ints:
    """The shifts that most places share, the most frequent first, near ones merged; all standing still included."""
    rows, counts = np.unique(field.reshape(-1, 3), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [np.array([painting, 0, 0]) for painting in range(paintings)]
    for row in rows[order]:
        near = any(row[0] == other[0] and np.abs(row[1:] - other[1:]).max() <= MERGE for other in kept)
        if not near:
            kept.append(row)
        if len(kept) == LABELS:
            break
    return np.array(kept, np.int32)


def shifted(picture: Array, dy: int, dx: int, fill: float) -> Array:
    """The picture (h, w, …) read at (y + dy, x + dx); `fill` where that lies outside."""
    height, width = picture.shape[:2]
    moved = np.full_like(picture, fill)
    y0, y1, x0, x1 = max(0, -dy), min(height, height - dy), max(0, -dx), min(width, width - dx)
    if y0 < y1 and x0 < x1:
        moved[y0:y1, x0:x1] = picture[y0 + dy : y1 + dy, x0 + dx : x1 + dx]
    return moved


def cost_volume(target: Array, paintings: Sequence[Array], shifts: Ints) -> Array:
    """How badly each shift explains the target around each place: (K, h, w) mean squared colour difference."""
    volume = np.empty((len(shifts), *target.shape[:2]), np.float32)
    for k, (painting, dy, dx) in enumerate(shifts):
        source = shifted(paintings[painting], int(dy), int(dx), np.nan)
        cost = np.nan_to_num(((source - target) ** 2).mean(-1), nan=float(OUTSIDE))
        volume[k] = cv2.blur(cost, (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT_101)
    return volume


def settle(volume: Array, still: int = 2) -> Ints:
    """Label every place, (K, h, w) → (h, w): mean field on the costs, so that places agree with their neighbours.

    The first `still` labels are the paintings standing still.
    """
    heat = np.float32(0.25) * AGREE
    volume[:still] -= STILL
    settled = volume
    for _ in range(ROUNDS):
        odds = np.exp(-(settled - settled.min(0)) / heat)
        odds /= odds.sum(0)
        settled = np.empty_like(volume)
        for k, share in enumerate(odds):
            settled[k] = volume[k] - AGREE * cv2.GaussianBlur(share, (0, 0), REACH)
    return _without_islands(settled)


def _without_islands(settled: Array) -> Ints:
    """The cheapest label of each place, but no connected piece smaller than ISLAND (unless nothing else is left)."""
    labels: Ints = settled.argmin(0).astype(np.int32)
    for _ in range(3):
        small = np.zeros(labels.shape, bool)
        for label in np.unique(labels):
            _, parts, stats, _ = cv2.connectedComponentsWithStats((labels == label).astype(np.uint8), connectivity=4)
            lost = (labels == label) & (stats[:, cv2.CC_STAT_AREA] < ISLAND)[parts]
            settled[label][lost] = np.inf
            small |= lost
        if not small.any():
            break
        labels = settled.argmin(0).astype(np.int32)
    return labels
