"""A belief about the beat, and how well it has done: does the music sound like a beat where it says so?"""

from __future__ import annotations

from collections import deque

from artwalks_live.core.barpointer import BarPointer, BeatOptions

NEAR = 2  # hops to each side of a beat in which its likeness is looked for
MEMORY = 4.0  # beats


class BeatBelief:
    """A bar pointer with a record of its own beats.

    length, phase   of the likeliest state: hops a beat, place in it in [0, 1)
    hits            mean likeness at its last few beats, [0, 1]; falls when it goes astray
    """

    def __init__(self, hop_s: float, options: BeatOptions) -> None:
        self.pointer = BarPointer(hop_s, options)
        self.length, self.phase = float(self.pointer.length[0]), 0.0
        self.hits = 0.0
        self._recent: deque[float] = deque([0.0] * (2 * NEAR + 1), maxlen=2 * NEAR + 1)
        self._ago = NEAR + 1

    def do(self, likeness: float, silent: bool) -> None:
        """Move on by a hop and weigh what was heard in it; in silence nothing is, and the tempo is kept."""
        self.pointer.move(keep_tempo=silent)
        if not silent:
            self.pointer.weigh(likeness)
        best = self.pointer.best()
        before = self.phase
        self.length, self.phase = float(self.pointer.length[best]), float(self.pointer.phase[best])
        self._recent.append(likeness)
        self._ago += 1
        if before - self.phase > 0.5:  # passed a beat; what comes NEAR hops later still counts as its own
            self._ago = 0
        if self._ago == NEAR and not silent:
            self.hits += (max(self._recent) - self.hits) / MEMORY

    def take(self, other: BeatBelief) -> None:
        """Believe what another one does."""
        self.pointer.belief[:] = other.pointer.belief
        self.length, self.phase, self.hits = other.length, other.phase, other.hits
