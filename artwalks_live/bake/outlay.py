"""From a coarse continuation of a painting to whole pieces of it, and from those to the frame at full size.

As in a keyframe (`field`): the displacements that many places share become labels, and every place takes the one that
explains the coarse picture best. Here a piece must also go on where the painting ends, must not show what is precious,
and must not be the mirror image across the painting's edge: eyes are quick to see that symmetry.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.ground import calmed, met
from artwalks_live.bake.inset import Inset, distance, mirrored, softened
from artwalks_live.bake.keyframes.compose import compose, outlines, sources
from artwalks_live.bake.keyframes.field import Pieces, common_shifts, cost_volume, settle, shifted
from artwalks_live.bake.keyframes.leg import encoded, reduce
from artwalks_live.bake.keyframes.patch import LABEL_SCALE, decoded

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
Ints = NDArray[np.int32]
# costs of a piece, in squared colour difference
_PRECIOUS = 3.0  # showing what is most precious; what is half so a quarter
_NOTHING = 4.0  # showing what is outside the painting
_SYMMETRIC = 1.0  # being the mirror image across the painting's edge
_UNCONTINUED = 3.0  # per difference on the last `_STRIP` columns of the painting, were the piece laid there too
_STRIP = 5
_LARGE = 0.4  # costs count so much beside the neighbours' agreement as in a keyframe: larger pieces repeat less
_AXIS = 0.06  # a mirror image's axis is the painting's edge when it is as near, in heights
_SEAM = 180  # the mirror image meets the painting over one part in so many of the height: strokes are not cut
_SOFT = 0.035  # standard deviation of the blur, per pixel of distance
MOST = 4_000_000


@dataclass(frozen=True)
class Coarse:
    """How a painting goes on, coarsely.

    inset   where it stands on this grid
    field   (h, w, 3) which picture each place shows, 0 the painting or 1 its mirror image, and dy, dx
    spared  how precious each place of the painting is, in [0, 1]; of any size
    slope   what it costs a piece to be moved up or down by the whole height
    """

    inset: Inset
    field: Ints
    spared: Array
    slope: float


@dataclass(frozen=True)
class Outlay:
    """How a painting goes on, at no particular size: pieces of it and of its mirror image, over a calm ground."""

    pieces: Pieces
    calm: Array

    @classmethod
    def of(cls, painting: Bytes, calm: Bytes, coarse: Coarse) -> Outlay:
        """Find the pieces of a painting (h, w, 3) uint8 that go on as the coarse field says; `calm` is the ground."""
        inset, field = coarse.inset, coarse.field
        fine = inset.enlarged(LABEL_SCALE)
        pair = _pair(reduce(encoded(painting), (fine.height, fine.width)), fine)
        spread = np.repeat(np.repeat(field, LABEL_SCALE, 0), LABEL_SCALE, 1).astype(np.float32)
        target = compose(*pair, (spread[..., 0], spread[..., 1] * LABEL_SCALE, spread[..., 2] * LABEL_SCALE))
        target[fine.painting] = pair[0][fine.painting]
        open_ = np.ones(field.shape[:2], bool)
        open_[inset.painting] = False
        shifts = common_shifts(np.concatenate([field[open_], _level_shifts(inset)]))
        shifts *= np.array([1, LABEL_SCALE, LABEL_SCALE], np.int32)
        costs = _Costs(fine, pair, _precious_pair(coarse.spared, fine), coarse.slope)
        volume = cost_volume(target, pair, shifts)
        for number, shift in enumerate(shifts):
            costs.add(volume[number], shift)
        volume[0][fine.painting] = -100.0
        return cls(Pieces(shifts, settle(np.float32(_LARGE) * volume)), reduce(encoded(calm), fine.size[::-1]))


def _level_shifts(inset: Inset) -> Ints:
    """Every displacement to the side alone, of the painting and of its mirror image: (n, 3)."""
    far = np.arange(-inset.size[0] + 1, inset.size[0], dtype=np.int32)
    return np.array([(flip, 0, dx) for flip in (0, 1) for dx in far], np.int32)


def _pair(painting: Array, inset: Inset) -> tuple[Array, Array]:
    """The painting and its mirror image, each in its frame; where the frame is open they go on mirrored."""
    return mirrored(painting, inset), mirrored(np.ascontiguousarray(painting[:, ::-1]), inset)


def _precious_pair(spared: Array, inset: Inset) -> tuple[Array, Array]:
    return _pair(cv2.resize(spared**2, (inset.width, inset.height), interpolation=cv2.INTER_LINEAR), inset)


@dataclass(frozen=True)
class _Costs:
    """What pieces cost beside their unlikeness to the coarse picture, in a frame (h, w)."""

    inset: Inset
    pair: tuple[Array, Array]
    spared: tuple[Array, Array]
    slope: float

    def add(self, volume: Array, shift: Ints) -> None:
        """Add to a piece's costs (h, w), in place."""
        flip, dy, dx = (int(value) for value in shift)
        height = self.inset.size[1]
        if flip == dy == dx == 0:  # the painting's own mirror images left and right
            volume += np.float32(_SYMMETRIC) + np.float32(_PRECIOUS) * self.spared[0]
            return
        known = np.zeros(volume.shape, np.float32)
        known[self.inset.painting] = 1.0
        inside = shifted(known, dy, dx, 0.0) > 0.5
        volume[~inside] = _NOTHING
        volume += np.float32(_PRECIOUS) * shifted(self.spared[flip], dy, dx, 0.0)
        volume += np.float32(self.slope * (dy / height) ** 2)
        off = ((shifted(self.pair[flip], dy, dx, 0.0) - self.pair[0]) ** 2).mean(-1)
        self._add_at_edges(volume, np.where(inside, off, np.float32(1.0)), dx if flip else None)

    def _add_at_edges(self, volume: Array, off: Array, mirror_dx: int | None) -> None:
        """What a piece costs that does not go on where the painting ends, or only mirrors it there."""
        inset = self.inset
        first, last = inset.left, inset.left + inset.width
        strips = off[:, first : first + _STRIP], off[:, last - _STRIP : last]
        for columns, strip, edge, step in zip(inset.sides, strips, (first, last), (-1, 1), strict=True):
            missed = cv2.GaussianBlur(strip.mean(1)[:, None], (0, 0), sigmaX=0.01, sigmaY=2.0).reshape(-1, 1)
            fades = np.exp(-np.arange(columns.stop - columns.start, dtype=np.float32) / _STRIP)[::step]
            volume[:, columns] += np.float32(_UNCONTINUED) * missed * fades
            if mirror_dx is not None:
                axis = (first + last - 1 - mirror_dx) / 2.0
                if abs(axis - edge) < _AXIS * inset.size[1]:
                    volume[:, columns] += np.float32(_SYMMETRIC)


def laid(painting: Bytes, inset: Inset, outlay: Outlay, most: int = MOST) -> Bytes:
    """Lay the frame (H, W, 3) uint8 around a painting (h, w, 3) uint8, whose pixels stay as they are.

    most   pixels that are laid; a larger frame is laid so large and enlarged, to bound the memory
    """
    pixels = inset.size[0] * inset.size[1]
    if pixels > most:
        scale = (most / pixels) ** 0.5
        less = inset.at((round(inset.size[0] * scale), round(inset.size[1] * scale)))
        small = cv2.resize(painting, (less.width, less.height), interpolation=cv2.INTER_AREA)
        made = _laid(encoded(small), less, outlay)
        frame: Bytes = cv2.resize(made, inset.size, interpolation=cv2.INTER_CUBIC)
    else:
        frame = _laid(encoded(painting), inset, outlay)
    frame[inset.painting] = painting
    return frame


def _laid(painting: Array, inset: Inset, outlay: Outlay) -> Bytes:
    shape = inset.size[::-1]
    labels = outlines(outlay.pieces, shape)
    labels[distance(inset) <= inset.size[1] / _SEAM] = 0
    picture = compose(*_pair(painting, inset), sources(outlay.pieces, labels))
    calm = cv2.resize(outlay.calm, inset.size, interpolation=cv2.INTER_LINEAR)
    picture = calmed(met(picture, painting, inset), calm, inset)
    return softened(decoded(picture), inset, _SOFT)
