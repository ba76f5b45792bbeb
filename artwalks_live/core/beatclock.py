"""The show's own beat: one steady count, whoever leads it.

Leaders, strongest first:

    external   /clock/beat from outside, for 4 s after the last message
    hand       a tempo that was set or tapped; until it is given back (/clock/tempo 0, or panic)
    audio      the beats heard, while the ear is confident
    free       nobody: the last tempo runs on

A leader gives a reference, "beat b at time t, at this tempo". The count never jumps to it: it runs up to a third
faster or slower until it is there, so that nothing that moves with the beat is ever seen to leap. Only whole beats
are re-numbered at once, which moves no phase: it tells where the bar begins.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

from artwalks_live.core.features import Features
from artwalks_live.core.params import Param

Leader = Literal["external", "hand", "audio", "free"]

BEATS_PER_BAR = 4
LOWEST_BPM, HIGHEST_BPM = 20.0, 300.0
PARAMS = (Param("beat.tempo_bpm", "float", 20, 300, 120, "bpm", 0, "tempo while none was heard, tapped or told"),)

STEER_S = 0.25  # time constant with which the count goes to its leader
MAX_STEER = 0.35  # by at most this share of the tempo
TEMPO_S = 0.3
LEAD_S = 4.0  # how long a /clock/beat leads
HEARD_S = 1.0  # how long a hop counts as fresh
CONFIDENT, DOUBTFUL = 0.35, 0.2  # the ear takes the lead above the first and loses it below the second
TAP_GAP_S = 2.5  # a longer pause begins a new series of taps
BOUNCE_S = 0.12
FADE_S = 4.0  # how soon the beat pales when nobody leads


@dataclass(frozen=True, slots=True)
class Reference:
    """Beat `beat` sounds at `time_s`, and the tempo is `bpm`."""

    time_s: float
    beat: float
    bpm: float

    def at(self, time_s: float) -> float:
        """The beat at another instant."""
        return self.beat + (time_s - self.time_s) * self.bpm / 60.0


class BeatSeries:
    """Beats told one by one (taps, /clock/beat) → a tempo: the least-squares line through the last eight.

    Beats closer than half a beat refine the phase only, so a phase sent at 60 Hz does not make the tempo noisy.
    """

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=8)

    @property
    def last(self) -> tuple[float, float] | None:
        """(time_s, beat) of the latest point kept."""
        return self._points[-1] if self._points else None

    def clear(self) -> None:
        """Begin a new series."""
        self._points.clear()

    def add(self, time_s: float, beat: float) -> float | None:
        """Add a beat; the tempo in bpm if it can be told. A leap in time or count begins a new series."""
        if self._points:
            past_s, past = time_s - self._points[-1][0], beat - self._points[-1][1]
            if past_s <= 0.0 or past <= 0.0 or past_s > TAP_GAP_S * max(past, 1.0):
                self._points.clear()
            elif past < 0.5:
                return self._tempo([*self._points, (time_s, beat)])
        self._points.append((time_s, beat))
        return self._tempo(list(self._points))

    @staticmethod
    def _tempo(points: list[tuple[float, float]]) -> float | None:
        if len(points) < 2 or points[-1][1] - points[0][1] < 0.5:
            return None
        mean_s = sum(time for time, _ in points) / len(points)
        mean = sum(beat for _, beat in points) / len(points)
        spread = sum((time - mean_s) ** 2 for time, _ in points)
        bpm = 60.0 * sum((time - mean_s) * (beat - mean) for time, beat in points) / spread
        return bpm if LOWEST_BPM <= bpm <= HIGHEST_BPM else None


class BeatClock:
    """Count beats tick by tick.

    beat        counted beats; the fraction is the phase; runs forward only, but for whole beats re-numbered
    tempo_bpm   what the count runs at, without steering
    certainty   [0, 1] how sure it is that there is a beat; beat pulses are weighed with it
    """

    def __init__(self, tempo_bpm: float = 120.0) -> None:
        self.beat = 0.0
        self.tempo_bpm = tempo_bpm
        self.certainty = 0.0
        self.leader: Leader = "free"
        self._own = Reference(0.0, 0.0, tempo_bpm)
        self._by_hand = False
        self._told: Reference | None = None
        self._heard: Reference | None = None
        self._confidence = 0.0
        self._offset = 0.0
        self._led = False
        self._taps = BeatSeries()
        self._series = BeatSeries()

    @property
    def bar(self) -> float:
        """Phase of the bar, [0, 1)."""
        return (self.beat / BEATS_PER_BAR) % 1.0

    def hear(self, features: Features) -> None:
        """Take in what the ear says of tempo and beat."""
        self._confidence = features.confidence
        if features.tempo_bpm > 0.0:
            self._heard = Reference(features.time_s, features.beat, features.tempo_bpm)

    def tell(self, beat: float, time_s: float) -> None:
        """/clock/beat: this beat sounds now."""
        tempo = self._series.add(time_s, beat)
        known = self._own.bpm if self._by_hand else self.tempo_bpm
        self._told = Reference(time_s, beat, tempo or known)

    def set_tempo(self, bpm: float, time_s: float) -> None:
        """/clock/tempo: hold this tempo, the phase running on; 0 gives the lead back."""
        if bpm <= 0.0:
            self.release()
            return
        tempo = min(max(bpm, LOWEST_BPM), HIGHEST_BPM)
        beat = self._own.at(time_s) if self.leader == "hand" else self.beat
        self._own = Reference(time_s, beat, tempo)
        self._by_hand = True

    def tap(self, time_s: float) -> None:
        """/clock/tap: a beat is now. The first tap of a series begins a bar; from the second on they set the tempo."""
        last = self._taps.last
        if last is not None and 0.0 <= time_s - last[0] < BOUNCE_S:
            return
        if last is None or not 0.0 < time_s - last[0] <= TAP_GAP_S:
            self._taps.clear()
            beat = float(BEATS_PER_BAR * round(self.beat / BEATS_PER_BAR))
        else:
            beat = last[1] + 1.0
        tempo = self._taps.add(time_s, beat) or self._own_tempo()
        self._own = Reference(time_s, beat, tempo)
        self._by_hand, self._offset = True, 0.0

    def nudge(self, beats: float) -> None:
        """/clock/nudge: shift the beat against its leader, for good (or until the next tap)."""
        if self.leader in ("audio", "external"):
            self._offset += beats
        else:
            self._own = Reference(self._own.time_s, self._own.beat + beats, self._own.bpm)

    def release(self) -> None:
        """Give the lead back to the music."""
        self._by_hand, self._offset, self._told = False, 0.0, None
        self._taps.clear()

    def idle_tempo(self, bpm: float, now_s: float) -> None:
        """The tempo to run at as long as nobody has ever led."""
        if not self._led and not self._by_hand and bpm != self._own.bpm:
            self._own = Reference(now_s, self.beat, bpm)

    def step(self, now_s: float, dt: float) -> float:
        """Count on to `now_s`, the end of a tick of dt seconds. Returns the beats passed, always positive."""
        leader, lead = self._choose(now_s)
        if leader == "free" and self.leader != "free":
            lead = self._own = Reference(now_s - dt, self.beat, self.tempo_bpm)
        self.leader, self._led = leader, self._led or leader != "free"
        self.tempo_bpm += (lead.bpm - self.tempo_bpm) * -math.expm1(-dt / TEMPO_S)
        beats = self.tempo_bpm / 60.0 * dt
        error = lead.at(now_s) - self.beat - beats
        if leader in ("audio", "external"):
            error += self._offset
        whole = round(error)
        if leader in ("hand", "external"):
            self.beat += whole
        most = MAX_STEER * beats
        passed = beats + min(max((error - whole) * -math.expm1(-dt / STEER_S), -most), most)
        self.beat += passed
        self._be_certain(dt)
        return passed

    def _own_tempo(self) -> float:
        return self._own.bpm if self._by_hand else self.tempo_bpm

    def _choose(self, now_s: float) -> tuple[Leader, Reference]:
        if self._told is not None and now_s - self._told.time_s < LEAD_S:
            return "external", self._told
        if self._by_hand:
            return "hand", self._own
        needed = DOUBTFUL if self.leader == "audio" else CONFIDENT
        heard = self._heard
        if heard is not None and self._confidence >= needed and now_s - heard.time_s < HEARD_S:
            return "audio", heard
        return "free", self._own

    def _be_certain(self, dt: float) -> None:
        if self.leader == "free":
            self.certainty *= math.exp(-dt / FADE_S)
        else:
            self.certainty += (1.0 - self.certainty) * -math.expm1(-dt / STEER_S)
