"""What makes paintings live in a show: how old the lives of carried paint are, and how far each mode swings.

Moved in the show's ticks by parameters alone, so that a take, a render and any frame rate give the same pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from artwalks_live.core import sway
from artwalks_live.core.params import Param
from artwalks_live.core.sway import Oscillators

PARAMS = (
    Param("currents.speed", "float", -3, 3, 1, "x", 0.3, "how fast paint is carried; below 0 it runs backwards"),
    Param("currents.life_s", "float", 0.2, 30, 2, "s", 0, "how long paint is carried before it begins anew: the loop"),
    Param("sway.amount", "float", 0, 5, 1, "x", 0.3, "how far the modes of a painting swing"),
    Param("sway.push", "float", -4, 4, 0, "x", 0, "what pushes the modes: a drum, the bass, a hand"),
    Param("sway.play", "float", 0, 1, 0, "", 0, "how much the modes play by themselves, in a loop of 4.97 s"),
    Param("sway.damping", "float", 0.5, 20, sway.DAMPING_PER_S, "1/s", 0, "how soon a swing dies away"),
)


class Living:
    """One thread. About 8 µs a tick, 2 while nothing swings.

    names   of all parameters, in the order of the values given to `step`
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._indices = [names.index(param.name) for param in PARAMS]
        self._oscillators = Oscillators()
        self._life = self._life_before = 0.0
        self._sway = self._sway_before = np.zeros(sway.MODES, np.complex128)

    def step(self, values: Sequence[float], dt: float) -> None:
        """A tick on, under these values of the parameters."""
        speed, life_s, amount, push, play, damping = (values[i] for i in self._indices)
        whole = self._life // 1.0  # counted from 0 again, so that a year on it is as exact
        self._life_before = self._life - whole
        self._life = self._life_before + dt * speed / life_s
        self._sway_before, self._sway = self._sway, self._oscillators.step(push, play, amount, damping)

    def told(self, share: float) -> dict[str, Any]:
        """`life` and `sway` of a frame, at a share of the way from the tick before to this one."""
        exact = self._life_before + share * (self._life - self._life_before)
        life = round(exact, 9) % 1.0  # after a loop's frames it is the same number again, not only nearly
        between = self._sway_before + share * (self._sway - self._sway_before)
        return {"life": life, "sway": tuple(between.tolist())}
