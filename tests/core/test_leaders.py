"""Who leads the beat, and what is seen when the lead changes hands."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from artwalks_live.core.beatclock import BeatClock
from artwalks_live.core.pll import Reference
from tests.core.test_beatclock import At, every, heard, off, run

HOP_S = 0.01


def together(*parts: At) -> At:
    """Several things at once."""

    def at(now_s: float) -> None:
        for part in parts:
            part(now_s)

    return at


def hearing(clock: BeatClock, bpm: float, shift: float = 0.0, confidence: float = 0.9, **bar: float) -> At:
    """A song whose beat b sounds at (b - shift)·60/bpm."""

    def hear(_k: int, time_s: float) -> None:
        features = heard(time_s, time_s * bpm / 60 + shift, bpm, confidence)
        clock.hear(replace(features, **bar))  # type: ignore[arg-type]

    return every(HOP_S, hear)


def linked(clock: BeatClock, bpm: float, shift: float = 0.0) -> At:
    """A Link session with a peer."""
    return every(0.1, lambda k, t: clock.follow("link", Reference(t, t * bpm / 60 + shift, bpm), 1.0, t))


def until_s(end_s: float, at: At) -> At:
    return lambda now_s: at(now_s) if now_s < end_s else None


def after_s(begin_s: float, at: At) -> At:
    return lambda now_s: at(now_s) if now_s >= begin_s else None


def test_the_strongest_leads_and_each_failure_hands_on_to_the_next() -> None:
    clock, seen = BeatClock(120), []

    def note(now_s: float) -> None:
        if not seen or seen[-1] != clock.leader:
            seen.append(clock.leader)

    run(
        clock,
        40.0,
        together(
            until_s(8.0, linked(clock, 120)),
            until_s(16.0, every(0.1, lambda k, t: clock.follow("midi", Reference(t, t * 2, 120), 0.9, t))),
            until_s(24.0, every(0.5, clock.tell)),
            until_s(34.0, hearing(clock, 120)),
            note,
        ),
    )
    assert [name for name in seen if name != "free"] == ["link", "midi", "osc", "audio"] and seen[-1] == "free"


def test_the_lead_comes_back_without_a_leap() -> None:
    clock = BeatClock(120)
    song = hearing(clock, 120, 0.2)
    end_s = run(clock, 6.0, together(linked(clock, 120, 0.45), song))
    assert clock.leader == "link" and off(clock.beat, end_s * 2 + 0.45) < 1e-3
    end_s = run(clock, 6.0, song, end_s)  # every step is checked to be steered, by `run`
    assert clock.leader == "audio" and off(clock.beat, end_s * 2 + 0.2) < 1e-3
    end_s = run(clock, 8.0, together(linked(clock, 120, 0.45), song), end_s)
    assert clock.leader == "link" and clock.beat == pytest.approx(end_s * 2 + 0.45, abs=1e-3)


def test_a_peer_that_comes_and_goes_does_not_make_leaders_flap() -> None:
    clock, changes, before = BeatClock(120), [0], [""]

    def flicker(now_s: float) -> None:
        if now_s % 2.5 < 0.8:
            link(now_s)
        changes[0] += clock.leader != before[0]
        before[0] = clock.leader

    link = linked(clock, 120, 0.5)
    run(clock, 30.0, together(hearing(clock, 120), flicker))
    assert changes[0] <= 4 and clock.leader == "audio"


def test_taps_go_before_the_ear_until_it_agrees() -> None:
    clock = BeatClock(120)
    end_s = run(clock, 4.0, hearing(clock, 120, 0.5))
    assert clock.leader == "audio"
    taps = every(0.5, lambda k, t: clock.tap(4.0 + k * 0.5) if k < 8 else None)
    wrong = hearing(clock, 120, 0.5)
    end_s = run(clock, 8.0, together(wrong, lambda now_s: taps(now_s - 4.0)), end_s)
    assert clock.leader == "hand" and off(clock.beat, end_s * 2) < 0.02, "the ear is half a beat off and must wait"
    bar = clock.bar
    end_s = run(clock, 8.0, hearing(clock, 120), end_s)  # now it has come round
    assert clock.leader == "audio" and off(clock.beat, end_s * 2) < 1e-3
    assert off(clock.bar, bar) < 0.01, "the bar stays as it was tapped"


@pytest.mark.parametrize(("heard_bpm", "tapped_bpm"), [(174.0, 87.0), (70.0, 140.0)])
def test_the_ear_goes_on_at_the_octave_that_was_tapped(heard_bpm: float, tapped_bpm: float) -> None:
    clock = BeatClock(120)
    period_s = 60 / tapped_bpm
    taps = every(period_s, lambda k, t: clock.tap(k * period_s) if k < 8 else None)
    end_s = run(clock, 25.0, together(hearing(clock, heard_bpm), taps))
    assert clock.leader == "audio" and clock.tempo_bpm == pytest.approx(tapped_bpm, rel=1e-3)
    assert off(clock.beat, end_s / period_s) < 0.01
    clock.release()
    run(clock, 5.0, hearing(clock, heard_bpm), end_s)
    assert clock.tempo_bpm == pytest.approx(heard_bpm, rel=1e-3)


def test_an_ear_that_is_sure_for_long_gets_its_chance() -> None:
    clock = BeatClock(120)
    taps = every(0.5, lambda k, t: clock.tap(k * 0.5) if k < 4 else None)
    song = hearing(clock, 131, 0.3)
    end_s = run(clock, 40.0, together(song, taps))
    assert clock.leader == "hand"
    run(clock, 40.0, song, end_s)
    assert clock.leader == "audio"


def test_a_tempo_that_was_set_holds_whatever_is_heard() -> None:
    clock = BeatClock(120)
    clock.set_tempo(100, 0.0)
    run(clock, 100.0, hearing(clock, 100))
    assert clock.leader == "hand"


def test_old_taps_are_forgotten_while_another_clock_leads() -> None:
    clock = BeatClock(120)
    for k in range(4):
        clock.tap(k * 0.6)
    end_s = run(clock, 30.0, linked(clock, 128))
    run(clock, 5.0, begin_s=end_s)
    assert clock.leader == "free" and clock.tempo_bpm == pytest.approx(128, rel=1e-3)


def test_one_can_choose_whom_to_listen_to() -> None:
    clock = BeatClock(120)
    both = together(linked(clock, 120, 0.25), hearing(clock, 90))
    clock.choose("audio")
    end_s = run(clock, 4.0, both)
    assert clock.leader == "audio"
    clock.choose("free")
    end_s = run(clock, 1.0, both, end_s)
    assert clock.leader == "free"
    clock.choose(None)
    run(clock, 2.0, both, end_s)
    assert clock.leader == "link"


@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize("leader", ["link", "audio", "hand", "free"])
def test_the_tempo_is_halved_and_doubled_whoever_leads(leader: str, factor: float) -> None:
    clock = BeatClock(120)
    lead = {"link": linked(clock, 120), "audio": hearing(clock, 120)}.get(leader, lambda now_s: None)
    if leader == "hand":
        clock.set_tempo(120, 0.0)
    end_s = run(clock, 5.0, lead)
    clock.scale(factor, end_s)
    end_s = run(clock, 6.0, lead, end_s)
    assert clock.leader == leader and clock.tempo_bpm == pytest.approx(120 * factor, rel=1e-3)
    if leader in ("link", "audio"):
        assert off(clock.beat, end_s * 2 * factor) < 1e-2
    clock.scale(1 / factor, end_s)
    end_s = run(clock, 6.0, lead, end_s)
    assert clock.tempo_bpm == pytest.approx(120, rel=1e-3)


def test_halving_an_ear_keeps_the_beginning_of_the_bar() -> None:
    clock = BeatClock(120)
    taps = every(0.5, lambda k, t: clock.tap(k * 0.5) if k < 8 else None)
    end_s = run(clock, 16.1, together(hearing(clock, 120), taps))
    assert clock.leader == "audio" and clock.bar == pytest.approx((16.1 * 2 / 4) % 1, abs=0.02)
    clock.scale(0.5, end_s)
    end_s = run(clock, 5.9, hearing(clock, 120), end_s)
    assert off(clock.bar, (end_s / 4 - 0) % 1) < 0.02 or off(clock.bar, (end_s / 4 - 16.0 / 4) % 1) < 0.02


def test_a_tempo_outside_what_is_one_is_not_doubled() -> None:
    clock = BeatClock(200)
    run(clock, 1.0)
    clock.scale(2.0, 1.0)
    run(clock, 2.0, begin_s=1.0)
    assert clock.tempo_bpm == pytest.approx(200)


@pytest.mark.parametrize("meter", [3, 4, 6, 7])
def test_bars_are_as_the_ear_hears_them(meter: int) -> None:
    clock = BeatClock(120)

    def hear(_k: int, time_s: float) -> None:
        begun = (time_s * 2 - 1.0) // meter * meter + 1.0  # bars begin on beats 1, 1 + meter …
        features = heard(time_s, time_s * 2)
        clock.hear(replace(features, meter=meter, downbeat=max(begun, 1.0), bar_confidence=0.8))

    end_s = run(clock, 20.0, every(HOP_S, hear))
    assert clock.meter == meter
    assert off(clock.bar * meter, end_s * 2 - 1.0) < 0.05
    assert off(clock.bar, (end_s * 2 - 1.0) / meter) < 0.02


def test_a_doubtful_or_passing_downbeat_moves_no_bar() -> None:
    clock = BeatClock(120)
    run(clock, 5.0, hearing(clock, 120, meter=3, downbeat=1.0, bar_confidence=0.3))
    assert clock.meter == 4
    end_s = run(clock, 1.0, hearing(clock, 120, meter=3, downbeat=1.0, bar_confidence=0.9), 5.0)
    run(clock, 2.0, hearing(clock, 120), end_s)
    assert clock.meter == 4


def test_a_meter_that_was_told_goes_before_and_is_given_back() -> None:
    clock = BeatClock(120)
    end_s = run(clock, 3.1)
    first = math.floor(clock.beat / 4)
    clock.set_meter(7)
    assert clock.meter == 7 and clock.beat % 7 == pytest.approx(6.2 - 4 * first, abs=1e-6)
    run(clock, 2.0, linked(clock, 120), end_s)
    assert clock.meter == 7
    clock.release()
    assert clock.meter == 4


def test_the_count_runs_ahead_by_the_displays_latency_whoever_leads() -> None:
    for ahead_s in (0.0, 0.05):
        clock = BeatClock(120, ahead_s)
        end_s = run(clock, 5.0, hearing(clock, 120))
        assert off(clock.beat, (end_s + ahead_s) * 2) < 1e-3 and off(clock.sounding, end_s * 2) < 1e-3
        end_s = run(clock, 3.0, begin_s=end_s)
        assert clock.leader == "free" and off(clock.sounding, end_s * 2) < 0.01
        clock.set_tempo(120, end_s)
        end_s = run(clock, 3.0, begin_s=end_s)
        assert clock.leader == "hand" and off(clock.sounding, end_s * 2) < 0.01
        for k in range(8):
            clock.tap(end_s - 4.0 + k * 0.5)
        end_s = run(clock, 3.0, begin_s=end_s)
        assert off(clock.sounding, end_s * 2) < 0.01


def test_numbers_that_are_no_clock_do_not_lead() -> None:
    clock = BeatClock(120)
    run(clock, 2.0, every(0.1, lambda k, t: clock.follow("midi", Reference(t, 1e9, 0.0), 1.0, t)))
    assert clock.leader == "free" and clock.confidence == 0.0
