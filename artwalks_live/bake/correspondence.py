"""Exact motion between two keyframes that are made of the same paintings.

A keyframe's patch field says which place of which painting stands at each of its places. Where a second keyframe shows
the same place of the same painting, the difference of the two positions is its motion, known and not estimated.
Where the source changes there is no motion at all: the crossover has to do it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Array, blur, length
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.core.errors import FlowShapeError

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
SAME_PX = 1.5  # two places of a painting this near, in pixels of the field's grid, are one
FARTHEST = 0.1  # of the width: a piece that would fly farther is left to the crossover
AGREE_PX = 2.5  # an estimate this near a known motion, in pixels of the flow's grid, is the same motion
ROUNDS = 3


@dataclass(frozen=True)
class Known:
    """Motion that the fields prove.

    vectors  (h, w, 2) float32 px from each place of the first keyframe to where the second shows the same
    sure     (h, w) bool where that is so
    """

    vectors: Array
    sure: Mask

    @classmethod
    def nothing(cls, size: tuple[int, int]) -> Known:
        """Know nothing, on a grid of `size` (width, height)."""
        return cls(np.zeros((size[1], size[0], 2), np.float32), np.zeros((size[1], size[0]), bool))

    def overrule(self, estimated: Array) -> Array:
        """Put what is known in place of what was estimated, (h, w, 2) px.

        An estimate near a known motion is kept: the fields are coarser than it. A known rest is rest.
        """
        still = length(self.vectors) < 0.5
        agrees = ~still & (length(estimated - self.vectors) < AGREE_PX)
        return np.where((self.sure & ~agrees)[..., None], self.vectors, estimated)


def both_ways(first: PatchField, second: PatchField, size: tuple[int, int]) -> tuple[Known, Known]:
    """Find where the things of each keyframe stand in the other, on a grid of `size` (width, height).

    Of several places that show the same, the nearest is taken, and only where both keyframes choose each other: a
    copy that was made of a thing which stays does not move. Raises FlowShapeError when the fields' grids differ.
    """
    there, back = _between(first, second), _between(second, first)
    return _on_grid(_mutual(there, back), size), _on_grid(_mutual(back, there), size)


def _mutual(there: Known, back: Known) -> Known:
    height, width = there.sure.shape
    y, x = np.indices((height, width), np.float32)
    row, column = _nearest(y + there.vectors[..., 1], height), _nearest(x + there.vectors[..., 0], width)
    returns = length(back.vectors[row, column] + there.vectors) <= SAME_PX
    sure = there.sure & back.sure[row, column] & returns
    return Known(there.vectors, sure & (blur(sure.astype(np.float32), max(1.0, width / 160)) > 0.4))


def _between(first: PatchField, second: PatchField) -> Known:
    if first.painting.shape != second.painting.shape:
        grids = f"{first.painting.shape} and {second.painting.shape}"
        raise FlowShapeError(f"the keyframes' patch fields have shapes {grids}: both must be (h, w) of one size")
    height, width = first.painting.shape
    starts = [np.zeros((height, width, 2), np.float32), *_by_table(first, second)]
    vectors, sure = np.zeros((height, width, 2), np.float32), np.zeros((height, width), bool)
    nearest = np.full((height, width), FARTHEST * width, np.float32)
    for start in starts:
        found, proven = _settle(first, second, start)
        far = length(found)
        better = proven & (far < nearest)
        vectors[better], nearest[better] = found[better], far[better]
        sure |= better
    return Known(vectors, sure)


def _settle(first: PatchField, second: PatchField, vectors: Array) -> tuple[Array, Mask]:
    """Follow the second field from a guess until it shows what the first does; say where it came to show it."""
    height, width = first.painting.shape
    y, x = np.indices((height, width), np.float32)
    for _ in range(ROUNDS):
        row, column = _nearest(y + vectors[..., 1], height), _nearest(x + vectors[..., 0], width)
        step = np.stack([first.x - second.x[row, column], first.y - second.y[row, column]], axis=2)
        # what the guess shows is `step` away from what is wanted: in one piece, so is the place
        vectors = np.stack([column - x, row - y], axis=2).astype(np.float32) + step
    row, column = _nearest(y + vectors[..., 1], height), _nearest(x + vectors[..., 0], width)
    left_over = np.hypot(second.x[row, column] - first.x, second.y[row, column] - first.y)
    inside = (np.abs(x + vectors[..., 0] - column) <= SAME_PX) & (np.abs(y + vectors[..., 1] - row) <= SAME_PX)
    return vectors, inside & (left_over <= SAME_PX) & (second.painting[row, column] == first.painting)


def _by_table(first: PatchField, second: PatchField) -> list[Array]:
    """Two guesses of where the second keyframe shows each place of the first: its first and its last showing."""
    height, width = first.painting.shape
    y, x = np.indices((height, width), np.float32)
    asked, shown = _key(first), _key(second).reshape(-1)
    paintings = 1 + max(int(first.painting.max()), int(second.painting.max()))
    guesses = []
    for order in (slice(None), slice(None, None, -1)):
        place = np.full(paintings * height * width, -1, np.int64)
        place[shown[order]] = np.arange(height * width)[order]
        at = place[asked]
        row, column = np.divmod(np.maximum(at, 0), width)
        guess = np.stack([column - x, row - y], axis=2).astype(np.float32)
        guess[at < 0] = 0
        guesses.append(guess)
    return guesses


def _key(field: PatchField) -> Ints:
    height, width = field.painting.shape
    place = _nearest(field.y, height) * width + _nearest(field.x, width)
    key: Ints = field.painting.astype(np.int64) * (height * width) + place
    return key


def _nearest(place: Array, count: int) -> Ints:
    index: Ints = np.clip(np.rint(place), 0, count - 1).astype(np.int64)
    return index


def _on_grid(known: Known, size: tuple[int, int]) -> Known:
    """Repeat each place on the finer grid: vectors of different pieces must not be mixed."""
    height, width = known.sure.shape
    row = np.arange(size[1]) * height // size[1]
    column = np.arange(size[0]) * width // size[0]
    scale = np.array([size[0] / width, size[1] / height], np.float32)
    return Known(known.vectors[row][:, column] * scale, known.sure[row][:, column])
