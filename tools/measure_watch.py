#!/usr/bin/env python3
"""What a bake beside a show costs it: frames before, while and after a painting is baked and joins.

    tools/measure_watch.py [--size 640x360] [--fps 30] [--seconds 20] [--keyframes 5] [--flow dis] [--loop]

Paints the demo's pictures small, bakes two of them into a walk, performs it headless (EGL) with --watch, drops the
third after so many seconds, and goes on for as long again when it has joined. Per stretch of time one line:

    frames   shown                          missed   deadlines n/fps that no frame met
    p50 …    interval between two frames, ms  held   pictures that were not there in time

then the longest interval within a second of the moment at which the show went on in the larger walk, and all of it as
JSON. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from artwalks_live.bake.bake import bake
from artwalks_live.bake.request import BakeRequest
from artwalks_live.commands.options import size
from artwalks_live.demo.paintings import paint_all
from artwalks_live.perform.live import Performance
from artwalks_live.perform.options import PerformOptions
from artwalks_live.perform.pace import Pacer

WARM_UP_S = 2.0
NAMES = ("before", "baking", "after")


@dataclass(frozen=True)
class Frame:
    """One frame: when it was shown, in which stretch, and the deadlines missed and pictures held up to it."""

    shown_s: float
    stretch: int
    missed: int
    held: int


class Recorder(Pacer):
    """The show's pacer, that drops the painting, notes every frame, and ends the show."""

    def __init__(self, show: Performance, waiting: Path, drop: Path, seconds: float) -> None:
        super().__init__(show.options.fps)
        self.frames: list[Frame] = []
        self._show, self._waiting, self._drop, self._seconds = show, waiting, drop, seconds
        self._began_s = self._joined_s = float("nan")
        self._dropped = False

    def shown(self, now_s: float) -> None:
        """Note a frame; a rename is all that is done to the disk."""
        super().shown(now_s)
        if not self.frames:
            self._began_s = now_s
        if not self._dropped and now_s > self._began_s + WARM_UP_S + self._seconds:
            self._waiting.rename(self._drop / self._waiting.name)
            self._dropped = True
        if len(self._show._stage.walk.paintings) > 2 and np.isnan(self._joined_s):
            self._joined_s = now_s
        if now_s > self._joined_s + self._seconds:
            self._show._end()
        stretch = 2 if not np.isnan(self._joined_s) else 1 if self._dropped else 0
        self.frames.append(Frame(now_s, stretch, self._missed, self._show._stage.residency.stats.held))


def main() -> None:
    """Measure and print."""
    options = _arguments()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        first, second, third, *_ = paint_all(folder / "paintings", height=options.size[1])
        (folder / "drop").mkdir()
        request = BakeRequest(
            (first, second), folder / "show.walk", canvas=options.size, keyframes=options.keyframes,
            flow=options.flow, loop=options.loop,
        )  # fmt: skip
        walk = bake(request)
        print(f"{walk.length} segments of {options.size[0]}x{options.size[1]}, {options.fps} fps, {options.preset}")
        show = Performance(
            PerformOptions(
                walk.folder, preset=options.preset, headless=True, fps=options.fps, no_take=True, quiet=True,
                watch=folder / "drop",
            ),
            stack,
        )  # fmt: skip
        show._pacer = recorder = Recorder(show, third, folder / "drop", options.seconds)
        show.run()
        _report(recorder.frames, float(1 / options.fps))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", type=size, default=(640, 360))
    parser.add_argument("--fps", type=Fraction, default=Fraction(30))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--keyframes", type=int, default=5)
    parser.add_argument("--flow", default=BakeRequest.flow)
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--preset", default="vj")
    return parser.parse_args()


def _report(frames: list[Frame], period_s: float) -> None:
    frames = [frame for frame in frames if frame.shown_s > frames[0].shown_s + WARM_UP_S]
    found: dict[str, object] = {}
    for stretch, name in enumerate(NAMES):
        there = [frame for frame in frames if frame.stretch == stretch]
        if len(there) < 2:
            raise SystemExit(f"the show ended before there was anything to measure of {name!r}")
        figures = _figures(there)
        print(f"{name:<7} {'  '.join(f'{key} {value:g}' for key, value in asdict(figures).items())}")
        found[name] = asdict(figures)
    joined_s = next(frame.shown_s for frame in frames if frame.stretch == 2)
    near = [frame for frame in frames if abs(frame.shown_s - joined_s) < 1.0]
    longest = float(np.diff([frame.shown_s for frame in near]).max()) * 1e3
    print(f"joining: longest interval within a second of it {longest:.1f} ms ({1e3 * period_s:.1f} ms would be even)")
    print(json.dumps({**found, "joining_ms": longest}))


@dataclass(frozen=True)
class Figures:
    """Of one stretch of time."""

    seconds: float
    frames: int
    missed: int
    held: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    longest_ms: float


def _figures(frames: list[Frame]) -> Figures:
    shown = np.array([frame.shown_s for frame in frames])
    p50, p99, p999, longest = np.percentile(np.diff(shown) * 1e3, (50, 99, 99.9, 100)).round(2).tolist()
    first, last = frames[0], frames[-1]
    seconds = round(last.shown_s - first.shown_s, 1)
    return Figures(seconds, len(frames), last.missed - first.missed, last.held - first.held, p50, p99, p999, longest)


if __name__ == "__main__":
    main()
