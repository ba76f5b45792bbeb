"""From what is heard, counted and set by hand to the values of the parameters.

A parameter's value is its base plus its routes, brought into its range:

    base     the preset's value, or what was set by hand since; cross-faded when the preset changes, and followed with
             the parameter's own smoothing
    route    source → follower (attack, release) → curve → times amount, added to the base

Setting a parameter by hand replaces its base only; the routes go on adding to it, so a VJ moves what the music plays
around. Everything is exp(−dt/τ) over fixed ticks; nothing depends on the frame rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core import cued
from artwalks_live.core.beatclock import BeatClock
from artwalks_live.core.features import Features
from artwalks_live.core.params import ParamTable
from artwalks_live.core.timeline import State
from artwalks_live.core.walk_shape import WalkShape

Vector = NDArray[np.float64]

PITCHES = ("c", "cs", "d", "ds", "e", "f", "fs", "g", "gs", "a", "as", "b")
_STRUCK = ("onset", "kick", "snare", "hat")
_HEARD = (*_STRUCK, "level", "bass", "mid", "high", "percussive", "balance", "centroid", "flatness", "silence")
_BANDS, _CHROMA = tuple(f"band{n}" for n in range(1, 9)), tuple(f"chroma_{pitch}" for pitch in PITCHES)
HEARD = (*_HEARD, *_BANDS, *_CHROMA, "loudness", "hit")
SOURCES = (*HEARD, "beat", "pulse", "bar", "bar_pulse", "position", "travel", *cued.SOURCES, "lfo")
"""onset … silence  as in Features
band1 … band8    its bands, low to high
chroma_c … _b    its chroma; s for sharp
loudness         its lufs: 0 at -40 LUFS or less, 1 at -5 or more
hit              1 in a hop where something began, else 0
beat, bar        phase, a rising sawtooth
pulse, bar_pulse 1 on the beat (on the bar), gone before the next; pales when nobody leads the beat
position         share of the whole walk
travel           0 on a painting, 1 half-way between two
section … drop   as in cued.py; 0 without cues
lfo              a slow sine of the route's own period_s, from 0 to 1 and back"""
CURVES = {"linear": 1.0, "square": 2.0, "cube": 3.0, "root": 0.5}
PULSE_DECAY = 5.0  # exp(−5): a pulse has all but gone when the next comes
QUIET_LUFS, LOUD_LUFS = -40.0, -5.0
_values = attrgetter(*_HEARD)
_PERCUSSIVE, _SILENCE, _LEVEL, _HIT = (HEARD.index(name) for name in ("percussive", "silence", "level", "hit"))
_BAND_1 = HEARD.index("band1")
_FEATURES = tuple(entry.name for entry in fields(Features))
_MOST_DIGITS, _FEW_DIGITS = 4, 2  # what the show hears is what the take can hold: [0, 1] in steps of 1/10000
_DIGITS = {"tempo_bpm": 2, "lufs": 1, "rms_db": 1, "centroid": 2, "flatness": 2, "balance": 2, "bar_confidence": 2,
           "kick": 2, "snare": 2, "hat": 2}  # fmt: skip
LOST_AFTER_S = 0.3  # without a hop for so long the sound counts as lost…
LOST_FADE_S = 0.3  # … and what was heard fades to silence


@dataclass(frozen=True, slots=True)
class Route:
    """One source to one parameter.

    amount       added to the parameter at full source, in its unit; may be negative
    curve        of CURVES, applied to the followed source
    attack_s, release_s   time constants with which rises and falls are followed; 0 at once
    period_s     of an lfo
    """

    source: str
    target: str
    amount: float
    curve: str = "linear"
    attack_s: float = 0.0
    release_s: float = 0.0
    period_s: float = 0.0


class Sources:
    """The values of all sources at a tick. Between hops the last hop stands; without hops it fades to silence."""

    def __init__(self) -> None:
        self._heard = [0.0] * len(HEARD)
        self._heard[_SILENCE] = 1.0
        self._hop_at_s = 0.0

    @property
    def percussive(self) -> float:
        return self._heard[_PERCUSSIVE]

    @property
    def silence(self) -> float:
        return self._heard[_SILENCE]

    @property
    def level(self) -> float:
        return self._heard[_LEVEL]

    @property
    def bands(self) -> tuple[float, ...]:
        return tuple(self._heard[_BAND_1 : _BAND_1 + len(_BANDS)])

    def hear(self, features: Features, now_s: float) -> None:
        """Take in a hop at a tick. Live hops come late and several to a tick: no onset, stroke or hit is lost."""
        loudness = min(max((features.lufs - QUIET_LUFS) / (LOUD_LUFS - QUIET_LUFS), 0.0), 1.0)
        heard = [*_values(features), *features.bands, *features.chroma, loudness, float(features.onset_event)]
        if now_s == self._hop_at_s:
            for at in (*range(len(_STRUCK)), _HIT):
                heard[at] = max(heard[at], self._heard[at])
        self._heard, self._hop_at_s = heard, now_s

    def step(
        self,
        now_s: float,
        dt: float,
        beat: BeatClock,
        state: State,
        shape: WalkShape,
        *,
        known: tuple[float, ...] = cued.NONE,
    ) -> Vector:
        """All sources but the lfo, in the order of SOURCES, each in [0, 1].

        known   what the song's cues say, in the order of cued.SOURCES
        """
        if now_s - self._hop_at_s > LOST_AFTER_S:
            self._lose(dt)
        phase, bar = beat.beat % 1.0, beat.bar
        return np.array(
            [
                *self._heard,
                phase,
                beat.certainty * math.exp(-PULSE_DECAY * phase),
                bar,
                beat.certainty * math.exp(-PULSE_DECAY * bar),
                state.position / shape.segments,
                shape.travel(state.position),
                *known,
                0.0,
            ]
        )

    def _lose(self, dt: float) -> None:
        keep = math.exp(-dt / LOST_FADE_S)
        silence = self._heard[_SILENCE]
        self._heard = [keep * value for value in self._heard]
        self._heard[_SILENCE] = 1.0 - keep * (1.0 - silence)
        self._heard[_HIT] = 0.0


def quantised(features: Features) -> Features:
    """Features rounded to what a take holds. Rounding twice changes nothing."""
    return Features(*(_rounded(name, getattr(features, name)) for name in _FEATURES))


def _rounded(name: str, value: float | bool | tuple[float, ...]) -> Any:
    if isinstance(value, tuple):
        return tuple(round(each, _FEW_DIGITS) for each in value)
    return round(value, _DIGITS.get(name, _MOST_DIGITS)) if isinstance(value, float) else value


class Routes:
    """A preset's routes, followed together.

    Cost about 10 µs a tick for 20 routes, and little more for 200: a dozen NumPy calls on short vectors.
    """

    def __init__(self, routes: Sequence[Route], params: ParamTable, dt: float) -> None:
        names = list(params)
        self._source = np.array([SOURCES.index(route.source) for route in routes], dtype=np.intp)
        self._target = np.array([names.index(route.target) for route in routes], dtype=np.intp)
        self._amount = np.array([route.amount for route in routes])
        self._power = np.array([CURVES[route.curve] for route in routes])
        self._rise = np.array([follow(route.attack_s, dt) for route in routes])
        self._fall = np.array([follow(route.release_s, dt) for route in routes])
        self._lfo = np.flatnonzero(self._source == SOURCES.index("lfo"))
        self._turn = np.array([2.0 * math.pi / route.period_s for route in routes if route.source == "lfo"])
        self._followed = np.zeros(len(routes))
        self._size = len(names)

    def step(self, sources: Vector, now_s: float) -> Vector:
        """What the routes add to every parameter at this tick, (n_params,)."""
        if not len(self._source):
            return np.zeros(self._size)
        wanted = sources[self._source]
        if len(self._lfo):
            wanted[self._lfo] = 0.5 - 0.5 * np.cos(self._turn * now_s)
        change = wanted - self._followed
        self._followed += change * np.where(change > 0.0, self._rise, self._fall)
        added = self._amount * self._followed**self._power
        total: Vector = np.bincount(self._target, weights=added, minlength=self._size).astype(np.float64, copy=False)
        return total


def follow(time_constant_s: float, dt: float) -> float:
    """The share of a difference that is made up in dt: 1 − exp(−dt/τ); all of it for τ = 0."""
    return -math.expm1(-dt / time_constant_s) if time_constant_s > 0.0 else 1.0


class Desk:
    """Every parameter's value, tick by tick.

    apply() changes the preset: bases cross-fade and the old routes' last contribution fades out while the new ones
    fade in, so nothing leaps whenever it is called.
    """

    def __init__(self, params: ParamTable, dt: float) -> None:
        self._params, self._dt = params, dt
        self._index = {name: i for i, name in enumerate(params)}
        table = list(params.values())
        self._low = np.array([param.low for param in table])
        self._high = np.array([param.high for param in table])
        self._smoothing = np.array([follow(param.smoothing_s, dt) for param in table])
        self._whole = np.flatnonzero([param.type != "float" for param in table])
        self._from = self._to = self._base = np.array([param.default for param in table])
        self._routes = Routes((), params, dt)
        self._added = self._left_over = np.zeros(len(table))
        self._mix, self._mix_step = 1.0, 1.0

    def apply(self, values: Mapping[str, float], routes: Sequence[Route], fade_s: float) -> None:
        """Take over a preset in fade_s seconds; 0 at once, smoothing included."""
        self._from = self._from + self._mix * (self._to - self._from)
        self._to = np.array([values.get(name, param.default) for name, param in self._params.items()])
        self._left_over = self._added
        self._routes = Routes(routes, self._params, self._dt)
        self._mix, self._mix_step = 0.0, self._dt / fade_s if fade_s > 0.0 else 1.0
        if fade_s <= 0.0:
            self._mix, self._base, self._added = 1.0, self._to.copy(), np.zeros_like(self._to)

    def set(self, name: str, value: float) -> None:
        """Set a base by hand, clamped to the parameter's range."""
        i = self._index[name]
        self._from, self._to = self._from.copy(), self._to.copy()
        self._from[i] = self._to[i] = self._params[name].clamp(value)

    def goal(self, name: str) -> float:
        """What a base is on its way to: the preset's value, or what was set by hand since."""
        return float(self._to[self._index[name]])

    def step(self, sources: Vector, now_s: float) -> Vector:
        """The values at this tick, (n_params,) in the order of the table, in range; int and bool are whole."""
        added = self._routes.step(sources, now_s)
        goal = self._to
        if self._mix < 1.0:
            self._mix = min(self._mix + self._mix_step, 1.0)
            goal = self._from + self._mix * (self._to - self._from)
            added = self._left_over + self._mix * (added - self._left_over)
        self._added = added
        self._base = self._base + self._smoothing * (goal - self._base)
        return self._in_range(self._base + added)

    def now(self) -> Vector:
        """The values as they stand, without moving on."""
        return self._in_range(self._base + self._added)

    def _in_range(self, values: Vector) -> Vector:
        values = np.minimum(np.maximum(values, self._low), self._high)
        if len(self._whole):
            values[self._whole] = np.rint(values[self._whole])
        return values
