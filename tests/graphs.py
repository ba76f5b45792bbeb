"""Small walks whose legs form a graph, for the tests: real bundles as `tests.walks` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from artwalks_live.core import walk
from artwalks_live.core.walk import Keyframe, Painting, Segment, Walk
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
