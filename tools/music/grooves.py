"""What drums play: patterns of one bar on a grid, chosen and altered at random.

A pattern is a list of (step, key, velocity); four steps a beat, or three in a compound or shuffled bar.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KICK, RIM, SNARE, CLAP, CLOSED, PEDAL, OPEN, CRASH, RIDE, BELL, TAMBOURINE, COWBELL = (
    36, 37, 38, 39, 42, 44, 46, 49, 51, 53, 54, 56)  # fmt: skip
TOMS = (41, 43, 45, 47, 48, 50)
HAND = (60, 61, 62, 63, 64, 70, 75, 76, 77, 69)  # bongos, congas, maracas, claves, blocks, cabasa
Hit = tuple[int, int, float]
Pattern = list[Hit]

# Sixteen steps of 4/4; capitals are accents.
KICKS = (
    "X...x...X...x...", "X.......X.......", "X.......X.x.....", "X..x....X.......", "X.....x.X.......",
    "X..x..x.X..x..x.", "X.x.....X.x.....", "X.........X.....", "X..x......x.....", "X.......x.......",
    "X.x...x...x.....", "X..x..x.........", "X...............", "X.xxX.xxX.xxX.xx", "x.x.x.x.x.x.x.x.",
    "xxxxxxxxxxxxxxxx", "X......x..X.....", "X..x....x.x.....", "........X.......", "X.....x...x..x..",
    "X.x.x.x.X.x.x.x.", "X..x..x.x.......", "..x...x...x...x.", "X.......X..x..x.",
)  # fmt: skip
SNARES = (
    "....X.......X...", "....X.......X...", "....X.......X...", "....X.......X...", "........X.......",
    "....X..x.x..X...", "....X.......X..x", "....X..x....X...", "..X...X...X...X.", "....x.......x...",
    "X...X...X...X...", "....X.....X.....", "............X...", "....X.x...x.X.x.", "..x.X..x..x.X...",
    "...x..x....x..x.", "................",
)  # fmt: skip
HATS = (
    "x.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx", "..X...X...X...X.",
    "x...x...x...x...", "x...x.x.x...x.x.", "X.xxX.xxX.xxX.xx", "x..xx..xx..xx..x", "X.x.x.X.x.X.x.x.",
    "x.......x.......", "................", "x.xxx.xxx.xxx.xx", "x.x.x.xxx.x.x.xx", "x..x..x.x..x..x.",
)  # fmt: skip
CLAVES = (
    "x..x..x...x.x...", "x..x...x..x.x...", "x..x..x...x..x..", "x..x..x.x..x..x.", "x.xx.x.x.xx.x.x.",
    "..x.x...x..x..x.",
)  # fmt: skip
# Twelve steps of 12/8 and of a shuffle: three a beat.
KICKS_3 = (
    "X.....x.....", "X..x..X..x..", "X.....X..x..", "X....xX.....", "X........x..", "X..X..X..X..", "X.xX.xX.xX.x",
)  # fmt: skip
SNARES_3 = ("...X.....X..", "......X.....", "...X.....X.x", "............", "...x..x..x..")
HATS_3 = ("x.xx.xx.xx.x", "xxxxxxxxxxxx", "x..x.xx..x.x", "x..x..x..x..", "..x..x..x..x", "x..x.xx..x.x")


@dataclass(frozen=True, slots=True)
class Kit:
    """A groove: its bar of so many beats and steps a beat, and the way a bar ends when a section does."""

    beats: int
    steps: int
    bar: Pattern
    fill: Pattern


def two_beat(rng: np.random.Generator, beats: int) -> Kit:
    """Low on the beats and high between them: polka, country, ska, double time. Four steps a beat."""
    low = [k for k in range(beats) if k % 2 == 0 or rng.random() < 0.7]
    bar: Pattern = [(4 * k, KICK, 0.95 if k % 2 == 0 else 0.85) for k in low]
    back = int(rng.choice([SNARE, SNARE, RIM, CLAP, CLOSED, OPEN]))
    bar += [(4 * k + 2, back, rng.uniform(0.7, 0.95)) for k in range(beats)]
    if rng.random() < 0.35:  # brushes: a stream with its accents between the beats
        bar += [(i, SNARE, 0.4) for i in range(4 * beats) if i % 4 != 2]
    if rng.random() < 0.6:
        every = int(rng.choice([2, 4, 1]))
        cymbal = int(rng.choice([CLOSED, RIDE, TAMBOURINE]))
        bar += [(i, cymbal, 0.5) for i in range(0, 4 * beats, every)]
    return Kit(beats, 4, bar, _fill(rng, beats, 4))


def kit(rng: np.random.Generator, beats: int, steps: int) -> Kit:
    """A groove for bars of `beats`, on a grid of `steps` (3 or 4) a beat."""
    bar = _template(rng, steps) if beats == 4 and rng.random() < 0.85 else _built(rng, beats, steps)
    if rng.random() < 0.3:
        bar += _hands(rng, beats, steps)
    if rng.random() < 0.25:  # not all grooves have a back beat, or a bass drum
        gone = KICK if rng.random() < 0.4 else SNARE
        bar = [hit for hit in bar if hit[1] != gone]
    if not bar:
        bar = _built(rng, beats, steps)
    return Kit(beats, steps, bar, _fill(rng, beats, steps))


def varied(rng: np.random.Generator, bar: Pattern, amount: float) -> Pattern:
    """The bar with some strokes left out and others moved by a step."""
    kept = [hit for hit in bar if rng.random() > amount * 0.5]
    return [(max(step + int(rng.integers(-1, 2)), 0), key, v) if rng.random() < amount * 0.3 else (step, key, v)
            for step, key, v in kept]  # fmt: skip


def _read(text: str, key: int, loud: float) -> Pattern:
    return [(i, key, loud * (1.0 if c == "X" else 0.78)) for i, c in enumerate(text) if c != "."]


def _template(rng: np.random.Generator, steps: int) -> Pattern:
    kicks, snares, hats = (KICKS, SNARES, HATS) if steps == 4 else (KICKS_3, SNARES_3, HATS_3)
    cymbal = int(rng.choice([CLOSED, CLOSED, CLOSED, RIDE, PEDAL, OPEN, TAMBOURINE, BELL]))
    back = int(rng.choice([SNARE, SNARE, SNARE, CLAP, RIM]))
    bar = _read(str(rng.choice(kicks)), KICK, 0.95) + _read(str(rng.choice(snares)), back, rng.uniform(0.7, 0.95))
    bar += _read(str(rng.choice(hats)), cymbal, rng.uniform(0.35, 0.75))
    if rng.random() < 0.15:
        bar += [(4 * steps - 2, OPEN, 0.6)]
    return bar


def _built(rng: np.random.Generator, beats: int, steps: int) -> Pattern:
    """A bar for any meter: bass drum where groups begin, snare on what is left, cymbals evenly."""
    groups = grouping(rng, beats)
    starts = np.cumsum([0, *groups[:-1]])
    bar: Pattern = [(int(start) * steps, KICK, 0.95 if start == 0 else 0.8) for start in starts]
    for start, size in zip(starts, groups, strict=True):
        if size > 1 and rng.random() < 0.85:
            bar.append(((int(start) + int(rng.integers(1, size))) * steps, SNARE, 0.8))
    every = int(rng.choice([1, steps, steps // 2 if steps == 4 else 1, steps]))
    cymbal = int(rng.choice([CLOSED, CLOSED, RIDE, TAMBOURINE]))
    bar += [(i, cymbal, 0.6 if i % steps == 0 else 0.42) for i in range(0, beats * steps, every)]
    for _ in range(int(rng.integers(0, 4))):
        bar.append((int(rng.integers(0, beats * steps)), KICK, 0.7))
    return bar


def grouping(rng: np.random.Generator, beats: int) -> list[int]:
    """How a bar falls into twos, threes and fours."""
    known = {
        2: [[2], [1, 1]], 3: [[3], [3], [2, 1]], 4: [[2, 2], [4]], 5: [[3, 2], [2, 3]], 6: [[3, 3], [2, 2, 2], [4, 2]],
        7: [[4, 3], [2, 2, 3], [3, 4], [3, 2, 2]],
    }  # fmt: skip
    choices = known[beats]
    return choices[int(rng.integers(len(choices)))]


def _hands(rng: np.random.Generator, beats: int, steps: int) -> Pattern:
    """Hand percussion: a clave, or an even stream with accents anywhere."""
    if beats == 4 and steps == 4 and rng.random() < 0.5:
        return _read(str(rng.choice(CLAVES)), int(rng.choice(HAND)), rng.uniform(0.5, 0.9))
    low, high = (int(key) for key in rng.choice(HAND, 2, replace=False))
    accents = rng.random(beats * steps) < 0.35
    stream = rng.random(beats * steps) < rng.uniform(0.4, 1.0)
    return [(i, low if accents[i] else high, 0.75 if accents[i] else 0.45) for i in range(beats * steps) if stream[i]]


def _fill(rng: np.random.Generator, beats: int, steps: int) -> Pattern:
    begins = int(rng.integers(max(beats - 2, 0), beats)) * steps
    keys = list(rng.choice([SNARE, *TOMS], beats * steps))
    return [(i, int(keys[i]), rng.uniform(0.6, 1.0)) for i in range(begins, beats * steps) if rng.random() < 0.8]
