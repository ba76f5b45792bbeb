"""The geometry that the timeline moves in: how long the walk is, where its paintings stand, where it closes."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from artwalks_live.core.graph import Graph, Way
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_check import breaks


@dataclass(frozen=True)
class WalkShape:
    """A walk without its pictures.

    segments    number of segments; a position lies in [0, segments], or in [0, segments) on a loop
    paintings   positions of the paintings, whole numbers: of each the first, or where it shows most
    loop        the last segment leads back to position 0
    titles      of the paintings, for /walk/goto by name; may be empty
    breaks      positions after which there is no segment: it goes on with another leg
    again       further (position, painting) at which paintings stand
    leading     the painting that shows most at each position, where some are vague (a composed walk)
    vague       paintings that never stand alone
    branching   a painting may have several ways on: the next leg is chosen
    legs        the graph, where the bundle says more about it than the positions do
    """

    segments: int
    paintings: tuple[int, ...]
    loop: bool = False
    titles: tuple[str, ...] = ()
    breaks: tuple[int, ...] = ()
    again: tuple[tuple[int, int], ...] = ()
    leading: tuple[int, ...] = ()
    vague: frozenset[int] = frozenset()
    branching: bool = False
    legs: Graph | None = None

    @classmethod
    def of(cls, walk: Walk) -> WalkShape:
        """The shape of a bundle."""
        shown = [(position, each.painting) for position, each in enumerate(walk.keyframes) if each.painting is not None]
        again = tuple((at, number) for at, number in shown if at != walk.paintings[number].keyframe)
        vague = frozenset(number for number, painting in enumerate(walk.paintings) if painting.keyframe is None)
        most = [max(each.weights, key=lambda i: each.weights[i]) for each in walk.keyframes] if vague else []
        return cls(
            segments=walk.length,
            paintings=tuple(_place(walk, number) for number in range(len(walk.paintings))),
            loop=walk.loop,
            titles=tuple(painting.title for painting in walk.paintings),
            breaks=breaks(walk),
            again=again,
            leading=tuple(most),
            vague=vague,
            branching=bool(breaks(walk)) or (bool(again) and walk.song is None),
            legs=Graph.of(walk),
        )

    @cached_property
    def _stands(self) -> dict[float, int]:
        """Which painting stands where."""
        first = {float(at): number for number, at in enumerate(self.paintings) if self._is_shown(number)}
        return first | {float(at): number for at, number in self.again}

    def _is_shown(self, number: int) -> bool:
        return number not in self.vague

    @cached_property
    def graph(self) -> Graph:
        """Which leg leads from where to where."""
        if self.legs is not None:
            return self.legs
        stops = [stop for stop in self._stops if stop >= 0.0 and self.painting_at(stop) is not None]
        ways = [
            Way(start, end, self._stands[self.wrap(start)], self._stands[self.wrap(end)])
            for start, end in pairwise(stops)
            if start not in self._gaps
        ]
        return Graph(len(self.paintings), tuple(ways))

    @cached_property
    def _gaps(self) -> frozenset[float]:
        return frozenset(map(float, self.breaks))

    @cached_property
    def _stops(self) -> tuple[float, ...]:
        """The ends of the legs in order. On a loop one leg more at each side, so that every position is inside."""
        stops = sorted(self._stands)
        if self.loop:
            stops = [stops[-1] - self.segments, *stops, stops[0] + self.segments]
        else:
            stops = sorted({0.0, *stops, float(self.segments)})
        return tuple(stops)

    def wrap(self, position: float) -> float:
        """Bring any position into the walk: round the loop, or to the nearer end."""
        if self.loop:
            wrapped = position % self.segments
            return 0.0 if wrapped == self.segments else wrapped  # a tiny negative number rounds up to the length
        inside = min(max(position, 0.0), float(self.segments))
        start = float(math.floor(inside)) if self.breaks else -1.0
        return start + round(inside - start) if start in self._gaps else inside

    def way(self, start: float, end: float) -> float:
        """The signed way from one position to another; the shorter one round a loop."""
        way = end - start
        return math.remainder(way, self.segments) if self.loop else way

    def is_painting(self, position: float) -> bool:
        """Whether a painting stands exactly here."""
        return position in self._stands

    def painting_at(self, position: float) -> int | None:
        """The painting that stands exactly here; None where none does. A loop's length is its beginning."""
        return self._stands.get(self.wrap(position))

    def run(self, position: float) -> int:
        """Which of the stretches between breaks a position lies in, counted from 0."""
        return bisect_left(self.breaks, position)

    def stand(self, painting: int, near: float) -> float:
        """Where a painting stands: in the same stretch as a position, if it does, else at its first place."""
        mine = [at for at, number in self._stands.items() if number == painting and self.run(at) == self.run(near)]
        first = float(self.paintings[painting])
        return first if not mine or first in mine else mine[0]

    @cached_property
    def tour(self) -> tuple[float, ...]:
        """Where paintings stand in the first stretch, in order: in the whole walk, when it is a chain or a loop."""
        return tuple(sorted(at for at in self._stands if self.run(at) == 0))

    def nearest_painting(self, position: float) -> int:
        """The index of the painting nearest to a position; where it is mixed of all, of the one that shows most."""
        if self.leading:
            return self.leading[round(position) % len(self.leading)]
        if self.again:
            return min(self._stands.items(), key=lambda stand: abs(self.way(position, stand[0])))[1]
        ways = [abs(self.way(position, float(place))) for place in self.paintings]
        return ways.index(min(ways))

    def beyond(self, position: float, heading: int) -> int | None:
        """The index of the next painting that way, not counting one exactly here; None past the end."""
        order = sorted(range(len(self.paintings)), key=lambda i: heading * self.paintings[i])
        ahead = [i for i in order if heading * (self.paintings[i] - position) > 1e-6]
        if ahead:
            return ahead[0]
        return order[0] if self.loop else None

    def at_end(self, position: float, heading: int) -> bool:
        """Whether an open walk has no way on in this direction."""
        return not self.loop and position == (self.segments if heading > 0 else 0.0)

    def leg(self, position: float, heading: int) -> tuple[float, float]:
        """(from, to) of the leg entered or crossed when moving that way; unwrapped, so that to − from is its way."""
        stops = self._stops
        if heading > 0:
            i = min(bisect_right(stops, position), len(stops) - 1)
            return stops[i - 1], stops[i]
        i = max(bisect_left(stops, position), 1)
        return stops[i], stops[i - 1]

    def segment(self, position: float, heading: int) -> tuple[float, float]:
        """(from, to) of the segment entered or crossed when moving that way, unwrapped like a leg."""
        start = math.floor(position) if heading > 0 else math.ceil(position)
        return float(start), float(start + heading)

    def travel(self, position: float) -> float:
        """How far from the paintings: 0 on one, 1 half-way between two."""
        start, end = self.leg(position, 1)
        return 1.0 - abs(2.0 * (position - start) / (end - start) - 1.0)


def _place(walk: Walk, number: int) -> int:
    """Where a painting stands first, or shows most."""
    keyframe = walk.paintings[number].keyframe
    if keyframe is not None:
        return keyframe
    shares = [each.weights.get(number, 0.0) for each in walk.keyframes]
    return shares.index(max(shares))
