"""A song as rows of spectra, one every ROW_S: what both mappings listen to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Samples = NDArray[np.float32]
ROW_S = 0.05
BLOCK = 64  # rows at once, so that an hour of song needs no more memory than a minute
SILENT = 1e-5  # amplitude below which a row counts as silence


@dataclass(frozen=True, eq=False)
class Song:
    """A decoded song, and what was found in it.

    samples    (n,) float32 mono, nominally [-1, 1]
    rate_hz    of the samples
    title, sha256   of its file
    beats, downbeats, sections   seconds; sections are where they begin
    """

    samples: Samples
    rate_hz: int
    title: str
    sha256: str
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    sections: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        """How long it sounds."""
        return len(self.samples) / self.rate_hz

    @property
    def rows(self) -> int:
        """How many rows it has; row i stands for the instant i * ROW_S."""
        return int(self.duration_s / ROW_S) + 1


def spectra(song: Song, window_s: float, high_hz: float, causal: bool) -> Iterator[Vector]:
    """Amplitudes of the bins up to a frequency, in blocks (at most BLOCK, n_bins) of rows; bin i is at i / window_s Hz.

    causal   windows end at their row's instant, else they lie about it
    """
    size = round(window_s * song.rate_hz)
    before, after = (size, 0) if causal else (size - size // 2, size // 2)
    padded = np.pad(song.samples, (before, after + round(ROW_S * song.rate_hz)))
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    bins = min(int(high_hz * window_s) + 1, size // 2 + 1)
    for first in range(0, song.rows, BLOCK):
        starts = [round(i * ROW_S * song.rate_hz) for i in range(first, min(first + BLOCK, song.rows))]
        cut = np.stack([padded[start : start + size] for start in starts]) * window
        yield np.abs(np.fft.rfft(cut, axis=1)[:, :bins]).astype(np.float64) * (2.0 / size)


def smoothed(rows: Vector, seconds: float, causal: bool) -> Vector:
    """Rows (n, D) followed with a time constant; when the whole song is known, from both sides."""
    keep = float(np.exp(-ROW_S / seconds)) if seconds > 0 else 0.0
    made = _followed(rows, keep)
    return made if causal else _followed(made[::-1], keep)[::-1]


def _followed(rows: Vector, keep: float) -> Vector:
    made = np.empty_like(rows)
    now = rows[0]
    for i, row in enumerate(rows):
        now = keep * now + (1.0 - keep) * row
        made[i] = now
    return made
