"""What a song does bar by bar: how loud it is, how low, how bright, how much is struck; and what it sounds like."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.audio import AudioClip, mono
from artwalks_live.core.cues import Curves
from artwalks_live.core.fingerprint import ROW_S, Fingerprinter
from artwalks_live.listen.activation import RATE_HZ, mono_at

Array = NDArray[np.float64]

HOP = 512
WINDOW = 2048
LOW_HZ, HIGH_HZ = 150.0, 5000.0
LEAST_DB, MOST_DB = 10.0, 30.0  # the range of loudness that is taken for a song's own, whatever it does
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """A row for each bar.

    edges_s   (n + 1,) from 0 over the bar lines to the song's end
    loud, low, high   (n,) loudness of all, below 150 Hz, above 5 kHz; against the song's own loud parts, [0, 1]
    struck    (n,) how much begins, against the song's own most, [0, 1]
    timbre    (n, 12) cepstrum, chroma (n, 12)
    """

    edges_s: Array
    loud: Array
    low: Array
    high: Array
    struck: Array
    timbre: Array
    chroma: Array

    def __len__(self) -> int:
        return len(self.loud)


def curves_of(clip: AudioClip) -> Curves:
    """The song's fingerprint and loudness, by the very object that hears the room."""
    hearing = Fingerprinter(clip.sample_rate_hz)
    rows = []
    for start in range(0, len(clip.samples), BLOCK):
        part = mono(clip.samples[start : start + BLOCK])
        rows += hearing.do(part, (start + len(part)) / clip.sample_rate_hz)
    energy = _against_loud(np.array([row.level_db for row in rows]))
    chroma = np.array([row.chroma for row in rows])
    onset = np.array([row.onset for row in rows])
    return Curves(ROW_S, _bytes(energy), _bytes(chroma), _bytes(onset))


def bars_of(clip: AudioClip, downbeats: tuple[float, ...]) -> Bars:
    """Listen bar by bar. About a second a minute of song."""
    import librosa
    from librosa.onset import onset_strength

    samples = mono_at(clip)
    power = np.abs(librosa.stft(samples, n_fft=WINDOW, hop_length=HOP)).astype(np.float64) ** 2
    hz = librosa.fft_frequencies(sr=RATE_HZ, n_fft=WINDOW)
    mel = librosa.feature.melspectrogram(S=power, sr=RATE_HZ, n_mels=64, fmax=11000.0)
    edges = _edges(downbeats, clip.duration_s)
    frames = np.clip(np.rint(edges * RATE_HZ / HOP).astype(int), 0, power.shape[1])
    onset = onset_strength(S=librosa.power_to_db(mel), sr=RATE_HZ, hop_length=HOP, lag=2, max_size=3)

    def mean(rows: Array) -> Array:
        return np.stack([rows[..., a : max(b, a + 1)].mean(axis=-1) for a, b in pairwise(frames.tolist())])

    def loudness(rows: Array) -> Array:
        return _against_loud(10 * np.log10(mean(rows.sum(axis=0)) + 1e-10))

    struck = mean(np.asarray(onset, np.float64))
    return Bars(
        edges, loudness(power), loudness(power[hz < LOW_HZ]), loudness(power[hz > HIGH_HZ]),
        np.clip(struck / (np.percentile(struck, 95) + 1e-9), 0.0, 1.0),
        mean(np.asarray(librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=13)[1:], np.float64)),
        mean(np.asarray(librosa.feature.chroma_stft(S=power, sr=RATE_HZ), np.float64)),
    )  # fmt: skip


def _edges(downbeats: tuple[float, ...], duration_s: float) -> Array:
    """Bar lines with the song's ends; a scrap of a bar at an end belongs to its neighbour."""
    inside = [time_s for time_s in downbeats if 0.0 < time_s < duration_s]
    usual = float(np.median(np.diff(inside))) if len(inside) > 1 else duration_s
    while inside and inside[0] < 0.4 * usual:
        inside.pop(0)
    while inside and duration_s - inside[-1] < 0.4 * usual:
        inside.pop()
    return np.array([0.0, *inside, duration_s])


def _against_loud(level_db: Array) -> Array:
    """Decibels → [0, 1] within the song's own range: 1 as its loud parts, about .2 as its quiet ones."""
    quiet_db, loud_db = np.percentile(level_db, (5, 95)).tolist()
    range_db = min(max(1.25 * (loud_db - quiet_db), LEAST_DB), MOST_DB)
    return np.asarray(np.clip(1.0 + (level_db - loud_db) / range_db, 0.0, 1.0))


def _bytes(values: Array) -> bytes:
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8).tobytes()
