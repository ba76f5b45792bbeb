"""Which device a port belongs to, however the system numbers it."""

from __future__ import annotations

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_ports import device_of, numbered, partner, refuse_unknown, wanted

NANO = "nanoKONTROL2:nanoKONTROL2 MIDI 1"


def test_a_device_keeps_its_name_under_another_number() -> None:
    assert device_of(f"{NANO} 20:0") == device_of(f"{NANO} 28:0") == "nanoKONTROL2 MIDI 1"
    assert device_of("X-Touch One") == "X-Touch One"
    assert device_of("Virtual:out 129:0") == "Virtual:out"


def test_two_alike_are_told_apart_and_keep_their_places() -> None:
    first, second, third = (f"{NANO} {n}:0" for n in (20, 24, 28))
    held = numbered([first, second], {})
    assert list(held.values()) == ["nanoKONTROL2 MIDI 1", "nanoKONTROL2 MIDI 1 #2"]
    again = numbered([second, third], {second: held[second]})  # the first one came back as the third
    assert again == {second: "nanoKONTROL2 MIDI 1 #2", third: "nanoKONTROL2 MIDI 1"}


def test_without_names_all_are_wanted_but_loops() -> None:
    ports = ["Midi Through:Midi Through Port-0 14:0", "artwalks:out 129:0", f"{NANO} 20:0"]
    assert wanted([], ports) == ports[2:]
    assert wanted(["through", "NANO"], ports) == [ports[0], ports[2]]


def test_names_that_fit_no_input_are_refused() -> None:
    refuse_unknown(["usb"], ["Through", "My USB"])
    with pytest.raises(ControlError, match=r"--midi: input 'nano' is unknown: use one of Through"):
        refuse_unknown(["nano"], ["Through"])
    with pytest.raises(ControlError, match="--midi: no MIDI input is connected"):
        refuse_unknown(["usb"], [])


def test_an_output_is_found_by_its_name_or_its_place() -> None:
    inputs = [f"{NANO} 20:0", f"{NANO} 24:0", "Keys 28:0"]
    assert partner(inputs[1], inputs, inputs[:2]) == inputs[1]
    outputs = [f"{NANO} 20:1", f"{NANO} 24:1"]
    assert partner(inputs[1], inputs, outputs) == outputs[1]
    assert partner("Keys 28:0", inputs, outputs) is None
    assert partner(inputs[0], inputs, [f"{NANO} 20:1"]) is None  # whose it is cannot be known
