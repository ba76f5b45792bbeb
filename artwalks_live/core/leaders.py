"""Who leads the beat: the arbiter between outside clocks, the ear and the hand.

Strongest first:

    link    an Ableton Link session with somebody else in it
    midi    a MIDI clock that ticks and was not stopped
    osc     /clock/beat from outside, for 4 s after the last message
    hand    a tempo that was set, or taps until they give way to the ear: whoever taps knows something that it does
            not, so they do so only when it has come round to them, or insists for long (see Hand)
    audio   the beats heard, while the ear is confident
    free    nobody: the last tempo runs on

A stronger leader takes over when it has been there for half a second, and for four if it was lost within the last
twenty, so leaders do not flap; where nobody leads it takes over at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from artwalks_live.core.features import Features
from artwalks_live.core.hand import Hand
from artwalks_live.core.pll import HIGHEST_BPM, LOWEST_BPM, BeatLock, Reference

Leader = Literal["link", "midi", "osc", "hand", "audio", "free"]
Outside = Literal["link", "midi", "osc"]
LEADERS: tuple[Leader, ...] = get_args(Leader)
OUTSIDE: tuple[Leader, ...] = get_args(Outside)
COUNTING: tuple[Leader, ...] = ("link", "midi", "osc", "hand")
"""Leaders whose count is the show's count; the ear only knows where beats are, and "free" has none."""

OSC_S = 4.0  # how long a /clock/beat leads: at 20 bpm beats are 3 s apart
FRESH_S = 1.0  # how long a hop, or what Link or MIDI told, counts
CONFIDENT, DOUBTFUL = 0.35, 0.2  # the ear takes the lead above the first and loses it below the second
SETTLE_S = 0.5
WARY_S, REMEMBERED_S = 4.0, 20.0
STALE_TAP_S = 10.0  # taps this old are forgotten while another clock leads


@dataclass(slots=True)
class Trim:
    """How the show counts a leader's beats: factor beats to one of its own, and a shift that was nudged.

    Beat `anchor` of the leader is beat `base` of the show.
    """

    factor: float = 1.0
    anchor: float = 0.0
    base: float = 0.0
    nudged: float = 0.0

    def of(self, reference: Reference) -> Reference:
        """The leader's reference in the show's count."""
        beat = self.base + (reference.beat - self.anchor) * self.factor + self.nudged
        return Reference(reference.time_s, beat, reference.bpm * self.factor)


@dataclass(slots=True)
class Standing:
    """What is known of one leader.

    told_s   when it last said something
    since_s  since when it has been available without a break; None while it is not
    lost_s   when it was last lost
    """

    reference: Reference | None = None
    confidence: float = 0.0
    told_s: float = -1e9
    since_s: float | None = None
    lost_s: float = -1e9
    trim: Trim = field(default_factory=Trim)

    def see(self, available: bool, now_s: float) -> None:
        """Note whether it is available now."""
        if available and self.since_s is None:
            self.since_s = now_s
        elif not available and self.since_s is not None:
            self.since_s, self.lost_s = None, now_s

    def ready(self, now_s: float) -> bool:
        """Whether it has been there for long enough to take the lead from another."""
        if self.since_s is None:
            return False
        wary = self.since_s - self.lost_s < REMEMBERED_S
        return now_s - self.since_s >= (WARY_S if wary else SETTLE_S)


class Arbiter:
    """Choose the leader, tick by tick.

    hand   what was tapped or set
    wish   the only leader that is listened to; None: all, in their order
    """

    def __init__(self) -> None:
        self.hand = Hand()
        self.wish: Leader | None = None
        self.leader: Leader = "free"
        self._beats = BeatLock()
        self._standings: dict[Leader, Standing] = {name: Standing() for name in ("link", "midi", "osc", "audio")}

    @property
    def confidence(self) -> float:
        """[0, 1] the present leader's own: how evenly its beats come, or how sure the ear is; 0 when nobody leads."""
        if self.leader in self._standings:
            return self._standings[self.leader].confidence
        return 1.0 if self.leader == "hand" else 0.0

    @property
    def trim(self) -> Trim | None:
        """The present leader's; None for the hand and nobody, whose reference is the show's own."""
        standing = self._standings.get(self.leader)
        return None if standing is None else standing.trim

    def heard(self, features: Features) -> None:
        """What the ear says."""
        ear = self._standings["audio"]
        ear.confidence, ear.told_s = features.confidence, features.time_s
        if features.tempo_bpm > 0.0:
            ear.reference = Reference(features.time_s, features.beat, features.tempo_bpm)

    def told(self, leader: Outside, reference: Reference, confidence: float, now_s: float) -> None:
        """What Link or a MIDI clock say; a confidence of 0 means that it is no clock now."""
        standing = self._standings[leader]
        standing.told_s, standing.confidence = now_s, min(max(confidence, 0.0), 1.0)
        if LOWEST_BPM / 4 <= reference.bpm <= HIGHEST_BPM * 4:
            standing.reference = reference
        else:
            standing.confidence = 0.0

    def told_beat(self, beat: float, time_s: float, idle_bpm: float) -> None:
        """/clock/beat: this beat sounds at time_s."""
        osc = self._standings["osc"]
        osc.reference = self._beats.add(time_s, beat, idle_bpm)
        osc.confidence, osc.told_s = max(self._beats.confidence, DOUBTFUL), time_s

    def release(self) -> None:
        """Undo all that people did, and forget what was told by /clock/beat."""
        self.wish = None
        self.hand.give_way()
        self._beats.clear()
        self._standings["osc"] = Standing()
        for standing in self._standings.values():
            standing.trim = Trim()

    def choose(self, now_s: float, dt: float) -> Reference | None:
        """The leader's reference in the show's count; None when nobody leads."""
        for name, standing in self._standings.items():
            standing.see(self._available(name, standing, now_s), now_s)
        self._compare(now_s, dt)
        self.leader = self._next(now_s)
        if self.leader == "hand":
            return self.hand.reference
        standing_now = self._standings.get(self.leader)
        if standing_now is None or standing_now.reference is None:
            return None
        return standing_now.trim.of(standing_now.reference)

    def _compare(self, now_s: float, dt: float) -> None:
        """Let the hand give way when it is time."""
        ear = self._standings["audio"]
        if self.leader in OUTSIDE:
            self.hand.forget(now_s - STALE_TAP_S)
        if self.leader == "hand" and ear.since_s is not None and ear.reference is not None:
            factor = self.hand.compare(ear.trim.of(ear.reference), ear.confidence, dt)
            if factor is not None:
                self._hand_over(ear, factor)

    def _hand_over(self, ear: Standing, factor: float) -> None:
        """The ear leads from now on, at the hand's octave."""
        hand = self.hand.reference
        assert hand is not None and ear.reference is not None  # both were compared
        if factor != 1.0:
            anchor = round(ear.reference.beat)
            at_s = ear.reference.time_s + (anchor - ear.reference.beat) * 60.0 / ear.reference.bpm
            ear.trim = Trim(ear.trim.factor * factor, anchor, round(2.0 * hand.at(at_s)) / 2.0)
        self.hand.give_way()

    def _next(self, now_s: float) -> Leader:
        present_lost = not self._there(self.leader)
        for name in LEADERS[:-1] if self.wish is None else (self.wish,):
            if name == self.leader and not present_lost:
                return name
            at_once = present_lost or name == "hand"
            if self._there(name) and (at_once or self._standings[name].ready(now_s)):
                return name
        return "free"

    def _there(self, name: Leader) -> bool:
        if name == "hand":
            return self.hand.reference is not None
        return name != "free" and self._standings[name].since_s is not None

    def _available(self, name: Leader, standing: Standing, now_s: float) -> bool:
        if standing.reference is None or now_s - standing.told_s > (OSC_S if name == "osc" else FRESH_S):
            return False
        if name == "audio":
            return standing.confidence >= (DOUBTFUL if self.leader == "audio" else CONFIDENT)
        return standing.confidence > 0.0
