"""What can be routed to a parameter: the sources, and their values at a tick.

routes.py brings them to the parameters, desk.py makes the parameters' values of it. Everything is exp(−dt/τ) over
fixed ticks; nothing depends on the frame rate.
"""

from __future__ import annotations

import math
from dataclasses import fields
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core import cued
from artwalks_live.core.beatclock import BeatClock
from artwalks_live.core.features import Features
from artwalks_live.core.timeline import State
from artwalks_live.core.walk_shape import WalkShape

Vector = NDArray[np.float64]

PITCHES = ("c", "cs", "d", "ds", "e", "f", "fs", "g", "gs", "a", "as", "b")
_STRUCK = ("onset", "kick", "snare", "hat")
_HEARD = (*_STRUCK, "level", "bass", "mid", "high", "percussive", "balance", "centroid", "flatness", "silence")
_BANDS, _CHROMA = tuple(f"band{n}" for n in range(1, 9)), tuple(f"chroma_{pitch}" for pitch in PITCHES)
HEARD = (*_HEARD, *_BANDS, *_CHROMA, "loudness", "hit")
OWN = ("lfo", "random", "day", "input")
SOURCES = (*HEARD, "beat", "pulse", "bar", "bar_pulse", "position", "travel", *cued.SOURCES, *OWN)
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
OWN              what each route has of its own: an oscillator, a random walk, the time of day, an input by name"""
_NO_OWN = (0.0,) * len(OWN)
PULSE_DECAY = 5.0  # exp(−5): a pulse has all but gone when the next comes
QUIET_LUFS, LOUD_LUFS = -40.0, -5.0
_values = attrgetter(*_HEARD)
_PERCUSSIVE, _SILENCE, _LEVEL, _HIT = (HEARD.index(name) for name in ("percussive", "silence", "level", "hit"))
_BAND_1, _CHROMA_C = HEARD.index("band1"), HEARD.index("chroma_c")
_FEATURES = tuple(entry.name for entry in fields(Features))
_MOST_DIGITS, _FEW_DIGITS = 4, 2  # what the show hears is what the take can hold: [0, 1] in steps of 1/10000
_DIGITS = {"tempo_bpm": 2, "lufs": 1, "rms_db": 1, "centroid": 2, "flatness": 2, "balance": 2, "bar_confidence": 2,
           "kick": 2, "snare": 2, "hat": 2}  # fmt: skip
LOST_AFTER_S = 0.3  # without a hop for so long the sound counts as lost…
LOST_FADE_S = 0.3  # … and what was heard fades to silence


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

    @property
    def chroma(self) -> tuple[float, ...]:
        return tuple(self._heard[_CHROMA_C : _CHROMA_C + len(_CHROMA)])

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
        """All sources in the order of SOURCES, each in [0, 1]; 0 for a route's own.

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
                *_NO_OWN,
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


def follow(time_constant_s: float, dt: float) -> float:
    """The share of a difference that is made up in dt: 1 − exp(−dt/τ); all of it for τ = 0."""
    return -math.expm1(-dt / time_constant_s) if time_constant_s > 0.0 else 1.0
