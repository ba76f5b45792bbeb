"""What shows at a keyframe is found there and nowhere else: pulses, ticks, jolts, halts and changes of speed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tools.film.continuity import MEASURES, Found, as_dict, as_lines, examine
from tools.film.course import PHASES, Course

COUNT = 4
NAMES = [f"{i}-{i + 1}" for i in range(COUNT)]


def walk(**changes: np.ndarray) -> list[Course]:
    """Four segments of a walk whose brightness and sharpness sway slowly, at an even speed.

    changes   what is added to the series of the whole walk, 257 values (256 of steps)
    """
    phase = np.arange(COUNT * PHASES + 1) * 2 * np.pi / PHASES
    series = {
        "brightness": 120 + 4 * np.sin(phase / 3.1),
        "sharpness": 10 + 0.3 * np.sin(phase / 2.3),
        "steps": np.full(COUNT * PHASES, 0.5),
    }
    for name, change in changes.items():
        series[name] = series[name] + change
    parts = []
    for i in range(COUNT):
        here = np.s_[i * PHASES : (i + 1) * PHASES + 1]
        parts.append(Course(series["brightness"][here], series["sharpness"][here], series["steps"][here][:PHASES], ()))
    return parts


def found(courses: list[Course], kind: str = "keyframes") -> dict[str, Found]:
    return examine(courses, NAMES, loop=False)[kind]


def at(places: list[int], width: int = 0, count: int = COUNT * PHASES + 1) -> np.ndarray:
    """1 at these places, falling to 0 at `width` from them."""
    apart = np.abs(np.arange(count)[:, None] - np.array(places)).min(axis=1)
    return np.clip(1 - apart / (width + 1), 0, 1)


def test_an_even_walk_shows_nothing() -> None:
    for kind in ("keyframes", "inner"):
        measures = found(walk(), kind)
        assert list(measures) == list(MEASURES)
        for name, each in measures.items():
            if each.typical is not None:
                assert each.typical < 2.5, name
        assert measures["step"].worst == pytest.approx(1)
        assert measures["jump"].worst == 0


@pytest.mark.parametrize("what", ["brightness", "sharpness"])
@pytest.mark.parametrize(("kind", "places"), [("keyframes", [64, 128, 192]), ("inner", [32, 96, 160, 224])])
def test_a_flash_of_one_frame_is_found_where_it_is(what: str, kind: str, places: list[int]) -> None:
    courses = walk(**{what: at(places)})
    other = {"keyframes": "inner", "inner": "keyframes"}[kind]
    tick, elsewhere = found(courses, kind)[f"{what}_tick"], found(courses, other)[f"{what}_tick"]
    assert tick.typical is not None
    assert elsewhere.typical is not None
    assert tick.typical > 20
    assert tick.worst < 0  # the point is above its neighbours
    assert elsewhere.typical < 4


def test_a_pulse_is_wider_than_a_flash_and_has_a_sign() -> None:
    dull = found(walk(sharpness=-at([64, 128, 192], width=7)))["sharpness_pulse"]
    assert dull.mean == pytest.approx(-100 / 10 * 4 / 8, rel=0.2)
    assert dull.typical is not None
    assert dull.typical > 5
    bright = found(walk(brightness=2 * at([128], width=7)))["brightness_pulse"]
    assert bright.where == "1-2|2-3"
    assert bright.worst == pytest.approx(1, abs=0.2)


def test_a_jolt_and_a_halt() -> None:
    touching = at([63, 64], count=COUNT * PHASES)
    jolt = found(walk(steps=2 * touching))["step"]
    assert jolt.worst == pytest.approx(5)
    assert jolt.where == "0-1|1-2"
    halt = found(walk(steps=-0.5 * touching))["step"]
    assert halt.worst == pytest.approx(0)


def test_a_change_of_speed_at_a_keyframe() -> None:
    faster = np.where(np.arange(COUNT * PHASES) >= 128, 1.0, 0.0)
    jump = found(walk(steps=faster))["jump"]
    assert jump.worst == pytest.approx(1.0 / 2.0)  # .5 and 1.5
    assert jump.where == "1-2|2-3"
    assert jump.mean == pytest.approx(0.5 / 3, abs=1e-3)


def test_an_anchor_is_a_point_of_its_own() -> None:
    courses = walk(sharpness=at([64 + 40]))
    assert found(courses, "inner")["sharpness_tick"].where != "1-2 0.62"
    courses[1] = dataclasses.replace(courses[1], anchors=(0.625,))
    tick = found(courses, "inner")["sharpness_tick"]
    assert tick.where == "1-2 0.62"
    assert abs(tick.worst) > 15


def test_a_loop_has_a_keyframe_more() -> None:
    courses = walk(brightness=3 * at([0, COUNT * PHASES]))
    assert abs(found(courses)["brightness_tick"].worst) < 1
    ring = examine(courses, NAMES, loop=True)["keyframes"]["brightness_tick"]
    assert ring.where == "3-4|0-1"
    assert abs(ring.worst) > 1.5


def test_a_walk_that_stands_still_shows_nothing_either() -> None:
    still = [Course(np.full(65, 9.0), np.zeros(65), np.zeros(64), ()) for _ in NAMES]
    for measures in examine(still, NAMES, loop=False).values():
        assert measures["brightness_tick"].worst == 0
        assert measures["sharpness_pulse"].typical == 0
        assert measures["jump"].worst == 0


def test_the_table_and_the_json_say_the_same() -> None:
    everything = examine(walk(), NAMES, loop=False)
    lines = as_lines(everything)
    assert len(lines) == 1 + len(MEASURES)
    assert len({len(line) for line in lines}) == 1
    assert "keyframes" in lines[0]
    assert set(as_dict(everything)["inner"]) == set(MEASURES)
