"""Which of the twelve pitch classes sound, tuned to A = 440 Hz."""

from __future__ import annotations

import math

import numpy as np

from artwalks_live.core.autogain import Vector
from artwalks_live.core.spectrum import bins_hz

WINDOW_S = 0.34
EVERY_HOPS = 4
LEAST_RATE_HZ = 10000.0  # what is analysed after thinning out: chroma needs nothing above 3 kHz
PASS_BELOW_HZ = 0.36  # of the thinned rate: the filter's half-power point
TAPS_PER_STEP = 16
LOW_HZ, HIGH_HZ = 55.0, 2800.0
CENTRE_OCTAVE, OCTAVES_WIDE = 5.0, 2.0  # pitches count most about 880 Hz, and half that two octaves away
A4_HZ = 440.0


def filterbank(hz: Vector) -> Vector:
    """Weights (12, n_bins) from the amplitude of each bin to the pitch classes from C.

    Each bin is a bump one semitone wide about its pitch, as in Ellis' chroma of an FFT ("Chroma feature analysis and
    synthesis", 2007); octaves count by a bell about A5.
    """
    used = (hz >= LOW_HZ) & (hz <= HIGH_HZ)
    octave = np.log2(np.maximum(hz, LOW_HZ / 2) / (A4_HZ / 16))
    step = hz[1] - hz[0]
    width = np.maximum(12 * np.log2((hz + step) / np.maximum(hz, step)), 1.0)
    classes = np.arange(12)[:, None]
    distance = np.remainder(12 * octave + 9 - classes + 6, 12) - 6
    bumps = np.exp(-0.5 * (2 * distance / width) ** 2)
    bumps /= np.sqrt((bumps**2).sum(axis=0))
    return np.asarray(bumps * np.exp(-0.5 * ((octave - CENTRE_OCTAVE) / OCTAVES_WIDE) ** 2) * used)


def quick_length(least: float) -> int:
    """The first even number from `least` on with no factor but 2, 3 and 5: a large prime makes a transform dear."""
    size = 2 * math.ceil(least / 2)
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 2


class Chroma:
    """Pitch classes over the last 0.34 s, the strongest 1; all 0 in silence.

    The sound is thinned out to 10 kHz and more first, by a windowed-sinc filter, so that the long window is a short
    transform; it is made every fourth hop. delay_s: half the window and the filter's half, 0.17 s; what it says holds
    for three hops longer. Cost about 20 µs a hop on average.
    """

    def __init__(self, sample_rate_hz: int, hop: int) -> None:
        self._step = max(1, int(sample_rate_hz // LEAST_RATE_HZ))
        rate_hz = sample_rate_hz / self._step
        taps = TAPS_PER_STEP * self._step + 1 if self._step > 1 else 1
        lag = np.arange(taps) - taps // 2
        self._taps = np.sinc(2 * PASS_BELOW_HZ / self._step * lag) * np.hamming(taps)
        self._taps /= self._taps.sum()
        self._raw = np.zeros(taps - 1 + hop)
        self._next = 0
        size = quick_length(WINDOW_S * rate_hz)
        self._thin = np.zeros(size, np.float32)  # pitch classes need no more, and it is half as long a way
        self._window = np.hanning(size + 1)[:-1].astype(np.float32)
        self._weights = filterbank(bins_hz(rate_hz, size))
        used = np.flatnonzero(self._weights.any(axis=0))
        self._used = slice(int(used[0]), int(used[-1]) + 1)
        self._weights = self._weights[:, self._used].astype(np.float32)
        self._hop, self._n = hop, 0
        self._now = np.zeros(12)
        self.delay_s = size / 2 / rate_hz + taps / 2 / sample_rate_hz

    def do(self, hop: Vector, audible: bool) -> Vector:
        """Take the next (hop,) harmless samples; returns (12,) from C."""
        self._take(hop)
        self._n += 1
        if self._n % EVERY_HOPS == 0:
            spectrum = np.fft.rfft(self._thin * self._window)[self._used]
            classes = self._weights @ np.sqrt(spectrum.real**2 + spectrum.imag**2)
            most = float(classes.max())
            self._now = (classes / most).astype(np.float64) if most > 1e-9 else np.zeros(12)
        return self._now if audible else np.zeros(12)

    def _take(self, hop: Vector) -> None:
        """Thin the hop out and shift it into the window; the places of the samples go on across hops."""
        self._raw[: -self._hop] = self._raw[self._hop :].copy()
        self._raw[-self._hop :] = hop
        thinned = np.convolve(self._raw, self._taps, "valid")[self._next :: self._step]
        self._next = (self._next - self._hop) % self._step
        n = len(thinned)
        self._thin[:-n] = self._thin[n:].copy()
        self._thin[-n:] = thinned
