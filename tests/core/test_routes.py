from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from artwalks_live.core.control import SOURCES
from artwalks_live.core.desk import Desk
from artwalks_live.core.lfo import Instant
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.routes import Route, Routes

DT = 1.0 / 240
NOW = Instant(0.0)
PARAMS = ParamTable((Param("a.x", "float", 0, 1, 0.5), Param("a.y", "float", -2, 2, 0)))
FADER = "midi/cc/1/7"


def sources(**known: float) -> np.ndarray:
    return np.array([known.get(name, 0.0) for name in SOURCES])


def values(routes: list[Route], base: tuple[float, float] = (0.5, 0.0), **known: float) -> list[float]:
    """What two parameters come to at these bases."""
    added = Routes(routes, PARAMS, DT).step(sources(**known), NOW, np.array(base))
    return (np.array(base) + added).tolist()


def hand(route: Route, *says: float, base: float = 0.5) -> list[float]:
    """What parameter x comes to as an input says one thing after the other."""
    routes, shown = Routes([route], PARAMS, DT), []
    for value in says:
        routes.hear(FADER, value)
        shown.append(base + float(routes.step(sources(), NOW, np.array([base, 0.0]))[0]))
    return shown


@pytest.mark.parametrize(
    ("low", "high", "bass", "used"),
    [(0.2, 0.6, 0.4, 0.5), (0.2, 0.6, 0.1, 0.0), (0.2, 0.6, 0.9, 1.0), (1.0, 0.0, 0.25, 0.75), (0.5, 0.0, 0.1, 0.8)],
)
def test_a_part_of_the_source_is_used_or_turned_round(low: float, high: float, bass: float, used: float) -> None:
    assert values([Route("bass", "a.y", 1.0, low=low, high=high)], bass=bass)[1] == pytest.approx(used)


def test_four_ways_of_taking_over() -> None:
    for how, amount, expected in (
        ("add", 0.4, 0.7),
        ("multiply", -1.0, 0.25),
        ("multiply", 1.0, 0.75),
        ("max", 0.4, 0.5),
        ("max", 1.0, 0.5),
        ("replace", 0.4, 0.2),
        ("replace", -1.0, 0.5),
    ):
        assert values([Route("bass", "a.x", amount, take_over=how)], bass=0.5)[0] == pytest.approx(expected), how
    assert values([Route("bass", "a.x", 1.0, take_over="max")], bass=0.8)[0] == pytest.approx(0.8)
    assert values([Route("bass", "a.y", 4.0, take_over="replace")], bass=0.25)[1] == pytest.approx(-1.0)


def test_priority_says_who_comes_last() -> None:
    add = Route("bass", "a.x", 0.25, priority=1)
    low, high = (Route("high", "a.x", amount, take_over="replace", priority=p) for amount, p in ((0.2, 0), (0.9, 2)))
    assert values([add, low], bass=1.0, high=1.0)[0] == pytest.approx(0.45)
    assert values([high, add, low], bass=1.0, high=1.0)[0] == pytest.approx(0.9)
    first, last = (Route("high", "a.x", amount, take_over="replace") for amount in (0.1, 0.3))
    assert values([first, last], high=1.0)[0] == pytest.approx(0.3)
    half = Route("mid", "a.x", -0.5, take_over="multiply")
    assert values([half, Route("bass", "a.x", 0.25)], bass=1.0, mid=1.0)[0] == pytest.approx(0.375)


def test_a_source_is_sampled_on_its_grid_and_held() -> None:
    grids = ("off", "beat", "bar", "2 bars", "4 bars")
    routes = Routes([Route("bass", "a.x", 1.0, quantise=grid) for grid in grids[:1]], PARAMS, DT)
    assert routes.step(sources(bass=0.3), Instant(0, 0.0))[0] == 0.3
    for grid, beats in zip(grids[1:], (1, 3, 6, 12), strict=True):
        routes = Routes([Route("bass", "a.x", 1.0, quantise=grid)], PARAMS, DT)
        heard = [float(routes.step(sources(bass=k / 1000), Instant(0, k / 20, 3))[0]) for k in range(5, 481)]
        turns = [k for k, (a, b) in enumerate(pairwise(heard), 6) if a != b]
        assert turns == [20 * beats * n for n in range(1, len(turns) + 1)] and len(turns) == 24 // beats
        assert heard[0] == 0.005 and heard[turns[0] - 5] == turns[0] / 1000


def test_a_re_numbered_beat_is_no_line() -> None:
    routes = Routes([Route("bass", "a.x", 1.0, quantise="bar")], PARAMS, DT)
    assert routes.step(sources(bass=0.1), Instant(0, 1.5))[0] == 0.1
    assert routes.step(sources(bass=0.2), Instant(0, 8.6))[0] == 0.1
    assert routes.step(sources(bass=0.3), Instant(0, 12.0))[0] == 0.3


def test_an_input_has_no_say_before_it_was_heard() -> None:
    for how in ("add", "multiply", "max", "replace"):
        route = Route("input", "a.x", 1.0, input=FADER, take_over=how, low=1.0, high=0.0)
        assert values([route]) == [0.5, 0.0]
    assert hand(Route("input", "a.x", 1.0, input=FADER, take_over="replace"), 0.0, 0.75) == pytest.approx([0.0, 0.75])
    known = Routes([Route("input", "a.x", 1.0, input=FADER)], PARAMS, DT, inputs={FADER: 0.25})
    assert known.step(sources(), NOW)[0] == 0.25
    known.hear("midi/cc/1/8", 1.0)
    assert known.step(sources(), NOW)[0] == 0.25


def test_a_pickup_waits_until_the_hand_has_passed_the_value() -> None:
    route = Route("input", "a.x", 1.0, input=FADER, take_over="replace", pickup=True)
    assert hand(route, 0.1, 0.3, 0.45, 0.6, 0.2) == pytest.approx([0.5, 0.5, 0.5, 0.6, 0.2])
    assert hand(route, 0.9, 0.7, 0.495, 0.1) == pytest.approx([0.5, 0.5, 0.495, 0.1])
    assert hand(route, 0.5) == pytest.approx([0.5])


def test_only_a_hand_that_moves_can_pass() -> None:
    routes = Routes([Route("input", "a.x", 1.0, input=FADER, take_over="replace", pickup=True)], PARAMS, DT)
    routes.hear(FADER, 0.3)
    for base in (0.5, 0.4, 0.2, 0.1):
        assert routes.step(sources(), NOW, np.array([base, 0.0]))[0] == 0.0


def test_somebody_elses_hand_takes_the_value_from_a_pickup() -> None:
    desk = Desk(PARAMS, DT)
    desk.apply({}, [Route("input", "a.x", 1.0, input=FADER, take_over="replace", pickup=True)], 0.0)

    def says(value: float) -> float:
        desk.hear(FADER, value)
        return float(desk.step(sources(), NOW)[0])

    assert [says(value) for value in (0.4, 0.6, 0.9)] == pytest.approx([0.5, 0.6, 0.9])
    desk.set("a.x", 0.2)
    assert [says(value) for value in (0.8, 0.5, 0.1, 0.4)] == pytest.approx([0.2, 0.2, 0.1, 0.4])


def test_an_amount_that_is_changed_goes_there_without_a_leap() -> None:
    routes = Routes([Route("bass", "a.y", 1.0), Route("bass", "a.x", 0.1)], PARAMS, DT)
    routes.set_amount(0, -1.0)
    assert routes.amounts == (-1.0, 0.1)
    steps = [float(routes.step(sources(bass=1.0), NOW)[1]) for _ in range(60)]
    assert np.abs(np.diff([1.0, *steps])).max() < 0.3 and steps[-1] == -1.0 and steps == sorted(steps, reverse=True)


def test_take_overs_cross_fade_with_their_preset() -> None:
    desk = Desk(PARAMS, DT)
    desk.apply({"a.x": 0.2}, [Route("bass", "a.x", 1.0, take_over="replace")], 0.0)
    desk.step(sources(bass=1.0), NOW)
    desk.apply({"a.x": 0.2}, [Route("bass", "a.x", -1.0, take_over="multiply")], 0.5)
    faded = [float(desk.step(sources(bass=1.0), NOW)[0]) for _ in range(121)]
    assert np.abs(np.diff([1.0, *faded])).max() < 0.02 and faded[-1] == pytest.approx(0.0)


def test_an_edit_keeps_what_a_hand_has_set_and_what_a_slow_route_has_followed() -> None:
    desk = Desk(PARAMS, DT)
    slow = Route("bass", "a.x", 0.2, attack_s=5.0)
    desk.apply({"a.x": 0.1}, [slow], 0.0)
    desk.set("a.y", 1.0)
    for _ in range(2400):
        before = desk.step(sources(bass=1.0), NOW)
    desk.revise({"a.x": 0.1}, {"a.x": 0.3}, [slow], 0.25)
    after = [desk.step(sources(bass=1.0), NOW) for _ in range(60)][-1]
    assert after == pytest.approx([before[0] + 0.2, 1.0], abs=0.01)
    desk.revise({"a.x": 0.3}, {"a.x": 0.3, "a.y": -1.0}, [slow], 0.0)
    assert desk.goals() == {"a.x": 0.3, "a.y": -1.0}
