"""What the beat network sees of a hop: the spectrum against its own recent peak, and what rose in it.

A recording's level is not known in advance, so powers are taken relative to a follower that rises at once and sinks
slowly; the logarithm is gentle below it. Rises are against the loudest of a band and its neighbours two hops before,
so that vibrato is none (Böck & Widmer, DAFx 2013).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

N_BANDS = 64
N_INPUTS = 2 * N_BANDS
LAG = 2  # hops
PEAK_RELEASE_S = 8.0
LEAST_POWER = 1e-6  # -60 dBFS: what is fainter is not turned up
GAIN = 50.0


class BeatInput:
    """Turn band powers (up to 64, low to high) into the (128,) float32 input of a hop.

    Bands that a low sample rate lacks count as silent. delay_s = 0. About 15 µs; one thread.
    """

    delay_s = 0.0

    def __init__(self, hop_s: float) -> None:
        self._keep = math.exp(-hop_s / PEAK_RELEASE_S)
        self._peak = LEAST_POWER
        self._past = np.zeros((LAG, N_BANDS + 2))  # a silent band to each side
        self._now = 0

    def do(self, bands: Vector) -> NDArray[np.float32]:
        """bands: (n,) power, full scale = 1, n at most 64."""
        self._peak = max(float(bands.sum()), self._peak * self._keep, LEAST_POWER)
        loud = np.zeros(N_BANDS)
        loud[: len(bands)] = np.log1p(GAIN * np.sqrt(bands / self._peak))
        before = self._past[self._now]
        widest = np.maximum(np.maximum(before[:-2], before[1:-1]), before[2:])
        rise = np.maximum(loud - widest, 0.0)
        before[1:-1] = loud
        self._now = (self._now + 1) % LAG
        return np.concatenate([loud, rise]).astype(np.float32)
