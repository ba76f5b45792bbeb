"""MIDI clock in: a port by name, kept open through thick and thin, made into `/clock/midi` events."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError, choices
from artwalks_live.core.events import Event
from artwalks_live.core.midi_clock import MidiClock

LOOK_S = 1.0
LOST = "MIDI lost"
SEQUENCER = Path("/dev/snd/seq")
NO_MIDI = "--midi: this system has no MIDI (on Linux: modprobe snd-seq)"
Take = Callable[[bytes], None]
"""Called with each message as it comes, in the driver's thread."""


class MidiPort(Protocol):
    """An open input."""

    def close(self) -> None:
        """Let go of it."""


class MidiPorts(Protocol):
    """The inputs of this machine: a driver's, or a test's own."""

    def names(self) -> list[str]:
        """The inputs that are there now."""

    def open(self, name: str, take: Take) -> MidiPort:
        """Open one of them. Raises ControlError when it cannot be opened."""


class RtMidiPorts:
    """The inputs as RtMidi sees them. Raises ControlError where the extra or the system's MIDI is missing."""

    def __init__(self) -> None:
        try:
            import rtmidi
        except ImportError:
            raise ControlError("--midi needs the extra: pip install 'artwalks-live[midi]'") from None
        self._rtmidi: Any = rtmidi

    def _input(self) -> Any:
        if sys.platform == "linux" and not SEQUENCER.exists():  # ALSA would complain on stderr, line after line
            raise ControlError(NO_MIDI)
        try:
            return self._rtmidi.MidiIn(name="artwalks")
        except (SystemError, self._rtmidi.RtMidiError):
            raise ControlError(NO_MIDI) from None

    def names(self) -> list[str]:
        """The inputs that are there now."""
        looking = self._input()
        names = [str(name) for name in looking.get_ports()]
        looking.delete()
        return names

    def open(self, name: str, take: Take) -> MidiPort:
        """Open one of them."""
        port = self._input()
        ports = [str(each) for each in port.get_ports()]
        if name not in ports:
            port.delete()
            raise ControlError(f"--midi: input {choices(name, ports)}")
        port.ignore_types(sysex=True, timing=False, active_sense=True)
        port.set_callback(lambda message, _data: take(bytes(message[0])))
        try:
            port.open_port(ports.index(name), "clock")
        except (SystemError, self._rtmidi.RtMidiError) as error:
            port.delete()
            raise ControlError(f"--midi: {name!r} cannot be opened ({error})") from None
        return _RtMidiPort(port)


class _RtMidiPort:
    def __init__(self, port: Any) -> None:
        self._port = port

    def close(self) -> None:
        self._port.cancel_callback()
        self._port.close_port()
        self._port.delete()


def find(name: str, names: list[str]) -> str:
    """The input whose name is, or else contains, `name`; upper and lower case are alike. Raises ControlError."""
    if not names:
        raise ControlError("--midi: no MIDI input is connected")
    wanted = name.casefold()
    for fits in (wanted.__eq__, lambda text: wanted in text):
        for each in names:
            if fits(each.casefold()):
                return each
    raise ControlError(f"--midi: input {choices(name, names)}")


class MidiInput:
    """Follow the clock of a MIDI input, opened again by name whenever it was unplugged.

    name     part of the input's name
    ports    the machine's inputs
    clock    the show's machine clock, on which messages are stamped as they come

    Raises ControlError when there is no such input, or it cannot be opened now.
    """

    def __init__(self, name: str, ports: MidiPorts, clock: Clock, look_s: float = LOOK_S) -> None:
        self._name, self._ports, self._clock, self._look_s = name, ports, clock, look_s
        self._lock = threading.Lock()
        self._midi = MidiClock()
        self._opened = find(name, ports.names())
        self._port: MidiPort | None = ports.open(self._opened, self._take)
        self._stop = threading.Event()
        self._watchman = threading.Thread(target=self._watch, name="midi", daemon=True)
        self._watchman.start()

    @property
    def state(self) -> str:
        """'ok' or 'MIDI lost'."""
        return "ok" if self._port is not None else LOST

    def poll(self) -> Event | None:
        """`/clock/midi beat bpm playing confidence`, stamped on the clock; None: nothing new. Render thread."""
        with self._lock:
            return self._midi.event(self._clock.now())

    def close(self) -> None:
        """Let go of the input."""
        self._stop.set()
        self._watchman.join()
        self._let_go()

    def _take(self, message: bytes) -> None:
        """A message came. The driver's thread."""
        now_s = self._clock.now()
        with self._lock:
            self._midi.take(message, now_s)

    def _watch(self) -> None:
        """Notice when the input goes, and look for it until it is back. A thread of its own."""
        while not self._stop.wait(self._look_s):
            with contextlib.suppress(ControlError):
                names = self._ports.names()
                if self._port is not None and self._opened not in names:
                    self._let_go()
                if self._port is None:
                    self._opened = find(self._name, names)
                    self._port = self._ports.open(self._opened, self._take)

    def _let_go(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()
