"""When pitched instruments play: rhythms of one or two bars on a grid, from stock figures or from metric weight."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.music.grooves import grouping

Rhythm = list[tuple[int, int]]
"""(step, steps long), in order."""

# Figures of a 4/4 bar in sixteenths; they are cut or repeated in other bars.
FIGURES = {
    "tresillo": "x..x..x.x..x..x.",
    "long tresillo": "x.....x.....x...",
    "gallop": "x.xxx.xxx.xxx.xx",
    "reverse gallop": "xxx.xxx.xxx.xxx.",
    "eighths": "x.x.x.x.x.x.x.x.",
    "quarters": "x...x...x...x...",
    "sixteenths": "xxxxxxxxxxxxxxxx",
    "halves": "x.......x.......",
    "whole": "x...............",
    "off-beats": "..x...x...x...x.",
    "back beats": "....x.......x...",
    "charleston": "x.....x.........",
    "dotted": "x..x..x..x..x..x",
    "dotted quarters": "x.....x.....x...",
    "funk": "x..x..x...x..x..",
    "push": "x.....x.......x.",
    "anticipated": "x...x...x.....x.",
    "montuno": "x.xx.xx.x.xx.xx.",
    "late": "..x..x..x.x..x..",
    "two and": "x...x.x.x...x.x.",
    "bass walk": "x...x...x...x..x",
}
FIGURES_3 = {
    "triplets": "xxxxxxxxxxxx",
    "shuffle": "x.xx.xx.xx.x",
    "quarters": "x..x..x..x..",
    "off-beats": "..x..x..x..x",
    "dotted": "x.....x.....",
    "whole": "x...........",
    "charleston": "x....x......",
    "four over three": "x.x.x.x.x.x.",
}


def weights(rng: np.random.Generator, beats: int, steps: int) -> npt.NDArray[np.float64]:
    """Metric weight of every step of a bar, [0, 1]: the bar, its groups, beats, halves, the rest."""
    weight = np.full(beats * steps, 0.12)
    if steps == 4:
        weight[2::4] = 0.35
    weight[::steps] = 0.6
    starts = np.cumsum([0, *grouping(rng, beats)[:-1]])
    weight[starts * steps] = 0.8
    weight[0] = 1.0
    return weight


def rhythm(rng: np.random.Generator, beats: int, steps: int, density: float, loose: float) -> Rhythm:
    """A bar's rhythm.

    density   about how many of the steps are played, (0, 1)
    loose     0 = only where the metre leads one to expect, 1 = anywhere
    """
    if rng.random() < 0.55:
        table = FIGURES if steps == 4 else FIGURES_3
        close = [text for text in table.values() if abs(_share(text) - density) < 0.25] or list(table.values())
        text = str(rng.choice(close))
        size = beats * steps
        text = (text * 2)[:size] if size > len(text) else text[:size]
        played = np.array([c == "x" for c in text])
        if loose > 0.5 and rng.random() < 0.3:
            played = np.roll(played, int(rng.integers(1, steps)))
    else:
        weight = weights(rng, beats, steps) ** (1.5 * (1.0 - loose))
        chance = weight * density * len(weight) / weight.sum()
        played = rng.random(len(weight)) < chance
    if not played.any():
        played[0] = True
    return _lengths(rng, played)


def even(beats: int, steps: int, every: int) -> Rhythm:
    """A note every so many steps."""
    return [(i, every) for i in range(0, beats * steps, every)]


def _share(text: str) -> float:
    return text.count("x") / len(text)


def _lengths(rng: np.random.Generator, played: npt.NDArray[np.bool_]) -> Rhythm:
    at = np.flatnonzero(played)
    until = np.append(at[1:], len(played))
    short = rng.random() < 0.3
    return [(int(a), 1 if short else max(int(b - a), 1)) for a, b in zip(at, until, strict=True)]
