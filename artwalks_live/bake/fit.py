"""Frame a painting for the canvas: cropped where it hurts least, or whole, and the rest of the frame filled.

    crop      the largest window of the canvas's shape, placed over what matters most in the picture
    centre    the same in the middle
    pad       the whole painting between black bars
    mirror    between its mirror images
    blur      between its mirror images that dissolve into soft colour
    outpaint  grown outwards from its own patches, without any weights
    kandinsky that, repainted by Kandinsky 2.2 inpainting, where the model is here

The painting's own pixels are never altered. Where it is continued, a strip of picture frame, bare canvas or shadow
at the edges of its photograph is cut off first (3 % of a side at most): it would stand between.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import inset
from artwalks_live.bake.inpaint import Kandinsky
from artwalks_live.bake.inset import Inset
from artwalks_live.bake.keyframes import Picture
from artwalks_live.bake.outpaint import outpainting
from artwalks_live.bake.saliency import saliency
from artwalks_live.core.errors import UsageError, choices

Bytes = NDArray[np.uint8]
VERSION = 2
Fill = Callable[[Bytes, Inset], Bytes]
FILLS: dict[str, Callable[[Bytes, Inset], Fill]] = {
    "pad": lambda painting, there: inset.black,
    "mirror": lambda painting, there: inset.mirrored,
    "blur": lambda painting, there: inset.dissolving,
    "outpaint": outpainting,
    "kandinsky": lambda painting, there: Kandinsky.here().inpainting(painting, there),
}
"""For a painting at its size in the frame, what fills frames around it; the same painting may come at another size."""
FITS = ("crop", "centre", *FILLS)
MAX_SOURCE_SIDE = 4096
MAX_WHOLE_SIDE = 1024
_LOPSIDED = 0.13  # cost of taking all that must go from one end
_CUT = 0.055  # cost of a border through twice the average weight, in shares of all that matters
_CUT_ABOVE = 0.2  # of the upper border: a figure may lose its feet, never its head


def model_of(how: str) -> list[str]:
    """The identity of the model that a fit takes; nothing for most. Raises ModelError when it is not here."""
    return [Kandinsky.here().identity] if how == "kandinsky" else []


def fit(pixels: Bytes, canvas: tuple[int, int], how: str) -> Picture:
    """Frame a painting.

    pixels   (H, W, 3) uint8 sRGB, the whole painting
    canvas   (width, height) of the walk
    how      one of FITS
    returns  a Picture: the frame at canvas size and, for detail, at the painting's own size (4096 wide at most);
             beside it the whole painting, small

    Raises UsageError for an unknown `how`, ModelError when the model that it takes is not here or cannot be used.
    """
    if how not in FITS:
        raise UsageError(f"--fit {choices(how, FITS)}")
    if how in FILLS:
        shown, source = _filled(pixels, canvas, how)
    else:
        left, top, width, height = crop_window(pixels, canvas) if how == "crop" else centre_window(pixels, canvas)
        window = pixels[top : top + height, left : left + width]
        size = _source_size(max(width / canvas[0], height / canvas[1]), canvas)
        shown, source = resize(window, canvas), resize(window, size)
    return Picture(shown, source, whole(pixels))


def _filled(pixels: Bytes, canvas: tuple[int, int], how: str) -> tuple[Bytes, Bytes]:
    """The whole painting in a frame of the canvas's shape: at canvas size, and at its own."""
    painting = pixels if how == "pad" else inset.trimmed(pixels, canvas)
    there = Inset.of((painting.shape[1], painting.shape[0]), canvas)
    shown = resize(painting, (there.width, there.height))
    size = _source_size(painting.shape[1] / there.width, canvas)
    if there.fills:
        return shown, resize(painting, size)
    fill = FILLS[how](shown, there)
    own = Inset.of((painting.shape[1], painting.shape[0]), size)
    return fill(shown, there), fill(resize(painting, (own.width, own.height)), own)


def whole(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The painting, (H, W, 3) uint8 sRGB, neither cropped nor padded, at most 1024 on its long side."""
    height, width = pixels.shape[:2]
    scale = min(1.0, MAX_WHOLE_SIDE / max(height, width))
    return resize(pixels, (max(1, round(width * scale)), max(1, round(height * scale))))


def _source_size(scale: float, canvas: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the source, of the canvas's shape: so many times the canvas, at most 4096 a side."""
    scale = min(scale, MAX_SOURCE_SIDE / max(canvas))
    return max(1, round(canvas[0] * scale)), max(1, round(canvas[1] * scale))


def centre_window(pixels: Bytes, canvas: tuple[int, int]) -> tuple[int, int, int, int]:
    """(left, top, width, height) of the largest window of the canvas's shape in the middle."""
    width, height = _window_size(pixels, canvas)
    return (pixels.shape[1] - width) // 2, (pixels.shape[0] - height) // 2, width, height


def _window_size(pixels: Bytes, canvas: tuple[int, int]) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    across, down = round(height * canvas[0] / canvas[1]), round(width * canvas[1] / canvas[0])
    return min(width, max(1, across)), min(height, max(1, down))


def crop_window(pixels: NDArray[np.uint8], canvas: tuple[int, int]) -> tuple[int, int, int, int]:
    """(left, top, width, height) of the largest window of the canvas's shape with most of what matters in it."""
    full_height, full_width = pixels.shape[:2]
    width, height = _window_size(pixels, canvas)
    matters = saliency(pixels)
    left = _best_start(matters.T, width / full_width, full_width - width, (_CUT, _CUT))
    top = _best_start(matters, height / full_height, full_height - height, (_CUT_ABOVE, _CUT))
    return left, top, width, height


def _best_start(matters: NDArray[np.float32], share: float, room: int, costs: tuple[float, float]) -> int:
    """Where a window that covers `share` of the first axis begins, in [0, room], so that it holds most and cuts least.

    A border inside the picture costs what it cuts through, beyond the average; `costs` are for its first and its
    second border. The picture's own border costs nothing, but it costs something to take all from one end.
    """
    if room <= 0:
        return 0
    count = len(matters)
    cumulated = np.concatenate([[0.0], np.cumsum(matters.sum(1), dtype=np.float64)])
    # root mean square: a border through one small figure costs more than one through the same weight of mist
    lines = np.maximum(np.sqrt((matters.astype(np.float64) ** 2).mean(1)) * matters.size - 1.0, 0.0)
    grid, middles = np.arange(count + 1) / count, (np.arange(count) + 0.5) / count
    starts = np.linspace(0.0, 1.0 - share, min(room + 1, 2 * count))
    held = np.interp(starts + share, grid, cumulated) - np.interp(starts, grid, cumulated)
    cut = costs[0] * np.interp(starts, middles, lines) * (starts > 0.0)
    cut += costs[1] * np.interp(starts + share, middles, lines) * (starts < starts[-1])
    place = starts / (1.0 - share)
    return round(float(place[int(np.argmax(held - cut - _LOPSIDED * (2.0 * place - 0.8) ** 2))]) * room)


def resize(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale to (width, height): box average when shrinking, Lanczos when enlarging."""
    height, width = pixels.shape[:2]
    if size == (width, height):
        return np.ascontiguousarray(pixels)
    shrinking = size[0] * size[1] < width * height
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=method), np.uint8)
