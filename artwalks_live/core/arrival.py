"""When a walk arrives at which painting of it, so that paintings land on what happens in a song.

A plan is a pure function of cues, the walk's shape and a few wishes. It is a list of arrivals, each at a bar line;
the k-th arrives at the k-th stop of the journey, and a journey is the walk's paintings in the order in which they are
met (round a loop, to and fro, or from the start again). Between two arrivals the walk rests on the painting, then
goes along the leg on an S-curve in time that the song's energy stretches and squeezes; at the arrival it stands
exactly on the next painting. Onto a drop it gathers speed until it hits the painting, and stops dead. In a long rest
it breathes: away from the painting and back, a little, four bars at a time.

Which bar lines are chosen is a shortest path: a drop or a section without an arrival costs much, an arrival in the
middle of a phrase a little, and each leg the more the further it is from the pace that its passage of the song asks
for. Legs that would be faster than the walk may go are no ways at all.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.cues import Cues, Section
from artwalks_live.core.walk_shape import WalkShape

EARLY_S = 1 / 120  # two ticks: the painting stands there when the bar begins
LEAST_REST_S = 0.3
REST_SHARE = 0.4  # of the time between two arrivals, at most
DROP_COST, SECTION_COST, END_COST = 30.0, 6.0, 2.0  # of passing one without an arrival
PHRASE_COST = {0: 0.15, 8: 0.3, 4: 0.8, 12: 0.8}  # of an arrival so many bars into a section, modulo 16
BREAK_COST = 4.0  # of one inside a break, besides
LOOK_BACK = 160  # bars: no rest is longer
BREATH_BARS = 4
EASED_PEAK = math.pi / 2  # the fastest of either curve against its mean
UNEVEN = 2.0  # how much faster it goes where the song is loudest than where it is silent
CALM = 0.35  # of the pace that is left where the song has no energy
SMOOTH_S = 1.5


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a plan may do: the parameters cues.* and the way of a preset.

    pace       segments/s that a passage of middling energy asks for
    fastest    no moment of any leg is faster, segments/s
    hold_beats rest on each painting
    breath     how far a long rest moves away from its painting, segments
    end        what happens at the ends of an open walk, of motion.ENDS
    """

    pace: float = 0.35
    fastest: float = 1.5
    hold_beats: float = 4.0
    breath: float = 0.1
    end: str = "pingpong"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The walk stands on a stop of its journey from time_s to leave_s; the rest is seen to breathe `breaths` times.

    kind   why there: start, drop, section, phrase or end
    """

    time_s: float
    leave_s: float
    stop: int
    kind: str
    breaths: int = 0


class Journey:
    """The paintings of a walk in the order in which they are met, numbered on for ever in both directions.

    In a graph these are the paintings of its first stretch, the chain that was baked first.
    """

    def __init__(self, shape: WalkShape, end: str) -> None:
        self.shape = shape
        self._places = list(shape.tour) or [0.0]
        self._end = end
        n = len(self._places)
        to_and_fro = not shape.loop and end == "pingpong" and n > 1
        self.period = 2 * (n - 1) if to_and_fro else n
        """After so many stops it is at the same painting, going the same way."""
        self.longest = max((abs(self.way(number)) for number in range(self.period)), default=0.0)

    def stop(self, number: int) -> float:
        """The position of a stop; unwrapped along a loop."""
        n = len(self._places)
        if self.shape.loop:
            return self._places[number % n] + (number // n) * self.shape.segments
        if self._end == "stop":
            return self._places[min(max(number, 0), n - 1)]
        turn = number % self.period
        return self._places[turn if turn < n else self.period - turn]

    def way(self, number: int) -> float:
        """Segments from a stop to the next, signed; 0 where the next is reached by a cut."""
        cut = self._end == "jump" and not self.shape.loop and number % self.period == self.period - 1
        return 0.0 if cut else self.stop(number + 1) - self.stop(number)

    def is_cut(self, before: float, after: float) -> bool:
        """Whether the walk cuts between two near places on the journey."""
        first, last = sorted((math.floor(before), math.floor(after)))
        stops = range(first, last)
        return any(self.way(number) == 0.0 and self.stop(number) != self.stop(number + 1) for number in stops)

    def at(self, place: float) -> float:
        """The position at a place on the journey: a stop's number, or between two."""
        number = math.floor(place)
        share = place - number
        start = self.stop(number)
        return self.shape.wrap(start + share * self.way(number)) if share else self.shape.wrap(start)


class Plan:
    """The arrivals of a song, and where the walk stands at each of its instants.

    Cost of `at`: about 3 µs.
    """

    def __init__(self, cues: Cues, shape: WalkShape, wishes: Wishes) -> None:
        self.journey = Journey(shape, wishes.end)
        self.wishes = wishes
        self._hop_s = cues.curves.hop_s
        self._effort = _effort(cues)
        self.arrivals = _arrivals(cues, self.journey, wishes, self._effort)
        self._times = [arrival.time_s for arrival in self.arrivals]

    def at(self, song_s: float) -> float:
        """The place on the journey at an instant of the song: a whole number while it rests on a painting."""
        i = bisect_right(self._times, song_s) - 1
        if i < 0:
            return float(self.arrivals[0].stop)
        here = self.arrivals[i]
        if song_s <= here.leave_s or i + 1 == len(self.arrivals):
            return here.stop + self._breathing(here, song_s)
        after = self.arrivals[i + 1]
        start, end = self._done(here.leave_s), self._done(after.time_s)
        share = (self._done(song_s) - start) / (end - start)
        return here.stop + _eased(min(max(share, 0.0), 1.0), after.kind)

    def next_arrival(self, song_s: float) -> Arrival | None:
        """The first arrival after an instant; None after the last."""
        i = bisect_right(self._times, song_s)
        return self.arrivals[i] if i < len(self.arrivals) else None

    def _breathing(self, here: Arrival, song_s: float) -> float:
        if not here.breaths or song_s >= here.leave_s:
            return 0.0
        share = (song_s - here.time_s) / (here.leave_s - here.time_s)
        way = abs(self.journey.way(here.stop))
        sway = math.sin(math.pi * here.breaths * share) ** 2
        return min(self.wishes.breath / way, 0.5) * sway if way else 0.0

    def _done(self, song_s: float) -> float:
        """Effort spent up to an instant: energy summed up, between the rows on a line."""
        return _done(self._effort, self._hop_s, song_s)


def _eased(share: float, kind: str) -> float:
    """Share of the way at a share of the effort: an S-curve, but onto a drop it gathers speed and stops dead."""
    if kind == "drop":
        return 1.0 - math.cos(0.5 * math.pi * share)
    return math.sin(0.5 * math.pi * share) ** 2


def _effort(cues: Cues) -> NDArray[np.float64]:
    """Half as much effort as time, and half as the smoothed energy says; summed up row by row, (n + 1,)."""
    energy = np.frombuffer(cues.curves.energy, np.uint8) / 255.0
    size = max(1, round(SMOOTH_S / cues.curves.hop_s)) | 1
    padded = np.pad(energy, size // 2, mode="edge")
    smooth = np.convolve(padded, np.hanning(size + 2)[1:-1] / np.hanning(size + 2).sum(), "valid")
    return np.concatenate([[0.0], np.cumsum(0.5 + 0.5 * smooth) * cues.curves.hop_s])


def _done(effort: NDArray[np.float64], hop_s: float, song_s: float) -> float:
    row = max(song_s / hop_s, 0.0)
    i = min(int(row), len(effort) - 2)
    return float(effort[i] + (row - i) * (effort[i + 1] - effort[i]))


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar line at which one may arrive.

    must   what it costs to pass it without an arrival
    may    what an arrival here costs
    """

    time_s: float
    kind: str
    must: float
    may: float


def _arrivals(cues: Cues, journey: Journey, wishes: Wishes, effort: NDArray[np.float64]) -> tuple[Arrival, ...]:
    bars = _bars(cues)
    if len(bars) < 2 or journey.period < 2:
        return (Arrival(0.0, cues.duration_s, 0, "start"),)
    chosen = _cheapest(bars, _Legs(cues, journey, wishes, effort))
    beat_s = 60.0 / cues.tempo[0][1]
    made = []
    for number, i in enumerate(chosen):
        time_s = max(bars[i].time_s - EARLY_S, 0.0)
        if number + 1 == len(chosen):
            made.append(Arrival(time_s, cues.duration_s, number, bars[i].kind))
            continue
        until_s = bars[chosen[number + 1]].time_s - EARLY_S
        beat_s = 60.0 / _tempo_at(cues, time_s)
        leave_s = time_s + _rest_s(until_s - time_s, beat_s, abs(journey.way(number)), wishes, _section(cues, time_s))
        breaths = round((leave_s - time_s) / (BREATH_BARS * cues.meter * beat_s))
        made.append(Arrival(time_s, leave_s, number, bars[i].kind, breaths))
    return tuple(made)


def _rest_s(span_s: float, beat_s: float, way: float, wishes: Wishes, section: Section) -> float:
    """Rest on the painting; and as much longer as the way would otherwise be slower than half the passage's pace.

    In a break not slower than its pace: the walk stays, and breathes.
    """
    if way == 0.0:
        return span_s
    rest_s = min(max(wishes.hold_beats * beat_s, LEAST_REST_S), REST_SHARE * span_s)
    slowest = (1.0 if section.kind == "break" else 0.5) * _asked(wishes, section.energy)
    slowest = min(slowest, wishes.fastest / (EASED_PEAK * UNEVEN))  # resting longer must not make the way too fast
    return max(rest_s, span_s - way / slowest)


def _asked(wishes: Wishes, energy: float) -> float:
    """The pace, segments/s, that a passage of this energy asks for."""
    return wishes.pace * (CALM + 2.0 * (1.0 - CALM) * energy)


def _section(cues: Cues, song_s: float) -> Section:
    return cues.sections[cues.section_at(song_s + 2 * EARLY_S)]


def _tempo_at(cues: Cues, song_s: float) -> float:
    times = [time_s for time_s, _ in cues.tempo]
    return cues.tempo[max(bisect_right(times, song_s) - 1, 0)][1]


def _bars(cues: Cues) -> list[_Bar]:
    """Every bar line worth an arrival, the start and the end of the song among them."""
    drops = {moment.time_s for moment in cues.of_kind("drop")}
    starts = {section.start_s for section in cues.sections}
    bars = [_Bar(0.0, "start", 0.0, 0.0)]
    since = 0
    for time_s in sorted({*cues.downbeats, *starts, *drops} - {0.0}):
        since = 0 if time_s in starts else since + 1
        if time_s >= cues.duration_s:
            continue
        if time_s in drops:
            bars.append(_Bar(time_s, "drop", DROP_COST, 0.0))
        elif time_s in starts:
            bars.append(_Bar(time_s, "section", SECTION_COST, 0.0))
        else:
            calm = BREAK_COST if _section(cues, time_s).kind == "break" else 0.0
            bars.append(_Bar(time_s, "phrase", 0.0, PHRASE_COST.get(since % 16, 3.0) + calm))
    return [*bars, _Bar(cues.duration_s, "end", END_COST, 0.0)]


class _Legs:
    """What it costs to go from one bar line to another."""

    def __init__(self, cues: Cues, journey: Journey, wishes: Wishes, effort: NDArray[np.float64]) -> None:
        self._cues, self._journey, self._wishes = cues, journey, wishes
        self._effort, self._hop_s = effort, cues.curves.hop_s
        self._rates = np.diff(effort) / self._hop_s

    def cost(self, start_s: float, end_s: float, number: int) -> float:
        """Of the leg after a stop; infinite where it would have to be faster than it may."""
        way = abs(self._journey.way(number))
        section = _section(self._cues, start_s)
        span_s = end_s - start_s
        beat_s = 60.0 / _tempo_at(self._cues, start_s)
        asked_s = way / _asked(self._wishes, section.energy) + self._wishes.hold_beats * beat_s
        rest_s = _rest_s(span_s, beat_s, way, self._wishes, section)
        if way and self._fastest(way, start_s + rest_s, end_s) > self._wishes.fastest:
            return math.inf
        return math.log(span_s / max(asked_s, 0.1)) ** 2

    def stay(self, start_s: float, end_s: float, number: int) -> float:
        """What it costs to stay on a stop until the song's end: nothing for as long as a leg would last."""
        way = abs(self._journey.way(number))
        asked_s = max(way / _asked(self._wishes, _section(self._cues, start_s).energy), 0.1)
        return math.log(max((end_s - start_s) / asked_s, 1.0)) ** 2 if way else 0.0

    def _fastest(self, way: float, leave_s: float, end_s: float) -> float:
        """The greatest speed of a leg, segments/s: the S-curve's in the most energetic row, an upper bound."""
        span = _done(self._effort, self._hop_s, end_s) - _done(self._effort, self._hop_s, leave_s)
        if span <= 0.0:
            return math.inf
        first = int(leave_s / self._hop_s)
        rates = self._rates[first : int(end_s / self._hop_s) + 1]
        most = float(rates.max()) if len(rates) else float(self._rates[-1])
        return way * EASED_PEAK * most / span


def _cheapest(bars: list[_Bar], legs: _Legs) -> list[int]:
    """The bar lines of the cheapest way through the song, by number."""
    n = len(bars)
    passed = np.concatenate([[0.0], np.cumsum([bar.must for bar in bars])])
    best = [0.0] + [math.inf] * (n - 1)
    came, length = [0] * n, [0] * n
    for end in range(1, n):
        for start in range(max(0, end - LOOK_BACK), end):
            if math.isinf(best[start]):
                continue
            skipped = float(passed[end] - passed[start + 1])
            if best[start] + skipped + bars[end].may >= best[end]:
                continue
            cost = legs.cost(bars[start].time_s, bars[end].time_s, length[start])
            total = best[start] + skipped + bars[end].may + cost
            if total < best[end]:
                best[end], came[end], length[end] = total, start, length[start] + 1
    left = [legs.stay(bars[i].time_s, bars[-1].time_s, length[i]) + float(passed[n] - passed[i + 1]) for i in range(n)]
    way = [min(range(n), key=lambda last: best[last] + left[last])]
    while way[-1]:
        way.append(came[way[-1]])
    return way[::-1]
