"""A MIDI input that is unplugged and plugged in again, over ports that the test makes itself."""

from __future__ import annotations

import sys

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.io.midi import MidiInput, RtMidiPorts, Take, find
from tests.io.screen import until

TICK, STOP = b"\xf8", b"\xfc"


class StillClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def now(self) -> float:
        return self.now_s


class MadePort:
    """An open input of MadePorts."""

    def __init__(self, ports: MadePorts, take: Take) -> None:
        self.take, self._ports = take, ports

    def close(self) -> None:
        self._ports.opened.remove(self)


class MadePorts:
    """Inputs in memory: `plugged` are there, `opened` are listened to."""

    def __init__(self, *plugged: str) -> None:
        self.plugged = list(plugged)
        self.opened: list[MadePort] = []
        self.refusing = False

    def names(self) -> list[str]:
        return list(self.plugged)

    def open(self, name: str, take: Take) -> MadePort:
        if self.refusing:
            raise ControlError(f"--midi: {name!r} cannot be opened")
        self.opened.append(MadePort(self, take))
        return self.opened[-1]


def test_a_clock_becomes_events_stamped_as_the_ticks_come() -> None:
    clock, ports = StillClock(), MadePorts("Through", "USB MIDI 24:0")
    midi = MidiInput("usb", ports, clock)
    for k in range(96):
        clock.now_s = 10.0 + k * 2.5 / 140
        ports.opened[0].take(TICK)
    event = midi.poll()
    assert event is not None and event.address == "/clock/midi" and midi.state == "ok"
    beat, bpm, playing, confidence = map(float, event.args)
    assert bpm == pytest.approx(140.0) and playing == 1.0 and confidence > 0.99
    assert beat == pytest.approx((event.time_s - 10.0) * 140 / 60)
    ports.opened[0].take(STOP)
    stopped = midi.poll()
    assert stopped is not None and stopped.args[2] == 0.0
    midi.close()
    assert not ports.opened


def test_an_input_that_goes_is_looked_for_by_name_until_it_is_back() -> None:
    ports = MadePorts("USB MIDI 24:0")
    midi = MidiInput("usb midi", ports, StillClock(), look_s=0.005)
    ports.plugged = []
    assert until(lambda: midi.state == "MIDI lost") and not ports.opened
    ports.refusing, ports.plugged = True, ["USB MIDI 28:0"]  # there again, under another number, not ready yet
    ports.refusing = False
    assert until(lambda: midi.state == "ok") and len(ports.opened) == 1
    midi.close()
    assert not ports.opened


def test_names_that_fit_no_input_are_refused() -> None:
    assert find("usb", ["Through", "My USB"]) == "My USB"
    with pytest.raises(ControlError, match=r"--midi: input 'nano' is unknown: use one of Through"):
        find("nano", ["Through"])
    with pytest.raises(ControlError, match="--midi: no MIDI input is connected"):
        MidiInput("usb", MadePorts(), StillClock())


def test_the_driver_lists_inputs_or_says_in_a_line_that_there_is_no_midi(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rtmidi")
    ports = RtMidiPorts()
    try:
        assert isinstance(ports.names(), list)
    except ControlError as error:
        assert str(error) == "--midi: this system has no MIDI (on Linux: modprobe snd-seq)"
    capfd.readouterr()  # ALSA writes its own complaint
    assert "rtmidi" in sys.modules
