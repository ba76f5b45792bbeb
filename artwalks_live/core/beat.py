"""Tempo and beats, predicted while the music plays.

A bar pointer (barpointer.py) is moved by the hop and weighed by how much the music sounds like a beat. Because its
state says where in the beat we are, the coming beat is known before it sounds: it is *announced* in the last hop
before it. Beside it runs the *count*, which never leaps: it is steered to the filter's phase.

There are two beliefs. The patient one takes evidence slowly, so that off-beats, fills and breaks do not turn it; the
quick one finds a new beat within a few seconds. When it has foretold what was heard clearly better for some beats —
after a cut in a mix, a jump of the needle — the patient one believes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from artwalks_live.core.bar import Bar, BarTracker
from artwalks_live.core.barpointer import BeatOptions
from artwalks_live.core.beatbelief import BeatBelief

STEER_S = 0.35  # time constant with which the counted beat follows the filter
MAX_STEER = 0.4  # ... by at most this share of the tempo, so that it never stands still or leaps
LOCK = 0.35  # confidence at which the count begins
FORGET_S = 4.0  # time constant with which confidence fades in silence
AHEAD = 1.5  # hops before a beat within which it is announced
LATE = -2.0  # a beat that turns out to have been due so many hops ago is still announced, as coming at once
GAP = 0.6  # of a beat, between two that are announced
QUICK_TRUST, QUICK_FORGET = 1.0, 3e-3
BETTER = 6.0  # in log likelihood over the last seconds: by how much the quick belief must have done better …
FOR_S = 0.1  # … and for how long


@dataclass(frozen=True, slots=True)
class Beat:
    """Where the music is.

    tempo_bpm    0 while unknown
    count        beats so far; the integer part counts, the fraction is the phase; never decreases
    confidence   [0, 1] how much the filter agrees with itself about the phase
    coming_s     a beat is announced: it sounds in so many seconds, > 0; None in hops that announce none
    meter        beats in a bar, 0 while unknown
    downbeat     the whole number of `count` on which the present bar began
    bar_confidence   [0, 1]
    """

    tempo_bpm: float
    count: float
    confidence: float
    coming_s: float | None = None
    meter: int = 0
    downbeat: float = 0.0
    bar_confidence: float = 0.0

    def next_s(self, number: int = 4) -> list[float]:
        """In how many seconds the next beats of the count fall; [] while the tempo is unknown."""
        if self.tempo_bpm <= 0.0:
            return []
        return [(math.floor(self.count) + 1 + k - self.count) * 60.0 / self.tempo_bpm for k in range(number)]


class BeatTracker:
    """Follow the beat from two likenesses a hop: to a beat, and to a bar's first.

    hop_s     seconds per hop, 0.002 .. 0.05
    delay_s   how much later than the sound the likenesses are; announcements and count are that much ahead of the
              filter, so that they meet the beat when it sounds

    In silence the tempo is kept and the count runs on. Raises ValueError on a hop_s out of range.
    Cost about 60 µs a hop (5000 states at 94 hops a second); one thread.
    """

    def __init__(self, hop_s: float, delay_s: float = 0.0, options: BeatOptions | None = None) -> None:
        if not 0.002 <= hop_s <= 0.05:
            raise ValueError(f"hop_s is {hop_s}, expected 0.002 .. 0.05")
        self.delay_s = delay_s
        self._hop_s = hop_s
        self._delay = delay_s / hop_s
        patient = options or BeatOptions()
        self._patient = BeatBelief(hop_s, patient)
        self._quick = BeatBelief(hop_s, replace(patient, trust=QUICK_TRUST, forget=QUICK_FORGET))
        self._better_s = 0.0
        self._count = 0.0
        self._tempo_bpm = 0.0
        self._confidence = 0.0
        self._since = math.inf  # hops since the last beat that was announced
        self._bars = BarTracker()
        self._bar: Bar | None = None
        self._downbeat = 0.0
        self._likeness = 0.0
        self._pending: tuple[float, float] | None = None  # (hops until a beat's likeness is known, its number)

    def do(self, likeness: float, downbeat: float = 0.0, silent: bool = False) -> Beat:
        """Take one hop's likeness to a beat and to a downbeat, [0, 1], and say where the music is at its end."""
        self._believe(likeness, silent)
        length, phase = self._patient.where()
        self._steer(length, phase)
        coming = self._announce(length, phase)
        self._follow_bar(downbeat, coming)
        bar = self._bar
        return Beat(
            self._tempo_bpm, self._count, self._confidence, None if coming is None else coming * self._hop_s,
            0 if bar is None else bar.meter, self._downbeat, 0.0 if bar is None else bar.confidence,
        )  # fmt: skip

    def tempi(self, count: int = 3) -> list[tuple[float, float]]:
        """The likeliest tempi as (bpm, weight), the likeliest first."""
        return self._patient.pointer.tempi(self._hop_s, count)

    def _believe(self, likeness: float, silent: bool) -> None:
        """Move both beliefs on, and let the quick one win where it has been clearly better for a while."""
        patient, quick = self._patient, self._quick
        patient.do(likeness, silent)
        quick.do(likeness, silent)
        self._better_s = self._better_s + self._hop_s if quick.evidence > patient.evidence + BETTER else 0.0
        if self._better_s > FOR_S:
            patient.take(quick)
            self._better_s = 0.0
        if silent:
            self._confidence *= math.exp(-self._hop_s / FORGET_S)
        else:
            self._confidence = min(patient.pointer.agreement(), 1.0)

    def _steer(self, length: float, phase: float) -> None:
        """Let the count run at the filter's tempo and lean towards its phase, without a jump."""
        target = phase + self._delay / length
        if self._tempo_bpm == 0:
            if self._confidence < LOCK:
                return
            self._count = target % 1
        else:
            error = (target - self._count - 1 / length + 0.5) % 1 - 0.5
            limit = MAX_STEER / length
            self._count += 1 / length + min(max(error * self._hop_s / STEER_S, -limit), limit)
        self._tempo_bpm = 60 / length / self._hop_s

    def _announce(self, length: float, phase: float) -> float | None:
        """In how many hops a beat comes, when it is about to; None otherwise."""
        self._since += 1
        if self._tempo_bpm == 0:
            return None
        coming = (1.0 - phase) * length - self._delay
        coming -= length * math.ceil((coming - AHEAD) / length)  # of all the beats, the one nearest before that
        if coming < LATE or self._since + coming < GAP * length:
            return None
        coming = max(coming, 0.05)
        self._since = -coming
        return coming

    def _follow_bar(self, downbeat: float, coming: float | None) -> None:
        """Gather the likeness to a downbeat around each beat that was announced; then the bar moves on."""
        if coming is not None:
            at_beat = self._count + coming * self._hop_s * self._tempo_bpm / 60
            self._pending = coming + self._delay + 2.0, float(round(at_beat))
            self._likeness = 0.0
        if self._pending is None:
            return
        self._likeness = max(self._likeness, downbeat)
        left, number = self._pending
        if left > 1.0:
            self._pending = left - 1.0, number
            return
        self._pending = None
        self._bar = self._bars.do(self._likeness)
        self._downbeat = number - self._bar.place
