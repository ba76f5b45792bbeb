"""What people and their machines ask of a running show: keys, OSC, and the clocks of Link and MIDI."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from artwalks_live.core.clock import Clock
from artwalks_live.core.events import INPUT, Event
from artwalks_live.core.params import ParamTable
from artwalks_live.core.routes import DAY
from artwalks_live.core.show import Show
from artwalks_live.io.osc import OscSender
from artwalks_live.io.window import Window
from artwalks_live.perform.clocks import Clocks, in_show_time, open_osc
from artwalks_live.perform.keys import event_of
from artwalks_live.perform.options import Doors
from artwalks_live.perform.pages import Pages

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
    """Opens the doors before the show and hands to the show what comes in through them. Render thread.

    tell   called with a line for the user

    Raises ControlError for a door that cannot be opened. Closed by the stack.
    """

    def __init__(
        self, stack: ExitStack, clock: Clock, params: ParamTable, doors: Doors, tell: Callable[[str], None]
    ) -> None:
        self._clock, self._params, self._tell = clock, params, tell
        self._clocks = Clocks(stack, clock, link=doors.link, midi=doors.midi)
        self._osc, self._osc_out = open_osc(stack, clock, params, doors.osc, doors.osc_out)
        self._day_due_s = -math.inf
        self.ended = False
        self.speed = 1.0  # what walk.speed is now: up and down multiply it

    @property
    def peers(self) -> int | None:
        """How many others are in the Link session; None without Link."""
        return self._clocks.peers

    @property
    def faults(self) -> list[str]:
        """What is wrong with the doors, each by its name."""
        unknown = self._osc.counts.last_unknown if self._osc is not None else ""
        return [*([f"OSC address {unknown} is unknown"] if unknown else []), *self._clocks.faults]

    @property
    def told(self) -> OscSender | None:
        """Whom the show tells; None for nobody."""
        return self._osc_out

    @property
    def subscribers(self) -> tuple[tuple[str, int], ...]:
        """Who asked over OSC to be told."""
        return () if self._osc is None else self._osc.subscribers

    def listen(self, show: Show, room: Room, now_s: float) -> None:
        """Give the show all that came in since the last call.

        now_s   show time now; `ended` is set when somebody ends the show
        """
        ahead_s = now_s - self._clock.now()
        for event in [*self._clocks.poll(), *(self._osc.poll() if self._osc is not None else ())]:
            self._send(show, in_show_time(event, ahead_s))
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
        self.ended = self.ended or room.window.closed

    def _press(self, show: Show, room: Room, key: str, now_s: float) -> None:
        if key == "escape":
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
