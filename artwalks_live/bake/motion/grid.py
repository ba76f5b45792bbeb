"""The grid that modes live on, their unit, and how strongly each frequency moves in nature."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Pixels

CURRENT_SIDE, MODES_SIDE, LEAST_SIDE = (
    320,
    160,
    8,
)  # places on the long side of the motion grid and the modes grid, and on any

# Spread of each frequency's transform over 149 frames of plants, flowers, candles and cloth in the wind, in px: Li et
# al., "Generative Image Dynamics", CVPR 2024.
STD = np.array([34.36, 13.72, 8.8, 7.26, 5.94, 5.33, 5.2, 4.94, 4.59, 4.52, 3.87, 3.49, 3.28, 2.89, 2.45, 2.32])


def grid_size(picture: Pixels, long_side: int = CURRENT_SIDE) -> tuple[int, int]:
    """(width, height) of a grid with that long side over a picture (H, W, 3); never finer than the picture."""
    height, width = picture.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    return max(min(LEAST_SIDE, width), round(width * scale)), max(min(LEAST_SIDE, height), round(height * scale))


def inside(mask: Pixels, grid: tuple[int, ...]) -> NDArray[np.float32]:
    """How far a place of a grid (h, w) may move for a mask (H, W) uint8: 0 to the bit wherever one reads near its edge.

    A place is read between its neighbours, so those of them that reach over the edge stand still, too.
    """
    height, width = grid
    least = cv2.erode(mask, np.ones((1 + mask.shape[0] // height, 1 + mask.shape[1] // width), np.uint8))
    free = cv2.resize((least > 0).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) >= 1.0
    kept = cv2.erode(free.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    return np.asarray(cv2.blur(kept, (5, 5)) * kept, np.float32)


def packed(modes: NDArray[np.complex128]) -> NDArray[np.float16]:
    """Bring modes (K, h, w, 2) complex to how a bundle keeps them: (K, h, w, 4) Re u, Im u, Re v, Im v."""
    parts = np.stack([modes.real, modes.imag], axis=-1)
    return parts.reshape(*modes.shape[:3], 4).astype(np.float16)
