"""Give strokes a sense: neighbours shall run the same way.

A direction along a stroke is known up to its sign. Choosing all signs so that neighbours agree as far as they can is
synchronisation over Z2: relaxed, the answer is the leading eigenvector of the matrix of signed agreements (Singer,
"Angular synchronization by eigenvectors and semidefinite programming", 2011), here between blocks of strokes, weighted
by how coherent they are. A greedy walk from neighbour to neighbour would carry one mistake across the whole sky.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.motion.strokes import Strokes

Array = NDArray[np.float32]
Matrix = NDArray[np.float64]
BLOCK = 4  # grid cells: 8 current px
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
_STEPS = 150  # of the Krylov space: it sees farther than the grid is wide
_HEARD = (1.0, 0.1, 0.01)  # how much the relaxed problem hears of the sense


def signed(strokes: Strokes, weight: Array, sense: Array) -> Array:
    """Orient strokes.

    strokes  on a grid (h, w)
    weight   (h, w) >= 0, how much each place has a say; where it is 0 the sign is that of what is near
    sense    (h, w, 2), which way things shall go where nothing else decides: the shorter, the less it is heard
    returns  (h, w, 2) float32, `strokes.along` with signs
    """
    height, width = weight.shape
    size = (max(2, width // BLOCK), max(2, height // BLOCK))
    axis, strength = _blocks(strokes.along, strokes.coherence * weight, size)
    told = (axis * cv2.resize(sense, size, interpolation=cv2.INTER_AREA)).sum(-1) * strength
    heading = (axis * (_chosen(axis, strength, told) * strength)[..., None]).astype(np.float32)
    soft = cv2.GaussianBlur(heading, (0, 0), 0.7) + 1e-3 * cv2.GaussianBlur(heading, (0, 0), 6.0)
    wanted = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    agrees = (wanted * strokes.along).sum(-1, keepdims=True) >= 0
    return np.where(agrees, strokes.along, -strokes.along)


def _blocks(along: Array, weight: Array, size: tuple[int, int]) -> tuple[Matrix, Matrix]:
    """Mean axes of blocks (h, w, 2), by doubled angles, and how strong they are (h, w) in [0, 1]."""
    x, y = along[..., 0], along[..., 1]
    doubled = np.stack([(x * x - y * y) * weight, 2 * x * y * weight], -1)
    mean = cv2.resize(doubled, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    angle = 0.5 * np.arctan2(mean[..., 1], mean[..., 0])
    return np.stack([np.cos(angle), np.sin(angle)], -1), np.hypot(mean[..., 0], mean[..., 1])


def _chosen(axis: Matrix, strength: Matrix, told: Matrix) -> Matrix:
    """Signs of blocks, -1 or 1: of several relaxed answers the one that agrees best, when its numbers are made signs.

    A sense that is heard well makes one sea of two; heard too well it tears a whirl in two. Which it was, one can tell.
    """
    links = [_link(axis, strength, shift) for shift in _NEIGHBOURS]
    answers = [np.where(_leading(links, heard * told) < 0, -1.0, 1.0) for heard in _HEARD]
    agreements = [float((signs * (0.5 * _apply(links, signs) + told)).sum()) for signs in answers]
    return answers[int(np.argmax(agreements))]


def _leading(links: list[Matrix], told: Matrix) -> Matrix:
    """The leading eigenvector of the normalised signed agreements, on the blocks.

    One more node stands for the sense: it has a link to every block that tells which of its two signs agrees, it binds
    together what nothing else does, and its own sign decides that of all.
    """
    scale = 1.0 / np.sqrt(_apply([np.abs(link) for link in links], np.ones_like(told)) + np.abs(told) + 1e-9)
    scale_sense = 1.0 / np.sqrt(np.abs(told).sum() + 1e-9)

    def agreements(vector: Matrix) -> Matrix:
        now, sense = scale * vector[:-1].reshape(told.shape), scale_sense * vector[-1]
        there = scale * (_apply(links, now) + told * sense)
        return np.append(there.ravel(), scale_sense * (told * now).sum())

    found = _lanczos(agreements, np.append(np.random.default_rng(0).standard_normal(told.size), 1.0))
    return np.asarray(found[:-1].reshape(told.shape) * np.copysign(1.0, found[-1]), np.float64)


def _lanczos(matrix: Callable[[Matrix], Matrix], start: Matrix) -> Matrix:
    """The eigenvector of the greatest eigenvalue, from a Krylov space that is kept orthogonal."""
    basis = np.zeros((_STEPS + 1, start.size))
    basis[0] = start / np.linalg.norm(start)
    diagonal, beside = np.zeros(_STEPS), np.zeros(_STEPS)
    for k in range(_STEPS):
        there = matrix(basis[k])
        diagonal[k] = float(there @ basis[k])
        for _ in range(2):  # once is not enough where the space has all but closed
            there = there - basis[: k + 1].T @ (basis[: k + 1] @ there)
        beside[k] = float(np.linalg.norm(there))
        if beside[k] < 1e-9:
            break
        basis[k + 1] = there / beside[k]
    size = k + 1
    _, vectors = np.linalg.eigh(
        np.diag(diagonal[:size]) + np.diag(beside[: size - 1], 1) + np.diag(beside[: size - 1], -1)
    )
    return np.asarray(vectors[:, -1] @ basis[:size], np.float64)


def _ends(shift: tuple[int, int], shape: tuple[int, ...]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The places that have a neighbour at `shift`, and those neighbours."""
    down, across = shift
    height, width = shape[:2]
    if across < 0:
        return (slice(0, height - down), slice(-across, width)), (slice(down, height), slice(0, width + across))
    return (slice(0, height - down), slice(0, width - across)), (slice(down, height), slice(across, width))


def _link(axis: Matrix, strength: Matrix, shift: tuple[int, int]) -> Matrix:
    """How places agree with their neighbour at `shift`: the cosine between the axes, times both strengths."""
    here, there = _ends(shift, strength.shape)
    cosine = (axis[here] * axis[there]).sum(-1)
    return np.asarray(cosine * np.abs(cosine) * strength[here] * strength[there], np.float64)


def _apply(links: list[Matrix], vector: Matrix) -> Matrix:
    """The matrix of agreements times a vector on the blocks."""
    total = np.zeros_like(vector)
    for link, shift in zip(links, _NEIGHBOURS, strict=True):
        here, there = _ends(shift, vector.shape)
        total[here] += link * vector[there]
        total[there] += link * vector[here]
    return total
