from __future__ import annotations

import pytest

from artwalks_live.core.events import Event
from artwalks_live.core.lfo import Instant
from artwalks_live.core.quantise import GRIDS, MOST_ARMED, Arming, beats_of

NEXT = Event("/walk/next")
DT = 1.0 / 240


def done_at(grid: str, bpm: float, beat: float, meter: int = 4) -> tuple[float, float]:
    """After how many seconds, and on which beat, a command is done that is given at a beat."""
    arming = Arming()
    arming.grid = grid
    assert arming.arm(NEXT, Instant(0.0, beat, meter))
    for tick in range(1, 2400):
        now = Instant(tick * DT, beat + tick * DT * bpm / 60.0, meter)
        if arming.due(now, bpm) == (NEXT,):
            assert arming.due(now, bpm) == () and arming.told == ""
            return now.time_s, now.beat
    raise AssertionError("never done")


@pytest.mark.parametrize(
    ("grid", "bpm", "beat", "meter", "on"),
    [
        ("beat", 120, 0.25, 4, 1),
        ("bar", 120, 0.25, 4, 4),
        ("bar", 120, 3.99, 4, 4),
        ("bar", 120, 0.25, 3, 3),
        ("2 bars", 120, 1.0, 4, 8),
        ("4 bars", 128, 0.25, 4, 16),
        ("4 bars", 240, 17.0, 4, 32),
    ],
)
def test_a_command_waits_for_the_line_of_its_grid(grid: str, bpm: float, beat: float, meter: int, on: int) -> None:
    seconds, at = done_at(grid, bpm, beat, meter)
    assert at == pytest.approx(on, abs=bpm / 60 * DT) and seconds == pytest.approx((on - beat) * 60 / bpm, abs=2 * DT)


def test_after_four_seconds_any_beat_will_do_and_after_eight_none_is_needed() -> None:
    seconds, beat = done_at("bar", 50.0, 0.25)  # the next bar begins in 4.5 s
    assert beat == pytest.approx(4.0, abs=0.01) and seconds == pytest.approx(4.5, abs=0.01)
    seconds, beat = done_at("bar", 40.0, 0.0)  # a bar lasts 6 s
    assert beat == pytest.approx(3.0, abs=0.01) and seconds == pytest.approx(4.5, abs=0.01)
    seconds, beat = done_at("4 bars", 60.0, 0.5)  # its line comes in 15.5 s
    assert beat == pytest.approx(5.0, abs=0.01) and seconds == pytest.approx(4.5, abs=0.01)
    assert done_at("beat", 5.0, 0.0)[0] == pytest.approx(8.0, abs=0.01)


def test_only_what_changes_the_walk_waits_and_only_when_asked() -> None:
    arming, now = Arming(), Instant(0.0)
    assert not arming.arm(NEXT, now)
    arming.grid = "bar"
    for address in ("/walk/hold", "/show/black", "/show/panic", "/clock/tap", "/flow/strength", "/walk/position"):
        assert not arming.arm(Event(address, (1.0,)), now)


def test_presses_add_up_and_of_places_the_last_one_counts() -> None:
    arming, now = Arming(), Instant(0.0)
    arming.grid = "2 bars"
    asked = [NEXT, Event("/show/preset", ("vj",)), Event("/walk/goto", (1,)), NEXT, Event("/walk/goto", (3,))]
    assert all(arming.arm(event, now) for event in asked)
    assert arming.told == "next, preset vj, next, goto 3 at the next two bars"
    assert arming.take() == (asked[0], asked[1], asked[3], asked[4]) and arming.take() == ()
    assert all(arming.arm(NEXT, now) for _ in range(100))
    assert len(arming.take()) == MOST_ARMED


def test_without_a_grid_what_waits_is_done_at_once() -> None:
    arming = Arming()
    arming.grid = "bar"
    arming.arm(NEXT, Instant(0.0))
    arming.grid = "off"
    assert arming.due(Instant(DT, 0.1), 120.0) == (NEXT,)


def test_a_re_numbered_beat_is_no_line() -> None:
    arming = Arming()
    arming.grid = "bar"
    arming.arm(NEXT, Instant(0.0, 1.5))
    assert arming.due(Instant(DT, 4.51), 120.0) == ()
    assert arming.due(Instant(2 * DT, 8.0), 120.0) == (NEXT,)


def test_a_grid_counts_beats() -> None:
    assert [beats_of(grid, 3) for grid in GRIDS[1:]] == [1, 3, 6, 12]
