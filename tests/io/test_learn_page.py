"""The learn page: what is armed is large, what moves is seen, what was done is green; nothing runs out of its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from artwalks_live.core.midi_learn import LearnView, Row
from artwalks_live.io.learn_page import AMBER, GREEN, HIGH, INK, LEFT, RIGHT, SPLIT, WIDE, learn_page

U = 20
ROWS = tuple(Row(f"flow.p{n}", "CC 7, ch 1 (nano)" if n == 2 else "", n == 4) for n in range(9))
VIEW = LearnView(ROWS, "flow.strength", "Move a knob")
Array = npt.NDArray[np.uint8]


def like(picture: Array, colour: tuple[int, int, int, int]) -> npt.NDArray[np.bool_]:
    return np.asarray((np.abs(picture.astype(int) - colour) <= 6).all(axis=-1))


def test_the_page_has_its_size_and_a_still_one_is_the_same_again() -> None:
    page = learn_page(VIEW, U)
    assert page.shape == (round(HIGH * U), round(WIDE * U), 4) and page.dtype == np.uint8
    assert np.array_equal(page, learn_page(VIEW, U))


@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_what_moves_is_as_long_as_it_stands_high(level: float) -> None:
    page = learn_page(replace(VIEW, heard="CC 7, ch 1 (nano)", level=level), U)
    lit = like(page, AMBER)[round(10.9 * U), round(LEFT * U) :].sum()
    assert lit == pytest.approx(level * (RIGHT - LEFT) * U, abs=2)


def test_what_was_done_is_green_and_what_is_to_do_is_not() -> None:
    right = np.s_[:, round(LEFT * U) :]
    assert not like(learn_page(VIEW, U), GREEN)[right].any()
    done = learn_page(replace(VIEW, says="Learned: CC 7", done=True), U)
    assert like(done, GREEN)[right].sum() > 50
    assert not like(done, AMBER)[right].any()


def test_the_chosen_row_alone_is_lit() -> None:
    lit = like(learn_page(VIEW, U), AMBER)[:, : round(SPLIT * U)]
    rows = np.flatnonzero(lit.any(axis=1)) / U
    step = (HIGH - 2.0) / len(ROWS)
    assert len(rows) and 1.0 + 4 * step <= rows.min() and rows.max() <= 1.0 + 5 * step


def test_names_of_any_length_stay_in_their_columns() -> None:
    long = "a.very_long_name_of_a_parameter_that_somebody_wrote_into_a_shader" * 3
    page = learn_page(LearnView((Row(long, long, True),), long, long, heard=long, level=0.3), U)
    assert not like(page, INK)[:, round(RIGHT * U) + 2 :].any()
    assert not like(page, AMBER)[: round(10 * U), round((SPLIT - 1) * U) : round(LEFT * U) - 1].any()


def test_an_empty_page_can_be_drawn() -> None:
    assert learn_page(LearnView((), "", ""), 6).shape[0] == round(HIGH * 6)
