"""What of a painting must not appear a second time when the painting is continued.

More than what matters to a crop (`saliency`): also what is the only one of its kind at its height, what is busy on
calm ground — writing in a sky — and what stands below a head.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.diffusion import patches, places
from artwalks_live.bake.saliency import saliency

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
_PLACES, _PATCH = 3072, 7  # places that are compared with one another, and the edge of their patches
_ELSEWHERE = 8  # a place this far to the side is another; one that is as near in height stands at the same height
_FINE = 27648  # places at which business is measured
_BUSY = 0.6
_FIGURE = 0.8  # how precious a figure is where nothing else says so
_HEAD = 0.8  # what is as precious has a body below it
_PORTRAIT = 1.1  # upright enough to be one
_WIDENS = 0.4  # pixels that a body gets wider with every row, on each side
_MARGIN = 20  # one part in so many of the width, left and right, is taken for ground


def precious(painting: Bytes) -> Array:
    """Say how much each place of a painting (H, W, 3) uint8 must not be repeated: (h, w) in [0, 1], small."""
    matters = saliency(painting)
    level = np.clip(matters / np.float32(np.percentile(matters, 90)), 0.0, 1.0).astype(np.float32)
    for other in (_single(painting), np.float32(_BUSY) * _busy(painting)):
        level = np.maximum(level, cv2.resize(other, level.shape[::-1], interpolation=cv2.INTER_AREA))
    return np.asarray(np.maximum(level, np.float32(_FIGURE) * _figure(painting, level)), np.float32)


def _reduced(painting: Bytes, pixels: int) -> Bytes:
    height, width = painting.shape[:2]
    scale = min(1.0, (pixels / (height * width)) ** 0.5)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small: Bytes = cv2.resize(painting, size, interpolation=cv2.INTER_AREA)
    return small


def _single(painting: Bytes) -> Array:
    """How much a place is the only one of its kind at its height: how unlike its third nearest elsewhere."""
    small = _reduced(painting, _PLACES).astype(np.float32) / np.float32(127.5)
    height, width = small.shape[:2]
    rows = patches(small, _PATCH)
    squares = (rows**2).sum(1)
    unlike = squares[:, None] + squares[None] - 2.0 * rows @ rows.T
    x, y = np.rint(places((height, width)) * np.array([width, height], np.float32)).astype(np.int16).T
    unlike[(np.abs(x[:, None] - x) < _ELSEWHERE) | (np.abs(y[:, None] - y) >= _ELSEWHERE)] = np.inf
    nearest = np.sqrt(np.maximum(np.partition(unlike, 3, axis=1)[:, 3], 0.0)).reshape(height, width)
    known = np.isfinite(nearest)
    if not known.any():  # too narrow for there to be an elsewhere
        return np.zeros((height, width), np.float32)
    low, high = np.percentile(nearest[known], (50.0, 95.0))
    share = np.clip((np.where(known, nearest, low) - low) / max(high - low, 1e-3), 0.0, 1.0)
    return np.asarray(cv2.GaussianBlur(share.astype(np.float32), (0, 0), 1.5), np.float32)


def _busy(painting: Bytes) -> Array:
    """How much more happens at a place than on the calm ground at its height."""
    grey = cv2.cvtColor(_reduced(painting, _FINE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    much = cv2.GaussianBlur(np.sqrt(across * across + down * down), (0, 0), 3.0)
    calm = cv2.GaussianBlur(np.percentile(much, 40, axis=1).astype(np.float32)[:, None], (1, 31), 4.0)
    return np.asarray(np.clip((much - 2.0 * calm.reshape(-1, 1) - 10.0) / 40.0, 0.0, 1.0), np.float32)


def _figure(painting: Bytes, level: Array) -> Array:
    """The figures, 1, before the ground, 0: cut out by colour, from what is precious and what is below it in portraits.

    Rother et al., "GrabCut", 2004.
    """
    upright = painting.shape[0] > _PORTRAIT * painting.shape[1]
    guess = (level > 0.4) | (_below(level > _HEAD) if upright else False)
    margin = max(2, level.shape[1] // _MARGIN)
    guess[:, :margin] = guess[:, -margin:] = False
    if not 16 < guess.sum() < guess.size - 16:
        return np.zeros_like(level)
    mask = np.where(guess, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[:, :margin] = mask[:, -margin:] = cv2.GC_BGD
    small = cv2.resize(painting, level.shape[::-1], interpolation=cv2.INTER_AREA)
    cv2.setRNGSeed(0)  # its mixtures of Gaussians start from random clusters
    models = np.zeros((2, 1, 65))
    cv2.grabCut(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), mask, None, *models, 4, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return np.asarray(cv2.GaussianBlur((mask == cv2.GC_PR_FGD).astype(np.float32), (0, 0), 2.0), np.float32)


def _below(heads: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The places below heads, in a wedge that widens downwards."""
    wedge, row, wide = heads.copy(), np.zeros(heads.shape[1], np.uint8), 0.0
    for y, line in enumerate(heads):
        wide += _WIDENS
        if wide >= 1.0:
            wide -= 1.0
            row = cv2.dilate(row[None], np.ones((1, 3), np.uint8))[0]
        row = row | line
        wedge[y] |= row > 0
    return wedge
