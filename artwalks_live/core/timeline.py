"""The timeline: where in the walk the picture stands, moved in fixed ticks and by nothing else.

`step(state, controls, dt) → state` is pure. Show calls it 240 times a second of show time and interpolates between
the last two states for a frame, so the same controls give the same positions at 24000/1001, 30, 60 or 144 fps.

The S-curve eases over each leg by default, so that the motion stops at paintings and nowhere else; ArtWalks eases over
each segment (curve = segment), which halts at every keyframe, and has an even mode (curve = linear) too.
Position is segment + phase, one float. Everything about the motion is read off that float: the S-curve's own time is
recovered by inverting it, so a scrub, a jump or another mode may happen anywhere and the motion goes on from there.

    clock      seconds per segment and per painting, ArtWalks' I and F; durations are exact
    music      a base speed plus percussive energy; slows towards paintings, holds on them, breathes in silence
    beat       a segment every n beats, each arriving on a multiple of n beats
    position   commanded from outside, followed without overshoot
    cues       on the paintings at the bars that a plan says (arrival.py); as music while the song's place is unknown

All modes but `position` and `cues` walk stop by stop: `_walk` spends a budget (seconds or beats) on rests and on the
way to the next stop, and a mode (motion.py) only says how far a budget carries.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from artwalks_live.core.arrival import Plan
from artwalks_live.core.composed import Composed
from artwalks_live.core.motion import MODES, ROUNDING, Advance, Controls, Mode, by_beat, by_clock, by_music
from artwalks_live.core.trail import NONE, Trail, glided, left, on_the_way, passed, reset, roams, stood
from artwalks_live.core.walk_shape import WalkShape

__all__ = [
    "MODES",
    "TICK_HZ",
    "Controls",
    "Mode",
    "State",
    "arrives",
    "between",
    "bound_for",
    "glide",
    "jump",
    "lead",
    "pull",
    "start",
    "step",
    "turn",
]

TICK_HZ = 240
TURN_S = 0.3  # from full pace to standing still, so that hold and reverse do not jolt
_IN_TIME, _QUICKEST_S = 0.3, 0.3  # mode cues: a way back to the plan takes this share of the time to the next arrival
_ARRIVED = 5e-4  # of a segment: a twentieth of a pixel for a flow of 100 px
_NINE_TENTHS = 3.8897  # (1 + x)·exp(−x) = 0.1: a critically damped spring has gone nine tenths of its way


@dataclass(frozen=True, slots=True)
class State:
    """Where the walk stands after a tick.

    position    in the walk
    direction   +1 or −1, turned by reverse and by the ends of an open walk
    pace        how much of the tick's time the walk uses, signed; ramps to the direction, or to 0 when held
    rest        what is left of the rest on a painting, 1 = all of it
    drive       music mode's speed, segments/s, before it lingers at paintings
    velocity    segments/s over the last tick, signed
    target      where a spring pulls: a commanded position, or a glide's painting; None when nothing pulls
    way         what is left of the way there, signed: round a loop there are two
    jumped      the last tick cut to another place: a frame must not interpolate across it
    shift       mode cues: by how many stops the journey is ahead of its plan; None: join it where it passes nearest
    trail       through a graph: which leg comes next
    """

    position: float = 0.0
    direction: int = 1
    pace: float = 1.0
    rest: float = 1.0
    drive: float = 0.0
    velocity: float = 0.0
    target: float | None = None
    way: float = 0.0
    jumped: bool = False
    shift: int | None = None
    trail: Trail = NONE


@dataclass(frozen=True, slots=True)
class Spend:
    """What a tick has to spend, and on what: a budget in seconds or beats, the price of a rest, the way of walking."""

    budget: float
    hold: float
    advance: Advance


def start(shape: WalkShape, position: float = 0.0) -> State:
    """Stand at a position, resting if a painting is there."""
    place = shape.wrap(position)
    return State(position=place, rest=1.0 if shape.is_painting(place) else 0.0)


def jump(state: State, shape: WalkShape, position: float) -> State:
    """Cut to a position."""
    there = start(shape, position)
    trail = reset(state.trail)
    return replace(there, direction=state.direction, pace=state.pace, drive=state.drive, jumped=True, trail=trail)


def pull(state: State, shape: WalkShape, position: float) -> State:
    """Let the spring pull to a position by the shorter way, from where and as fast as the walk is moving.

    Into another stretch of a graph there is no such way: that is a cut.
    """
    target = shape.wrap(position)
    if shape.run(target) != shape.run(state.position):
        return replace(jump(state, shape, target), target=target)
    return replace(state, target=target, way=shape.way(state.position, target), trail=reset(state.trail))


def glide(state: State, shape: WalkShape, heading: int) -> State:
    """Let the spring pull to the next painting that way, round a loop too; beyond the one of a glide under way."""
    origin, way = (state.position, 0.0) if state.target is None else (state.target, state.way)
    painting = shape.beyond(origin, heading)
    if painting is None:
        return state
    target = float(shape.paintings[painting])
    further = (target - origin) % shape.segments if heading > 0 else -((origin - target) % shape.segments)
    return replace(state, target=target, way=way + further)


def turn(state: State) -> State:
    """Walk the other way; a glide under way is left, and so is what /walk/to named."""
    trail = state.trail if state.trail is NONE else replace(state.trail, path=(), bound=None, glide=())
    return replace(state, direction=-state.direction, target=None, shift=None, trail=trail)


def arrives(controls: Controls) -> bool:
    """Whether the walk goes by a plan: in mode cues while the song's place is known. (In a graph: where one leads.)"""
    return controls.mode == "cues" and controls.plan is not None and controls.song_s >= 0.0


def bound_for(state: State, controls: Controls) -> float:
    """The painting at which the plan stands, or which it is about to reach."""
    assert controls.plan is not None
    return controls.plan.journey.at(round(state.direction * controls.plan.at(controls.song_s)) + (state.shift or 0))


def lead(state: State, controls: Controls, painting: float) -> State:
    """Go by the plan to this painting, where the plan is bound for another; the nearest way on the journey."""
    plan = controls.plan
    assert plan is not None
    stop = round(state.direction * plan.at(controls.song_s)) + (state.shift or 0)
    period = plan.journey.period
    ways = sorted(range(-period, period + 1), key=lambda more: (abs(more), -more))
    found = next((more for more in ways if plan.journey.at(stop + more) == painting), None)
    return state if found is None else replace(state, shift=(state.shift or 0) + found, target=None)


def step(state: State, controls: Controls, shape: WalkShape, dt: float) -> State:
    """Move by one tick of dt seconds.

    Cost: about 15 µs. A spring (position mode, or a glide of next and previous) goes before everything; a held walk
    still glides, so that one can go through the paintings by hand.
    """
    state = replace(state, pace=_pace(state, controls, dt), jumped=False)
    if state.target is not None or controls.mode == "position":
        return _follow(replace(state, shift=None), controls, shape, dt)
    if arrives(controls):
        state = _onto_the_tour(state, shape)
        if shape.run(state.position) == 0:
            return _arrive(state, controls, shape, dt)
    return _walk_on(replace(state, shift=None), controls, shape, dt)


def between(before: State, after: State, share: float, shape: WalkShape) -> float:
    """The position a share (0..1) of the way from one tick's state to the next; a cut is not smeared."""
    if after.jumped:
        return after.position if share > 0.0 else before.position
    return shape.wrap(before.position + share * shape.way(before.position, after.position))


def _pace(state: State, controls: Controls, dt: float) -> float:
    goal = 0.0 if controls.held else math.copysign(state.direction, state.direction * controls.speed)
    if controls.speed == 0.0:
        goal = 0.0
    change = dt / TURN_S
    return min(max(goal, state.pace - change), state.pace + change)


def _follow(state: State, controls: Controls, shape: WalkShape, dt: float) -> State:
    """Critically damped spring, solved exactly over the tick, and stopped where it would overshoot."""
    commanded = controls.mode == "position"
    time_s = dt * abs(state.pace) if commanded else dt
    if state.target is None or time_s == 0.0:
        return replace(state, velocity=0.0, drive=0.0)
    settle_s = controls.smoothing_s if commanded else controls.glide_s
    offset = -state.way
    glide = state.trail.glide
    heading = glide[0].heading if glide else 1
    rate = _NINE_TENTHS / max(settle_s * max(len(glide), 1), 1e-6)
    push = heading * state.velocity + rate * offset
    decay = math.exp(-rate * time_s)
    after = (offset + push * time_s) * decay
    velocity = (heading * state.velocity - rate * push * time_s) * decay
    if after * offset > 0.0 and (abs(after) > _ARRIVED or abs(velocity) > 10 * _ARRIVED):
        if glide:
            return _glided(replace(state, way=-after, rest=0.0, drive=abs(velocity)), shape, velocity)
        place = shape.wrap(state.target + after)
        return replace(state, position=place, way=-after, rest=0.0, velocity=velocity, drive=abs(velocity))
    rest = 1.0 if shape.is_painting(state.target) else 0.0
    target = state.target if commanded else None
    jumped = len(glide) > 1
    trail = passed(state.trail, len(glide)) if glide else state.trail
    return replace(
        state, position=state.target, rest=rest, target=target, way=0.0, velocity=0.0, drive=0.0, jumped=jumped,
        trail=trail,
    )  # fmt: skip


def _glided(state: State, shape: WalkShape, velocity: float) -> State:
    """Stand on the leg of a glide that what is left of its way falls on; velocity is along the glide."""
    number, place = glided(state.trail.glide, state.way)
    trail = passed(state.trail, number) if number else state.trail
    heading = trail.glide[0].heading
    trail = replace(trail, along=heading * state.direction)
    return replace(
        state, position=shape.wrap(place), velocity=velocity * heading, jumped=number > 0, trail=trail
    )  # fmt: skip


def _onto_the_tour(state: State, shape: WalkShape) -> State:
    """In a graph: from a painting elsewhere to its place in the stretch that plans are made for, if it has one."""
    here = shape.painting_at(state.position)
    place = state.position if here is None else shape.stand(here, 0.0)
    if shape.run(place) != 0 or (place == state.position and not state.trail.path):
        return state
    return replace(state, position=place, jumped=place != state.position, trail=reset(state.trail))


def _arrive(state: State, controls: Controls, shape: WalkShape, dt: float) -> State:
    """Stand where the plan says; from elsewhere come to it on a spring that it never overtakes.

    The spring works on what the walk is off the plan by, so a walk that moves with its plan goes on exactly on it. One
    that is ahead of it waits rather than going back, and one that is far off comes no faster than a glide.
    """
    plan = controls.plan
    assert plan is not None
    if state.shift is None or controls.held:
        state = replace(state, shift=_join(state, controls, shape))
    earlier, before, now = (
        state.direction * plan.at(controls.song_s - ticks * controls.song_step_s) + (state.shift or 0)
        for ticks in (2, 1, 0)
    )
    was, goal = plan.journey.at(before), plan.journey.at(now)
    offset = shape.way(was, state.position)
    if abs(offset) < ROUNDING * 1e3 and abs(state.pace) == 1.0:
        cut = math.floor(before) != math.floor(now) and plan.journey.is_cut(before, now)
        velocity = 0.0 if cut else shape.way(state.position, goal) / dt
        return _stood(state, goal, velocity, shape, cut)
    planned = 0.0 if plan.journey.is_cut(before, now) else shape.way(was, goal) / dt
    last = 0.0 if plan.journey.is_cut(earlier, before) else shape.way(plan.journey.at(earlier), was) / dt
    after, own = _closing(offset, state.velocity - last, controls, plan, dt)
    velocity = (planned + own) * abs(state.pace)
    heading = state.direction * (1.0 if plan.journey.way(math.floor(now)) >= 0.0 else -1.0)
    ahead = 0.0 < offset * heading <= 0.5 * abs(plan.journey.way(math.floor(now))) + ROUNDING
    if ahead and state.velocity * heading >= 0.0:
        velocity = max(velocity * heading, 0.0) * heading
    elif abs(after) < _ARRIVED and abs(own) < 10 * _ARRIVED and abs(state.pace) == 1.0:
        return _stood(state, goal, planned, shape, False)
    return _stood(state, shape.wrap(state.position + velocity * dt), velocity, shape, False)


def _stood(state: State, position: float, velocity: float, shape: WalkShape, cut: bool) -> State:
    rest = 1.0 if shape.is_painting(position) else 0.0
    return replace(state, position=position, velocity=velocity, drive=abs(velocity), rest=rest, jumped=cut)


def _join(state: State, controls: Controls, shape: WalkShape) -> int:
    """The shift with which the plan passes nearest to where the walk stands."""
    plan = controls.plan
    assert plan is not None
    place = state.direction * plan.at(controls.song_s - controls.song_step_s)
    ways = [abs(shape.way(plan.journey.at(place + shift), state.position)) for shift in range(plan.journey.period)]
    return ways.index(min(ways))


def _closing(offset: float, speed: float, controls: Controls, plan: Plan | Composed, dt: float) -> tuple[float, float]:
    """A critically damped spring over a tick: (offset after it, mean speed within it), at most as fast as a glide.

    It hurries where an arrival is near, so as to be there in time.
    """
    soon = plan.next_arrival(controls.song_s)
    left_s = math.inf if soon is None else soon.time_s - controls.song_s
    rate = _NINE_TENTHS / max(min(controls.glide_s, _IN_TIME * left_s), _QUICKEST_S)
    push = speed + rate * offset
    after = (offset + push * dt) * math.exp(-rate * dt)
    most = max(plan.wishes.fastest, rate * plan.journey.longest / math.e)
    own = min(max((after - offset) / dt, -most), most)
    return offset + own * dt, own


def _walk_on(state: State, controls: Controls, shape: WalkShape, dt: float) -> State:
    time_s = dt * abs(state.pace)
    if controls.mode == "clock":
        spend = Spend(time_s * abs(controls.speed), controls.clock_hold_s, by_clock(controls, shape))
    elif controls.mode == "beat":
        spend = Spend(controls.beats * abs(state.pace), controls.hold_beats, by_beat(controls, shape))
    else:
        state = replace(state, drive=_drive(state, controls, dt))
        advance = by_music(state.drive, controls, shape)
        spend = Spend(time_s * abs(controls.speed), controls.music_hold_s, advance)
    moved = _walk(state, controls, shape, spend)
    if roams(moved.trail, controls, shape):
        sense = 1 if moved.pace > 0.0 or (moved.pace == 0.0 and moved.direction > 0) else -1
        left_s = moved.rest * spend.hold / spend.budget * dt if spend.budget > 0.0 else math.inf
        moved = replace(moved, trail=on_the_way(moved.trail, shape, controls, (moved.position, left_s), sense))
    velocity = 0.0 if moved.jumped else shape.way(state.position, moved.position) / dt
    drive = moved.drive if controls.mode in ("music", "cues") else abs(velocity)
    return replace(moved, velocity=velocity, drive=drive)


def _walk(state: State, controls: Controls, shape: WalkShape, spend: Spend) -> State:
    """Spend the budget on rests and legs until it is used up; nothing is lost at a stop.

    A single painting in a loop has nowhere to go, and is rested on for ever.
    """
    if shape.loop and shape.segments == 1:
        return replace(state, position=0.0, rest=1.0)
    budget, hold = spend.budget, spend.hold
    position, direction, pace, rest, jumped = state.position, state.direction, state.pace, state.rest, state.jumped
    trail, roaming = state.trail, roams(state.trail, controls, shape)
    while budget > 0.0:
        if rest * hold > budget + ROUNDING:
            rest -= budget / hold
            break
        budget, rest = max(budget - rest * hold, 0.0), 0.0
        sense, going, begin = (1 if pace > 0.0 else -1), trail, position
        if roaming and shape.is_painting(position):
            going, begin = left(trail, shape, controls, position, sense)
        if shape.at_end(begin, sense * going.along):
            if controls.end == "stop":
                break
            if controls.end == "pingpong":
                direction, pace = (-sense if controls.speed > 0.0 else sense), -pace
            else:
                position, jumped = float(shape.segments) - position, True
                rest = 1.0 if shape.is_painting(position) else 0.0
            continue
        reached, budget = spend.advance(begin, sense * going.along, budget)
        reached = shape.wrap(reached)
        if reached != begin:  # else it was so little that it has not left yet
            jumped = jumped or begin != position
            trail, rest = _reached(going, shape, reached) if roaming else (going, float(shape.is_painting(reached)))
            position = reached
    return replace(
        state, position=position, direction=direction, pace=pace, rest=rest, jumped=jumped, trail=trail
    )  # fmt: skip


def _reached(trail: Trail, shape: WalkShape, position: float) -> tuple[Trail, float]:
    """The trail at a place, and the rest there: none on the way to where /walk/to leads."""
    here = shape.painting_at(position)
    if here is None:
        return trail, 0.0
    trail = stood(trail, here)
    return trail, 1.0 if trail.bound is None else 0.0


def _drive(state: State, controls: Controls, dt: float) -> float:
    """Follow the music's speed: base plus drums, down to a breath in silence, never above the limit."""
    base = controls.base * (1.0 - controls.silence * (1.0 - controls.breath))
    goal = min(base + controls.gain * controls.percussive, controls.limit)
    follow_s = controls.attack_s if goal > state.drive else controls.release_s
    return goal + (state.drive - goal) * (math.exp(-dt / follow_s) if follow_s > 0.0 else 0.0)
