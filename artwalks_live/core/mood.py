"""What the music is like over the last seconds, as far as it chooses paintings: its key as a hue, and its energy."""

from __future__ import annotations

import math
from collections.abc import Sequence

KEY_S, ENERGY_S = 6.0, 4.0  # time constants: a chord is not a key, a stroke not a passage
LEAST = 0.05  # of the chroma's weight that must lie to one side for there to be a key
_FIFTHS = tuple(complex(math.cos(a), math.sin(a)) for a in (2.0 * math.pi * (7 * p % 12) / 12 for p in range(12)))


class Mood:
    """Smooths what is heard. Deterministic: steps in fixed ticks, an exponential of the time passed.

    hue      of the key, [0, 1): where on the circle of fifths what sounds has its centre, C at 0 (red) and G at 1/12;
             below 0 while nothing sounds, or everything alike
    energy   [0, 1]
    """

    def __init__(self) -> None:
        self.hue, self.energy = -1.0, 0.0
        self._centre, self._weight = 0j, 0.0

    def step(self, dt: float, chroma: Sequence[float], level: float) -> None:
        """One tick on: chroma, twelve pitch classes from C, and the level, all in [0, 1]. About 4 µs."""
        squares = [value * value for value in chroma]
        follow = -math.expm1(-dt / KEY_S)
        weight = sum(squares)
        centre = sum((share * place for share, place in zip(squares, _FIFTHS, strict=True)), 0j)
        self._centre += follow * (centre - self._centre)
        self._weight += follow * (weight - self._weight)
        sure = abs(self._centre) > LEAST * self._weight and self._weight > 1e-3
        self.hue = math.atan2(self._centre.imag, self._centre.real) / (2.0 * math.pi) % 1.0 if sure else -1.0
        self.energy += -math.expm1(-dt / ENERGY_S) * (level - self.energy)
