"""Cues: what is known of a song in advance — beats, bars, sections, moments — as a value and as a small file.

`artwalks listen` writes them, `perform` and `render` arrive by them. The file is JSON, version 1:

    {"what": "artwalks cues", "format": 1, "title": "…", "sha256": "…", "duration_s": 42.857,
     "meter": 4, "tempo": [[0.0, 112.0]], "beats": [0.0, …], "downbeats": [0.0, …],
     "sections": [{"start_s": 0.0, "end_s": 8.571, "label": "A", "kind": "intro", "energy": 0.31}, …],
     "moments": [{"time_s": 25.714, "kind": "drop", "strength": 1.0}, …],
     "curves": {"hop_s": 0.1, "energy": "<base64>", "chroma": "<base64>", "onset": "<base64>"}, "stems": {}}

Times are seconds from the song's first sample. The curves are bytes, 255 = 1: one each `hop_s` (twelve of chroma),
small enough that a take carries the whole of it and needs no other file.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import re
import tempfile
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from artwalks_live.core.errors import CueError, choices

FORMAT = 1
SUFFIX = ".cues"
KINDS = ("intro", "groove", "build", "drop", "break", "outro")
MOMENTS = ("drop", "build", "break", "section", "accent")
STEMS = ("drums", "bass", "vocals", "other")
CLASSES = 12  # of chroma
_WHAT = "artwalks cues"
_SHA256 = re.compile(r"[0-9a-f]{64}|")
_MEND = "listen again"
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the song, from one bar line to another.

    label    A, B, C …: parts that sound alike have the same
    kind     what it does, of KINDS
    energy   against the song's own range, [0, 1]
    """

    start_s: float
    end_s: float
    label: str
    kind: str
    energy: float


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant that matters, of MOMENTS; strength in [0, 1], 1 = the strongest of the song."""

    time_s: float
    kind: str
    strength: float


@dataclass(frozen=True, slots=True)
class Curves:
    """What the song sounds like all along, one byte a value, 255 = 1.

    hop_s    seconds a row
    energy   loudness in the song's own range, (n,)
    chroma   twelve pitch classes from C, (n, 12) row by row
    onset    how much begins, (n,)
    """

    hop_s: float
    energy: bytes
    chroma: bytes
    onset: bytes

    def __len__(self) -> int:
        return len(self.energy)


@dataclass(frozen=True, slots=True)
class Cues:
    """All that is known of a song.

    title, sha256, duration_s   of the sound file; sha256 is "" where it never was one
    meter      beats in most of its bars
    tempo      (time_s, bpm), each holding until the next
    beats, downbeats   seconds, increasing; every downbeat is a beat
    sections   without gaps from 0 to the end
    moments    in order of time
    stems      name → level all along, one byte each curves.hop_s; of STEMS, where the song was separated
    """

    title: str
    sha256: str
    duration_s: float
    meter: int
    tempo: tuple[tuple[float, float], ...]
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    sections: tuple[Section, ...]
    moments: tuple[Moment, ...]
    curves: Curves
    stems: Mapping[str, bytes] = field(default_factory=dict)

    def section_at(self, song_s: float) -> int:
        """The index of the section at an instant, the first before the beginning and the last after the end."""
        starts = [section.start_s for section in self.sections]
        return max(bisect_right(starts, song_s) - 1, 0)

    def of_kind(self, kind: str) -> tuple[Moment, ...]:
        """The moments of a kind, in order of time."""
        return tuple(moment for moment in self.moments if moment.kind == kind)


def read(path: Path) -> Cues:
    """Read a file of cues. Raises CueError in one line: what, which value, what to do."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CueError(f"{path}: too large for cues: give the {SUFFIX} file that `artwalks listen` wrote")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CueError(f"{path}: cannot be read ({error.strerror}): make it with `artwalks listen`") from None
    except UnicodeDecodeError:
        raise CueError(f"{path}: no cues: give the {SUFFIX} file that `artwalks listen` wrote") from None
    return parse(text, path.name)


def write(path: Path, cues: Cues) -> None:
    """Write a file of cues: beside its name, and renamed over it, so that there is never half of one.

    Raises CueError when it cannot be written, or says what it must not.
    """
    check(cues, path.name)
    try:
        handle, part = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text_of(cues))
                file.flush()
                os.fsync(file.fileno())
            os.chmod(part, 0o644)
            os.replace(part, path)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        raise CueError(f"{path}: cannot be written ({error.strerror}): name another with -o") from None


def text_of(cues: Cues) -> str:
    """Cues as the text of their file; the same cues give the same text."""
    table = {
        "what": _WHAT, "format": FORMAT, "title": cues.title, "sha256": cues.sha256, "duration_s": cues.duration_s,
        "meter": cues.meter, "tempo": cues.tempo, "beats": cues.beats, "downbeats": cues.downbeats,
        "sections": [
            {"start_s": s.start_s, "end_s": s.end_s, "label": s.label, "kind": s.kind, "energy": s.energy}
            for s in cues.sections
        ],
        "moments": [{"time_s": m.time_s, "kind": m.kind, "strength": m.strength} for m in cues.moments],
        "curves": {
            "hop_s": cues.curves.hop_s, "energy": _packed(cues.curves.energy),
            "chroma": _packed(cues.curves.chroma), "onset": _packed(cues.curves.onset),
        },
        "stems": {name: _packed(level) for name, level in cues.stems.items()},
    }  # fmt: skip
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in table.items())
    return "{" + lines + "}\n"


def parse(text: str, where: str) -> Cues:
    """Read cues from their text.

    where   the file's name, for messages
    Raises CueError: `song.cues: beats[12] = 3.2 is not above beats[11] = 3.4: listen again`.
    """
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise CueError(f"{where}{at}: no cues, or damaged ones: {_MEND}") from None
    if not isinstance(table, dict) or table.get("what") != _WHAT:
        raise CueError(f"{where}: no cues: give the {SUFFIX} file that `artwalks listen` wrote")
    if table.get("format") != FORMAT:
        raise CueError(f"{where}: cues of format {table.get('format')!r}, this program reads {FORMAT}: {_MEND}")
    cues = _Reader(where).cues(table)
    check(cues, where)
    return cues


def check(cues: Cues, where: str) -> None:
    """See that cues make sense. Raises CueError naming the field and the value that does not."""
    _check_head(cues, where)
    _check_times(cues, where)
    _check_sections(cues, where)
    _check_curves(cues, where)


def _fail(where: str, what: str) -> CueError:
    return CueError(f"{where}: {what}: {_MEND}")


def _check_head(cues: Cues, where: str) -> None:
    if not 1.0 <= cues.duration_s <= 86400.0:
        raise _fail(where, f"duration_s = {cues.duration_s:g} is not 1 .. 86400")
    if not 1 <= cues.meter <= 16:
        raise _fail(where, f"meter = {cues.meter} is not 1 .. 16")
    if not _SHA256.fullmatch(cues.sha256):
        raise _fail(where, f"sha256 = {cues.sha256[:20]!r} is none")
    if not cues.tempo:
        raise _fail(where, "tempo is empty")
    for i, (_, bpm) in enumerate(cues.tempo):
        if not 10.0 <= bpm <= 500.0:
            raise _fail(where, f"tempo[{i}] = {bpm:g} bpm is not 10 .. 500")


def _check_times(cues: Cues, where: str) -> None:
    tempo_s = tuple(time_s for time_s, _ in cues.tempo)
    moments_s = tuple(moment.time_s for moment in cues.moments)
    for name, times, strictly in (
        ("tempo", tempo_s, True), ("beats", cues.beats, True), ("downbeats", cues.downbeats, True),
        ("moments", moments_s, False),
    ):  # fmt: skip
        for i, time_s in enumerate(times):
            if not 0.0 <= time_s <= cues.duration_s:
                raise _fail(where, f"{name}[{i}] = {time_s:g} s is outside the song, 0 .. {cues.duration_s:g} s")
        for i, (before, after) in enumerate(pairwise(times)):
            if after < before or (strictly and after == before):
                raise _fail(where, f"{name}[{i + 1}] = {after:g} is not above {name}[{i}] = {before:g}")
    if len(cues.beats) < 2 or not cues.downbeats:
        raise _fail(where, f"{len(cues.beats)} beats and {len(cues.downbeats)} downbeats are too few")
    stray = sorted(set(cues.downbeats) - set(cues.beats))
    if stray:
        raise _fail(where, f"downbeat {stray[0]:g} s is no beat")
    for i, moment in enumerate(cues.moments):
        if moment.kind not in MOMENTS:
            raise _fail(where, f"moments[{i}].kind {choices(moment.kind, MOMENTS)}")
        _share(where, f"moments[{i}].strength", moment.strength)


def _check_sections(cues: Cues, where: str) -> None:
    at_s = 0.0
    for i, section in enumerate(cues.sections):
        if section.start_s != at_s or section.end_s <= section.start_s:
            span = f"{section.start_s:g} .. {section.end_s:g} s"
            raise _fail(where, f"sections[{i}] is {span}, expected to begin at {at_s:g} and to last")
        if section.kind not in KINDS:
            raise _fail(where, f"sections[{i}].kind {choices(section.kind, KINDS)}")
        _share(where, f"sections[{i}].energy", section.energy)
        at_s = section.end_s
    if at_s != cues.duration_s:
        raise _fail(where, f"the sections end at {at_s:g} s, the song at {cues.duration_s:g} s")


def _check_curves(cues: Cues, where: str) -> None:
    curves = cues.curves
    if not 0.02 <= curves.hop_s <= 1.0:
        raise _fail(where, f"curves.hop_s = {curves.hop_s:g} is not 0.02 .. 1")
    rows = math.floor(cues.duration_s / curves.hop_s)
    if abs(len(curves) - rows) > 2:
        raise _fail(where, f"curves.energy has {len(curves)} rows, expected {rows}")
    levels = {f"stems.{name}": level for name, level in cues.stems.items()}
    for name, data, width in (
        ("curves.chroma", curves.chroma, CLASSES), ("curves.onset", curves.onset, 1),
        *((name, level, 1) for name, level in levels.items()),
    ):  # fmt: skip
        if len(data) != width * len(curves):
            raise _fail(where, f"{name} has {len(data)} values, expected {width * len(curves)}")
    for name in cues.stems:
        if name not in STEMS:
            raise _fail(where, f"stems: {choices(name, STEMS)}")


def _share(where: str, name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise _fail(where, f"{name} = {value:g} is not 0 .. 1")


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


class _Reader:
    """Reads the fields of a table; every mistake names its field."""

    def __init__(self, where: str) -> None:
        self._where = where

    def cues(self, table: Mapping[str, Any]) -> Cues:
        curves = self._get(table, "curves", dict)
        return Cues(
            title=self._get(table, "title", str),
            sha256=self._get(table, "sha256", str),
            duration_s=self._number(table, "duration_s"),
            meter=self._get(table, "meter", int),
            tempo=tuple(self._pair(pair, f"tempo[{i}]") for i, pair in enumerate(self._get(table, "tempo", list))),
            beats=self._numbers(table, "beats"),
            downbeats=self._numbers(table, "downbeats"),
            sections=tuple(self._section(each, i) for i, each in enumerate(self._get(table, "sections", list))),
            moments=tuple(self._moment(each, i) for i, each in enumerate(self._get(table, "moments", list))),
            curves=Curves(
                self._number(curves, "hop_s", "curves."),
                *(self._bytes(curves, name, "curves.") for name in ("energy", "chroma", "onset")),
            ),
            stems={name: self._bytes(table["stems"], name, "stems.") for name in self._get(table, "stems", dict)},
        )

    def _section(self, table: Any, i: int) -> Section:
        at = f"sections[{i}]."
        return Section(
            self._number(table, "start_s", at), self._number(table, "end_s", at), self._get(table, "label", str, at),
            self._get(table, "kind", str, at), self._number(table, "energy", at),
        )  # fmt: skip

    def _moment(self, table: Any, i: int) -> Moment:
        at = f"moments[{i}]."
        return Moment(
            self._number(table, "time_s", at), self._get(table, "kind", str, at), self._number(table, "strength", at)
        )

    def _get(self, table: Any, name: str, kind: type[Any], at: str = "") -> Any:
        value = table.get(name) if isinstance(table, dict) else None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _fail(self._where, f"{at}{name} is missing or of the wrong type")
        return value

    def _number(self, table: Any, name: str, at: str = "") -> float:
        return self._finite(table.get(name) if isinstance(table, dict) else None, at + name)

    def _numbers(self, table: Any, name: str) -> tuple[float, ...]:
        return tuple(self._finite(value, f"{name}[{i}]") for i, value in enumerate(self._get(table, name, list)))

    def _pair(self, pair: Any, at: str) -> tuple[float, float]:
        if not isinstance(pair, Sequence) or len(pair) != 2:
            raise _fail(self._where, f"{at} is no pair of seconds and bpm")
        return self._finite(pair[0], at), self._finite(pair[1], at)

    def _finite(self, value: Any, at: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise _fail(self._where, f"{at} is missing or no number")
        return float(value)

    def _bytes(self, table: Any, name: str, at: str) -> bytes:
        try:
            return base64.b64decode(self._get(table, name, str, at), validate=True)
        except (binascii.Error, ValueError):
            raise _fail(self._where, f"{at}{name} is damaged") from None
