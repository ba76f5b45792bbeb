"""What a person draws or says about motion: a mask, arrows, and directions in words.

The directions and how far a hint reaches are Text2Cinemagraph's (Mahapatra et al. 2023).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.motion.grid import grid_size
from artwalks_live.bake.motion.regions import softened
from artwalks_live.core.errors import UsageError, choices

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
_AXES = {"left to right": 0.0, "upwards": 90.0, "right to left": 180.0, "downwards": 270.0}
_OTHERWISE = {"up": "upwards", "upward": "upwards", "down": "downwards", "downward": "downwards"}
_LEAN = 27.5  # degrees that a second word turns the first one's direction: 10 to 45, in the middle


def _directions() -> dict[str, float]:
    """The twelve: four words, and each led aside by either of the two across it."""
    found = dict(_AXES)
    for first, angle in _AXES.items():
        for second, other in _AXES.items():
            turn = (other - angle + 180.0) % 360.0 - 180.0
            if abs(turn) == 90.0:
                found[f"{first}, {second}"] = (angle + math.copysign(_LEAN, turn)) % 360.0
    return found


DIRECTIONS = _directions()
"""Degrees anticlockwise from the right: `left to right` 0, `left to right, upwards` 27.5, the other way round 62.5."""


class Arrow(NamedTuple):
    """From where to where paint shall go, in pixels of the canvas, y downwards."""

    x0: float
    y0: float
    x1: float
    y1: float


def arrow_of(text: str) -> Arrow:
    """Read an arrow, `x0,y0,x1,y1`. Raises UsageError."""
    parts = text.split(",")
    try:
        arrow = Arrow(*(float(part) for part in parts))
    except (ValueError, TypeError):
        raise UsageError(f"--arrow {text!r} is no arrow: give x0,y0,x1,y1 in pixels, as in 100,200,300,180") from None
    if not all(map(math.isfinite, arrow)):
        raise UsageError(f"--arrow {text!r} leads nowhere: give four finite numbers of pixels")
    if arrow[:2] == arrow[2:]:
        raise UsageError(f"--arrow {text!r} has no length: let it end elsewhere than it begins")
    return arrow


def angle_of(text: str) -> float:
    """The angle of a direction in words, in degrees anticlockwise from the right. Raises UsageError."""
    words = [" ".join(word.lower().split()) for word in text.split(",")]
    name = ", ".join(_OTHERWISE.get(word, word) for word in words)
    if name not in DIRECTIONS:
        raise UsageError(f"--direction {choices(name, DIRECTIONS)}")
    return DIRECTIONS[name]


def hinted(arrows: Sequence[Arrow], direction: str, shape: tuple[int, int], size: tuple[int, int]) -> Array | None:
    """Spread hints over a grid.

    arrows     in pixels of the picture
    direction  in words, for all of it; "" for none. Near an arrow the arrow counts for more.
    shape      (H, W) of the picture
    size       (w, h) of the grid
    returns    (h, w, 2) float32: where to, as long as the hints are sure of it, at most 1; None without hints

    Raises UsageError for an arrow outside the picture or without length, and for an unknown direction.
    """
    if not arrows and not direction:
        return None
    x, y = np.meshgrid(*((np.arange(n) + 0.5) * full / n for n, full in zip(size, shape[::-1], strict=True)))
    total, weights = np.zeros((*x.shape, 2)), np.zeros(x.shape)
    for arrow in arrows:
        way = _way(arrow, shape)
        near = np.exp(-((_distance(x, y, arrow) * len(arrows) / shape[0]) ** 2))
        total, weights = total + near[..., None] * way, weights + near
    if direction:
        angle = math.radians(angle_of(direction))
        rest = np.maximum(1.0 - weights, 0.0)
        total, weights = total + rest[..., None] * (math.cos(angle), -math.sin(angle)), weights + rest
    return np.asarray(total / np.maximum(weights, 1.0)[..., None], np.float32)


def _way(arrow: Arrow, shape: tuple[int, int]) -> NDArray[np.float64]:
    """The unit vector of an arrow. Raises UsageError."""
    written = ",".join(f"{value:g}" for value in arrow)
    height, width = shape
    if not (0 <= arrow.x0 <= width and 0 <= arrow.y0 <= height):
        raise UsageError(f"--arrow {written} begins outside the picture: it is {width}x{height} pixels")
    way = np.array([arrow.x1 - arrow.x0, arrow.y1 - arrow.y0])
    length = float(np.hypot(*way))
    if not length > 0:
        raise UsageError(f"--arrow {written} has no length: let it end elsewhere than it begins")
    return way / length


def _distance(x: NDArray[np.float64], y: NDArray[np.float64], arrow: Arrow) -> NDArray[np.float64]:
    """Distance of places from an arrow's shaft."""
    along = np.array([arrow.x1 - arrow.x0, arrow.y1 - arrow.y0])
    share = np.clip(((x - arrow.x0) * along[0] + (y - arrow.y0) * along[1]) / float(along @ along), 0.0, 1.0)
    return np.asarray(np.hypot(x - arrow.x0 - share * along[0], y - arrow.y0 - share * along[1]), np.float64)


def hand_drawn(mask: Bytes, shape: tuple[int, int]) -> Array:
    """Turn a mask that a person drew into where a picture moves.

    mask     (H, W) or (H, W, 3 or 4) uint8: what is lighter than middle grey moves; a transparent place does not
    shape    (H, W) of the picture
    returns  (h, w) float32 in [0, 1] on the motion grid, soft inside the drawn border

    Raises UsageError for a mask of another size, and for one in which nothing stands still or (almost) nothing moves.
    """
    if mask.shape[:2] != shape:
        (height, width), (wanted_height, wanted_width) = mask.shape[:2], shape
        raise UsageError(
            f"--mask is {width}x{height} and the picture {wanted_width}x{wanted_height}: draw it at that size"
        )
    grey = lightness(mask)
    if grey.min() >= 128:
        raise UsageError("--mask is full, so nothing would stand still: paint black what must not move")
    if grey.max() < 128:
        raise UsageError("--mask is empty, so nothing would move: paint white what shall")
    moves = softened(cv2.resize(grey, grid_size(mask), interpolation=cv2.INTER_AREA) >= 128, least=0.0, erosion=0)
    if not moves.any():
        raise UsageError("--mask is too fine to move anything: paint larger white places")
    return moves


def lightness(mask: Bytes) -> Bytes:
    if mask.ndim == 2:
        return mask
    if mask.shape[2] in (1, 2):
        return np.asarray(mask[..., 0] if mask.shape[2] == 1 else np.minimum(mask[..., 0], mask[..., 1]), np.uint8)
    grey = mask[..., :3].max(-1)
    return np.asarray(np.minimum(grey, mask[..., 3]) if mask.shape[2] == 4 else grey, np.uint8)
