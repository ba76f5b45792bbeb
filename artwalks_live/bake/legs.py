"""Which legs a walk has: the chain, or a graph of legs between any paintings, as `--legs` says.

    chain        from each painting to the next, and with a loop from the last to the first; the default
    all          besides, between any two
    similar:K    besides, from each painting to the K most similar ones
    1-4,2-6      these legs alone, by the paintings' numbers in the walk, the first is 1; `chain,1-4`: besides the chain
    FILE         the same in a text file, a leg or several a line, # before what is no leg

Legs are walked both ways, so one between two paintings is enough. Every painting must be one that can be walked to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import UsageError
from artwalks_live.core.walk_check import unreached

CHAIN = "chain"
Leg = tuple[int, int]
"""The paintings that a leg leads from and to, counted from 0."""
Vectors = NDArray[np.float32]
_LEG = re.compile(r"(\d{1,6})-(\d{1,6})")
_SIMILAR = re.compile(r"similar:(\d{1,6})")
_MOST_BYTES = 1 << 20


def check(spec: str) -> None:
    """Raise UsageError when a `--legs` cannot be understood, whatever the paintings are."""
    for word in _words(spec):
        similar = _SIMILAR.fullmatch(word)
        if similar and int(similar[1]) < 1:
            raise UsageError(f"--legs {word}: use similar:1 or more")
        if not (similar or word in (CHAIN, "all") or _LEG.fullmatch(word)):
            raise UsageError(
                f"--legs {word[:40]!r}: use chain, all, similar:K, legs such as 1-4,2-6, or a file of them"
            )


def chosen(spec: str, titles: Sequence[str], loop: bool, features: Callable[[], Vectors]) -> list[Leg]:
    """The legs to bake, in an order in which as many as can follow one another.

    titles    of the paintings, in the order of the walk
    features  gives (n, D): paintings are alike when these are near one another

    Raises UsageError for a leg that cannot be, and when a painting cannot be reached.
    """
    count = len(titles)
    words = _words(spec)
    general = [word for word in words if not _LEG.fullmatch(word)]
    legs: dict[Leg, None] = {}
    if general:
        legs |= dict.fromkeys(_chain(count, loop))
    for word in general:
        similar = _SIMILAR.fullmatch(word)
        more = (
            combinations(range(count), 2) if word == "all" else _alike(features(), int(similar[1])) if similar else ()
        )
        legs |= dict.fromkeys(leg for leg in more if leg not in legs and leg[::-1] not in legs)
    for leg in _named(words, count):
        if leg in legs or leg[::-1] in legs:
            raise UsageError(f"--legs {leg[0] + 1}-{leg[1] + 1}: this leg is there twice: name each once, either way")
        legs[leg] = None
    for number in unreached(count, list(legs)):
        raise UsageError(
            f"--legs: no leg leads to painting {number + 1}, {titles[number]}: "
            f"add one, such as {number + 1}-{1 if number else 2}, or leave the painting out"
        )
    return list(legs)


def precheck(spec: str, titles: Sequence[str]) -> None:
    """Raise UsageError for what `chosen` will refuse, before the paintings were looked at."""
    chosen(spec, titles, False, lambda: np.zeros((len(titles), 1), np.float32))


def plain(legs: Sequence[Leg], count: int) -> tuple[bool, bool]:
    """(whether these legs are a chain or a loop, whether they are a loop)."""
    return list(legs) in (_chain(count, False), _chain(count, True)), list(legs) == _chain(count, True)


def _chain(count: int, loop: bool) -> list[Leg]:
    return [*pairwise(range(count)), *([(count - 1, 0)] if loop else [])]


def _words(spec: str) -> list[str]:
    path = Path(spec)
    if path.suffix and path.is_file():
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"--legs {spec}: too large for a list of legs")
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"--legs {spec}: cannot be read as text") from None
        spec = ",".join(line.partition("#")[0] for line in lines)
    words = [word.strip() for part in spec.split(",") for word in part.split()]
    if not words:
        raise UsageError("--legs: no legs: use chain, all, similar:K, or legs such as 1-4,2-6")
    return words


def _named(words: Iterable[str], count: int) -> list[Leg]:
    legs = []
    for word in words:
        found = _LEG.fullmatch(word)
        if found is None:
            continue
        a, b = int(found[1]) - 1, int(found[2]) - 1
        if not (0 <= a < count and 0 <= b < count):
            raise UsageError(f"--legs {word}: the paintings of this walk have the numbers 1 to {count}")
        if a == b:
            raise UsageError(f"--legs {word}: a leg leads from a painting to another one")
        legs.append((a, b))
    return legs


def _alike(features: Vectors, most: int) -> list[Leg]:
    """From each painting to so many of the most similar ones, in order."""
    distance = np.stack([((features - each) ** 2).mean(-1) for each in features])
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1, kind="stable")[:, : min(most, len(features) - 1)]
    return sorted({(min(i, int(j)), max(i, int(j))) for i, row in enumerate(near) for j in row})
