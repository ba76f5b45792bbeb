"""Pictures of a bundle as pixels, for the live half (on the loader's thread: OpenCV decodes without the GIL)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import BundleError
from artwalks_live.core.pieces import Picture
from artwalks_live.core.walk import FILE, Walk, read_picture


def load_pixels(walk: Walk, index: int) -> NDArray[np.uint8]:
    """Read picture `index` (keyframes first, then anchors): its bytes are checked against their hash, then decoded.

    returns  (H, W, 3) uint8 sRGB, of the walk's canvas
    Raises BundleError when the file is missing, altered, or not the picture that its header promises.
    """
    return decode_picture(walk.folder, walk.canvas, walk.pictures[index])


def decode_picture(folder: Path, canvas: tuple[int, int], picture: Picture) -> NDArray[np.uint8]:
    """Read a picture of the bundle in a folder, as `load_pixels` does. Raises BundleError."""
    bgr = cv2.imdecode(np.frombuffer(read_picture(folder, picture), np.uint8), cv2.IMREAD_COLOR)
    width, height = canvas
    if bgr is None or bgr.shape != (height, width, 3):
        raise BundleError(f"{FILE}: {picture.where}: {picture.image} cannot be decoded: bake again")
    pixels: NDArray[np.uint8] = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return pixels
