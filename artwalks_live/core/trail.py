"""The trail of a walk through a graph: which leg it is on, which comes next, and the way that it came.

Position stays one float. A painting stands at the end of several legs, at a position for each; when the walk leaves
it, the position changes to the beginning of the chosen leg, and no picture changes by that. The next leg is chosen
half-way along the one before, or as much earlier as pictures are read ahead, so that they are there when it begins; by
key and by energy it is chosen again two seconds before it is left, from a rest that is long enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from artwalks_live.core.choosing import UNSEEN, Seen, chosen, listed
from artwalks_live.core.graph import Way
from artwalks_live.core.motion import Controls
from artwalks_live.core.walk_shape import WalkShape

MOST_CAME = 64
AHEAD = 4.0  # segments: as far as is read ahead
LATE_S, LATEST_S = 2.0, 1.0  # before it is left: when a leg is chosen again by the music, and when no more
_HEARING = ("key", "energy")


@dataclass(frozen=True, slots=True)
class Trail:
    """See the module.

    along    +1 where walking forward makes the position grow, −1 on a leg that is walked against the bundle's order
    path     the legs that come next
    sense    +1: they were chosen for walking forward; −1: backward
    came     the paintings that it came through, the latest last
    seen     for the choices without repeat
    bound    the painting that /walk/to named, until it is reached
    glide    the legs of a glide under way, the present one first
    entered  how many legs were entered by a change of position
    heard    the next leg was chosen during this rest
    """

    along: int = 1
    path: tuple[Way, ...] = ()
    sense: int = 1
    came: tuple[int, ...] = ()
    seen: Seen = UNSEEN
    bound: int | None = None
    glide: tuple[Way, ...] = ()
    entered: int = 0
    heard: bool = False


NONE = Trail()


def reset(trail: Trail) -> Trail:
    """The trail after a cut, or after the walk was led otherwise: nothing is known but what was seen."""
    return trail if trail is NONE else Trail(seen=trail.seen, entered=trail.entered + 1)


def roams(trail: Trail, controls: Controls, shape: WalkShape) -> bool:
    """Whether the walk goes by its trail: where legs branch, or somebody wants it so on a chain."""
    return shape.branching or controls.choose != "list" or trail.bound is not None or trail.along < 0


def _in_order(trail: Trail, shape: WalkShape, controls: Controls) -> bool:
    """Whether this is a chain or a loop that goes on of itself."""
    return not shape.branching and controls.choose == "list" and trail.bound is None


def foreseen(trail: Trail, shape: WalkShape, controls: Controls, here: int, sense: int) -> Trail:
    """Choose the legs that lead on from a painting, unless that was done."""
    if trail.path and trail.path[0].a == here and trail.sense == sense:
        return trail
    graph, seen = shape.graph, trail.seen
    if trail.bound is not None and trail.bound != here:
        path = graph.path(here, trail.bound)
    elif sense < 0:
        there = trail.came[-1] if trail.came and trail.came[-1] in graph.beside(here) else listed(graph, here, -1)
        path = graph.path(here, there)
    else:
        there, seen = chosen(graph, here, seen, controls)
        path = graph.path(here, there)
    return replace(trail, path=path, sense=sense, seen=seen)


def left(trail: Trail, shape: WalkShape, controls: Controls, position: float, sense: int) -> tuple[Trail, float]:
    """Leave a painting by the next leg. Returns the trail and where that leg begins."""
    here = shape.painting_at(position)
    assert here is not None
    if _in_order(trail, shape, controls):
        return replace(NONE, seen=trail.seen, entered=trail.entered), position  # a chain, walked in order again
    trail = foreseen(trail, shape, controls, here, sense)
    if not trail.path:
        return trail, position
    way = trail.path[0]
    start = shape.wrap(way.start)
    return replace(
        trail,
        along=way.heading * sense,
        path=trail.path[1:],
        came=(*trail.came, here)[-MOST_CAME:] if sense > 0 else trail.came,
        entered=trail.entered + (start != position),
        heard=False,
    ), start


def stood(trail: Trail, painting: int) -> Trail:
    """Arrive at a painting."""
    came = trail.came[:-1] if trail.came and trail.came[-1] == painting else trail.came
    seen = trail.seen
    if not seen.latest or seen.latest[-1] != painting:
        latest = (*seen.latest, painting)[-MOST_CAME:]
        seen = Seen(seen.fresh | {painting}, latest, seen.draws)
    bound = None if trail.bound == painting else trail.bound
    return replace(trail, came=came, seen=seen, bound=bound, heard=False)


def passed(trail: Trail, legs: int) -> Trail:
    """So many legs of a glide are done: their paintings were come through."""
    for number, way in enumerate(trail.glide[:legs], 1):
        trail = stood(trail, way.b)
        if trail.sense > 0 and number < len(trail.glide):
            trail = replace(trail, came=(*trail.came, way.b)[-MOST_CAME:])
    return replace(trail, glide=trail.glide[legs:], entered=trail.entered + legs)


def on_the_way(trail: Trail, shape: WalkShape, controls: Controls, stand: tuple[float, float], sense: int) -> Trail:
    """Choose the next leg in time: half-way along this one, or when the walk rests on a painting.

    stand   position, and the seconds for which the walk will still rest there
    """
    position, left_s = stand
    here = shape.painting_at(position)
    if here is not None:
        if not trail.seen.latest:
            trail = stood(trail, here)
        if _in_order(trail, shape, controls):
            return replace(trail, path=())
        again = not trail.heard and controls.choose in _HEARING and trail.bound is None
        if again and LATEST_S <= left_s <= LATE_S:
            return replace(foreseen(replace(trail, path=()), shape, controls, here, sense), heard=True)
        return foreseen(trail, shape, controls, here, sense)
    if trail.path and trail.sense == sense:
        return trail
    start, end = shape.leg(position, trail.along * sense)
    if abs(end - position) > max(0.5 * abs(end - start), AHEAD):
        return trail
    there = shape.painting_at(end)
    if there is None:
        return trail
    coming = stood(trail, there)  # what will count as seen then
    if _in_order(coming, shape, controls):
        return replace(trail, path=())
    then = foreseen(replace(coming, path=()), shape, controls, there, sense)
    fresh = then.seen.fresh if there in trail.seen.fresh else then.seen.fresh - {there}
    return replace(trail, path=then.path, sense=sense, seen=Seen(fresh, trail.seen.latest, then.seen.draws))


def towards(trail: Trail, shape: WalkShape, position: float, heading: int, painting: int) -> tuple[Trail, bool]:
    """Be bound for a painting from anywhere. Returns the trail, and whether to turn round on this leg.

    heading   in which the position moves
    """
    here = shape.painting_at(position)
    if here is not None:
        return replace(trail, bound=None if here == painting else painting, path=()), False
    start, end = shape.leg(position, heading)
    costs = [
        (abs(position - stop) + sum(way.length for way in shape.graph.path(there, painting)), number)
        for number, stop in enumerate((end, start))
        if (there := shape.painting_at(stop)) is not None
    ]
    return replace(trail, bound=painting, path=()), bool(costs) and min(costs)[1] == 1


def glided(ways: Sequence[Way], left_over: float) -> tuple[int, float]:
    """Where a glide stands: (which of its legs, position on it) when so much of the whole way is left."""
    for number in range(len(ways) - 1, -1, -1):
        way = ways[number]
        if left_over <= way.length or number == 0:
            return number, way.end - way.heading * min(left_over, way.length)
        left_over -= way.length
    raise ValueError("a glide without legs")
