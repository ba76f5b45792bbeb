"""The course of a walk, as far as streaming goes: which pictures and maps a place needs, and what lies around it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from operator import attrgetter

from artwalks_live.core.pieces import Piece, locate
from artwalks_live.gpu.items import Key

Onward = tuple[float, float]
"""Where another leg begins, at a picture that is on the way, and where it leads: positions."""
_START = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a piece is drawn from: its two pictures, its maps, and how the pictures move, where they do."""

    a: Key
    b: Key
    maps: Key
    motion_a: Key | None = None
    motion_b: Key | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """All of it."""
        return tuple(key for key in (self.a, self.b, self.maps, self.motion_a, self.motion_b) if key is not None)


@dataclass(frozen=True)
class Course:
    """What is needed where. Numbers stand for content: of two courses, the same number is the same picture or maps.

    pieces   in walk order; `a` and `b` are the numbers that the pictures are fetched by
    maps     the numbers that the pieces' maps are fetched by
    loop     the last piece leads back to the first
    motions  the numbers that motions are fetched by, by the numbers of their pictures
    """

    pieces: tuple[Piece, ...]
    maps: tuple[int, ...]
    loop: bool
    motions: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> Course:
        """A course whose maps are numbered by place; it loops when the last piece ends where the first starts."""
        return cls(tuple(pieces), tuple(range(len(pieces))), pieces[0].a == pieces[-1].b)

    @property
    def length(self) -> float:
        """The number of segments."""
        return self.pieces[-1].end

    def locate(self, position: float) -> tuple[int, float]:
        """(piece, phase in it) of any position: round the loop, or at the nearer end."""
        return locate(self.pieces, position % self.length if self.loop else position)

    def distance(self, start: float, end: float) -> float:
        """Segments from one position to another, signed; the shorter way round when the walk loops.

        From one stretch of a graph to another there is no such way: 0.
        """
        way, length = end - start, self.length
        if self._runs[-1] and self._runs[self.locate(start)[0]] != self._runs[self.locate(end)[0]]:
            return 0.0
        return (way + length / 2) % length - length / 2 if self.loop else way

    @cached_property
    def _runs(self) -> tuple[int, ...]:
        """Which of the stretches between breaks each piece lies in, counted from 0."""
        return tuple(accumulate((after.start > before.end for before, after in pairwise(self.pieces)), initial=0))

    def beside(self, index: int, step: int) -> int | None:
        """The piece so many steps from another one; None beyond an end or a break."""
        there, count = index + step, len(self.pieces)
        if self.loop:
            return there % count
        return there if 0 <= there < count and self._runs[there] == self._runs[index] else None

    def at(self, position: float, direction: int, onward: Onward | None) -> tuple[int, float, int]:
        """(piece, phase in it, direction) to draw a position with, and to read ahead from.

        direction   in which the position moves
        onward      the leg that comes next: where it begins it is what is drawn, at the same picture
        """
        index, phase = self.locate(position)
        if onward is not None and phase in (0.0, 1.0):
            first, heading, joint = self._first(onward)
            if joint == (self.pieces[index].b if phase else self.pieces[index].a):
                return first, 0.0 if heading > 0 else 1.0, heading
        return index, phase, direction

    def ahead(self, index: int, direction: int, count: int, onward: Onward) -> list[int]:
        """So many pieces that come after one, or fewer before an end: the next leg from where its picture is met."""
        first, step, joint = self._first(onward)
        at, met = index, index == first and direction == step
        found: list[int] = []
        while len(found) < count:
            far = self.pieces[at].b if direction > 0 else self.pieces[at].a
            if far == joint and not met:
                at, direction, met = first, step, True
            elif (there := self.beside(at, direction)) is not None:
                at = there
            else:
                break
            found.append(at)
        return found

    def _first(self, onward: Onward) -> tuple[int, int, int]:
        """The first piece of a leg, the direction in which it is walked, and the picture that it begins with."""
        start, end = onward
        if end > start:
            index = bisect_right(self.pieces, start % self.length if self.loop else start, key=_START) - 1
            return index, 1, self.pieces[index].a
        index = bisect_left(self.pieces, start, key=_START) - 1
        return index, -1, self.pieces[index].b

    def needs(self, index: int) -> Needs:
        """What a piece is drawn from."""
        piece = self.pieces[index]
        moving: list[Key | None] = [
            ("motion", self.motions[number]) if number in self.motions else None for number in (piece.a, piece.b)
        ]
        return Needs(("image", piece.a), ("image", piece.b), ("segment", self.maps[index]), *moving)

    def along(self, index: int, steps: Sequence[int]) -> Iterator[tuple[Key, ...]]:
        """What the pieces at these steps from one need, in the same order."""
        indices = (self.beside(index, step) for step in steps)
        return (self.needs(there).keys for there in indices if there is not None)

    def around(self, index: int, steps: Sequence[int], direction: int, onward: Onward) -> Iterator[tuple[Key, ...]]:
        """The same in a graph: those in the direction of travel as `ahead` finds them."""
        reach = range(max(map(abs, steps)) + 1)
        behind = {-step: self.beside(index, -direction * step) for step in reach}
        places = {**behind, **dict(enumerate(self.ahead(index, direction, reach[-1], onward), 1))}
        found = (places.get(step * direction) for step in steps)
        return (self.needs(there).keys for there in found if there is not None)
