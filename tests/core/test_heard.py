"""A live input, with the test as its device."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from artwalks_live.core.audio import Samples
from artwalks_live.core.ear import Ear
from artwalks_live.core.heard import LOST_S, HeardSource
from tests.core.ports import ArrayPort
from tests.core.sounds import sine

RATE, BLOCK = 48000, 441


def tone(seconds: float, channels: int = 2) -> Samples:
    """The same tone on all channels."""
    return np.repeat(sine(440, seconds, RATE)[:, None], channels, axis=1)


def capture(port: ArrayPort, samples: Samples, from_s: float, jitter_s: float = 0.0) -> float:
    """Hand in all whole blocks, the first heard at `from_s`; returns when the last one ends."""
    rng = np.random.default_rng(7)
    ends = from_s
    for first in range(0, len(samples) - BLOCK + 1, BLOCK):
        port.capture(samples[first : first + BLOCK], from_s + first / RATE + float(rng.uniform(0, jitter_s)))
        ends = from_s + (first + BLOCK) / RATE
    return ends


def test_hops_bear_the_time_at_which_they_were_heard() -> None:
    port = ArrayPort()
    source = HeardSource(port, (1, 2))
    source.start(10.0)
    ends_s = []
    for step in range(30):
        until = capture(port, tone(0.1), 10.0 + step * 0.1 * BLOCK * 10 / (0.1 * RATE), 0.004)
        ends_s += [hop.end_time_s for hop in source.hops_until(source.time_at(until + 0.02))]
    true_s = [(k + 1) * 512 / RATE for k in range(len(ends_s))]
    assert len(ends_s) > 200
    assert np.abs(np.array(ends_s) - true_s).max() < 0.006
    assert min(b - a for a, b in itertools.pairwise(ends_s)) > 0


def test_the_channels_asked_for_are_listened_to() -> None:
    port = ArrayPort(channels=4)
    source = HeardSource(port, (3,))
    source.start(0.0)
    samples = np.zeros((4410, 4), np.float32)
    samples[:, 2] = 0.25
    samples[:, 3] = 0.5
    capture(port, samples, 0.0)
    assert {float(v) for hop in source.hops_until(1.0) for v in hop.samples} <= {0.25, 0.0}
    heard, _ = source.take_samples()
    assert heard.shape[1] == 2
    assert (heard[:3584] == 0.25).all()


def test_a_lost_input_becomes_silence_and_comes_back() -> None:
    port = ArrayPort()
    source = HeardSource(port, (1, 2))
    ear = Ear(source)
    ear.start(0.0)
    capture(port, tone(1.0), 0.0)
    loud = ear.poll(1.0)
    assert loud[-1].level > 0.9

    port.state = "audio lost"
    lost = ear.poll(3.0)
    assert ear.state == "audio lost"
    assert lost[-1].level == 0
    assert lost[-1].silence == 1
    assert lost[-1].time_s == pytest.approx(3.0 - LOST_S, abs=0.02)

    port.state = "ok"
    capture(port, tone(1.0), 3.1)
    back = ear.poll(4.2)
    assert ear.state == "ok"
    assert back[-1].level > 0.9
    assert back[-1].time_s == pytest.approx(4.1, abs=0.02)
    times = [one.time_s for one in loud + lost + back]
    assert min(b - a for a, b in itertools.pairwise(times)) > 0


def test_nothing_captured_yet_is_silence_too() -> None:
    source = HeardSource(ArrayPort(), (1,))
    source.start(5.0)
    hops = source.hops_until(source.time_at(6.0))
    assert len(hops) == int((1.0 - LOST_S) * RATE / 512)
    assert not any(hop.samples.any() for hop in hops)


def test_the_recorder_gets_every_sample_and_the_time_of_the_first() -> None:
    port = ArrayPort()
    source = HeardSource(port, (1, 2))
    source.start(0.0)
    sound = tone(0.5)
    capture(port, sound, 0.2)
    source.hops_until(1.0)
    heard, start_s = source.take_samples()
    assert start_s == pytest.approx(0.2, abs=0.002)
    silent = len(heard) - len(sound) // 512 * 512
    assert np.array_equal(heard[: len(heard) - silent], sound[: len(sound) // 512 * 512])
    assert not heard[len(heard) - silent :].any()
    empty, _ = source.take_samples()
    assert empty.shape == (0, 2)


def test_the_recorder_follows_the_shows_clock_not_the_cards_crystal() -> None:
    port = ArrayPort()
    source = HeardSource(port, (1, 2))
    source.start(0.0)
    block = tone(BLOCK / RATE)
    fast = 1 - 3e-4
    total, first_s = 0, 0.0
    for n in range(1, 40 * RATE // BLOCK):
        port.capture(block, (n - 1) * BLOCK / RATE * fast)
        source.hops_until(n * BLOCK / RATE)
        heard, start_s = source.take_samples()
        first_s = first_s if total else start_s
        total += len(heard)
    assert first_s + total / RATE == pytest.approx(n * BLOCK / RATE * fast, abs=0.012)
    assert total < n * BLOCK - 400


def test_sound_nobody_fetches_is_bounded_and_counted() -> None:
    port = ArrayPort()
    source = HeardSource(port, (1, 2))
    source.start(0.0)
    capture(port, tone(6.0), 0.0)
    assert source.overruns == pytest.approx(2 * RATE, abs=BLOCK)
    source.hops_until(60.0)
    assert source.tap_overruns > 40 * RATE
    heard, _ = source.take_samples()
    assert len(heard) <= 10 * RATE + 512


def test_latency_is_the_devices_and_a_hop() -> None:
    source = HeardSource(ArrayPort(latency_s=0.035), (1, 2))
    assert source.latency_s == pytest.approx(0.035 + 512 / RATE)


def test_closing_lets_go() -> None:
    port = ArrayPort()
    HeardSource(port, (1, 2)).close()
    assert port.closed
