"""MIDI devices that are unplugged and plugged in again, over ports that the test makes itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_inbox import MOST_PRESSES
from artwalks_live.core.midi_message import Control
from artwalks_live.io.midi import WAITING, MidiDevices
from tests.io.midi_ports import MadePorts, StillClock
from tests.io.screen import until

TICK, STOP = 0xF8, 0xFC
NANO = "nano:nano MIDI 1 20:0"
TWIN = "nano:nano MIDI 1 24:0"
KEYS = "Keys 28:0"


class Rig:
    """A machine's ports, a clock and the devices, looked for every five milliseconds."""

    def __init__(self, *plugged: str, names: tuple[str, ...] = ()) -> None:
        self.ports, self.clock = MadePorts(*plugged), StillClock()
        self.devices = MidiDevices(names, self.ports, self.clock, look_s=0.005)

    def tick(self, name: str, count: int = 96, bpm: float = 140.0) -> None:
        for _ in range(count):
            self.clock.now_s += 2.5 / bpm
            self.ports.play(name, TICK)


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig(NANO, TWIN, KEYS)
    yield made
    made.devices.close()
    assert not made.ports.opened and not made.ports.told


def test_all_devices_are_played_and_told_apart(rig: Rig) -> None:
    assert rig.devices.devices == ("nano MIDI 1", "nano MIDI 1 #2", "Keys")
    rig.clock.now_s = 3.0
    for value in range(100):
        rig.ports.play(TWIN, 0xB0, 7, value)
    rig.ports.play(KEYS, 0x90, 60, 127)
    found = rig.devices.poll()
    assert [(name, moved.control) for name, moved in found] == [
        ("nano MIDI 1 #2", Control("cc", 1, 7)),
        ("Keys", Control("note", 1, 60)),
    ]
    assert found[0][1].count == 100 and found[0][1].time_s == 3.0
    assert rig.devices.poll() == []


def test_a_device_that_goes_is_named_and_comes_back_under_another_number(rig: Rig) -> None:
    assert rig.devices.arrived() == ["nano MIDI 1", "nano MIDI 1 #2", "Keys"]
    rig.ports.plugged = [TWIN, KEYS]
    assert until(lambda: rig.devices.faults == ["MIDI lost: nano MIDI 1"])
    rig.devices.send("nano MIDI 1", [b"\xb0\x07\x00"])  # nobody is there, and nobody minds
    assert not rig.devices.ready("nano MIDI 1") and rig.devices.ready("Keys")
    rig.ports.plugged = [TWIN, KEYS, "nano:nano MIDI 1 32:0"]
    assert until(lambda: rig.devices.arrived() == ["nano MIDI 1"])
    assert rig.devices.faults == [] and rig.devices.ready("nano MIDI 1")
    rig.ports.play("nano:nano MIDI 1 32:0", 0xB0, 7, 9)
    assert [name for name, _ in rig.devices.poll()] == ["nano MIDI 1"]


def test_a_device_that_another_program_has_is_said_and_tried_again() -> None:
    ports = MadePorts(NANO)
    ports.refusing = {NANO}
    devices = MidiDevices((), ports, StillClock(), look_s=0.005)
    assert devices.faults == [f"--midi: '{NANO}' cannot be opened"] and devices.devices == ()
    ports.refusing = set()
    assert until(lambda: devices.devices == ("nano MIDI 1",)) and devices.faults == []
    devices.close()


def test_a_device_that_can_only_be_heard_is_played_and_named() -> None:
    ports = MadePorts(NANO)
    ports.mute = {NANO}
    devices = MidiDevices((), ports, StillClock(), look_s=0.005)
    assert devices.faults == [f"MIDI nano MIDI 1 is heard and cannot be told: '{NANO}' cannot be opened (busy)"]
    ports.play(NANO, 0xB0, 7, 3)
    assert len(devices.poll()) == 1 and not devices.ready("nano MIDI 1")
    devices.close()


def test_presses_that_nobody_can_play_are_dropped_and_named(rig: Rig) -> None:
    for _ in range(MOST_PRESSES + 1):
        rig.ports.play(KEYS, 0x90, 60, 127)
    assert rig.devices.faults == ["MIDI presses dropped: Keys"]


def test_only_named_devices_are_opened_and_a_name_must_be_there() -> None:
    rig = Rig(NANO, KEYS, names=("KEYS",))
    assert rig.devices.devices == ("Keys",)
    rig.devices.close()
    with pytest.raises(ControlError, match=r"--midi: input 'piano' is unknown: use one of Keys 28:0"):
        Rig(NANO, KEYS, names=("piano",))
    with pytest.raises(ControlError, match="--midi: no MIDI input is connected"):
        Rig(names=("piano",))
    refusing = MadePorts(KEYS)
    refusing.refusing = {KEYS}
    with pytest.raises(ControlError, match="--midi: 'Keys 28:0' cannot be opened"):
        MidiDevices(("keys",), refusing, StillClock())


def test_without_devices_the_show_waits_for_one() -> None:
    rig = Rig()
    assert rig.devices.devices == () and rig.devices.faults == []
    rig.ports.plugged = [NANO]
    assert until(lambda: rig.devices.devices == ("nano MIDI 1",))
    rig.devices.close()


def test_a_clock_becomes_events_stamped_as_the_ticks_come(rig: Rig) -> None:
    rig.clock.now_s = 10.0
    rig.tick(KEYS)
    event = rig.devices.clock_event()
    assert event is not None and event.address == "/clock/midi" and rig.devices.poll() == []
    beat, bpm, playing, confidence = map(float, event.args)
    assert bpm == pytest.approx(140.0) and playing == 1.0 and confidence > 0.99
    assert beat == pytest.approx((event.time_s - 10.0 - 2.5 / 140) * 140 / 60)
    rig.ports.play(KEYS, STOP)
    stopped = rig.devices.clock_event()
    assert stopped is not None and stopped.args[2] == 0.0


def test_of_two_clocks_the_first_is_followed_until_it_falls_silent(rig: Rig) -> None:
    def bpm() -> float:
        event = rig.devices.clock_event()
        assert event is not None
        return round(float(event.args[1]))

    rig.tick(KEYS, bpm=120.0)
    assert bpm() == 120
    for _ in range(96):
        rig.clock.now_s += 2.5 / 120
        rig.ports.play(NANO, TICK)
        rig.ports.play(KEYS, TICK)
        rig.ports.play(NANO, TICK)
    assert bpm() == 120
    rig.tick(NANO, count=200, bpm=150.0)
    assert bpm() == 150


def test_what_is_told_goes_out_in_order(rig: Rig) -> None:
    messages = [bytes((0xB0, 7, value)) for value in range(100)]
    rig.devices.send("nano MIDI 1 #2", messages)
    out = next(out for out in rig.ports.told if out.name == TWIN)
    assert until(lambda: out.sent == messages)


def test_a_device_that_takes_nothing_more_holds_nobody_up() -> None:
    rig, gate = Rig(NANO), threading.Event()
    rig.ports.told[0].before = gate.wait
    for _ in range(3 * WAITING):
        rig.devices.send("nano MIDI 1", [b"\xb0\x07\x00"])
    assert not rig.devices.ready("nano MIDI 1")
    gate.set()
    assert until(lambda: rig.devices.ready("nano MIDI 1"))
    rig.devices.close()


def test_a_driver_that_never_comes_back_does_not_keep_the_show_from_ending() -> None:
    rig, gate = Rig(NANO), threading.Event()
    rig.ports.told[0].before = gate.wait
    for _ in range(3 * WAITING):
        rig.devices.send("nano MIDI 1", [b"\xb0\x07\x00"])
    rig.devices.close()
    assert not rig.ports.opened and len(rig.ports.told) == 1
    gate.set()
