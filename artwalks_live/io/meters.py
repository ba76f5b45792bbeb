"""The meter page as a picture: what the ear hears now, drawn small over the window's foot.

All is laid out in units of u, the height of the type; the page is 54 u wide and 13 u high. What stands still (ground,
tracks, labels) is drawn once a size and copied; what moves is drawn on the copy. 1.5 ms a page at 1280x720.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from artwalks_live.core import pen
from artwalks_live.core.meters import AHEAD_S, CURVE, LAMPS, PAST_S, Meters
from artwalks_live.core.pen import Colour, Picture

WIDE, HIGH = 54.0, 13.0
TOP, FOOT = 1.2, 8.2
"""Upper and lower end of the upright bars."""
LEFTS = (1.2, *(17.0 + 1.9 * i for i in range(3)), *(4.0 + 1.5 * i for i in range(8)))
"""Where the twelve bars stand, in the order of `Meters.bars`."""
BROAD = (1.6, *(1.1,) * 11)
LINE = (23.6, 1.2, 41.0, 6.0)
"""The box of the time line."""
NOW = LINE[0] + (LINE[2] - LINE[0]) * PAST_S / (PAST_S + AHEAD_S)
LAMP_X = 43.6
SLIDERS = (("harmonic", "struck"), ("dark", "bright"), ("tone", "noise"))
SLIDER = (45.4, 50.4)
SLIDER_ROWS = (9.55, 10.65, 11.75)
WHEEL, WHEEL_RADIUS, WHEEL_HOLE = (49.8, 4.6), 2.8, 0.95
FIFTHS = tuple(7 * i % 12 for i in range(12))
NOTES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

GROUND: Colour = (12, 13, 18, 208)
TRACK: Colour = (255, 255, 255, 34)
INK: Colour = (240, 236, 226, 255)
FAINT: Colour = (240, 236, 226, 196)
AMBER: Colour = (255, 190, 92, 255)
ALARM: Colour = (255, 104, 84, 255)
COLOURS: tuple[Colour, ...] = (
    INK,
    (236, 96, 76, 245), (244, 190, 88, 245), (104, 184, 226, 245),
    (232, 84, 76, 245), (240, 124, 74, 245), (246, 166, 80, 245), (232, 202, 96, 245),
    (150, 206, 128, 245), (88, 198, 182, 245), (90, 172, 226, 245), (150, 144, 238, 245),
)  # fmt: skip
LAMP_COLOURS = (COLOURS[1], COLOURS[2], COLOURS[3])


def meter_page(meters: Meters, font_px: int = 20, room: Picture | None = None) -> Picture:
    """Draw the page: (13 u, 54 u, 4) uint8, sRGB, straight alpha, top row first; u = font_px pixels.

    room    an earlier page that is no longer needed: where it fits it is drawn on, which spares a third of the time
    """
    u, still = font_px, _still(font_px)
    if room is None or room.shape != still.shape:
        page = still.copy()
    else:
        page = room
        page[:] = still
    for part in (_bars, _lamps, _line, _beat, _tone, _words):
        part(page, u, meters)
    return page


def page_size(font_px: int) -> tuple[int, int]:
    """Width and height of the page, pixels."""
    return round(WIDE * font_px), round(HIGH * font_px)


def _bars(page: Picture, u: int, meters: Meters) -> None:
    foot, high = FOOT * u, (FOOT - TOP) * u
    for left, broad, value, peak, colour in zip(
        LEFTS, BROAD, meters.bars.tolist(), meters.peaks.tolist(), COLOURS, strict=True
    ):
        x0, x1 = round(left * u), round((left + broad) * u)
        pen.rect(page, (x0, foot - high * value, x1, round(foot)), colour)
        if peak > 0.01:
            y = round(foot - high * peak)
            pen.rect(page, (x0, y - max(1, u // 10), x1, y), INK)


def _lamps(page: Picture, u: int, meters: Meters) -> None:
    for i, (bright, colour) in enumerate(zip(meters.lamps, LAMP_COLOURS, strict=True)):
        x, y = LAMP_X * u, (2.0 + 2.1 * i) * u
        if bright > 0.02:
            pen.spot(page, (x, y), pen.glow(1.15 * u), colour, 0.9 * bright)
            pen.spot(page, (x, y), pen.disc(0.5 * u), colour, bright)


def _line(page: Picture, u: int, meters: Meters) -> None:
    """The last seconds to the left of now, the next beats to its right."""
    left, now, foot, top = round(LINE[0] * u), round(NOW * u), round(LINE[3] * u), LINE[1] * u
    at = ((np.arange(now - left) + 0.5) / (now - left) * CURVE).astype(np.intp)
    pen.area(page, left, foot, meters.curve[at] * (foot - top), (120, 190, 220, 215))
    per_s = (now - left) / PAST_S
    for age_s in meters.strokes_s:
        pen.spot(page, (now - age_s * per_s, foot + 0.4 * u), pen.disc(0.14 * u), AMBER, 1 - 0.7 * age_s / PAST_S)
    for beat in meters.ahead:
        x = now + beat.in_s * per_s
        upper = top if beat.bar else top + 0.4 * (foot - top)
        broad = (0.16 if beat.bar else 0.1) * u
        pen.rect(page, (x - broad / 2, upper, x + broad / 2, foot), AMBER if beat.bar else FAINT)
    pen.rect(page, (now, top - 0.3 * u, now + max(1, u // 12), foot + 0.3 * u), INK)


def _beat(page: Picture, u: int, meters: Meters) -> None:
    """A dot a beat, lit as it sounds; one more runs along them."""
    count = min(meters.meter, 16)
    gap, y, current = min(1.7, 10.0 / count) * u, 8.2 * u, int(meters.place)
    known = meters.moment.tempo_bpm > 0
    for i in range(count):
        x = LINE[0] * u + 0.6 * u + gap * i
        pen.spot(page, (x, y), pen.disc((0.4 if i == 0 else 0.3) * u), FAINT, 0.45)
        if known and i == current:
            bright = (1 - meters.place % 1) ** 1.5
            colour = AMBER if i == 0 else INK
            pen.spot(page, (x, y), pen.glow(1.1 * u), colour, 0.8 * bright)
            pen.spot(page, (x, y), pen.disc((0.46 if i == 0 else 0.36) * u), colour, bright)
    if known:
        pen.spot(page, (LINE[0] * u + 0.6 * u + gap * meters.place, y + 0.9 * u), pen.disc(0.16 * u), INK)
    sure = confidence(meters)
    pen.rect(page, (LINE[0] * u, round(11.65 * u), (LINE[0] + 7.0 * sure) * u, round(11.95 * u)), AMBER)


def confidence(meters: Meters) -> float:
    """In the beat: the leader's, or the ear's."""
    told, heard = meters.moment.confidence, meters.features
    return min(1.0, told if told is not None else heard.confidence if heard is not None else 0.0)


def _tone(page: Picture, u: int, meters: Meters) -> None:
    """The wheel of pitch classes in fifths, and three sliders."""
    heard = meters.features
    if heard is None:
        return
    x, y = round(WHEEL[0] * u), round(WHEEL[1] * u)
    chroma = np.clip(np.array(heard.chroma)[list(FIFTHS)], 0.0, 1.0)
    pen.wheel(page, (x, y), (round(WHEEL_RADIUS * u), round(WHEEL_HOLE * u)), chroma, _hues())
    if chroma.max() > 0:
        _text(page, u, NOTES[FIFTHS[int(chroma.argmax())]], (x, y), Style(0.95, INK, "m"))
    for value, row in zip((heard.balance, heard.centroid, heard.flatness), SLIDER_ROWS, strict=True):
        at = (SLIDER[0] + (SLIDER[1] - SLIDER[0]) * min(max(value, 0.0), 1.0)) * u
        pen.spot(page, (at, row * u), pen.disc(0.26 * u), AMBER)


def _words(page: Picture, u: int, meters: Meters) -> None:
    moment, heard = meters.moment, meters.features
    lufs = "silent" if heard is None or heard.silence >= 1 else f"{heard.lufs:.1f} LUFS"
    _text(page, u, lufs, (1.2 * u, 10.75 * u), Style(0.95, INK, "l"))
    tempo = f"{moment.tempo_bpm:.1f}" if moment.tempo_bpm > 0 else "–"
    _text(page, u, tempo, (38.9 * u, 8.5 * u), Style(1.9, INK, "r"))
    led = f"led by {moment.leader}" if moment.leader else "sure of the beat"
    _text(page, u, f"{led}, {confidence(meters):.0%}", (LINE[0] * u, 10.85 * u), Style(0.8, FAINT, "l"))
    beats = f"beat {int(meters.place) + 1} of {meters.meter}"
    _text(page, u, beats, (LINE[2] * u, 10.85 * u), Style(0.8, FAINT, "r"))
    fine = moment.sound.rpartition(": ")[2] in ("ok", "silent", "none", "")
    _text(page, u, moment.sound[:40], (1.2 * u, 11.85 * u), Style(0.8, FAINT if fine else ALARM, "l"))
    lost = f"lost {moment.overruns}" if moment.overruns else "none lost"
    latency = f"{moment.latency_s * 1e3:.0f} ms, {lost}"
    _text(page, u, latency, (LINE[2] * u, 11.85 * u), Style(0.8, ALARM if moment.overruns else FAINT, "r"))


@lru_cache(maxsize=4)
def _still(u: int) -> Picture:
    """All that does not move."""
    size = page_size(u)
    panel = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(panel).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius=u // 2, fill=GROUND)
    page = np.array(panel)
    lit = _lighter(GROUND, TRACK)
    for left, broad in zip(LEFTS, BROAD, strict=True):
        pen.rect(page, (round(left * u), round(TOP * u), round((left + broad) * u), round(FOOT * u)), lit)
    pen.rect(page, (round(LINE[0] * u), round(LINE[3] * u), round(LINE[2] * u), round(LINE[3] * u) + 1), FAINT)
    pen.rect(page, (round(LINE[0] * u), round(11.65 * u), round((LINE[0] + 7.0) * u), round(11.95 * u)), lit)
    _still_tone(page, u, lit)
    for i, name in enumerate(LAMPS):
        pen.spot(page, (LAMP_X * u, (2.0 + 2.1 * i) * u), pen.disc(0.5 * u), TRACK)
        _text(page, u, name, (LAMP_X * u, (2.95 + 2.1 * i) * u), Style(0.7, FAINT, "m"))
    for text, x in (("level", 2.0), ("eight bands", 9.8), ("low", 17.55), ("mid", 19.45), ("high", 21.35)):
        _text(page, u, text, (x * u, 9.0 * u), Style(0.7, FAINT, "m"))
    _text(page, u, "bpm", (LINE[2] * u, 8.85 * u), Style(0.8, FAINT, "r"))
    return page


def _still_tone(page: Picture, u: int, lit: Colour) -> None:
    x, y = round(WHEEL[0] * u), round(WHEEL[1] * u)
    full = np.tile(np.array(TRACK, np.uint8), (12, 1))
    pen.wheel(page, (x, y), (round(WHEEL_RADIUS * u), round(WHEEL_HOLE * u)), np.ones(12), full)
    for i, note in enumerate(FIFTHS):
        turn, reach = 2 * np.pi * i / 12, (WHEEL_RADIUS + 0.55) * u
        _text(page, u, NOTES[note], (x + reach * np.sin(turn), y - reach * np.cos(turn)), Style(0.65, FAINT, "m"))
    for (low, high), row in zip(SLIDERS, SLIDER_ROWS, strict=True):
        pen.rect(page, (SLIDER[0] * u, row * u - 1, SLIDER[1] * u, row * u + 1), lit)
        _text(page, u, low, ((SLIDER[0] - 0.4) * u, row * u), Style(0.65, FAINT, "r"))
        _text(page, u, high, ((SLIDER[1] + 0.4) * u, row * u), Style(0.65, FAINT, "l"))


def _lighter(ground: Colour, light: Colour) -> Colour:
    """The colour of a light, half clear surface on the ground."""
    share = light[3] / 255
    r, g, b = (round(dark + (bright - dark) * share) for dark, bright in zip(ground[:3], light[:3], strict=True))
    return r, g, b, ground[3]


@lru_cache(maxsize=1)
def _hues() -> Picture:
    """A colour for each place on the wheel, once round the rainbow, all about as bright."""
    turn = 2 * np.pi * (np.arange(12)[:, None] / 12 + np.array([0.0, -1 / 3, 1 / 3]))
    return np.concatenate([165 + 80 * np.cos(turn), np.full((12, 1), 245)], axis=1).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Style:
    """Of a word: its size in u, its colour, and whether its left end, middle or right end (l, m, r) is where it is."""

    size: float
    colour: Colour
    anchor: str


def _text(page: Picture, u: int, text: str, at: tuple[float, float], style: Style) -> None:
    """Set a word, the middle of its height at y."""
    mask, rise = _word(text, max(9, round(style.size * u)))
    left = at[0] - {"l": 0.0, "m": 0.5, "r": 1.0}[style.anchor] * mask.shape[1]
    pen.stamp(page, (round(left), round(at[1] - rise)), mask, style.colour)


@lru_cache(maxsize=2048)
def _word(text: str, px: int) -> tuple[npt.NDArray[np.float32], float]:
    """The mask of a word, and how far its middle is below the mask's top."""
    font = _font(px)
    right, bottom = font.getbbox(text)[2:]
    image = Image.new("L", (int(np.ceil(right)) + 1, int(np.ceil(bottom)) + 1), 0)
    ImageDraw.Draw(image).text((0, 0), text, font=font, fill=255)
    middle = sum(font.getbbox("x0")[1::2]) / 2
    return np.asarray(np.asarray(image) / 255, np.float32), middle


@lru_cache(maxsize=16)
def _font(px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(px)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
