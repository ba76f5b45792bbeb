"""In which order the steps of a composed walk are done, and which of them are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake.compose.work import AHEAD, ComposedWork, Composition, as_leg, missing, needs, steps
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.bake.leg import Framed
from artwalks_live.bake.store import Store
from tests.bake.bakery import TWINS

FRAMED = tuple(Framed(f"{name}.png", name * 64, "", "", "") for name in "ab")
COST = dict.fromkeys(("link", "keyframe", "segment"), 1.0)


def composition(count: int) -> Composition:
    return Composition(FRAMED, "score", count, "tests.bake.compose.blend:Blend", f"{TWINS}:FieldFlow", 0)


def test_steps_wait_for_what_they_need_and_the_chain_is_not_far_ahead() -> None:
    work = ComposedWork(composition(20), "made", COST, steps(20))
    order = []
    while (step := work.ready()) is not None:
        assert not needs(step) - set(order)
        work.todo.remove(step)
        order.append(step)
        chain = max(k for kind, k in order if kind == "link")
        joined = max((k for kind, k in order if kind == "segment"), default=-1)
        assert chain - joined <= AHEAD + 3
    assert len(order) == 20 + 20 + 19 and not work.todo


def test_while_a_step_is_done_by_another_the_chain_goes_on() -> None:
    work = ComposedWork(composition(9), "made", COST, steps(9))
    for _ in range(3):
        step = work.ready()
        assert step is not None and step[0] == "link"
        work.todo.remove(step)
    work.todo.remove(("keyframe", 0))
    work.doing.add(("keyframe", 0))
    assert work.ready() == ("link", 3)


def test_only_what_is_gone_is_made_again(tmp_path: Path) -> None:
    made, store = composition(5), Store(tmp_path)
    image = store.put_image(np.zeros((8, 8, 3), np.uint8))
    assert missing(made, store) == steps(5)
    for k in range(5):
        store.put_work(made.part(("link", k)), {})
        store.keep(made.part(("keyframe", k)), [image])
    maps = store.put_maps(np.zeros((4, 4, 4), np.float16), np.zeros((4, 4, 2), np.float16))
    for j in range(3):
        store.keep(made.part(("segment", j)), maps, step=0.1)
    assert missing(made, store) == [("segment", 3)]
    store.clear_work()
    assert missing(made, store) == [*(("link", k) for k in range(5)), ("segment", 3)], "the chain begins at its start"
    store.put_work(made.part(("link", 2)), {})
    assert missing(made, store) == [("link", 3), ("link", 4), ("segment", 3)]


def test_a_composition_comes_back_from_json() -> None:
    work = ComposedWork(composition(3), "made", COST, steps(3))
    assert Composition.from_json(work.task(("link", 0))["composition"]) == composition(3)


@pytest.mark.parametrize(("before", "after", "rising"), [((0, 2), (2, 2), 2), ((3, 1), (1, 1), 1), ((1, 1), (1, 0), 0)])
def test_a_flow_is_told_which_painting_is_coming(before: tuple[int, int], after: tuple[int, int], rising: int) -> None:
    grid = np.zeros((1, 2), np.float32)
    fields = [PatchField(np.array([row], np.uint8), grid, grid) for row in (before, after)]
    first, second = as_leg(*fields)
    told = [
        dict(zip(row, field.painting[0].tolist(), strict=True)) for row, field in ((before, first), (after, second))
    ]
    assert told[1][rising] == 1
    shared = told[0].keys() & told[1].keys()
    assert all(told[0][painting] == told[1][painting] for painting in shared)
