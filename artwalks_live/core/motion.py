"""How each mode moves: what drives a tick, and how far a budget of seconds or beats carries along the walk.

A mode is an Advance: from a position, in a direction, spend a budget, at most to the next stop. Nothing is remembered
between ticks but the position itself; the S-curve's own time is found by inverting it. timeline.py strings the
advances together with rests and ends.

Sources: ArtWalks (Pennino et al. 2023) for I, F and the S-curve, whose continuous form (1 − cos πu)/2 is within 0.01
of their (0, .34, .66, 1) → (0, .25, .75, 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from artwalks_live.core.arrival import Plan
from artwalks_live.core.composed import Composed
from artwalks_live.core.params import Param
from artwalks_live.core.walk_shape import WalkShape

Mode = Literal["clock", "music", "beat", "position", "cues"]
Curve = Literal["leg", "segment", "linear"]
End = Literal["pingpong", "stop", "jump"]
Choice = Literal["list", "similar", "random", "key", "energy"]
MODES: tuple[Mode, ...] = get_args(Mode)
CURVES: tuple[Curve, ...] = get_args(Curve)
ENDS: tuple[End, ...] = get_args(End)
CHOICES: tuple[Choice, ...] = get_args(Choice)

HURRY = 1.6  # beat mode: a segment runs at 1/1.6 .. 1.6 of its pace to meet the beat; if that will not do, the next
SLACK = 0.01  # of a segment: what may be made up within a tick (rounding, and the last moments of a steered beat)
BRAKE, CREEP = 0.06, 0.003  # music mode: the way in which it brakes, in segments; what is left of v² at the stop
ROUNDING = 1e-9  # seconds or beats: a stop missed by rounding alone is reached

PARAMS = (
    Param("walk.speed", "float", -8, 8, 1, "x", 0.15, "how fast time passes for the walk; below 0 it runs backwards"),
    Param("walk.glide_s", "float", 0, 30, 1.5, "s", 0, "how long next and previous take to reach their painting"),
    Param("clock.segment_s", "float", 0.1, 600, 10, "s", 0, "mean time from keyframe to keyframe"),
    Param("clock.hold_s", "float", 0, 3600, 20, "s", 0, "rest on each painting"),
    Param("music.base", "float", 0, 4, 0.08, "segments/s", 0.1, "speed of the walk without a drum"),
    Param("music.gain", "float", 0, 8, 0.8, "segments/s", 0.1, "speed that full percussive energy adds"),
    Param("music.limit", "float", 0.01, 10, 2, "segments/s", 0.1, "no speed above this"),
    Param("music.attack_s", "float", 0, 5, 0.03, "s", 0, "how quickly a drum drives the walk"),
    Param("music.release_s", "float", 0, 10, 0.35, "s", 0, "how long the walk rolls on after a drum"),
    Param("music.breath", "float", 0, 1, 0.25, "x", 0.1, "part of the base speed that is left in silence"),
    Param("music.linger", "float", 0, 0.95, 0.6, "", 0, "how much the walk slows near a painting"),
    Param("music.hold_s", "float", 0, 600, 4, "s", 0, "rest on each painting"),
    Param("beat.beats_per_segment", "int", 1, 64, 4, "beats", 0, "beats from keyframe to keyframe"),
    Param("beat.hold_beats", "int", 0, 256, 4, "beats", 0, "rest on each painting"),
    Param("cues.pace", "float", 0.01, 4, 0.35, "segments/s", 0, "pace that a passage of middling energy asks for"),
    Param("cues.fastest", "float", 0.05, 10, 1.5, "segments/s", 0, "no leg is faster on its way to an arrival"),
    Param("cues.hold_beats", "int", 0, 256, 4, "beats", 0, "rest on each painting"),
    Param("cues.breath", "float", 0, 0.5, 0.1, "segments", 0, "how far a long rest sways from its painting"),
    Param("position.smoothing_s", "float", 0, 30, 0.5, "s", 0, "time to go nine tenths of a commanded way"),
)


@dataclass(slots=True)
class Controls:
    """What drives one tick: choices, parameter values (named as in PARAMS) and what is heard."""

    mode: Mode = "clock"
    curve: Curve = "leg"
    end: End = "pingpong"
    choose: Choice = "list"
    held: bool = False
    speed: float = 1.0
    glide_s: float = 1.5
    segment_s: float = 10.0
    clock_hold_s: float = 20.0
    base: float = 0.08
    gain: float = 0.8
    limit: float = 2.0
    attack_s: float = 0.03
    release_s: float = 0.35
    breath: float = 0.25
    linger: float = 0.6
    music_hold_s: float = 4.0
    beats_per_segment: float = 4.0
    hold_beats: float = 4.0
    smoothing_s: float = 0.5
    percussive: float = 0.0
    silence: float = 0.0
    beat: float = 0.0  # counted beats at the end of the tick
    beats: float = 0.0  # of them, passed in this tick
    plan: Plan | Composed | None = None  # mode cues: when to arrive where
    song_s: float = -1.0  # place in the song at the end of the tick; below 0 while unknown
    song_step_s: float = 0.0  # of it, passed in this tick
    seed: int = 0  # of what is chosen at random
    hue: float = -1.0  # of the music's key, [0, 1) round the circle of fifths; below 0 while there is none
    energy: float = 0.0  # of the music over the last seconds, [0, 1]


Advance = Callable[[float, int, float], tuple[float, float]]
"""(position, heading, budget) → (new position, budget left); at most to the end of the leg, unwrapped."""


def _progress(share: float) -> float:
    """The S-curve's time at which a share of the way is done: the inverse of (1 − cos πu)/2, precise at both ends."""
    return 2.0 * math.atan2(math.sqrt(max(share, 0.0)), math.sqrt(max(1.0 - share, 0.0))) / math.pi


def _eased(time: float) -> float:
    """The S-curve: share of the way at a share of the time, sin²(πu/2) = (1 − cos πu)/2."""
    return math.sin(0.5 * math.pi * time) ** 2


def by_clock(controls: Controls, shape: WalkShape) -> Advance:
    """A leg or segment in its exact time, eased or even; the budget is seconds."""

    span = shape.leg if controls.curve == "leg" else shape.segment
    linear = controls.curve == "linear"

    def advance(position: float, heading: int, budget: float) -> tuple[float, float]:
        start, end = span(position, heading)
        duration = abs(end - start) * controls.segment_s
        share = (position - start) / (end - start)
        time = share if linear else _progress(share)
        left = (1.0 - time) * duration
        if left <= budget + ROUNDING:
            return end, max(budget - left, 0.0)
        time += budget / duration
        return start + (end - start) * (time if linear else _eased(time)), 0.0

    return advance


def by_beat(controls: Controls, shape: WalkShape) -> Advance:
    """Each segment ends on a multiple of n beats: the first that it can meet without hurrying.

    The way left in the segment's own time is spread over the beats left, so in step it runs at its own pace, and
    after a jump, a rest or a steered beat it comes back into step within the segment.
    """
    n = controls.beats_per_segment
    linear = controls.curve == "linear"

    def advance(position: float, heading: int, budget: float) -> tuple[float, float]:
        start, end = shape.segment(position, heading)
        share = (position - start) / (end - start)
        time = share if linear else _progress(share)
        beat = controls.beat - budget
        arrival = n * (math.floor(beat / n) + 1)
        if 1.0 - time > HURRY * (arrival - beat) / n + SLACK:
            arrival += n
        left = arrival - beat
        if left <= budget + ROUNDING:
            return end, max(budget - left, 0.0)
        time += (1.0 - time) * budget / left
        return start + (end - start) * (time if linear else _eased(time)), 0.0

    return advance


def by_music(drive: float, controls: Controls, shape: WalkShape) -> Advance:
    """Go at `drive` segments/s, slower around paintings; brake evenly to a rest and start from it as gently."""

    def advance(position: float, heading: int, budget: float) -> tuple[float, float]:
        start, end = shape.leg(position, heading)
        near = min(abs(position - start), abs(end - position))
        share = min(2.0 * near, 1.0)
        speed = drive * (1.0 - controls.linger * (1.0 - share * share * (3.0 - 2.0 * share)))
        if controls.music_hold_s > 0.0:
            speed *= math.sqrt(min(near / BRAKE + CREEP, 1.0))  # v² ∝ way: an even deceleration
        way = abs(end - position)
        if way <= speed * budget:
            return end, budget - way / speed
        return position + heading * speed * budget, 0.0

    return advance
