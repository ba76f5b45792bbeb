"""Routes: what is heard, counted and played, brought to the parameters.

A source becomes what a route gives to its parameter in these steps:

    source → range (low, high) → quantise (sample and hold) → follower (attack, release) → curve → times amount

and the parameter takes it over in one of four ways, those of lower priority first, within a priority in this order:

    add        adds it to what is there
    multiply   what is there times 1 + what it gives: amount −1 silences at full source, 1 doubles
    max        at least that, counted from the low end of the parameter's range
    replace    just that, counted from the low end of the range; nothing of lower priority is left

A max or replace with an amount below 0 is counted down from the high end. A route from an input (a MIDI control, an
OSC address, a key) does nothing before the input was heard for the first time; with `pickup` not before it has passed
the value that the parameter has, and again after somebody else has set that parameter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.control import SOURCES, follow
from artwalks_live.core.lfo import Instant, Lfo, Vector, Waves
from artwalks_live.core.params import ParamTable
from artwalks_live.core.quantise import GRIDS, on_beat, on_line

Indices = NDArray[np.intp]
CURVES = {"linear": 1.0, "square": 2.0, "cube": 3.0, "root": 0.5}
TAKE_OVERS = ("add", "multiply", "max", "replace")
MOST_PRIORITY = 9
WAVES = ("lfo", "random")
"""Sources that are an oscillator of the route's own."""
INPUTS = ("input", "day")
"""Sources that come from outside by name."""
DAY = "day"
PICKED_UP = 0.01  # of the parameter's range: a hand so near to its value has found it
_GLIDE_S, _GLIDE_TICKS = 0.03, 48  # an amount that is changed during the show goes there within a fifth of a second


@dataclass(frozen=True, slots=True)
class Route:
    """One source to one parameter. See the module.

    amount       what full source gives, in the parameter's unit (multiply: a factor); may be negative
    curve        of CURVES, applied to the followed source
    attack_s, release_s   time constants with which rises and falls are followed; 0 at once
    period_s, period_beats, period_bars, shape, phase   of an lfo or a random walk (lfo.py)
    input        name of the input, `midi/cc/1/74` say
    low, high    the part of the source that is used: low gives 0, high gives 1; low above high turns it round
    quantise     of GRIDS: sampled there, held between
    take_over    of TAKE_OVERS
    priority     0 .. 9
    pickup       a replacing input takes over only once it has passed the present value
    """

    source: str
    target: str
    amount: float
    curve: str = "linear"
    attack_s: float = 0.0
    release_s: float = 0.0
    period_s: float = 0.0
    period_beats: float = 0.0
    period_bars: float = 0.0
    shape: str = "sine"
    phase: float = 0.0
    input: str = ""
    low: float = 0.0
    high: float = 1.0
    quantise: str = "off"
    take_over: str = "add"
    priority: int = 0
    pickup: bool = False

    @property
    def hears(self) -> str:
        """The name of the input that it listens to; "" for none."""
        return self.input if self.source == "input" else DAY if self.source == DAY else ""

    @property
    def lfo(self) -> Lfo:
        """Its oscillator."""
        shape = "wander" if self.source == "random" else self.shape
        return Lfo(shape, self.period_s, self.period_beats, self.period_bars, self.phase)


class Routes:
    """A preset's routes, followed together.

    seed     of what is random
    inputs   what inputs were last heard to say, by name

    Every step is a few NumPy calls on vectors, and one that no route needs is left out: 25 µs a tick for 200 plain
    routes (decisions.md has the measurement).
    """

    def __init__(
        self, routes: Sequence[Route], params: ParamTable, dt: float, seed: int = 0, inputs: Mapping[str, float] = {}
    ) -> None:
        names, table = list(params), list(params.values())
        self._routes = tuple(routes)
        self._size = len(names)
        self._source: Indices = np.array([SOURCES.index(route.source) for route in routes], dtype=np.intp)
        self._target: Indices = np.array([names.index(route.target) for route in routes], dtype=np.intp)
        self._reach = np.array([params[route.target].high - params[route.target].low for route in routes])
        self._amount = np.array([route.amount for route in routes])
        self._goal, self._gliding, self._glide = self._amount, 0, follow(_GLIDE_S, dt)
        self._bottom = np.array([table[i].low for i in self._target])
        self._top = np.array([table[i].high for i in self._target])
        self._rise = np.array([follow(route.attack_s, dt) for route in routes])
        self._fall = np.array([follow(route.release_s, dt) for route in routes])
        self._at_once = bool(np.all(self._rise == 1.0) and np.all(self._fall == 1.0))
        self._followed = np.zeros(len(routes))
        self._range = _Range(routes)
        self._hold = _Hold(routes)
        self._curved = [
            (power, _where([CURVES[route.curve] == power for route in routes]))
            for power in CURVES.values()
            if power != 1.0 and any(CURVES[route.curve] == power for route in routes)
        ]
        self._lfo = _where([route.source in WAVES for route in routes])
        self._waves = Waves([route.lfo for route in routes if route.source in WAVES], seed)
        self._hand = _Hand(routes, inputs)
        self._layers = _layers(routes)
        self._plain = all(how == "add" for how, _ in self._layers)

    def hear(self, name: str, value: float) -> None:
        """An input says something."""
        self._hand.hear(name, value)

    def let_go(self, target: int) -> None:
        """Somebody else has set this parameter: a pickup must pass its value again."""
        self._hand.let_go(self._target == target)

    def set_amount(self, i: int, amount: float) -> None:
        """Let the i-th route give that much at full source; it gets there within a fifth of a second."""
        self._goal = self._goal.copy()
        self._goal[i] = amount
        self._gliding = _GLIDE_TICKS

    def go_on_from(self, before: Routes) -> None:
        """Take over what routes that are the same but for their numbers have followed, and what amount was set by hand.

        A hand's amount gives way where the two were written with different ones.
        """
        known = {name: i for i, name in enumerate(_named(before._routes))}
        for i, name in enumerate(_named(self._routes)):
            was = known.get(name)
            if was is None:
                continue
            self._followed[i] = before._followed[was]
            if self._routes[i].amount == before._routes[was].amount:
                self._amount[i] = before._goal[was]

    @property
    def amounts(self) -> tuple[float, ...]:
        """The amounts that routes have or are on their way to."""
        return tuple(self._goal.tolist())

    def step(self, sources: Vector, now: Instant, base: Vector | None = None) -> Vector:
        """What the routes add to every parameter at this tick, (n_params,).

        base   what they add to, (n_params,); needed by take-overs other than add
        """
        if not len(self._source):
            return np.zeros(self._size)
        wanted = sources[self._source]
        if len(self._lfo):
            wanted[self._lfo] = self._waves.at(now)
        self._hand.put(wanted)
        wanted = self._hold.step(self._range.of(wanted), now)
        if self._at_once:
            self._followed = wanted
        else:
            change = wanted - self._followed
            self._followed = self._followed + change * np.where(change > 0.0, self._rise, self._fall)
        given = self._amounts() * self._curve(self._followed)
        if self._plain:
            return self._sum(given, slice(None))
        return self._take_over(given, np.zeros(self._size) if base is None else base)

    def _amounts(self) -> Vector:
        if self._gliding:
            self._gliding -= 1
            gone = self._amount + self._glide * (self._goal - self._amount)
            self._amount = gone if self._gliding else self._goal
        return self._amount

    def _curve(self, followed: Vector) -> Vector:
        if not self._curved:
            return followed
        bent = followed.copy()
        for power, which in self._curved:
            x = followed[which]
            bent[which] = np.sqrt(x) if power == 0.5 else x * x if power == 2.0 else x * x * x
        return bent

    def _sum(self, given: Vector, which: Indices | slice) -> Vector:
        if self._hand.sleeping:
            given = np.where(self._hand.awake, given, 0.0)
        total = np.bincount(self._target[which], weights=given[which], minlength=self._size)
        return total.astype(np.float64, copy=False)

    def _take_over(self, given: Vector, base: Vector) -> Vector:
        """Fold the routes over the base, layer by layer."""
        value = base.copy()
        ends = np.where(self._amount < 0.0, self._top, self._bottom)
        for how, which in self._layers:
            if how == "add":
                value += self._sum(given, which)
                continue
            if how == "replace" and self._hand.waiting:
                self._hand.pick_up(which, (ends + given - value[self._target]) / self._reach)
            at = which[self._hand.awake[which]] if self._hand.sleeping else which
            target = self._target[at]
            if how == "multiply":
                np.multiply.at(value, target, 1.0 + given[at])
            elif how == "max":
                np.maximum.at(value, target, ends[at] + given[at])
            else:
                value[target] = ends[at] + given[at]
        return value - base


class _Range:
    """The part of each source that is used."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._low = np.array([route.low for route in routes])
        self._span = np.array([route.high - route.low for route in routes])
        self._whole = all((route.low, route.high) == (0.0, 1.0) for route in routes)

    def of(self, values: Vector) -> Vector:
        if self._whole:
            return values
        inside: Vector = np.minimum(np.maximum((values - self._low) / self._span, 0.0), 1.0)
        return inside


class _Hold:
    """Sample and hold, each route on its own grid."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._grid: Indices = np.array([GRIDS.index(route.quantise) for route in routes], dtype=np.intp)
        self._used = [grid for grid in GRIDS[1:] if any(route.quantise == grid for route in routes)]
        self._beat: float | None = None
        self._held = np.zeros(len(routes))

    def step(self, wanted: Vector, now: Instant) -> Vector:
        if not self._used:
            return wanted
        taken = self._grid == 0
        if self._beat is None:
            taken |= True
        elif on_beat(self._beat, now.beat):
            for grid in self._used:
                if on_line(grid, now):
                    taken |= self._grid == GRIDS.index(grid)
        self._beat = now.beat
        self._held = np.where(taken, wanted, self._held)
        return self._held


class _Hand:
    """The routes that come from inputs: what these say, and which of them have a say yet.

    awake      (n,) whether a route has one; sleeping: whether there is any that has not
    waiting    whether a pickup has moved and is to be looked at
    """

    def __init__(self, routes: Sequence[Route], inputs: Mapping[str, float]) -> None:
        self._which = _where([bool(route.hears) for route in routes])
        self._names = [routes[i].hears for i in self._which]
        self._says = np.array([inputs.get(name, 0.0) for name in self._names])
        self._pickup = np.array([route.pickup for route in routes], dtype=bool)
        self._side = np.zeros(len(routes))
        self._moved = np.zeros(len(routes), dtype=bool)
        self.awake = np.ones(len(routes), dtype=bool)
        self.awake[self._which] = [name in inputs for name in self._names]
        self._moved[self._which] = self.awake[self._which] & self._pickup[self._which]
        self.awake &= ~self._pickup
        self.sleeping = not bool(self.awake.all())
        self.waiting = bool(self._moved.any())

    def hear(self, name: str, value: float) -> None:
        for k, known in enumerate(self._names):
            if known == name:
                i = self._which[k]
                self._says[k] = value
                if self._pickup[i] and not self.awake[i]:
                    self._moved[i] = self.waiting = True
                else:
                    self.awake[i] = True
        self.sleeping = not bool(self.awake.all())

    def put(self, wanted: Vector) -> None:
        if len(self._which):
            wanted[self._which] = self._says

    def let_go(self, targeted: NDArray[np.bool_]) -> None:
        lost = targeted & self._pickup & self.awake
        if lost.any():
            self.awake &= ~lost
            self._side[lost] = 0.0
            self.sleeping = True

    def pick_up(self, which: Indices, off: Vector) -> None:
        """Wake those of `which` that have passed the present value, or stand on it.

        off   (n,) by how much of its range each is off
        """
        moved = which[self._moved[which]]
        side = np.where(np.abs(off[moved]) <= PICKED_UP, 0.0, np.sign(off[moved]))
        self.awake[moved] |= (side == 0.0) | (self._side[moved] * side < 0.0)
        self._side[moved] = side
        self._moved[moved] = False
        self.waiting, self.sleeping = bool(self._moved.any()), not bool(self.awake.all())


def _layers(routes: Sequence[Route]) -> list[tuple[str, Indices]]:
    """Which routes are taken over together, in order."""
    order = sorted((route.priority, TAKE_OVERS.index(route.take_over), i) for i, route in enumerate(routes))
    layers: dict[tuple[int, int], list[int]] = {}
    for priority, how, i in order:
        layers.setdefault((priority, how), []).append(i)
    found = sorted(layers.items(), key=itemgetter(0))
    return [(TAKE_OVERS[how], np.array(which, dtype=np.intp)) for (_, how), which in found]


def _named(routes: Sequence[Route]) -> list[tuple[str, str, str, int]]:
    """What tells a route from others, whatever its numbers: from where to where, and the how-manieth such it is."""
    seen: Counter[tuple[str, str, str]] = Counter()
    names = []
    for route in routes:
        way = (route.source, route.target, route.hears)
        names.append((*way, seen[way]))
        seen[way] += 1
    return names


def _where(flags: Sequence[bool]) -> Indices:
    return np.flatnonzero(np.array(flags, dtype=bool))
