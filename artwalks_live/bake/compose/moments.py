"""When the keyframes stand, and which of them are paintings themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose.sound import Song
from artwalks_live.core.errors import AudioError, UsageError, choices

Vector = NDArray[np.float64]
Ints = NDArray[np.int64]
ON = ("beats", "bars", "frames")
FRAME_RATE = 30.0  # of `frames`
USUAL_S = 2.0  # seconds between keyframes that a default aims at
LEAST_S = 0.2  # a keyframe that would follow sooner is left out
MOST = 1500  # keyframes of a walk
GAP = 8  # keyframes at least between two that are paintings; half as many where one would not be shown otherwise
DOMINANT, AT_SECTION = 0.7, 0.5  # weight from which a painting stands itself, at a bar line and where a section begins
SEEN = 0.4  # weight from which a painting is shown that is nowhere clearer
NEAR = (0.6, 0.3)  # how far the keyframes beside a painting are drawn to it


@dataclass(frozen=True)
class Moments:
    """What a keyframe falls on: every so many beats, bars, or frames of a thirtieth of a second; 0: as it fits."""

    on: str = "beats"
    every: int = 0

    def check(self) -> None:
        """Raise UsageError for the first value that cannot be used."""
        if self.on not in ON:
            raise UsageError(f"--on {choices(self.on, ON)}")
        if not 0 <= self.every <= 100_000:
            raise UsageError(f"--every {self.every}: use a whole number from 1 to 100000")


def times(song: Song, moments: Moments) -> Vector:
    """The seconds at which keyframes stand: the song's start and end, and what lies between, (K,) increasing.

    Raises AudioError for a song shorter than a bar, UsageError for more keyframes than a walk may have.
    """
    end_s = song.duration_s
    grid, unit = _grid(song, moments)
    every = spacing(song, moments)
    chosen = grid[_phase(song, moments, every) :: every]
    apart_s = unit * every
    if end_s < 2 * LEAST_S:
        raise AudioError(f"{song.title}: lasts {end_s:.1f} s, less than a bar: give a longer song")
    kept = [0.0]
    for time_s in chosen:
        if time_s - kept[-1] >= max(LEAST_S, 0.45 * apart_s if len(kept) == 1 else 0.0):
            kept.append(time_s)
    while len(kept) > 1 and end_s - kept[-1] < max(LEAST_S, 0.45 * apart_s):
        kept.pop()
    if len(kept) + 1 > MOST:
        raise UsageError(f"--every {every}: {len(kept) + 1} keyframes are more than {MOST}: use a larger number")
    return np.round([*kept, end_s], 4)


def spacing(song: Song, moments: Moments) -> int:
    """On every how many beats, bars or frames a keyframe stands."""
    return moments.every or max(1, _fitting(_grid(song, moments)[1]))


def _grid(song: Song, moments: Moments) -> tuple[Sequence[float], float]:
    """All instants that may be chosen, and the usual seconds between two."""
    if moments.on == "frames":
        count = int(song.duration_s * FRAME_RATE)
        return [i / FRAME_RATE for i in range(count)], 1.0 / FRAME_RATE
    found = song.beats if moments.on == "beats" else song.downbeats
    if len(found) < 2:
        raise AudioError(f"{song.title}: has {len(found)} {moments.on}, less than a bar: give a longer song, "
                         "or --on frames")  # fmt: skip
    return found, float(np.median(np.diff(found)))


def _fitting(unit: float) -> int:
    """How many units make about USUAL_S; of beats and bars a power of two, so that bars are met."""
    if unit < 0.1:
        return round(USUAL_S / unit)
    return int(2 ** max(0, round(float(np.log2(USUAL_S / unit)))))


def _phase(song: Song, moments: Moments, every: int) -> int:
    """Where to begin counting, so that keyframes fall on bar lines where they can."""
    if moments.on != "beats" or not song.downbeats:
        return 0
    first = int(np.argmin(np.abs(np.asarray(song.beats) - song.downbeats[0])))
    return first % every


def stands(song: Song, at: Vector, weights: Vector) -> Ints:
    """Which keyframes are paintings themselves: (K,), the painting's number, or -1.

    The first and the last are. Then every painting that ever leads is, once, where it leads most clearly at a bar line
    or where a section begins; and others where one dominates there, the clearest first, not too near to one another.
    """
    made = np.full(len(at), -1, np.int64)
    leads, most = weights.argmax(axis=1), weights.max(axis=1)
    made[0], made[-1] = leads[0], leads[-1]
    bars, sections = _near(at, song.downbeats), _near(at, song.sections)
    worth = most + 0.5 * sections
    marked = (bars | sections) & (most >= SEEN)
    for painting in range(weights.shape[1]):
        if painting not in made:
            _stand(made, np.where(marked & (leads == painting), worth, 0.0), leads, GAP // 2, 1)
    dominant = (sections & (most >= AT_SECTION)) | (bars & (most >= DOMINANT))
    _stand(made, np.where(dominant, worth, 0.0), leads, GAP, len(at))
    return made


def _stand(made: Ints, worth: Vector, leads: Ints, gap: int, count: int) -> None:
    """Let so many keyframes stand, those that are worth most first, none nearer than `gap` to another."""
    for k in np.argsort(-worth, kind="stable"):
        if worth[k] <= 0.0 or count == 0:
            return
        if (made[max(0, k - gap + 1) : k + gap] < 0).all():
            made[k], count = leads[k], count - 1


def _near(at: Vector, marks: Sequence[float]) -> NDArray[np.bool_]:
    if not marks:
        return np.zeros(len(at), bool)
    return np.asarray(np.abs(at[:, None] - np.asarray(marks)[None]).min(axis=1) < 0.06)


def drawn(weights: Vector, standing: Ints) -> Vector:
    """The weights with those of a standing painting 1, and its neighbours drawn to it, so that it is approached."""
    made = weights.copy()
    for k in np.flatnonzero(standing >= 0):
        whole = np.zeros(weights.shape[1])
        whole[standing[k]] = 1.0
        for away, share in enumerate(NEAR, 1):
            for beside in (k - away, k + away):
                if 0 <= beside < len(made) and standing[beside] < 0:
                    made[beside] = (1.0 - share) * made[beside] + share * whole
        made[k] = whole
    return made
