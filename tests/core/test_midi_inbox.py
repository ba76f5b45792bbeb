"""A flood of MIDI becomes one value for each control; presses are kept; 14 bits are put together."""

from __future__ import annotations

import random

import pytest

from artwalks_live.core.midi_inbox import MOST_PRESSES, Inbox
from artwalks_live.core.midi_message import Control, Moved

FADER = Control("cc", 1, 7)


def told(inbox: Inbox, *messages: tuple[int, ...], time_s: float = 0.0) -> list[Moved]:
    for message in messages:
        inbox.take(bytes(message), time_s)
    return inbox.drain()


def test_a_flood_is_one_movement_for_each_control() -> None:
    inbox = Inbox()
    for k in range(1000):
        inbox.take(bytes((0xB0, 70 + k % 8, k % 128)), k / 1000)
    found = inbox.drain()
    assert len(found) == 8 and sum(moved.count for moved in found) == 1000
    newest = found[-1]
    assert newest.control == Control("cc", 1, 77) and newest.value == (999 % 128) / 127 and newest.time_s == 0.999
    assert newest.low < 0.1 and newest.high > 0.9
    assert inbox.drain() == []


def test_presses_come_one_by_one_and_in_order() -> None:
    found = told(Inbox(), (0x99, 36, 100), (0x89, 36, 64), (0x99, 36, 127), (0x99, 36, 0), (0xC2, 5))
    assert [round(moved.value * 127) for moved in found] == [100, 0, 127, 0, 5]
    assert found[0].control == Control("note", 10, 36) and found[-1].control == Control("program", 3)


def test_more_presses_than_anybody_plays_are_dropped() -> None:
    inbox = Inbox()
    for _ in range(MOST_PRESSES + 3):
        inbox.take(b"\x90\x24\x7f", 0.0)
    assert len(inbox.drain()) == MOST_PRESSES and inbox.dropped == 3


def test_pitch_bend_has_fourteen_bits_and_a_middle() -> None:
    (middle,) = told(Inbox(), (0xE0, 0, 64))
    assert middle.value == pytest.approx(0.5, abs=1e-4)
    (top,) = told(Inbox(), (0xE0, 127, 127))
    assert top.value == 1.0 and top.control == Control("bend", 1)


def test_a_pair_of_control_changes_becomes_one_of_fourteen_bits() -> None:
    inbox = Inbox()
    for k in range(3):
        told(inbox, (0xB0, 7, 64), (0xB0, 39, k), time_s=k * 0.02)
    found = told(inbox, (0xB0, 7, 65), (0xB0, 39, 3), time_s=0.1)
    assert [moved.control for moved in found] == [FADER] and found[0].fine
    assert round(found[0].value * 16383) == 65 << 7 | 3
    (alone,) = told(inbox, (0xB0, 39, 9), time_s=0.2)  # the coarse half has not changed
    assert round(alone.value * 16383) == 65 << 7 | 9


def test_a_fine_half_that_never_comes_is_not_waited_for_long() -> None:
    inbox = Inbox()
    for k in range(4):
        told(inbox, (0xB0, 7, 64), (0xB0, 39, k), time_s=k * 0.02)
    assert told(inbox, (0xB0, 7, 127), time_s=0.2) == []
    (moved,) = inbox.drain()
    assert moved.control == FADER and moved.value == 1.0


def test_buttons_where_a_fine_half_would_be_stay_buttons() -> None:
    """As on a nanoKONTROL2: faders on 0 to 7, buttons on 32 to 39."""
    inbox = Inbox()
    for k in range(50):
        told(inbox, *((0xB0, 7, value) for value in range(60, 70)), time_s=k * 1.0)
        found = told(inbox, (0xB0, 39, 127), (0xB0, 39, 0), time_s=k * 1.0 + 0.3)
        assert [moved.control for moved in found] == [Control("cc", 1, 39)] and found[0].high == 1.0


def test_an_nrpn_is_a_control_of_its_own() -> None:
    inbox = Inbox()
    for value in (0, 5000, 16383):
        found = told(inbox, (0xB0, 99, 2), (0xB0, 98, 44), (0xB0, 6, value >> 7), (0xB0, 38, value & 127))
        nrpn = [moved for moved in found if moved.control == Control("nrpn", 1, 300)]
        assert len(nrpn) == 1 and round(nrpn[0].value * 16383) == value
    assert [moved.control.kind for moved in found] == ["nrpn"]
    told(inbox, (0xB0, 101, 0), (0xB0, 100, 0))  # an RPN is chosen: data are no longer the NRPN's
    assert [moved.control for moved in told(inbox, (0xB0, 6, 3))] == [Control("cc", 1, 6)]


def test_repeats_are_counted_for_endless_encoders() -> None:
    (moved,) = told(Inbox(), *[(0xB0, 20, 1)] * 5, (0xB0, 20, 127))
    assert moved.repeats == 4 and moved.signed == 4


def test_nothing_that_comes_does_harm() -> None:
    chance, inbox = random.Random(1), Inbox()
    for _ in range(20000):
        inbox.take(bytes(chance.randrange(256) for _ in range(chance.randrange(5))), chance.random())
    for moved in inbox.drain():
        assert 0.0 <= moved.low <= moved.value <= moved.high <= 1.0 and 1 <= moved.control.channel <= 16
