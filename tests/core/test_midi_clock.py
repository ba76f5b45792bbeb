"""The bytes of a MIDI clock become beats."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from artwalks_live.core.beatclock import BeatClock
from artwalks_live.core.midi_clock import MidiClock
from artwalks_live.core.pll import Reference

TICK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


def beat_at(clock: MidiClock, time_s: float) -> float:
    """The beat that the clock last told, carried on to an instant."""
    event = clock.event(time_s + 1e6) or clock.event(time_s)
    reference = clock._lock.reference
    assert reference is not None and (event is None or event.address == "/clock/midi")
    return reference.at(time_s)


def tick(clock: MidiClock, first: int, count: int, bpm: float = 120.0, begin_s: float = 0.0) -> float:
    """Send ticks numbered from `first`; returns when the next would come."""
    for k in range(first, first + count):
        clock.take(TICK, begin_s + k * 2.5 / bpm)
    return begin_s + (first + count) * 2.5 / bpm


def test_twenty_four_ticks_are_a_beat() -> None:
    clock = MidiClock()
    clock.take(START, 0.0)
    end_s = tick(clock, 0, 97)
    event = clock.event(end_s)
    assert event is not None and event.address == "/clock/midi"
    beat, bpm, playing, confidence = map(float, event.args)
    assert (beat, bpm, playing) == (pytest.approx(event.time_s * 2), pytest.approx(120.0), 1.0) and confidence > 0.99
    assert 1.9 < event.time_s <= 2.0
    assert clock.event(end_s + 0.05) is None, "told ten times a second"


def test_start_begins_at_nought_and_a_song_position_elsewhere() -> None:
    clock = MidiClock()
    tick(clock, 0, 50)
    clock.take(START, 50 / 48)
    end_s = tick(clock, 50, 24)
    assert beat_at(clock, end_s) == pytest.approx(1.0)
    clock.take(STOP, end_s)
    clock.take(bytes([0xF2, 8 & 0x7F, 1]), end_s)  # (1 << 7) + 8 = 136 sixteenths: beat 34
    clock.take(CONTINUE, end_s + 1)
    end_s = tick(clock, 0, 24, begin_s=end_s + 1)
    assert beat_at(clock, end_s) == pytest.approx(35.0)


def test_stop_is_told_at_once_and_the_clock_may_tick_on() -> None:
    clock = MidiClock()
    end_s = tick(clock, 0, 30)
    assert clock.event(end_s) is not None and clock.event(end_s) is None
    clock.take(STOP, end_s)
    event = clock.event(end_s)
    assert event is not None and event.args[2] == 0.0
    clock.take(CONTINUE, end_s)
    event = clock.event(end_s)
    assert event is not None and event.args[2] == 1.0


def test_a_clock_that_falls_silent_says_nothing_more() -> None:
    clock = MidiClock()
    end_s = tick(clock, 0, 30)
    assert clock.event(end_s + 5.0) is None
    clock.take(STOP, end_s + 5.0)
    event = clock.event(end_s + 5.0)
    assert event is not None and event.args[3] == 0.0, "no confidence in it"


@pytest.mark.parametrize("bpm", [20.0, 60.0, 120.0, 174.0])
def test_lost_ticks_are_counted_in_spite_of_jitter(bpm: float) -> None:
    rng, clock, last_s = random.Random(2), MidiClock(), 0.0
    lost = {200, 350, 351, 352, 500}
    for k in range(700):
        last_s = max(last_s, k * 2.5 / bpm + rng.uniform(-0.005, 0.005))
        if k not in lost:
            clock.take(TICK, last_s)
    assert beat_at(clock, 700 * 2.5 / bpm) == pytest.approx(700 / 24, abs=0.012)


def wandering(k: int) -> float:
    return 120.0 if k < 480 else 84.0


def ramp(k: int) -> float:
    return 120.0 + min(k, 960) / 24


@pytest.mark.parametrize("tempo", [wandering, ramp])
def test_a_slower_or_faster_tempo_is_not_taken_for_lost_ticks(tempo: Callable[[int], float]) -> None:
    rng, clock, time_s = random.Random(5), MidiClock(), 0.0
    for k in range(1200):
        clock.take(TICK, max(clock._ticked_s, time_s + rng.uniform(-0.004, 0.004)))
        time_s += 2.5 / tempo(k)
    assert beat_at(clock, time_s) == pytest.approx(1200 / 24, abs=0.03)


def test_other_messages_are_passed_over() -> None:
    clock = MidiClock()
    for message in (b"", b"\x90\x40\x7f", b"\xf2\x01", b"\xfe"):
        clock.take(message, 0.0)
    assert clock.event(0.0) is None


def test_bytes_as_another_library_writes_them_are_understood() -> None:
    mido = pytest.importorskip("mido", reason="mido is not installed: pip install mido")
    clock = MidiClock()
    for message in (mido.Message("songpos", pos=64), mido.Message("continue")):
        clock.take(bytes(message.bytes()), 0.0)
    for k in range(25):
        clock.take(bytes(mido.Message("clock").bytes()), k / 48)
    assert beat_at(clock, 24 / 48) == pytest.approx(17.0)


@pytest.mark.parametrize("bpm", [60.0, 120.0, 174.0])
def test_the_shows_count_is_steadier_than_the_ticks(bpm: float) -> None:
    """±5 ms (2.9 ms rms) at the plug, little more than half of it in the picture at most: the whole chain."""
    rng, midi, count, k, errors = random.Random(4), MidiClock(), BeatClock(100), 0, []
    ticks = sorted((k * 2.5 / bpm + rng.uniform(-0.005, 0.005)) for k in range(round(12 * bpm / 2.5)))
    for n in range(1, 11 * 240):
        now_s = n / 240
        while ticks[k] <= now_s:
            midi.take(TICK, ticks[k])
            k += 1
        event = midi.event(now_s)
        if event is not None:
            beat, tempo, _, confidence = map(float, event.args)
            count.follow("midi", Reference(event.time_s, beat, tempo), confidence, now_s)
        count.step(now_s, 1 / 240)
        if now_s > 5.0:
            errors.append((count.beat - now_s * bpm / 60) * 60 / bpm)
    assert math.sqrt(sum(error**2 for error in errors) / len(errors)) < 0.0017
    assert max(map(abs, errors)) < 0.008
