"""What a stretch of sound is recognised by: twelve pitch classes and how much begins, ten rows a second.

The same object hears a song in advance, sample by sample from its file, and the sound in the room; so what it does to
one it does to the other, and their rows can be compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

ROW_S = 0.1
CLASSES = 12
WINDOW_S = 0.2  # a row looks back so far: semitones are told apart above 120 Hz or so
LOWEST_HZ, HIGHEST_HZ = 110.0, 2200.0
TUNE_HZ = 261.6256  # C4
_LEAST = 1e-8  # of power: below is silence


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row, heard at its end.

    end_s    when its last sample was heard
    chroma   (12,) from C, the strongest 1; all 0 in silence
    onset    how much the log spectrum rose within the row, about [0, 1]
    level_db mean square of the row, dBFS, -120 at least
    """

    end_s: float
    chroma: Vector
    onset: float
    level_db: float


class Fingerprinter:
    """Hear hops of any length, give a row each 0.1 s.

    sample_rate_hz   8000 .. 192000
    delay_s          how far a row's middle lies behind its end: half a window, 0.1 s; the same for song and room, so
                     that it cancels where rows are compared

    Cost: one FFT a row; 0.2 % of a core at 48 kHz. One thread.
    """

    delay_s = WINDOW_S / 2

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._size = round(WINDOW_S * sample_rate_hz)
        self._step_s = ROW_S
        self._window = np.hanning(self._size + 1)[:-1]
        self._fold = _fold(sample_rate_hz, self._size)
        self._first, self._bands = _octave_bands(sample_rate_hz, self._size)
        self._kept = np.zeros(self._size)
        self._before = np.zeros(len(self._bands))
        self._heard = 0
        self._due = self._samples_at(1)
        self._rows = 0

    def do(self, hop: NDArray[np.float32], end_s: float) -> list[Row]:
        """Hear (n,) mono samples, the last of them at end_s; returns the rows that ended within them."""
        rows = []
        start_s = end_s - len(hop) / self._rate_hz
        at = 0
        while self._heard + len(hop) - at >= self._due:
            take = self._due - self._heard
            self._push(hop[at : at + take])
            at += take
            self._rows += 1
            self._due = self._samples_at(self._rows + 1)
            rows.append(self._row(start_s + at / self._rate_hz))
        self._push(hop[at:])
        return rows

    def _samples_at(self, rows: int) -> int:
        return round(rows * ROW_S * self._rate_hz)

    def _push(self, part: NDArray[np.float32]) -> None:
        n = min(len(part), self._size)
        if n:
            self._kept[:-n] = self._kept[n:]
            self._kept[-n:] = part[-n:]
        self._heard += len(part)

    def _row(self, end_s: float) -> Row:
        bins = np.fft.rfft(self._kept * self._window)
        power = (bins.real**2 + bins.imag**2) * (4.0 / self._size**2)
        recent = self._kept[-round(ROW_S * self._rate_hz) :]
        mean_square = float(recent @ recent) / len(recent)
        chroma = np.sqrt(self._fold @ power[self._first : self._first + self._fold.shape[1]])
        chroma = np.maximum(chroma - np.median(chroma), 0.0)
        peak = float(chroma.max())
        chroma = chroma / peak if peak > math.sqrt(_LEAST) * 0.01 and mean_square > _LEAST else np.zeros(CLASSES)
        log = np.log1p(1e4 * np.add.reduceat(power, self._bands) / max(mean_square, _LEAST))
        onset = float(np.maximum(log - self._before, 0.0).mean()) if mean_square > _LEAST else 0.0
        self._before = log
        return Row(end_s, chroma, min(onset, 1.0), 10.0 * math.log10(max(mean_square, 1e-12)))


def _fold(sample_rate_hz: int, size: int) -> NDArray[np.float64]:
    """Bins → pitch classes: each bin belongs to the semitones near it by a Gaussian of a third of one."""
    hz = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    first, last = np.searchsorted(hz, (LOWEST_HZ, min(HIGHEST_HZ, sample_rate_hz / 2)))
    pitch = CLASSES * np.log2(hz[first:last] / TUNE_HZ)
    apart = (pitch[None, :] - np.arange(CLASSES)[:, None] + 6.0) % CLASSES - 6.0
    return np.asarray(np.exp(-0.5 * (apart / 0.35) ** 2) / np.sqrt(hz[first:last] / LOWEST_HZ))


def _octave_bands(sample_rate_hz: int, size: int) -> tuple[int, NDArray[np.intp]]:
    """(first bin of chroma, first bins of bands half an octave wide from 40 Hz up)."""
    hz = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    top = min(12000.0, sample_rate_hz / 2)
    edges = 40.0 * 2.0 ** np.arange(0, math.log2(top / 40.0), 0.5)
    return int(np.searchsorted(hz, LOWEST_HZ)), np.unique(np.searchsorted(hz, edges))
