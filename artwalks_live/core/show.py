"""A show: features and events in, one FrameState per frame out. Pure, deterministic, without a clock of its own.

Show time is counted in ticks of 1/240 s. An input is consumed at the first tick that is not earlier than its stamp
(at the next tick when it comes late), and the log is told the tick: given the same inputs at the same ticks a show
does the same again, bit for bit, which is what a take is.

    show = Show(WalkShape.of(walk), params, presets, Start(preset="vj"), log=take.append)
    show.feed(features); show.send(Event("/walk/next"))
    state = show.frame(n, time_s=n / 60, dt_s=1 / 60)
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from typing import Literal

from artwalks_live.core import beatclock, cued, events, motion
from artwalks_live.core.beatclock import BeatClock
from artwalks_live.core.clock_events import Led, Transport, conduct, plays
from artwalks_live.core.control import Sources, Vector, quantised
from artwalks_live.core.cued import Cued
from artwalks_live.core.cues import Cues
from artwalks_live.core.desk import Desk
from artwalks_live.core.edits import Edits, Renewed, fade_s_of, inputs_of
from artwalks_live.core.errors import ControlError, PresetError, choices
from artwalks_live.core.events import Event
from artwalks_live.core.features import Features
from artwalks_live.core.frame import FrameState, Start
from artwalks_live.core.growth import Growth, may_grow
from artwalks_live.core.lfo import Instant
from artwalks_live.core.meaning import NO_CUES, Named, meaning
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.quantise import GRIDS, Arming
from artwalks_live.core.route_table import most_amount
from artwalks_live.core.songclock import SongClock
from artwalks_live.core.timeline import MODES, TICK_HZ
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.core.walker import PLANNED, Walker

__all__ = ["PARAMS", "TICK_S", "FrameState", "Input", "Kind", "Log", "Show", "Start"]

TICK_S = 1.0 / TICK_HZ
PARAMS = (
    *motion.PARAMS,
    *beatclock.PARAMS,
    Param("show.black_s", "float", 0, 30, 0.6, "s", 0, "how long the fade to black takes, and back"),
)
"""Every parameter that is declared in core; the rest are the shaders'."""

Kind = Literal["hop", "event", "walk", "leader", "preset"]
Given = Features | Event | Growth | Renewed
Input = Given | Led
Log = Callable[[int, Kind, Input], None]
_PANIC_S = _RENEW_S = 0.25
_HOLD_S = 10.0  # an event stamped later than that is done then: a peer's clock may be wrong
_AFTER_S = 1.0  # how long after the song's end the last painting still counts as its own


class Show:
    """See the module. Not thread-safe: one thread feeds, sends and asks for frames.

    params  the table it was given
    log     told (tick, kind, payload) whenever an input is consumed
    cues    of the song that will be heard; without them there is no mode cues
    grown   fingerprint of the walk that it has grown to; "" while it is the one that it began in

    Raises PresetError when the start's preset or mode does not exist.
    """

    def __init__(
        self,
        shape: WalkShape,
        params: ParamTable,
        presets: Mapping[str, Preset],
        start: Start,
        log: Log | None = None,
        *,
        cues: Cues | None = None,
    ) -> None:
        if start.preset not in presets:
            raise PresetError(f"preset {choices(start.preset, presets)}")
        self.params, self._presets, self._log = params, dict(presets), log
        self._offered: Growth | None = None
        self._newest = shape  # names are looked up in the newest shape that is known
        self.grown = ""
        self._seed = start.seed
        self._tick = 0
        self._inputs: list[tuple[int, int, Given]] = []
        self._arrivals = 0
        self._requests: list[Event] = []
        self.refused = 0
        self._names = list(params)
        self._black_s = self._names.index("show.black_s")
        self._idle_bpm = self._names.index("beat.tempo_bpm")
        self._walker = Walker(shape, self._names, start, cues)
        self._desk = Desk(params, TICK_S, start.seed)
        self._listened = inputs_of(self._presets.values())
        self._arming = Arming()
        self._beat = BeatClock(params["beat.tempo_bpm"].default, start.display_latency_s)
        self._sources, self._transport = Sources(), Transport()
        self._transports = self._names.index("beat.transport")
        self._cued = None if cues is None else Cued(cues)
        self._song = SongClock(start.song_s)
        self._black, self._black_goal = 0.0, 0.0
        self._preset = self._presets[start.preset]
        if cues is None and "cues" in (start.mode, self._preset.mode if start.mode is None else ""):
            raise PresetError(f"preset {start.preset}: {NO_CUES}")
        self._choose_preset(self._preset, fade_s=0.0)
        if start.mode is not None:
            self._walker.controls.mode = start.mode
        self._walker.begin()
        self._values = self._values_before = self._desk.now()

    # inputs

    def feed(self, features: Features, tick: int | None = None) -> None:
        """Give the features of one hop, its time_s in show time. A take gives the tick at which it was consumed."""
        heard = quantised(features)
        self._queue(heard, heard.time_s, tick)

    def send(self, event: Event, tick: int | None = None) -> str | None:
        """Give an event. A bad one changes nothing: it is counted in `refused`, and the reason is returned."""
        try:
            checked = events.check(event, self.params)
            if checked is not None and tick is None:  # a take's was found good, maybe by a preset that is yet to come
                if self._unheard(checked.address):
                    return None
                self._meaning(checked, self._newest)
        except ControlError as error:
            self.refused += 1
            return str(error)
        if checked is not None:
            latest_s = self._tick * TICK_S + _HOLD_S
            self._queue(checked, min(checked.time_s, latest_s), tick)
        return None

    def offer(self, growth: Growth | None) -> None:
        """Go on in a larger walk at the first tick at which no picture changes by it (`may_grow`); None: not now."""
        self._offered = growth

    def grow(self, growth: Growth, tick: int) -> None:
        """Go on in a larger walk at a tick, as a take says."""
        self._newest = growth.shape
        self._queue(growth, 0.0, tick)

    def renew(self, preset: Preset, tick: int | None = None) -> None:
        """Go on with a preset as it was edited, or know a new one, from the next tick on.

        The running one cross-fades in a quarter of a second; what was set by hand stays where the edit left it alone.
        Raises PresetError for mode cues without cues.
        """
        if preset.mode == "cues" and self._cued is None:
            raise PresetError(f"preset {preset.name}: {NO_CUES}")
        self._queue(Renewed(preset), -math.inf, tick)

    @property
    def titles(self) -> tuple[str, ...]:
        """Of the paintings, as `/walk/goto` knows them."""
        return self._newest.titles

    def bases(self) -> dict[str, float]:
        """What every parameter's base is on its way to: the preset's value, or what was set by hand since."""
        return self._desk.goals()

    def listened(self) -> frozenset[str]:
        """The inputs of the world, without their /input/, that some route of some preset listens to."""
        return self._listened

    @property
    def presets(self) -> tuple[str, ...]:
        """The names of its presets, in the order in which /show/preset counts them."""
        return tuple(self._presets)

    def edits(self) -> Edits:
        """The running preset, and what was changed in it by hand."""
        return Edits(self._preset, self._desk.goals(), self._desk.amounts)

    def take_requests(self) -> tuple[Event, ...]:
        """What the performer must do (record, still), in order; each is handed out once."""
        requests, self._requests = tuple(self._requests), []
        return requests

    # frames

    @staticmethod
    def tick_of(time_s: float) -> int:
        """The first tick that is not earlier than an instant (a microsecond late counts as on time)."""
        return max(0, math.ceil(time_s * TICK_HZ - 1e-6 * TICK_HZ))

    def horizon_s(self, time_s: float) -> float:
        """Up to which instant inputs should be fed before asking for the frame at time_s: its last tick's end."""
        return self.tick_of(time_s) * TICK_S

    def frame(self, index: int, time_s: float, dt_s: float) -> FrameState:
        """Advance to cover time_s and describe the frame for that instant. Time never goes back: earlier is now."""
        while self._tick < self.tick_of(time_s):
            self._advance()
        share = min(max(time_s * TICK_HZ - (self._tick - 1), 0.0), 1.0)
        values = self._values_before + share * (self._values - self._values_before)
        walker = self._walker
        position = walker.between(share)
        return FrameState(
            index=index,
            time_s=time_s,
            dt_s=dt_s,
            position=position,
            values=dict(zip(self._names, values.tolist(), strict=True)),
            black=self._black,
            tempo_bpm=self._beat.tempo_bpm,
            beat=self._beat.beat,
            sounding=self._beat.sounding,
            leader=self._beat.leader,
            confidence=self._beat.confidence,
            meter=self._beat.meter,
            level=self._sources.level,
            painting=walker.shape.nearest_painting(position),
            mode=walker.controls.mode,
            preset=self._preset.name,
            held=walker.controls.held,
            seed=self._seed,
            song_s=self._song.song_s,
            section="" if self._cued is None else self._cued.section(self._song.song_s),
            bands=self._sources.bands,
            armed=self._arming.told,
            **walker.told(),
        )

    def resume_state(self) -> dict[str, str | float | int]:
        """What `Start` needs to go on from here."""
        return {
            "preset": self._preset.name,
            "position": self._walker.state.position,
            "mode": self._walker.controls.mode,
            "direction": self._walker.state.direction,
        }

    # one tick

    def _advance(self) -> None:
        self._tick += 1
        now_s = self._tick * TICK_S
        while self._inputs and self._inputs[0][0] <= self._tick:
            self._consume(heapq.heappop(self._inputs)[2], now_s)
        walker = self._walker
        if self._offered is not None and may_grow(walker.state, walker.shape):
            self._consume(self._offered, now_s)
            self._offered = None
        led = self._beat.leader
        walker.controls.beats = self._beat.step(now_s, TICK_S)
        if self._beat.leader != led and self._log is not None:
            self._log(self._tick, "leader", Led(self._beat.leader, round(self._beat.confidence, 2)))
        walker.controls.beat = self._beat.beat
        now = Instant(now_s, self._beat.beat, self._beat.meter)
        for event in self._arming.due(now, self._beat.tempo_bpm):
            self._do_late(event, now_s)
        known = self._follow_song(now_s)
        sources = self._sources.step(now_s, TICK_S, self._beat, walker.state, walker.shape, known=known)
        self._values_before, self._values = self._values, self._desk.step(sources, now)
        self._set_controls(self._values)
        walker.step(TICK_S)

    def _follow_song(self, now_s: float) -> tuple[float, ...]:
        """Let the song run on; returns what its cues say now."""
        if self._cued is None:
            return cued.NONE
        song, controls = self._song, self._walker.controls
        song.step(now_s, TICK_S)
        inside = song.song_s <= self._cued.cues.duration_s + _AFTER_S
        controls.song_s, controls.song_step_s = song.song_s if inside else -1.0, song.step_s
        return self._cued.at(song.song_s)

    def _set_controls(self, values: Vector) -> None:
        plain = values.tolist()
        self._walker.take(plain)
        self._walker.hear(self._sources, TICK_S)
        self._beat.idle_tempo(plain[self._idle_bpm], self._tick * TICK_S)
        most = TICK_S / plain[self._black_s] if plain[self._black_s] > 0.0 else 1.0
        self._black += min(max(self._black_goal - self._black, -most), most)

    def _queue(self, item: Given, time_s: float, tick: int | None) -> None:
        due = tick if tick is not None else self._tick + 1 if math.isinf(time_s) else self.tick_of(time_s)
        heapq.heappush(self._inputs, (max(due, self._tick + 1), self._arrivals, item))
        self._arrivals += 1

    def _consume(self, item: Given, now_s: float) -> None:
        kind: Kind
        if isinstance(item, Event):
            if not self._arming.arm(item, Instant(now_s, self._beat.beat, self._beat.meter)):
                self._do_late(item, now_s)
            kind = "event"
        elif isinstance(item, Renewed):
            known = self._presets.get(item.preset.name)
            if known is not None and known.text == item.preset.text != "":
                return  # saved by the show, and then found changed on the disk: one edit
            self._renew(item.preset)
            kind = "preset"
        elif isinstance(item, Growth):
            self._newest = item.shape
            self._walker.grow(item.shape)
            self.grown = item.walk
            self._walker.replan(self._desk.goal)
            kind = "walk"
        else:
            self._sources.hear(item, now_s)
            self._beat.hear(item)
            self._song.hear(item, now_s)
            kind = "hop"
        if self._log is not None:
            self._log(self._tick, kind, item)

    # events

    def _meaning(self, event: Event, shape: WalkShape) -> int:
        return meaning(event, Named(shape, self._presets, self._preset, self._cued is not None))

    def _unheard(self, address: str) -> bool:
        """Whether this is an input that no route listens to: it need not be in the take."""
        return address.startswith(events.INPUT) and address.removeprefix(events.INPUT) not in self._listened

    def _do(self, event: Event, now_s: float) -> None:
        """Carry out a checked event."""
        param = self.params.by_address.get(event.address)
        if param is not None:
            self._desk.set(param.name, float(event.args[0]))
            if param.name in PLANNED:
                self._walker.replan(self._desk.goal)
            return
        room, _, verb = event.address[1:].partition("/")
        if events.is_for_performer(event.address):
            self._requests.append(event)
        elif room == "input":
            self._desk.hear(verb, float(event.args[0]))
        elif room == "route":
            self._set_amount(events.route_of(event.address) or 0, float(event.args[0]))
        elif room == "walk":
            if verb == "hold":
                self._transport.overruled()
            self._walker.do(verb, event, self._meaning(event, self._walker.shape))
        elif room == "clock":
            self._do_clock(verb, event, now_s)
        elif verb == "preset":
            self._choose_preset(list(self._presets.values())[self._meaning(event, self._newest)])
        elif verb == "mode":
            self._walker.controls.mode = MODES[self._meaning(event, self._newest)]
        elif verb == "quantise":
            self._arming.grid = GRIDS[self._meaning(event, self._newest)]
        elif verb == "panic":
            self._arming.take()
            self._choose_preset(self._preset, _PANIC_S)
            self._beat.release()
            self._walker.controls.held, self._black_goal = False, 0.0
        else:
            self._black_goal = float(events.switched(event, self._black_goal > 0.5))

    def _do_late(self, event: Event, now_s: float) -> None:
        """Carry out what was found good when it was sent; in a walk that has grown a name may fit two paintings now."""
        try:
            self._do(event, now_s)
        except ControlError:
            self.refused += 1

    def _do_clock(self, verb: str, event: Event, now_s: float) -> None:
        done_s = event.time_s if math.isfinite(event.time_s) else now_s
        if verb == "song":
            self._song.tell(float(event.args[0]), done_s)
            return
        conduct(self._beat, event, done_s, now_s)
        if verb in ("link", "midi"):
            hold = self._transport.told(verb, plays(event))
            if hold is not None and self._values[self._transports]:
                self._walker.controls.held = hold

    def _set_amount(self, i: int, amount: float) -> None:
        """Change a route of the running preset; another preset may have come since somebody meant one of its own."""
        if i < len(self._preset.routes):
            route = self._preset.routes[i]
            most = most_amount(self.params[route.target], route.take_over)
            self._desk.set_amount(i, min(max(amount, -most), most))

    def _renew(self, preset: Preset) -> None:
        before, self._presets[preset.name] = self._preset, preset
        self._listened = inputs_of(self._presets.values())
        if preset.name == before.name:
            self._preset = preset
            self._desk.revise(before.values, preset.values, preset.routes, _RENEW_S)
            self._walker.go_by(preset, before)
            self._walker.replan(self._desk.goal)

    def _choose_preset(self, preset: Preset, fade_s: float | None = None) -> None:
        self._preset = preset
        fade_s = fade_s_of(preset, self._beat.tempo_bpm) if fade_s is None else fade_s
        self._desk.apply(preset.values, preset.routes, fade_s)
        self._walker.go_by(preset)
        self._walker.replan(self._desk.goal)
