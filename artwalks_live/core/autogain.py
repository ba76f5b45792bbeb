"""Causal auto-gain: how loud is this, compared with what has been heard lately.

A song has no known level in advance and a live input never has one. So every quantity is measured against two
followers of its own recent past: a *peak* that rises at once and sinks slowly, and a *floor* that sinks at once and
rises slowly. What is shown is the place between them. Nothing looks ahead, so a file and a live set are judged alike.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

PEAK_RELEASE_S = 12.0
FLOOR_RISE_S = 6.0
FLOOR_SHARE = 0.6
WARM_UP_S = 0.7


class AutoGain:
    """Scale several quantities at once to [0, 1] by their own recent past.

    start     (n,) the peaks before anything was heard; low enough, and the first sound reads as loud
    hop_s     seconds between two calls
    attack_s  time constant with which the peak rises; 0: at once
    release_s time constant with which it sinks in the end

    The peak sinks with a time constant that grows with the seconds heard, from 0.7 s up to `release_s`: a wrong start
    is forgotten within two seconds, a quiet verse is not turned up into a chorus. While nothing is audible both
    followers wait, so that the noise after a song is not turned up either. The floor counts for 60 %: a steady
    sound reads 1, not 0, and no change is magnified more than 2.5 times. Cost about 10 µs. delay_s = 0.
    """

    delay_s = 0.0

    def __init__(self, start: Vector, hop_s: float, attack_s: float = 0.0, release_s: float = PEAK_RELEASE_S) -> None:
        self.peak: Vector = np.array(start, dtype=np.float64)
        self._floor: Vector = np.zeros_like(self.peak)
        self._rise = -math.expm1(-hop_s / FLOOR_RISE_S)
        self._attack = -math.expm1(-hop_s / attack_s) if attack_s > 0 else 1.0
        self._release_s = release_s
        self._hop_s = hop_s
        self._heard_s = 0.0

    def do(self, values: Vector, least: float, audible: bool) -> Vector:
        """Place `values` between floor and peak.

        values    (n,) >= 0
        least     a peak never counts as lower than this, which keeps a faint leak faint
        audible   False while the input is silence: the followers then keep what they know
        returns   (n,) in [0, 1]
        """
        if audible:
            self._heard_s += self._hop_s
            release_s = min(self._release_s, WARM_UP_S + self._heard_s / 2)
            self.peak *= math.exp(-self._hop_s / release_s)
            risen = np.maximum(self.peak, values)
            self.peak[:] = risen if self._attack == 1.0 else self.peak + self._attack * (risen - self.peak)
            self._floor += self._rise * (values - self._floor)
            np.minimum(self._floor, values, out=self._floor)
        floor = FLOOR_SHARE * self._floor
        span = np.maximum(self.peak, least) - floor
        return np.minimum(np.maximum((values - floor) / span, 0.0), 1.0)


class OneGain:
    """`AutoGain` for a single quantity, in plain floats: a tenth of the cost, the same numbers. delay_s = 0."""

    delay_s = 0.0

    def __init__(self, start: float, hop_s: float) -> None:
        self.peak = start
        self._floor = self._heard_s = 0.0
        self._rise = -math.expm1(-hop_s / FLOOR_RISE_S)
        self._hop_s = hop_s

    def do(self, value: float, least: float, audible: bool) -> float:
        """Place `value` between floor and peak, [0, 1]."""
        if audible:
            self._heard_s += self._hop_s
            release_s = min(PEAK_RELEASE_S, WARM_UP_S + self._heard_s / 2)
            self.peak = max(self.peak * math.exp(-self._hop_s / release_s), value)
            self._floor = min(self._floor + self._rise * (value - self._floor), value)
        floor = FLOOR_SHARE * self._floor
        return min(max((value - floor) / (max(self.peak, least) - floor), 0.0), 1.0)
