"""The course of a walk, as far as streaming goes: which pictures and maps a place needs, and what lies around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from artwalks_live.core.pieces import Piece, locate
from artwalks_live.gpu.items import Key


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
        """Segments from one position to another, signed; the shorter way round when the walk loops."""
        way, length = end - start, self.length
        return (way + length / 2) % length - length / 2 if self.loop else way

    def beside(self, index: int, step: int) -> int | None:
        """The piece so many steps from another one; None beyond an end."""
        there, count = index + step, len(self.pieces)
        return there % count if self.loop else there if 0 <= there < count else None

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
