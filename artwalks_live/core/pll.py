"""Beats that arrive one by one, early and late by chance → one steady beat.

Ticks of a MIDI clock, whole beats from Ableton and taps of a finger all say "beat b is now", each with an error of
its own. A `BeatLock` lays a straight line through the last few of them: its slope is the tempo, its end the phase.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOWEST_BPM, HIGHEST_BPM = 20.0, 300.0
MOST_POINTS = 256
LEAST_KEPT = 20
DENSE_POINTS = 24
APART_S = 0.0005  # of two beats told closer together the later one counts
FIT_S = 0.03  # a dense series is fitted anew no more often
LEAST_POINTS = 4  # the shortest line that still tells a change from chance
CHANCE = 2.0  # how much worse, in standard deviations of chance, the longer of two lines may fit …
CHANGE_S = 0.0002  # … and by how much in any case
LEAP_BEATS = 0.5  # a beat this far from where it was expected begins a new series
MISSING_BEATS = 3.0  # so does one that comes this many beats late
FORGIVEN = 1.2  # a jittering clock of 300 bpm seems to run a little faster at times
EVEN_S = 0.03  # deviations of this size leave half of the confidence


@dataclass(frozen=True, slots=True)
class Reference:
    """Beat `beat` sounds at `time_s`, and the tempo is `bpm`."""

    time_s: float
    beat: float
    bpm: float

    def at(self, time_s: float) -> float:
        """The beat at another instant."""
        return self.beat + (time_s - self.time_s) * self.bpm / 60.0


class BeatLock:
    """Follow beats that are told with an error.

    window_s   how far back the line may reach, if it stays straight for so long; at least the last twenty beats
               told are kept
    reference  the latest beat as the line has it; None before the first
    steady     the tempo is known: the series has at least two beats, half a beat or more apart
    spread_s   root mean square deviation of what was told from the line
    straight, straight_s   how many of the latest beats lie on it, and how far it reaches back
    confidence [0, 1] how evenly they come

    Random errors of ±5 ms on the 24 ticks of a beat leave below 1 ms. Where the tempo changes the line is as short as
    it must be to be straight: a steady clock is averaged for long, and a ramp is followed. A leap in time or count
    begins a new series, at the tempo known so far. Cost: 0.3 ms, at most thirty times a second.
    """

    def __init__(self, window_s: float = 3.0) -> None:
        self._window_s = window_s
        self._points: deque[tuple[float, float]] = deque(maxlen=MOST_POINTS)
        self.reference: Reference | None = None
        self.steady = False
        self.spread_s = 0.0
        self.straight, self.straight_s = 0, 0.0

    @property
    def last(self) -> tuple[float, float] | None:
        """(time_s, beat) of the latest point, as it was told."""
        return self._points[-1] if self._points else None

    @property
    def confidence(self) -> float:
        """1 for beats that lie on a line, 0.5 where they stray by 30 ms, 0 before there is a tempo."""
        return 1.0 / (1.0 + (self.spread_s / EVEN_S) ** 2) if self.steady else 0.0

    def clear(self) -> None:
        """Begin anew; the tempo is forgotten too."""
        self._points.clear()
        self.reference, self.steady, self.spread_s = None, False, 0.0
        self.straight, self.straight_s = 0, 0.0

    def shift(self, beats: float) -> None:
        """Re-number what was told so far by this many beats: what seemed late had only been counted too low."""
        self._points = deque(((time, beat + beats) for time, beat in self._points), MOST_POINTS)
        if self.reference is not None:
            self.reference = Reference(self.reference.time_s, self.reference.beat + beats, self.reference.bpm)

    def add(self, time_s: float, beat: float, idle_bpm: float = 120.0) -> Reference:
        """Take in that `beat` sounds at `time_s`. Until two beats tell a tempo it is the last known, or idle_bpm."""
        known = self.reference.bpm if self.reference is not None and self.steady else idle_bpm
        if self._leaps(time_s, beat):
            self._points.clear()
            self.straight, self.straight_s = 0, 0.0
        if self._points and time_s - self._points[-1][0] < APART_S:
            self._points.pop()
        self._points.append((time_s, beat))
        while len(self._points) > LEAST_KEPT and time_s - self._points[0][0] > self._window_s:
            self._points.popleft()
        dense = self.straight >= DENSE_POINTS and self.reference is not None
        if not dense or self.reference is None or time_s - self.reference.time_s >= FIT_S:
            self.reference = self._line(known)
        return self.reference

    def _leaps(self, time_s: float, beat: float) -> bool:
        if self.reference is None or not self._points:
            return False
        last_s, last = self._points[-1]
        if time_s < last_s or beat < last:
            return True
        if not self.steady:
            # Two beats without a tempo between them: any tempo will do, but for a pause.
            return (beat - last) > MISSING_BEATS or (time_s - last_s) * LOWEST_BPM / 60.0 > max(beat - last, 1.0)
        expected = self.reference.at(time_s)
        if beat - last > LEAP_BEATS:  # whole beats: the first of a new tempo may come far from its place
            return abs(beat - expected) > max(LEAP_BEATS, 0.5 * (beat - last)) or beat - last > MISSING_BEATS
        return abs(beat - expected) > LEAP_BEATS

    def _line(self, known_bpm: float) -> Reference:
        points = np.array(self._points)
        times, beats = points[:, 0], points[:, 1]
        if beats[-1] - beats[0] < LEAP_BEATS or times[-1] <= times[0]:
            self.steady, self.spread_s = self.steady and len(points) > 1, 0.0
            here = beats + (times[-1] - times) * (known_bpm / 60.0)
            return Reference(float(times[-1]), float(here.mean()), known_bpm)
        (slope, end, spread), self.straight = _straight(times, beats)
        self.straight_s = float(times[-1] - times[-self.straight])
        bpm = 60.0 * slope
        if not LOWEST_BPM / FORGIVEN <= bpm <= HIGHEST_BPM * FORGIVEN:
            self.steady = False
            return Reference(float(times[-1]), float(beats[-1]), known_bpm)
        self.steady, self.spread_s = True, spread / slope
        return Reference(float(times[-1]), end, bpm)


Fit = tuple[float, float, float]


def _straight(times: NDArray[np.float64], beats: NDArray[np.float64]) -> tuple[Fit, int]:
    """The fit of as many of the latest beats as lie on one line: from half a beat on, doubled while it stays straight.

    Returns it with their number. Each time the chance deviation of the shorter line is allowed for.
    """
    count = max(LEAST_POINTS, len(beats) - int(np.searchsorted(beats, beats[-1] - LEAP_BEATS, side="right")) + 1)
    chosen = _fit(times[-count:], beats[-count:])
    while count < len(times):
        longer = _fit(times[-2 * count :], beats[-2 * count :])
        if longer[2] > (1.0 + CHANCE / math.sqrt(count - 2)) * chosen[2] + CHANGE_S * longer[0]:
            break
        chosen, count = longer, 2 * count
    return chosen, min(count, len(times))


def _fit(times: NDArray[np.float64], beats: NDArray[np.float64]) -> Fit:
    """Least squares: beats a second and the beat, both at the last time, root mean square deviation in beats.

    A parabola through ticks, so that no steady ramp leaves an error; a line through a few beats.
    """
    since = times - times[-1]
    reach_s = float(times[-1] - times[0])
    share = since / reach_s
    powers = np.stack([np.ones_like(share), share, share * share][: 3 if len(times) >= DENSE_POINTS else 2])
    solved = np.linalg.solve(powers @ powers.T, powers @ (beats - beats[-1]))
    off = beats - beats[-1] - solved @ powers
    spread = math.sqrt(float(off @ off) / max(len(times) - len(powers), 1))
    return float(solved[1]) / reach_s, float(beats[-1] + solved[0]), spread
