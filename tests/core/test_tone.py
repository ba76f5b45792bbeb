"""Brightness, noisiness, pitch classes and the share of drums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from artwalks_live.core.chroma import Chroma
from artwalks_live.core.features import FeatureExtractor
from artwalks_live.core.percussion import BALANCE_S
from tests.core.sounds import RATES, hear, noise, series, sine, struck

PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@pytest.mark.parametrize("rate", RATES)
def test_the_centroid_of_a_tone_is_its_pitch(rate: int) -> None:
    late = hear(sine(1000.0, 0.5, rate), rate)[-20:]
    assert series(late, "centroid") == pytest.approx(0.5, abs=0.02)  # 1 kHz lies half-way from 100 Hz to 10 kHz


def test_the_centroid_is_as_late_as_the_window() -> None:
    for rate in (8000, 48000, 96000):
        extractor = FeatureExtractor(rate)
        at = 40 * extractor.hop
        step = np.concatenate([sine(300.0, at / rate, rate), sine(2400.0, 0.5, rate)])
        said = series(hear(step, rate, extractor), "centroid")
        half = int(np.argmax(said > (said[30] + said[-1]) / 2)) + 1
        assert (half - 40) * extractor.hop_s == pytest.approx(extractor.delay_s, abs=extractor.hop_s)


@pytest.mark.parametrize("rate", RATES)
def test_noise_is_flat_and_a_tone_is_not(rate: int) -> None:
    assert series(hear(noise(1.0, rate), rate)[20:], "flatness").mean() == pytest.approx(1.0, abs=0.03)
    assert series(hear(sine(440.0, 1.0, rate), rate)[20:], "flatness").max() < 0.1


@pytest.mark.parametrize("rate", [*RATES, 192000])
def test_each_note_is_its_own_pitch_class(rate: int) -> None:
    for midi in (57, 61, 72, 78, 83, 90):
        hz = 440 * 2 ** ((midi - 69) / 12)
        chroma = np.array(hear(sine(hz, 0.8, rate, 0.3), rate)[-1].chroma)
        assert chroma[midi % 12] == 1.0, PITCHES[midi % 12]
        assert np.sort(chroma)[-2] < 0.5


def test_a_chord_shows_its_three_notes() -> None:
    chord = sum((sine(hz, 1.0, 44100, 0.2) for hz in (261.63, 329.63, 392.0)), start=np.zeros(44100, np.float32))
    chroma = hear(chord, 44100)[-1].chroma
    assert sorted(np.argsort(chroma)[-3:].tolist()) == [0, 4, 7]


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000])
def test_chroma_is_as_late_as_it_says(rate: int) -> None:
    extractor = FeatureExtractor(rate)
    at = 60 * extractor.hop
    samples = np.concatenate([sine(440.0, at / rate, rate), sine(622.25, 0.8, rate)])
    heard = np.array([one.chroma for one in hear(samples, rate, extractor)])
    cross = int(np.argmax(heard[:, 3] > heard[:, 9])) + 1
    assert (cross - 60) * extractor.hop_s == pytest.approx(
        Chroma(rate, extractor.hop).delay_s, abs=4.5 * extractor.hop_s
    )


def test_the_balance_tells_drums_from_tones_within_its_delay() -> None:
    tones = sum((sine(hz, 3.0, 48000, 0.1) for hz in (220.0, 277.2, 329.6)), start=np.zeros(144000, np.float32))
    drums = noise(0.05, 48000, -10.0)
    clicks = np.zeros(144000, np.float32)
    for k in range(14):
        clicks[k * 9600 + 4800 : k * 9600 + 4800 + len(drums)] = drums
    extractor = FeatureExtractor(48000)
    harmonic = series(hear(tones, 48000, extractor)[60:], "balance")
    heard = series(hear(clicks, 48000, extractor), "balance")
    assert harmonic.max() < 0.35
    onset = int(np.argmax(heard > heard.max() / 2))
    assert heard.max() > 0.6 and (onset * 512 / 48000 - 0.1) < BALANCE_S + 0.05


def test_nothing_of_it_is_heard_in_silence() -> None:
    quiet = hear(np.zeros(24000, np.float32), 48000)[-1]
    assert (quiet.centroid, quiet.flatness, quiet.balance, sum(quiet.chroma), sum(quiet.bands)) == (0, 0, 0, 0, 0)
    assert (quiet.lufs, quiet.rms_db, quiet.kick, quiet.snare, quiet.hat) == (-70, -120, 0, 0, 0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 3e38, 1e-42])
def test_bad_samples_leave_every_feature_finite_and_in_range(bad: float) -> None:
    song = struck(np.arange(0.1, 3.0, 0.4), 3.0, 44100) + 0.3
    song[30000:30100] = bad
    for one in hear(np.asarray(song, np.float32), 44100):
        shares = (*one.bands, *one.chroma, one.balance, one.centroid, one.flatness, one.kick, one.snare, one.hat)
        assert all(0.0 <= value <= 1.0 for value in shares)
        assert -70 <= one.lufs < 12 and -120 <= one.rms_db < 7
