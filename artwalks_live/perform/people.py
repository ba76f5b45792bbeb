"""What people and their machines ask of a running show, and are told: keys, OSC, OSCQuery, MIDI, Live and Link."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from artwalks_live.core.ableton import LAUNCHED, cue
from artwalks_live.core.clock import Clock
from artwalks_live.core.events import INPUT, Arg, Event
from artwalks_live.core.osc_door import Allowed, endpoint
from artwalks_live.core.routes import DAY
from artwalks_live.core.show import Show
from artwalks_live.io.ableton import AbletonLive
from artwalks_live.io.window import Window
from artwalks_live.perform import learning
from artwalks_live.perform.asking import Asking
from artwalks_live.perform.clocks import in_show_time, open_link, open_osc
from artwalks_live.perform.keys import event_of
from artwalks_live.perform.midi import MidiDesk, Now, open_midi
from artwalks_live.perform.options import Doors
from artwalks_live.perform.pages import Pages
from artwalks_live.perform.stage import Tables

_MOUSE = ("mouse/x", "mouse/y", "mouse/down")
_DAY_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Room:
    """Where keys go: the window and its pages; None without a window."""

    window: Window | None
    pages: Pages | None


def share_of_day(now: datetime) -> float:
    """0 at midnight, 0.5 at noon; steps of a second are all that a route needs."""
    return round((now.hour * 3600 + now.minute * 60 + now.second) / 86400.0, 6)


class People:
    """Opens the doors before the show, hands to the show what comes in through them, and tells them how it stands.
    Render thread.

    tables  parameters and presets
    tell    called with a line for the user

    Raises ControlError for a door that cannot be opened. Closed by the stack.
    """

    def __init__(
        self, stack: ExitStack, clock: Clock, tables: Tables, doors: Doors, tell: Callable[[str], None]
    ) -> None:
        params = tables.params
        self._clock, self._params, self._tell = clock, params, tell
        self._link = open_link(stack, clock, doors.link)
        opened = None if doors.midi is None else open_midi(stack, clock, params, doors.midi, tell)
        self._midi = MidiDesk(opened, params, tuple(tables.presets))
        self._osc, self._osc_out = open_osc(stack, clock, params, doors)
        self._asking = (
            None if self._osc is None else Asking(stack, clock, self._osc.address, Allowed(doors.osc_allow).lets_in)
        )
        self._live = None if doors.ableton is None else AbletonLive(endpoint(doors.ableton), clock)
        if self._live is not None:
            stack.callback(self._live.close)
        self._pointer: tuple[float, ...] = (-1.0, -1.0, 0.0)
        self._day_due_s = -math.inf
        self.ended = False
        self.speed = 1.0  # what walk.speed is now: up and down multiply it

    @property
    def peers(self) -> int | None:
        """How many others are in the Link session; None without Link."""
        return None if self._link is None else self._link.peers

    @property
    def faults(self) -> list[str]:
        """What is wrong with the doors, each by its name."""
        doors = [each.state for each in (self._link, self._live) if each is not None and each.state != "ok"]
        asking = self._asking.faults if self._asking is not None else ()
        return [*self._strangers(), *doors, *asking, *self._midi.faults]

    def _strangers(self) -> list[str]:
        """What came over OSC and was not for this show, or not from its friends."""
        if self._osc is None:
            return []
        counts = self._osc.counts
        unknown = [f"OSC address {counts.last_unknown} is unknown"] if counts.last_unknown else []
        refused = [f"OSC from {counts.last_refused} is refused: --osc-allow does not name it"]
        return [*unknown, *(refused if counts.last_refused else [])]

    @property
    def waiting(self) -> str:
        """The MIDI control that must be turned further before it takes over; "" for none."""
        return self._midi.waiting(self._clock.now())

    def tell(self, show: Show, now: Now, told: Callable[[], Mapping[str, Arg]]) -> None:
        """Tell motors and lights, OSC's listeners and those who ask how the show stands. Once a frame.

        told   what goes out over OSC, address → value; asked for only when it is somebody's time
        """
        self._midi.show_is(show, now, self._clock.now())
        if self._osc_out is not None:
            subscribers = () if self._osc is None else self._osc.subscribers
            self._osc_out.send(now.state.time_s, told, lambda: self._bases(show), subscribers)
        if self._asking is not None:
            self._asking.tell(show, now.state, told)

    def _bases(self, show: Show) -> dict[str, Arg]:
        return {self._params[name].address: value for name, value in show.bases().items()}

    def listen(self, show: Show, room: Room, now_s: float) -> None:
        """Give the show all that came in since the last call.

        now_s   show time now; `ended` is set when somebody ends the show
        """
        machine_s = self._clock.now()
        for event in self._asked(show, machine_s):
            self._send(show, in_show_time(event, now_s - machine_s))
        if DAY in show.listened() and now_s >= self._day_due_s:
            self._day_due_s = now_s + _DAY_EVERY_S
            show.send(Event(f"{INPUT}{DAY}", (share_of_day(datetime.now()),)))
        if room.window is None:
            return
        for key in room.window.poll():
            self._press(show, room, key, now_s)
            show.send(Event(f"{INPUT}key/{key}", (1.0,), round(now_s, 6)))
        for key in room.window.released():
            show.send(Event(f"{INPUT}key/{key}", (0.0,), round(now_s, 6)))
        pointer = tuple(map(float, room.window.pointer()))
        for name, value, before in zip(_MOUSE, pointer, self._pointer, strict=True):
            if value != before:
                show.send(Event(f"{INPUT}{name}", (value,), round(now_s, 6)))
        self._pointer = pointer
        self.ended = self.ended or room.window.closed
        if room.pages is not None:
            room.pages.lay(self._midi.view())

    def _asked(self, show: Show, machine_s: float) -> Iterator[Event]:
        """What machines ask for, stamped on the machine's clock."""
        beat = self._link.poll() if self._link is not None else None
        if beat is not None:
            yield beat
        yield from self._midi.poll(show, machine_s)
        if self._osc is not None:
            self._osc.listen_to(show.listened())
            yield from self._osc.poll()
        yield from self._asking.poll() if self._asking is not None else ()
        for event in self._live.poll() if self._live is not None else ():
            meant = cue(event, show.titles, show.presets) if event.address == LAUNCHED else event
            transport = meant is not None and meant is event and meant.address == "/walk/hold"
            if meant is not None and (not transport or show.bases()["beat.transport"]):
                yield meant

    def _press(self, show: Show, room: Room, key: str, now_s: float) -> None:
        if key == "l" or (self._midi.learning.is_open and key in learning.KEYS):
            self._midi.learning.press(key, self._clock.now())
        elif key == "escape":
            self.ended = True
        elif key == "f" and room.window is not None:
            room.window.toggle_fullscreen()
        elif key == "h" and room.pages is not None:
            room.pages.turn()
        else:
            event = event_of(key, self.speed, self._params["walk.speed"])
            if event is not None:
                self._send(show, replace(event, time_s=round(now_s, 6)))

    def _send(self, show: Show, event: Event) -> None:
        refusal = show.send(event)
        if refusal is not None:
            self._tell(refusal)
        else:
            self._midi.learning.touch(event)
