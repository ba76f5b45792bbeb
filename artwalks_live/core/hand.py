"""The beat by hand: taps, and a tempo that was set.

A tempo that was set (/clock/tempo) is an order: it holds until it is given back. Taps are a correction: they go before
the ear until the ear has come round to them, or has had its chance. It has when

    it agrees      the same beat, at the same tempo or an octave from it, for 8 beats: then the lead changes hands
                   without anything to be seen, and the ear goes on at the octave that was tapped
    it insists     128 beats (32 bars) after the last tap it is sure of something else, and was for the last 16
"""

from __future__ import annotations

import math

from artwalks_live.core.pll import HIGHEST_BPM, LOWEST_BPM, BeatLock, Reference

TAP_GAP_S = 2.5  # a longer pause begins a new series of taps
BOUNCE_S = 0.12
SAME_TEMPO = 0.04
SAME_BEAT = 0.12  # beats
AGREED_BEATS = 8.0
HOLD_BEATS = 128.0
SURE = 0.6
INSISTED_BEATS = 16.0
OCTAVES = (1.0, 0.5, 2.0)


class Hand:
    """What was tapped or set.

    reference   None when there is no such thing, or it has given way
    """

    def __init__(self) -> None:
        self.reference: Reference | None = None
        self._held = False
        self._taps = BeatLock(window_s=8.0)
        self._beats_since = self._agreed = self._insisted = 0.0

    def set_tempo(self, reference: Reference) -> None:
        """Hold this until it is given back."""
        bpm = min(max(reference.bpm, LOWEST_BPM), HIGHEST_BPM)
        self.reference, self._held = Reference(reference.time_s, reference.beat, bpm), True

    def tap(self, time_s: float, first: float, idle_bpm: float) -> None:
        """A beat is now: beat `first` when it begins a series. From the second on taps set the tempo."""
        last = self._taps.last
        if last is not None and 0.0 <= time_s - last[0] < BOUNCE_S:
            return
        if last is None or not 0.0 < time_s - last[0] <= TAP_GAP_S:
            self._taps.clear()
            beat = first
        else:
            beat = last[1] + 1.0
        bpm = idle_bpm if self.reference is None else self.reference.bpm
        self.reference = self._taps.add(time_s, beat, bpm)
        self._held = False
        self._beats_since = self._agreed = self._insisted = 0.0

    def shift(self, beats: float) -> None:
        """Move the beat, and what was tapped so far with it."""
        self._taps.shift(beats)
        if self.reference is not None:
            at = self.reference
            self.reference = Reference(at.time_s, at.beat + beats, at.bpm)

    def scale(self, factor: float, time_s: float, beat: float) -> None:
        """Run at another octave from `beat`, at time_s, on; a new series of taps begins."""
        if self.reference is not None:
            self.reference = Reference(time_s, beat, self.reference.bpm * factor)
            self._taps.clear()

    def give_way(self) -> None:
        """Lead no longer."""
        self.reference, self._held = None, False
        self._taps.clear()

    def forget(self, before_s: float) -> None:
        """Give way if nobody has tapped since then; a tempo that was set stays."""
        last = self._taps.last
        if self.reference is not None and not self._held and (last is None or last[0] < before_s):
            self.give_way()

    def compare(self, ear: Reference, confidence: float, dt: float) -> float | None:
        """Hold the ear's beat against the hand's, for a tick of dt seconds in which the hand leads.

        returns   None: the hand goes on. Else the factor at which the ear's beats are to be counted from now on.
        """
        hand = self.reference
        if hand is None or self._held:
            return None
        beats = dt * hand.bpm / 60.0
        self._beats_since += beats
        self._insisted = self._insisted + beats if confidence >= SURE else 0.0
        factor = _octave(ear, hand)
        self._agreed = self._agreed + beats if factor is not None else max(self._agreed - 2.0 * beats, 0.0)
        if factor is not None and self._agreed >= AGREED_BEATS:
            return factor
        if self._beats_since >= HOLD_BEATS and self._insisted >= INSISTED_BEATS:
            return 1.0
        return None


def _octave(ear: Reference, hand: Reference) -> float | None:
    """The factor at which both count the same beats; None when they do not."""
    for factor in OCTAVES:
        if abs(ear.bpm * factor / hand.bpm - 1.0) < SAME_TEMPO:
            beat = hand.at(ear.time_s)
            # The ear's whole beats must fall on the hand's, or, twice as dense, on its halves too, and the reverse.
            grid = min(factor, 1.0)
            off = math.remainder(beat - ear.beat * factor, grid)
            return factor if abs(off) < SAME_BEAT * grid else None
    return None
