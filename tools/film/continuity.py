"""Does anything show where a keyframe, an anchor or a quarter of a segment is passed?

A walk is drawn at 64 phases a segment, and three series follow it: brightness B (mean luma, in 255ths), sharpness D
(mean gradient magnitude, in percent of the walk's mean) and the steps S between neighbouring pictures. At a point p:

    tick    x(p-1) - 2 x(p) + x(p+1) of B and of D: does it flash for one frame (1/64 of a segment)?
    pulse   x(p) - (x(p-4) + x(p+4))/2 of B and of D: is it brighter (+), sharper (+) than 1/16 before and after?
    step    the two steps that touch p over the three on either side of them: 1 is even, more a jolt, less a halt
    jump    |after - before| / (after + before) of the mean of four steps: 0 no change of speed, 1 a stop

`x typical` is the mean magnitude of a tick or pulse over its mean magnitude where no point is near: 1 is nothing
special. A typical value below 1/100 (of a 255th, of a percent) counts as 1/100: nobody sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.film.course import PHASES, Course

Series = NDArray[np.float64]
QUARTERS = (0.25, 0.5, 0.75)
AROUND = 4  # phases on either side that a pulse and a jump look at
UNSEEN = 0.01
MEASURES = {
    "brightness_tick": "brightness tick, 255ths",
    "brightness_pulse": "brightness pulse, 255ths",
    "sharpness_tick": "sharpness tick, %",
    "sharpness_pulse": "sharpness pulse, %",
    "step": "step",
    "jump": "jump",
}


@dataclass(frozen=True)
class Found:
    """One measure over all points of a kind.

    mean    of the values with their signs: what a ripple has in common
    typical mean magnitude over the magnitude elsewhere; None where there is no elsewhere, and for step and jump
    worst   the value furthest from nothing, and where
    """

    mean: float
    typical: float | None
    worst: float
    where: str


@dataclass(frozen=True)
class _Walk:
    """The series of a whole walk, 64 values a segment, and one more when it does not loop."""

    brightness: Series
    sharpness: Series
    steps: Series
    loop: bool

    @classmethod
    def of(cls, courses: Sequence[Course], loop: bool) -> _Walk:
        def joined(parts: list[Series]) -> Series:
            series = np.concatenate([part[:-1] for part in parts])
            return series if loop else np.append(series, parts[-1][-1])

        sharpness = joined([course.sharpness for course in courses])
        return cls(
            brightness=joined([course.brightness for course in courses]),
            sharpness=100 * sharpness / max(float(sharpness.mean()), 1e-9),
            steps=np.concatenate([course.steps for course in courses]),
            loop=loop,
        )


def examine(courses: Sequence[Course], names: Sequence[str], loop: bool) -> dict[str, dict[str, Found]]:
    """Measure every point of a walk.

    courses   of neighbouring segments, in walk order; names as many
    loop      whether the last one ends where the first begins
    returns   for each kind that the walk has (keyframes; inner: the quarters and the anchors) each of MEASURES
    """
    series = _Walk.of(courses, loop)
    kinds = {"keyframes": _keyframes(names, loop), "inner": _inner(courses, names)}
    points = {place for kind in kinds.values() for place in kind} | {PHASES * i for i in range(len(courses) + 1)}
    return {kind: _measure(series, places, points) for kind, places in kinds.items() if places}


def as_lines(found: dict[str, dict[str, Found]]) -> list[str]:
    """A table for people: a row a measure, a block of columns a kind."""
    head = f"{'continuity':25s}" + "".join(f" | {kind:>10s}: mean  x typical    worst  {'at':14s}" for kind in found)
    rows = [head]
    for name, label in MEASURES.items():
        cells = [each[name] for each in found.values()]
        rows.append(f"{label:25s}" + "".join(f" | {_cell(cell)}" for cell in cells))
    return rows


def as_dict(found: dict[str, dict[str, Found]]) -> dict[str, Any]:
    """The same for JSON."""
    return {kind: {name: dict(vars(each)) for name, each in measures.items()} for kind, measures in found.items()}


def _keyframes(names: Sequence[str], loop: bool) -> dict[int, str]:
    """Where segments meet: place in the series, and what to call it."""
    meeting = {PHASES * i: f"{names[i - 1]}|{names[i]}" for i in range(1, len(names))}
    return {**meeting, **({0: f"{names[-1]}|{names[0]}"} if loop else {})}


def _inner(courses: Sequence[Course], names: Sequence[str]) -> dict[int, str]:
    return {
        PHASES * i + round(PHASES * phase): f"{name} {phase:.2f}"
        for i, (course, name) in enumerate(zip(courses, names, strict=True))
        for phase in sorted({*QUARTERS, *course.anchors})
        if AROUND <= round(PHASES * phase) <= PHASES - AROUND  # nearer, the keyframe itself is what shows
    }


def _measure(walk: _Walk, places: dict[int, str], points: Iterable[int]) -> dict[str, Found]:
    at = np.array(sorted(places))
    elsewhere = _far_from(points, len(walk.steps), walk.loop)
    result = {}
    for name, series in (("brightness", walk.brightness), ("sharpness", walk.sharpness)):
        for kind, take, reach in (("tick", _tick, 1), ("pulse", _pulse, AROUND)):
            others = take(series, elsewhere(reach))
            typical = max(float(np.abs(others).mean()), UNSEEN) if len(others) else None
            result[f"{name}_{kind}"] = _found(take(series, at), places, typical)
    result["step"] = _found(_step(walk.steps, at), places, None, lambda x: np.abs(np.log(np.maximum(x, 1e-6))))
    result["jump"] = _found(_jump(walk.steps, at), places, None)
    return result


def _far_from(points: Iterable[int], count: int, loop: bool) -> Callable[[int], NDArray[np.intp]]:
    """Gives the places more than `reach` from any point."""
    taken = np.array(sorted(points))
    every = np.arange(0 if loop else 1, count)
    apart = np.abs(every[:, None] - taken).min(axis=1)
    return lambda reach: every[apart > reach]


def _found(
    values: Series, places: dict[int, str], typical: float | None, badness: Callable[[Series], Series] = np.abs
) -> Found:
    worst = int(np.argmax(badness(values)))
    return Found(
        mean=round(float(values.mean()), 4),
        typical=None if typical is None else round(float(np.abs(values).mean()) / typical, 3),
        worst=round(float(values[worst]), 4),
        where=places[sorted(places)[worst]],
    )


def _tick(x: Series, at: NDArray[np.intp]) -> Series:
    return _take(x, at - 1) - 2 * _take(x, at) + _take(x, at + 1)


def _pulse(x: Series, at: NDArray[np.intp]) -> Series:
    return _take(x, at) - (_take(x, at - AROUND) + _take(x, at + AROUND)) / 2


def _step(steps: Series, at: NDArray[np.intp]) -> Series:
    """Step number i leads from place i to place i+1."""
    touching = _mean_of(steps, at, (-1, 0))
    return touching / np.maximum(_mean_of(steps, at, (-4, -3, -2, 1, 2, 3)), 1e-6)


def _jump(steps: Series, at: NDArray[np.intp]) -> Series:
    before, after = _mean_of(steps, at, range(-AROUND, 0)), _mean_of(steps, at, range(AROUND))
    return np.abs(after - before) / np.maximum(after + before, 1e-6)


def _mean_of(x: Series, at: NDArray[np.intp], offsets: Iterable[int]) -> Series:
    mean: Series = np.mean([_take(x, at + offset) for offset in offsets], axis=0)
    return mean


def _take(x: Series, at: NDArray[np.intp]) -> Series:
    """Values of a series; a loop goes on at its other end (and no place asked of an open walk lies beyond its ends)."""
    return x[at % len(x)]


def _cell(found: Found) -> str:
    typical = "" if found.typical is None else f"{found.typical:.2f}"
    return f"{found.mean:16.3f}  {typical:>9s} {found.worst:8.3f}  {found.where[:14]:14s}"
