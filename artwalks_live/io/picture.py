"""Pictures that shaders bring along, as pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import GraphicsError

MOST_PIXELS = 8192 * 8192


def read_pixels(path: Path) -> NDArray[np.uint8]:
    """Read a PNG, JPEG or the like.

    returns  (H, W, 4) uint8, sRGB, straight alpha, row 0 on top
    Raises GraphicsError when it is missing, no picture, or larger than any graphics card takes.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise GraphicsError(f"picture {path}: cannot be read ({error.strerror})") from None
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if found is None or found.size > 4 * MOST_PIXELS:
        raise GraphicsError(f"picture {path}: it cannot be decoded: save it as PNG or JPEG")
    if found.dtype != np.uint8:
        found = (found / 257).astype(np.uint8)
    codes = {2: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}
    channels = 2 if found.ndim == 2 else found.shape[2]
    pixels: NDArray[np.uint8] = cv2.cvtColor(found, codes[channels])
    return pixels
