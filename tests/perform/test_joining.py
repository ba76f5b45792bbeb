"""The render thread's part: the larger walk is taken between two frames, and each shows the picture that it should."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.show import FrameState, Show, Start
from artwalks_live.core.walk import Walk
from artwalks_live.gpu.context import headless_context
from artwalks_live.perform.joining import Joining
from artwalks_live.perform.stage import Larger, Stage, Tables
from tests.io.screen import until
from tests.walks import make_walk

SIZE = (64, 36)
FPS = 30


@dataclass
class Found:
    """A watch, as far as the render thread reads it."""

    newest: Larger | None = None
    doing: str = ""
    faults: tuple[str, ...] = ()
    told: list[str] = field(default_factory=list)


@contextmanager
def staged(walk: Walk) -> Iterator[Stage]:
    ctx = headless_context()
    with Stage(walk, Tables.load(), ctx) as stage:
        yield stage
    ctx.release()


def walks(folder: Path, loop: bool) -> list[Walk]:
    """The same walk with three, four and five paintings, all their files in one bundle."""
    made = [make_walk(folder / f"{count}.walk", SIZE, count, loop=loop) for count in (3, 4, 5)]
    for larger in made[1:]:
        shutil.copytree(larger.folder, made[0].folder, dirs_exist_ok=True)
    return [replace(walk, folder=made[0].folder) for walk in made]


def picture(stage: Stage, state: FrameState, wait: bool = False) -> np.ndarray:
    assert stage.renderer.draw(state, wait), f"held at {state.position}"
    return stage.renderer.read("rgb24").copy()


class Evening:
    """A show on a stage, frame by frame, with a joining."""

    def __init__(self, stage: Stage, position: float) -> None:
        self.stage, self.found = stage, Found()
        self.joining = Joining(stage, self.found, self.found.told.append)  # type: ignore[arg-type]
        self.show: Show = stage.show(Start("osc", position))
        self.index = -1

    def frame(self) -> FrameState:
        self.index += 1
        state = self.show.frame(self.index, self.index / FPS, 1 / FPS)
        self.joining.frame(self.show)
        return state

    def joined(self) -> bool:
        """Draw a frame; whether the walk has grown."""
        picture(self.stage, self.frame())
        return self.show.grown != ""


@pytest.mark.parametrize(("loop", "position"), [(False, 4.0), (False, 1.3), (True, 4.0), (True, 0.0)])
def test_the_picture_does_not_change_when_the_walk_grows(tmp_path: Path, loop: bool, position: float) -> None:
    small, large, _ = walks(tmp_path, loop)
    with staged(small) as stage:
        evening = Evening(stage, position)
        before = picture(stage, evening.frame(), wait=True)
        evening.found.newest = stage.enlarge(large)
        assert until(evening.joined)
        assert (stage.walk, len(stage.shape.paintings)) == (large, 4)
        assert np.array_equal(picture(stage, evening.frame()), before)
        assert evening.found.told == [f"Night joined the walk: painting 4, {large.length} segments now"]
        assert evening.joining.doing == ""
        assert stage.residency.stats.held == 0


@pytest.mark.parametrize("loop", [False, True])
def test_afterwards_every_picture_is_the_larger_walks(tmp_path: Path, loop: bool) -> None:
    small, large, _ = walks(tmp_path, loop)
    places = np.arange(0.0, large.length, 0.375)
    with staged(large) as stage:
        state = stage.show(Start("osc")).frame(0, 0.0, 1 / FPS)
        expected = [picture(stage, replace(state, position=float(place)), wait=True) for place in places]
    with staged(small) as stage:
        evening = Evening(stage, 0.0)
        for place in places:  # so that pictures of the closing leg that goes are resident
            picture(stage, replace(state, position=float(place)), wait=True)
        picture(stage, evening.frame(), wait=True)
        evening.found.newest = stage.enlarge(large)
        assert until(evening.joined)
        for place, there in zip(places, expected, strict=True):
            assert np.array_equal(picture(stage, replace(state, position=float(place)), wait=True), there), place


def test_in_the_closing_leg_it_waits_and_says_so(tmp_path: Path) -> None:
    small, large, larger = walks(tmp_path, loop=True)
    with staged(small) as stage:
        evening = Evening(stage, 5.2)
        before = picture(stage, evening.frame(), wait=True)
        for newest in (large, larger):  # a second painting comes before the first could join
            evening.found.newest = stage.enlarge(newest)
            for _ in range(30):
                assert np.array_equal(picture(stage, evening.frame(), wait=True), before)
            assert stage.walk is small
        waits = "Storm waits to join: the show must leave the way back to the beginning first"
        assert evening.joining.doing == waits
        evening.show = stage.show(Start("osc", 3.0))
        picture(stage, evening.frame(), wait=True)
        assert until(evening.joined)
        assert stage.walk is larger
        assert [line.partition(" ")[0] for line in evening.found.told] == ["Night", "Storm"]
