"""Strips: a segment at five phases, a row an estimator, so that a person can judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from artwalks_live.core.errors import ArtwalksError, UsageError
from tools.film.course import draw
from tools.film.estimate import NONE, Estimator
from tools.film.screen import Pair
from tools.film.segments import Part, Segment

Pixels = NDArray[np.uint8]
PHASES = {"0": 0.0, "1/4": 0.25, "1/2": 0.5, "3/4": 0.75, "1": 1.0}
ROWS = ("film", "dis", NONE)
TITLES = {NONE: "dissolve"}
BEST = "best-strip.png"
BEST_WIDTH = 1600
TILE_WIDTH = 480
GROUND, TEXT, FAINT = "#131315", "#e9e6df", "#8b8883"
MARGIN, GAP, LABEL, TYPE = 20, 4, 78, 15


class Strips:
    """Writes a strip for each segment into a folder, and the best of them once more, small enough for a page.

    flow     the name of the estimator under test, whose ways are given; film, dis and the dissolve are put beside it
    notice   told once, in one line, when one of those cannot be had here

    Raises UsageError when the folder cannot be written.
    """

    def __init__(self, folder: Path, flow: str, notice: Callable[[str], None]) -> None:
        self._folder = folder
        self._flow = flow
        self._notice = notice
        self._beside = {name: Estimator(name) for name in ROWS if name != flow and self._known(name)}
        self._best = -float("inf")

    def add(self, segment: Segment, score: float) -> None:
        """Draw the strip of a segment; `score` says how good an example it is."""
        rows = [(TITLES.get(name, name), frames(each)) for name, each in self._rows(segment)]
        self._write(f"{segment.name}.png", draw_strip(rows, TILE_WIDTH))
        if score > self._best:
            self._best = score
            self._write(BEST, draw_strip(rows, (BEST_WIDTH - 2 * MARGIN - LABEL - 4 * GAP) // 5))

    def _rows(self, segment: Segment) -> list[tuple[str, Segment]]:
        names = ROWS if self._flow in ROWS else (self._flow, *ROWS)
        every = ((name, self._way(name, segment)) for name in names)
        return [(Path(name).stem, each) for name, each in every if each is not None]

    def _way(self, name: str, segment: Segment) -> Segment | None:
        if name == self._flow:
            return segment
        if name not in self._beside:
            return None
        try:
            baked, ms = self._beside[name].estimate(segment.a, segment.b)
        except ArtwalksError as error:
            del self._beside[name]
            self._notice(f"no row {name}: {error}")
            return None
        return Segment(segment.name, (Part(0.0, 1.0, Pair(segment.a, segment.b, baked)),), ms)

    def _known(self, name: str) -> bool:
        try:
            Estimator(name)
        except ArtwalksError as error:
            self._notice(f"no row {name}: {error}")
            return False
        return True

    def _write(self, name: str, strip: Image.Image) -> None:
        save_png(self._folder / name, strip)


@dataclass(frozen=True)
class _Layout:
    """Where things lie in a strip, in pixels."""

    tile: tuple[int, int]
    rows: int

    @property
    def size(self) -> tuple[int, int]:
        width = 2 * MARGIN + LABEL + len(PHASES) * self.tile[0] + (len(PHASES) - 1) * GAP
        return width, 2 * MARGIN + TYPE + GAP + self.rows * (self.tile[1] + GAP)

    def place(self, row: int, column: int) -> tuple[int, int]:
        """The upper left corner of a tile."""
        top = MARGIN + TYPE + 2 * GAP + row * (self.tile[1] + GAP)
        return MARGIN + LABEL + column * (self.tile[0] + GAP), top


def frames(segment: Segment) -> list[Image.Image]:
    """The pictures of a segment at the phases 0, 1/4, 1/2, 3/4 and 1, drawn at twice a tile's width or less."""
    height, width = segment.a.shape[:2]
    scale = min(1.0, 2 * TILE_WIDTH / width)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = replace(segment, parts=tuple(replace(part, pair=_reduced(part.pair, size)) for part in segment.parts))
    drawn = (draw(small, t).clip(0, 1) * 255 + 0.5 for t in PHASES.values())
    return [Image.fromarray(frame.astype(np.uint8)) for frame in drawn]


def draw_strip(rows: Sequence[tuple[str, list[Image.Image]]], tile_width: int) -> Image.Image:
    """Lay one segment out in several ways, a row each.

    rows         a label each, and what `frames` gave, all between the same two pictures
    tile_width   pixels; a smaller picture is not enlarged
    """
    width, height = rows[0][1][0].size
    scale = min(1.0, tile_width / width)
    layout = _Layout((max(1, round(width * scale)), max(1, round(height * scale))), len(rows))
    strip = Image.new("RGB", layout.size, GROUND)
    pen = ImageDraw.Draw(strip)
    font = ImageFont.load_default(TYPE)
    for column, caption in enumerate(PHASES):
        left, top = layout.place(0, column)
        pen.text((left + layout.tile[0] / 2, top - 2 * GAP), caption, FAINT, font, anchor="ms")
    for row, (label, pictures) in enumerate(rows):
        left, top = layout.place(row, 0)
        pen.text((MARGIN, top + layout.tile[1] / 2), _fitted(pen, label, font), TEXT, font, anchor="lm")
        for column, frame in enumerate(pictures):
            strip.paste(frame.resize(layout.tile, Image.Resampling.LANCZOS), layout.place(row, column))
    return strip


def save_png(path: Path, picture: Image.Image) -> None:
    """Write a picture, its folder made first. Raises UsageError, one line, when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, format="PNG")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or error})") from None


def _reduced(pair: Pair, size: tuple[int, int]) -> Pair:
    a, b = (cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (pair.a, pair.b))
    return Pair(a, b, pair.baked)


def _fitted(pen: ImageDraw.ImageDraw, label: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    while pen.textlength(label, font) > LABEL - 2 * GAP:
        label = label[:-1]
    return label
