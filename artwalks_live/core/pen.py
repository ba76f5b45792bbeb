"""Marks on a picture that lies over the painting: bars, discs, wheels, areas; with soft edges, and quick.

Pictures are (H, W, 4) uint8, straight alpha, and are drawn on in place. What would reach beyond the picture is cut off.
A colour is (r, g, b, a), 0 .. 255.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Mask = NDArray[np.float32]
Colour = tuple[int, int, int, int]


def stamp(picture: Picture, at: tuple[int, int], mask: Mask, colour: Colour | Picture, strength: float = 1.0) -> None:
    """Lay a colour, or a picture of the mask's size, over the place at (left, top), as far as the mask says.

    mask      (h, w) [0, 1]
    strength  of the whole, [0, 1]
    """
    left, top = at
    x, y = max(left, 0), max(top, 0)
    place = picture[y : top + mask.shape[0], x : left + mask.shape[1]]
    if not place.size:
        return
    part = np.s_[y - top : y - top + place.shape[0], x - left : x - left + place.shape[1]]
    over = colour[part].astype(np.float32) if isinstance(colour, np.ndarray) else np.array(colour, np.float32)
    share = mask[part][..., None] * (over[..., 3:] * np.float32(strength / 255))
    if isinstance(colour, np.ndarray):
        over[..., 3] = 255
    else:
        over[3] = 255
    under = place.astype(np.float32)
    over = over - under
    over *= share
    over += under
    over += 0.5
    place[:] = over


def rect(picture: Picture, box: tuple[float, float, float, float], colour: Colour) -> None:
    """Replace (left, top, right, bottom); an edge between two pixels is soft: such a pixel is covered in part."""
    left, top, right, bottom = box
    x0, y0, x1, y1 = int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))
    if x1 <= x0 or y1 <= y0:
        return
    if top == y0 and bottom == y1 and left == x0 and right == x1:
        picture[y0:y1, x0:x1] = colour
        return
    if left == x0 and right == x1 and bottom == y1:  # an upright bar: only its uppermost row is soft
        picture[y0 + 1 : y1, x0:x1] = colour
        share = y0 + 1 - top
        row = picture[y0, x0:x1]
        row[:] = row * (1 - share) + np.array(colour) * share + 0.5
        return
    x, y = np.arange(x0, x1), np.arange(y0, y1)
    across = np.minimum(x + 1, right) - np.maximum(x, left)
    down = np.minimum(y + 1, bottom) - np.maximum(y, top)
    stamp(picture, (x0, y0), np.outer(down, across).astype(np.float32), colour)


def area(picture: Picture, left: int, bottom: int, heights: NDArray[np.float64], colour: Colour) -> None:
    """Replace columns from a base line upwards: heights (w,) in pixels, of the columns from `left` on; soft on top."""
    whole = heights.astype(np.intp)
    tallest = int(whole.max(initial=0)) + 1
    place = picture[bottom - tallest : bottom, left : left + len(heights)]
    place[np.arange(tallest, 0, -1)[:, None] <= whole] = colour
    rows, columns, share = tallest - 1 - whole, np.arange(len(heights)), (heights - whole)[:, None]
    place[rows, columns] = place[rows, columns] * (1 - share) + np.array(colour) * share + 0.5


@lru_cache(maxsize=64)
def disc(radius: float) -> Mask:
    """A round spot in a square of an odd number of pixels."""
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(np.clip(radius + 0.5 - np.hypot(x, y), 0, 1), np.float32)


@lru_cache(maxsize=64)
def glow(radius: float) -> Mask:
    """A light that fades outwards, in a square of an odd number of pixels."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(np.clip(1 - np.hypot(x, y) / radius, 0, 1) ** 2, np.float32)


def spot(picture: Picture, at: tuple[float, float], mask: Mask, colour: Colour, strength: float = 1.0) -> None:
    """Lay a `disc` or `glow` with its middle at the pixel nearest to (x, y)."""
    left, top = round(at[0]) - mask.shape[1] // 2, round(at[1]) - mask.shape[0] // 2
    stamp(picture, (left, top), mask, colour, strength)


@lru_cache(maxsize=4)
def _wheel(radius: int, hole: int, parts: int) -> tuple[NDArray[np.intp], Mask, Mask]:
    """Of each pixel: the part it lies in, its distance from the middle, and how much of it belongs to a part."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    r = np.hypot(x, y)
    turn = np.arctan2(x, -y) / (2 * np.pi) * parts + 0.5  # the first part is on top, the others follow clockwise
    part = np.floor(turn).astype(np.intp) % parts
    from_edge = np.minimum(turn % 1, 1 - turn % 1) * 2 * np.pi * r / parts  # pixels
    inside = np.clip(from_edge - 0.5, 0, 1) * np.clip(r - hole + 0.5, 0, 1)
    return part, r.astype(np.float32), inside.astype(np.float32)


def wheel(picture: Picture, middle: tuple[int, int], size: tuple[int, int], values: NDArray[np.float64],
          colours: Picture) -> None:  # fmt: skip
    """A wheel of parts, each filled outwards from the hole as far as its value says.

    size      (radius, radius of the hole), pixels
    values    (n,) [0, 1], the first on top, then clockwise
    colours   (n, 4)
    """
    radius, hole = size
    part, r, inside = _wheel(radius, hole, len(values))
    reach = (hole + (radius - hole) * values)[part]
    lit = inside * np.clip(reach - r + 0.5, 0, 1) * (reach > hole)
    stamp(picture, (middle[0] - radius, middle[1] - radius), lit.astype(np.float32), colours[part])
