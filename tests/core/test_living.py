"""Lives and swings, counted in the show's ticks."""

from __future__ import annotations

import pytest

from artwalks_live.core.living import PARAMS, Living
from artwalks_live.core.params import ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import PARAMS as EVERY
from artwalks_live.core.show import TICK_S, Show, Start
from artwalks_live.core.walk_shape import WalkShape

TABLE = ParamTable(EVERY)


def show(**values: float) -> Show:
    named = {name.replace("__", "."): value for name, value in values.items()}
    return Show(WalkShape(2, (0, 2)), TABLE, {"one": Preset("one", "clock", values=named)}, Start("one"))


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_a_loop_has_exactly_the_frames_that_were_asked_for(fps: int) -> None:
    frames = 48
    made = show(currents__life_s=frames / fps)
    lives = [made.frame(n, n / fps, 1 / fps).life for n in range(2 * frames + 1)]
    assert lives[:frames] == lives[frames : 2 * frames]
    assert len(set(lives[:frames])) == frames


def test_the_same_at_every_frame_rate_and_backwards() -> None:
    told = {}
    for fps in (24, 30, 60):
        made = show(currents__speed=1.7, currents__life_s=1.3)
        told[fps] = [made.frame(n, n / fps, 1 / fps).life for n in range(5 * fps + 1)][-1]
    assert told[24] == pytest.approx(told[30], abs=1e-6) == pytest.approx(told[60], abs=1e-6)
    back = show(currents__speed=-1.0, currents__life_s=4.0)
    assert [round(back.frame(n, n / 2, 0.5).life, 6) for n in range(4)] == [0.0, 0.875, 0.75, 0.625]


def test_a_push_swings_the_modes_and_rest_is_exact() -> None:
    names = [param.name for param in PARAMS]
    values = [param.default for param in PARAMS]
    living = Living(names)
    values[names.index("sway.push")] = 1.0
    for _ in range(60):
        living.step(values, TICK_S)
    assert abs(living.told(1.0)["sway"][5]) > 0.5
    values[names.index("sway.push")] = 0.0
    for _ in range(round(3.0 / TICK_S)):
        living.step(values, TICK_S)
    assert not any(living.told(1.0)["sway"])
