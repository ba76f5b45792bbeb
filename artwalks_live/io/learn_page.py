"""The learn page: which target is armed, what moved, what was done; read in a glance from two steps away.

On the left what can be taught, with the controls that move it already; on the right the one that is armed, large, and
under it one line that says what to do, or what was done. Sizes are in u, the type size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from artwalks_live.core.midi_learn import LearnView

WIDE, HIGH = 46.0, 17.0
SPLIT = 17.0
LEFT, RIGHT = SPLIT + 1.6, WIDE - 1.2
KEYS = ("up, down  choose", "Backspace  forget", "Z  undo", "L  close")
Colour = tuple[int, int, int, int]
GROUND: Colour = (12, 13, 18, 226)
CHOSEN: Colour = (255, 190, 92, 48)
TRACK: Colour = (255, 255, 255, 40)
INK: Colour = (240, 236, 226, 255)
FAINT: Colour = (166, 164, 158, 255)
AMBER: Colour = (255, 190, 92, 255)
GREEN: Colour = (132, 222, 146, 255)


def learn_page(view: LearnView, font_px: int = 20) -> npt.NDArray[np.uint8]:
    """Draw the page: (17 u, 46 u, 4) uint8, sRGB, straight alpha, top row first; u = font_px pixels.

    While a control moves only its line is drawn anew, which costs 3 ms; the whole page 11.
    """
    panel = _still(replace(view, heard="", level=0.0), font_px).copy()
    if not view.done:
        _heard(ImageDraw.Draw(panel), font_px, view)
    return np.asarray(panel)


@lru_cache(maxsize=4)
def _still(view: LearnView, u: int) -> Image.Image:
    """All but what moves."""
    panel = Image.new("RGBA", (round(WIDE * u), round(HIGH * u)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(panel)
    draw.rounded_rectangle((0, 0, panel.width - 1, panel.height - 1), radius=u // 2, fill=GROUND)
    _list(draw, u, view)
    left, wide = LEFT * u, (RIGHT - LEFT) * u
    draw.line((SPLIT * u, 1.2 * u, SPLIT * u, (HIGH - 1.2) * u), fill=_over(TRACK), width=max(1, u // 12))
    _text(draw, "LEARN MIDI", _Line((left, 2.0 * u), 0.8 * u, wide, FAINT))
    _text(draw, view.label, _Line((left, 4.6 * u), 2.5 * u, wide, INK))
    _text(draw, view.says, _Line((left, 8.0 * u), 1.3 * u, wide, GREEN if view.done else AMBER))
    for i, words in enumerate(KEYS):
        at = (left + i * wide / len(KEYS), (HIGH - 1.9) * u)
        _text(draw, words, _Line(at, 0.72 * u, wide / len(KEYS), FAINT))
    return panel


def _list(draw: ImageDraw.ImageDraw, u: int, view: LearnView) -> None:
    step = (HIGH - 2.0) / max(len(view.rows), 1)
    for i, row in enumerate(view.rows):
        top, middle = (1.0 + i * step) * u, (1.0 + (i + 0.5) * step) * u
        if row.chosen:
            draw.rounded_rectangle((0.6 * u, top, (SPLIT - 0.6) * u, top + step * u), radius=u // 4, fill=_over(CHOSEN))
        both = (middle - 0.35 * u, middle + 0.45 * u) if row.controls else (middle, middle)
        _text(draw, row.label, _Line((1.2 * u, both[0]), 0.9 * u, (SPLIT - 2.4) * u, AMBER if row.chosen else INK))
        _text(draw, row.controls, _Line((1.2 * u, both[1]), 0.66 * u, (SPLIT - 2.4) * u, FAINT))


def _heard(draw: ImageDraw.ImageDraw, u: int, view: LearnView) -> None:
    """What moved last, and where it stands: the performer sees at once whether anything arrives."""
    left, right, top, foot = LEFT * u, RIGHT * u, 10.6 * u, 11.2 * u
    draw.rectangle((left, top, right, foot), fill=_over(TRACK))
    if view.heard:
        draw.rectangle((left, top, left + (right - left) * min(max(view.level, 0.0), 1.0), foot), fill=AMBER)
    _text(draw, view.heard or "nothing moves yet", _Line((left, 12.3 * u), 0.9 * u, right - left, FAINT))


def _over(light: Colour) -> Colour:
    """A half clear colour on the ground: drawn lines replace what they cover."""
    share = light[3] / 255
    r, g, b = (round(dark + (bright - dark) * share) for dark, bright in zip(GROUND[:3], light[:3], strict=True))
    return r, g, b, GROUND[3]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of words: the middle of its left end, its type size and how wide it may be, in pixels."""

    at: tuple[float, float]
    px: float
    wide: float
    colour: Colour


def _text(draw: ImageDraw.ImageDraw, words: str, line: _Line) -> None:
    """Set words; smaller, and then cut, where they are too long."""
    font = _font(max(7, round(line.px)))
    if font.getlength(words) > line.wide:
        font = _font(max(7, round(line.px * max(0.7, line.wide / font.getlength(words)))))
    while words != "…" and font.getlength(words) > line.wide:
        words = words.removesuffix("…")[:-1].rstrip() + "…"
    draw.text(line.at, words, font=font, fill=line.colour, anchor="lm")


@lru_cache(maxsize=16)
def _font(px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(px)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
