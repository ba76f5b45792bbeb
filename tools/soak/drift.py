"""A day of sound and picture with clocks that disagree: how far apart do they come?

    python -m tools.soak.drift [--hours 24] [--ppm 100 -100] [--untold] [--hop 4096] [--seed 0] [played|heard ...]

`played`: the card sounds a file and the picture follows it. `heard`: the card listens and the picture follows its
features. Real `PlayedSource` and `HeardSource` on a simulated card (tools.soak.card), polled at 60 frames a second; a
longer hop than the show's 512 makes a long day cheaper. Per case a line after each simulated hour and at its end:

    apart      largest |sound - picture|, ms and frames of 1/60 s, from 5 s on, while there is sound
    beyond     seconds in which they were more than a frame apart
    step       largest deviation of the picture's step from 1/60 s, ms
    tap        (heard) the same for what a recorder gets
    lost       times the card lost sound, and what the source counted of it
    memory     of the process after an hour and at the end, MB
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from artwalks_live.core.audio import AudioClip
from artwalks_live.core.heard import HeardSource
from artwalks_live.core.played import PlayedSource
from tools.soak.card import Block, Card, CardPort, number_of, ramp

FRAME_S = 1 / 60
SETTLED_S = 5.0
KEPT_S = 8.0


@dataclass(slots=True)
class Found:
    """What came of it; see the module."""

    apart_s: float = 0.0
    beyond_s: float = 0.0
    step_s: float = 0.0
    tap_s: float = 0.0
    lost: int = 0
    counted: int = 0
    compared: int = 0
    memory_mb: list[float] = field(default_factory=list)

    def note(self, apart_s: float, span_s: float) -> None:
        """Note how far apart they are for a span of time; NaN where there is nothing to compare."""
        if math.isnan(apart_s):
            return
        self.compared += 1
        self.apart_s = max(self.apart_s, abs(apart_s))
        self.beyond_s += span_s * (abs(apart_s) > FRAME_S)


Tell = Callable[[int, Found], None]


def untold(_hour: int, _found: Found) -> None:
    """Say nothing of an hour."""


def memory_mb() -> float:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Played:
    """The picture beside a file that sounds."""

    def __init__(self, card: Card, _hop: int = 512) -> None:
        self.found = Found()
        self._card = card
        self._port = CardPort(card)
        self._source = PlayedSource(AudioClip(ramp(), card.rate_hz), self._port)
        self._sounding: deque[tuple[float, Block]] = deque()
        self._shown_s = 0.0
        self._room = np.empty((4096, 1), np.float32)

    def run(self, seconds: float, hourly: Tell = untold) -> Found:
        """Let so many seconds pass."""
        self._source.start(0.0)
        frame, hour = 0, 1
        for block in self._card.blocks(seconds, from_s=0.3):
            called_s = block.starts_s - self._card.latency_s
            while (now_s := frame * FRAME_S) < called_s:
                self._frame(now_s)
                frame += 1
            samples = self._room[: block.size]
            self._port.pass_on(samples, block)
            self._sounding.append((number_of(float(samples[0, 0]), self._shown_s * self._card.rate_hz), block))
            if now_s > hour * 3600:
                hourly(hour, self._so_far())
                hour += 1
        return self._so_far()

    def _so_far(self) -> Found:
        self.found.lost, self.found.counted = self._port.lost, self._source.overruns
        self.found.memory_mb.append(memory_mb())
        return self.found

    def _frame(self, now_s: float) -> None:
        shown_s = self._source.time_at(now_s)
        sounding = self._sounding
        while sounding and sounding[0][1].ends_s <= now_s:
            sounding.popleft()
        if now_s > SETTLED_S and sounding and sounding[0][1].starts_s <= now_s:
            first, block = sounding[0]
            inside = (now_s - block.starts_s) / (block.ends_s - block.starts_s) * block.size
            self.found.note(shown_s - (first + inside) / self._card.rate_hz, FRAME_S)
            self.found.step_s = max(self.found.step_s, abs(shown_s - self._shown_s - FRAME_S))
        self._shown_s = shown_s


class Heard:
    """The picture beside sound that comes in: when it is said to have been in the air, and when it was."""

    def __init__(self, card: Card, hop: int = 512) -> None:
        self.found = Found()
        self._card = card
        self._port = CardPort(card)
        self._source = HeardSource(self._port, (1,))
        self._source.hop = hop
        self._air: deque[Block] = deque()
        self._before_s = 0.0

    def run(self, seconds: float, hourly: Tell = untold) -> Found:
        """Let so many seconds pass."""
        self._source.start(0.0)
        frame, hour, sound = 0, 1, ramp()
        for block in self._card.blocks(seconds, from_s=0.3):
            called_s = block.ends_s + self._card.latency_s
            while (now_s := frame * FRAME_S) < called_s:
                self._frame(now_s)
                frame += 1
            self._port.pass_on(sound[block.first : block.first + block.size], block)
            self._air.append(block)
            if now_s > hour * 3600:
                hourly(hour, self._so_far())
                hour += 1
        return self._so_far()

    def _so_far(self) -> Found:
        self.found.lost, self.found.counted = self._port.lost, self._source.overruns
        self.found.memory_mb.append(memory_mb())
        return self.found

    def _frame(self, now_s: float) -> None:
        hops = self._source.hops_until(self._source.time_at(now_s))
        samples, tapped_s = self._source.take_samples()
        while self._air and self._air[0].ends_s < now_s - KEPT_S:
            self._air.popleft()
        if now_s < SETTLED_S:
            return
        for hop in hops:
            true_s = self._in_air_s(float(hop.samples[-1]), hop.end_time_s)
            self.found.note(hop.end_time_s - true_s - 1 / self._card.rate_hz, len(hop.samples) / self._card.rate_hz)
            self.found.step_s = max(self.found.step_s, self._before_s - hop.end_time_s)
            self._before_s = hop.end_time_s
        if len(samples) and samples[-1, 0]:
            last_s = tapped_s + (len(samples) - 1) / self._card.rate_hz
            self.found.tap_s = max(self.found.tap_s, abs(last_s - self._in_air_s(float(samples[-1, 0]), last_s)))

    def _in_air_s(self, value: float, near_s: float) -> float:
        """When a sample truly was in the air; NaN for silence that stands in for it."""
        number = number_of(value, self._air[-1].first)
        for block in reversed(self._air):
            if block.first <= number:
                return block.starts_s + (number - block.first) / block.size * (block.ends_s - block.starts_s)
        return float("nan")


CASES: dict[str, type[Played] | type[Heard]] = {"played": Played, "heard": Heard}


def main() -> None:
    """Let the time pass and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="played|heard")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--ppm", type=float, nargs="*", default=[100.0, -100.0])
    parser.add_argument("--untold", action="store_true", help="the card does not say when it lost sound")
    parser.add_argument("--hop", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name in options.cases:
        for ppm in options.ppm:
            case = CASES[name](Card(ppm=ppm, told=not options.untold, seed=options.seed), options.hop)
            begun = time.process_time()

            def hourly(hour: float, found: Found, name: str = name, ppm: float = ppm, begun: float = begun) -> None:
                cost_s = time.process_time() - begun
                print(f"{name} {hour:g} h {ppm:+g} ppm: {described(found)}, {cost_s:.0f} s of CPU", flush=True)

            hourly(options.hours, case.run(options.hours * 3600, hourly))


def described(found: Found) -> str:
    """One line; see the module."""
    return (
        f"apart {found.apart_s * 1e3:.2f} ms = {found.apart_s / FRAME_S:.2f} frames, beyond {found.beyond_s:.2f} s, "
        f"step {found.step_s * 1e3:.2f} ms, tap {found.tap_s * 1e3:.2f} ms, lost {found.lost} counted {found.counted}, "
        f"memory {found.memory_mb[0]:.1f} then {found.memory_mb[-1]:.1f} MB"
    )


if __name__ == "__main__":
    main()
