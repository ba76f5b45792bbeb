"""The geometry that the timeline moves in: how long the walk is, where its paintings stand, where it closes."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

from artwalks_live.core.walk import Walk


@dataclass(frozen=True)
class WalkShape:
    """A walk without its pictures.

    segments    number of segments; a position lies in [0, segments], or in [0, segments) on a loop
    paintings   positions of the paintings, whole numbers in walk order
    loop        the last segment leads back to position 0
    titles      of the paintings, for /walk/goto by name; may be empty
    """

    segments: int
    paintings: tuple[int, ...]
    loop: bool = False
    titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, walk: Walk) -> WalkShape:
        """The shape of a bundle."""
        positions = tuple(round(position) for position in walk.painting_positions)
        titles = tuple(painting.title for painting in walk.paintings if painting.keyframe is not None)
        return cls(walk.length, positions, walk.loop, titles)

    @cached_property
    def _places(self) -> frozenset[float]:
        return frozenset(float(position) for position in self.paintings)

    @cached_property
    def _stops(self) -> tuple[float, ...]:
        """The ends of the legs in order. On a loop one leg more at each side, so that every position is inside."""
        stops = sorted(self._places)
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
        return min(max(position, 0.0), float(self.segments))

    def way(self, start: float, end: float) -> float:
        """The signed way from one position to another; the shorter one round a loop."""
        way = end - start
        return math.remainder(way, self.segments) if self.loop else way

    def is_painting(self, position: float) -> bool:
        """Whether a painting stands exactly here."""
        return position in self._places

    def nearest_painting(self, position: float) -> int:
        """The index of the painting nearest to a position."""
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
