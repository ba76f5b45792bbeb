"""Loudness as meters read it, at every rate."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.audio import hop_length
from artwalks_live.core.loudness import KWeighting, Loudness, MeanSquare, k_weighting
from tests.core.sounds import RATES, noise, sine


def read(meter: Loudness | MeanSquare, samples: np.ndarray, rate: int) -> np.ndarray:
    """What a meter says after each whole hop."""
    hop = hop_length(rate)
    return np.array([meter.do(samples[i : i + hop].astype(float)) for i in range(0, len(samples) - hop + 1, hop)])


def test_at_48_khz_the_filters_are_those_the_standard_prints() -> None:
    (b, a), (high_b, high_a) = k_weighting(48000)
    assert b == pytest.approx([1.53512485958697, -2.69169618940638, 1.19839281085285], abs=1e-9)
    assert a == pytest.approx([1.0, -1.69065929318241, 0.73248077421585], abs=1e-9)
    assert high_b == pytest.approx([1.0, -2.0, 1.0])
    assert high_a == pytest.approx([1.0, -1.99004745483398, 0.99007225036621], abs=1e-9)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_a_full_scale_sine_reads_as_bs1770_says(rate: int) -> None:
    said = read(Loudness(rate, hop_length(rate)), sine(997.0, 1.0, rate, 1.0), rate)
    assert said[-20:] == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
def test_it_reads_alike_at_every_rate(rate: int) -> None:
    """EBU Tech 3341, case 1, on one channel: 1 kHz at -23 dBFS; stereo would read 3.01 more."""
    said = read(Loudness(rate, hop_length(rate)), sine(1000.0, 0.8, rate, 10 ** (-23 / 20)), rate)
    assert said[-1] == pytest.approx(-26.01, abs=0.1)


@pytest.mark.parametrize(("rate", "hop"), [(44100, 470), (48000, 512), (88200, 941), (8000, 85)])
def test_the_filter_in_blocks_is_the_recursion(rate: int, hop: int) -> None:
    samples = np.random.default_rng(3).standard_normal(3 * hop)
    expected = list(samples)
    for b, a in k_weighting(rate):
        one = two = 0.0
        for i, x in enumerate(expected):
            y = b[0] * x + one
            one, two = b[1] * x - a[1] * y + two, b[2] * x - a[2] * y
            expected[i] = y
    weighting = KWeighting(rate, hop)
    got = np.concatenate([weighting.do(samples[i : i + hop]) for i in range(0, len(samples), hop)])
    assert got == pytest.approx(np.array(expected), abs=1e-8)


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000, 192000])
def test_the_windows_are_as_late_as_they_say(rate: int) -> None:
    hop = hop_length(rate)
    click = np.zeros(round(1.2 * rate), np.float32)
    click[10 * hop] = 1.0
    for meter in (Loudness(rate, hop), MeanSquare(rate, hop)):
        power = 10 ** (read(meter, click, rate) / 10)
        ends_s = (np.arange(len(power)) + 1) * hop / rate
        over = power > power.max() / 4
        centre_s = float((ends_s[over] - hop / rate / 2).mean())  # a hop's value stands for the hop that it ends
        assert centre_s - 10 * hop / rate == pytest.approx(meter.delay_s, abs=hop / rate)


def test_silence_is_the_lowest_and_noise_of_known_power_is_known() -> None:
    assert read(Loudness(48000, 512), np.zeros(48000, np.float32), 48000).max() == -70.0
    assert read(MeanSquare(48000, 512), np.full(48000, 0.5, np.float32), 48000)[-1] == -120.0
    assert read(MeanSquare(48000, 512), noise(1.0, 48000, -20.0), 48000)[-1] == pytest.approx(-20.0, abs=0.5)


def test_the_filters_memory_dies_out_in_silence() -> None:
    weighting = KWeighting(48000, 512)
    weighting.do(np.ones(512))
    for _ in range(2000):
        last = weighting.do(np.zeros(512))
    assert not last.any()
