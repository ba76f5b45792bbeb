"""The machine's MIDI ports as RtMidi sees them."""

from __future__ import annotations

import itertools
import os
import re
import sys
import threading
from pathlib import Path
from typing import Any

from artwalks_live.core.errors import ControlError, choices
from artwalks_live.core.midi_ports import CLIENT, MidiOut, MidiPort, Take, alike

SEQUENCER = Path("/dev/snd/seq")
NO_MIDI = "--midi: this system has no MIDI (on Linux: modprobe snd-seq)"
_WINDOWS_NUMBER = re.compile(r" \d+$")  # RtMidi numbers ports there, and the number changes with each plugging


class RtMidiPorts:
    """See MidiPorts. Raises ControlError where the extra or the system's MIDI is missing.

    On Linux ports are ALSA's; where it has none and JACK_DEFAULT_SERVER is set, JACK's. On Windows the number that
    RtMidi puts at the end is left out. Ports of the same name are told apart as `X`, `X #2` …
    """

    def __init__(self) -> None:
        try:
            import rtmidi
        except ImportError:
            raise ControlError("--midi needs the extra: pip install 'artwalks-live[midi]'") from None
        self._rtmidi: Any = rtmidi
        self._api = rtmidi.API_UNSPECIFIED
        if sys.platform == "linux" and not SEQUENCER.exists() and os.environ.get("JACK_DEFAULT_SERVER"):
            self._api = rtmidi.API_UNIX_JACK
        self._looking: dict[str, Any] = {}

    def _made(self, kind: str) -> Any:
        """A new MidiIn or MidiOut."""
        alsa = sys.platform == "linux" and self._api == self._rtmidi.API_UNSPECIFIED
        if alsa and not SEQUENCER.exists():  # ALSA would complain on stderr, line after line
            raise ControlError(NO_MIDI)
        try:
            return getattr(self._rtmidi, kind)(self._api, name=CLIENT)
        except (SystemError, self._rtmidi.RtMidiError):
            raise ControlError(NO_MIDI) from None

    def inputs(self) -> list[str]:
        """The inputs that are there now."""
        return self._names("MidiIn")

    def outputs(self) -> list[str]:
        """The outputs that are there now."""
        return self._names("MidiOut")

    def _names(self, kind: str) -> list[str]:
        """The ports that are there; who looks is made once, since that takes a hundred times longer than looking."""
        if kind not in self._looking:
            self._looking[kind] = self._made(kind)
        try:
            return _ports(self._looking[kind])
        except (SystemError, UnicodeError, self._rtmidi.RtMidiError) as error:
            self._looking.pop(kind).delete()  # the system's MIDI went: perhaps it comes back
            raise ControlError(f"--midi: ports cannot be listed ({error})") from None

    def close(self) -> None:
        """Look no more."""
        while self._looking:
            self._looking.popitem()[1].delete()

    def open_input(self, name: str, take: Take) -> MidiPort:
        """Open an input. Raises ControlError when it cannot be opened."""
        port = self._made("MidiIn")
        port.ignore_types(sysex=True, timing=False, active_sense=True)
        port.set_callback(lambda message, _data: take(bytes(message[0])))
        self._open(port, name, "in")
        return _Input(port)

    def open_output(self, name: str) -> MidiOut:
        """Open an output. Raises ControlError when it cannot be opened."""
        port = self._made("MidiOut")
        self._open(port, name, "out")
        return _Output(port, self._rtmidi.RtMidiError)

    def _open(self, port: Any, name: str, own: str) -> None:
        names = _ports(port)
        if name not in names:
            port.delete()
            raise ControlError(f"--midi: {'input' if own == 'in' else 'output'} {choices(name, names)}")
        try:
            port.open_port(names.index(name), own)
        except (SystemError, self._rtmidi.RtMidiError) as error:
            port.delete()
            raise ControlError(f"--midi: {name!r} cannot be opened ({error})") from None


def _ports(port: Any) -> list[str]:
    names: list[str] = []
    for each in port.get_ports():
        name = _WINDOWS_NUMBER.sub("", str(each)) if sys.platform == "win32" else str(each)
        number = next(n for n in itertools.count(1) if alike(name, n) not in names)
        names.append(alike(name, number))
    return names


class _Input:
    def __init__(self, port: Any) -> None:
        self._port = port

    def close(self) -> None:
        self._port.cancel_callback()
        self._port.close_port()
        self._port.delete()


class _Output:
    """Sent to by one thread, closed by another."""

    def __init__(self, port: Any, error: type[Exception]) -> None:
        self._port, self._error = port, error
        self._lock = threading.Lock()
        self._closed = False

    def send(self, message: bytes) -> None:
        with self._lock:
            if self._closed:
                return
            try:
                self._port.send_message(message)
            except (self._error, SystemError, ValueError) as error:
                raise ControlError(f"MIDI cannot be sent ({error})") from None

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._port.close_port()
            self._port.delete()
