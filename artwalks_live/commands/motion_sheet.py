"""A walk's motion, drawn: for each painting what may flow, which way, and how its modes swing.

Directions are hues, as the wheel in the corner tells (red to the right, then clockwise as the hand of a clock); how
bright they are is how far they go.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from artwalks_live.commands.sheet import ACCENT, FAINT, GROUND, TEXT, save
from artwalks_live.core.errors import UsageError
from artwalks_live.core.sway import FREQUENCIES_HZ
from artwalks_live.core.walk import Painting, Walk, read_motion
from artwalks_live.io.images import load_pixels

Pixels = NDArray[np.uint8]
LONG, MARGIN, GAP, HEADER, CAPTION = 300, 40, 12, 110, 44
SHOWN = (1, 3, 6)
"""The modes that are drawn, beside the sum of all."""
_COLUMNS = 3 + 1 + len(SHOWN)


def draw_motion(walk: Walk, path: Path, progress: Callable[[float], None]) -> tuple[int, int]:
    """Draw the motion of every painting that has one into a PNG. Returns its (width, height).

    Raises UsageError when nothing in the walk moves, BundleError when a file cannot be read, OSError when the PNG
    cannot be written.
    """
    moving = [painting for painting in walk.paintings if painting.motion is not None]
    if not moving:
        raise UsageError(f"{walk.folder}: nothing in it moves: `artwalks motion {walk.folder}` gives it motion")
    scale = LONG / max(walk.canvas)
    tile = max(24, round(walk.canvas[0] * scale)), max(24, round(walk.canvas[1] * scale))
    size = 2 * MARGIN + _COLUMNS * (tile[0] + GAP) - GAP, HEADER + len(moving) * (tile[1] + CAPTION) + MARGIN
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, 32), f"{walk.folder.resolve().stem}: motion", TEXT, ImageFont.load_default(30))
    draw.text((MARGIN, 70), f"{len(moving)} of {len(walk.paintings)} paintings move", FAINT, ImageFont.load_default(15))
    sheet.paste(Image.fromarray(wheel(72)), (size[0] - MARGIN - 72, 20))
    for row, painting in enumerate(moving):
        top = HEADER + row * (tile[1] + CAPTION)
        for column, (picture, caption) in enumerate(_tiles(walk, painting, tile)):
            left = MARGIN + column * (tile[0] + GAP)
            sheet.paste(Image.fromarray(picture), (left, top))
            colour = TEXT if column == 0 else FAINT
            draw.text((left, top + tile[1] + 6), caption, colour, ImageFont.load_default(13))
        progress(row + 1)
    save(sheet, path)
    return size


def wheel(side: int) -> Pixels:
    """The legend: each direction in its hue, (side, side, 3) uint8."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    vectors = np.stack([x, y], axis=2)
    vectors[np.hypot(x, y) > 1] = 0
    return hues(vectors, 1.0)


def hues(vectors: NDArray[np.floating], most: float) -> Pixels:
    """Vectors (h, w, 2) as colours: the hue tells where to, brightness how far, full at `most`."""
    x, y = vectors[..., 0].astype(np.float32), vectors[..., 1].astype(np.float32)
    turn = np.mod(np.degrees(np.arctan2(y, x)), 360.0)
    far = np.clip(np.hypot(x, y) / max(most, 1e-6), 0.0, 1.0)
    hsv = np.stack([turn, np.full_like(far, 0.85), far], axis=2).astype(np.float32)
    return np.asarray(np.rint(255 * cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)), np.uint8)


def _tiles(walk: Walk, painting: Painting, tile: tuple[int, int]) -> list[tuple[Pixels, str]]:
    assert painting.motion is not None and painting.keyframe is not None
    picture = cv2.resize(load_pixels(walk, painting.keyframe), tile, interpolation=cv2.INTER_AREA)
    current, modes = read_motion(walk.folder, painting.motion)
    still = np.zeros((tile[1], tile[0], 3), np.uint8)
    tiles = [(np.asarray(picture, np.uint8), painting.title[:44])]
    if current is None:
        tiles += [(still, "no current"), (still, "")]
    else:
        mask = _fitted(current[..., 2], tile)
        tiles.append((_masked(tiles[0][0], mask), f"may flow: {float((mask > 0.02).mean()):.0%}"))
        tiles.append((hues(_fitted(current[..., :2], tile), 1.0), "where to"))
    if modes is None:
        return [*tiles, *[(still, "no sway")] + [(still, "")] * len(SHOWN)]
    fields = modes.astype(np.float32)
    swing = np.sqrt((fields[1:] ** 2).sum(axis=(0, 3)) / 2)
    most = max(float(np.percentile(swing, 99)), 1e-3)
    grey = np.repeat(np.clip(255 * _fitted(swing, tile) / most, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    tiles.append((np.asarray(grey, np.uint8), f"swing: {most:.1f} px rms at most"))
    for k in SHOWN:
        if k < len(fields):
            real = fields[k][..., [0, 2]]
            far = max(float(np.percentile(np.hypot(real[..., 0], real[..., 1]), 99)), 1e-3)
            tiles.append((hues(_fitted(real, tile), far), f"{FREQUENCIES_HZ[k]:.2f} Hz, {far:.1f} px"))
    return tiles


def _masked(picture: Pixels, mask: NDArray[np.float32]) -> Pixels:
    """The painting, grey and dark where it stands still, its border drawn."""
    grey = picture.mean(axis=2, keepdims=True) * 0.35
    shown = grey + (picture - grey) * np.clip(mask, 0, 1)[..., None]
    border = cv2.morphologyEx((mask > 0.02).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    shown[border] = tuple(int(ACCENT[i : i + 2], 16) for i in (1, 3, 5))
    return np.asarray(np.clip(shown, 0, 255), np.uint8)


def _fitted(field: NDArray[np.floating], tile: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(field.astype(np.float32), tile, interpolation=cv2.INTER_LINEAR), np.float32)
