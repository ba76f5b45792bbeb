"""What other machines tell a performance: OSC, and the clocks of Ableton Link and MIDI."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Protocol

from artwalks_live.core.clock import Clock
from artwalks_live.core.events import COMMANDS, Event
from artwalks_live.core.params import ParamTable
from artwalks_live.io.link import LinkSession
from artwalks_live.io.midi import MidiInput, RtMidiPorts
from artwalks_live.io.osc import OscSender, OscServer

LATEST = ("/walk/position", "/clock/tempo")
"""Commands of which only the newest matters, as of every parameter; of all others each one counts."""
ROUTES = tuple(f"/route/{n}/amount" for n in range(1, 65))
"""Routes that OSC can change: so many a preset."""


def open_osc(
    stack: ExitStack, clock: Clock, params: ParamTable, listen: str | None, tell: Sequence[str]
) -> tuple[OscServer | None, OscSender | None]:
    """The OSC server and who tells others, as far as they are asked for, closed by the stack. Raises ControlError."""
    server = None
    if listen is not None:
        ordered = [command.address for command in COMMANDS if command.address not in LATEST]
        server = OscServer(listen, latest=[*LATEST, *params.by_address, *ROUTES], ordered=ordered, clock=clock)
        stack.callback(server.close)
    sender = OscSender(tell) if tell or server is not None else None
    if sender is not None:
        stack.callback(sender.close)
    return server, sender


class OutsideClock(Protocol):
    """Tells beats; its events are stamped on the machine's clock."""

    @property
    def state(self) -> str:
        """'ok', or the name of what is wrong."""

    def poll(self) -> Event | None:
        """What is new; never waits."""


class Clocks:
    """Link and MIDI, opened as asked for and closed by the stack.

    Raises ControlError for an extra that is not installed, or an input that is not there.
    """

    def __init__(self, stack: ExitStack, clock: Clock, *, link: bool, midi: str | None) -> None:
        self._link = LinkSession(clock) if link else None
        if self._link is not None:
            stack.callback(self._link.close)
        input_ = None if midi is None else MidiInput(midi, RtMidiPorts(), clock)
        if input_ is not None:
            stack.callback(input_.close)
        self._all: tuple[OutsideClock, ...] = tuple(each for each in (self._link, input_) if each is not None)

    @property
    def faults(self) -> list[str]:
        """What is wrong with them, each by its name."""
        return [each.state for each in self._all if each.state != "ok"]

    @property
    def peers(self) -> int | None:
        """How many others are in the Link session; None without Link."""
        return None if self._link is None else self._link.peers

    def poll(self) -> Iterable[Event]:
        """What they tell, stamped on the machine's clock."""
        return [event for each in self._all if (event := each.poll()) is not None]


def in_show_time(event: Event, ahead_s: float) -> Event:
    """An event stamped on the machine's clock, stamped in show time, which is ahead of that by ahead_s."""
    return replace(event, time_s=round(event.time_s + ahead_s, 6)) if math.isfinite(event.time_s) else event
