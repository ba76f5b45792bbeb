from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from artwalks_live.core.beatclock import MAX_STEER, BeatClock
from artwalks_live.core.features import Features

DT = 1.0 / 240


def heard(time_s: float, beat: float, bpm: float = 120.0, confidence: float = 0.9) -> Features:
    return Features(
        time_s=time_s, level=0.5, bass=0.5, mid=0.5, high=0.5, onset=0.0, onset_event=False, percussive=0.5,
        silence=0.0, tempo_bpm=bpm, beat=beat, confidence=confidence,
    )  # fmt: skip


At = Callable[[float], None]


def run(clock: BeatClock, seconds: float, at: At = lambda now_s: None, begin_s: float = 0.0) -> float:
    """Tick on; `at` is called before each tick with its time. Checks every step; returns the time reached."""
    ticks = round(seconds / DT)
    for i in range(1, ticks + 1):
        now_s = begin_s + i * DT
        at(now_s)
        before = clock.beat
        passed = clock.step(now_s, DT)
        nominal = clock.tempo_bpm / 60 * DT
        assert 0.0 < (1 - MAX_STEER) * nominal - 1e-12 <= passed <= (1 + MAX_STEER) * nominal + 1e-12
        assert abs(math.remainder(clock.beat - before - passed, 1.0)) < 1e-9  # only whole beats are re-numbered
    return begin_s + ticks * DT


def every(seconds: float, do: Callable[[int, float], None]) -> At:
    """Call do(k, time) as the time passes k·seconds."""
    count = [0]

    def at(now_s: float) -> None:
        while now_s >= count[0] * seconds:
            do(count[0], now_s)
            count[0] += 1

    return at


def off(beat: float, target: float) -> float:
    return abs(math.remainder(beat - target, 1.0))


def test_it_runs_free_at_the_given_tempo_and_nobody_is_sure() -> None:
    clock = BeatClock(120)
    run(clock, 3.0)
    assert clock.leader == "free" and clock.beat == pytest.approx(6.0) and clock.certainty < 1e-6


def test_the_idle_tempo_follows_its_parameter_until_somebody_has_led() -> None:
    clock = BeatClock(120)
    clock.idle_tempo(90, 0.0)
    end_s = run(clock, 5.0)
    assert clock.tempo_bpm == pytest.approx(90)
    clock.set_tempo(140, end_s)
    clock.idle_tempo(60, end_s)
    run(clock, 5.0, begin_s=end_s)
    assert clock.tempo_bpm == pytest.approx(140)


@pytest.mark.parametrize("bpm", [72.0, 120.0, 181.3])
def test_it_comes_into_phase_with_what_is_heard(bpm: float) -> None:
    clock = BeatClock(100)
    run(clock, 6.0, every(512 / 48000, lambda k, t: clock.hear(heard(t, t * bpm / 60 + 0.4, bpm))))
    assert clock.leader == "audio" and clock.certainty > 0.99
    assert clock.tempo_bpm == pytest.approx(bpm) and off(clock.beat, 6.0 * bpm / 60 + 0.4) < 1e-3


def test_hops_may_come_late_and_in_lumps() -> None:
    clock = BeatClock(120)
    run(clock, 6.0, every(0.15, lambda k, t: clock.hear(heard(t - 0.06, (t - 0.06) * 2.0))))
    assert off(clock.beat, 12.0) < 0.01


def test_doubt_and_silence_leave_it_running_at_the_last_tempo() -> None:
    clock = BeatClock(120)
    end_s = run(clock, 4.0, every(0.01, lambda k, t: clock.hear(heard(t, t * 1.5, 90.0))))
    run(clock, 8.0, every(0.01, lambda k, t: clock.hear(heard(end_s + t, 77.0, 133.0, 0.1))), end_s)
    assert clock.leader == "free" and clock.tempo_bpm == pytest.approx(90.0)
    assert off(clock.beat, 12.0 * 1.5) < 0.01 and clock.certainty < 0.2


def test_taps_set_tempo_phase_and_the_beginning_of_the_bar() -> None:
    rng = random.Random(4)
    clock = BeatClock(120)
    end_s = run(clock, 1.37, every(0.01, lambda k, t: clock.hear(heard(t, t * 2.0))))
    period_s = 60 / 97.0
    taps = every(period_s, lambda k, t: clock.tap(end_s + k * period_s + rng.gauss(0, 0.008)) if k < 8 else None)
    run(clock, 12.0, lambda now_s: taps(now_s - end_s), end_s)
    assert clock.leader == "hand" and clock.tempo_bpm == pytest.approx(97.0, rel=0.01)
    now = 12.0 / period_s
    assert off(clock.beat, now) < 0.1 and off(clock.beat / 4, now / 4) < 0.05


def test_a_bounced_key_is_one_tap() -> None:
    clock = BeatClock(120)
    for k in range(4):
        clock.tap(k * 0.5)
        clock.tap(k * 0.5 + 0.03)
    run(clock, 4.0, begin_s=1.5)
    assert clock.tempo_bpm == pytest.approx(120.0)


@pytest.mark.parametrize("jitter_s", [0.0, 0.015])
def test_integer_beats_from_outside_lead_phase_tempo_and_count(jitter_s: float) -> None:
    rng = random.Random(6)
    clock = BeatClock(120)
    period_s = 60 / 128.0
    run(clock, 10.0, every(period_s, lambda k, t: clock.tell(40 + k, t + rng.uniform(0, jitter_s))))
    assert clock.leader == "osc" and clock.tempo_bpm == pytest.approx(128, rel=0.01)
    assert clock.beat == pytest.approx(40 + 10.0 / period_s, abs=0.06)


def test_a_phase_sent_at_sixty_hertz_is_followed_closely() -> None:
    clock = BeatClock(120)
    run(clock, 6.0, every(1 / 60, lambda k, t: clock.tell(t * 140 / 60, t)))
    assert clock.beat == pytest.approx(14.0, abs=0.02) and clock.tempo_bpm == pytest.approx(140, rel=0.005)


def test_when_the_outside_falls_silent_it_runs_on() -> None:
    clock = BeatClock(120)
    run(clock, 20.0, every(0.5, lambda k, t: clock.tell(k, t) if k < 10 else None))
    assert clock.leader == "free" and clock.beat == pytest.approx(40.0, abs=0.02)


def test_a_song_that_jumps_moves_the_count_but_not_the_phase_at_once() -> None:
    clock = BeatClock(120)
    run(clock, 4.0, every(0.5, clock.tell))
    end_s = run(clock, 0.1, begin_s=4.0)
    clock.tell(100.3, end_s)
    run(clock, 3.0, begin_s=end_s)
    assert clock.beat == pytest.approx(100.3 + 6.0, abs=0.02)


def test_a_set_tempo_holds_and_zero_gives_it_back() -> None:
    clock = BeatClock(120)
    hear = every(0.01, lambda k, t: clock.hear(heard(t, t * 2.0)))
    end_s = run(clock, 3.0, hear)
    clock.set_tempo(150, end_s)
    end_s = run(clock, 3.0, hear, end_s)
    assert clock.leader == "hand" and clock.tempo_bpm == pytest.approx(150, rel=1e-3)
    clock.set_tempo(0, end_s)
    end_s = run(clock, 5.0, hear, end_s)
    assert off(clock.beat, end_s * 2.0) < 1e-3


@pytest.mark.parametrize("leader", ["free", "audio", "hand"])
def test_a_nudge_shifts_the_beat_and_stays(leader: str) -> None:
    clock, plain = BeatClock(120), BeatClock(120)
    for each in (clock, plain):
        hear = every(0.01, lambda k, t, each=each: each.hear(heard(t, t * 2.0)) if leader == "audio" else None)  # type: ignore[misc]
        end_s = run(each, 3.0, hear)
        if leader == "hand":
            each.set_tempo(120, end_s)
        if each is clock:
            each.nudge(0.1)
        run(each, 5.0, hear, end_s)
    assert clock.leader == leader and clock.beat - plain.beat == pytest.approx(0.1, abs=1e-3)


def test_strange_numbers_are_kept_within_what_is_a_tempo() -> None:
    clock = BeatClock(120)
    clock.set_tempo(1e9, 0.0)
    run(clock, 4.0)
    assert clock.tempo_bpm == pytest.approx(300, rel=1e-3)
