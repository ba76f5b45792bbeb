"""A walk's contact sheet: a row for every leg, paintings at its ends, keyframes between with their weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_check import legs
from artwalks_live.io.images import load_pixels

WIDEST = 3200
ROW = 8  # keyframes in a row, where there are no legs
GROUND, TEXT, FAINT, LINE, ACCENT = "#131315", "#e9e6df", "#8b8883", "#3a3a3e", "#d9a441"


@dataclass(frozen=True)
class Layout:
    """Measures of a sheet in pixels: a tile's picture, the space around it, the lines of type below it."""

    tile: tuple[int, int]
    columns: int
    rows: int
    margin: int = 48
    gap: int = 14
    header: int = 104
    caption: int = 58

    @classmethod
    def of(cls, walk: Walk) -> Layout:
        """Tiles of 300 pixels on the long side, smaller where a leg has many keyframes."""
        legs = _legs(walk)
        columns = max(len(leg) for leg in legs)
        room = (WIDEST - 2 * cls.margin - (columns - 1) * cls.gap) // columns
        width, height = walk.canvas
        scale = min(300 / max(width, height), room / width)
        return cls((max(24, round(width * scale)), max(24, round(height * scale))), columns, len(legs))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the sheet."""
        wide = self.columns * self.tile[0] + (self.columns - 1) * self.gap + 2 * self.margin
        return max(wide, 640), self.header + self.rows * (self.tile[1] + self.caption) + self.margin

    def place(self, row: int, column: int) -> tuple[int, int]:
        """The upper left corner of a tile's picture."""
        left = self.margin + column * (self.tile[0] + self.gap)
        return left, self.header + row * (self.tile[1] + self.caption)


def draw_sheet(walk: Walk, path: Path, progress: Callable[[float], None]) -> tuple[int, int]:
    """Draw the sheet into a PNG file. Returns its (width, height).

    Raises BundleError when a picture cannot be read, OSError when the file cannot be written.
    """
    layout = Layout.of(walk)
    sheet = Image.new("RGB", layout.size, GROUND)
    draw = ImageDraw.Draw(sheet)
    _draw_header(draw, walk, layout)
    done = 0
    for row, leg in enumerate(_legs(walk)):
        for column, index in enumerate(leg):
            tile = Image.fromarray(load_pixels(walk, index)).resize(layout.tile, Image.Resampling.LANCZOS)
            place = layout.place(row, column)
            sheet.paste(tile, place)
            _draw_caption(draw, walk, (index, leg[-1]), place, layout)
            done += 1
            progress(done)
    save(sheet, path)
    return layout.size


def save(sheet: Image.Image, path: Path) -> None:
    """Write a sheet as a PNG, whole or not at all. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        sheet.save(temporary, format="PNG")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _legs(walk: Walk) -> list[list[int]]:
    """The keyframes of each leg, both its paintings included; rows of them where a song composed the walk."""
    count = len(walk.keyframes)
    found = [[index % count for index in range(a, b + 1)] for a, b in legs(walk)]
    if len({index for leg in found for index in leg}) == count:
        return found
    return [list(range(count))[first : first + ROW] for first in range(0, count, ROW)]


def _draw_header(draw: ImageDraw.ImageDraw, walk: Walk, layout: Layout) -> None:
    title = _Line(30, TEXT, layout.size[0] - 2 * layout.margin)
    title.draw(draw, (layout.margin, 34), walk.folder.resolve().stem)
    generated = sum(keyframe.painting is None for keyframe in walk.keyframes)
    facts = "{} paintings, {} keyframes between them, {}x{}{}".format(
        len(walk.paintings), generated, *walk.canvas, ", a loop" if walk.loop else ""
    )
    _Line(15, FAINT, title.width).draw(draw, (layout.margin, 72), facts)


def _draw_caption(
    draw: ImageDraw.ImageDraw, walk: Walk, leg: tuple[int, int], place: tuple[int, int], layout: Layout
) -> None:
    """Under a painting its title and artist; under a keyframe its weight of the leg's end, as a bar and in figures.

    leg   the keyframe, and the one at the leg's end
    """
    index, last = leg
    left, top = place[0], place[1] + layout.tile[1] + 8
    width = layout.tile[0]
    keyframe = walk.keyframes[index]
    if keyframe.painting is not None:
        painting = walk.paintings[keyframe.painting]
        _Line(15, TEXT, width).draw(draw, (left, top), painting.title)
        _Line(12, FAINT, width).draw(draw, (left, top + 20), painting.artist)
        return
    end = walk.keyframes[last].painting
    weight = max(keyframe.weights.values()) if end is None else keyframe.weights.get(end, 0.0)
    draw.line([(left, top + 3), (left + width - 1, top + 3)], LINE, 2)
    draw.line([(left, top + 3), (left + round(weight * (width - 1)), top + 3)], ACCENT, 2)
    _Line(12, FAINT, width).draw(draw, (left, top + 11), f"{weight:.0%}")


@dataclass(frozen=True)
class _Line:
    """How a line of type is set: size in pixels, colour, and the width to which it is shortened."""

    size: int
    colour: str
    width: int

    def draw(self, draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str) -> None:
        font = ImageFont.load_default(self.size)
        shown = text
        while shown and draw.textlength(shown, font) > self.width:
            text = text[:-1]
            shown = text.rstrip() + "..." if text else ""
        draw.text(place, shown, self.colour, font)
