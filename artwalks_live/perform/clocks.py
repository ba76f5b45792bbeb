"""What other machines tell a performance: OSC, and the beat of an Ableton Link session."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from artwalks_live.core.clock import Clock
from artwalks_live.core.events import COMMANDS, Event
from artwalks_live.core.params import ParamTable
from artwalks_live.io.link import LinkSession
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


def open_link(stack: ExitStack, clock: Clock, link: bool) -> LinkSession | None:
    """The network's Link session, if it is asked for, closed by the stack. Raises ControlError without the extra."""
    session = LinkSession(clock) if link else None
    if session is not None:
        stack.callback(session.close)
    return session


def in_show_time(event: Event, ahead_s: float) -> Event:
    """An event stamped on the machine's clock, stamped in show time, which is ahead of that by ahead_s."""
    return replace(event, time_s=round(event.time_s + ahead_s, 6)) if math.isfinite(event.time_s) else event
