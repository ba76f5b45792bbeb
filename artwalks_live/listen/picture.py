"""A song's cues as a picture: what returns, sections, waveform, beats and bars, harmony, energy with builds and drops.

Drawn twice as large and reduced, so that every line is smooth.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from artwalks_live.core.audio import AudioClip
from artwalks_live.core.cues import CLASSES, Cues, Section
from artwalks_live.core.errors import CueError

SIZE = (1920, 1080)
OVER = 2
GROUND, INK, FAINT, LINE = "#121317", "#ece8df", "#8d8a85", "#2b2d34"
DROP, BUILD, BREAK = "#ff5a4d", "#f3b941", "#63b3d8"
COLOURS = ("#4f83cc", "#d9774a", "#5fae7b", "#b07ac4", "#d1b04c", "#4bb3ae", "#cf5f86", "#8a9a4a", "#7d7fd6", "#b98a66")
MARK = {"drop": DROP, "build": BUILD, "break": BREAK}
NOTES = ("C", "", "D", "", "E", "F", "", "G", "", "A", "", "B")
LEFT, RIGHT = 84, 44
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Row:
    """A strip of the picture: its upper and lower edge, in pixels of the finished one."""

    top: int
    bottom: int


ARCS, BAND, WAVE, GRID = _Row(128, 236), _Row(244, 318), _Row(334, 588), _Row(592, 628)
HARMONY, ENERGY, TEMPO, AXIS = _Row(650, 746), _Row(766, 926), _Row(948, 1004), _Row(1012, 1050)


def draw(clip: AudioClip, cues: Cues, path: Path) -> None:
    """Draw a PNG of 1920x1080. Raises CueError when it cannot be written."""
    picture = _Picture(cues)
    picture.head()
    picture.arcs()
    picture.wave(clip)
    picture.sections()
    picture.grid()
    picture.harmony()
    picture.energy()
    picture.tempo()
    picture.axis()
    done = picture.image.resize(SIZE, Image.Resampling.LANCZOS)
    part = path.with_name(path.name + ".part")
    try:
        done.save(part, "PNG")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CueError(f"--plot {path}: cannot be written ({error.strerror})") from None


class _Picture:
    """The picture while it is drawn; a method for each strip."""

    def __init__(self, cues: Cues) -> None:
        self.cues = cues
        self.image = Image.new("RGB", (SIZE[0] * OVER, SIZE[1] * OVER), GROUND)
        self._draw = ImageDraw.Draw(self.image)
        labels = sorted({section.label for section in cues.sections}, key=[s.label for s in cues.sections].index)
        self._colours = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(labels)}

    def x(self, time_s: float) -> float:
        """Where an instant lies, in pixels of the large picture."""
        return OVER * (LEFT + (SIZE[0] - LEFT - RIGHT) * time_s / self.cues.duration_s)

    def head(self) -> None:
        """Title, and in a line what was found."""
        cues = self.cues
        bpm = [bpm for _, bpm in cues.tempo]
        tempo = f"{np.median(bpm):.1f} bpm" if max(bpm) - min(bpm) < 2 else f"{min(bpm):.0f}–{max(bpm):.0f} bpm"
        drops, breaks = len(cues.of_kind("drop")), len(cues.of_kind("break"))
        facts = [
            _clock(cues.duration_s), tempo, f"{cues.meter} beats a bar", _count(len(cues.downbeats), "bar"),
            _count(len(cues.sections), "section"), _count(drops, "drop"), _count(breaks, "break"),
        ]  # fmt: skip
        title = self._fitted(cues.title, 38, SIZE[0] - LEFT - RIGHT - 760)
        self._text(LEFT, 62, title, 38, INK, "ls")
        self._text(SIZE[0] - RIGHT, 62, "   ·   ".join(facts), 19, FAINT, "rs")
        self._draw.line([(OVER * LEFT, OVER * 88), (OVER * (SIZE[0] - RIGHT), OVER * 88)], LINE, 2)

    def arcs(self) -> None:
        """A bow from each section to the next that sounds like it."""
        last: dict[str, Section] = {}
        ground = OVER * ARCS.bottom
        bows = []
        for section in self.cues.sections:
            before = last.get(section.label)
            if before is not None:
                left, right = (self.x((each.start_s + each.end_s) / 2) for each in (before, section))
                bows.append((right - left, left, right, section.label))
            last[section.label] = section
        tallest = OVER * (ARCS.bottom - ARCS.top)
        widest = max((width for width, *_ in bows), default=1.0)
        for width, left, right, label in sorted(bows, reverse=True):
            high = tallest * (0.25 + 0.75 * (width / widest) ** 0.7)
            turn = np.linspace(0, np.pi, 90)
            points = [((left + right) / 2 - (right - left) / 2 * np.cos(t), ground - high * np.sin(t)) for t in turn]
            self._draw.line(points, _mixed(self._colours[label], GROUND, 0.8), 3 * OVER, joint="curve")
        self._name(ARCS, "returns")

    def wave(self, clip: AudioClip) -> None:
        """Peaks faintly and loudness brightly, in the colours of the sections."""
        middle, half = OVER * (WAVE.top + WAVE.bottom) / 2, OVER * (WAVE.bottom - WAVE.top) / 2
        first, last = round(self.x(0.0)), round(self.x(self.cues.duration_s))
        peaks, levels = _envelope(clip, last - first)
        scale = half / max(float(peaks.max()), 1e-6)
        for column, (peak, level) in enumerate(zip(peaks * scale, levels * scale, strict=True)):
            time_s = column / (last - first) * self.cues.duration_s
            colour = self._colours[self.cues.sections[self.cues.section_at(time_s)].label]
            x = first + column
            self._draw.line([(x, middle - peak), (x, middle + peak)], _mixed(colour, GROUND, 0.45))
            self._draw.line([(x, middle - level), (x, middle + level)], _mixed(colour, "#ffffff", 0.78))
        self._name(WAVE, "sound")

    def sections(self) -> None:
        """Blocks with their letter and what they do; drops and breaks go down through the waveform."""
        for section in self.cues.sections:
            left, right = self.x(section.start_s) + OVER, self.x(section.end_s) - OVER
            colour = self._colours[section.label]
            box = (left, OVER * BAND.top, max(right, left + 1), OVER * BAND.bottom)
            self._draw.rounded_rectangle(box, 5 * OVER, _mixed(colour, GROUND, 0.35 + 0.65 * section.energy))
            wide = (right - left) / OVER
            if wide > 22:
                self._text((left + right) / 2 / OVER, BAND.top + 33, section.label, 26, "#ffffff", "ms")
            if wide > 11 + self._width(section.kind, 17):
                self._text((left + right) / 2 / OVER, BAND.top + 59, section.kind, 17, "#ffffff", "ms")
            if section.start_s > 0:
                self._down(section.start_s, WAVE.top - 12, ENERGY.bottom, _mixed(INK, GROUND, 0.22), 1)
        self._name(BAND, "sections")

    def grid(self) -> None:
        """A tick for each beat, a taller one for each bar, a number every four or eight; fewer where they crowd."""
        cues = self.cues
        bar_px = (self.x(cues.duration_s) - self.x(0)) / OVER / max(len(cues.downbeats), 1)
        downbeats = set(cues.downbeats)
        for beat in cues.beats if bar_px / cues.meter > 2.5 else ():
            if beat not in downbeats:
                self._down(beat, GRID.top + 2, GRID.top + 8, FAINT, 1)
        step = next((n for n in (1, 2, 4, 8, 16, 32, 64) if n * bar_px > 34), 128)
        for number, bar in enumerate(cues.downbeats):
            if number % step == 0:
                self._down(bar, GRID.top + 2, GRID.top + 17, INK, 1)
                self._text(self.x(bar) / OVER + 4, GRID.bottom - 2, str(number + 1), 13, FAINT, "ls")
            elif bar_px > 2.5:
                self._down(bar, GRID.top + 2, GRID.top + 13, FAINT, 1)
        self._name(GRID, "bars")

    def harmony(self) -> None:
        """The twelve pitch classes all along: what the song is recognised by."""
        chroma = np.frombuffer(self.cues.curves.chroma, np.uint8).reshape(-1, CLASSES).T[::-1] / 255.0
        low, high = (np.array(ImageColor.getrgb(colour), np.float64) for colour in (GROUND, "#e9c98a"))
        shades = low + (high - low) * (chroma[..., None] ** 1.6)
        size = (round(self.x(self.cues.duration_s) - self.x(0)), OVER * (HARMONY.bottom - HARMONY.top))
        strip = Image.fromarray(shades.astype(np.uint8)).resize(size, Image.Resampling.BOX)
        self.image.paste(strip, (round(self.x(0)), OVER * HARMONY.top))
        row = (HARMONY.bottom - HARMONY.top) / CLASSES
        for k, note in enumerate(NOTES):
            if note:
                self._text(LEFT - 8, HARMONY.bottom - (k + 0.5) * row, note, 9, FAINT, "rm")

    def energy(self) -> None:
        """The song's energy, builds rising through it, drops and breaks where they fall."""
        energy = np.frombuffer(self.cues.curves.energy, np.uint8) / 255.0
        size = 11
        smooth = np.convolve(np.pad(energy, size // 2, mode="edge"), np.ones(size) / size, "valid")
        high, ground = OVER * (ENERGY.bottom - ENERGY.top), OVER * ENERGY.bottom
        points = [(self.x((i + 0.5) * self.cues.curves.hop_s), ground - high * float(v)) for i, v in enumerate(smooth)]
        self._draw.polygon([(self.x(0), ground), *points, (points[-1][0], ground)], fill="#2d3340")
        self._builds(high, ground)
        self._draw.line(points, "#b9c3d6", 3, joint="curve")
        self._draw.line([(self.x(0), ground), (self.x(self.cues.duration_s), ground)], LINE, 2)
        taken = -1e9
        for moment in sorted(self.cues.moments, key=lambda m: m.kind != "drop"):
            if moment.kind in ("drop", "break"):
                colour = MARK[moment.kind]
                self._down(moment.time_s, WAVE.top - 12, ENERGY.bottom, colour, 2 if moment.kind == "drop" else 1)
        for moment in self.cues.moments:
            x = self.x(moment.time_s) / OVER
            if moment.kind in MARK and x - taken > 6:
                taken = x + 12 + self._flag(x, moment.kind)
        self._name(ENERGY, "energy")

    def _builds(self, high: float, ground: float) -> None:
        turns = [moment.time_s for moment in self.cues.of_kind("drop")]
        turns += [section.start_s for section in self.cues.sections] + [self.cues.duration_s]
        for moment in self.cues.of_kind("build"):
            end = min(turn for turn in turns if turn > moment.time_s)
            wedge = [(self.x(moment.time_s), ground), (self.x(end), ground - high), (self.x(end), ground)]
            self._draw.polygon(wedge, fill=_mixed(BUILD, GROUND, 0.42))

    def _flag(self, x: float, kind: str) -> float:
        """A little flag with a moment's name. Returns its width."""
        wide = self._width(kind, 14) + 12
        box = [OVER * v for v in (x, ENERGY.top - 14, x + wide, ENERGY.top + 7)]
        self._draw.rounded_rectangle(tuple(box), 3 * OVER, MARK[kind])
        self._text(x + wide / 2, ENERGY.top - 3.5, kind, 14, "#15161a", "mm")
        return wide

    def tempo(self) -> None:
        """The tempo, holding from change to change."""
        cues = self.cues
        bpm = [bpm for _, bpm in cues.tempo]
        low, high = min(*bpm, max(bpm) - 4) - 2, max(bpm) + 2
        span = OVER * (TEMPO.bottom - TEMPO.top)
        ends = [time_s for time_s, _ in cues.tempo[1:]] + [cues.duration_s]
        points = []
        for (start, value), end in zip(cues.tempo, ends, strict=True):
            y = OVER * TEMPO.bottom - span * (value - low) / (high - low)
            points += [(self.x(start), y), (self.x(end), y)]
        self._draw.line(points, "#8fae8b", 3)
        self._text(LEFT - 8, points[0][1] / OVER, f"{bpm[0]:.0f}", 13, "#8fae8b", "rm")
        self._text(SIZE[0] - RIGHT + 6, points[-1][1] / OVER, f"{bpm[-1]:.0f}", 13, "#8fae8b", "lm")
        self._name(TEMPO, "bpm", lower=True)

    def axis(self) -> None:
        """Minutes and seconds."""
        duration = self.cues.duration_s
        step = next(s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800) if duration / s < 16 or s == 1800)
        self._draw.line([(self.x(0), OVER * AXIS.top), (self.x(duration), OVER * AXIS.top)], FAINT, 2)
        for time_s in np.arange(0.0, duration, step):
            self._down(float(time_s), AXIS.top, AXIS.top + 8, FAINT, 1)
            self._text(self.x(float(time_s)) / OVER, AXIS.top + 28, _clock(float(time_s)), 16, INK, "ms")

    def _name(self, row: _Row, name: str, lower: bool = False) -> None:
        y = row.bottom - 4 if lower else (row.top + row.bottom) / 2
        self._text(LEFT - 12, y, name, 14, FAINT, "rs" if lower else "rm")

    def _down(self, time_s: float, top: float, bottom: float, colour: str | Colour, width: int) -> None:
        x = self.x(time_s)
        self._draw.line([(x, OVER * top), (x, OVER * bottom)], colour, width * OVER)

    def _text(self, x: float, y: float, text: str, px: int, colour: str, anchor: str) -> None:  # noqa: PLR0917
        self._draw.text((x * OVER, y * OVER), text, fill=colour, font=ImageFont.load_default(px * OVER), anchor=anchor)

    def _width(self, text: str, px: int) -> float:
        return float(ImageFont.load_default(px * OVER).getlength(text)) / OVER

    def _fitted(self, text: str, px: int, room: float) -> str:
        """The text, cut with an ellipsis where it is too long."""
        while len(text) > 1 and self._width(text, px) > room:
            text = text[:-2].rstrip() + "…"
        return text


def _envelope(clip: AudioClip, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(peak, RMS) of each column of a waveform."""
    edges = np.linspace(0, len(clip.samples), columns + 1).astype(int)
    peaks, levels = np.zeros(columns), np.zeros(columns)
    for i in range(columns):
        part = clip.samples[edges[i] : max(edges[i + 1], edges[i] + 1)]
        peaks[i] = float(np.abs(part).max())
        levels[i] = float(np.sqrt(np.mean(np.square(part, dtype=np.float64))))
    return peaks, levels


def _mixed(colour: str, with_: str, share: float) -> Colour:
    """A share of one colour, the rest of another."""
    a, b = ImageColor.getrgb(colour), ImageColor.getrgb(with_)
    red, green, blue = (round(share * p + (1 - share) * q) for p, q in zip(a[:3], b[:3], strict=True))
    return red, green, blue


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(round(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
