"""Streaming a graph: over a junction what comes next is there in time, whichever leg was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from artwalks_live.core.pieces import Piece
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Show, Start
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.course import Course
from artwalks_live.perform.stage import Stage, Tables
from tests.core.test_trail import QUICK
from tests.graphs import complete, graph_walk

# pictures 0, 1, 2 are paintings; 3 … lie between: 0 3 1 4 2 | 0 5 2
PIECES = (
    Piece(0, 3, 0.0, 1.0), Piece(3, 1, 1.0, 2.0), Piece(1, 4, 2.0, 3.0), Piece(4, 2, 3.0, 4.0),
    Piece(0, 5, 5.0, 6.0), Piece(5, 2, 6.0, 7.0),
)  # fmt: skip
COURSE = Course(PIECES, tuple(range(6)), loop=False)


def test_ahead_goes_over_to_the_next_leg_where_its_picture_is_met() -> None:
    assert COURSE.ahead(2, 1, 4, (7.0, 5.0)) == [3, 5, 4]
    assert COURSE.ahead(1, 1, 3, (2.0, 0.0)) == [1, 0]
    assert COURSE.ahead(4, -1, 3, (0.0, 2.0)) == [0, 1, 2]
    assert COURSE.beside(3, 1) is None
    assert COURSE.beside(4, -1) is None


def test_at_a_junction_the_painting_is_drawn_from_the_next_leg() -> None:
    assert COURSE.at(4.0, 1, (7.0, 5.0)) == (5, 1.0, -1)
    assert COURSE.at(2.0, 1, (2.0, 0.0)) == (1, 1.0, -1)
    assert COURSE.at(2.0, -1, (2.0, 4.0)) == (2, 0.0, 1)
    assert COURSE.at(1.0, 1, (7.0, 5.0)) == (1, 0.0, 1)
    assert COURSE.at(4.0, 1, None) == (3, 1.0, 1)
    assert COURSE.distance(3.5, 5.5) == 0.0
    assert COURSE.distance(0.5, 3.5) == 3.0


def test_the_closing_leg_of_a_loop_can_come_next_either_way() -> None:
    loop = Course(tuple(Piece(i, (i + 1) % 4, float(i), i + 1.0) for i in range(4)), tuple(range(4)), loop=True)
    assert loop.ahead(0, -1, 2, (4.0, 2.0)) == [3, 2]
    assert loop.at(0.0, 1, (4.0, 2.0)) == (3, 1.0, -1)
    assert loop.ahead(1, 1, 2, (2.0, 4.0)) == [2, 3]


@contextmanager
def staged(folder: Path, choose: str, hold_s: float) -> Iterator[tuple[Stage, Show]]:
    walk = graph_walk(folder, complete(4))
    ctx = headless_context()
    tables = Tables.load(folder.parent)
    values = {**QUICK, "clock.segment_s": 0.4, "clock.hold_s": hold_s}
    tables.presets["graph"] = Preset("graph", "clock", values=values, choose=choose)  # type: ignore[arg-type]
    try:
        with Stage(walk, tables, ctx, reads="plain") as stage:
            yield stage, stage.show(Start("graph", seed=3))
    finally:
        ctx.release()


@pytest.mark.parametrize("choose", ["list", "random"])
def test_no_frame_is_held_at_a_junction_even_without_a_rest(tmp_path: Path, choose: str) -> None:
    """The disk is as quick as it is here; the frames wait for it only so long as a show at 30 fps would."""
    with staged(tmp_path / "a.walk", choose, 0.0) as (stage, show):
        assert stage.draw(show.frame(0, 0.0, 0.0), wait=True)
        entered = 0
        for n in range(1, 240):
            state = show.frame(n, n / 30, 1 / 30)
            everything_ahead_is_read(stage)
            assert stage.draw(state), f"held at {state.position}"
            entered = state.entered
        assert entered >= 3
        assert stage.residency.stats.held == 0


def everything_ahead_is_read(stage: Stage) -> None:
    """Let the loader end what it was asked for in the last frame, as it does on a machine that keeps up."""
    loader, deadline = stage.residency._loader, monotonic() + 10
    while loader._next() is not None and monotonic() < deadline:
        with loader._changed:
            loader._changed.wait(0.005)


def test_the_picture_does_not_change_where_the_position_does(tmp_path: Path) -> None:
    with staged(tmp_path / "a.walk", "random", 0.3) as (stage, show):
        before, last = None, None
        checked = 0
        for n in range(200):
            state = show.frame(n, n / 30, 1 / 30)
            stage.draw(state, wait=True)
            picture = stage.renderer.read("rgb24").astype(int)
            if last is not None and before is not None and state.entered != last.entered:
                assert np.abs(picture - before).mean() < 1.0
                checked += 1
            before, last = picture, state
        assert checked >= 2
