"""The loop between a card's crystal and the show's clock."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.sampleclock import SampleClock


@pytest.mark.parametrize("rate_hz", [8000, 44100, 96000])
@pytest.mark.parametrize("drift", [-2e-4, 0.0, 2e-4])
@pytest.mark.parametrize("block", [64, 1024])
def test_a_jittering_card_is_followed_smoothly(rate_hz: int, drift: float, block: int) -> None:
    rng = np.random.default_rng(5)
    clock = SampleClock(rate_hz)
    worst = 0.0
    for samples in range(0, 60 * rate_hz, block):
        true_s = 3.0 + samples / rate_hz * (1 + drift)
        clock.observe(samples, true_s + float(rng.uniform(-0.005, 0.005)))
        if samples > 30 * rate_hz:
            worst = max(worst, abs(clock.time_of(samples) - true_s))
    assert worst < 0.002


def test_samples_and_seconds_are_inverse() -> None:
    clock = SampleClock(48000)
    clock.observe(0, 10.0)
    clock.observe(480, 10.011)
    assert clock.samples_at(clock.time_of(12345)) == pytest.approx(12345)


def test_between_reports_it_runs_on() -> None:
    clock = SampleClock(48000)
    assert not clock.anchored
    clock.observe(0, 10.0)
    assert clock.anchored
    assert clock.samples_at(15.0) == pytest.approx(5 * 48000)


def test_a_pause_is_a_new_beginning() -> None:
    clock = SampleClock(48000)
    for block in range(100):
        clock.observe(block * 512, block * 512 / 48000)
    clock.observe(100 * 512, 9.0)
    assert clock.time_of(100 * 512) == 9.0


def test_the_same_report_twice_changes_nothing() -> None:
    clock = SampleClock(48000)
    clock.observe(0, 1.0)
    clock.observe(4800, 1.101)
    once = clock.time_of(9600)
    clock.observe(4800, 1.101)
    assert clock.time_of(9600) == once
