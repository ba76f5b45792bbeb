"""Which painting is walked to next, where there is a choice.

    list     the next one in the list, and after the last the first
    similar  the most similar of those not yet seen; when all were, all count as unseen again
    random   any of those not yet seen, by the show's seed
    key      whose hue is nearest to the music's key: the paintings' hues, in order from red, stand evenly round the
             circle of fifths from C on, for old varnish makes most of them amber
    energy   whose restlessness is nearest to the music's energy

A painting that no single leg leads to is walked to through others. Where the bundle or the music does not say what a
choice needs, the list decides.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from artwalks_live.core.graph import Graph
from artwalks_live.core.motion import Controls

GREY = 0.25  # how far from every key a painting without colour counts


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen, the newest last; `fresh` are those since all were; `draws` counts what was left to chance."""

    fresh: frozenset[int] = frozenset()
    latest: tuple[int, ...] = ()
    draws: int = 0


UNSEEN = Seen()


def chosen(graph: Graph, here: int, seen: Seen, controls: Controls) -> tuple[int, Seen]:
    """The painting to walk to from another one, and what counts as seen after that choice. Deterministic.

    Where no leg leads on from it, as in a composed walk, it is that one itself.
    """
    if not graph.out(here):
        return here, seen
    match controls.choose:
        case "similar" if graph.alike:
            left, seen = _unseen(graph, here, seen)
            near = _nearest(graph, here, left)
            return max(near, key=lambda i: graph.alike[here][i]), seen
        case "random":
            left, seen = _unseen(graph, here, seen)
            near = _nearest(graph, here, left)
            number = _drawn(controls.seed, seen.draws) % len(near)
            return near[number], Seen(seen.fresh, seen.latest, seen.draws + 1)
        case "key" if graph.looks and controls.hue >= 0.0:
            hues = _evenly([look.hue for look in graph.looks])
            colours = [look.colour for look in graph.looks]
            return min(_others(graph, here, seen), key=lambda i: _off(hues[i], controls.hue, colours[i])), seen
        case "energy" if graph.looks:
            wanted = _scaled([look.energy for look in graph.looks])
            return min(_others(graph, here, seen), key=lambda i: abs(wanted[i] - controls.energy)), seen
        case _:
            return listed(graph, here, 1), seen


def listed(graph: Graph, here: int, sense: int) -> int:
    """The next painting in the list, or the one before, that some leg leads to."""
    order = range(1, graph.count)
    there = ((here + sense * step) % graph.count for step in order)
    return next((number for number in there if graph.out(number)), here)


def _unseen(graph: Graph, here: int, seen: Seen) -> tuple[list[int], Seen]:
    """The paintings that are left to be seen; when all were, all but this one."""
    left = graph.unseen(seen.fresh | {here})
    if left:
        return left, seen
    return graph.unseen(frozenset({here})), Seen(frozenset({here}), seen.latest, seen.draws)


def _nearest(graph: Graph, here: int, left: Sequence[int]) -> list[int]:
    """Those of them that a single leg leads to; where there is none, those that the fewest legs lead to."""
    beside = [number for number in graph.beside(here) if number in left]
    if beside:
        return sorted(beside)
    ways = {number: len(graph.path(here, number)) for number in left}
    return [number for number in left if ways[number] == min(ways.values())]


def _others(graph: Graph, here: int, seen: Seen) -> list[int]:
    """The paintings that a leg leads to, without those seen lately, so that two do not hold the walk between them."""
    beside = [number for number in graph.beside(here) if number != here]
    lately = seen.latest[-(graph.count // 2) :] if graph.count > 2 else ()
    return [number for number in beside if number not in lately] or beside


def _off(hue: float, key: float, colour: float) -> float:
    """How far a hue is from a key; without colour it is as far from all of them."""
    return colour * abs(math.remainder(hue - key, 1.0)) + (1.0 - colour) * GREY


def _evenly(hues: Sequence[float]) -> list[float]:
    """Hues at even distances round the circle, in the same order."""
    order = sorted(range(len(hues)), key=lambda i: (hues[i], i))
    return [order.index(i) / len(hues) for i in range(len(hues))]


def _scaled(values: Sequence[float]) -> list[float]:
    """Over the walk's own range, [0, 1]: paintings are less unlike one another than passages of music."""
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 0.5 for value in values]


def _drawn(seed: int, draws: int) -> int:
    """A random number of 64 bits, the same on every machine and for ever."""
    return int.from_bytes(hashlib.sha256(f"{seed} {draws}".encode()).digest()[:8], "little")
