"""How loud it is, on two scales that meters use: momentary loudness (LUFS) and the plain mean square (dBFS)."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from artwalks_live.core.autogain import Vector
from artwalks_live.core.spectrum import HOPS_PER_WINDOW

MOMENTARY_S = 0.4
LOWEST_LUFS, LOWEST_DBFS = -70.0, -120.0
FULL_SCALE_LUFS = -0.691
BLOCKS = 16
SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)  # Hz, dB, Q of the head's shelf in BS.1770
HIGH_PASS = (38.13547087602444, 0.5003270373238773)  # Hz, Q of the RLB curve
VANISHED = 1e-30  # a filter's memory below this is nothing; numbers smaller still would only be slow

Biquad = tuple[Vector, Vector]


def k_weighting(sample_rate_hz: int) -> tuple[Biquad, Biquad]:
    """The two biquads of ITU-R BS.1770, each (b, a) with a[0] = 1, by the bilinear transform for any rate.

    The standard prints coefficients for 48 kHz only; these are the analogue prototypes behind them (De Man, "Evaluation
    of implementations of the EBU R128 loudness measurement", AES 145, 2018), and at 48 kHz they are the printed ones.
    """
    hz, gain_db, q = SHELF
    k = math.tan(math.pi * hz / sample_rate_hz)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    b = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]) / a0
    shelf = b, np.array([a0, 2 * (k * k - 1), 1 - k / q + k * k]) / a0
    hz, q = HIGH_PASS
    k = math.tan(math.pi * hz / sample_rate_hz)
    a0 = 1 + k / q + k * k
    return shelf, (np.array([1.0, -2.0, 1.0]), np.array([a0, 2 * (k * k - 1), 1 - k / q + k * k]) / a0)


def _state_space(biquads: tuple[Biquad, Biquad]) -> tuple[Vector, Vector, Vector, float]:
    """Both biquads in a row as s' = A s + B x, y = C s + D x, with four states."""
    A, B, C, D = np.zeros((4, 4)), np.zeros(4), np.zeros(4), 1.0
    for i, (b, a) in enumerate(biquads):
        at = slice(2 * i, 2 * i + 2)
        gain = b[1:] - a[1:] * b[0]
        A[at, :] += np.outer(gain, C)
        A[at, at] += np.array([[-a[1], 1.0], [-a[2], 0.0]])
        B[at] = gain * D
        C, D = C * b[0], D * float(b[0])
        C[2 * i] += 1.0
    return A, B, C, D


class KWeighting:
    """Filter hop by hop as BS.1770 asks, without a loop over the samples.

    The hop is cut into 16 blocks. Within a block the filter from rest is one triangular matrix, the same for all of
    them; what each block starts with follows from the sums of those before it by another. So the result is that of the
    recursion, to rounding. delay_s = 0. Cost about 15 µs a hop of 512; the matrices stay below the size at which BLAS
    would start threads.
    """

    delay_s = 0.0

    def __init__(self, sample_rate_hz: int, hop: int) -> None:
        A, B, C, D = _state_space(k_weighting(sample_rate_hz))
        size = -(-hop // BLOCKS)
        powers = [np.eye(4)]
        for _ in range(max(hop, size)):
            powers.append(A @ powers[-1])
        answer = np.array([D, *(float(C @ powers[n] @ B) for n in range(size - 1))])
        lag = np.arange(size)[:, None] - np.arange(size)[None, :]
        self._within = np.where(lag >= 0, answer[np.maximum(lag, 0)], 0.0).T.copy()
        self._into = np.array([powers[size - 1 - n] @ B for n in range(size)])  # (size, 4)
        self._out_of = np.array([C @ powers[n] for n in range(size)]).T.copy()  # (4, size)
        self._last = np.array([powers[hop - 1 - n] @ B for n in range(hop)]).T.copy()  # (4, hop)
        self._onward, block = powers[hop], powers[size]
        over = np.zeros((BLOCKS, 4, BLOCKS, 4))
        steps = [np.linalg.matrix_power(block, k) for k in range(BLOCKS)]
        for k in range(BLOCKS):
            for j in range(k):
                over[k, :, j, :] = steps[k - 1 - j]
        self._over = over.reshape(4 * BLOCKS, 4 * BLOCKS)
        self._start = np.array(steps).reshape(4 * BLOCKS, 4)
        self._state = np.zeros(4)
        self._padded = np.zeros(size * BLOCKS)
        self._hop = hop

    def do(self, hop: Vector) -> Vector:
        """Filter the next (hop,) samples."""
        self._padded[: self._hop] = hop
        blocks = self._padded.reshape(BLOCKS, -1)
        states = self._over @ (blocks @ self._into).ravel() + self._start @ self._state
        filtered = blocks @ self._within + states.reshape(BLOCKS, 4) @ self._out_of
        self._state = self._onward @ self._state + self._last @ hop
        if float(np.abs(self._state).max()) < VANISHED:
            self._state[:] = 0.0
        return np.asarray(filtered.ravel()[: self._hop])


class Loudness:
    """Momentary loudness, ITU-R BS.1770-4: K-weighted mean square of the last 0.4 s, in LUFS.

    The input is one channel: a 997 Hz sine at full scale reads -3.01. Of a stereo pair the mean is heard, so a stereo
    meter reads 3 LU more where both sides are the same, 6 LU more where they have nothing in common.
    delay_s = 0.2: half the window. Ungated, not below -70.
    """

    delay_s = MOMENTARY_S / 2

    def __init__(self, sample_rate_hz: int, hop: int) -> None:
        hops = MOMENTARY_S * sample_rate_hz / hop
        self._filter = KWeighting(sample_rate_hz, hop)
        self._past = np.zeros(math.ceil(hops))
        self._n, self._hops, self._part = 0, hops, math.ceil(hops) - hops

    def do(self, hop: Vector) -> float:
        """Take the next (hop,) harmless samples."""
        weighted = self._filter.do(hop)
        at = self._n % len(self._past)
        self._past[at] = float(weighted @ weighted) / len(hop)
        self._n += 1
        oldest = float(self._past[self._n % len(self._past)])  # of it only a part lies within 0.4 s
        power = (float(self._past.sum()) - self._part * oldest) / self._hops
        return max(FULL_SCALE_LUFS + 10 * math.log10(power), LOWEST_LUFS) if power > 1e-12 else LOWEST_LUFS


class MeanSquare:
    """Mean square of the last four hops about their mean, in dBFS: a full-scale sine reads -3.01.

    delay_s is half the window, two hops. Not below -120.
    """

    def __init__(self, sample_rate_hz: int, hop: int) -> None:
        self.delay_s = HOPS_PER_WINDOW * hop / 2 / sample_rate_hz
        self._sums = deque([(0.0, 0.0)] * HOPS_PER_WINDOW, HOPS_PER_WINDOW)

    def do(self, hop: Vector) -> float:
        """Take the next (hop,) harmless samples."""
        self._sums.append((float(hop.sum()), float(hop @ hop)))
        mean, square = (sum(sums) / (HOPS_PER_WINDOW * len(hop)) for sums in zip(*self._sums, strict=True))
        power = square - mean * mean
        return max(10 * math.log10(power), LOWEST_DBFS) if power > 1e-12 else LOWEST_DBFS
