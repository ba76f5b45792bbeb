"""A clip that sounds, with the test as its sound card."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from artwalks_live.core.audio import ArraySource, AudioClip
from artwalks_live.core.played import PATIENCE_S, PlayedSource
from tests.core.ports import ArrayPort
from tests.core.sounds import noise

RATE, BLOCK = 48000, 480
LATENCY_S = 0.05


def clip(seconds: float = 4.0) -> AudioClip:
    """Noise: every sample is its own."""
    return AudioClip(np.repeat(noise(seconds, RATE)[:, None], 2, axis=1), RATE)


def play(port: ArrayPort, seconds: float, from_s: float, rate_error: float = 0.0, jitter_s: float = 0.0) -> np.ndarray:
    """Let the card ask for its blocks, each LATENCY_S before it is heard."""
    rng = np.random.default_rng(9)
    times = from_s + np.arange(round(seconds * RATE / BLOCK)) * BLOCK / RATE * (1 + rate_error)
    return np.concatenate([port.play(BLOCK, float(t + rng.uniform(-jitter_s, jitter_s))) for t in times])


def test_the_whole_clip_sounds_then_silence() -> None:
    port, sound = ArrayPort(), clip(1.0)
    source = PlayedSource(sound, port)
    source.start(100.0)
    out = play(port, 1.5, 100.3)
    assert np.array_equal(out[:RATE], sound.samples)
    assert not out[RATE:].any()


def test_the_picture_waits_for_the_first_sound_and_follows_it() -> None:
    port = ArrayPort()
    source = PlayedSource(clip(), port)
    source.start(100.0)
    assert source.time_at(100.0) == 0.0
    assert source.time_at(100.4) == 0.0
    play(port, 2.0, 100.45)
    assert source.time_at(100.45) == pytest.approx(0.0, abs=1e-3)
    assert source.time_at(102.0) == pytest.approx(1.55, abs=1e-3)


@pytest.mark.parametrize("rate_error", [-2e-4, 2e-4])
def test_picture_and_sound_stay_together_over_a_long_song(rate_error: float) -> None:
    port = ArrayPort()
    source = PlayedSource(clip(1.0), port)
    source.start(0.0)
    shown, wrong = [], []
    for k in range(120 * RATE // BLOCK):
        heard_s = 0.2 + k * BLOCK / RATE * (1 + rate_error)
        port.play(BLOCK, heard_s + float(np.random.default_rng(k).uniform(-0.004, 0.004)))
        shown.append(source.time_at(heard_s))
        wrong.append(shown[-1] - k * BLOCK / RATE)
    assert np.abs(wrong[2000:]).max() < 0.002
    steps = [b - a for a, b in itertools.pairwise(shown)]
    assert min(steps) >= 0
    assert max(steps[2000:]) < 1.1 * BLOCK / RATE


def test_features_do_not_depend_on_how_it_sounds() -> None:
    port = ArrayPort()
    source = PlayedSource(clip(), port)
    source.start(0.0)
    play(port, 2.0, 0.1, 1e-4, 0.003)
    played, rendered = source.hops_until(1.9), ArraySource(clip()).hops_until(1.9)
    assert [hop.end_time_s for hop in played] == [hop.end_time_s for hop in rendered]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(played, rendered, strict=True))


def test_a_lost_output_is_rejoined_where_the_picture_is() -> None:
    port, sound = ArrayPort(), clip(6.0)
    source = PlayedSource(sound, port)
    source.start(0.0)
    play(port, 1.0, 0.2)
    port.state = "no sound output"
    assert source.state == "no sound output"
    assert source.time_at(3.2) == pytest.approx(3.0, abs=1e-3)
    port.state = "ok"
    out = play(port, 1.0, 3.5)
    first = round(3.3 * RATE)
    shift = min(range(-50, 51), key=lambda d: float(np.abs(out - sound.samples[first + d :][: len(out)]).max()))
    assert np.array_equal(out, sound.samples[first + shift :][: len(out)])
    assert source.time_at(4.2) == pytest.approx(4.0, abs=2e-3)


def test_blocks_that_the_card_left_out_are_counted_and_left_out_of_the_song() -> None:
    port, sound = ArrayPort(), clip(14.0)
    source = PlayedSource(sound, port)
    source.start(0.0)
    play(port, 12.0, 0.0)
    port.faults = 1
    out = play(port, 1.0, 12.04)
    assert np.abs(out - sound.samples[round(12.04 * RATE) :][: len(out)]).max() == 0
    assert source.overruns == 1
    assert source.time_at(12.5) == pytest.approx(12.5, abs=1e-3)


def test_an_output_that_never_begins_does_not_hold_the_picture() -> None:
    source = PlayedSource(clip(), ArrayPort())
    source.start(0.0)
    assert source.time_at(PATIENCE_S - 0.01) == 0.0
    assert source.time_at(PATIENCE_S + 2.0) == pytest.approx(2.0)


def test_one_channel_on_two_loudspeakers_and_loud_peaks_cut() -> None:
    port = ArrayPort()
    source = PlayedSource(AudioClip(np.full((RATE, 1), 1.7, np.float32), RATE), port)
    source.start(0.0)
    assert (play(port, 0.1, 0.0) == 1.0).all()


def test_sound_at_another_rate_keeps_the_clips_time() -> None:
    port = ArrayPort(sample_rate_hz=24000)
    source = PlayedSource(clip(4.0), port, AudioClip(np.zeros((96000, 2), np.float32), 24000))
    source.start(0.0)
    for k in range(100):
        port.play(480, 0.1 + k * 480 / 24000)
    assert source.time_at(1.6) == pytest.approx(1.5, abs=1e-3)


def test_closing_lets_go() -> None:
    port = ArrayPort()
    source = PlayedSource(clip(), port)
    source.start(0.0)
    source.close()
    assert port.closed
