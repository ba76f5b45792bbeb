"""Tempo and beats, predicted while the music plays.

A bar pointer runs round the beat: the hidden state is (beat length, place within the beat), both in hops, and every
hop the whole distribution moves one step on and is weighed by how much this hop sounds like a beat. The tempo may
change only as the pointer passes the beat. Because the state says where in the beat we are, the coming beat is known
before it sounds. Krebs, Böck & Widmer, "An efficient state-space model for joint tempo and meter tracking", ISMIR 2015.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_BPM, MAX_BPM = 55.0, 215.0
TEMPO_STIFFNESS = 150.0  # how sharply the tempo change from one beat to the next is punished
BEAT_SHARE = 1 / 16  # the part of a beat in which its onset may fall
STEER_S = 0.35  # time constant with which the counted beat follows the filter
MAX_STEER = 0.4  # ... by at most this share of the tempo, so that it never stands still or leaps
LOCK = 0.35  # confidence at which the count begins
FORGET_S = 4.0  # time constant with which confidence fades in silence


@dataclass(frozen=True, slots=True)
class Beat:
    """Where the music is.

    tempo_bpm    0 while unknown
    count        beats so far; the integer part counts, the fraction is the phase; never decreases
    confidence   [0, 1] how much the filter agrees with itself about the phase
    """

    tempo_bpm: float
    count: float
    confidence: float


class BeatTracker:
    """Follow the beat of an onset activation, one value per hop.

    hop_s     seconds per hop, 0.002 .. 0.05
    delay_s   how much later than the sound the activation shows an onset; the count is that much ahead of the
              filter, so that it crosses a whole number when the beat sounds

    In silence the tempo is kept and the count runs on. Raises ValueError on a hop_s out of range.
    Cost about 60 µs a hop (5000 states at 94 hops a second); one thread.
    """

    def __init__(self, hop_s: float, delay_s: float = 0.0) -> None:
        if not 0.002 <= hop_s <= 0.05:
            raise ValueError(f"hop_s is {hop_s}, expected 0.002 .. 0.05")
        self.delay_s = delay_s
        self._hop_s = hop_s
        lengths = np.arange(round(60 / hop_s / MAX_BPM), round(60 / hop_s / MIN_BPM) + 1)
        self._first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._last = np.cumsum(lengths) - 1
        self._length = np.repeat(lengths, lengths)
        self._phase = np.concatenate([np.arange(n) / n for n in lengths])
        self._cos, self._sin = np.cos(2 * np.pi * self._phase), np.sin(2 * np.pi * self._phase)
        self._on_beat = np.flatnonzero(self._phase < BEAT_SHARE)
        closeness = np.exp(-TEMPO_STIFFNESS * np.abs(lengths[None, :] / lengths[:, None] - 1))
        self._change = closeness / closeness.sum(axis=1, keepdims=True)
        self._belief: NDArray[np.float64] = 1 / (self._length * len(lengths))
        self._next = np.empty_like(self._belief)
        self._count = 0.0
        self._tempo_bpm = 0.0
        self._confidence = 0.0

    def do(self, activation: float, silent: bool = False) -> Beat:
        """Take one hop's likeness to a beat, in (0, 1), and say where the music is at its end."""
        self._move(keep_tempo=silent)
        if silent:
            self._confidence *= math.exp(-self._hop_s / FORGET_S)
        else:
            self._weigh(min(max(activation, 0.01), 0.96))
            self._confidence = math.hypot(self._belief @ self._cos, self._belief @ self._sin)
        self._steer()
        return Beat(self._tempo_bpm, self._count, min(self._confidence, 1.0))

    def _move(self, keep_tempo: bool) -> None:
        """Advance every state by one hop; at the beat the tempo may change a little, in silence it may not."""
        old, new = self._belief, self._next
        new[1:] = old[:-1]
        passing = old[self._last]
        new[self._first] = passing if keep_tempo else passing @ self._change
        self._belief, self._next = new, old

    def _weigh(self, activation: float) -> None:
        off_beat = (1 - activation) * BEAT_SHARE / (1 - BEAT_SHARE)
        self._belief[self._on_beat] *= activation / off_beat
        self._belief /= self._belief.sum()

    def _steer(self) -> None:
        """Let the count run at the filter's tempo and lean towards its phase, without a jump."""
        best = int(self._belief.argmax())
        beats_per_hop = 1 / float(self._length[best])
        target = float(self._phase[best]) + self.delay_s / self._hop_s * beats_per_hop
        if self._tempo_bpm == 0:
            if self._confidence < LOCK:
                return
            self._count = target % 1
        else:
            error = (target - self._count - beats_per_hop + 0.5) % 1 - 0.5
            limit = MAX_STEER * beats_per_hop
            self._count += beats_per_hop + min(max(error * self._hop_s / STEER_S, -limit), limit)
        self._tempo_bpm = 60 * beats_per_hop / self._hop_s
