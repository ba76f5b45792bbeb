"""Beats are counted when they sound, never leap, and go on in silence."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.core.beat import MAX_STEER, Beat, BeatTracker
from artwalks_live.core.features import FeatureExtractor
from tests.core.sounds import RATES, hear, series, struck

HOP_S = 512 / 48000


def track(beats_s: NDArray[np.float64], seconds: float, tracker: BeatTracker | None = None) -> list[Beat]:
    """The tracker's answer to an activation that peaks in the hop of each beat."""
    tracker = tracker or BeatTracker(HOP_S)
    activation = np.full(round(seconds / HOP_S), 0.02)
    hops = np.floor(np.asarray(beats_s) / HOP_S).astype(int)
    activation[hops[hops < len(activation)]] = 0.9
    return [tracker.do(float(a)) for a in activation]


def whole_counts_s(counts: NDArray[np.float64], hop_s: float) -> NDArray[np.float64]:
    """When the count passed whole numbers, between hops, hop k ending at (k+1) * hop_s."""
    at = np.flatnonzero(np.floor(counts[1:]) > np.floor(counts[:-1]))
    part = (np.floor(counts[at + 1]) - counts[at]) / (counts[at + 1] - counts[at])
    return np.asarray((at + 1 + part) * hop_s)


def score(counted_s: NDArray[np.float64], beats_s: NDArray[np.float64], after_s: float = 5.0) -> float:
    """F-measure at ±70 ms, the best of every beat, half beats, and every other beat, as the shared pieces allow."""
    halves = np.sort(np.concatenate([beats_s, (beats_s[1:] + beats_s[:-1]) / 2]))
    return max(_f(counted_s, level, after_s) for level in (beats_s, halves, beats_s[::2], beats_s[1::2]))


def _f(counted_s: NDArray[np.float64], beats_s: NDArray[np.float64], after_s: float) -> float:
    counted, beats = list(counted_s[counted_s > after_s]), list(beats_s[beats_s > after_s])
    total, hits = len(counted) + len(beats), 0
    while counted and beats:
        gap = counted[0] - beats[0]
        if abs(gap) <= 0.07:
            hits += 1
        if gap <= 0.07:
            counted.pop(0)
        if gap >= -0.07:
            beats.pop(0)
    return 2 * hits / total if total else 0.0


@pytest.mark.parametrize("bpm", [62, 75, 90, 100, 120, 128, 140, 174, 200])
def test_a_steady_beat_is_counted_as_it_sounds(bpm: int) -> None:
    beats = np.arange(0.3, 20, 60 / bpm)
    heard = track(beats, 20)
    assert heard[-1].tempo_bpm == pytest.approx(bpm, rel=0.03)
    assert heard[-1].confidence > 0.9
    counted = whole_counts_s(series_of(heard), HOP_S)
    counted = counted[(counted > 10) & (counted < 19)]
    assert np.abs(counted[:, None] - beats[None, :]).min(axis=1).max() < 0.04
    assert len(counted) == pytest.approx(np.sum((beats > 10) & (beats < 19)), abs=1)


def series_of(heard: list[Beat]) -> NDArray[np.float64]:
    """The counts."""
    return np.array([one.count for one in heard])


def test_the_count_never_leaps() -> None:
    rng = np.random.default_rng(3)
    ragged = np.concatenate([np.arange(0.2, 8, 0.5), np.arange(8.31, 16, 0.37), np.sort(rng.uniform(16, 24, 30))])
    heard = [one for one in track(ragged, 24) if one.tempo_bpm > 0]
    steps = [(now.count - before.count) / (now.tempo_bpm / 60 * HOP_S) for before, now in itertools.pairwise(heard)]
    assert min(steps) >= 1 - MAX_STEER - 1e-6
    assert max(steps) <= 1 + MAX_STEER + 1e-6


def test_silence_keeps_the_tempo_and_loses_confidence() -> None:
    tracker = BeatTracker(HOP_S)
    before = track(np.arange(0.3, 12, 0.5), 12, tracker)[-1]
    silent = [tracker.do(0.01, silent=True) for _ in range(round(20 / HOP_S))]
    assert silent[-1].count - before.count == pytest.approx(20 * before.tempo_bpm / 60, abs=0.1)
    assert {one.tempo_bpm for one in silent} == {before.tempo_bpm}
    assert silent[-1].confidence < 0.02


def test_a_beat_that_comes_back_in_time_finds_the_count_in_time() -> None:
    tracker = BeatTracker(HOP_S)
    beats = np.arange(0.3, 30, 60 / 112.5)  # a whole number of hops, so that the free count cannot drift
    track(beats, 12, tracker)
    for _ in range(round(8 / HOP_S)):
        tracker.do(0.01, silent=True)
    again = tracker.do(0.02).count
    phase = (round(20 / HOP_S) * HOP_S - 0.3) / (60 / 112.5) % 1
    assert abs((again - phase + 0.5) % 1 - 0.5) < 0.12


def test_a_new_tempo_is_followed() -> None:
    beats = np.concatenate([np.arange(0.3, 12, 0.6), np.arange(12.1, 30, 60 / 132)])
    heard = track(beats, 30)
    assert heard[round(11.5 / HOP_S)].tempo_bpm == pytest.approx(100, rel=0.03)
    assert heard[-1].tempo_bpm == pytest.approx(132, rel=0.03)


def test_nothing_heard_is_no_tempo() -> None:
    heard = [BeatTracker(HOP_S).do(0.02) for _ in range(50)]
    assert all(one.tempo_bpm == 0 and one.count == 0 for one in heard)


@pytest.mark.parametrize("rate", RATES)
def test_drums_are_followed_at_every_rate(rate: int) -> None:
    beats = np.arange(0.25, 14, 60 / 117)
    heard = hear(struck(beats, 14, rate), rate)
    assert heard[-1].tempo_bpm == pytest.approx(117, rel=0.03)
    counted = whole_counts_s(series(heard, "beat"), FeatureExtractor(rate).hop_s)
    assert score(counted, beats) > 0.95
    late = counted[counted > 6]
    offsets = late - beats[np.abs(late[:, None] - beats[None, :]).argmin(axis=1)]
    assert abs(float(np.median(offsets))) < 0.03


@pytest.mark.parametrize("bpm", [64, 97, 131, 180])
def test_beats_are_announced_before_they_sound(bpm: int) -> None:
    beats = np.arange(0.3, 20, 60 / bpm)
    heard = track(beats, 20)
    told = [(i + 1) * HOP_S + one.coming_s for i, one in enumerate(heard) if one.coming_s is not None]
    assert all(one.coming_s > 0 for one in heard if one.coming_s is not None)
    late = np.array([time_s for time_s in told if 8 < time_s < 19])
    offsets = late - beats[np.abs(late[:, None] - beats[None, :]).argmin(axis=1)]
    assert np.abs(offsets).max() < 0.035
    assert len(late) == pytest.approx(np.sum((beats > 8) & (beats < 19)), abs=1)


def test_what_comes_late_is_allowed_for() -> None:
    beats = np.arange(0.3, 16, 0.5)
    heard = track(beats + 5 * HOP_S, 16, BeatTracker(HOP_S, delay_s=5 * HOP_S))
    told = np.array([(i + 1) * HOP_S + one.coming_s for i, one in enumerate(heard) if one.coming_s is not None])
    late = told[told > 8]
    assert np.abs(late[:, None] - beats[None, :]).min(axis=1).max() < 0.035


def test_the_next_beats_of_the_count_are_known() -> None:
    now = Beat(120.0, 7.25, 1.0)
    assert now.next_s(3) == pytest.approx([0.375, 0.875, 1.375])
    assert Beat(0.0, 0.0, 0.0).next_s() == []


@pytest.mark.parametrize("cut_s", [12.0, 12.17, 12.31])
def test_a_new_beat_is_found_soon_after_a_cut(cut_s: float) -> None:
    beats = np.concatenate([np.arange(0.3, cut_s, 60 / 96), np.arange(cut_s + 0.2, 30, 60 / 140)])
    heard = track(beats, 30)
    told = np.array([(i + 1) * HOP_S + one.coming_s for i, one in enumerate(heard) if one.coming_s is not None])
    late = told[(told > cut_s + 5) & (told < 29)]
    assert np.abs(late[:, None] - beats[None, :]).min(axis=1).max() < 0.05
    assert heard[round((cut_s + 5) / HOP_S)].tempo_bpm == pytest.approx(140, rel=0.04)


def test_fills_and_off_beats_do_not_turn_it() -> None:
    tracker = BeatTracker(HOP_S)
    track(np.arange(0.3, 12, 0.5), 12, tracker)
    between = [tracker.do(0.6 if i % 47 == 23 else 0.02) for i in range(round(2 / HOP_S))]  # two seconds of off-beats
    phase = (round(14 / HOP_S) * HOP_S - 0.3) / 0.5 % 1
    assert abs((between[-1].count - phase + 0.5) % 1 - 0.5) < 0.1


def test_the_likeliest_tempi_come_first() -> None:
    tracker = BeatTracker(HOP_S)
    track(np.arange(0.3, 12, 0.5), 12, tracker)
    tempi = tracker.tempi(3)
    assert tempi[0][0] == pytest.approx(120, rel=0.03)
    assert [weight for _, weight in tempi] == sorted((weight for _, weight in tempi), reverse=True)
    assert sum(weight for _, weight in tempi) <= 1.0 + 1e-9


@pytest.mark.parametrize("meter", [3, 4, 6, 7])
def test_bars_are_found(meter: int) -> None:
    tracker = BeatTracker(HOP_S)
    beats = np.arange(0.3, 40, 0.5)
    hops = np.floor(beats / HOP_S).astype(int)
    likeness, first = np.full(round(40 / HOP_S), 0.02), np.full(round(40 / HOP_S), 0.01)
    likeness[hops], first[hops[::meter]] = 0.9, 0.8
    heard = [tracker.do(a, b) for a, b in zip(likeness.tolist(), first.tolist(), strict=True)]
    assert heard[-1].meter == meter
    assert heard[-1].bar_confidence > 0.8
    downbeats = {one.downbeat for one in heard[round(20 / HOP_S) :]}
    steps = np.diff(sorted(downbeats))
    assert set(steps) == {meter}
    at = round((beats[::meter][-2] + 0.25) / HOP_S)  # in the middle of a bar's first beat
    assert np.floor(heard[at + 12].count) == heard[at + 12].downbeat


@pytest.mark.parametrize("hop_s", [0.0, 0.001, 0.06, -0.01, float("nan")])
def test_an_unfit_hop_is_refused(hop_s: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        BeatTracker(hop_s)
