"""The pacer: deadlines are counted, missed ones are not caught up."""

from __future__ import annotations

from fractions import Fraction

import pytest

from artwalks_live.perform.pace import Pacer


def test_frames_are_drawn_for_the_next_deadline_still_ahead() -> None:
    pacer = Pacer(Fraction(30))
    assert pacer.next(0.0) == (0, 0.0, 1 / 30)
    assert pacer.next(0.001) == (1, 1 / 30, 1 / 30)
    assert pacer.next(0.034) == (2, 2 / 30, 1 / 30)
    assert pacer.next(0.101) == (3, 3 / 30, 1 / 30)


def test_a_late_show_skips_and_counts() -> None:
    pacer = Pacer(Fraction(30))
    pacer.next(0.0)
    index, time_s, dt_s = pacer.next(0.118)
    assert (index, time_s, dt_s) == (4, 4 / 30, pytest.approx(4 / 30))
    assert pacer.steadiness().missed == 3


def test_the_last_frame_of_a_show_of_a_given_length_is_drawn_however_late() -> None:
    pacer = Pacer(Fraction(30), last=59)
    pacer.next(0.0)
    assert pacer.next(1.0)[0] == 30
    assert pacer.next(7.0) == (59, 59 / 30, pytest.approx(29 / 30))
    assert pacer.next(7.1)[0] == 60
    assert pacer.steadiness().missed == 29 + 28


def test_a_monitor_a_little_slower_than_the_show_costs_one_frame_now_and_then() -> None:
    pacer, now_s, monitor_s = Pacer(Fraction(60)), 0.0, 1 / 59.94
    for _ in range(60 * 60):
        pacer.next(now_s)
        now_s += monitor_s
    assert pacer.steadiness().missed == pytest.approx(3.6, abs=1)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30), Fraction(60), Fraction(144)])
def test_ten_minutes_on_time_miss_nothing_at_any_rate(rate: Fraction) -> None:
    pacer = Pacer(rate)
    frames = int(600 * rate)
    now_s = 0.0
    for expected in range(frames):
        index, now_s, _ = pacer.next(now_s)
        assert index == expected
    assert pacer.steadiness().missed == 0


def test_steadiness_tells_percentiles_of_the_intervals() -> None:
    pacer = Pacer(Fraction(50))
    for frame in range(101):
        pacer.shown(frame * 0.02 + (0.01 if frame == 100 else 0.0))
    steady = pacer.steadiness()
    assert steady.p50_ms == pytest.approx(20)
    assert steady.p999_ms > 28
    assert steady.shown == 101
    assert steady.fps == pytest.approx(50, rel=0.02)
