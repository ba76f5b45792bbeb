"""What is streamed: pictures and the maps between them, made ready to copy. All on the loader's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import FlowShapeError
from artwalks_live.core.walk_extras import MOST_MODES
from artwalks_live.gpu.fit import Fit, resample
from artwalks_live.gpu.noise import strokes

Key = tuple[Literal["image", "segment", "motion"], int]
Arrays = tuple[npt.NDArray[Any], ...]
Field = npt.NDArray[np.float16]
_STILL = np.zeros((1, 1, 4), np.float16)  # what stands for a field that a painting lacks


@dataclass(frozen=True, slots=True)
class Fetchers:
    """How an item is read from the bundle; an ArtwalksError or OSError says that it cannot be.

    image     number of a picture (`Walk.pictures`) -> (H, W, 3) uint8, sRGB-encoded, the canvas's size
    segment   number of a piece (`Walk.pieces`) -> flow (h, w, 4) float16, crossover (h, w, 2) float16
    motion    number of a moving painting -> current (h, w, 4), modes (K, h, w, 4), float16; None for what it lacks
    """

    image: Callable[[int], npt.NDArray[np.uint8]]
    segment: Callable[[int], tuple[Field, Field]]
    motion: Callable[[int], tuple[Field | None, Field | None]] = lambda number: (None, None)


def prepare(fetchers: Fetchers, fit: Fit, key: Key) -> Arrays:
    """Read an item and bring it into the form that its textures have.

    returns   image: (h, w, 4) uint8 at the picture's size and its strokes (noise.strokes); segment: flow, crossover;
              motion: current, and sixteen modes one below the other, those that there are not at 0

    Raises FlowShapeError when an array is not what the bundle promises, and whatever the fetchers raise.
    """
    of_kind = {"image": _image, "segment": _segment, "motion": _motion}
    return of_kind[key[0]](fetchers, fit, key[1])


def _image(fetchers: Fetchers, fit: Fit, index: int) -> Arrays:
    image = fetchers.image(index)
    width, height = fit.canvas
    if image.shape != (height, width, 3) or image.dtype != np.uint8:
        expected = f"expected ({height}, {width}, 3) uint8: bake again"
        raise FlowShapeError(f"picture {index}: {image.shape} {image.dtype}, {expected}")
    image = resample(image, fit.picture)
    rgba = np.full((*image.shape[:2], 4), 255, np.uint8)  # drivers store three channels as four and convert, slowly
    rgba[..., :3] = image
    return rgba, strokes(image)


def _motion(fetchers: Fetchers, fit: Fit, index: int) -> Arrays:
    current, modes = fetchers.motion(index)
    below = _STILL
    if modes is not None:
        count, height, width, channels = modes.shape
        below = np.zeros((MOST_MODES * height, width, channels), np.float16)
        below[: count * height] = modes.reshape(-1, width, channels)
    return np.ascontiguousarray(_STILL if current is None else current), below


def _segment(fetchers: Fetchers, fit: Fit, index: int) -> Arrays:
    arrays = fetchers.segment(index)
    for array, channels, name in zip(arrays, (4, 2), ("flow", "crossover"), strict=True):
        if array.ndim != 3 or array.shape[2] != channels or array.dtype != np.float16:
            expected = f"expected (h, w, {channels}) float16: bake again"
            raise FlowShapeError(f"piece {index}: {name} is {array.shape} {array.dtype}, {expected}")
    return tuple(np.ascontiguousarray(array) for array in arrays)
