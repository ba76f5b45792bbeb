"""Dense fields over a picture: the few typed steps that flows and crossovers are made of.

A field is (h, w) or (h, w, C) float32; sizes are (width, height) and lengths are pixels of the field's own grid.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def look(field: Array, flow_px: Array) -> Array:
    """Read a field where the flow points, its edge repeated.

    field    (h, w) or (h, w, C), C ≤ 4
    flow_px  (h, w, 2) (dx, dy) in pixels, +y down
    """
    height, width = flow_px.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow_px[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow_px[..., 1]
    read: Array = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return read


def inside(flow_px: Array) -> Array:
    """Say whether a read stays in the picture: (h, w), 1 inside, falling to 0 within a pixel of the edge."""
    height, width = flow_px.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow_px[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow_px[..., 1]
    margin = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    within: Array = np.clip(margin + 1, 0, 1)
    return within


def blur(field: Array, sigma_px: float) -> Array:
    """Smooth a field with a Gaussian, mirrored at the edge; a wide one is taken at a reduced size."""
    height, width = field.shape[:2]
    step = int(sigma_px / 4)
    if step > 1:
        small = (max(8, round(width / step)), max(8, round(height / step)))
        reduced = cv2.GaussianBlur(fit(field, small), (0, 0), sigma_px * small[0] / width)
        grown: Array = cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR)
        return grown
    smooth: Array = cv2.GaussianBlur(field, (0, 0), sigma_px)
    return smooth


def fit(field: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Bring a field or picture to another size: averaging when it shrinks, cubic when it grows."""
    have = (field.shape[1], field.shape[0])
    if have == size:
        return field
    way = cv2.INTER_AREA if size[0] <= have[0] else cv2.INTER_CUBIC
    fitted: NDArray[Any] = cv2.resize(field, size, interpolation=way)
    return fitted


def luma(picture: Array) -> Array:
    """Weigh sRGB-encoded channels into brightness, (h, w)."""
    brightness: Array = picture @ _LUMA
    return brightness


def length(flow_px: Array) -> Array:
    """Measure vectors: (h, w, 2) to (h, w)."""
    norm: Array = np.sqrt(np.square(flow_px).sum(axis=2))
    return norm


def smoothstep(value: Array, low: float, high: float) -> Array:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    x = np.clip((value - np.float32(low)) / np.float32(high - low), 0.0, 1.0).astype(np.float32)
    step: Array = x * x * (3.0 - 2.0 * x)
    return step


def edge_strength(picture: Array) -> Array:
    """Measure how steeply the brightness of a picture changes, (h, w)."""
    light = luma(picture)
    steep: Array = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
    return steep


def noise(seed: int, size: tuple[int, int], cells: int) -> Array:
    """Draw smooth noise in [0, 1], with `cells` features across the picture and half as strong ones half as large."""
    width, height = size
    draw = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for octave, gain in ((1, 1.0), (2, 0.5)):
        coarse = draw.standard_normal((max(2, round(cells * octave * height / width)), cells * octave))
        total += np.float32(gain) * cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    low, high = np.float32(total.min()), np.float32(total.max())
    return (total - low) / max(high - low, np.float32(1e-6))


def weighted_rank(value: Array, weight: Array) -> Array:
    """Say for each place which share of the whole weight has a lower value: (h, w) in (0, 1]."""
    order = np.argsort(value, axis=None, kind="stable")
    done = np.cumsum(weight.reshape(-1)[order], dtype=np.float64)
    rank = np.empty(value.size, np.float32)
    rank[order] = done / done[-1]
    return rank.reshape(value.shape)


def follow_edges(field: Array, guide_a: Array, guide_b: Array, radius_px: int, eps: float) -> Array:
    """Smooth a field along two pictures but not across the edges of either.

    guide_*  (h, w) brightness in [0, 1]
    eps      variance of brightness that counts as an edge
    He, Sun & Tang, "Guided Image Filtering", ECCV 2010, with a guide of two channels.
    """

    def mean(x: Array) -> Array:
        box: Array = cv2.blur(x, (2 * radius_px + 1, 2 * radius_px + 1), borderType=cv2.BORDER_REFLECT)
        return box

    mean_a, mean_b, mean_f = mean(guide_a), mean(guide_b), mean(field)
    var_a, var_b = mean(guide_a * guide_a) - mean_a * mean_a + eps, mean(guide_b * guide_b) - mean_b * mean_b + eps
    both = mean(guide_a * guide_b) - mean_a * mean_b
    field_a, field_b = mean(field * guide_a) - mean_f * mean_a, mean(field * guide_b) - mean_f * mean_b
    det = var_a * var_b - both * both
    slope_a = (var_b * field_a - both * field_b) / det
    slope_b = (var_a * field_b - both * field_a) / det
    base = mean_f - slope_a * mean_a - slope_b * mean_b
    return mean(slope_a) * guide_a + mean(slope_b) * guide_b + mean(base)
