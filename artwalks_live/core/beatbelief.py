"""A belief about the beat, and how well it has foretold what was heard."""

from __future__ import annotations

import math

from artwalks_live.core.barpointer import BarPointer, BeatOptions

MEMORY_S = 3.0


class BeatBelief:
    """A bar pointer with a record of its own.

    evidence        log likelihood of what was heard in the last seconds, as this belief foretold it
    """

    def __init__(self, hop_s: float, options: BeatOptions) -> None:
        self.pointer = BarPointer(hop_s, options)
        self.evidence = 0.0
        self._keep = math.exp(-hop_s / MEMORY_S)

    def do(self, likeness: float, silent: bool) -> None:
        """Move on by a hop and weigh what was heard in it; in silence nothing is, and the tempo is kept."""
        self.pointer.move(keep_tempo=silent)
        if not silent:
            self.evidence = self._keep * self.evidence + self.pointer.foretold(likeness)
            self.pointer.weigh(likeness)

    def where(self) -> tuple[float, float]:
        """The likeliest state: hops a beat, and the place in it in [0, 1)."""
        best = self.pointer.best()
        return float(self.pointer.length[best]), float(self.pointer.phase[best])

    def take(self, other: BeatBelief) -> None:
        """Believe what another one does."""
        self.pointer.belief[:] = other.pointer.belief
        self.evidence = other.evidence
