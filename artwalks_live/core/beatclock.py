"""The show's own beat: one steady count, whoever leads it (see leaders.py).

A leader gives a reference, "beat b at time t, at this tempo". The count never jumps to it: it runs up to a third
faster or slower until it is there, so that nothing that moves with the beat is ever seen to leap. Only whole beats
are re-numbered at once, which moves no phase: it tells where the bar begins. A multiple of `meter` begins a bar.

The count runs ahead of the sound by `ahead_s`, the display's latency: what is drawn for beat b now is seen when b
sounds.
"""

from __future__ import annotations

import math

from artwalks_live.core.bars import Bars
from artwalks_live.core.features import Features
from artwalks_live.core.leaders import COUNTING, OUTSIDE, Arbiter, Leader, Outside, Trim
from artwalks_live.core.params import Param
from artwalks_live.core.pll import HIGHEST_BPM, LOWEST_BPM, Reference

PARAMS = (
    Param("beat.tempo_bpm", "float", 20, 300, 120, "bpm", 0, "tempo while none was heard, tapped or told"),
    Param("beat.transport", "bool", 0, 1, 1, "", 0, "stop and start of Link and MIDI hold the walk and let it go on"),
)

STEER_S = 0.25  # time constant with which the count goes to its leader
MAX_STEER = 0.35  # by at most this share of the tempo
TEMPO_S = 0.3
FADE_S = 4.0  # how soon the beat pales when nobody leads
MOST_FACTOR = 8.0


class BeatClock:
    """Count beats tick by tick.

    ahead_s     by how much the count is ahead of the sound
    beat        counted beats; the fraction is the phase; runs forward only, but for whole beats re-numbered
    tempo_bpm   what the count runs at, without steering
    certainty   [0, 1] how sure it is that there is a beat; beat pulses are weighed with it
    """

    def __init__(self, tempo_bpm: float = 120.0, ahead_s: float = 0.0) -> None:
        self.ahead_s = ahead_s
        self.beat = 0.0
        self.tempo_bpm = tempo_bpm
        self.certainty = 0.0
        self._arbiter = Arbiter()
        self._bars = Bars()
        self._own = Reference(0.0, 0.0, tempo_bpm)
        self._led = False
        self._excess = 0  # whole beats that the count is ahead of its leader's

    @property
    def leader(self) -> Leader:
        """Who leads now."""
        return self._arbiter.leader

    @property
    def confidence(self) -> float:
        """[0, 1] the leader's own; 0 when nobody leads."""
        return self._arbiter.confidence

    @property
    def meter(self) -> int:
        """Beats in a bar."""
        return self._bars.meter

    @property
    def bar(self) -> float:
        """Phase of the bar, [0, 1)."""
        return (self.beat / self.meter) % 1.0

    @property
    def sounding(self) -> float:
        """The beat that sounds now: the count without the display's latency."""
        return self.beat - self.ahead_s * self.tempo_bpm / 60.0

    # what is told

    def hear(self, features: Features) -> None:
        """Take in what the ear says of tempo, beat and bar."""
        self._arbiter.heard(features)
        self._bars.hear(features)

    def tell(self, beat: float, time_s: float) -> None:
        """/clock/beat: this beat sounds now."""
        self._arbiter.told_beat(beat, time_s, self.tempo_bpm)

    def follow(self, leader: Outside, reference: Reference, confidence: float, now_s: float) -> None:
        """/clock/link, /clock/midi: where their beat is; with confidence 0 they do not lead."""
        self._arbiter.told(leader, reference, confidence, now_s)

    def set_tempo(self, bpm: float, time_s: float) -> None:
        """/clock/tempo: hold this tempo, the phase running on; 0 gives the lead back."""
        if bpm <= 0.0:
            self.release()
            return
        hand = self._arbiter.hand
        beat = hand.reference.at(time_s) if self.leader == "hand" and hand.reference is not None else self.sounding
        hand.set_tempo(Reference(time_s, beat, bpm))

    def tap(self, time_s: float) -> None:
        """/clock/tap: a beat is now. The first tap of a series begins a bar; from the second on they set the tempo."""
        self._arbiter.hand.tap(time_s, float(self.meter * round(self.sounding / self.meter)), self.tempo_bpm)
        self._bars.by_hand = True

    def nudge(self, beats: float) -> None:
        """/clock/nudge: shift the beat against its leader, for good (or until the next tap)."""
        trim = self._arbiter.trim
        if trim is not None:
            trim.nudged += beats
        else:
            self._arbiter.hand.shift(beats)
            self._own = Reference(self._own.time_s, self._own.beat + beats, self._own.bpm)

    def scale(self, factor: float, now_s: float) -> None:
        """/clock/halve, /clock/double: count half or twice as many beats as the leader says, from this bar on."""
        trim = self._arbiter.trim
        first = self.meter * math.floor(self.sounding / self.meter)
        if not LOWEST_BPM <= self.tempo_bpm * factor <= HIGHEST_BPM:
            return
        if trim is not None:
            if 1.0 / MOST_FACTOR <= trim.factor * factor <= MOST_FACTOR:
                self._rescale(trim, factor, first)
            return
        self._arbiter.hand.scale(factor, now_s, self.sounding)
        self._own = Reference(now_s, self.sounding, self._own.bpm * factor)

    def set_meter(self, beats: float) -> None:
        """/clock/meter: so many beats in a bar, the present one included; 0 leaves it to the leader."""
        first = self.meter * math.floor(self.beat / self.meter)
        self._bars.tell(beats)
        self._renumber(self.meter * round(first / self.meter) - first)

    def choose(self, leader: Leader | None) -> None:
        """/clock/lead: listen to nobody else; None: to all, in their order."""
        self._arbiter.wish = leader

    def release(self) -> None:
        """Give the lead back to the music, and undo nudges, octaves, meter and choice."""
        self._arbiter.release()
        self._bars.by_hand = False
        self.set_meter(0)

    def idle_tempo(self, bpm: float, now_s: float) -> None:
        """The tempo to run at as long as nobody has ever led."""
        if not self._led and self._arbiter.hand.reference is None and bpm != self._own.bpm:
            self._own = Reference(now_s, self.sounding, bpm)

    # a tick

    def step(self, now_s: float, dt: float) -> float:
        """Count on to `now_s`, the end of a tick of dt seconds. Returns the beats passed, always positive."""
        before = self.leader
        lead = self._arbiter.choose(now_s, dt)
        if lead is None:
            if before != "free":
                self._own = Reference(now_s - dt + self.ahead_s, self.beat, self.tempo_bpm)
            lead = self._own
        self._led = self._led or self.leader != "free"
        self.tempo_bpm += (lead.bpm - self.tempo_bpm) * -math.expm1(-dt / TEMPO_S)
        beats = self.tempo_bpm / 60.0 * dt
        error = lead.at(now_s + self.ahead_s) - self.beat - beats
        whole = round(error)
        self._excess = -whole
        if self.leader in COUNTING:
            self.beat += whole
        most = MAX_STEER * beats
        passed = beats + min(max((error - whole) * -math.expm1(-dt / STEER_S), -most), most)
        self.beat += passed
        self._keep_bars(passed)
        self._be_certain(dt)
        return passed

    def _keep_bars(self, passed: float) -> None:
        """Follow the leader's bars. The ear's are moved to at a beat, so that the bar's pulse falls on the downbeat."""
        if self.leader in OUTSIDE:
            self._bars.outside()
        trim = self._arbiter.trim
        if self.leader != "audio" or trim is None or trim.factor != 1.0:
            return
        claim = self._bars.claim(self._excess + round(trim.base - trim.anchor), passed)
        if claim is not None and self.beat % 1.0 < passed:
            self._bars.settle(claim[0])
            self._renumber(claim[1])

    def _renumber(self, beats: int) -> None:
        """Shift the count, and the show's own references with it, by whole beats."""
        self.beat += beats
        self._own = Reference(self._own.time_s, self._own.beat + beats, self._own.bpm)
        self._arbiter.hand.shift(beats)

    def _rescale(self, trim: Trim, factor: float, first: int) -> None:
        """Count the leader's beats at another octave; the ear's from beat `first` on, others' by number."""
        if self.leader == "audio":
            trim.anchor += (first - self._excess - trim.base) / trim.factor
            trim.base = first
        trim.factor *= factor

    def _be_certain(self, dt: float) -> None:
        if self.leader == "free":
            self.certainty *= math.exp(-dt / FADE_S)
        else:
            self.certainty += (1.0 - self.certainty) * -math.expm1(-dt / STEER_S)
