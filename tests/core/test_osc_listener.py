"""What a listener is told, in a time of its own."""

from __future__ import annotations

import struct

import pytest
from pythonosc.osc_message import OscMessage

from artwalks_live.core.osc_listener import QUIET_S, Listener
from artwalks_live.core.osc_write import message

A = "/flow/strength"


def test_it_is_told_the_value_there_is_and_then_each_change_once() -> None:
    listener = Listener()
    listener.listen(A)
    assert listener.due({A: 0.5}, 0.0) == [(A, 0.5)]
    assert listener.due({A: 0.5}, 0.1) == []
    listener.changed([A, "/other"])
    assert listener.due({A: 0.75, "/other": 1.0}, 0.2) == [(A, 0.75)]


def test_it_is_not_told_its_own_value_while_its_fader_moves_nor_after() -> None:
    listener = Listener()
    listener.listen(A)
    listener.due({A: 0.0}, 0.0)
    for step in range(1, 20):
        said = struct.unpack(">f", struct.pack(">f", step / 20))[0]
        listener.said(A, said, step * 0.02)
        listener.changed([A])
        assert listener.due({A: (step - 1) / 20}, step * 0.02) == []
    assert listener.due({A: 0.95}, 19 * 0.02 + QUIET_S) == []


def test_it_is_told_what_the_show_made_of_it() -> None:
    listener = Listener()
    listener.listen(A)
    listener.due({A: 2.0}, 0.0)
    listener.said(A, 99.0, 1.0)  # clamped to 2, where it stood already: nothing changes
    assert listener.due({A: 2.0}, 1.0 + QUIET_S / 2) == []
    assert listener.due({A: 2.0}, 1.0 + QUIET_S) == [(A, 2.0)]


def test_it_is_told_no_more_when_it_ignores() -> None:
    listener = Listener()
    listener.listen(A)
    listener.ignore(A)
    listener.changed([A])
    listener.said(A, 1.0, 0.0)
    assert listener.due({A: 1.0}, 1.0) == []


def test_text_and_what_has_no_value_yet() -> None:
    listener = Listener()
    listener.listen("/walk/painting")
    listener.listen("/clock/tempo")
    assert listener.due({"/walk/painting": "Dawn"}, 0.0) == [("/walk/painting", "Dawn")]
    listener.changed(["/walk/painting", "/clock/tempo"])
    assert listener.due({"/walk/painting": "Dusk", "/clock/tempo": 0.0}, 0.1) == [
        ("/walk/painting", "Dusk"),
        ("/clock/tempo", 0.0),
    ]


def test_messages_are_read_by_another_library() -> None:
    read = OscMessage(message("/a/b", 0.5, 7, "Dämmerung", True, False, 2**40))
    assert (read.address, read.params) == ("/a/b", [0.5, 7, "Dämmerung", True, False, 2**31 - 1])
    assert OscMessage(message("/abc")).params == []
    assert OscMessage(message("/abc", 1e300)).params == [pytest.approx(3.4e38)]
    assert len(message("/abc", "x" * 7)) % 4 == 0
