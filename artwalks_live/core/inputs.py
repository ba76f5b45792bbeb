"""Inputs of the world on their way to routes: what they say, and whether they have a say yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
PICKED_UP = 0.01  # of the parameter's range: a hand so near to its value has found it


class Hands:
    """The inputs of a preset's routes.

    hears     for each route the name of its input, "" for none
    pickup    for each route whether it waits until it has passed its parameter's value
    inputs    what was heard so far, by name

    awake     (n,) whether a route has a say; sleeping: whether there is any that has none
    waiting   whether a pickup has moved and is to be looked at
    """

    def __init__(self, hears: Sequence[str], pickup: Sequence[bool], inputs: Mapping[str, float]) -> None:
        count = len(hears)
        self._which: Indices = np.flatnonzero(np.array([bool(name) for name in hears], dtype=bool))
        self._names = [name for name in hears if name]
        self._says = np.array([inputs.get(name, 0.0) for name in self._names])
        self._pickup = np.array(pickup, dtype=bool)
        self._side = np.zeros(count)
        heard: Flags = np.array([not name or name in inputs for name in hears], dtype=bool)
        self._moved: Flags = heard & self._pickup
        self.awake: Flags = heard & ~self._pickup
        self.sleeping = not bool(self.awake.all())
        self.waiting = bool(self._moved.any())

    def hear(self, name: str, value: float) -> None:
        """An input says something."""
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
        """Write what the inputs say to where their routes are, (n,)."""
        if len(self._which):
            wanted[self._which] = self._says

    def let_go(self, targeted: Flags) -> None:
        """Somebody else has set the parameters of these routes, (n,): a pickup must pass their values again."""
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
