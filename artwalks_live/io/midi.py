"""MIDI devices: their controls and clocks in, motors and lights out; kept open through thick and thin."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Sequence

from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event
from artwalks_live.core.midi_clock import MidiClock
from artwalks_live.core.midi_inbox import Inbox
from artwalks_live.core.midi_message import Moved
from artwalks_live.core.midi_ports import MidiOut, MidiPort, MidiPorts, numbered, partner, refuse_unknown, wanted

LOOK_S = 0.25
"""A USB hub that loses its power for a moment has its devices back after half a second, under the same numbers: who
looks less often never sees that they were gone, and goes on listening to nothing."""
LOST = "MIDI lost"
WAITING = 512
"""Messages that wait to be sent; a device that takes none any more must not hold up the show."""
CLOSE_S = 0.5  # how long a show that ends waits for a driver that takes nothing
_SYSTEM = 0xF0  # messages from here on are of no channel: the clock's among them
_Waiting = tuple[MidiOut, bytes] | None


class MidiDevices:
    """All MIDI devices, or those that were named, opened as they are plugged in and again by name after unplugging.

    names    parts of their inputs' names; none: every device
    ports    the machine's ports
    clock    the show's machine clock, on which messages are stamped as they come

    Messages come in the driver's threads, are coalesced there and handed out once a frame; what is sent goes out by a
    thread of its own. Raises ControlError when a named device is not there, or cannot be opened now.
    """

    def __init__(self, names: Sequence[str], ports: MidiPorts, clock: Clock, look_s: float = LOOK_S) -> None:
        self._names, self._ports, self._clock, self._look_s = tuple(names), ports, clock, look_s
        self._lock = threading.Lock()
        self._open: dict[str, _Device] = {}  # by the input's name
        self._arrived: list[str] = []
        self._lost: set[str] = set()
        self._shut: dict[str, str] = {}  # why a device cannot be opened
        self._leading: _Device | None = None
        refuse_unknown(self._names, ports.inputs())
        self._look()
        if self._names and self._shut:
            self._close_all()
            raise ControlError(next(iter(self._shut.values())))
        self._stop = threading.Event()
        self._sending: queue.Queue[_Waiting] = queue.Queue(WAITING)
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for run, name in ((self._watch, "midi"), (self._send_all, "midi out"))
        ]
        for thread in self._threads:
            thread.start()

    # the render thread

    @property
    def devices(self) -> tuple[str, ...]:
        """Those that are there, by name."""
        with self._lock:
            return tuple(device.name for device in self._open.values())

    @property
    def faults(self) -> list[str]:
        """What is wrong, each by its name: `MIDI lost: nanoKONTROL2`."""
        with self._lock:
            there = self._open.values()
            mute = [f"MIDI {device.name} is heard and cannot be told: {device.mute}" for device in there if device.mute]
            flooded = [f"MIDI presses dropped: {device.name}" for device in there if device.inbox.dropped]
            return [*(f"{LOST}: {name}" for name in sorted(self._lost)), *self._shut.values(), *mute, *flooded]

    def arrived(self) -> list[str]:
        """The devices that were opened since the last call."""
        with self._lock:
            arrived, self._arrived = self._arrived, []
        return arrived

    def poll(self) -> list[tuple[str, Moved]]:
        """What moved since the last call, and on which device; stamped on the clock. Never waits for a device."""
        with self._lock:
            return [(device.name, moved) for device in self._open.values() for moved in device.inbox.drain()]

    def clock_event(self) -> Event | None:
        """`/clock/midi beat bpm playing confidence` from the device that sends a clock; None: nothing new.

        Of several clocks the one that ticked first is followed until it falls silent.
        """
        now_s = self._clock.now()
        with self._lock:
            there = list(self._open.values())
            leading = self._leading if self._leading in there else None
            ticking = [device for device in there if device.clock.ticking(now_s)]
            if ticking and (leading is None or not leading.clock.ticking(now_s)):
                leading = ticking[0]
            for device in [leading] if leading is not None else there:
                event = device.clock.event(now_s)
                if event is not None:
                    self._leading = device
                    return event
        return None

    def ready(self, name: str) -> bool:
        """Whether a device can be told something now."""
        return self._out(name) is not None and self._sending.qsize() < WAITING // 2

    def send(self, name: str, messages: Sequence[bytes]) -> None:
        """Tell a device something; dropped when it is not `ready`."""
        out = self._out(name)
        for message in messages if out is not None else ():
            assert out is not None
            with contextlib.suppress(queue.Full):
                self._sending.put_nowait((out, message))

    def close(self) -> None:
        """Let go of all devices, when they have been told what waits."""
        self._stop.set()
        watchman, sender = self._threads
        watchman.join()
        with contextlib.suppress(queue.Full):
            self._sending.put(None, timeout=CLOSE_S)
        sender.join(CLOSE_S)
        self._close_all(stuck=sender.is_alive())

    def _out(self, name: str) -> MidiOut | None:
        with self._lock:
            return next((device.out for device in self._open.values() if device.name == name), None)

    # the driver's threads

    def _take(self, device: _Device, message: bytes) -> None:
        now_s = self._clock.now()
        with self._lock:
            if message and message[0] >= _SYSTEM:
                device.clock.take(message, now_s)
            else:
                device.inbox.take(message, now_s)

    # the sender's thread

    def _send_all(self) -> None:
        while (waiting := self._sending.get()) is not None:
            out, message = waiting
            with contextlib.suppress(ControlError):  # it is being unplugged: the watchman says so
                out.send(message)

    # the watchman's thread

    def _watch(self) -> None:
        """Notice when devices go and come."""
        while not self._stop.wait(self._look_s):
            with contextlib.suppress(ControlError):
                self._look()

    def _look(self) -> None:
        inputs, outputs = self._ports.inputs(), self._ports.outputs()
        there = wanted(self._names, inputs)
        for port in [port for port in self._open if port not in there]:
            with self._lock:
                gone = self._open.pop(port)
                self._lost.add(gone.name)
            gone.close()
        named = numbered(there, {port: device.name for port, device in self._open.items()})
        for port in there:
            if port not in self._open:
                self._try(named[port], port, partner(port, inputs, outputs))
        with self._lock:
            self._shut = {name: why for name, why in self._shut.items() if name in named.values()}

    def _try(self, name: str, port: str, output: str | None) -> None:
        device = _Device(name)
        try:
            device.port = self._ports.open_input(port, lambda message: self._take(device, message))
        except ControlError as error:
            with self._lock:
                self._shut[name] = str(error)
            return
        if output is not None:
            try:
                device.out = self._ports.open_output(output)
            except ControlError as error:  # another program has it: the device is heard all the same
                device.mute = str(error).removeprefix("--midi: ")
        with self._lock:
            self._open[port] = device
            self._arrived.append(name)
            self._lost.discard(name)
            self._shut.pop(name, None)

    def _close_all(self, *, stuck: bool = False) -> None:
        """stuck: a driver does not come back from sending; its outputs end with the process."""
        for device in self._open.values():
            device.close(stuck=stuck)
        self._open.clear()
        self._ports.close()


class _Device:
    """One that is open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inbox, self.clock = Inbox(), MidiClock()
        self.port: MidiPort | None = None
        self.out: MidiOut | None = None
        self.mute = ""  # why it cannot be told anything

    def close(self, *, stuck: bool = False) -> None:
        for each in (self.port, None if stuck else self.out):
            if each is not None:
                each.close()
