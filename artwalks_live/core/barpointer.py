"""The hidden state of the beat: how long a beat is and how far into it we are, both in hops.

Every hop each state moves one step on; only as it passes the beat may its length change, a little. Krebs, Böck &
Widmer, "An efficient state-space model for joint tempo and meter tracking", ISMIR 2015.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
States = NDArray[np.float32]  # half the memory that each hop goes through

JUDGED_LEAST = 0.02  # a belief is not condemned for one beat that did not sound


@dataclass(frozen=True, slots=True)
class BeatOptions:
    """What the filter expects of music.

    lowest_bpm, highest_bpm   of the tempi it knows
    prefer_bpm, prefer_octaves   tempi near the first are likelier, a priori: a bell this many octaves wide (σ)
    stiffness     how sharply the change of a beat's length from one beat to the next is punished
    beat_s        how long, from the beat on, its likeness shows; the same for all tempi, or slow ones would be doubled
    slots         a hop that sounds like no beat speaks for each of so many places between beats
    trust         power to which evidence is taken: hops repeat one another, so each says less than it seems
    forget        chance, per second, that all was mistaken: what the filter has in hand when the music changes
    least, most   a likeness to a beat counts as no less and no more than these
    """

    lowest_bpm: float = 55.0
    highest_bpm: float = 215.0
    prefer_bpm: float = 115.0
    prefer_octaves: float = 1.2
    stiffness: float = 100.0
    beat_s: float = 0.034
    slots: float = 16.0
    trust: float = 0.3
    forget: float = 1e-4
    least: float = 0.003
    most: float = 0.95


class BarPointer:
    """Belief over the states, (n,), and how it moves and is weighed.

    lengths   (n_lengths,) hops a beat, each once; length, phase of every state, phase in [0, 1)

    About 50 µs a hop for 5000 states; no allocation but the small ones of NumPy.
    """

    def __init__(self, hop_s: float, options: BeatOptions) -> None:
        self._options = options
        shortest, longest = (round(60 / hop_s / bpm) for bpm in (options.highest_bpm, options.lowest_bpm))
        self.lengths = np.arange(shortest, longest + 1)
        self._first = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self._last = np.cumsum(self.lengths) - 1
        self.length = np.repeat(self.lengths, self.lengths)
        self.phase: Vector = np.concatenate([np.arange(n) / n for n in self.lengths])
        turn = 2 * np.pi * self.phase
        self._cos, self._sin = np.cos(turn).astype(np.float32), np.sin(turn).astype(np.float32)
        place = np.concatenate([np.arange(n) for n in self.lengths])
        self._on_beat = np.flatnonzero(place < max(round(options.beat_s / hop_s), 1))
        closeness = np.exp(-options.stiffness * np.abs(self.lengths[None, :] / self.lengths[:, None] - 1))
        self._change = (closeness / closeness.sum(axis=1, keepdims=True)).astype(np.float32)
        self._forget = options.forget * hop_s
        octaves = np.log2(60 / hop_s / self.lengths / options.prefer_bpm)
        bell = np.exp(-0.5 * (octaves / options.prefer_octaves) ** 2)
        prior = np.repeat(bell / self.lengths, self.lengths)
        self.prior: States = (prior / prior.sum()).astype(np.float32)
        self._mistaken = np.float32(self._forget) * self.prior
        self.belief: States = self.prior.copy()
        self._next = np.empty_like(self.belief)

    def move(self, keep_tempo: bool) -> None:
        """Advance every state by one hop; at the beat the tempo may change a little, unless it is to be kept."""
        old, new = self.belief, self._next
        new[1:] = old[:-1]
        passing = old[self._last]
        new[self._first] = passing if keep_tempo else passing @ self._change
        self.belief, self._next = new, old

    def foretold(self, likeness: float) -> float:
        """The log likelihood of how this hop sounds, as believed before it is weighed, each hop taken at its word."""
        on, off = self._odds(likeness, JUDGED_LEAST)
        share = float(self.belief[self._on_beat].sum())
        return math.log(share * on + (1.0 - share) * off)

    def weigh(self, likeness: float) -> None:
        """Weigh the states by how much this hop sounds like a beat, [0, 1]."""
        on, off = self._odds(likeness, self._options.least)
        self.belief[self._on_beat] *= np.float32((on / off) ** self._options.trust)
        self.belief *= np.float32((1.0 - self._forget) / float(self.belief.sum()))
        self.belief += self._mistaken

    def _odds(self, likeness: float, least: float) -> tuple[float, float]:
        """How likely such a hop is where a beat is, and at each place between beats."""
        high = min(likeness, self._options.most)
        return max(high, least), (1.0 - high) / (self._options.slots - 1.0)

    def best(self) -> int:
        """The likeliest state."""
        return int(self.belief.argmax())

    def agreement(self) -> float:
        """[0, 1]: how much the states agree about the phase."""
        return math.hypot(float(self.belief @ self._cos), float(self.belief @ self._sin))

    def tempi(self, hop_s: float, count: int = 3) -> list[tuple[float, float]]:
        """The likeliest tempi as (bpm, weight), the likeliest first, no two within 8 % of one another."""
        weights = np.add.reduceat(self.belief, self._first)
        found: list[tuple[float, float]] = []
        while len(found) < count and weights.max() > 0.0:
            at = int(weights.argmax())
            near = np.abs(self.lengths / self.lengths[at] - 1) < 0.08
            found.append((60 / hop_s / float(self.lengths[at]), float(weights[near].sum())))
            weights = np.where(near, 0.0, weights)
        return found
