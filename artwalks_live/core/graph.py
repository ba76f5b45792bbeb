"""The walk as a graph: paintings, and the legs between them, which can be walked both ways.

A chain and a loop are graphs too; whoever walks one in order needs none of this.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from artwalks_live.core.embedding import unpacked
from artwalks_live.core.walk import Painting, Walk
from artwalks_live.core.walk_check import legs
from artwalks_live.core.walk_extras import Look


@dataclass(frozen=True, slots=True)
class Way:
    """A leg as it is walked: from a position to another, and from a painting to another.

    end   on a loop's closing leg one round further than the position that it is
    """

    start: float
    end: float
    a: int
    b: int

    @property
    def heading(self) -> int:
        """+1 when the position grows on it, −1 when it falls."""
        return 1 if self.end > self.start else -1

    @property
    def length(self) -> float:
        """Segments."""
        return abs(self.end - self.start)

    @property
    def back(self) -> Way:
        """The same leg, walked the other way."""
        return Way(self.end, self.start, self.b, self.a)


@dataclass(frozen=True)
class Graph:
    """See the module.

    count   of paintings
    legs    in walk order, each as it was baked
    arcs    how long each is to the eye; () where only their segments are known
    looks   of the paintings, all or none
    alike   how alike any two paintings are, more is more; () where that is not known
    """

    count: int
    legs: tuple[Way, ...]
    arcs: tuple[float, ...] = ()
    looks: tuple[Look, ...] = ()
    alike: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def of(cls, walk: Walk) -> Graph:
        """The graph of a bundle."""
        count = len(walk.keyframes)
        ways, arcs = [], []
        for start, end in legs(walk):
            a, b = walk.keyframes[start].painting, walk.keyframes[end % count].painting
            assert a is not None and b is not None
            ways.append(Way(float(start), float(end), a, b))
            arcs.append(walk.keyframes[end].arc - walk.keyframes[start].arc if end < count else float(end - start))
        looks = tuple(painting.look for painting in walk.paintings if painting.look is not None)
        looks = looks if len(looks) == len(walk.paintings) else ()
        return cls(len(walk.paintings), tuple(ways), tuple(arcs), looks, _alike(walk.paintings, looks))

    @cached_property
    def _out(self) -> tuple[tuple[Way, ...], ...]:
        out: list[list[Way]] = [[] for _ in range(self.count)]
        for leg in self.legs:
            out[leg.a].append(leg)
            out[leg.b].append(leg.back)
        return tuple(map(tuple, out))

    @cached_property
    def _cost(self) -> dict[tuple[float, float], float]:
        arcs = self.arcs or tuple(leg.length for leg in self.legs)
        both = zip(self.legs, arcs, strict=True)
        return {span: arc for leg, arc in both for span in ((leg.start, leg.end), (leg.end, leg.start))}

    @cached_property
    def _paths(self) -> dict[tuple[int, int], tuple[Way, ...]]:
        return {}

    def out(self, painting: int) -> tuple[Way, ...]:
        """The ways that lead on from a painting, in the order of the legs."""
        return self._out[painting]

    def beside(self, painting: int) -> tuple[int, ...]:
        """The paintings that a single leg leads to, each once."""
        return tuple(dict.fromkeys(way.b for way in self._out[painting]))

    def path(self, here: int, there: int) -> tuple[Way, ...]:
        """The way from one painting to another: the fewest legs, of these the shortest to the eye; () for none.

        About 1 µs when it was asked for before, else a millisecond for a thousand legs.
        """
        if (here, there) not in self._paths:
            self._paths[here, there] = self._found(here, there)
        return self._paths[here, there]

    def unseen(self, seen: frozenset[int]) -> list[int]:
        """The paintings that are not among these, and that some leg leads to."""
        return [number for number in range(self.count) if number not in seen and self._out[number]]

    def once(self) -> float:
        """How many segments it takes to walk to every painting in the order of the list, the first to the last."""
        paths = (self.path(number, number + 1) for number in range(self.count - 1))
        return sum(way.length for path in paths for way in path)

    def _found(self, here: int, there: int) -> tuple[Way, ...]:
        heap: list[tuple[int, float, int, int]] = [(0, 0.0, 0, here)]
        came: dict[int, Way | None] = {here: None}
        best = {here: (0, 0.0)}
        pushed = 0
        while heap:
            legs_so_far, length, _, at = heapq.heappop(heap)
            if at == there:
                break
            if (legs_so_far, length) > best[at]:
                continue
            for way in self._out[at]:
                cost = (legs_so_far + 1, length + self._cost[way.start, way.end])
                if cost < best.get(way.b, (math.inf, 0.0)):
                    pushed += 1
                    best[way.b], came[way.b] = cost, way
                    heapq.heappush(heap, (*cost, pushed, way.b))
        path: list[Way] = []
        last = came.get(there)
        while last is not None:
            path.append(last)
            last = came[last.a]
        return tuple(path[::-1])


def _alike(paintings: Sequence[Painting], looks: Sequence[Look]) -> tuple[tuple[float, ...], ...]:
    """How alike paintings are: by their embeddings where all have one, else by their looks, else nothing is known."""
    if paintings and all(painting.embedding for painting in paintings):
        vectors = np.stack([unpacked(painting.embedding) for painting in paintings])
        likeness = vectors @ vectors.T
    elif looks:
        turns = np.array([(look.hue, look.colour, look.energy) for look in looks])
        angle = 2.0 * np.pi * turns[:, 0]
        places = np.stack([turns[:, 1] * np.cos(angle), turns[:, 1] * np.sin(angle), turns[:, 2]], axis=1)
        likeness = -np.linalg.norm(places[:, None] - places[None], axis=-1)
    else:
        return ()
    return tuple(tuple(map(float, np.round(row, 6))) for row in likeness)
