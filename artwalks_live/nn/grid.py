"""Where the cells of a grid lie over a picture: reduce, pad and crop without shifting anything by a fraction.

A picture of H x W pixels begins at (0, 0) and ends at (H, W); a grid of h x w cells over it divides it evenly.
Sizes are (height, width), in pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Size = tuple[int, int]


def size_of(picture: Array) -> Size:
    """Height and width."""
    return picture.shape[0], picture.shape[1]


def reduced(picture: Array, size: Size) -> Array:
    """Shrink a picture by averaging the area that each pixel covers; `size` is not larger than the picture."""
    for axis in (0, 1):
        if size[axis] != picture.shape[axis]:
            picture = _shrunk(picture, axis, size[axis])
    return picture


def padded(picture: Array, multiple: int) -> Array:
    """Repeat the lower and right edge up to a multiple of so many pixels."""
    height, width = size_of(picture)
    return np.pad(picture, ((0, -height % multiple), (0, -width % multiple), (0, 0)), mode="edge")


def uncovered(values: Array, over: Size, picture: Size) -> Array:
    """Bring a grid over a padded picture to one over the picture, of as many cells as touch it.

    Where the picture's sides are whole numbers of cells this is a plain crop. Otherwise the cells become a little
    smaller, so that the last one ends where the picture does.

    values  (h, w, C) over a picture of the size `over`; the smaller `picture` is its upper left corner
    """
    rows, columns = (max(1, int(np.ceil(picture[axis] * values.shape[axis] / over[axis] - 1e-6))) for axis in (0, 1))
    return regrid(values, over, (rows, columns), picture)


def regrid(values: Array, over: Size, cells: Size, onto: Size) -> Array:
    """Read a grid at the centres of another one's cells, linearly. Both begin in the same corner.

    values   (h, w, C), a grid over so many pixels (`over`)
    returns  (*cells, C) float32, a grid over so many pixels (`onto`); beyond `over` the edge is repeated
    """
    for axis in (0, 1):
        have = values.shape[axis]
        pixels = (np.arange(cells[axis]) + 0.5) * (onto[axis] / cells[axis])
        at = np.clip(pixels * (have / over[axis]) - 0.5, 0.0, have - 1)
        nearest = np.rint(at).astype(np.intp)
        if np.abs(at - nearest).max() < 1e-6:
            values = values.take(nearest, axis)
            continue
        first = at.astype(np.intp)
        share = _along(axis, values.ndim, (at - first).astype(np.float32))
        values = values.take(first, axis) * (1 - share) + values.take(np.minimum(first + 1, have - 1), axis) * share
    return np.ascontiguousarray(values, np.float32)


def _shrunk(picture: Array, axis: int, length: int) -> Array:
    """Averages along one axis: differences of the running sum, which is linear inside a pixel."""
    have = picture.shape[axis]
    total = np.cumsum(picture, axis, np.float64)
    total = np.concatenate([np.zeros_like(total.take([0], axis)), total], axis)
    ends = np.linspace(0.0, have, length + 1)
    first = np.minimum(ends.astype(np.intp), have - 1)
    share = _along(axis, picture.ndim, ends - first)
    sums = total.take(first, axis) * (1 - share) + total.take(first + 1, axis) * share
    means: Array = (np.diff(sums, axis=axis) * (length / have)).astype(np.float32)
    return means


def _along(axis: int, dimensions: int, line: NDArray[Any]) -> NDArray[Any]:
    """A line of numbers, to be multiplied with an array along one axis."""
    return np.expand_dims(line, [i for i in range(dimensions) if i != axis])
