"""How far apart two images of a walk are: the measure by which a leg is even, and the walk's arc length."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (32, 18)


def reduced(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Box-reduce (H, W, 3) uint8 sRGB to 32x18 (18x32 when it is upright); float32 in [0, 1]."""
    upright = image.shape[0] > image.shape[1]
    small = cv2.resize(image.astype(np.float32) / 255.0, SIZE[::-1] if upright else SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def distance(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """RMS difference of the reduced sRGB values of two images of one size, in [0, 1]."""
    return float(np.sqrt(((reduced(a) - reduced(b)) ** 2).mean(dtype=np.float64)))
