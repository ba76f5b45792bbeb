"""Small songs for the tests of composing: tones and noise whose beats are placed, not heard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from artwalks_live.bake.compose.sound import Samples, Song

RATE_HZ = 8000
BEAT_S = 0.5


def tone(hz: float, seconds: float, gain: float = 0.3) -> Samples:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (gain * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def song_of(samples: Samples, beat_s: float = BEAT_S) -> Song:
    """A song in four to the bar, with a section in its middle."""
    seconds = len(samples) / RATE_HZ
    beats = tuple(np.round(np.arange(0.0, seconds - 0.05, beat_s), 4).tolist())
    middle = beats[len(beats) // 8 * 4] if len(beats) > 8 else 0.0
    return Song(samples, RATE_HZ, "made", "ab" * 32, beats, beats[::4], (0.0, middle))


def tune(seconds: float = 16.0, seed: int = 0) -> Song:
    """Notes of a second, changing in pitch and loudness, with a little noise."""
    chance = np.random.default_rng(seed)
    notes = [tone(220.0 * 2 ** (chance.integers(0, 24) / 12), 1.0, chance.uniform(0.05, 0.5)) for _ in range(64)]
    made = np.concatenate(notes)[: round(seconds * RATE_HZ)]
    return song_of((made + 0.003 * chance.standard_normal(len(made))).astype(np.float32))


def louder(song: Song, gain: float) -> Song:
    return replace(song, samples=(song.samples * np.float32(gain)).astype(np.float32))


def cut(song: Song, seconds: float) -> Song:
    return replace(song, samples=song.samples[: round(seconds * RATE_HZ)])
