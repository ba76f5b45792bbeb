"""Joining pieces of paintings into one picture, without seams and without blur.

Each frequency band of the picture is laid from the same band of the paintings, with a feather about as wide as the
band's own wavelength (Burt and Adelson, "A multiresolution spline", 1983): broad tones flow into one another, strokes
stay as sharp as they were painted.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.field import Pieces

Array = NDArray[np.float32]
Ints = NDArray[np.int32]
REACH = 2  # pixels of each band that a piece is feathered over
BROADEST = 36  # the height at which the bands end: what is broader is laid as it is
OUTLINE = 1.2  # how much the outlines of pieces are rounded, in pixels of the label grid


def bands(picture: Array, count: int) -> list[Array]:
    """Split a picture (H, W, 3) into `count` bands, finest first, and the rest; each half the size of the last."""
    split: list[Array] = []
    for _ in range(count):
        half = cv2.pyrDown(picture)
        split.append(picture - _doubled(half, picture.shape))
        picture = half
    return [*split, picture]


def _doubled(picture: Array, shape: tuple[int, ...]) -> Array:
    doubled: Array = cv2.pyrUp(picture, dstsize=(shape[1], shape[0]))
    return doubled


def outlines(pieces: Pieces, shape: tuple[int, int]) -> Ints:
    """The labels (h, w) at another size, their outlines round instead of stepped."""
    best = np.full(shape, -np.inf, np.float32)
    labels = np.zeros(shape, np.int32)
    for label in np.unique(pieces.labels):
        mask = cv2.GaussianBlur((pieces.labels == label).astype(np.float32), (0, 0), OUTLINE)
        share = cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
        wins = share > best
        best[wins] = share[wins]
        labels[wins] = label
    return labels


def sources(pieces: Pieces, labels: Ints) -> tuple[Array, Array, Array]:
    """What each pixel shows: the painting (0, 1, …) and the displacement dy, dx in whole pixels of the labels' grid."""
    scale = np.array(labels.shape) / np.array(pieces.labels.shape)
    moves = np.rint(pieces.shifts[:, 1:] * scale).astype(np.float32)
    painting = pieces.shifts[:, 0].astype(np.float32)
    return painting[labels], moves[labels, 0], moves[labels, 1]


def compose(a: Array, b: Array, field: tuple[Array, Array, Array]) -> Array:
    """Lay the picture that a field of two paintings describes; see `laid`."""
    return laid((a, b), field)


def laid(paintings: Sequence[Array], field: tuple[Array, Array, Array]) -> Array:
    """Lay the picture that a field describes.

    paintings   (H, W, 3) float32 each, at the keyframe's palette
    field       painting, dy, dx: (H, W) float32 each, displacements in pixels
    returns     (H, W, 3) float32
    """
    depth = max(0, int(np.log2(max(1, min(paintings[0].shape[:2]) / BROADEST))))
    picture: Array | None = None
    split = (bands(painting, depth) for painting in paintings)
    layers = [np.concatenate(level) for level in zip(*split, strict=True)]
    for level in range(depth, -1, -1):
        placed = tuple(part[:: 2**level, :: 2**level] for part in field)
        band = _lay(layers[level], len(layers[level]) // len(paintings), placed, 2.0**level)
        picture = band if picture is None else _doubled(picture, band.shape) + band
    assert picture is not None
    return picture


def _lay(every: Array, height: int, field: tuple[Array, ...], scale: float) -> Array:
    """One band: every pixel the weighted mean of what the pieces around it would show there.

    every   (N * height, W, 3), the bands of the paintings one above the other
    """
    width = every.shape[1]
    y, x = np.meshgrid(np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32), indexing="ij")
    framed = [cv2.copyMakeBorder(part, REACH, REACH, REACH, REACH, cv2.BORDER_REPLICATE) for part in field]
    total = np.zeros_like(every[:height])
    weights = 0.0
    for dy in range(2 * REACH + 1):
        for dx in range(2 * REACH + 1):
            near = np.s_[dy : dy + height, dx : dx + width]
            weight = float(np.exp(-((dy - REACH) ** 2 + (dx - REACH) ** 2) / 2.0))
            there_y = np.clip(y + framed[1][near] / scale, 0, height - 1) + framed[0][near] * height
            there_x = np.clip(x + framed[2][near] / scale, 0, width - 1)
            total += weight * cv2.remap(every, there_x, there_y, cv2.INTER_LINEAR)
            weights += weight
    total /= np.float32(weights)
    return total
