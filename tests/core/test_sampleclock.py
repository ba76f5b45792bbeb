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


def settled() -> SampleClock:
    """A clock that has followed a card for twelve seconds, the last report being of sample 575 999."""
    clock = SampleClock(48000)
    for samples in range(0, 12 * 48000, 480):
        assert clock.slip(samples, samples / 48000, 0) == 0.0
        clock.observe(samples, samples / 48000)
    return clock


def test_lost_sound_is_believed_at_once_when_the_device_says_so() -> None:
    clock = settled()
    assert clock.slip(576000, 12.03, 1) == pytest.approx(0.03)
    clock.shift(576000, 0.03)
    assert clock.time_of(576000) == pytest.approx(12.03)
    assert clock.time_of(575999) == pytest.approx(575999 / 48000), "what was before keeps its time"
    assert clock.slip(576480, 12.04, 1) == 0.0


def test_a_small_loss_is_believed_too_when_it_is_told() -> None:
    assert settled().slip(576000, 12.005, 1) == pytest.approx(0.005)
    assert settled().slip(576000, 12.005, 0) == 0.0
    assert settled().slip(576000, 12.001, 1) == 0.0, "no more than jitter"


def test_a_loss_that_was_told_late_is_put_right_by_the_next_report() -> None:
    clock = settled()
    assert clock.slip(576000, 12.03 + 0.02, 1) == pytest.approx(0.05), "30 ms were lost and the report is 20 ms late"
    clock.shift(576000, 0.05)
    assert clock.slip(576480, 12.04, 1) == pytest.approx(-0.02)
    clock.shift(576480, -0.02)
    assert clock.slip(576960, 12.05, 1) == 0.0


def test_lost_sound_of_which_nobody_tells_shows_in_reports_that_agree() -> None:
    clock = settled()
    slips = [clock.slip(576000 + k * 480, 12.0 + k * 0.01 + 0.03, 0) for k in range(20)]
    first = next(k for k, slip_s in enumerate(slips) if slip_s)
    assert 0.15 <= first * 0.01 <= 0.2
    assert slips[first] == pytest.approx(0.03, abs=1e-3)


def test_a_single_late_report_is_not_lost_sound_nor_is_jitter() -> None:
    clock, rng = settled(), np.random.default_rng(1)
    for k in range(400):
        late_s = 0.03 if k % 20 == 0 else float(rng.uniform(-0.007, 0.007))
        assert clock.slip(576000 + k * 480, 12.0 + k * 0.01 + late_s, 0) == 0.0


def test_while_a_device_still_revises_its_latency_only_a_jump_counts() -> None:
    clock = SampleClock(48000)
    assert clock.slip(0, 5.0, 0) == 0.0
    clock.observe(0, 5.0)
    assert clock.slip(480, 5.06, 1) == 0.0
    assert clock.slip(480, 5.11, 1) == pytest.approx(0.1)


def test_after_weeks_it_is_as_exact_as_at_first() -> None:
    """Neither 2**32 samples nor a million seconds cost it anything: it counts differences."""
    rng = np.random.default_rng(3)
    young, old = SampleClock(48000), SampleClock(48000)
    begun, begun_s = 5 * 2**33, 1.0e6
    for k in range(5000):
        told_s = k * 480 / 48000 * (1 - 1e-4) + float(rng.uniform(-0.005, 0.005))
        young.observe(k * 480, told_s)
        old.observe(begun + k * 480, begun_s + told_s)
    assert old.time_of(begun + 5000 * 480) - begun_s == pytest.approx(young.time_of(5000 * 480), abs=1e-6)
