"""A whole painting in a frame of another shape, and what the rest of the frame is filled with.

    pad      black
    mirror   the painting's mirror image, to and fro
    blur     the mirror image, dissolving into soft colour: sharp at the painting's edge, so that no seam is seen

The painting's own pixels are laid over the filling last, and no filling alters them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
Value = TypeVar("Value", np.uint8, np.float32)
_TRIM = 0.03  # how much of a side may be a frame
_DISSOLVE = 0.3  # standard deviation of the blur, per pixel of distance from the painting's edge
_DISSOLVED = 0.12  # and at most, in heights of the frame


@dataclass(frozen=True)
class Inset:
    """Where a painting stands in its frame, in whole pixels of the frame.

    size    (width, height) of the frame
    left, top, width, height   of the painting in it; it touches two opposite edges at least
    """

    size: tuple[int, int]
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, painting: tuple[int, int], size: tuple[int, int]) -> Inset:
        """The largest inset of a painting (width, height) in the middle of a frame (width, height)."""
        scale = min(size[0] / painting[0], size[1] / painting[1])
        width, height = (max(1, round(side * scale)) for side in painting)
        # a border of one pixel would be seen as a line, a hundredth of a per cent of stretch will not
        width = size[0] if size[0] - width < 2 else width
        height = size[1] if size[1] - height < 2 else height
        return cls(size, (size[0] - width) // 2, (size[1] - height) // 2, width, height)

    @property
    def painting(self) -> tuple[slice, slice]:
        """The painting's rows and columns."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    @property
    def sides(self) -> tuple[slice, slice]:
        """The columns left and right of the painting."""
        return slice(0, self.left), slice(self.left + self.width, self.size[0])

    @property
    def turned(self) -> Inset:
        """The same with rows and columns exchanged."""
        return Inset(self.size[::-1], self.top, self.left, self.height, self.width)

    def at(self, size: tuple[int, int]) -> Inset:
        """The same in a frame of another (width, height); at least two pixels of painting."""
        across, down = size[0] / self.size[0], size[1] / self.size[1]
        left, top = round(self.left * across), round(self.top * down)
        right, bottom = round((self.left + self.width) * across), round((self.top + self.height) * down)
        return Inset(size, left, top, max(2, right - left), max(2, bottom - top))

    def enlarged(self, times: int) -> Inset:
        """The same in a frame so many times as large."""
        size = self.size[0] * times, self.size[1] * times
        return Inset(size, self.left * times, self.top * times, self.width * times, self.height * times)

    @property
    def fills(self) -> bool:
        """Whether the painting fills the frame."""
        return (self.width, self.height) == self.size


def trimmed(pixels: Bytes, size: tuple[int, int]) -> Bytes:
    """A painting (H, W, 3) without what a photograph shows of its frame, on the sides that will be continued.

    A frame, a strip of bare canvas or of shadow would otherwise stand between the painting and what continues it.
    At most 3 % of each side go.
    """
    upright = pixels.shape[1] * size[1] < pixels.shape[0] * size[0]
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    columns = lab if upright else lab.swapaxes(0, 1)
    kept = slice(_edge(columns), columns.shape[1] - _edge(columns[:, ::-1]))
    return pixels[:, kept] if upright else pixels[kept]


def _edge(columns: Bytes) -> int:
    """How many of the first columns of a picture (H, W, 3) in Lab are unlike those after them."""
    most = max(2, round(_TRIM * columns.shape[1]))
    outer = columns[:, : 2 * most].astype(np.float32)
    after = outer[:, most:].mean(1)
    unlike = np.abs(outer[:, :most] - after[:, None]).mean(0)
    odd = np.flatnonzero((unlike > 1.25 * np.median(unlike[most // 2 :], axis=0) + 2.0).any(-1))
    return int(odd[-1]) + 2 if len(odd) and odd[-1] < most - 2 else 0


def black(painting: Bytes, inset: Inset) -> Bytes:
    """The painting, (h, w, 3) uint8 at its size in the frame, in black."""
    frame = np.zeros((inset.size[1], inset.size[0], 3), np.uint8)
    frame[inset.painting] = painting
    return frame


def mirrored(painting: NDArray[Value], inset: Inset) -> NDArray[Value]:
    """A painting (h, w, …) between its mirror images."""
    rows = _to_and_fro(inset.size[1], inset.top, inset.height)
    columns = _to_and_fro(inset.size[0], inset.left, inset.width)
    return np.ascontiguousarray(painting[rows][:, columns])


def _to_and_fro(length: int, start: int, count: int) -> NDArray[np.int64]:
    """For each of `length` places the place in [0, count) that a mirror at both ends shows there."""
    place = (np.arange(length) - start) % (2 * count)
    return np.minimum(place, 2 * count - 1 - place)


def dissolving(painting: Bytes, inset: Inset) -> Bytes:
    """The painting between its mirror images, the softer the further away they are."""
    frame = softened(mirrored(painting, inset), inset)
    frame[inset.painting] = painting
    return frame


def softened(frame: Bytes, inset: Inset, rate: float = _DISSOLVE) -> Bytes:
    """Blur a frame (H, W, 3) by its distance from the painting: not at all there, wholly at the frame's edges."""
    sigma = np.minimum(distance(inset) * np.float32(rate), np.float32(_DISSOLVED * inset.size[1]))
    level = np.log2(np.maximum(sigma, 0.25)) + 2.0  # 0, 1, 2, … for a blur of 0 (a quarter), 0.5, 1, …
    soft, finer = frame.astype(np.float32), frame.astype(np.float32)
    for number in range(1, int(np.ceil(level.max())) + 1):
        coarser = _blurred(frame, 0.25 * 2.0**number)
        part = np.clip(level - (number - 1), 0.0, 1.0)[..., None]
        inside = (level > number - 1)[..., None]
        soft = np.where(inside, finer + (coarser - finer) * part, soft)
        finer = coarser
    levels: Bytes = np.clip(np.rint(soft), 0, 255).astype(np.uint8)
    return levels


def _blurred(frame: Bytes, sigma: float) -> Array:
    """A Gaussian blur; a wide one on a small copy, as nothing fine is left."""
    step = max(1, int(sigma / 3.0))
    size = (max(4, frame.shape[1] // step), max(4, frame.shape[0] // step))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), sigma * size[1] / frame.shape[0], borderType=cv2.BORDER_REPLICATE)
    blurred: Array = cv2.resize(small, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_CUBIC)
    return blurred


def distance(inset: Inset) -> Array:
    """How far each place of the frame is from the painting, (H, W), in pixels; 0 in it."""
    x, y = np.arange(inset.size[0], dtype=np.float32), np.arange(inset.size[1], dtype=np.float32)
    across = np.maximum(np.maximum(inset.left - x, x - (inset.left + inset.width - 1)), 0.0)
    down = np.maximum(np.maximum(inset.top - y, y - (inset.top + inset.height - 1)), 0.0)
    far: Array = np.maximum(across[None], down[:, None])
    return far
