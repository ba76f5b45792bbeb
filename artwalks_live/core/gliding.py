"""Next, previous and to, where the walk goes by a trail: over the legs, on the spring of timeline.py or at its pace.

Next is what the chooser says, or the painting that the walk is bound for; previous is the way that it came. Pressed
again during a glide, they go one leg further; the other one turns round.
"""

from __future__ import annotations

from dataclasses import replace

from artwalks_live.core.choosing import listed
from artwalks_live.core.graph import Way
from artwalks_live.core.motion import Controls
from artwalks_live.core.timeline import State, arrives
from artwalks_live.core.trail import MOST_CAME, Trail, foreseen, stood, towards
from artwalks_live.core.walk_shape import WalkShape


def glide(state: State, controls: Controls, shape: WalkShape, sense: int) -> State:
    """Let the spring pull along a leg.

    sense   +1: to the next painting; −1: to the one before
    """
    trail = replace(state.trail, bound=None)
    if trail.glide and state.target is not None:
        return _further(state, controls, shape, sense)
    here = shape.painting_at(state.position)
    if here is None:
        way = _present(state, shape)
        if way is None:
            return state
        return _gliding(state, trail, shape, (way if sense > 0 else way.back,), sense)
    trail, way = _onward(trail, shape, controls, here) if sense > 0 else _before(trail, shape, here)
    if way is None:
        return state
    came = (*trail.came, here)[-MOST_CAME:] if sense > 0 else trail.came
    return _gliding(state, replace(trail, came=came), shape, (way,), sense)


def walk_to(state: State, controls: Controls, shape: WalkShape, painting: int) -> State | None:
    """Walk to a painting over the fewest legs: at the mode's own pace, without a rest on the way, from now on.

    Where the mode has no pace of its own, or the walk is held, it is a glide. None: no leg leads to that painting.
    """
    if not shape.graph.out(painting):
        return None
    facing = _facing(state)
    trail, turned = towards(replace(state.trail, glide=()), shape, state.position, facing, painting)
    if not controls.held and controls.mode != "position" and not arrives(controls):
        state = replace(state, trail=trail, target=None, rest=state.rest if trail.bound is None else 0.0)
        if not turned:
            return state
        return replace(state, pace=-state.pace, trail=replace(trail, along=-trail.along))
    here = shape.painting_at(state.position)
    first: tuple[Way, ...] = ()
    if here is None:
        way = _present(state, shape)
        if way is None:
            return None
        first = (way.back if turned else way,)
        here = first[0].b
    else:
        trail = replace(trail, came=(*trail.came, here)[-MOST_CAME:])
    ways = (*first, *shape.graph.path(here, painting))
    return _gliding(state, replace(trail, bound=None), shape, ways, 1) if ways else state


def _facing(state: State) -> int:
    """In which heading the position moves, or would."""
    forward = state.pace > 0.0 or (state.pace == 0.0 and state.direction > 0)
    return state.trail.along * (1 if forward else -1)


def _present(state: State, shape: WalkShape) -> Way | None:
    """The leg that the walk is on, as it walks it; None where it does not lead from painting to painting."""
    start, end = shape.leg(state.position, _facing(state))
    a, b = shape.painting_at(start), shape.painting_at(end)
    return None if a is None or b is None else Way(start, end, a, b)


def _onward(trail: Trail, shape: WalkShape, controls: Controls, here: int) -> tuple[Trail, Way | None]:
    """The leg to the next painting."""
    trail = foreseen(trail, shape, controls, here, 1)
    return (replace(trail, path=trail.path[1:]), trail.path[0]) if trail.path else (trail, None)


def _before(trail: Trail, shape: WalkShape, here: int) -> tuple[Trail, Way | None]:
    """The leg to the painting before: the one that it came through, or the one before in the list."""
    came = trail.came[: len(trail.came) - len(trail.glide)]
    there = came[-1] if came and came[-1] in shape.graph.beside(here) else listed(shape.graph, here, -1)
    path = shape.graph.path(here, there)
    return replace(trail, path=()), path[0] if path else None


def _gliding(state: State, trail: Trail, shape: WalkShape, ways: tuple[Way, ...], sense: int) -> State:
    """Begin a glide along these legs, from wherever on the first of them the walk stands."""
    first = ways[0]
    on_it = shape.painting_at(state.position) is None
    position = state.position if on_it else shape.wrap(first.start)
    left = abs(first.end - position) if on_it else first.length
    trail = replace(
        trail, glide=ways, sense=sense, along=first.heading * state.direction,
        entered=trail.entered + (position != state.position),
    )  # fmt: skip
    way = left + sum(each.length for each in ways[1:])
    return replace(state, position=position, target=shape.wrap(ways[-1].end), way=way, rest=0.0, trail=trail)


def _further(state: State, controls: Controls, shape: WalkShape, sense: int) -> State:
    """One leg further on a glide under way, or back on its present leg."""
    trail = state.trail
    if sense != trail.sense and shape.is_painting(state.position):
        return replace(state, target=None, way=0.0, rest=1.0, trail=replace(trail, glide=(), path=()))
    if sense != trail.sense:
        return _gliding(state, replace(trail, path=()), shape, (trail.glide[0].back,), sense)
    last = trail.glide[-1].b
    trail = replace(trail, seen=stood(trail, last).seen)
    trail, way = _onward(trail, shape, controls, last) if sense > 0 else _before(trail, shape, last)
    if way is None:
        return state
    return replace(
        state, target=shape.wrap(way.end), way=state.way + way.length, trail=replace(trail, glide=(*trail.glide, way))
    )  # fmt: skip
