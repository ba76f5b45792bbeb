"""Drums told apart: on their own, in a mix whose strokes are known, and through vibrato and noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.core.audio import hop_length
from artwalks_live.core.hits import HitPicker, Hits
from artwalks_live.demo import song, synth
from tests.core.sounds import hear, noise, series

RATE = synth.RATE_HZ
DRUMS = {"kick": synth.kick(), "snare": synth.snare(), "hat": synth.hat()}
HOP = hop_length(RATE)
Events = dict[str, NDArray[np.float64]]


def pattern(places: dict[str, list[float]], seconds: float) -> NDArray[np.float32]:
    """Drums at the given seconds."""
    out = np.zeros(round((seconds + 1) * RATE), np.float32)
    for name, times in places.items():
        for time_s in times:
            at = round(time_s * RATE)
            out[at : at + len(DRUMS[name])] += 0.5 * DRUMS[name]
    return np.asarray(np.tanh(out[: round(seconds * RATE)]), np.float32)


def strokes(samples: NDArray[np.float32]) -> Events:
    """When each drum was heard: the ends of the hops that told it."""
    hits = Hits(RATE, HOP)
    hops = np.asarray(samples, float)[: len(samples) // HOP * HOP].reshape(-1, HOP)
    told = np.array([hits.do(one, True) for one in hops])
    return {name: (np.flatnonzero(told[:, i]) + 1) * HOP / RATE for i, name in enumerate(DRUMS)}


def rates(found_s: NDArray[np.float64], true_s: NDArray[np.float64]) -> tuple[float, float]:
    """(precision, recall) at 0 to 50 ms after the stroke; each counts once."""
    late = found_s[:, None] - true_s[None, :]
    hits = (late >= 0) & (late <= 0.05)
    return float(hits.any(axis=1).mean()), float(hits.any(axis=0).mean())


def test_each_drum_on_its_own_is_told_by_name() -> None:
    times = [0.5 + 0.5 * k for k in range(12)]
    for name in DRUMS:
        found = strokes(pattern({name: times}, 7.0))
        assert rates(found[name], np.array(times)) == (1.0, 1.0), name
        for other in DRUMS:  # with no kick to compare, the skin of a lone snare passes for one
            assert other == name or len(found[other]) <= 1 or (name, other) == ("snare", "kick"), (name, other)


def test_a_stroke_is_told_in_its_hop_or_the_next_after_the_delay() -> None:
    most_s = 2 * HOP / RATE + Hits(RATE, HOP).delay_s
    times = np.array([0.5 + 0.3137 * k for k in range(20)])
    for name in DRUMS:
        found = strokes(pattern({name: list(times)}, 7.0))[name]
        late = found - times
        assert len(found) == len(times) and late.min() >= 0 and late.max() <= most_s


def test_a_groove_is_taken_apart() -> None:
    beat = 60 / 124
    places = {
        "kick": [0.3 + beat * k for k in range(24)],
        "snare": [0.3 + beat * (2 * k + 1) for k in range(12)],
        "hat": [0.3 + beat * (k + 0.5) for k in range(24)],
    }
    found = strokes(pattern(places, 13.0))
    for name, (precision, recall) in {n: rates(found[n], np.array(places[n])) for n in DRUMS}.items():
        assert precision >= 0.9 and recall >= 0.9, (name, precision, recall)


def test_the_kicks_of_a_whole_mix_are_found() -> None:
    mixed = song._master(song._play()).mean(axis=1)
    true_s = np.array(song.kick_beats()) * 60 / song.TEMPO_BPM
    precision, recall = rates(strokes(mixed)["kick"], true_s)
    assert precision >= 0.7 and recall >= 0.95


def test_vibrato_is_no_onset_and_no_hit() -> None:
    """Böck & Widmer's case: a note that sways by half a semitone six times a second."""
    t = np.arange(6 * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(660 * 2 ** (0.5 / 12 * np.sin(2 * np.pi * 6 * t))) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 9)) * 0.1
    heard = hear(np.asarray(voice, np.float32), RATE)[100:]
    assert not any(one.onset_event for one in heard)
    assert max(series(heard, name).max() for name in DRUMS) == 0


def test_steady_noise_is_hardly_ever_a_drum() -> None:
    found = strokes(noise(10.0, RATE))
    assert sum(len(times[times > 1]) for times in found.values()) <= 14


def test_strokes_keep_their_distance_and_are_as_strong_as_they_are() -> None:
    picker = HitPicker(0.01, 0.15)
    likeness = np.zeros(300)
    likeness[[50, 100, 150, 153, 200]] = (0.8, 0.4, 0.8, 0.8, 0.8)
    said = np.array([picker.do(float(one)) for one in likeness])
    assert np.flatnonzero(said).tolist() == [50, 100, 150, 200]
    assert said[50] == 1.0 and said[100] == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize("rate", [8000, 16000, 48000, 96000, 192000])
def test_an_impulse_is_told_at_once_at_every_rate(rate: int) -> None:
    hop = hop_length(rate)
    hits = Hits(rate, hop)
    samples = np.zeros((60, hop))
    samples[40, hop // 4] = 0.9
    told = [max(hits.do(one, True)) for one in samples]
    first = int(np.flatnonzero(told)[0])
    assert (first + 1 - 40.25) * hop / rate <= hits.delay_s + 1.5 * hop / rate
