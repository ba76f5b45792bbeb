"""What the performer sees of a running show: the status line in the terminal and the overlay in the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TextIO

from artwalks_live.core.events import Arg
from artwalks_live.core.latency import Latency
from artwalks_live.core.show import FrameState
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.io.calibration_file import Calibration
from artwalks_live.perform.keys import HELP
from artwalks_live.perform.pace import Steadiness

LINE_EVERY_S = 1.0
MOST_TOLD = 500
LONGEST = 56
"""Characters of a title or fault in the overlay; the terminal has them whole."""


@dataclass(frozen=True, slots=True)
class Status:
    """A moment of the show, for people.

    painting     title of the nearest painting
    sound        the ear's state, and what it listens to
    latency      from sound in the air to the picture that shows it
    peers        how many others are in the Link session; None without Link
    joining      what becomes of a painting that is to join the walk; "" for nothing
    faults       every degraded state there is, each by its name
    bound        title of the painting that the walk is on its way to, where legs branch; else ""
    waiting      the MIDI control that must be turned further before it takes over; "" for none
    """

    state: FrameState
    length: int
    painting: str
    steadiness: Steadiness
    sound: str
    latency: Latency
    overruns: int
    recording: bool
    joining: str
    faults: Sequence[str]
    peers: int | None = None
    waiting: str = ""
    bound: str = ""


def line(status: Status) -> str:
    """One line: position, painting, tempo, sound, frame rate, what is wrong."""
    state, steady = status.state, status.steadiness
    parts = [
        f"{state.position:6.2f}/{status.length}",
        status.painting[:28] + (f" → {status.bound[:28]} ({state.choose})" if status.bound else ""),
        f"{state.preset} ({state.mode}{', held' if state.held else ''})",
        f"{state.tempo_bpm:.0f} bpm by {_leader(status)}",
        status.sound,
        f"{steady.fps:.1f} fps, {steady.missed} missed",
    ]
    if song(state):
        parts.append(song(state))
    if state.armed:
        parts.append(f"waiting: {state.armed}")
    if state.black > 0:
        parts.append("black")
    if status.recording:
        parts.append("REC")
    if status.joining:
        parts.append(status.joining)
    if status.waiting:
        parts.append(status.waiting)
    return " | ".join([*parts, *status.faults])


def _leader(status: Status) -> str:
    """Who leads the beat, how sure that is, and who else is in the Link session: `audio 83%, Link alone`."""
    state = status.state
    sure = f" {state.confidence:.0%}" if state.leader in ("audio", "midi", "osc") else ""
    if status.peers is None:
        return f"{state.leader}{sure}"
    others = {0: "alone", 1: "1 peer"}.get(status.peers, f"{status.peers} peers")
    return f"{state.leader}{sure}, Link {others}"


def latency_line(latency: Latency, calibrated: Calibration) -> str:
    """The latency and its parts, what was calibrated, and what to do where nothing was."""
    loop = ""
    if calibrated.sound_loop_s:
        loop = f"; sound loop measured {calibrated.sound_loop_s * 1e3:.0f} ms"
    ask = "" if latency.display_s else "; the display's is not known: `artwalks calibrate display`"
    return latency.line() + loop + ask


def song(state: FrameState) -> str:
    """The place in a song with cues; "" where there is none to be known."""
    if state.song_s < 0.0:
        return "song's place unknown, walking by music" if state.mode == "cues" else ""
    minutes, seconds = divmod(int(state.song_s), 60)
    return f"song {minutes}:{seconds:02} {state.section}".rstrip()


def overlay(status: Status) -> list[str]:
    """The lines of the overlay, status on the left and keys on the right; columns are separated by tabs (io.text)."""
    state, steady = status.state, status.steadiness
    shown = [
        f"position\t{state.position:.3f} of {status.length}",
        f"painting\t{status.painting[:LONGEST]}",
        *([f"bound for\t{status.bound[:LONGEST]}, chosen by {state.choose}"] if status.bound else []),
        f"preset\t{state.preset}, {state.mode}{', held' if state.held else ''}{', black' if state.black > 0 else ''}",
        f"tempo\t{state.tempo_bpm:.1f} bpm, beat {int(state.sounding % state.meter) + 1} of {state.meter}",
        f"led by\t{_leader(status)}",
        *([f"waiting\t{state.armed[:LONGEST]}"] if state.armed else []),
        f"sound\t{status.sound[:LONGEST]}",
        *([f"song\t{song(state).removeprefix('song ')}"] if song(state) else []),
        f"level\t{state.level:.2f}  {'|' * round(state.level * 30)}",
        f"latency\t{status.latency.line().removeprefix('latency ')}",
        *([f"lost\t{status.overruns} samples or hops of sound"] if status.overruns else []),
        f"frames\t{steady.fps:.1f} fps, {steady.missed} missed",
        f"interval\tp50 {steady.p50_ms:.1f} ms, p99 {steady.p99_ms:.1f} ms",
        f"master\t{'recording' if status.recording else 'not recording'}",
        *([f"joining\t{status.joining[:LONGEST]}"] if status.joining else []),
        *([f"MIDI\t{status.waiting[:LONGEST]}"] if status.waiting else []),
        *(f"!\t{fault[:LONGEST]}" for fault in status.faults),
    ]
    return [f"{left}\t   \t{right}" for left, right in zip_longest(shown, HELP, fillvalue="\t")]


def told(state: FrameState, shape: WalkShape, fps: float) -> dict[str, Arg]:
    """What is sent out over OSC: address → value."""
    return {
        "/walk/position": state.position,
        "/walk/painting": _title(shape, state.painting),
        "/walk/mix": mix(shape, state.position),
        "/walk/paintings": len(shape.paintings),
        "/walk/length": shape.segments,
        "/walk/bound": "" if state.bound is None else _title(shape, state.bound),
        "/walk/choose": state.choose,
        "/clock/beat": state.sounding,
        "/clock/bar": state.sounding / state.meter,
        "/clock/tempo": state.tempo_bpm,
        "/clock/leader": state.leader,
        "/clock/confidence": state.confidence,
        "/audio/level": state.level,
        "/show/preset": state.preset,
        "/show/fps": fps,
    }


def mix(shape: WalkShape, position: float) -> str:
    """Between which paintings the walk stands: `62 % Starry Night, 38 % The Kiss`; on one of them, or before the first
    or after the last, that one alone."""
    leg = shape.leg(position, 1)
    ends = [shape.painting_at(end) for end in leg]
    share = round(100.0 * (position - leg[0]) / (leg[1] - leg[0]))
    parts = [(part, i) for part, i in zip((100 - share, share), ends, strict=True) if part and i is not None]
    if len(parts) < 2:
        parts = [(100, parts[0][1] if parts else shape.nearest_painting(position))]
    return ", ".join(f"{part} % {_title(shape, i)}" for part, i in parts)


def _title(shape: WalkShape, painting: int) -> str:
    return shape.titles[painting] if shape.titles else str(painting + 1)


def font_px(window_height: int) -> int:
    """The overlay's type size for a window's height in pixels: the panel fills about two thirds of it."""
    return min(32, max(11, window_height // 34))


class StatusLine:
    """Writes the status line: in place on a terminal, else only when something goes wrong for the first time."""

    def __init__(self, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = not quiet and self._stream.isatty()
        self._told: set[str] = set()
        self._due_s = 0.0
        self._written = False

    def due(self, now_s: float) -> bool:
        """Whether it is time for `show`."""
        return now_s >= self._due_s

    def show(self, status: Status, now_s: float) -> None:
        """Write the line."""
        self._due_s = now_s + LINE_EVERY_S
        for fault in status.faults:
            self.tell(fault)
        if self._live:
            self._stream.write(f"\r{line(status)[:160]}\x1b[K")
            self._stream.flush()
            self._written = True

    def tell(self, text: str) -> None:
        """Say something once, on a line of its own."""
        if text in self._told or len(self._told) >= MOST_TOLD:  # a year of other people's OSC must not fill memory
            return
        self._told.add(text)
        self._stream.write(f"{chr(13) + chr(27) + '[K' if self._written else ''}{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the terminal on a fresh line."""
        if self._written:
            self._stream.write("\n")
