"""The windowed spectrum that most features share, made harmless first and summed into bands.

The band layout is fixed in Hz, so a song sounds alike to the picture at 44.1, 48 or 96 kHz; at 8 kHz the bands above
4 kHz are missing and nothing else changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.autogain import Vector

HOPS_PER_WINDOW = 4
N_BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 30.0, 16000.0
LIMIT = 2.0  # full scale is 1; what a broken driver hands over may be anything


def bins_hz(sample_rate_hz: float, window: int) -> Vector:
    """The frequencies of a real transform's bins, (window//2+1,)."""
    return np.asarray(np.arange(window // 2 + 1) * (sample_rate_hz / window), np.float64)


class Bands:
    """Triangular mel bands over the bins of a spectrum.

    The 64 bands lie between 30 Hz and 16 kHz at any sample rate; those reaching above the Nyquist frequency are left
    out. A bin between two centres is shared by the two. No BLAS: its threads would cost more than the sums.
    """

    def __init__(self, sample_rate_hz: int, window: int) -> None:
        lowest, highest = (math.log1p(hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
        edges_hz = 700 * np.expm1(np.linspace(lowest, highest, N_BANDS + 2))
        edges_hz = edges_hz[edges_hz <= sample_rate_hz / 2]
        bins_hz = np.arange(window // 2 + 1) * sample_rate_hz / window
        self._first = np.searchsorted(bins_hz, edges_hz)
        inside = bins_hz[self._first[0] : self._first[-1]]
        place = np.interp(inside, edges_hz, np.arange(len(edges_hz)))
        self._rising = place % 1
        self._starts = self._first[:-1] - self._first[0]
        self.centres_hz: Vector = edges_hz[1:-1]

    def do(self, power: Vector) -> Vector:
        """Sum the power of the bins (window//2+1,) into bands (n_bands,)."""
        inside = power[self._first[0] : self._first[-1]]
        upper = inside * self._rising
        rising = np.add.reduceat(upper, self._starts)
        falling = np.add.reduceat(inside - upper, self._starts)
        return np.asarray(rising[:-1] + falling[1:])


class Ranges:
    """Sum the bins of a spectrum into ranges of pitch that lie side by side; a bin across an edge is shared.

    bins_hz    of the spectrum, evenly spaced from 0
    edges_hz   (n + 1,) rising; what lies above the Nyquist frequency is 0
    """

    def __init__(self, bins_hz: Vector, edges_hz: Sequence[float]) -> None:
        step_hz = float(bins_hz[1] - bins_hz[0])
        edges = np.clip(np.array(edges_hz) / step_hz + 0.5, 0, len(bins_hz))  # bin k reaches from k-1/2 to k+1/2
        self._whole = np.minimum(edges.astype(int), len(bins_hz) - 1)
        self._beyond = 1.0 - (edges - self._whole)
        self._last = int(self._whole[-1]) + 1

    def do(self, power: Vector) -> Vector:
        """power (n_bins,); returns (n,)."""
        below = np.cumsum(power[: self._last])[self._whole] - power[self._whole] * self._beyond
        return np.asarray(below[1:] - below[:-1])


class Spectrum:
    """Power by frequency over the last four hops, under a Blackman window.

    sample_rate_hz, hop   as FeatureExtractor takes them
    bins_hz    (2*hop+1,) the frequencies of the bins
    centres_hz (n_bands,) the centres of the bands; 64, fewer where the Nyquist frequency is below 16 kHz
    newest     (hop,) the last hop, made harmless: NaN is 0, all is limited to ±2
    delay_s    how much later than the sound its power peaks: half a window

    Blackman, because with Hann a 60 Hz tone still read .41 above 180 Hz. Cost about 25 µs a hop of 512.
    """

    def __init__(self, sample_rate_hz: int, hop: int) -> None:
        size = HOPS_PER_WINDOW * hop
        window = np.blackman(size + 1)[:-1]
        self._window = window * math.sqrt(2 / (size * float(window @ window)))  # squared bins sum to the power
        self._window_sum = float(self._window.sum())
        self._samples = np.zeros(size)
        self._hop = hop
        self._bands = Bands(sample_rate_hz, size)
        self.bins_hz = bins_hz(sample_rate_hz, size)
        self.centres_hz = self._bands.centres_hz
        self.newest: Vector = self._samples[-hop:]
        self.delay_s = size / 2 / sample_rate_hz

    def do(self, hop: NDArray[np.float32]) -> tuple[Vector, Vector]:
        """Take the next (hop,) mono samples.

        returns   power in each band (n_bands,) and in each bin (2*hop+1,); a constant offset is taken out, and all
                  of it sums to about the mean square of the window
        """
        self._samples[: -self._hop] = self._samples[self._hop :]
        np.clip(hop, -LIMIT, LIMIT, out=self.newest)
        if math.isnan(float(self.newest.sum())):
            np.nan_to_num(self.newest, copy=False)
        offset = float(self._samples @ self._window) / self._window_sum
        bins = np.fft.rfft((self._samples - offset) * self._window)
        power = bins.real**2 + bins.imag**2
        return self._bands.do(power), power
