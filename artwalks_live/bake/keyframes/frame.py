"""From the canvas to a size that a model paints at, and back."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
MULTIPLE = 64


def painted_size(canvas: Size, most_pixels: float) -> Size:
    """(height, width) at which a canvas is painted: multiples of 64 that cover it, or cover it made smaller.

    canvas       (height, width)
    most_pixels  that the model was trained for: beyond them it repeats its motifs, so a larger canvas is painted
                 smaller and enlarged
    """
    shrink = min(1.0, math.sqrt(most_pixels / (canvas[0] * canvas[1])))
    height, width = (max(1, math.ceil(round(side * shrink, 3) / MULTIPLE)) * MULTIPLE for side in canvas)
    return height, width


def onto_canvas(painted: Pixels, canvas: Size) -> Pixels:
    """The middle of a painted picture at the size of the canvas; enlarged (Lanczos) only when it is smaller.

    painted  (h, w, 3) uint8 sRGB; returns (height, width, 3) uint8 sRGB
    """
    height, width = painted.shape[:2]
    scale = max(1.0, canvas[0] / height, canvas[1] / width)
    if scale > 1.0:
        size = max(canvas[1], round(width * scale)), max(canvas[0], round(height * scale))
        painted = np.asarray(cv2.resize(painted, size, interpolation=cv2.INTER_LANCZOS4), np.uint8)
    top, left = (painted.shape[0] - canvas[0]) // 2, (painted.shape[1] - canvas[1]) // 2
    return np.ascontiguousarray(painted[top : top + canvas[0], left : left + canvas[1]])


def from_canvas(picture: Pixels, painted: Size) -> Pixels:
    """The reverse: a picture of the canvas at the painted size, its edges mirrored outward.

    `onto_canvas(from_canvas(x, painted_size(x.shape[:2], …)), x.shape[:2])` is x where nothing was made smaller.
    """
    height, width = picture.shape[:2]
    scale = max(1.0, height / painted[0], width / painted[1])
    if scale > 1.0:
        size = min(painted[1], round(width / scale)), min(painted[0], round(height / scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    top, left = (painted[0] - picture.shape[0]) // 2, (painted[1] - picture.shape[1]) // 2
    bottom, right = painted[0] - picture.shape[0] - top, painted[1] - picture.shape[1] - left
    return np.asarray(cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_REFLECT), np.uint8)
