"""Programs that ask what there is to turn: the show's OSCQuery side, and that it can be found on the network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import COMMANDS, Arg, Event
from artwalks_live.core.osc_names import Route, by_address, nodes
from artwalks_live.core.osc_tree import Tree
from artwalks_live.core.route_table import most_amount
from artwalks_live.core.show import FrameState, Show
from artwalks_live.io.discovery import OSC, QUERY, Announcement
from artwalks_live.io.oscquery import RATE_HZ, OscQuery
from artwalks_live.perform.clocks import LATEST

NAME = "artwalks"


class Asking:
    """Opened beside an OSC server, at the TCP port of the same number, and closed by the stack. Render thread.

    at       where OSC is listened to
    admits   whether a host may connect

    A port that is taken does not keep the show from beginning: `faults` says that there is no OSCQuery.
    """

    def __init__(
        self, stack: ExitStack, clock: Clock, at: tuple[str, int], admits: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._fault, self._due_s = "", -math.inf
        self._built: tuple[object, ...] = ()
        self._tree = Tree(())
        self._server = self._open(clock, at, admits)
        if self._server is not None:
            stack.callback(self._server.close)
        self._announced = Announcement(*at, NAME, (QUERY, OSC) if self._server is not None else (OSC,))
        stack.callback(self._announced.close)

    def _open(self, clock: Clock, at: tuple[str, int], admits: Callable[[str], bool]) -> OscQuery | None:
        ordered = [command.address for command in COMMANDS if command.address not in LATEST]
        try:
            return OscQuery(*at, name=NAME, ordered=ordered, clock=clock, admits=admits)
        except ControlError as error:
            self._fault = str(error)
            return None

    @property
    def faults(self) -> list[str]:
        """What is wrong, each by its name."""
        announced = self._announced.state
        return [*([self._fault] if self._fault else []), *([announced] if announced != "ok" else [])]

    def poll(self) -> list[Event]:
        """What was asked for, stamped on the machine's clock; never waits."""
        return [] if self._server is None else self._server.poll()

    def tell(self, show: Show, state: FrameState, told: Callable[[], Mapping[str, Arg]]) -> None:
        """Lay down what can be asked now, RATE_HZ times a second.

        told   gives what is sent out over OSC: address → value
        """
        if self._server is None or state.time_s < self._due_s:
            return
        self._due_s = state.time_s + 1.0 / RATE_HZ
        edits = show.edits()
        what = (edits.preset, show.presets, show.listened())
        if what != self._built:
            self._built = what
            routes = [
                Route(f"{route.source} to {route.target}", most_amount(show.params[route.target], route.take_over))
                for route in edits.preset.routes
            ]
            self._tree = Tree(nodes(show.params.values(), show.presets, routes, show.listened()))
        values = {
            **told(),
            "/walk/hold": state.held,
            "/show/mode": state.mode,
            "/show/preset": state.preset,
            "/show/black": state.black > 0.0,
            **by_address(show.params.values(), edits.bases),
            **{f"/route/{number}/amount": amount for number, amount in enumerate(edits.amounts, 1)},
        }
        self._server.tell(self._tree, values)
