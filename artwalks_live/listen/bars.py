"""Beats and bars of a whole song: the best way through a bar pointer's states.

The hidden state is (meter, beat of the bar, length of the beat, place in the beat). The pointer moves on one hop at a
time; as it passes a beat the tempo may change a little, as it passes a bar line the meter may, at a price. Viterbi
finds the one way through the whole song that its sound makes most likely. Krebs, Böck & Widmer, "An efficient
state-space model for joint tempo and meter tracking", ISMIR 2015.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.listen.activation import Likeness

Array = NDArray[np.float32]

MIN_BPM, MAX_BPM = 55.0, 180.0  # above it a piece is felt at half its tempo
METERS = (3, 4)
STIFFNESS = 100.0  # how sharply a change of tempo from one beat to the next is punished
BEAT_S = 0.034  # how long, from a beat on, its sound shows; the same for all tempi, or slow ones would be doubled
SLOTS = 16.0  # a hop that sounds like no beat speaks for each of so many places between beats
CLEAR = 0.3  # a likeness above it places its beat
NEW_METER = -12.0  # log price of another meter at a bar line
BAR_WEIGHT = 0.6  # how far the bar's likeness is believed: it comes once a beat, and is never sure
USUAL_BPM, BPM_SPREAD = 115.0, 0.75  # listeners' preferred tempo, and its spread in octaves (Moelants 2002)


@dataclass(frozen=True, slots=True)
class Beats:
    """The beats of a song, seconds; each one's place in its bar, from 0; the meter of its bar."""

    times_s: tuple[float, ...]
    places: tuple[int, ...]
    meters: tuple[int, ...]


class _States:
    """The states in a row: meter by meter, beat by beat, length by length, each with its hops."""

    def __init__(self, hop_s: float) -> None:
        self.lengths = np.arange(round(60 / hop_s / MAX_BPM), round(60 / hop_s / MIN_BPM) + 1)
        self.slots = [(meter, beat) for meter in METERS for beat in range(meter)]
        self.count = len(self.lengths)
        lengths = np.tile(self.lengths, len(self.slots))
        self.first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.last = self.first + lengths - 1
        self.size = int(lengths.sum())
        place = np.concatenate([np.arange(n) for n in lengths])
        slot = np.repeat(np.arange(len(lengths)) // self.count, lengths)
        self.width = max(round(BEAT_S / hop_s), 1)
        on_beat = place < self.width
        begins = np.array([beat == 0 for _, beat in self.slots])[slot]
        self.kind = np.where(on_beat, np.where(begins, 1, 2), 0)
        closeness = -STIFFNESS * np.abs(self.lengths[None, :] / self.lengths[:, None] - 1.0)
        self.change = (closeness - np.log(np.exp(closeness).sum(axis=1, keepdims=True))).astype(np.float32)
        self.ways = [self._ways(meter, beat) for meter, beat in self.slots]

    def _ways(self, meter: int, beat: int) -> list[tuple[int, float]]:
        """(slot, log price) from which a beat can be reached."""
        if beat:
            return [(self.slots.index((meter, beat - 1)), 0.0)]
        return [(self.slots.index((each, each - 1)), 0.0 if each == meter else NEW_METER) for each in METERS]


def beats_of(likeness: Likeness) -> Beats:
    """The most likely beats and bars of a song. About 0.1 ms a hop; memory 0.4 kB a hop."""
    states = _States(likeness.hop_s)
    seen = _seen(likeness)
    best = _prior(states, likeness.hop_s)
    came = np.zeros((len(likeness.beat), len(states.slots), states.count), np.uint16)
    for i, row in enumerate(seen):
        if i:
            best = _move(states, best, came[i])
        best = best + row[states.kind]
        best -= best.max()
    return _trace(states, best, came, likeness)


def _seen(likeness: Likeness) -> Array:
    """Log likeness of (no beat, first of a bar, another beat) at each hop, (n, 3)."""
    beat = np.clip(likeness.beat, 1e-3, 1 - 1e-3)
    bar = np.clip(likeness.bar, 1e-3, 1 - 1e-3)
    none = likeness.trust * np.log((1.0 - beat) / (SLOTS - 1.0))
    first = likeness.trust * np.log(beat) + BAR_WEIGHT * np.log(bar)
    other = likeness.trust * np.log(beat) + BAR_WEIGHT * np.log1p(-bar)
    return np.stack([none, first, other], axis=1).astype(np.float32)


def _prior(states: _States, hop_s: float) -> Array:
    """Any place in the bar; tempi about as often as they are."""
    octaves = np.log2(60.0 / hop_s / states.lengths / USUAL_BPM)
    tempo = -0.5 * (octaves / BPM_SPREAD) ** 2
    per_length = np.tile(tempo, len(states.slots)) - np.log(np.tile(states.lengths, len(states.slots)))
    return np.repeat(per_length, np.tile(states.lengths, len(states.slots))).astype(np.float32)


def _move(states: _States, best: Array, came: NDArray[np.uint16]) -> Array:
    """One hop on. `came` is told from which slot and length each beat was best reached."""
    n = states.count
    after = np.empty_like(best)
    after[1:] = best[:-1]
    passing = best[states.last].reshape(len(states.slots), n)
    for slot, ways in enumerate(states.ways):
        source, price = max(ways, key=lambda way: float(passing[way[0]].max()) + way[1])
        reached = passing[source][:, None] + states.change
        origin = reached.argmax(axis=0)
        came[slot] = source * n + origin
        after[states.first[slot * n : (slot + 1) * n]] = reached[origin, np.arange(n)] + price
    return after


def _trace(states: _States, best: Array, came: NDArray[np.uint16], likeness: Likeness) -> Beats:
    """Back from the best end to the beginning, from beat to beat."""
    state = int(best.argmax())
    row = int(np.searchsorted(states.first, state, side="right")) - 1
    hop = len(came) - 1 - (state - int(states.first[row]))
    found: list[tuple[int, int]] = []
    while hop >= 0:
        slot, length = divmod(row, states.count)
        found.append((hop, slot))
        if hop == 0:
            break
        row = int(came[hop, slot, length])
        hop -= int(states.lengths[row % states.count])
    found = [(_loudest(likeness, hop, states), slot) for hop, slot in reversed(found)]
    pairs = [states.slots[slot] for _, slot in found]
    times_s = _smoothed(np.array([hop for hop, _ in found]) * likeness.hop_s + likeness.first_s)
    return Beats(tuple(times_s.tolist()), tuple(beat for _, beat in pairs), tuple(meter for meter, _ in pairs))


def _loudest(likeness: Likeness, hop: int, states: _States) -> int:
    """The hop of a beat's sound: the likeliest within the part of the beat in which it may fall."""
    near = likeness.beat[hop : hop + states.width + 1]
    return hop + int(near.argmax()) if len(near) and float(near.max()) > CLEAR else hop


def _smoothed(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beats off the grid of hops: each on the line through its neighbours, where they lie on one within a hop or so."""
    smooth = times_s.copy()
    for i in range(len(times_s)):
        reach = min(i, len(times_s) - 1 - i, 3)
        near = times_s[i - reach : i + reach + 1]
        even = near.mean()  # the middle of a line through evenly spaced points
        if abs(even - times_s[i]) < 0.015:
            smooth[i] = even
    return smooth


def tempo_curve(times_s: tuple[float, ...], tolerance: float = 0.015) -> tuple[tuple[float, float], ...]:
    """(time_s, bpm) each holding until the next: over sixteen beats, said anew where it leaves the last one."""
    curve: list[tuple[float, float]] = []
    for i in range(len(times_s) - 1):
        first, last = max(0, i - 8), min(i + 8, len(times_s) - 1)
        bpm = 60.0 * (last - first) / (times_s[last] - times_s[first])
        if not curve or abs(math.log(bpm / curve[-1][1])) > tolerance:
            curve.append((round(times_s[i] if curve else 0.0, 4), round(bpm, 2)))
    return tuple(curve)
