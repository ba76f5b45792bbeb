"""Whether two scores are the same music, in whatever key, tempo or instruments: by the turns of their melodies.

The top notes of each channel make a line; every run of nine of its intervals in which something happens is a turn.
Copies share most of their turns, and different pieces, even of one composer, next to none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tools.beats.midi_files import Notes

RUN = 9  # intervals
LIVELY = 4  # different intervals in a run, at the least
SAME = 0.12  # of the turns of the smaller
FEWEST = 12  # turns in common
TOGETHER = 0.03  # quarters: one chord
FACTORS = np.array([pow(257, i, (1 << 53) - 111) for i in range(RUN)], np.int64)  # of a hash of a run


def turns(notes: Notes) -> frozenset[int]:
    """The runs of intervals in a score; transposing it or playing it at another pace changes none."""
    result: set[int] = set()
    for channel in np.unique(notes.channel[~notes.drums]):
        mine = notes.channel == channel
        start, pitch = notes.start[mine], notes.pitch[mine]
        chord = np.concatenate([[0], np.cumsum(np.diff(start) > TOGETHER)])
        top = np.zeros(chord[-1] + 1, np.int64)
        np.maximum.at(top, chord, pitch)
        steps = np.diff(top)
        if len(steps) < RUN:
            continue
        runs = sliding_window_view(steps, RUN)
        lively = (np.diff(np.sort(runs, axis=1), axis=1) != 0).sum(axis=1) >= LIVELY - 1
        result.update(((runs[lively] + 128) @ FACTORS).tolist())
    return frozenset(result)


class Known:
    """Scores met before, by their turns."""

    def __init__(self) -> None:
        self._names: dict[int, list[str]] = {}
        self._sizes: dict[str, int] = {}

    def add(self, name: str, found: Iterable[int]) -> None:
        """Remember a score."""
        found = set(found)
        self._sizes[name] = len(found)
        for each in found:
            self._names.setdefault(each, []).append(name)

    def like(self, found: frozenset[int]) -> str | None:
        """The name of a score that is the same music as this; None where there is none."""
        shared = Counter(name for each in found for name in self._names.get(each, ()))
        for name, count in shared.most_common(3):
            if count >= FEWEST and count >= SAME * min(len(found), self._sizes[name]):
                return name
        return None
