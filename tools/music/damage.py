"""What happens to music on its way to an ear: rooms, tone, crowds, noise, level, clipping."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.music.sound import RATE_HZ, Sound

Spectrum = npt.NDArray[np.complex128]


def damaged(rng: np.random.Generator, sound: Sound) -> Sound:
    """A copy as it might arrive: each harm by its own chance, the level anything from -50 to 0 dBFS.

    sound   (n,) float32; returns the same shape
    """
    result = sound / (np.abs(sound).max() + 1e-6)
    if rng.random() < 0.5:
        result = _filtered(rng, result)
    if rng.random() < 0.3:
        result = _in_a_room(rng, result)
    if rng.random() < 0.2:
        result = result + _crowd(rng, len(result)) * rng.uniform(0.02, 0.15)
    if rng.random() < 0.2:
        result = result + rng.normal(0, rng.uniform(0.001, 0.03), len(result))
    result = result / (np.abs(result).max() + 1e-6)
    if rng.random() < 0.2:
        result = np.clip(result * rng.uniform(1.5, 5.0), -1.0, 1.0)
    quiet_db = rng.uniform(-50, -20) if rng.random() < 0.15 else rng.uniform(-18, 0)
    return np.asarray(result * 10 ** (quiet_db / 20), np.float32)


def _filtered(rng: np.random.Generator, sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A tone control: a few gains over log frequency, at times a steep cut of the top or the bottom."""
    size = 1 << int(np.ceil(np.log2(len(sound))))
    f = np.fft.rfftfreq(size, 1 / RATE_HZ)
    knots = np.log([30, 100, 300, 1000, 3000, 9000, 16000])
    gain_db = np.interp(np.log(np.maximum(f, 20)), knots, rng.normal(0, 4, len(knots)))
    gain = 10 ** (gain_db / 20)
    if rng.random() < 0.25:
        gain /= np.sqrt(1 + (f / rng.uniform(1500, 8000)) ** 8)
    if rng.random() < 0.2:
        gain *= 1 / np.sqrt(1 + (rng.uniform(60, 300) / np.maximum(f, 1)) ** 6)
    return np.asarray(np.fft.irfft(np.fft.rfft(sound, size) * gain, size)[: len(sound)], np.float32)


def _in_a_room(rng: np.random.Generator, sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    decay_s = rng.uniform(0.2, 2.0)
    t = np.arange(round(decay_s * RATE_HZ)) / RATE_HZ
    walls = rng.normal(0, 1, len(t)) * np.exp(-6.9 * t / decay_s)
    walls[: round(rng.uniform(0.002, 0.03) * RATE_HZ)] = 0.0
    walls *= rng.uniform(0.1, 0.8) / np.sqrt((walls**2).sum())
    walls[0] = 1.0
    size = 1 << int(np.ceil(np.log2(len(sound) + len(walls))))
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(walls, size), size)
    return np.asarray(wet[: len(sound)], np.float32)


def _crowd(rng: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
    """Voices and hands: noise in the speech bands that swells, and claps at random."""
    size = 1 << int(np.ceil(np.log2(count)))
    f = np.fft.rfftfreq(size, 1 / RATE_HZ)
    shape = np.exp(-((np.log(np.maximum(f, 1)) - np.log(700)) ** 2) / 1.2)
    noise = np.fft.irfft(np.fft.rfft(rng.normal(0, 1, size)) * shape, size)[:count]
    knots = np.arange(0, count + RATE_HZ, RATE_HZ // 4)
    noise *= np.interp(np.arange(count), knots, rng.uniform(0.2, 1.0, len(knots))) / (noise.std() * 3)
    for at in rng.integers(0, max(count - 2000, 1), int(count / RATE_HZ * rng.uniform(0, 6))):
        clap = noise[at : at + 1500]
        clap += rng.normal(0, 0.5, len(clap)) * np.exp(-np.arange(len(clap)) / 400)
    return np.asarray(noise, np.float32)
