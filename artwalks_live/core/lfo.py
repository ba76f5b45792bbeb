"""Low-frequency oscillators: waves between 0 and 1, in seconds, beats or bars.

    sine       from 0 up to 1 and back
    triangle   the same in straight lines
    ramp       rises evenly, falls at once
    saw        starts at 1, falls evenly
    square     1 for half of the period, then 0
    steps      another random height each period
    wander     a smooth random walk: a new goal each period

The random ones are a function of the show's seed and of how many periods have passed, so they need no memory: a take
gives them again, at any frame rate. Of the same period and phase they move together; another phase is another walk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
SHAPES = ("sine", "triangle", "ramp", "saw", "square", "steps", "wander")


class Instant(NamedTuple):
    """When a tick is: show time in seconds, counted beats, beats in a bar."""

    time_s: float
    beat: float = 0.0
    meter: int = 4


@dataclass(frozen=True, slots=True)
class Lfo:
    """One oscillator.

    shape   of SHAPES
    period_s, period_beats, period_bars   just one of them is above 0
    phase   where in its period it stands at time 0 or beat 0, [0, 1]
    """

    shape: str = "sine"
    period_s: float = 0.0
    period_beats: float = 0.0
    period_bars: float = 0.0
    phase: float = 0.0


class Waves:
    """Many oscillators at once. Some 10 µs a tick, and little more for a hundred than for one.

    seed   of the random ones
    """

    def __init__(self, lfos: Sequence[Lfo], seed: int = 0) -> None:
        self._phase = np.array([lfo.phase for lfo in lfos])
        self._per_s = _rates([lfo.period_s for lfo in lfos])
        self._per_beat = _rates([lfo.period_beats for lfo in lfos])
        self._per_bar = _rates([lfo.period_bars for lfo in lfos])
        keys = np.array([_key(lfo, seed) for lfo in lfos], dtype=np.uint64)
        shapes = [lfo.shape for lfo in lfos]
        which = {shape: np.flatnonzero([each == shape for each in shapes]) for shape in SHAPES if shape in shapes}
        self._of_shape = [(_Wave(shape, keys[members]), members) for shape, members in which.items()]

    def at(self, now: Instant) -> Vector:
        """Their values, (n,), each in [0, 1]."""
        turns = self._phase + self._per_s * now.time_s
        turns += self._per_beat * now.beat + self._per_bar * (now.beat / now.meter)
        whole = np.floor(turns)
        turns -= whole
        values = np.empty_like(turns)
        for wave, members in self._of_shape:
            values[members] = wave.at(turns[members], whole[members])
        return values


class _Wave:
    """Oscillators of one shape. Random heights are drawn anew only when one of them begins a period."""

    def __init__(self, shape: str, keys: NDArray[np.uint64]) -> None:
        self._shape, self._keys = shape, keys
        self._whole = np.full(len(keys), np.nan)
        self._start = self._goal = np.zeros(len(keys))

    def at(self, part: Vector, whole: Vector) -> Vector:
        """part: of the period; whole: how many periods have passed."""
        shape = self._shape
        if shape == "sine":
            return 0.5 - 0.5 * np.cos(2.0 * np.pi * part)
        if shape == "triangle":
            return 1.0 - np.abs(2.0 * part - 1.0)
        if shape == "ramp":
            return part
        if shape == "saw":
            return 1.0 - part
        if shape == "square":
            return np.where(part < 0.5, 1.0, 0.0)
        if not (whole == self._whole).all():
            self._whole = whole
            self._start, self._goal = _heights(self._keys, whole), _heights(self._keys, whole + 1.0)
        if shape == "steps":
            return self._start
        return self._start + (self._goal - self._start) * (part * part * (3.0 - 2.0 * part))


def _heights(keys: NDArray[np.uint64], periods: Vector) -> Vector:
    """A random number in [0, 1) for each key and period: splitmix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    mixed = keys + periods.astype(np.int64).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    heights: Vector = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return heights


def _key(lfo: Lfo, seed: int) -> int:
    text = f"{seed} {lfo.period_s:g} {lfo.period_beats:g} {lfo.period_bars:g} {lfo.phase:g}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _rates(periods: Sequence[float]) -> Vector:
    return np.array([1.0 / period if period > 0.0 else 0.0 for period in periods])
