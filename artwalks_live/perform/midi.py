"""MIDI at play: devices, what they were taught, and the learn page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from artwalks_live.core.clock import Clock
from artwalks_live.core.events import INPUT, Event
from artwalks_live.core.frame import FrameState
from artwalks_live.core.midi_learn import LearnView
from artwalks_live.core.midi_map import spoken, targets
from artwalks_live.core.midi_surface import Standing
from artwalks_live.core.params import ParamTable
from artwalks_live.core.show import Show
from artwalks_live.io.midi import MidiDevices
from artwalks_live.io.rtmidi_ports import RtMidiPorts
from artwalks_live.paths import midi_folder
from artwalks_live.perform.learning import Learning
from artwalks_live.perform.mappings import Mappings

WAITS_S = 3.0
"""How long a control that waits to pass its value is spoken of after it was moved."""


@dataclass(frozen=True, slots=True)
class Now:
    """What a show tells those who move it, beside its bases.

    segments    of the walk
    """

    state: FrameState
    segments: int
    recording: bool = False


class MidiDesk:
    """Plays the show by MIDI devices and tells them what they must show. Render thread.

    opened     as by `open_midi`; None: MIDI is off, and only the learn page says so
    presets    names, in the order of their numbers

    """

    def __init__(self, opened: tuple[MidiDevices, Mappings] | None, params: ParamTable, presets: Sequence[str]) -> None:
        self._devices: MidiDevices | None = opened[0] if opened is not None else None
        self._mappings: Mappings | None = opened[1] if opened is not None else None
        self._presets = tuple(presets)
        self._addresses = {name: param.address for name, param in params.items()}
        self._spans = {param.address: (param.low, param.high) for param in params.values() if param.type != "bool"}
        self._now: Now | None = None
        self.learning = Learning(targets(params, self._presets), self._mappings)

    @property
    def faults(self) -> list[str]:
        """What is wrong, each by its name."""
        kept = [self._mappings.fault] if self._mappings is not None and self._mappings.fault else []
        return [*(self._devices.faults if self._devices is not None else ()), *kept]

    def waiting(self, now_s: float) -> str:
        """The control that somebody turns in vain and which way it takes over; "" for none."""
        devices = self._devices.devices if self._devices is not None else ()
        for device in devices if self._mappings is not None else ():
            assert self._mappings is not None
            waits = self._mappings.surface(device).waiting
            if waits is not None and now_s - waits.time_s < WAITS_S:
                target = waits.binding.target[1:].replace("/", ".")
                return f"{spoken(waits.binding.control)}: turn it {'up' if waits.up else 'down'} to take {target}"
        return ""

    def poll(self, show: Show, now_s: float) -> list[Event]:
        """What devices do to the show since the last call, their clock too; stamped on the machine's clock, now_s."""
        self.learning.frame(now_s)
        devices, mappings = self._devices, self._mappings
        if devices is None or mappings is None:
            return []
        clock = devices.clock_event()
        events = [clock] if clock is not None else []
        for device in devices.arrived():
            mappings.surface(device).arrive()
        moves = devices.poll()
        if not moves:
            return events
        standing, listened = self._standing(show), show.listened()
        for device, moved in moves:
            name = f"midi/{moved.control.name}"
            done = [Event(f"{INPUT}{name}", (round(moved.value, 5),))] if name in listened else []
            if self.learning.armed:
                self.learning.hear(device, moved, now_s)
            else:
                done += mappings.surface(device).take(moved, standing)
            events += [replace(event, time_s=moved.time_s) for event in done]
        return events

    def show_is(self, show: Show, now: Now, now_s: float) -> None:
        """Tell motors and lights what there is. Once a frame."""
        self._now = now
        devices, mappings = self._devices, self._mappings
        if devices is None or mappings is None:
            return
        standing = None
        for device in devices.devices:
            surface = mappings.surface(device)
            if surface.bindings and devices.ready(device):
                standing = standing or self._standing(show)
                devices.send(device, surface.tell(standing, now_s))

    def view(self) -> LearnView | None:
        """The learn page; None while it is closed."""
        return self.learning.view(self._devices.devices if self._devices is not None else ())

    def _standing(self, show: Show) -> Standing:
        values = {self._addresses[name]: value for name, value in show.bases().items() if name in self._addresses}
        values |= {f"/route/{n}/amount": amount for n, amount in enumerate(show.edits().amounts, 1)}
        if self._now is None:
            return Standing(values, self._spans, 0, self._presets)
        state = self._now.state
        values["/walk/position"] = state.position
        values["/walk/hold"] = float(state.held)
        values["/show/black"] = float(state.black > 0.5)
        values["/show/record"] = float(self._now.recording)
        spans = {**self._spans, "/walk/position": (0.0, float(self._now.segments))}
        preset = self._presets.index(state.preset) + 1 if state.preset in self._presets else 0
        return Standing(values, spans, preset, self._presets)


def open_midi(
    stack: ExitStack, clock: Clock, params: ParamTable, names: str, tell: Callable[[str], None]
) -> tuple[MidiDevices, Mappings]:
    """Open the devices and what they were taught, closed by the stack. Raises ControlError.

    names   parts of the devices' names with commas between; "": all of them
    """
    mappings = Mappings(midi_folder(), params, tell)
    stack.callback(mappings.close)
    devices = MidiDevices([name.strip() for name in names.split(",") if name.strip()], RtMidiPorts(), clock)
    stack.callback(devices.close)
    return devices, mappings
