"""The driver itself: real ports of a JACK server, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.io.rtmidi_ports import NO_MIDI, SEQUENCER, RtMidiPorts
from tests.io.jack import jack_server

_BOTH_WAYS = """
import json, time, rtmidi
from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_ports import is_own
from artwalks_live.io.rtmidi_ports import RtMidiPorts

def until(done):
    end = time.monotonic() + 20
    while not done() and time.monotonic() < end:
        time.sleep(0.01)

knobs, lamps = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="knobs"), rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="lamps")
knobs.open_virtual_port("out")
lamps.open_virtual_port("in")
heard, seen = [], []
lamps.set_callback(lambda message, _data: seen.append(list(message[0])))
ports = RtMidiPorts()
said = {"inputs": ports.inputs(), "outputs": ports.outputs()}
into, out = ports.open_input("knobs:out", lambda message: heard.append(list(message))), ports.open_output("lamps:in")
said["own"] = [port for port in ports.inputs() if is_own(port)]
for message in ([0xB0, 7, 64], [0xF8], [0x90, 36, 100]):
    knobs.send_message(message)
out.send(bytes((0xB0, 7, 1)))
until(lambda: len(heard) == 3 and seen)
said |= {"heard": heard, "seen": seen}
try:
    ports.open_input("piano", heard.append)
except ControlError as error:
    said["refused"] = str(error)
into.close()
out.close()
out.send(bytes((0xB0, 7, 2)))  # it is gone: nothing happens
ports.close()
knobs.delete()
lamps.delete()
print(json.dumps(said))
"""


def test_messages_go_both_ways() -> None:
    with jack_server() as environment:
        words = [sys.executable, "-c", _BOTH_WAYS]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["inputs"] == ["knobs:out"] and said["outputs"] == ["lamps:in"] and len(said["own"]) == 1
    assert said["heard"] == [[0xB0, 7, 64], [0xF8], [0x90, 36, 100]] and said["seen"] == [[0xB0, 7, 1]]
    assert said["refused"].startswith("--midi: input 'piano' is unknown: use one of ")


def test_the_driver_lists_ports_or_says_in_a_line_that_there_is_no_midi(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rtmidi")
    ports = RtMidiPorts()
    if SEQUENCER.exists():
        assert isinstance(ports.inputs(), list) and isinstance(ports.outputs(), list)
    elif sys.platform == "linux":
        with pytest.raises(ControlError) as refused:
            ports.inputs()
        assert str(refused.value) == NO_MIDI == "--midi: this system has no MIDI (on Linux: modprobe snd-seq)"
    capfd.readouterr()  # ALSA writes its own complaint
