"""Pace: which frame is next, and how steadily frames came."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from artwalks_live.core.clock import frame_time_s

SLACK = 0.5
"""Of a frame: how late a frame may still be drawn before it is skipped. Without it a monitor whose clock strays from
ours would make every second frame late for a while, each time the two drift past one another."""
KEPT = 4096
"""How many frame intervals are kept for the percentiles: about a minute at 60 fps."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How frames came: rate in fps over the last second or so, intervals in ms, deadlines that no frame met."""

    fps: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    shown: int
    missed: int


class Pacer:
    """Counts deadlines n/fps. A frame is drawn for the next deadline still ahead, or at most SLACK of a frame past.

    Missed ones are counted, not caught up: that would show stale pictures in a row, all late, where skipping a
    deadline shows one picture twice. The last one of a show whose length is given is met however late, so that what it
    leaves behind is as long as was asked for.

    last    index of a show's last frame; None: it ends when somebody ends it
    """

    def __init__(self, fps: Fraction, last: int | None = None) -> None:
        self.fps = fps
        self.last = last
        self.index = -1
        self._missed = 0
        self._shown = 0
        self._last_s = math.nan
        self._intervals_s = np.zeros(KEPT)

    def next(self, now_s: float) -> tuple[int, float, float]:
        """The frame to draw now: (index, time_s of its deadline, dt_s since the one before).

        now_s    show time
        """
        due = self._due(now_s)
        step = due - self.index if self.index >= 0 else 1
        self._missed += step - 1
        self.index = due
        return due, frame_time_s(due, self.fps), frame_time_s(step, self.fps)

    def _due(self, now_s: float) -> int:
        if self.index < 0:
            return 0
        ahead = math.floor(now_s * self.fps - SLACK) + 1
        return max(self.index + 1, ahead if self.last is None else min(ahead, self.last))

    def shown(self, now_s: float) -> None:
        """Note that the frame was shown, on any monotonic clock."""
        if self._shown:
            self._intervals_s[(self._shown - 1) % KEPT] = now_s - self._last_s
        self._last_s = now_s
        self._shown += 1

    def steadiness(self) -> Steadiness:
        """How the last frames came; zeros before the second one. About 0.1 ms: not for every frame."""
        count = min(self._shown - 1, KEPT)
        if count < 1:
            return Steadiness(0.0, 0.0, 0.0, 0.0, self._shown, self._missed)
        intervals = self._intervals_s[:count]
        p50, p99, p999 = np.percentile(intervals, (50, 99, 99.9)) * 1e3
        order = np.arange(self._shown - 1 - min(count, max(1, round(self.fps))), self._shown - 1) % KEPT
        recent = float(self._intervals_s[order].mean())
        return Steadiness(1.0 / recent, float(p50), float(p99), float(p999), self._shown, self._missed)
