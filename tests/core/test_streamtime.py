"""Callbacks that had to wait are stamped as if they had not."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.streamtime import StreamTime


def stamped(stream_s: np.ndarray, now_s: np.ndarray) -> np.ndarray:
    stream = StreamTime()
    return np.array([stream.called_s(float(at_s), float(now)) for at_s, now in zip(stream_s, now_s, strict=True)])


def waits(count: int) -> np.ndarray:
    """Most callbacks run at once, a tenth waits up to 40 ms."""
    chance = np.random.default_rng(1)
    return chance.uniform(0, 2e-4, count) + (chance.random(count) < 0.1) * chance.uniform(0, 0.04, count)


@pytest.mark.parametrize("ppm", [0.0, 50.0, -50.0])
def test_waiting_does_not_count_whatever_the_clocks_differ_by(ppm: float) -> None:
    called_s = np.arange(0.0, 600.0, 0.01)
    stream_s = 12345.0 + called_s * (1 + ppm * 1e-6)
    late_s = stamped(stream_s, called_s + waits(len(called_s))) - called_s
    assert np.abs(late_s[50:]).max() < 5e-4


def test_two_callbacks_in_one_are_each_as_late_as_they_are() -> None:
    called_s = np.array([0.0, 0.01, 0.02, 0.03, 0.04])
    now_s = np.array([0.0, 0.01, 0.045, 0.045, 0.045])
    assert stamped(called_s + 7.0, now_s) == pytest.approx(called_s, abs=1e-5)


@pytest.mark.parametrize("stream_s", [np.zeros(50), np.full(50, 3.0)])
def test_a_library_whose_clock_stands_is_not_asked(stream_s: np.ndarray) -> None:
    now_s = np.arange(50) * 0.01
    assert np.array_equal(stamped(stream_s, now_s), now_s)


def test_a_clock_that_is_set_anew_is_followed() -> None:
    called_s = np.arange(0.0, 4.0, 0.01)
    for leap_s in (-500.0, 500.0):
        stream_s = called_s + np.where(called_s < 2.0, 0.0, leap_s)
        assert stamped(stream_s, called_s) == pytest.approx(called_s, abs=1e-6)
