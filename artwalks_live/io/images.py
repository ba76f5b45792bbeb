"""Pictures of a bundle as pixels, for the live half (on the loader's thread: OpenCV decodes without the GIL)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import BundleError
from artwalks_live.core.walk import FILE, Walk, load_image


def load_pixels(walk: Walk, index: int) -> NDArray[np.uint8]:
    """Read picture `index` (keyframes first, then anchors): its bytes are checked against their hash, then decoded.

    returns  (H, W, 3) uint8 sRGB, of the walk's canvas
    Raises BundleError when the file is missing, altered, or not the picture that its header promises.
    """
    data = load_image(walk, index)
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    width, height = walk.canvas
    if bgr is None or bgr.shape != (height, width, 3):
        picture = walk.pictures[index]
        raise BundleError(f"{FILE}: {picture.where}: {picture.image} cannot be decoded: bake again")
    pixels: NDArray[np.uint8] = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return pixels
