"""The walk as a chain of pieces: what is drawn at a position. A segment is one piece, or several between its anchors.

Position stays one float over segments; a piece only says which two pictures lie around it, and where.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from operator import attrgetter

_START = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Piece:
    """From one picture of the walk to the next one.

    a, b        numbers of the two pictures: keyframes first, then anchors (`Walk.pictures`)
    start, end  positions of the two, start < end; end is one more than the start's segment when b is a keyframe;
                where the next piece begins later than this one ends, there is a break
    """

    a: int
    b: int
    start: float
    end: float

    @property
    def span(self) -> tuple[float, float]:
        """Where it begins and ends in its segment: phases, (0, 1) when the segment has no anchors."""
        segment = floor(self.start)
        return self.start - segment, self.end - segment


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's file; `where` names it in messages."""

    where: str
    image: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Maps:
    """The files of a piece's flow and crossover, and their hashes in that order; `where` names it in messages."""

    where: str
    flow: str
    crossover: str
    sha256: tuple[str, str]


def plain(segments: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """The pieces of a walk without anchors: (first keyframe, last keyframe) of each segment, in walk order."""
    return tuple(Piece(a, b, float(index), index + 1.0) for index, (a, b) in enumerate(segments))


def locate(pieces: Sequence[Piece], position: float) -> tuple[int, float]:
    """Find what is drawn at a position: the index of a piece, and the phase inside it.

    pieces    of one walk, in walk order
    position  in [0, number of segments]; outside it, and inside a break, it is the nearer end
    returns   index, and a phase in [0, 1] that grows linearly with the position; it is 1 only at the walk's end and
              before a break: else, exactly on a keyframe or an anchor, that picture is the first of its piece
    """
    index = max(bisect_right(pieces, position, key=_START) - 1, 0)
    piece = pieces[index]
    if position > piece.end and index + 1 < len(pieces) and pieces[index + 1].start - position < position - piece.end:
        return index + 1, 0.0
    return index, min(max((position - piece.start) / (piece.end - piece.start), 0.0), 1.0)
