"""Which pitches: scales, progressions and voicings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SCALES = (
    (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10), (0, 2, 4, 5, 7, 9, 10),
    (0, 1, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 8, 11), (0, 2, 4, 6, 7, 9, 11), (0, 3, 5, 6, 7, 10, 12),
)  # fmt: skip
TURNS = ((0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 5, 3), (0, 0, 3, 0), (1, 4, 0, 0), (0, 6, 5, 6), (0, 6, 5, 4), (5, 3, 0, 4),
         (0, 0, 0, 0), (0, 2, 3, 4), (0, 3, 0, 4), (0, 5, 1, 4), (0, 1, 0, 6))  # fmt: skip
BLUES = (0, 0, 0, 0, 3, 3, 0, 0, 4, 3, 0, 4)


@dataclass(frozen=True, slots=True)
class Harmony:
    """A key and a round of chords, each so many beats long: degrees of the scale."""

    tonic: int
    scale: tuple[int, ...]
    chords: tuple[int, ...]
    beats: float
    sevenths: bool

    def degree(self, beat: float) -> int:
        """The degree that sounds at a beat of the piece."""
        return self.chords[int(beat // self.beats + 1e-6) % len(self.chords)]

    def pitch(self, degree: int) -> int:
        """A degree of the scale as a MIDI pitch, octaves and all; 0 is the tonic."""
        octave, step = divmod(degree, len(self.scale))
        return self.tonic + 12 * octave + self.scale[step]

    def chord(self, beat: float, low: int) -> list[int]:
        """The chord at a beat, its notes within an octave and a half from `low` upwards."""
        root = self.degree(beat)
        steps = (0, 2, 4, 6) if self.sevenths else (0, 2, 4)
        return sorted(low + (self.pitch(root + step) - low) % 12 for step in steps)


def harmony(rng: np.random.Generator, bar: int, blues: bool) -> Harmony:
    """A key, a scale and a progression; chords change with the bar, its half, or every other bar."""
    scale = SCALES[int(rng.integers(len(SCALES)))]
    chords: tuple[int, ...] = BLUES if blues else TURNS[int(rng.integers(len(TURNS)))]
    if not blues and rng.random() < 0.3:
        chords = tuple(int(c) for c in rng.integers(0, 7, int(rng.choice([2, 3, 4, 8]))))
    lengths = [bar, bar, bar, 2 * bar, bar / 2 if bar % 2 == 0 else bar]
    return Harmony(int(rng.integers(36, 48)), scale, chords, float(rng.choice(lengths)), bool(rng.random() < 0.35))
