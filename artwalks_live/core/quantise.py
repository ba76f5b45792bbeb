"""Musical grids, and commands that wait for them.

A command that waits is done on the next line of the grid. A VJ who pressed a key must see something soon, though: when
no line has come after 4 s any beat will do, and after 8 s it is done without one. The grids of 2 and 4 bars are given
up after 4 s only if their line is not expected within the 8.
"""

from __future__ import annotations

import math

from artwalks_live.core.events import Event
from artwalks_live.core.lfo import Instant

GRIDS = ("off", "beat", "bar", "2 bars", "4 bars")
WAITING = frozenset({"/walk/next", "/walk/previous", "/walk/goto", "/walk/to", "/walk/reverse", "/show/preset"})
"""Commands that wait for the grid."""
LINE_S, LAST_S = 4.0, 8.0
_BARS = {"bar": 1, "2 bars": 2, "4 bars": 4}
_LINES = {"bar": "next bar", "2 bars": "next two bars", "4 bars": "next four bars"}
_PLACES = frozenset({"/walk/goto", "/walk/to", "/show/preset"})  # of these the last one asked for counts
MOST_ARMED = 16


def beats_of(grid: str, meter: int) -> int:
    """The beats from line to line of a grid, which is not `off`."""
    return _BARS.get(grid, 0) * meter or 1


def on_beat(before: float, beat: float) -> bool:
    """Whether a beat began between two ticks, given as counted beats. Whole beats that are re-numbered begin none."""
    return beat % 1.0 < before % 1.0


def on_line(grid: str, now: Instant) -> bool:
    """Whether the beat of this instant is the first of a cell of the grid."""
    return math.floor(now.beat) % beats_of(grid, now.meter) == 0


class Arming:
    """Commands that wait.

    grid   of GRIDS
    """

    def __init__(self) -> None:
        self.grid = "off"
        self._armed: list[Event] = []
        self._since_s = 0.0
        self._beat = 0.0  # at the last tick

    @property
    def told(self) -> str:
        """What waits, for people: `next, preset vj at the next bar`; "" for nothing."""
        names = [" ".join([each.address.rpartition("/")[2], *map(str, each.args)]) for each in self._armed]
        return ", ".join(names) + f" at the {_LINES.get(self.grid, 'next beat')}" if names else ""

    def arm(self, event: Event, now: Instant) -> bool:
        """Whether a command waits; if not it is to be done now."""
        if self.grid == "off" or event.address not in WAITING:
            return False
        if event.address in _PLACES:
            self._armed = [each for each in self._armed if each.address != event.address]
        if not self._armed:
            self._since_s, self._beat = now.time_s, now.beat
        self._armed = [*self._armed, event][-MOST_ARMED:]
        return True

    def due(self, now: Instant, bpm: float) -> tuple[Event, ...]:
        """What is to be done at this tick, in order; it waits no longer."""
        if not self._armed:
            return ()
        beat_began = on_beat(self._beat, now.beat)
        self._beat = now.beat
        age_s = now.time_s - self._since_s
        if self.grid == "off" or age_s >= LAST_S or (beat_began and on_line(self.grid, now)):
            return self.take()
        if beat_began and age_s >= LINE_S and not self._expected(now, bpm, age_s):
            return self.take()
        return ()

    def take(self) -> tuple[Event, ...]:
        """All that waits; nothing does any longer."""
        armed, self._armed = tuple(self._armed), []
        return armed

    def _expected(self, now: Instant, bpm: float, age_s: float) -> bool:
        """Whether the line of a long grid is still to be waited for."""
        if self.grid not in ("2 bars", "4 bars"):
            return False
        span = beats_of(self.grid, now.meter)
        return age_s + (span - now.beat % span) * 60.0 / bpm <= LAST_S
