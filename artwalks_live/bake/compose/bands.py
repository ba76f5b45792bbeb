"""The spectrum composes: growing bands, a random vector for each, their sum is the latent.

After DIGCREA's audio-reactive walks: the dB spectrum of a second, softmax, flattened by a power; the mean of each of
ever wider bands; one random vector a band, smoothed along the bands so that neighbouring pitches pull alike;
z = clip(sum of band x vector). There a class leads over to the next along the whole song; here that way through the
paintings is the ground, and the latent leans it towards one or another painting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose.sound import ROW_S, SILENT, Song, smoothed, spectra
from artwalks_live.bake.compose.track import Latent, Track, check_ranges, normalised
from artwalks_live.core.autogain import AutoGain
from artwalks_live.core.errors import UsageError

Vector = NDArray[np.float64]
WINDOW_S = 1.0
BREADTH = 1.15  # how far a painting reaches to its neighbours on the way through the song, in paintings
LEAN = 1.6  # how far the latent leans the way
END_S = 6.0  # at its ends the way is its own: it begins with the first painting and arrives at the last
FOLLOW_S = 2.5  # time constant of the latent
STRENGTH = 0.5  # standard deviation of the latent against its bounds
USUAL = 1.1  # what it would be of a song like others, for each band's square root: where the song is not known yet


@dataclass(frozen=True)
class BandOptions:
    """How the spectrum composes; names and defaults are DIGCREA's.

    max_frequency_level          Hz up to which it listens
    low_frequency_skip           Hz from which
    frequency_band_growth_rate   how much wider each band is than the one below
    smoothing_factor             [0, 1]: how much of a band's vector is its neighbours'
    iterations                   how often the vectors are smoothed so
    extra_detail                 [0, 1): flattens the spectrum, so that more than its peaks counts
    truncation                   (0, 1]: bounds of the latent
    """

    max_frequency_level: float = 4292.0
    low_frequency_skip: float = 16.0
    frequency_band_growth_rate: float = 1.015
    smoothing_factor: float = 0.1
    iterations: int = 30
    extra_detail: float = 0.85
    truncation: float = 1.0

    def check(self) -> None:
        """Raise UsageError for the first value that cannot be used."""
        check_ranges(self, _RANGES)
        if self.low_frequency_skip >= self.max_frequency_level:
            raise UsageError(f"--low-frequency-skip {self.low_frequency_skip:g} is not below "
                             f"--max-frequency-level {self.max_frequency_level:g}: nothing is heard")  # fmt: skip


_RANGES = {
    "max_frequency_level": (50, 20000), "low_frequency_skip": (0, 10000), "frequency_band_growth_rate": (1.0, 2.0),
    "smoothing_factor": (0.0, 1.0), "iterations": (0, 1000), "extra_detail": (0.0, 0.99), "truncation": (0.05, 1.0),
}  # fmt: skip
assert set(_RANGES) == {entry.name for entry in fields(BandOptions)}


def edges(options: BandOptions, bins: int) -> NDArray[np.int64]:
    """Where the bands begin, in bins of 1 Hz, and where the last one ends."""
    found, at, width = [], float(options.low_frequency_skip), 1.0
    while at < min(options.max_frequency_level, bins - 1):
        found.append(round(at))
        at, width = at + width, width * options.frequency_band_growth_rate
    return np.unique([*found, int(min(options.max_frequency_level, bins - 1))])


def vectors(options: BandOptions, count: int, latent: Latent) -> Vector:
    """A random vector for each band, (count, paintings + noise), smoothed along the bands, of variance 1."""
    drawn = np.random.default_rng((latent.seed, 11)).standard_normal((count, latent.paintings + latent.noise))
    for _ in range(options.iterations):
        framed = np.pad(drawn, ((1, 1), (0, 0)), mode="edge")
        neighbours = 0.5 * (framed[:-2] + framed[2:])
        drawn = (1.0 - options.smoothing_factor) * drawn + options.smoothing_factor * neighbours
    made: Vector = drawn / drawn.std()
    return made


def levels(song: Song, options: BandOptions, causal: bool) -> Vector:
    """The bands row by row, (n, bands): the mean of the flattened softmax, as a deviation from what is usual.

    A softmax of decibels does not know how loud a song was mastered. What is usual is taken from the whole song, or,
    causal, from its own recent past; silence deviates by nothing.
    """
    rows, heard = [], []
    for block in spectra(song, WINDOW_S, options.max_frequency_level, causal):
        heard.append(block.max(axis=1) > SILENT)
        decibels = 20.0 * np.log10(block + 1e-7)
        soft = np.exp((decibels - decibels.max(axis=1, keepdims=True)) * (1.0 - options.extra_detail))
        soft /= soft.sum(axis=1, keepdims=True)
        at = edges(options, block.shape[1])
        rows.append(np.add.reduceat(soft, at[:-1], axis=1) / np.diff(at))
    values, audible = np.concatenate(rows), np.concatenate(heard)
    return _against_past(values, audible) if causal else _against_song(values, audible)


def _against_song(values: Vector, audible: NDArray[np.bool_]) -> Vector:
    if not audible.any():
        return np.zeros_like(values)
    mean, spread = values[audible].mean(axis=0), values[audible].std(axis=0)
    deviation = (values - mean) / np.maximum(spread, 1e-3 * mean + 1e-12)
    return np.where(audible[:, None], np.clip(deviation, -3.0, 3.0), 0.0)


def _against_past(values: Vector, audible: NDArray[np.bool_]) -> Vector:
    gain = AutoGain(np.full(values.shape[1], 1e-12), ROW_S)
    placed = np.stack([gain.do(row, 1e-12, bool(loud)) for row, loud in zip(values, audible, strict=True)])
    return np.where(audible[:, None], 4.0 * (placed - 0.35), 0.0)


def track(song: Song, options: BandOptions, latent: Latent, causal: bool) -> Track:
    """Let the spectrum move the latent along the song."""
    heard = levels(song, options, causal)
    drawn = vectors(options, heard.shape[1], latent)
    z = smoothed(heard @ drawn, FOLLOW_S, causal)
    usual = USUAL * math.sqrt(heard.shape[1]) if causal else float(z.std())
    z = np.clip(STRENGTH * z / max(usual, 1e-9), -1.0, 1.0) * options.truncation
    n = latent.paintings
    way = np.linspace(0.0, n - 1.0, len(z))[:, None]
    ground = -(((np.arange(n) - way) / BREADTH) ** 2)
    row_s = np.arange(len(z)) * ROW_S
    free = np.clip(np.minimum(row_s, row_s[::-1]) / min(END_S, 0.25 * max(row_s[-1], ROW_S)), 0.0, 1.0)[:, None]
    leaning = ground + LEAN * free * z[:, :n]
    classes = np.exp(leaning - leaning.max(axis=1, keepdims=True))
    return Track(normalised(classes), z[:, n:])
