"""Sounds for tests, made the same at any sample rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.features import FeatureExtractor, Features

Mono = NDArray[np.float32]
RATES = (8000, 11025, 16000, 22050, 44100, 48000, 88200, 96000)


def time(seconds: float, rate: int) -> NDArray[np.float64]:
    """The instants of the samples."""
    return np.arange(round(seconds * rate)) / rate


def sine(hz: float, seconds: float, rate: int, amplitude: float = 0.5) -> Mono:
    """A steady tone."""
    return np.asarray(amplitude * np.sin(2 * np.pi * hz * time(seconds, rate)), np.float32)


def noise(seconds: float, rate: int, dbfs: float = -20.0) -> Mono:
    """White noise of that RMS, always the same."""
    samples = np.random.default_rng(1).standard_normal(round(seconds * rate))
    return np.asarray(10 ** (dbfs / 20) * samples, np.float32)


def struck(times_s: NDArray[np.float64], seconds: float, rate: int, hz: float = 70.0) -> Mono:
    """A drum struck at each of the times: a decaying low tone with a click at its head."""
    t = time(0.25, rate)
    drum = 0.6 * np.exp(-t / 0.06) * np.sin(2 * np.pi * hz * t)
    for partial in range(400, 3600, 400):
        drum += 0.1 * np.exp(-t / 0.004) * np.sin(2 * np.pi * partial * t + partial)
    out = np.zeros(round(seconds * rate) + len(t))
    for start in np.round(np.asarray(times_s) * rate).astype(int):
        out[start : start + len(t)] += drum
    return np.asarray(np.clip(out[: round(seconds * rate)], -1, 1), np.float32)


def hear(samples: Mono, rate: int, extractor: FeatureExtractor | None = None) -> list[Features]:
    """The features of all whole hops."""
    extractor = extractor or FeatureExtractor(rate)
    starts = range(0, len(samples) - extractor.hop + 1, extractor.hop)
    return [extractor.do(samples[i : i + extractor.hop]) for i in starts]


def series(features: list[Features], name: str) -> NDArray[np.float64]:
    """One feature over time."""
    return np.array([getattr(one, name) for one in features], np.float64)
