"""Beats told with an error become one steady beat."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from artwalks_live.core.pll import BeatLock, Reference

Tempo = Callable[[float], float]


def followed(
    tempo: Tempo, seconds: float, *, jitter_s: float, per_beat: int = 24, settle_s: float = 3.0
) -> list[float]:
    """Errors of the phase in seconds, after every tick of a clock whose tempo is a function of time."""
    rng, lock, time_s, count, told_s = random.Random(1), BeatLock(), 0.0, 0, -1.0
    errors = []
    while time_s < seconds:
        told_s = max(told_s, time_s + rng.uniform(-jitter_s, jitter_s))
        reference = lock.add(told_s, count / per_beat)
        if time_s > settle_s:
            errors.append((reference.at(time_s) - count / per_beat) * 60 / reference.bpm)
        time_s += 60 / tempo(time_s) / per_beat
        count += 1
    return errors


def rms(errors: list[float]) -> float:
    return math.sqrt(sum(error * error for error in errors) / len(errors))


@pytest.mark.parametrize("bpm", [20.0, 60.0, 120.0, 174.0, 300.0])
def test_five_milliseconds_of_jitter_leave_less_than_two(bpm: float) -> None:
    errors = followed(lambda t: bpm, 20, jitter_s=0.005)
    assert rms(errors) < (0.0013 if bpm >= 60 else 0.002) and max(map(abs, errors)) < 0.006


@pytest.mark.parametrize("slope", [2.0, 5.0, -3.0])
def test_a_ramp_is_followed_no_worse_than_the_jitter(slope: float) -> None:
    errors = followed(lambda t: 120 + slope * min(t, 15), 20, jitter_s=0.005)
    assert rms(errors) < 0.0045 and max(map(abs, errors)) < 0.012


def test_a_new_tempo_is_known_within_a_beat() -> None:
    lock, time_s = BeatLock(), 0.0
    for tick in range(480 + 24):
        lock.add(time_s, tick / 24)
        time_s += 60 / (120 if tick < 480 else 150) / 24
    assert lock.reference is not None and lock.reference.bpm == pytest.approx(150, rel=0.01)


def test_whole_beats_told_late_by_chance_get_a_smooth_phase() -> None:
    assert rms(followed(lambda t: 128.0, 60, jitter_s=0.015, per_beat=1, settle_s=6)) < 0.008
    assert rms(followed(lambda t: 128.0, 60, jitter_s=0.0, per_beat=1, settle_s=6)) < 1e-9


def test_a_leap_of_the_count_keeps_the_tempo_and_begins_anew() -> None:
    lock = BeatLock()
    for beat in range(8):
        lock.add(beat * 0.4, beat)
    assert lock.add(3.3, 100.0) == Reference(3.3, 100.0, pytest.approx(150.0))
    assert lock.add(3.3, 20.0).beat == 20.0  # and backwards


def test_no_tempo_can_be_read_from_one_beat_or_from_a_twitch() -> None:
    lock = BeatLock()
    assert lock.add(1.0, 7.0, idle_bpm=99.0) == Reference(1.0, 7.0, 99.0) and not lock.steady
    assert lock.confidence == 0.0
    assert lock.add(1.001, 8.0, idle_bpm=99.0).bpm == 99.0  # 60000 bpm is none
    lock.clear()
    assert lock.reference is None and lock.last is None


def test_confidence_says_how_evenly_they_come() -> None:
    even, uneven, rng = BeatLock(), BeatLock(), random.Random(3)
    for beat in range(16):
        even.add(beat * 0.5, beat)
        uneven.add(beat * 0.5 + rng.uniform(-0.08, 0.08), beat)
    assert even.confidence > 0.99 and uneven.confidence < 0.6


def test_beats_told_twice_or_all_at_once_do_no_harm() -> None:
    lock = BeatLock()
    for beat in range(20):
        for _ in range(50):
            lock.add(beat * 0.5, beat)
    assert lock.reference is not None and lock.reference.bpm == pytest.approx(120.0)
    for beat in range(100):
        assert math.isfinite(lock.add(10.0 + beat * 1e-6, beat).beat)
    assert lock.reference is not None and 10.0 < lock.reference.bpm < 400.0
