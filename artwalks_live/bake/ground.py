"""The calm ground that a painting is continued on, and how what is laid there meets the painting."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.inset import Inset, dissolving, distance

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
_NEAR = 0.12  # of the painting's width: what is nearer to its edge tells more about the ground there
_SPARED = 6.0  # logarithm of how much less what is precious tells
_MIRRORED = 0.03  # heights of the frame over which the mirror image gives way to the ground
_BROAD = 0.04  # standard deviation, in heights, above which a tone is broad
_CALM_AT = 0.25  # heights from the painting at which most broad tones are the ground's
_CALM = 0.7  # and how much of them, far away
_MEETS = 1 / 12  # heights over which what is missed at the painting's edge fades


def ground(painting: Bytes, inset: Inset, precious: Array) -> Bytes:
    """A first frame (H, W, 3): the dissolving mirror image at the painting, the ground's colour of each row elsewhere.

    painting  (h, w, 3) uint8 sRGB at its size in the frame, whose left and right are open
    precious  (h', w') in [0, 1], what of it is not ground
    """
    frame = dissolving(painting, inset).astype(np.float32)
    small = cv2.resize(painting, precious.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    part = 1.0 - np.exp(-distance(inset) / np.float32(_MIRRORED * inset.size[1]))
    x = np.arange(small.shape[1])
    for columns, away in zip(inset.sides, (x, x[::-1]), strict=True):
        weight = np.exp(-away / (_NEAR * len(x)))[None] * np.exp(-_SPARED * precious)
        rows = (small * weight[..., None]).sum(1) / weight.sum(1)[:, None]
        rows = cv2.GaussianBlur(rows.astype(np.float32)[:, None], (1, 15), 2.0).reshape(-1, 1, 3)
        rows = cv2.resize(rows, (1, inset.size[1]), interpolation=cv2.INTER_LINEAR).reshape(-1, 1, 3)
        frame[:, columns] += (rows - frame[:, columns]) * part[:, columns, None]
    frame[inset.painting] = painting
    return np.clip(np.rint(frame), 0, 255).astype(np.uint8)


def calmed(laid: Array, calm: Array, inset: Inset) -> Array:
    """Let the broad tones of a frame (H, W, 3) become those of the ground `calm`, the more the further away."""
    sigma = _BROAD * inset.size[1]
    size = (max(4, round(4 * inset.size[0] / sigma)), max(4, round(4 * inset.size[1] / sigma)))
    small = cv2.GaussianBlur(cv2.resize(calm - laid, size, interpolation=cv2.INTER_AREA), (0, 0), 3.0)
    broad = cv2.resize(small, inset.size, interpolation=cv2.INTER_CUBIC)
    part = np.float32(_CALM) * (1.0 - np.exp(-((distance(inset) / np.float32(_CALM_AT * inset.size[1])) ** 2)))
    broad *= part[..., None]
    broad += laid
    result: Array = broad
    return result


def met(laid: Array, painting: Array, inset: Inset) -> Array:
    """Carry outwards, fading, what a frame (H, W, 3) lacks at the edge of the painting (h, w, 3); in place."""
    missing = painting - laid[inset.painting]
    for columns, edge, step in zip(inset.sides, (missing[:, 0], missing[:, -1]), (-1, 1), strict=True):
        fades = np.exp(-np.arange(columns.stop - columns.start, dtype=np.float32) / (_MEETS * inset.size[1]))[::step]
        soft = cv2.GaussianBlur(edge[:, None], (0, 0), sigmaX=0.01, sigmaY=max(0.5, inset.size[1] / 200))
        laid[:, columns] += fades[None, :, None] * soft.reshape(-1, 1, 3)
    return laid
