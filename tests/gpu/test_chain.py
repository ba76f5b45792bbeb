"""Which draws a picture needs: pure, without GL."""

from __future__ import annotations

from artwalks_live.gpu.chain import HISTORY, TARGET, every_step, steps
from artwalks_live.gpu.shaders import Recipe, ShaderLibrary
from artwalks_live.paths import shaders_dir

LIBRARY = ShaderLibrary.read(shaders_dir())
ALL = frozenset(each.name for each in LIBRARY.passes if each.kind != "walk")


def test_without_effects_the_walk_writes_the_target() -> None:
    (only,) = steps(LIBRARY, (), ALL)
    assert only.recipe == Recipe("walk")
    assert only.writes == TARGET


def test_warps_and_points_share_one_draw() -> None:
    on = ("push", "zoom", "drift", "vignette", "grain")
    (only,) = steps(LIBRARY, on, on)
    assert only.recipe == Recipe("walk", warps=("push", "zoom"), points=("drift", "vignette", "grain"))


def test_a_program_may_hold_more_than_is_on_but_no_more_draws() -> None:
    assert steps(LIBRARY, ("grain",), ALL) == steps(LIBRARY, ("push",), ALL)


def test_a_small_program_holds_only_what_was_prepared() -> None:
    (only,) = steps(LIBRARY, ("grain",), {"grain", "vignette"})
    assert only.recipe == Recipe("walk", points=("vignette", "grain"))


def test_every_draw_reads_what_an_earlier_one_wrote() -> None:
    plan = steps(LIBRARY, ALL, ALL)
    written = {""}
    for step in plan:
        assert step.reads in written
        assert step.reads != step.writes
        written.add(step.writes)
    assert HISTORY in written
    assert [step.writes for step in plan].count(TARGET) == 1
    assert plan[-1].writes == TARGET
    assert [step.recipe.encode for step in plan] == [False] * (len(plan) - 1) + [True]


def test_all_that_can_be_asked_for_is_compiled_beforehand() -> None:
    compiled = {step.recipe for step in every_step(LIBRARY, ALL)}
    for on in ((), ("grain",), ("bloom",), ("feedback", "push"), ("feedback", "bloom"), tuple(ALL)):
        assert {step.recipe for step in steps(LIBRARY, on, ALL)} <= compiled
