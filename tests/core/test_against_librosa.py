"""The streaming features beside librosa's offline ones, on real music."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from artwalks_live.core.chroma import WINDOW_S
from artwalks_live.core.features import Features
from artwalks_live.core.tone import NOISE_DB, TONE_DB
from tests.core.sounds import Mono, hear, series

SHARED = Path(__file__).parents[3] / "shared" / "data"
SONGS = ("audio/songs/sfml_doodle_pop.ogg", "beats/d_e2m1.ogg")
RATE, HOP, WINDOW = 44100, 470, 4 * 470
SECONDS = 12

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")


@dataclass(frozen=True)
class Heard:
    """A song, what the ear says of it from its first whole window on, and librosa's amplitudes of the same windows."""

    samples: Mono
    features: list[Features]
    spectrum: NDArray[np.float64]
    loud: NDArray[np.bool_]


@cache
def listen(name: str) -> Heard:
    """The first seconds of a song."""
    samples, rate = soundfile.read(SHARED / name, frames=SECONDS * RATE, dtype="float32", always_2d=True)
    assert rate == RATE
    mixed = samples.mean(axis=1)
    spectrum = np.abs(librosa.stft(mixed, n_fft=WINDOW, hop_length=HOP, window="hann", center=False))
    features = hear(mixed, rate)[3 : 3 + spectrum.shape[1]]
    return Heard(mixed, features, spectrum[:, : len(features)], series(features, "rms_db") > -50)


@pytest.mark.parametrize("name", SONGS)
def test_rms_within_half_a_decibel(name: str) -> None:
    song = listen(name)
    offline = librosa.feature.rms(y=song.samples, frame_length=WINDOW, hop_length=HOP, center=False)[0]
    apart = np.abs(series(song.features, "rms_db") - 20 * np.log10(offline[: len(song.features)] + 1e-9))
    assert np.percentile(apart[song.loud], 95) < 0.5


@pytest.mark.parametrize("name", SONGS)
def test_centroid_within_a_fifteenth_of_the_scale(name: str) -> None:
    song = listen(name)
    hz = librosa.feature.spectral_centroid(S=song.spectrum, sr=RATE, n_fft=WINDOW)[0]
    offline = np.clip(np.log(np.maximum(hz, 100) / 100) / np.log(100), 0, 1)
    apart = np.abs(series(song.features, "centroid") - offline)[song.loud]
    assert np.median(apart) < 0.04 and np.percentile(apart, 95) < 0.067


@pytest.mark.parametrize("name", SONGS)
def test_flatness_within_a_twentieth_of_the_scale(name: str) -> None:
    song = listen(name)
    hz = librosa.fft_frequencies(sr=RATE, n_fft=WINDOW)
    inside = song.spectrum[(hz >= 30) & (hz < 16000)]
    db = 10 * np.log10(librosa.feature.spectral_flatness(S=inside, amin=1e-14)[0])
    offline = np.clip((db - TONE_DB) / (NOISE_DB - TONE_DB), 0, 1)
    apart = np.abs(series(song.features, "flatness") - offline)[song.loud]
    assert np.percentile(apart, 95) < 0.05


@pytest.mark.parametrize("name", SONGS)
def test_chroma_is_the_offline_chroma_of_the_same_window(name: str) -> None:
    """Cosine to librosa's chroma_stft of the amplitudes at A = 440 Hz: .97 in the median; to its chroma_cqt: .85."""
    song = listen(name)
    window = round(WINDOW_S * RATE)
    long = np.abs(librosa.stft(song.samples, n_fft=window, hop_length=HOP, center=False))
    offline = librosa.feature.chroma_stft(S=long, sr=RATE, n_fft=window, tuning=0)
    ours = np.array([one.chroma for one in song.features]).T[:, round(window / HOP) - 4 :]
    n = min(ours.shape[1], offline.shape[1])
    loud = song.loud[-ours.shape[1] :][:n]
    assert np.median(_cosine(ours[:, :n], offline[:, :n])[loud]) > 0.97
    by_pitch = librosa.feature.chroma_cqt(y=song.samples, sr=RATE, hop_length=512, tuning=0)
    delay_s = window / 2 / RATE
    at = np.rint((np.array([one.time_s for one in song.features]) - delay_s) * RATE / 512).astype(int)
    inner = slice(60, -60)
    all_ours = np.array([one.chroma for one in song.features]).T
    assert np.median(_cosine(all_ours[:, inner], by_pitch[:, at[inner]])) > 0.85


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0)
    return np.asarray((a * b).sum(axis=0) / np.maximum(lengths, 1e-9))


@pytest.mark.parametrize("name", SONGS)
def test_the_balance_goes_with_the_offline_separation(name: str) -> None:
    """Soft masks of librosa.decompose.hpss, which looks ahead: correlation over .45, .2 apart in the mean."""
    song = listen(name)
    _, struck = librosa.decompose.hpss(song.spectrum, power=2.0)
    share = struck.sum(axis=0) / np.maximum(song.spectrum.sum(axis=0), 1e-9)
    follow = -np.expm1(-HOP / RATE / 0.1)
    offline, now = np.zeros(len(share)), 0.0
    for i, one in enumerate(share):
        now += follow * (one - now)
        offline[i] = now
    ours = series(song.features, "balance")
    assert np.corrcoef(ours, offline)[0, 1] > 0.45 and abs(ours.mean() - offline.mean()) < 0.2


@pytest.mark.parametrize("name", SONGS)
def test_onset_strength_is_that_of_superflux(name: str) -> None:
    """Böck & Widmer's setting in librosa: 138 mel bands, lag 2, maximum over three: correlation .85 two hops early."""
    song = listen(name)
    mel = librosa.feature.melspectrogram(
        y=song.samples, sr=RATE, n_fft=WINDOW, hop_length=HOP, n_mels=138, fmin=30, fmax=16000, center=False
    )
    offline = librosa.onset.onset_strength(S=librosa.power_to_db(mel), sr=RATE, lag=2, max_size=3)
    ours, n = series(song.features, "onset"), len(song.features) - 2
    early = max(float(np.corrcoef(ours[10:n], offline[10 + by : n + by])[0, 1]) for by in (0, 1, 2))
    assert early > 0.85
