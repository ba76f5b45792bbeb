"""Which beat of the bar: a small hidden Markov model that moves once a beat.

The state is (beats in a bar, place in it). Every beat each state moves to the next place; at a bar's end the metre may
change. How much the beat sounded like a bar's first weighs the first places against the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

METERS = (3, 4, 5, 6, 7)  # a bar of two is counted as half a bar of four: nothing in its sound tells them apart
_COMMON = np.array([0.2, 0.65, 0.03, 0.06, 0.06])
CHANGE = 0.005  # chance that the metre changes from one bar to the next
SLIP = 0.01  # chance, per beat, that a beat was counted too many or too few
LEAST, MOST = 0.02, 0.9


@dataclass(frozen=True, slots=True)
class Bar:
    """Where in the bar a beat is: its place from 0, the beats of the bar, and how sure that is, [0, 1]."""

    place: int
    meter: int
    confidence: float


class BarTracker:
    """One call per beat, some 20 µs. delay_s: it is told of a beat when its likeness to a downbeat is known."""

    def __init__(self) -> None:
        meters = np.array(METERS)
        self._meter = np.repeat(meters, meters)
        self._place = np.concatenate([np.arange(n) for n in meters])
        self._first = np.concatenate([[0], np.cumsum(meters)[:-1]])
        self._last = np.cumsum(meters) - 1
        self._prior = np.repeat(_COMMON / meters, meters)
        self._belief = self._prior.copy()

    def do(self, likeness: float) -> Bar:
        """likeness: to a bar's first beat, [0, 1]."""
        moved = np.empty_like(self._belief)
        moved[1:] = self._belief[:-1]
        ending = self._belief[self._last]
        moved[self._first] = (1.0 - CHANGE) * ending + CHANGE * ending.sum() * _COMMON
        moved = (1.0 - SLIP) * moved + SLIP * self._prior
        like = min(max(likeness, LEAST), MOST)
        weight: NDArray[np.float64] = np.where(self._place == 0, like, (1.0 - like) / 3.0)
        self._belief = moved * weight
        self._belief /= self._belief.sum()
        best = int(self._belief.argmax())
        return Bar(int(self._place[best]), int(self._meter[best]), float(self._belief[best]))
