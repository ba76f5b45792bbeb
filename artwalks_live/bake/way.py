"""A short way through all of a collection, so that neighbours are alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Distances = NDArray[np.float64]
_BEGINNINGS = 16
_LEAST = 1e-9  # a gain below this is none


def shortest_way(features: NDArray[np.float32], loop: bool) -> list[int]:
    """Order vectors (n, D) so that the way through them, and in a loop back to the first, is short.

    From several beginnings: the nearest neighbour each time, then stretches are turned round and moved elsewhere until
    nothing gets shorter. Of the shortest, the end that was given first comes first; a loop begins with 0.
    """
    count = len(features)
    if count < 3:
        return list(range(count))
    distance = np.sqrt(np.stack([((features - each) ** 2).mean(-1) for each in features])).astype(np.float64)
    if not loop:  # a place that is near to everything lies between the two ends
        distance = np.pad(distance, (0, 1))
    tours = [_improved(start, distance) for start in range(0, count, max(1, count // _BEGINNINGS))]
    best = min(tours, key=lambda tour: round(way_length([*tour, tour[0]], distance), 9))
    first = best.index(0 if loop else count)
    way = best[first:] + best[:first]
    if loop:
        return way
    return way[1:] if way[1] < way[-1] else way[:0:-1]


def way_length(way: Sequence[int], distance: Distances) -> float:
    """How long a way is, by the distances (n, n) of its places."""
    return float(distance[way[:-1], way[1:]].sum())


def _improved(start: int, distance: Distances) -> list[int]:
    tour, rest = [start], set(range(len(distance))) - {start}
    while rest:
        nearest = min(rest, key=lambda index: (distance[tour[-1], index], index))
        rest.remove(nearest)
        tour.append(nearest)
    while _turned(tour, distance) or _moved(tour, distance):
        pass
    return tour


def _turned(tour: list[int], distance: Distances) -> bool:
    """Turn the stretch round whose turning shortens the round tour most (in place). False when none does."""
    here = np.array(tour)
    after = np.roll(here, -1)
    steps = distance[here, after]
    gain = steps[:, None] + steps - distance[np.ix_(here, here)] - distance[np.ix_(after, after)]
    first, last = sorted(int(place) for place in np.unravel_index(np.argmax(gain), gain.shape))
    if gain[first, last] <= _LEAST or first == last:
        return False
    tour[first + 1 : last + 1] = tour[first + 1 : last + 1][::-1]
    return True


def _moved(tour: list[int], distance: Distances) -> bool:
    """Move a stretch of one to three to where that shortens the round tour (in place). False when none does."""
    for size in range(1, min(4, len(tour) - 1)):
        for first in range(len(tour)):
            round_ = tour[first:] + tour[:first]
            stretch, rest = round_[:size], round_[size:]
            saved = way_length([rest[-1], *stretch, rest[0]], distance) - distance[rest[-1], rest[0]]
            saved -= way_length(stretch, distance)
            for piece in (stretch, stretch[::-1]):
                added = distance[rest[:-1], piece[0]] + distance[piece[-1], rest[1:]] - distance[rest[:-1], rest[1:]]
                place = int(np.argmin(added)) if len(added) else -1
                if place >= 0 and added[place] < saved - _LEAST:
                    tour[:] = rest[: place + 1] + piece + rest[place + 1 :]
                    return True
    return False
