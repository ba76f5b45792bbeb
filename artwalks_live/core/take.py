"""A take: everything that went into a performance, on disk while it happens.

Append-only gzip of JSON lines. The first line is the header; after it, in the order in which the show consumed them:

    [tick, "h", [time_s, level, …]]               the fields of Features, in their order
    [tick, "e", "/walk/goto", [3], time_s]        (time_s only when the event had one)
    [tick, "l", "audio", 0.83]                    who leads the beat from this tick on: follows from the rest
    [tick, "w", "<fingerprint>"]                  from this tick on in the larger walk of this fingerprint
    [tick, "p", "vj", "title = …"]                preset vj was edited (or is new), and this is its text from now on
    [tick, "t"]                                   the show had got so far: at least once a second, and at the end

Once a second of show time it is flushed such that all so far can be read, so a kill costs a second. A reader takes
what is whole and leaves a torn end. Feeding the lines back at their ticks gives the same show, bit for bit.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from artwalks_live.core import preset
from artwalks_live.core.clock_events import Led
from artwalks_live.core.edits import Renewed
from artwalks_live.core.errors import PresetError, TakeError
from artwalks_live.core.events import Event
from artwalks_live.core.features import Features
from artwalks_live.core.growth import Growth
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Input, Show, Start
from artwalks_live.core.timeline import MODES, TICK_HZ
from artwalks_live.core.walk_shape import WalkShape

FORMAT = 1
SUFFIX = ".take"
_WHAT = "artwalks take"
_YOUNGER = ("reads", "cues", "isf")  # fields that takes of before do not have
_CHUNK = 1 << 16
_TICK = re.compile(rb"\[(\d+),")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_GROWN = re.compile(rb'\[\d+,"w","([0-9a-f]{64})"\]')


@dataclass(frozen=True, slots=True)
class TakeHeader:
    """What a take needs to be played again besides its lines.

    bundle        fingerprint of the walk bundle that it began in (walk.fingerprint)
    start         how the show began
    presets       every preset that was loaded, name → its TOML text as it stood
    audio_name, audio_sha256   of the file that played; empty when it was live or none
    size, fps     of the performance; a render may choose others
    reads         how pictures in motion were read: `sharp`, `plain` or `splat`
    cues          of the song that was known, the text of their file; "" without
    isf           of each ISF filter: path → (on from the start, sha256)
    started       local time, ISO 8601
    """

    bundle: str
    start: Start
    presets: Mapping[str, str]
    size: tuple[int, int]
    fps: str
    audio_name: str = ""
    audio_sha256: str = ""
    reads: str = "plain"
    cues: str = ""
    isf: Mapping[str, tuple[bool, str]] = field(default_factory=dict)
    started: str = ""
    program: str = ""
    format: int = FORMAT
    tick_hz: int = TICK_HZ


@dataclass(frozen=True, slots=True)
class Grown:
    """The show went on in a larger walk, here only named: by the fingerprint of its bundle."""

    walk: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A preset was edited during the show, or came to it: its name and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: at this tick the show consumed a hop or an event, its walk grew, its beat got another leader or a
    preset was edited; None marks only the tick."""

    tick: int
    item: Features | Event | Grown | Led | Edited | None


def default_path(bundle: Path, started: datetime) -> Path:
    """Beside the bundle, named by start time, a number added when it is taken: `show 2026-11-20 21-04-09.take`."""
    stem = f"{bundle.name.removesuffix('.walk')} {started:%Y-%m-%d %H-%M-%S}"
    path, number = bundle.parent / (stem + SUFFIX), 2
    while path.exists():
        path, number = bundle.parent / f"{stem} ({number}){SUFFIX}", number + 1
    return path


class TakeWriter:
    """Write a take: `append` fits Show's log, `mark` is to be called once a frame.

    fault    what went wrong while writing, a full disk say; from then on nothing more is written and the show goes on

    Never overwrites. A flush hands the data to the system, which may hold it a little longer: a kill loses a second,
    a power cut a few. About 18 MB an hour. Raises TakeError when the file cannot be made.
    """

    def __init__(self, path: Path, header: TakeHeader) -> None:
        self.path = path
        try:
            self._raw = path.open("xb")
        except FileExistsError:
            raise TakeError(f"take {path} exists already: name another, or remove it") from None
        except OSError as error:
            raise TakeError(f"take {path} cannot be written ({error.strerror})") from None
        self._file = gzip.GzipFile(filename="", fileobj=self._raw, mode="wb", compresslevel=6, mtime=0)
        self.fault = ""
        self._tick = 0
        self._flushed = 0
        self._write({"what": _WHAT, **asdict(header)}, flush=True)

    def append(self, tick: int, kind: str, item: Input) -> None:
        """Add what the show consumed at a tick."""
        self._tick = max(self._tick, tick)
        self._write(_line(tick, item))

    def mark(self, tick: int) -> None:
        """Tell how far the show has got; flushes when a second has passed since the last time."""
        self._tick = max(self._tick, tick)
        if self._tick - self._flushed >= TICK_HZ:
            self._write([self._tick, "t"], flush=True)
            self._flushed = self._tick

    def close(self) -> None:
        """Write the end."""
        if self._raw.closed:
            return
        self._write([self._tick, "t"])
        for file in (self._file, self._raw):
            try:
                file.close()
            except OSError as error:
                self._fail(error)

    def __enter__(self) -> TakeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: object, flush: bool = False) -> None:
        if self.fault:
            return
        try:
            self._file.write(json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n")
            if flush:
                self._file.flush(zlib.Z_SYNC_FLUSH)
                self._raw.flush()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.fault = self.fault or f"the take {self.path} ends here: it cannot be written ({error.strerror})"


class TakeReader:
    """Read a take, as far as it is whole.

    header    what it was performed with
    Raises TakeError when the file is not a take, is damaged at its beginning, or comes from a newer program.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        first = next(self._lines(), b"")
        try:
            table = json.loads(first)
        except ValueError:
            table = None
        if not isinstance(table, dict) or table.get("what") != _WHAT:
            raise TakeError(f"{path} is not a take: give the {SUFFIX} file that perform wrote")
        if (table.get("format"), table.get("tick_hz")) != (FORMAT, TICK_HZ):
            theirs = f"format {table.get('format')} at {table.get('tick_hz')} ticks/s"
            raise TakeError(f"take {path} has {theirs}, this program reads {FORMAT} at {TICK_HZ}: update artwalks-live")
        self.header = self._header(table)

    @property
    def duration_s(self) -> float:
        """Show time that the take covers; reads the whole file (about a second for three hours)."""
        tick = 0
        for line in self._lines():
            found = _TICK.match(line)
            tick = int(found[1]) if found else tick
        return tick / self.header.tick_hz

    @property
    def walks(self) -> tuple[str, ...]:
        """Fingerprints of the walks it went through, in order; one, unless paintings joined. Reads the whole file."""
        return (self.header.bundle, *(found[1].decode() for line in self._lines() if (found := _GROWN.match(line))))

    def __iter__(self) -> Iterator[Entry]:
        """All entries in order. Raises TakeError with the line's number for a line that is not one."""
        lines = self._lines()
        next(lines)
        for number, line in enumerate(lines, 2):
            try:
                yield _entry(json.loads(line))
            except (ValueError, TypeError, KeyError, IndexError):
                raise TakeError(f"take {self.path}: line {number} is damaged: {line[:40]!r}") from None

    def _header(self, table: dict[str, Any]) -> TakeHeader:
        try:
            known = {entry.name: table[entry.name] for entry in fields(TakeHeader) if entry.name not in _YOUNGER}
            read = table.get("reads")
            known["reads"] = read if read in ("sharp", "splat") else "plain"  # as all were, before it was said
            known["cues"] = str(table.get("cues", ""))
            known["isf"] = {str(path): (bool(on), str(sha)) for path, (on, sha) in table.get("isf", {}).items()}
            known["start"] = _start(known["start"])
            known["size"] = (int(known["size"][0]), int(known["size"][1]))
            return TakeHeader(**known)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise TakeError(f"take {self.path}: its header is damaged ({error})") from None

    def _lines(self) -> Iterator[bytes]:
        """Whole lines up to where the file is torn."""
        unpack = zlib.decompressobj(wbits=31)
        rest = b""
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    *lines, rest = (rest + unpack.decompress(chunk)).split(b"\n")
                    yield from lines
        except OSError as error:
            raise TakeError(f"take {self.path} cannot be read ({error.strerror})") from None
        except zlib.error:
            return


class Replay:
    """Feed a take into a show, tick by tick: before each frame, `feed(show.horizon_s(time_s))`.

    shapes   of the walks that the show grows into, by fingerprint
    """

    def __init__(self, entries: Iterator[Entry], show: Show, shapes: Mapping[str, WalkShape] | None = None) -> None:
        self._entries, self._show, self._shapes = entries, show, shapes or {}
        self._waiting = next(entries, None)

    def feed(self, until_s: float) -> None:
        """Give the show all that was consumed up to an instant, each at its own tick."""
        last = Show.tick_of(until_s)
        while self._waiting is not None and self._waiting.tick <= last:
            entry = self._waiting
            if isinstance(entry.item, Event):
                self._show.send(entry.item, entry.tick)
            elif isinstance(entry.item, Edited):
                self._show.renew(self._read(entry.item), entry.tick)
            elif isinstance(entry.item, Grown):
                self._show.grow(Growth(entry.item.walk, self._shapes[entry.item.walk]), entry.tick)
            elif isinstance(entry.item, Features):
                self._show.feed(entry.item, entry.tick)
            self._waiting = next(self._entries, None)

    def _read(self, edited: Edited) -> Preset:
        try:
            return preset.parse(edited.text, edited.name, self._show.params, f"the take's preset {edited.name}")
        except PresetError as error:
            raise TakeError(str(error)) from None


def _heard(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(float, value))
    return bool(value) if name == "onset_event" else int(value) if name == "meter" else float(value)


def _start(table: dict[str, Any]) -> Start:
    """How a show began; takes of before say less of it."""
    start = Start(**table)
    if start.mode not in (None, *MODES) or start.direction not in (1, -1):
        raise ValueError("its start")
    if not math.isfinite(start.position + start.display_latency_s + start.song_s) or not isinstance(start.preset, str):
        raise ValueError("its start")
    place, late_s, song_s = float(start.position), float(start.display_latency_s), float(start.song_s)
    return replace(start, position=place, seed=int(start.seed), display_latency_s=late_s, song_s=song_s)


def _line(tick: int, item: Input) -> list[Any]:
    if isinstance(item, Growth):
        return [tick, "w", item.walk]
    if isinstance(item, Led):
        return [tick, "l", item.leader, item.confidence]
    if isinstance(item, Renewed):
        return [tick, "p", item.preset.name, item.preset.text]
    if isinstance(item, Event):
        line: list[Any] = [tick, "e", item.address, list(item.args)]
        return [*line, item.time_s] if math.isfinite(item.time_s) else line
    return [tick, "h", [_short(getattr(item, entry.name)) for entry in fields(Features)]]


def _short(value: float | tuple[float, ...]) -> Any:
    """A number in as few characters as it takes; a tuple as a list of such."""
    if isinstance(value, tuple):
        return [_short(each) for each in value]
    return int(value) if value == int(value) else value


def _entry(line: list[Any]) -> Entry:
    tick, kind, *rest = line
    if kind == "t":
        return Entry(int(tick), None)
    if kind == "h":
        # A take of before has fewer features: what it did not hear stands at its default.
        known = zip(fields(Features), rest[0], strict=False)
        return Entry(int(tick), Features(**{entry.name: _heard(entry.name, value) for entry, value in known}))
    if kind == "e":
        address, args, *stamp = rest
        return Entry(int(tick), Event(str(address), tuple(args), float(stamp[0]) if stamp else -math.inf))
    if kind == "l":
        return Entry(int(tick), Led(str(rest[0]), float(rest[1])))
    if kind == "p":
        return Entry(int(tick), Edited(str(rest[0]), str(rest[1])))
    if kind == "w" and _FINGERPRINT.fullmatch(rest[0]):
        return Entry(int(tick), Grown(rest[0]))
    raise ValueError(kind)
