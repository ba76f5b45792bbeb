"""A piece of music as values: parts of notes in beats, and when each beat sounds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

DRUMS = -1
"""The program of a drum kit; its pitches are General MIDI's percussion keys."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note: start and length in beats (a grid place, before swing), a MIDI pitch, a velocity in (0, 1]."""

    start: float
    length: float
    pitch: int
    velocity: float


@dataclass(slots=True)
class Part:
    """An instrument and what it plays.

    program   General MIDI, 0 .. 127, or DRUMS
    lag_s     by how much it plays behind the beat, always; jitter_s the deviation from note to note
    """

    program: int
    volume: float = 0.8
    pan: float = 0.5
    lag_s: float = 0.0
    jitter_s: float = 0.0
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Piece:
    """A composed piece.

    beats_s     (n,) when each beat sounds, seconds from the first sample, increasing
    downbeats   indices into it at which bars begin
    swing       where the second half of each swung unit falls, in the unit: 0.5 straight, 0.667 triplets
    unit        the swung unit in beats: 1 for eighths, 0.5 for sixteenths
    """

    style: str
    parts: tuple[Part, ...]
    beats_s: Times
    downbeats: tuple[int, ...]
    swing: float = 0.5
    unit: float = 1.0

    @property
    def downbeats_s(self) -> Times:
        """When each bar begins."""
        return self.beats_s[list(self.downbeats)]

    @property
    def end_s(self) -> float:
        """When the beat after the last would sound."""
        return float(self.seconds(np.array([float(len(self.beats_s))]))[0])

    def seconds(self, places: Times) -> Times:
        """When grid places (beats) sound: swung, then along the tempo curve, which goes on evenly at both ends."""
        whole = np.floor(places / self.unit)
        part = places / self.unit - whole
        early = part * self.swing / 0.5
        late = self.swing + (part - 0.5) * (1.0 - self.swing) / 0.5
        swung = (whole + np.where(part < 0.5, early, late)) * self.unit
        last = len(self.beats_s) - 1
        inside = np.interp(swung, np.arange(last + 1), self.beats_s)
        return np.asarray(inside + np.maximum(swung - last, 0.0) * (self.beats_s[-1] - self.beats_s[-2]))
