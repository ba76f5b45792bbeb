"""The nearest patch of some pictures to each of many patches: exact, and without comparing them all.

Patches are turned into a few principal components and the length of what is left of them. A distance between two such
keys is never more than the distance between the patches, and the keys are kept in a tree of boxes: so almost every
patch is ruled out by its box or its key, and only the rest are compared pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Indices = NDArray[np.intp]

COMPONENTS = 24
LEAF = 512  # patches in a box, at most
SAMPLE = 20_000  # patches from which the components are found
BLOCK = 1 << 16  # patches handled at a time
NEAR = 4  # boxes looked into first, for a good bound
CROWDED = 8  # when more than 1/8 of a box is left, all of it is compared at once
SLACK = np.float32(1e-5)  # what rounding may cost a bound, of the squares it is made from


class NearestPatch:
    """All patches of some pictures, ready to be searched.

    pictures   of one size, (H, W, C) float32 each
    side       of a patch, in pixels
    """

    def __init__(self, pictures: Sequence[Array], side: int) -> None:
        stack = np.stack(pictures)
        windows = np.lib.stride_tricks.sliding_window_view(stack, (side, side), axis=(1, 2))
        self._grid = windows.shape[:3]
        self._windows = windows
        sample = self._rows(np.unique(np.linspace(0, self._count - 1, SAMPLE).astype(np.intp)))
        self._centre = sample.mean(axis=0)
        centred = sample - self._centre
        _, axes = np.linalg.eigh(centred.T @ centred)
        self._axes = np.ascontiguousarray(axes[:, ::-1][:, :COMPONENTS])
        blocks = (np.arange(i, min(i + BLOCK, self._count)) for i in range(0, self._count, BLOCK))
        keys = np.concatenate([self._keys(self._rows(block)) for block in blocks])
        self._leaves = _split(keys)
        self._leaf_keys = [keys[leaf] for leaf in self._leaves]
        self._low = np.stack([each.min(axis=0) for each in self._leaf_keys])
        self._high = np.stack([each.max(axis=0) for each in self._leaf_keys])

    def distances(self, queries: Array) -> Array:
        """Root mean square difference of each patch to its nearest, in the pictures' own unit.

        queries   (n, C*side*side), as `patches` gives them
        returns   (n,) float32
        """
        best = np.full(len(queries), np.inf, np.float32)
        keys = self._keys(queries)
        bounds = self._box_bounds(keys)
        for leaves in np.argsort(bounds, axis=1)[:, :NEAR].T:
            for leaf in np.unique(leaves):
                self._visit(leaf, np.flatnonzero(leaves == leaf), queries, keys, best)
            np.put_along_axis(bounds, leaves[:, None], np.inf, axis=1)
        for leaf in range(len(self._leaves)):
            self._visit(leaf, np.flatnonzero(bounds[:, leaf] < best), queries, keys, best)
        nearest: Array = np.sqrt(best / np.float32(queries.shape[1]))
        return nearest

    @property
    def _count(self) -> int:
        return int(np.prod(self._grid))

    def _rows(self, indices: Indices) -> Array:
        """The patches of these numbers, (n, C*side*side)."""
        rows: Array = self._windows[np.unravel_index(indices, self._grid)].reshape(len(indices), -1)
        return rows

    def _keys(self, rows: Array) -> Array:
        centred = rows - self._centre
        parts = centred @ self._axes
        rest = centred - parts @ self._axes.T
        return np.concatenate([parts, np.sqrt(np.square(rest).sum(axis=1, keepdims=True))], axis=1)

    def _box_bounds(self, keys: Array) -> Array:
        """Squared distance of each key to each box, (n, boxes)."""
        total = np.zeros((len(keys), len(self._leaves)), np.float32)
        for low, high, key in zip(self._low.T, self._high.T, keys.T, strict=True):
            outside = np.maximum(low - key[:, None], key[:, None] - high)
            total += np.square(np.maximum(outside, 0))
        return total * (1 - SLACK)

    def _visit(self, leaf: int, asked: Indices, queries: Array, keys: Array, best: Array) -> None:
        """Compare these queries with a box's patches; `best` holds squared distances."""
        if not len(asked):
            return
        middle = (self._low[leaf] + self._high[leaf]) / 2
        bounds = _squares(keys[asked] - middle, self._leaf_keys[leaf] - middle)
        likely = bounds.argmin(axis=1)
        self._compare(leaf, asked, likely, queries, best)
        rows, columns = np.nonzero(bounds < best[asked, None])
        if len(rows) * CROWDED > bounds.size:
            patches = self._rows(self._leaves[leaf])
            centre = patches.mean(axis=0)
            columns = _squares(queries[asked] - centre, patches - centre).argmin(axis=1)
            rows = np.arange(len(asked))
        for start in range(0, len(rows), BLOCK):
            part = np.s_[start : start + BLOCK]
            self._compare(leaf, asked[rows[part]], columns[part], queries, best)

    def _compare(self, leaf: int, asked: Indices, columns: Indices, queries: Array, best: Array) -> None:
        found = np.square(queries[asked] - self._rows(self._leaves[leaf][columns])).sum(axis=1)
        np.minimum.at(best, asked, found)


def patches(picture: Array, side: int, count: int) -> Array:
    """About `count` patches of a picture, spread evenly: (n, C*side*side); n is at least `count` or all there are."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (side, side), axis=(0, 1))
    places = np.arange(0, windows.shape[0] * windows.shape[1], max(1, windows.shape[0] * windows.shape[1] // count))
    chosen: Array = windows[np.unravel_index(places, windows.shape[:2])].reshape(len(places), -1)
    return chosen


def _squares(x: Array, y: Array) -> Array:
    """Squared distances of all pairs, (n, m), from below: less what rounding may have added."""
    own_x, own_y = np.square(x).sum(axis=1)[:, None], np.square(y).sum(axis=1)
    around = own_x + own_y
    squares: Array = around - 2 * (x @ y.T) - SLACK * around
    return squares


def _split(keys: Array) -> list[Indices]:
    """Halve the keys at the median of their widest component until every part fits in a box."""
    todo, done = [np.arange(len(keys))], []
    while todo:
        part = todo.pop()
        if len(part) <= LEAF:
            done.append(part)
            continue
        values = keys[part]
        column = values[:, int(np.argmax(values.max(axis=0) - values.min(axis=0)))]
        order = np.argpartition(column, len(part) // 2)
        todo += [part[order[: len(part) // 2]], part[order[len(part) // 2 :]]]
    return done
