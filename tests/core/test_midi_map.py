"""Bindings: read, refused, written, learned."""

from __future__ import annotations

import re

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_map import Binding, binding, learned, plain, spoken, targets, unfit
from artwalks_live.core.midi_message import Control, control
from artwalks_live.core.params import Param, ParamTable

PARAMS = ParamTable([Param("flow.strength", "float", 0, 2, 1), Param("flow.on", "bool", 0, 1, 1)])


def bound(name: str, target: str, **more: object) -> Binding:
    return binding({"control": name, "target": target, **more}, "x")


def test_a_binding_is_written_as_it_is_read() -> None:
    table = {
        "control": "cc/1/7", "target": "/flow/strength", "low": 0.0, "high": 1.0, "bits": 14, "pickup": False,
        "touch": "note/1/104", "feedback": False,
    }  # fmt: skip
    read = binding(table, "x")
    assert plain(read) == table and read.touch == Control("note", 1, 104) and read.fine
    assert plain(bound("note/1/36", "/walk/next")) == {"control": "note/1/36", "target": "/walk/next"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"targte": 1}, "nano.toml:4: key 'targte' is unknown: use one of bits, control"),
        ({"target": "flow.strength"}, "nano.toml:4: target 'flow.strength': write an address like /flow/strength"),
        ({"target": None}, "nano.toml:4: target None: write an address"),
        ({"low": 1}, "nano.toml:4: give low and high together, two numbers that differ"),
        ({"low": 1, "high": 1}, "nano.toml:4: give low and high together"),
        ({"low": "a", "high": 1}, "nano.toml:4: low must be a number, not 'a'"),
        ({"value": True}, "nano.toml:4: value must be a number, not True"),
        ({"bits": 8}, "nano.toml:4: bits must be 7 or 14, not 8"),
        ({"control": "cc/1/40", "bits": 14}, "nano.toml:4: bits = 14 is for cc/CHANNEL/0 to 31, not for cc/1/40"),
        ({"relative": "twos"}, "nano.toml:4: relative 'twos' is unknown: use one of offset, signed"),
        ({"pickup": 1}, "nano.toml:4: pickup must be true or false, not 1"),
        ({"press": "hold"}, "nano.toml:4: press 'hold' is unknown: use one of momentary, toggle"),
        ({"touch": "x"}, "nano.toml:4: control 'x': write one like"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(more: dict[str, object], says: str) -> None:
    with pytest.raises(ControlError, match=re.escape(says)):
        binding({"control": "cc/1/7", "target": "/flow/strength", **more}, "nano.toml:4")


def test_what_can_do_nothing_in_this_show_is_known() -> None:
    assert unfit(bound("cc/1/7", "/flow/strength"), PARAMS) == unfit(bound("cc/1/7", "/walk/position"), PARAMS) == ""
    wrong = unfit(bound("cc/1/7", "/flow/strenght"), PARAMS)
    assert wrong == "target '/flow/strenght' is unknown (nearest: /flow/strength)"
    assert unfit(bound("cc/1/7", "/clock/midi"), PARAMS).startswith("target '/clock/midi' is unknown")
    assert unfit(bound("note/1/7", "/show/preset"), PARAMS) == "/show/preset needs a value"
    assert unfit(bound("program/1", "/show/preset"), PARAMS) == ""
    assert unfit(bound("cc/1/7", "/clock/tempo"), PARAMS) == "/clock/tempo needs a value, or low and high"
    assert unfit(bound("cc/1/7", "/route/3/amount"), PARAMS) == "/route/3/amount needs a value, or low and high"
    assert unfit(bound("cc/1/7", "/route/3/amount", low=0, high=1), PARAMS) == ""
    assert unfit(bound("cc/1/7", "/clock/tempo", low=60, high=180), PARAMS) == ""


def test_a_control_does_one_thing_and_a_target_has_one_control() -> None:
    a, b = bound("cc/1/1", "/flow/strength"), bound("cc/1/2", "/flow/on")
    assert learned((a, b), bound("cc/1/3", "/walk/next"))[2].control == Control("cc", 1, 3)
    moved = bound("cc/1/2", "/flow/strength")  # b's control to a's target
    assert learned((a, b), moved) == (moved,)
    presets = tuple(bound(f"note/1/{n}", "/show/preset", value=name) for n, name in enumerate(("vj", "osc")))
    assert learned((), presets[0]) + learned((), presets[1]) == learned(presets[:1], presets[1])


def test_all_that_can_be_learned_is_listed_and_fits() -> None:
    found = targets(PARAMS, ("vj", "gallery"))
    assert [each.label for each in found[:5]] == [
        "flow.strength", "flow.on", "walk position", "preset 1 vj", "preset 2 gallery",
    ]  # fmt: skip
    for each in found:
        value = each.value if isinstance(each.value, str) else None
        assert unfit(Binding(Control("note", 1, 1), each.address, value), PARAMS) == ""


def test_controls_are_spoken_of() -> None:
    said = [spoken(control(name, "")) for name in ("cc/1/7", "bend/2", "nrpn/1/300", "program/1")]
    assert said == ["CC 7, ch 1", "bend, ch 2", "NRPN 300, ch 1", "program change, ch 1"]
