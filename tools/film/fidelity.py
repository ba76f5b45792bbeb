"""How near a drawn picture is to the true one, and a motion to the true motion."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import look
from artwalks_live.core.errors import FlowShapeError
from artwalks_live.core.warp import resize

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Precise = NDArray[np.float64]

IDENTICAL_DB = 100.0  # what equal pictures are given, whose PSNR has no number
WINDOW, SIGMA = 11, 1.5
LEAST_SIDE = WINDOW
ROUNDS = 12  # of the fixed point, each halving what is left


def psnr(picture: Pixels, truth: Pixels) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and the three channels; 100 at most.

    picture, truth   (H, W, 3) uint8 sRGB
    """
    _check(picture, truth)
    error = float(np.square(picture.astype(np.float64) - truth).mean())
    return min(IDENTICAL_DB, 10 * float(np.log10(255.0**2 / error))) if error else IDENTICAL_DB


def ssim(picture: Pixels, truth: Pixels) -> float:
    """Structural similarity, the mean over the three channels; 1 for equal pictures.

    picture, truth   (H, W, 3) uint8 sRGB, 11 pixels a side or more

    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004: Gaussian window
    of 11x11, sigma 1.5, K1 = .01, K2 = .03, only windows that lie inside the picture.
    """
    _check(picture, truth)
    x, y = picture.astype(np.float64), truth.astype(np.float64)
    mean_x, mean_y = _windowed(x), _windowed(y)
    var_x, var_y = _windowed(x * x) - mean_x**2, _windowed(y * y) - mean_y**2
    both = _windowed(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mean_x * mean_y + c1) * (2 * both + c2) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return float(likeness.mean())


def forward_motion(flow: NDArray[Any], size: tuple[int, int]) -> Array:
    """Carry the motion that the walk pass uses at mid-phase to the first picture.

    flow     (h, w, 4) Bx, By, Fx, Fy in pixels of its own grid
    size     (width, height) of the pictures
    returns  (height, width, 2) float32: where each pixel of A goes in B, pixels of the pictures

    The place x of the picture in the middle shows A at x + B(x)/2 and B at x + F(x)/2: what is at the first place
    has moved by (F(x) - B(x))/2. So for a pixel u of A the place x with x + B(x)/2 = u is found by a damped fixed
    point, from x = u, and its motion taken; where B tears there is no such place, and the last one reached serves.
    """
    scale = np.array([size[0] / flow.shape[1], size[1] / flow.shape[0]] * 2, np.float32)
    vectors = resize(flow, size) * scale
    to_a = np.ascontiguousarray(vectors[..., :2]) * np.float32(0.5)
    offset = np.zeros_like(to_a)
    for _ in range(ROUNDS):
        offset = (offset - look(to_a, offset)) * np.float32(0.5)
    return look(vectors[..., 2:] * np.float32(0.5) - to_a, offset)


def endpoint_error(motion: Array, truth: Array) -> float:
    """Mean distance in pixels between the ends of two motions of the same pixels, unknown ones (NaN) left out.

    Raises FlowShapeError when the sizes differ or nothing is known.
    """
    if motion.shape != truth.shape:
        sizes = [f"{field.shape[1]}x{field.shape[0]}" for field in (truth, motion)]
        raise FlowShapeError(f"the true flow is {sizes[0]}, the pictures are {sizes[1]}: it belongs to others")
    known = np.isfinite(truth).all(axis=2)
    if not known.any():
        raise FlowShapeError("the true flow knows no pixel: fetch it again")
    return float(np.hypot(*np.moveaxis((motion - truth)[known], -1, 0)).mean())


def _windowed(values: Precise) -> Precise:
    """Weighted mean of every whole window."""
    edge = WINDOW // 2
    means: Precise = cv2.GaussianBlur(values, (WINDOW, WINDOW), SIGMA)[edge:-edge, edge:-edge]
    return means


def _check(picture: Pixels, truth: Pixels) -> None:
    if picture.shape != truth.shape or picture.ndim != 3 or min(picture.shape[:2]) < LEAST_SIDE:
        raise FlowShapeError(
            f"pictures of shapes {picture.shape} and {truth.shape} cannot be compared: "
            f"both must be (H, W, 3) of one size, {LEAST_SIDE} pixels a side or more"
        )
