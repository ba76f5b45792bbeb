from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from artwalks_live.core.arrival import EARLY_S, Journey, Plan, Wishes
from artwalks_live.core.walk_shape import WalkShape
from tests.songs import BAR_S, made_cues

OPEN = WalkShape(12, (0, 4, 8, 12))
LOOP = WalkShape(20, (0, 4, 8, 12, 16), loop=True)


def speeds(plan: Plan, seconds: float, shape: WalkShape) -> list[float]:
    places = [plan.journey.at(plan.at(k / 240)) for k in range(round(seconds * 240) + 1)]
    return [shape.way(a, b) * 240 for a, b in pairwise(places)]


def test_journeys_through_every_kind_of_walk() -> None:
    def first(shape: WalkShape, end: str) -> list[float]:
        return [shape.wrap(Journey(shape, end).stop(k)) for k in range(-2, 8)]

    assert first(OPEN, "pingpong") == [8, 4, 0, 4, 8, 12, 8, 4, 0, 4]
    assert first(OPEN, "stop") == [0, 0, 0, 4, 8, 12, 12, 12, 12, 12]
    assert first(OPEN, "jump") == [8, 12, 0, 4, 8, 12, 0, 4, 8, 12]
    assert first(LOOP, "pingpong") == [12, 16, 0, 4, 8, 12, 16, 0, 4, 8]
    assert Journey(LOOP, "stop").at(4.5) == 18.0 and Journey(OPEN, "pingpong").at(3.25) == 11.0
    jumping = Journey(OPEN, "jump")
    assert jumping.at(3.9) == 12.0 and jumping.at(4.0) == 0.0
    assert jumping.is_cut(3.99, 4.0) and not jumping.is_cut(2.9, 3.1)


@pytest.mark.parametrize("shape", [OPEN, LOOP])
@pytest.mark.parametrize("end", ["pingpong", "stop", "jump"])
def test_a_painting_stands_on_each_arrival_and_the_drop_has_one(shape: WalkShape, end: str) -> None:
    plan = Plan(made_cues(), shape, Wishes(end=end))
    assert any(a.kind == "drop" and a.time_s == pytest.approx(16 * BAR_S - EARLY_S) for a in plan.arrivals)
    for arrival in plan.arrivals:
        assert plan.at(arrival.time_s) == arrival.stop
        assert shape.is_painting(plan.journey.at(plan.at(arrival.time_s + EARLY_S)))
        assert arrival.leave_s > arrival.time_s
    assert [a.stop for a in plan.arrivals] == list(range(len(plan.arrivals)))


@pytest.mark.parametrize("fastest", [0.6, 1.0, 2.0])
def test_no_moment_is_faster_than_it_may_be(fastest: float) -> None:
    plan = Plan(made_cues(), OPEN, Wishes(pace=2.0, fastest=fastest, breath=0.0))
    assert max(map(abs, speeds(plan, 48, OPEN))) <= fastest + 1e-6


def test_section_starts_that_come_too_soon_are_passed_but_the_drop_is_not() -> None:
    plan = Plan(made_cues(), WalkShape(32, (0, 16, 32)), Wishes(fastest=1.2))
    times = [a.time_s + EARLY_S for a in plan.arrivals if a.kind != "start"]
    assert any(math.isclose(t, 16 * BAR_S) for t in times)
    assert len(plan.arrivals) < 6


def test_a_long_section_gets_paintings_between_where_phrases_end() -> None:
    cues = made_cues(bars=64, drop=None)
    one = replace(cues.sections[0], end_s=cues.duration_s, energy=0.8, kind="groove")
    plan = Plan(replace(cues, sections=(one,)), OPEN, Wishes())
    bars = [round((a.time_s + EARLY_S) / BAR_S) for a in plan.arrivals if a.kind == "phrase"]
    assert len(bars) >= 4 and all(bar % 4 == 0 for bar in bars)


def test_a_long_rest_breathes_and_is_back_when_it_ends() -> None:
    cues = made_cues(bars=24, drop=None)
    calm = replace(cues.sections[0], end_s=cues.duration_s, kind="break")
    plan = Plan(replace(cues, sections=(calm,)), WalkShape(2, (0, 1, 2)), Wishes())
    rest = max(plan.arrivals[:-1], key=lambda a: a.leave_s - a.time_s)
    assert rest.breaths > 0
    span = rest.leave_s - rest.time_s
    away = [plan.at(rest.time_s + span * k / 400) - rest.stop for k in range(401)]
    assert 0.05 < max(away) <= 0.1 + 1e-9 and min(away) >= 0.0
    assert away[0] == 0.0 and away[-1] == pytest.approx(0.0, abs=1e-9)


def test_small_walks_and_odd_songs() -> None:
    alone = Plan(made_cues(), WalkShape(4, (0,)), Wishes())
    assert {alone.journey.at(alone.at(t)) for t in (0.0, 7.3, 40.0, 100.0)} == {0.0}
    short = replace(made_cues(bars=1, drop=None))
    plan = Plan(short, OPEN, Wishes())
    assert plan.journey.at(plan.at(0.0)) == 0.0
    stopped = Plan(made_cues(bars=200, drop=None), WalkShape(4, (0, 4)), Wishes(end="stop"))
    assert stopped.journey.at(stopped.at(399.0)) == 4.0
    assert plan.next_arrival(1e6) is None


def test_onto_a_drop_it_gathers_speed_and_onto_a_section_it_eases() -> None:
    plan = Plan(made_cues(), OPEN, Wishes(breath=0.0))
    for arrival in plan.arrivals[1:]:
        before = plan.at(arrival.time_s - 0.1), plan.at(arrival.time_s)
        if arrival.kind == "drop":
            assert before[1] - before[0] > 0.01
        elif arrival.kind == "section":
            assert before[1] - before[0] < 0.01
