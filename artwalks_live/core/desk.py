"""From what is set by hand, and what routes give, to the values of the parameters.

A parameter's value is its base, taken over by its routes (routes.py), brought into its range. The base is the preset's
value, or what was set by hand since; it cross-fades when the preset changes, and is followed with the parameter's own
smoothing. Setting a parameter by hand replaces its base only; routes go on adding to it, so a VJ moves what the music
plays around.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from artwalks_live.core.control import Vector, follow
from artwalks_live.core.lfo import Instant
from artwalks_live.core.params import ParamTable
from artwalks_live.core.routes import Route, Routes


class Desk:
    """Every parameter's value, tick by tick.

    apply() changes the preset: bases cross-fade and the old routes' last contribution fades out while the new ones
    fade in, so nothing leaps whenever it is called.

    seed   of what is random
    """

    def __init__(self, params: ParamTable, dt: float, seed: int = 0) -> None:
        self._params, self._dt, self._seed = params, dt, seed
        self._inputs: dict[str, float] = {}
        self._index = {name: i for i, name in enumerate(params)}
        table = list(params.values())
        self._low = np.array([param.low for param in table])
        self._high = np.array([param.high for param in table])
        self._smoothing = np.array([follow(param.smoothing_s, dt) for param in table])
        self._whole = np.flatnonzero([param.type != "float" for param in table])
        self._from = self._to = self._base = np.array([param.default for param in table])
        self._routes = Routes((), params, dt)
        self._added = self._left_over = np.zeros(len(table))
        self._mix, self._mix_step = 1.0, 1.0

    def apply(self, values: Mapping[str, float], routes: Sequence[Route], fade_s: float) -> None:
        """Take over a preset in fade_s seconds; 0 at once, smoothing included."""
        self._change(
            np.array([values.get(name, param.default) for name, param in self._params.items()]), routes, fade_s
        )

    def revise(
        self, was: Mapping[str, float], values: Mapping[str, float], routes: Sequence[Route], fade_s: float
    ) -> None:
        """Take over the preset as it was edited: what was set by hand stays, where its value in the preset did.

        was, values   the preset's values before and after
        """
        goal = self._to.copy()
        for name, i in self._index.items():
            default = self._params[name].default
            if was.get(name, default) != values.get(name, default):
                goal[i] = values.get(name, default)
        before = self._routes
        self._change(goal, routes, fade_s)
        self._routes.go_on_from(before)

    def _change(self, goal: Vector, routes: Sequence[Route], fade_s: float) -> None:
        self._from = self._from + self._mix * (self._to - self._from)
        self._to = goal
        self._left_over = self._added
        self._routes = Routes(routes, self._params, self._dt, self._seed, self._inputs)
        self._mix, self._mix_step = 0.0, self._dt / fade_s if fade_s > 0.0 else 1.0
        if fade_s <= 0.0:
            self._mix, self._base, self._added = 1.0, self._to.copy(), np.zeros_like(self._to)

    def hear(self, name: str, value: float) -> None:
        """An input says something; presets that are chosen later know of it."""
        self._inputs[name] = value
        self._routes.hear(name, value)

    def set_amount(self, i: int, amount: float) -> None:
        """Change what the i-th route gives at full source."""
        self._routes.set_amount(i, amount)

    @property
    def amounts(self) -> tuple[float, ...]:
        """What the routes give at full source, or are on their way to."""
        return self._routes.amounts

    def set(self, name: str, value: float) -> None:
        """Set a base by hand, clamped to the parameter's range."""
        i = self._index[name]
        self._from, self._to = self._from.copy(), self._to.copy()
        self._from[i] = self._to[i] = self._params[name].clamp(value)
        self._routes.let_go(i)

    def goals(self) -> dict[str, float]:
        """`goal` of every parameter, in the order of the table."""
        return dict(zip(self._index, self._to.tolist(), strict=True))

    def goal(self, name: str) -> float:
        """What a base is on its way to: the preset's value, or what was set by hand since."""
        return float(self._to[self._index[name]])

    def step(self, sources: Vector, now: Instant) -> Vector:
        """The values at this tick, (n_params,) in the order of the table, in range; int and bool are whole."""
        goal = self._to
        if self._mix < 1.0:
            self._mix = min(self._mix + self._mix_step, 1.0)
            goal = self._from + self._mix * (self._to - self._from)
        self._base = self._base + self._smoothing * (goal - self._base)
        added = self._routes.step(sources, now, self._base)
        if self._mix < 1.0:
            added = self._left_over + self._mix * (added - self._left_over)
        self._added = added
        return self._in_range(self._base + added)

    def now(self) -> Vector:
        """The values as they stand, without moving on."""
        return self._in_range(self._base + self._added)

    def _in_range(self, values: Vector) -> Vector:
        values = np.minimum(np.maximum(values, self._low), self._high)
        if len(self._whole):
            values[self._whole] = np.rint(values[self._whole])
        return values
