"""What cues say at an instant of their song, as sources for routes."""

from __future__ import annotations

import math
from bisect import bisect_right

from artwalks_live.core.cues import STEMS, Cues

SOURCES = ("section", "build", "drop", "drums", "bassline", "vocals", "other")
"""section   energy of the section that sounds
build     rises from 0 to 1 through a build, and is 0 elsewhere
drop      1 at a drop, 1/e after two seconds
drums … other   level of that part of the song, where it was separated (bassline is the stem `bass`); 0 where not"""
NONE = (0.0,) * len(SOURCES)
DROP_DECAY_S = 2.0


class Cued:
    """Look up a song's cues. About 2 µs a call."""

    def __init__(self, cues: Cues) -> None:
        self.cues = cues
        self._drops = [moment.time_s for moment in cues.of_kind("drop")]
        turns = sorted({section.start_s for section in cues.sections} | set(self._drops))
        self._builds = []
        for moment in cues.of_kind("build"):
            end = next((turn for turn in self._drops if turn > moment.time_s), None)
            end = end or next((turn for turn in turns if turn > moment.time_s), cues.duration_s)
            self._builds.append((moment.time_s, end))

    def at(self, song_s: float) -> tuple[float, ...]:
        """The values of SOURCES at an instant, each in [0, 1]; all 0 outside the song."""
        if not 0.0 <= song_s <= self.cues.duration_s:
            return NONE
        energy = self.cues.sections[self.cues.section_at(song_s)].energy
        rising = max((share for a, b in self._builds if 0.0 <= (share := (song_s - a) / (b - a)) < 1.0), default=0.0)
        i = bisect_right(self._drops, song_s) - 1
        drop = math.exp(-(song_s - self._drops[i]) / DROP_DECAY_S) if i >= 0 else 0.0
        return energy, rising, drop if drop > 0.01 else 0.0, *self._parts(song_s)

    def section(self, song_s: float) -> str:
        """Which section sounds, as "B drop"; "" outside the song."""
        if not 0.0 <= song_s <= self.cues.duration_s:
            return ""
        section = self.cues.sections[self.cues.section_at(song_s)]
        return f"{section.label} {section.kind}"

    def _parts(self, song_s: float) -> tuple[float, ...]:
        """The stems' levels, between their rows on a line."""
        row = max(song_s / self.cues.curves.hop_s - 0.5, 0.0)
        i = min(int(row), len(self.cues.curves) - 1)
        after, share = min(i + 1, len(self.cues.curves) - 1), row - int(row)
        levels = (self.cues.stems.get(name) for name in STEMS)
        return tuple(((1 - share) * each[i] + share * each[after]) / 255.0 if each else 0.0 for each in levels)
