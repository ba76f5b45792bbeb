"""Small walks whose legs form a graph, for the tests: real bundles as `tests.walks` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

from artwalks_live.core import walk
from artwalks_live.core.walk import Keyframe, Painting, Segment, Walk
from artwalks_live.core.walk_shape import WalkShape
from tests.walks import TITLES, _keyframe, _segment, made_painting

Legs = Sequence[tuple[int, int]]


def graph_walk(folder: Path, legs: Legs, size: tuple[int, int] = (128, 72), between: int = 1) -> Walk:
    """Write a bundle with these legs in this order; one that continues the one before shares its painting with it."""
    folder.mkdir(parents=True)
    count = 1 + max(number for leg in legs for number in leg)
    pictures = [made_painting(number, size) for number in range(count)]
    keyframes: list[Keyframe] = []
    segments: list[Segment] = []
    for a, b in legs:
        if not keyframes or keyframes[-1].painting != a:
            keyframes.append(_keyframe(folder, pictures[a], a, {a: 1.0}, len(keyframes)))
        for step in range(1, between + 2):
            w = step / (between + 1)
            mixed, weights = pictures[a] * (1 - w) + pictures[b] * w, {a: 1 - w, b: w}
            last = step > between
            segments.append(_segment(folder, size, len(keyframes) - 1, len(keyframes)))
            keyframes.append(
                _keyframe(
                    folder,
                    pictures[b] if last else mixed.astype("uint8"),
                    b if last else None,
                    {b: 1.0} if last else weights,
                    len(keyframes),
                )
            )
    shown = [keyframe.painting for keyframe in keyframes]
    paintings = tuple(
        Painting(TITLES[i], "tests", "CC0-1.0", f"{i}.png", f"{i:064x}", shown.index(i) if i in shown else None)
        for i in range(count)
    )
    made = Walk(folder, size, False, paintings, tuple(keyframes), tuple(segments), {"name": "test", "seed": 0})
    made = replace(made, generator={**made.generator, "options": {}})
    walk.write(made)
    return made


def graph_shape(legs: Legs, between: int = 1, **more: object) -> WalkShape:
    """The shape of such a walk, without a bundle; `more` are fields of its graph: looks, alike."""
    stands: list[tuple[int, int]] = []
    breaks = []
    for a, b in legs:
        if stands and stands[-1][1] != a:
            breaks.append(stands[-1][0])
            stands.append((stands[-1][0] + 1, a))
        elif not stands:
            stands.append((0, a))
        stands.append((stands[-1][0] + between + 1, b))
    count = 1 + max(number for _, number in stands)
    first = tuple(next(at for at, number in stands if number == wanted) for wanted in range(count))
    again = tuple(stand for stand in stands if stand[0] != first[stand[1]])
    shape = WalkShape(stands[-1][0], first, titles=TITLES[:count], breaks=tuple(breaks), again=again, branching=True)
    return replace(shape, legs=replace(shape.graph, **more)) if more else shape  # type: ignore[arg-type]


def complete(count: int) -> Legs:
    """The chain, and a leg between any two others."""
    pairs = combinations(range(count), 2)
    return [*pairwise(range(count)), *((a, b) for a, b in pairs if b - a > 1)]
