"""Names of MIDI controls, and the bytes that set them."""

from __future__ import annotations

import re

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_inbox import Inbox
from artwalks_live.core.midi_message import Control, control, levels, messages, steps


@pytest.mark.parametrize("name", ["cc/1/74", "note/10/36", "bend/16", "pressure/1", "program/3", "nrpn/2/16383"])
def test_a_name_is_read_as_it_is_written(name: str) -> None:
    assert control(name, "x.toml:3").name == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("knob/1/7", "x.toml:3: control 'knob/1/7': write one like cc/1/74, note/10/36, bend/1 or nrpn/1/300"),
        (7, "x.toml:3: control 7: write one like"),
        ("cc/1", "x.toml:3: control 'cc/1': write it as cc/CHANNEL/NUMBER"),
        ("bend/1/0", "x.toml:3: control 'bend/1/0': write it as bend/CHANNEL"),
        ("cc/1/²", "x.toml:3: control 'cc/1/²': write it as cc/CHANNEL/NUMBER"),
        ("cc/0/7", "x.toml:3: control 'cc/0/7': its channel must be 1 to 16, its number 0 to 127"),
        ("note/1/128", "its channel must be 1 to 16, its number 0 to 127"),
        ("bend/17", "x.toml:3: control 'bend/17': its channel must be 1 to 16"),
    ],
)
def test_what_is_no_name_is_refused(name: object, says: str) -> None:
    with pytest.raises(ControlError, match=re.escape(says)):
        control(name, "x.toml:3")


@pytest.mark.parametrize(
    ("name", "fine"),
    [("cc/3/7", False), ("cc/3/7", True), ("bend/16", True), ("nrpn/2/300", True), ("note/1/60", False)],
)
def test_what_sets_a_control_is_what_it_sends(name: str, fine: bool) -> None:
    inbox, wanted = Inbox(), control(name, "")
    most = levels(wanted, fine)
    for level in (0, 1, 63, most // 2 + 1, most):
        for k in range(4):  # a pair is believed the fourth time
            for message in messages(wanted, level, fine):
                inbox.take(message, 1.0 + k)
        found = [moved for moved in inbox.drain() if moved.control == wanted]
        assert found and round(found[-1].value * most) == level


def test_kinds_that_only_speak_are_told_nothing() -> None:
    assert messages(Control("program", 1), 3, False) == messages(Control("pressure", 1), 3, False) == []


def test_steps_of_endless_encoders() -> None:
    assert [steps(raw)[0] for raw in (1, 5, 127, 125, 65, 67)] == [1, 5, -1, -3, -1, -3]
    assert [steps(raw)[1] for raw in (65, 63, 60)] == [1, -1, -4]
