"""Motion proven by patch fields: pieces that moved are found where they went, and nothing else is claimed."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.bake.correspondence import Known, both_ways
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.core.errors import FlowShapeError

GRID = (90, 160)
FINE = (320, 180)


def between(first: PatchField, second: PatchField, size: tuple[int, int]) -> Known:
    return both_ways(first, second, size)[0]


def painting(number: int) -> PatchField:
    """A painting's own field: everything stands where it is."""
    y, x = np.indices(GRID, np.float32)
    return PatchField(np.full(GRID, number, np.uint8), x, y)


def with_piece(field: PatchField, box: tuple[slice, slice], number: int, move: tuple[float, float]) -> PatchField:
    """The field with a piece of a painting laid into a box, moved by (dx, dy) from its own place."""
    y, x = np.indices(GRID, np.float32)
    made = PatchField(field.painting.copy(), field.x.copy(), field.y.copy())
    made.painting[box], made.x[box], made.y[box] = number, (x - move[0])[box], (y - move[1])[box]
    return made


def test_a_painting_beside_itself_rests_everywhere() -> None:
    known = between(painting(0), painting(0), FINE)
    assert known.sure.all()
    assert np.abs(known.vectors).max() == 0


def test_two_different_paintings_have_no_motion_between_them() -> None:
    assert not between(painting(0), painting(1), FINE).sure.any()


def test_a_piece_that_moved_is_found_where_it_went_in_pixels_of_the_finer_grid() -> None:
    first = with_piece(painting(0), np.s_[20:50, 30:70], 1, (0, 0))
    second = with_piece(painting(0), np.s_[24:54, 40:80], 1, (10, 4))
    known = between(first, second, FINE)
    inner = np.s_[48:92, 68:132]
    assert known.sure[inner].all()
    assert np.abs(known.vectors[inner] - [20, 8]).max() < 0.01
    back = between(second, first, FINE)
    assert np.abs(back.vectors[56:100, 88:152] + [20, 8]).max() < 0.01


def test_the_nearer_of_two_copies_is_taken() -> None:
    first = with_piece(painting(0), np.s_[30:50, 60:80], 1, (0, 0))
    copies = with_piece(painting(0), np.s_[30:50, 70:90], 1, (10, 0))
    copies = with_piece(copies, np.s_[30:50, 46:64], 1, (-14, 0))
    known = between(first, copies, FINE)
    assert np.abs(known.vectors[64:96, 124:150] - [20, 0]).max() < 0.01


def test_a_copy_of_a_thing_that_stays_does_not_move() -> None:
    copied = with_piece(painting(0), np.s_[30:44, 60:80], 0, (0, 15))
    there, back = both_ways(painting(0), copied, FINE)
    assert not back.sure[64:84, 124:156].any()
    moving = (np.abs(there.vectors).max(axis=2) > 0) & there.sure
    assert not moving.any()


def test_a_piece_that_would_fly_far_is_left_to_the_crossover() -> None:
    first = with_piece(painting(0), np.s_[30:50, 10:30], 1, (0, 0))
    second = with_piece(painting(0), np.s_[30:50, 110:130], 1, (100, 0))
    assert not between(first, second, FINE).sure[64:96, 24:56].any()


def test_a_place_whose_source_changed_has_no_motion() -> None:
    second = with_piece(painting(0), np.s_[20:60, 40:100], 1, (0, 0))
    known = between(painting(0), second, FINE)
    assert not known.sure[44:116, 84:196].any()
    assert known.sure[:, :70].all()


def test_what_is_known_overrules_what_was_guessed() -> None:
    vectors = np.zeros((4, 6, 2), np.float32)
    vectors[:, 3:] = [8, 0]
    sure = np.ones((4, 6), bool)
    sure[0] = False
    guessed = np.full((4, 6, 2), [9, 0.5], np.float32)
    told = Known(vectors, sure).overrule(guessed)
    assert np.array_equal(told[0], guessed[0])
    assert np.array_equal(told[1:, :3], vectors[1:, :3])
    assert np.array_equal(told[1:, 3:], guessed[1:, 3:]), "an estimate near the known motion is the finer one"


def test_fields_of_two_sizes_are_refused() -> None:
    small = PatchField(np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32))
    with pytest.raises(FlowShapeError, match="of one size"):
        between(painting(0), small, FINE)
