"""Currents: how far paint is carried along a still painting's field of motion, and the picture that this gives.

The NumPy reference of shaders/motion/paths.frag and carry.frag. A place has two lives at once, half a period apart.
Each carries paint along the current for `travel`, and is weighed by how near it is to its middle, where the paint lies
where it was painted; so a life ends and begins unseen, the picture never strays far, and all repeats after one period.

Source: Holynski et al., "Animating Pictures with Eulerian Motion Fields", CVPR 2021; Mahapatra et al.,
"Text-Guided Synthesis of Eulerian Cinemagraphs", 2023 (their forward and backward copies are these two lives).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
TRAVEL_PX = 12.0  # how far paint is carried in a life, unless it is told otherwise
STEPS = 4  # midpoint steps of a path: the field is smooth over several times as many pixels as one goes
PX = 640  # current px on the long side of any picture


def paths(current: NDArray[np.floating], life: float, travel_px: float = TRAVEL_PX) -> tuple[Array, Array, Array]:
    """Where the paint of each place came from, in its two lives.

    current    (h, w, 4): Mx, My in current px per frame, |M| <= 1, +y down; mask; offset of the lives, [0, 1)
    life       phase of the lives, [0, 1)
    travel_px  how far paint is carried in a life, current px (1/640 of the long side)
    returns    displacements (h, w, 2) to read the two lives at, current px; the age of the first, [0, 2), (h, w)
    """
    field = current.astype(np.float32)
    age = np.float32(life) + field[..., 3]
    first = _path(field[..., :2], (1.0 - age) * np.float32(travel_px))
    second = _path(field[..., :2], (1.0 - np.mod(age + 1.0, 2.0)) * np.float32(travel_px))
    return first, second, age


def weight(age: Array) -> Array:
    """The weight of the first life at an age in [0, 2): 0 where it begins and ends, 1 in the middle.

    The two change over in two fifths of the time that there is: a mean of two pictures is softer than either of them.
    """
    x = np.clip((1.0 - np.abs(age - 1.0) - 0.3) / 0.4, 0.0, 1.0)
    share: Array = x * x * (3.0 - 2.0 * x)
    return share


def carried(painting: Array, current: NDArray[np.floating], life: float, travel_px: float = TRAVEL_PX) -> Array:
    """The painting as it stands: both lives read and mixed.

    painting  (H, W, 3) float32, sRGB-encoded
    returns   (H, W, 3); exactly the painting wherever the current is 0. What comes in from beyond an edge is mirrored
    """
    shape = painting.shape[:2]
    first, second, _ = (spread(each, shape) for each in paths(current, life, travel_px))
    field = spread(current.astype(np.float32), shape)
    share = weight(np.float32(life) + field[..., 3])[..., None]
    scale = np.float32(max(shape) / PX)
    y, x = np.indices(shape, np.float32)
    place = np.stack([x, y], axis=2)
    first, second = (read(painting, _folded(place + scale * each, shape)) for each in (first, second))
    moved = share * first + (1.0 - share) * second
    still = (field[..., :2] == 0.0).all(axis=2)
    return np.where(still[..., None], painting, moved)


def spread(field: Array, shape: tuple[int, ...]) -> Array:
    """A field (h, w, …) read between its places at the size of a picture (H, W), its edge repeated."""
    height, width = field.shape[:2]
    y, x = np.indices(shape[:2], np.float32)
    at = np.stack([(x + 0.5) * width / shape[1] - 0.5, (y + 0.5) * height / shape[0] - 0.5], axis=2)
    flat = field if field.ndim == 3 else field[..., None]
    out = read(flat, at)
    return out if field.ndim == 3 else out[..., 0]


def read(values: Array, at: Array) -> Array:
    """Values (h, w, C) at places (…, 2), x and y in texels, bilinear; outside, the edge is repeated."""
    height, width = values.shape[:2]
    x = np.clip(at[..., 0], 0, width - 1)
    y = np.clip(at[..., 1], 0, height - 1)
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right, low = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = (x - left)[..., None], (y - top)[..., None]
    above = values[top, left] * (1 - u) + values[top, right] * u
    below = values[low, left] * (1 - u) + values[low, right] * u
    out: Array = (above * (1 - v) + below * v).astype(np.float32)
    return out


def _folded(at: Array, shape: tuple[int, ...]) -> Array:
    """Places beyond the edges of a picture (H, W), folded back into it."""
    end = np.array([shape[1], shape[0]], np.float32)
    folded: Array = end - np.abs(end - np.abs(at + np.float32(0.5))) - np.float32(0.5)
    return folded


def _path(field: Array, way: Array) -> Array:
    """Follow a field (h, w, 2) for a signed way (h, w), both in current px: the displacement, by midpoint steps."""
    shape = field.shape[:2]
    scale = np.float32(max(shape) / PX)
    y, x = np.indices(shape, np.float32)
    start = np.stack([x, y], axis=2)
    at, part = start, (way * (scale / np.float32(STEPS)))[..., None]
    for _ in range(STEPS):
        at = at + part * read(field, at + 0.5 * part * read(field, at))
    return (at - start) / scale
