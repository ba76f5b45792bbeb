"""What is streamed: pictures and the maps between them, made ready to copy. All on the loader's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import FlowShapeError
from artwalks_live.gpu.fit import Fit, resample
from artwalks_live.gpu.noise import strokes

Key = tuple[Literal["image", "segment"], int]
Arrays = tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True, slots=True)
class Fetchers:
    """How an item is read from the bundle; an ArtwalksError or OSError says that it cannot be.

    image     number of a picture (`Walk.pictures`) -> (H, W, 3) uint8, sRGB-encoded, the canvas's size
    segment   number of a piece (`Walk.pieces`) -> flow (h, w, 4) float16, crossover (h, w, 2) float16
    """

    image: Callable[[int], npt.NDArray[np.uint8]]
    segment: Callable[[int], tuple[npt.NDArray[np.float16], npt.NDArray[np.float16]]]


def prepare(fetchers: Fetchers, fit: Fit, key: Key) -> Arrays:
    """Read an item and bring it into the form that its textures have.

    returns   image: (h, w, 4) uint8 at the picture's size and its strokes (noise.strokes); segment: flow, crossover

    Raises FlowShapeError when an array is not what the bundle promises, and whatever the fetchers raise.
    """
    return _image(fetchers, fit, key[1]) if key[0] == "image" else _segment(fetchers, key[1])


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


def _segment(fetchers: Fetchers, index: int) -> Arrays:
    arrays = fetchers.segment(index)
    for array, channels, name in zip(arrays, (4, 2), ("flow", "crossover"), strict=True):
        if array.ndim != 3 or array.shape[2] != channels or array.dtype != np.float16:
            expected = f"expected (h, w, {channels}) float16: bake again"
            raise FlowShapeError(f"piece {index}: {name} is {array.shape} {array.dtype}, {expected}")
    return tuple(np.ascontiguousarray(array) for array in arrays)
