"""The grid that modes live on, their unit, and how strongly each frequency moves in nature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Pixels

CURRENT_LONG = 640  # current px on the long side of a canvas, whatever its size
MODES_LONG = 160  # places on the long side of the modes grid

# Spread of each frequency's transform over 149 frames of plants, flowers, candles and cloth in the wind, in px: Li et
# al., "Generative Image Dynamics", CVPR 2024.
STD = np.array([34.36, 13.72, 8.8, 7.26, 5.94, 5.33, 5.2, 4.94, 4.59, 4.52, 3.87, 3.49, 3.28, 2.89, 2.45, 2.32])


def grid_size(picture: Pixels) -> tuple[int, int]:
    """The modes grid of a picture (H, W, 3): (width, height)."""
    height, width = picture.shape[:2]
    scale = min(1.0, MODES_LONG / max(height, width))
    return max(8, round(width * scale)), max(8, round(height * scale))


def packed(modes: NDArray[np.complex128]) -> NDArray[np.float16]:
    """Bring modes (K, h, w, 2) complex to how a bundle keeps them: (K, h, w, 4) Re u, Im u, Re v, Im v."""
    parts = np.stack([modes.real, modes.imag], axis=-1)
    return parts.reshape(*modes.shape[:3], 4).astype(np.float16)
