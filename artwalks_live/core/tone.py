"""The colour of a sound: how bright it is, and how much it is noise."""

from __future__ import annotations

import math

import numpy as np

from artwalks_live.core.autogain import Vector
from artwalks_live.core.spectrum import HIGHEST_HZ, LOWEST_HZ

DARK_HZ, BRIGHT_HZ = 100.0, 10000.0
TONE_DB = -60.0  # this flat or less is a pure tone (Johnston 1988)
NOISE_DB = 10 * math.log10(math.exp(-0.5772156649015329))  # flatness of white noise: its power is exponential
LEAST_POWER = 1e-14
TOGETHER = 8


class Centroid:
    """Spectral centroid, the mean frequency weighted by amplitude, on a log scale: 0 = 100 Hz, 1 = 10 kHz.

    bins_hz   of the spectrum; counted from 30 Hz to 16 kHz, so that it is the same at every sample rate
    delay_s = 0 beyond the spectrum's. Cost about 5 µs.
    """

    delay_s = 0.0

    def __init__(self, bins_hz: Vector) -> None:
        self._inside = slice(*np.searchsorted(bins_hz, (LOWEST_HZ, HIGHEST_HZ)).tolist())
        self._hz = bins_hz[self._inside]

    def do(self, power: Vector, audible: bool) -> float:
        """power (n_bins,); 0 in silence."""
        amplitudes = np.sqrt(power[self._inside])
        total = float(amplitudes.sum())
        if not audible or total <= 0:
            return 0.0
        hz = float((self._hz * amplitudes).sum()) / total
        place = math.log(max(hz, DARK_HZ) / DARK_HZ) / math.log(BRIGHT_HZ / DARK_HZ)
        return min(place, 1.0)


class Flatness:
    """Spectral flatness, geometric over arithmetic mean of the power, in dB: 0 = -60 dB, a tone; 1 = white noise.

    The scale is that of Johnston's coefficient of tonality ("Transform coding of audio signals using perceptual noise
    criteria", IEEE JSAC 1988); white noise itself has -2.5 dB. Counted from 30 Hz to 16 kHz.
    delay_s = 0 beyond the spectrum's. Cost about 6 µs.
    """

    delay_s = 0.0

    def __init__(self, bins_hz: Vector) -> None:
        first, after = np.searchsorted(bins_hz, (LOWEST_HZ, HIGHEST_HZ)).tolist()
        self._inside = slice(first, after - (after - first) % TOGETHER)

    def do(self, power: Vector, audible: bool) -> float:
        """power (n_bins,); 0 in silence."""
        if not audible:
            return 0.0
        inside = np.maximum(power[self._inside], LEAST_POWER)
        together = np.multiply.reduce(inside.reshape(TOGETHER, -1), axis=0)  # eight bins to a logarithm
        n = len(inside)
        db = 10 / math.log(10) * (float(np.log(together).sum()) / n - math.log(float(inside.sum()) / n))
        return min(max((db - TONE_DB) / (NOISE_DB - TONE_DB), 0.0), 1.0)
