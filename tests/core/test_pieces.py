"""Where a position lies in a walk of pieces: one float over segments, whatever anchors they hold."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.pieces import Piece, locate, plain

PIECES = (Piece(0, 3, 0.0, 0.25), Piece(3, 4, 0.25, 0.5), Piece(4, 1, 0.5, 1.0), Piece(1, 2, 1.0, 2.0))


def test_without_anchors_the_phase_is_the_fraction_bit_for_bit() -> None:
    pieces = plain((i, i + 1) for i in range(600))
    for position in np.random.default_rng(0).uniform(0, 600, 1000):
        assert locate(pieces, float(position)) == (int(position), float(position) - int(position))


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        (0.0, (0, 0.0)), (0.125, (0, 0.5)), (0.25, (1, 0.0)), (0.375, (1, 0.5)), (0.5, (2, 0.0)), (0.75, (2, 0.5)),
        (1.0, (3, 0.0)), (1.5, (3, 0.5)), (2.0, (3, 1.0)), (-7.0, (0, 0.0)), (99.0, (3, 1.0)),
    ],
)  # fmt: skip
def test_a_position_has_one_place(position: float, expected: tuple[int, float]) -> None:
    assert locate(PIECES, position) == expected


def test_the_way_is_continuous_and_never_goes_back() -> None:
    """Picture numbers follow one another, and phase 1 of a piece is phase 0 of the next."""
    pictures = [PIECES[0].a, *(piece.b for piece in PIECES)]
    along = []
    for position in np.linspace(0, 2, 401):
        index, phase = locate(PIECES, float(position))
        along.append(index + phase)
        piece = PIECES[index]
        assert (piece.a, piece.b) == (pictures[index], pictures[index + 1])
        assert piece.start + phase * (piece.end - piece.start) == pytest.approx(position, abs=1e-12)
    assert np.all(np.diff(along) > 0)
    assert np.max(np.diff(along)) < 0.021  # the steepest piece takes a quarter of a segment


def test_a_piece_knows_its_place_in_its_segment() -> None:
    assert [piece.span for piece in PIECES] == [(0.0, 0.25), (0.25, 0.5), (0.5, 1.0), (0.0, 1.0)]
    assert Piece(7, 8, 6.5, 7.0).span == (0.5, 1.0)
