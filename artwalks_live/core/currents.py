"""How paint is carried by a current: the reference that the shader is held to.

A current is a steady velocity M inside a still picture. Paint is carried along it for a *life* of `travel_px`, and
every place is shown as the mean of two copies of the painting: one carried forward since the life began, and one that
will have come back when it ends (Holynski et al., "Animating Pictures with Eulerian Motion Fields", 2021; Mahapatra et
al., "Text2Cinemagraph", 2023). At q = 0 only the first counts and it has not moved: the painting itself.

Lives begin at different times in different places (`offset`), so the picture never pulses as a whole. q jumps from 1 to
0 where a life ends; nothing that jumps may be interpolated. So what is upsampled is the *mean velocity* along either
path, which does not jump (much: only as far as the path bends), and q is taken at the pixel from the upsampled offset.

Units: a current px is 1/640 of the long side; +x right, +y down.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LONG_SIDE = 640  # current px that the long side of any picture measures
STEPS = 8  # of the midpoint rule, for either copy
TRAVEL_PX = 12.0
_TEXTURE_PX = 4.0  # how far apart two copies of brushwork have nothing to do with one another any more
_GROUND_SIDE = 160  # the long side of the reduced painting about whose colours contrast is given back


def lives(offset: Array, phase: float) -> Array:
    """How far each place is through its life, q in [0, 1), from offsets in [0, 1) and the phase in [0, 1)."""
    aged = offset + np.float32(phase)
    q: Array = aged - np.floor(aged)
    return q


def velocities(current: NDArray[np.floating], phase: float, travel_px: float = TRAVEL_PX) -> tuple[Array, Array]:
    """Give the mean velocity along the path that each copy has behind it, or before it.

    current    (h, w, 4): Mx, My in current px per frame, mask, offset; any float
    phase      [0, 1), counted by the show
    travel_px  current px that paint of velocity 1 is carried in a life
    returns    forward, backward, each (h, w, 2) float32: the forward copy is read at x - q*travel*forward, the backward
               copy at x + (1-q)*travel*backward; exactly 0 where M is
    """
    field = np.asarray(current[..., :2], np.float32)
    q = lives(np.asarray(current[..., 3], np.float32), phase)
    return _mean_along(field, -q * np.float32(travel_px)), _mean_along(field, (1 - q) * np.float32(travel_px))


def paths(current: NDArray[np.floating], phase: float, travel_px: float = TRAVEL_PX) -> tuple[Array, Array, Array]:
    """Give where the two copies are read, on the current's own grid, and how far each place is through its life.

    Takes what `velocities` takes.
    returns  forward (h, w, 2), backward (h, w, 2): displacements in current px to *add* to a place; q (h, w) in [0, 1),
             the weight of the backward copy
    """
    forward, backward = velocities(current, phase, travel_px)
    q = lives(np.asarray(current[..., 3], np.float32), phase)
    travelled = (q * np.float32(travel_px))[..., None]
    return -travelled * forward, (np.float32(travel_px) - travelled) * backward, q


def carried(
    painting: Array,
    current: NDArray[np.floating],
    phase: float,
    travel_px: float = TRAVEL_PX,
    contrast: float = 0.0,
) -> Array:
    """Show a painting with its paint carried along a current.

    painting  (H, W, 3) float32, any range, any size of the current's shape
              What comes from beyond its edges is its mirror image.
    contrast  [0, 1], how much of the contrast that the mean of two copies loses is given back (see `lost`)
    returns   (H, W, 3) float32; exactly the painting where M, q or `travel_px` is 0
    """
    height, width = painting.shape[:2]
    forward, backward = (_upsampled(v, height, width) for v in velocities(current, phase, travel_px))
    q = lives(_upsampled(np.asarray(current[..., 3:], np.float32), height, width), phase)
    travel = np.float32(travel_px * max(height, width) / LONG_SIDE)  # in pixels of the painting
    came, goes = -q * travel * forward, (1 - q) * travel * backward
    places = _places(height, width)
    first, second = (_read(painting, _mirrored(places + way, painting)) for way in (came, goes))
    shown: Array = first + q * (second - first)
    if contrast > 0:
        ground = _reduced(painting, _GROUND_SIDE)
        first, second = (
            _read(ground, _mirrored(_scaled(places + way, painting, ground), ground)) for way in (came, goes)
        )
        apart = np.linalg.norm(goes - came, axis=-1, keepdims=True) * np.float32(LONG_SIDE / max(height, width))
        shown += np.float32(contrast) * lost(q, apart) * (shown - (first + q * (second - first)))
    return shown


def lost(q: Array, apart: Array) -> Array:
    """How much contrast the mean of two copies lacks, as a share of what it has: 0 .. 0.41.

    Copies of a texture that are `apart` current px agree with a correlation r = exp(-(apart/4)²); the variance of their
    mean is 1 - 2q(1-q)(1-r) of the painting's. Exactly 0 where q or `apart` is.
    """
    missing = 2 * q * (1 - q) * (1 - np.exp(-((apart / np.float32(_TEXTURE_PX)) ** 2)))
    share: Array = 1 / np.sqrt(1 - missing) - 1
    return share


def _mean_along(field: Array, length: Array) -> Array:
    """The mean of a velocity field along its own paths of `length` current px from every cell (midpoint rule)."""
    height, width = field.shape[:2]
    step = (length * np.float32(max(height, width) / LONG_SIDE / STEPS))[..., None]
    place, total = _places(height, width), np.zeros_like(field)
    for _ in range(STEPS):
        middle = _read(field, place + 0.5 * step * _read(field, place))
        place, total = place + step * middle, total + middle
    return total / np.float32(STEPS)


def _places(height: int, width: int) -> Array:
    """(H, W, 2) float32: x and y of every pixel's middle, the first at 0."""
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)


def _reduced(picture: Array, long_side: int) -> Array:
    """The means of a picture's cells, as many as fit `long_side` (a power of two of pixels: a mipmap's level)."""
    while max(picture.shape[:2]) >= 2 * long_side and min(picture.shape[:2]) >= 2:
        height, width = (n // 2 * 2 for n in picture.shape[:2])
        rows = picture[0:height:2, :width] + picture[1:height:2, :width]
        picture = np.asarray(0.25 * (rows[:, 0::2] + rows[:, 1::2]), np.float32)
    return picture


def _upsampled(grid: Array, height: int, width: int) -> Array:
    """Read a grid at the middles of a picture's pixels, bilinearly, as a texture is read."""
    places = _places(height, width)
    return _read(grid, _scaled(places, places, grid))


def _scaled(places: Array, picture: Array, grid: Array) -> Array:
    """Where places of a picture are on a grid over the same picture."""
    x = (places[..., 0] + np.float32(0.5)) * np.float32(grid.shape[1] / picture.shape[1]) - np.float32(0.5)
    y = (places[..., 1] + np.float32(0.5)) * np.float32(grid.shape[0] / picture.shape[0]) - np.float32(0.5)
    return np.stack([x, y], -1)


def _mirrored(places: Array, picture: Array) -> Array:
    """Fold back what lies beyond a picture's edges: paint that comes in from outside is no streak of one pixel."""
    end = np.array([picture.shape[1] - 1, picture.shape[0] - 1], np.float32)
    half = np.float32(0.5)
    folded: Array = end + half - np.abs(end + half - (np.abs(places + half) - half))
    return np.where((places >= 0) & (places <= end), places, folded)


def _read(picture: Array, places: Array) -> Array:
    """Read a picture between its pixels, bilinearly; beyond its edges they are repeated."""
    height, width = picture.shape[:2]
    x = np.clip(places[..., 0], 0, width - 1)
    y = np.clip(places[..., 1], 0, height - 1)
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    above = picture[top, left] + across * (picture[top, right] - picture[top, left])
    below = picture[bottom, left] + across * (picture[bottom, right] - picture[bottom, left])
    read: Array = above + down * (below - above)
    return read
