"""The choice of sound, hops of a clip, and the ear on top of it."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.audio import ArraySource, AudioChoice, AudioClip, mono, parse_audio, stereo
from artwalks_live.core.ear import Ear
from artwalks_live.core.errors import UsageError
from tests.core.sounds import struck


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("none", AudioChoice("none")),
        ("live", AudioChoice("live")),
        ("live:", AudioChoice("live")),
        ("live:Scarlett", AudioChoice("live", "Scarlett")),
        ("live:Scarlett:3", AudioChoice("live", "Scarlett", (3,))),
        ("live:Scarlett:1-2", AudioChoice("live", "Scarlett", (1, 2))),
        ("live:Scarlett:3,4", AudioChoice("live", "Scarlett", (3, 4))),
        ("live:hw:1", AudioChoice("live", "hw", (1,))),
        ("live:USB: Line In:1,3-4", AudioChoice("live", "USB: Line In", (1, 3, 4))),
        ("live:USB: Line In", AudioChoice("live", "USB: Line In")),
        ("live::2", AudioChoice("live", "", (2,))),
        ("song.flac", AudioChoice("file", "song.flac")),
        ("lively.wav", AudioChoice("file", "lively.wav")),
    ],
)
def test_the_option_is_understood(text: str, choice: AudioChoice) -> None:
    assert parse_audio(text) == choice


@pytest.mark.parametrize("text", ["live:X:0", "live:X:2-1", "live:X:1,1", "live:X:1-", "live:X:-1", "live:X:999"])
def test_channels_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="channels"):
        parse_audio(text)


def test_channels_are_mixed_and_doubled() -> None:
    two = np.array([[0.5, 0.1], [-1.0, 1.0]], np.float32)
    assert mono(two) == pytest.approx([0.3, 0.0])
    assert stereo(two[:, :1]).tolist() == [[0.5, 0.5], [-1.0, -1.0]]
    assert stereo(np.hstack([two, two])).tolist() == two.tolist()


def clip(seconds: float = 1.0, rate: int = 44100) -> AudioClip:
    """Two channels of drums."""
    left = struck(np.arange(0.1, seconds, 0.3), seconds, rate)
    return AudioClip(np.stack([left, -0.5 * left], axis=1), rate)


@pytest.mark.parametrize(
    "steps", [[10.0], list(np.arange(0, 10, 1 / 60)), list(np.arange(0, 10, 1 / 24)), [3.7, 3.7, 0.0, 9.99]]
)
def test_hops_come_in_order_each_once_however_they_are_asked_for(steps: list[float]) -> None:
    source = ArraySource(clip(2.0))
    hops = [hop for step in steps for hop in source.hops_until(step)]
    whole = ArraySource(clip(2.0)).hops_until(max(steps))
    assert [hop.end_time_s for hop in hops] == [(k + 1) * 470 / 44100 for k in range(len(whole))]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(hops, whole, strict=True))


def test_after_the_clip_there_is_silence_for_ever() -> None:
    source = ArraySource(clip(0.2))
    hops = source.hops_until(5.0)
    assert len(hops) == int(5 * 44100 / 470)
    assert np.abs(hops[15].samples).max() > 0
    assert all(not hop.samples.any() and len(hop.samples) == 470 for hop in hops[19:])


def test_stream_time_runs_from_the_start() -> None:
    source = ArraySource(clip())
    source.start(100.0)
    assert source.time_at(99.0) == 0.0
    assert source.time_at(102.5) == 2.5


def test_live_and_rendered_features_of_a_clip_are_the_same() -> None:
    live, rendered = Ear(ArraySource(clip(2.0))), Ear(ArraySource(clip(2.0)))
    frames = np.cumsum(np.random.default_rng(0).uniform(0.001, 0.05, 100))
    heard = [one for t in frames for one in live.poll(float(t))]
    assert heard == rendered.poll(float(frames[-1]))
    assert heard[-1].time_s <= frames[-1]


def test_the_ear_says_when_it_hears_nothing() -> None:
    ear = Ear(ArraySource(clip(1.0)))
    assert ear.state == "silent"
    ear.poll(0.9)
    assert ear.state == "ok"
    ear.poll(3.0)
    assert ear.state == "silent"
    assert Ear(ArraySource(clip(), "no sound output")).state == "no sound output"
