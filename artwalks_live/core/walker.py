"""Where a show stands in its walk and how it goes on there: the timeline's state and controls, and what moves them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from artwalks_live.core import gliding, timeline
from artwalks_live.core.arrival import Plan, Wishes
from artwalks_live.core.composed import Composed
from artwalks_live.core.control import Sources
from artwalks_live.core.cues import Cues
from artwalks_live.core.events import Event, switched
from artwalks_live.core.frame import Start
from artwalks_live.core.mood import Mood
from artwalks_live.core.motion import CHOICES, Choice
from artwalks_live.core.preset import Preset
from artwalks_live.core.songclock import SongClock
from artwalks_live.core.timeline import Controls
from artwalks_live.core.trail import on_the_way, roams
from artwalks_live.core.walk_extras import Song
from artwalks_live.core.walk_shape import WalkShape

AFTER_S = 1.0  # how long after the song's end the last painting still counts as its own
PLANNED = ("cues.pace", "cues.fastest", "cues.hold_beats", "cues.breath")
"""Parameters that a plan depends on: when one is set, the plan is made again."""
_FIELDS = {  # field of Controls: parameter
    "speed": "walk.speed",
    "glide_s": "walk.glide_s",
    "segment_s": "clock.segment_s",
    "clock_hold_s": "clock.hold_s",
    "base": "music.base",
    "gain": "music.gain",
    "limit": "music.limit",
    "attack_s": "music.attack_s",
    "release_s": "music.release_s",
    "breath": "music.breath",
    "linger": "music.linger",
    "music_hold_s": "music.hold_s",
    "beats_per_segment": "beat.beats_per_segment",
    "hold_beats": "beat.hold_beats",
    "smoothing_s": "position.smoothing_s",
}


class Walker:
    """See the module. The owner of `shape`, `state` (the one before is `before`) and `controls`.

    known   cues of the song that will be heard, or the song that composed the walk
    names   of all parameters, in the order of the values given to `take`
    """

    def __init__(self, shape: WalkShape, names: Sequence[str], start: Start, known: Cues | Song | None) -> None:
        self.shape, self.controls = shape, Controls(seed=start.seed)
        self.known, self._mood = known, Mood()
        self._fields = [(field, names.index(name)) for field, name in _FIELDS.items()]
        self.state = replace(timeline.start(shape, start.position), direction=start.direction, pace=start.direction)
        self.before = self.state

    def take(self, values: Sequence[float]) -> None:
        """Go by these values of the parameters from the next step on."""
        for field, i in self._fields:
            setattr(self.controls, field, values[i])

    def begin(self) -> None:
        """Choose the first leg, so that it can be read ahead before the first tick."""
        state = self.state
        if self.roams:
            stand = (state.position, math.inf)
            trail = on_the_way(state.trail, self.shape, self.controls, stand, state.direction)
            self.state = self.before = replace(state, trail=trail)

    def hear(self, sources: Sources, dt: float) -> None:
        """Go by what sounds at this tick."""
        controls = self.controls
        controls.percussive, controls.silence = sources.percussive, sources.silence
        if self.shape.branching or controls.choose != "list":
            self._mood.step(dt, sources.chroma, sources.level)
            controls.hue, controls.energy = self._mood.hue, self._mood.energy

    def step(self, dt: float) -> None:
        """One tick on."""
        self.before, self.state = self.state, timeline.step(self.state, self.controls, self.shape, dt)

    def between(self, share: float) -> float:
        """The position at a share of the way from the tick before to this one."""
        return timeline.between(self.before, self.state, share, self.shape)

    def grow(self, shape: WalkShape) -> None:
        """The walk is a larger one from now on."""
        self.shape = shape
        self._choose_again()

    @property
    def roams(self) -> bool:
        """Whether the walk goes by its trail: next legs are chosen."""
        return roams(self.state.trail, self.controls, self.shape)

    @property
    def onward(self) -> tuple[float, float] | None:
        """Where the next leg begins and where it leads, positions; None while it follows of itself."""
        trail = self.state.trail
        coming = trail.glide[1:] or trail.path
        return (coming[0].start, coming[0].end) if coming else None

    @property
    def bound(self) -> int | None:
        """The painting that the walk is on its way to over other legs than this one, where that is known."""
        trail = self.state.trail
        ways = trail.glide or trail.path
        return trail.bound if trail.bound is not None else ways[-1].b if ways else None

    def told(self) -> dict[str, Any]:
        """What a frame is told about the trail: fields of FrameState."""
        state, roaming = self.state, self.roams
        bound = self.bound if roaming else None
        heading = state.trail.along * (1 if state.pace > 0.0 or (state.pace == 0.0 and state.direction > 0) else -1)
        return {
            "mode": self.controls.mode,
            "held": self.controls.held,
            "onward": self.onward, "bound": bound, "choose": self.controls.choose,
            "heading": heading, "entered": state.trail.entered,
        }  # fmt: skip

    def go_by(self, preset: Preset, before: Preset | None = None) -> None:
        """Walk as a preset says; of one that was edited, `before`, the mode and the choice only where they changed."""
        controls = self.controls
        controls.curve, controls.end = preset.curve, preset.end
        if before is None or preset.mode != before.mode:
            controls.mode = preset.mode
        if before is None or preset.choose != before.choose:
            self.choose(preset.choose)

    def choose(self, choice: Choice) -> None:
        """Choose next legs so from now on."""
        if choice != self.controls.choose:
            self.controls.choose = choice
            self._choose_again()

    def _choose_again(self) -> None:
        trail = self.state.trail
        if trail.path:
            self.state = replace(self.state, trail=replace(trail, path=()))

    def follow(self, song: SongClock) -> None:
        """Go by where the song is: the one that is known."""
        assert self.known is not None
        inside = song.song_s <= self.known.duration_s + AFTER_S
        self.controls.song_s, self.controls.song_step_s = song.song_s if inside else -1.0, song.step_s

    def replan(self, goal: Callable[[str], float]) -> None:
        """See that the plan is the one for this walk, this preset and what was set by hand.

        goal   gives what a parameter is on its way to
        """
        if isinstance(self.known, Song):
            if self.controls.plan is None or self.controls.plan.journey.shape is not self.shape:
                self.controls.plan = Composed(self.known, self.shape)
            return
        if self.known is None:
            return
        pace, fastest, hold_beats, breath = map(goal, PLANNED)
        wishes = Wishes(pace, fastest, hold_beats, breath, self.controls.end)
        planned = self.controls.plan
        if planned is None or planned.wishes != wishes or planned.journey.shape is not self.shape:
            self.controls.plan = Plan(self.known, self.shape, wishes)
            self.state = replace(self.state, shift=None)

    def do(self, verb: str, event: Event, painting: int) -> None:
        """Carry out a checked event of /walk.

        painting   that a goto or to means, counted from 0; the choice that choose means
        """
        state, shape = self.state, self.shape
        if verb == "hold":
            self.controls.held = switched(event, self.controls.held)
        elif verb == "reverse":
            self.state = state if self.controls.mode == "position" else timeline.turn(state)
        elif verb in ("next", "previous"):
            self._glide(1 if verb == "next" else -1)
        elif verb == "choose":
            self.choose(CHOICES[painting])
        elif verb == "to" and (led := gliding.walk_to(state, self.controls, shape, painting)) is not None:
            self.state = led
        else:
            place = float(event.args[0]) if verb == "position" else shape.stand(painting, state.position)
            commanded = self.controls.mode == "position"
            self.state = (timeline.pull if commanded else timeline.jump)(state, shape, place)
            if self._led and shape.is_painting(place) and shape.run(place) == 0:
                self.state = timeline.lead(self.state, self.controls, place)

    @property
    def _led(self) -> bool:
        """Whether a plan that can be led moves the walk; the song of a composed walk always brings it back."""
        return timeline.arrives(self.controls) and isinstance(self.controls.plan, Plan)

    def _glide(self, heading: int) -> None:
        """To the next painting that way; by a plan, the plan goes on from there."""
        state, shape = self.state, self.shape
        if self.roams or state.trail.glide:
            self.state = gliding.glide(state, self.controls, shape, heading)
            return
        if not self._led or state.shift is None or state.target is not None:
            self.state = timeline.glide(state, shape, heading)
            return
        painting = shape.beyond(timeline.bound_for(state, self.controls), heading)
        if painting is not None:
            self.state = timeline.lead(state, self.controls, float(shape.paintings[painting]))
