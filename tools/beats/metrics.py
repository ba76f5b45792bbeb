"""How good beats are: mir_eval's figures, the best over allowed levels, and the time to lock on again after a cut.

Times are seconds, increasing. What lies before SKIP_S is not judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mir_eval
import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

SKIP_S = 5.0
NEAR_S = 0.07
RUN = 8  # beats in a row that make a lock


@dataclass(frozen=True, slots=True)
class Score:
    """One file's figures, [0, 1] but for offset_s.

    f_measure   within ±70 ms; f_best the best over `levels`
    cmlt, amlt  share of the time tracked right, and right at an allowed level (Hainsworth)
    cemgil      Gaussian accuracy, σ 40 ms
    offset_s    median of (beat − nearest true one) over the beats within 70 ms; NaN when there is none
    """

    f_measure: float
    f_best: float
    cmlt: float
    amlt: float
    cemgil: float
    offset_s: float


def levels(truth: Times) -> list[Times]:
    """The true beats at the allowed levels: as they are, twice as many, every other one, and the others."""
    doubled = np.sort(np.concatenate([truth, (truth[1:] + truth[:-1]) / 2]))
    return [truth, doubled, truth[::2], truth[1::2]]


def score(truth: Times, beats: Times, skip_s: float = SKIP_S) -> Score:
    """Judge the beats of one file."""
    true, found = truth[truth > skip_s], beats[beats > skip_s]
    if len(true) < 4 or len(found) < 2:  # every other one of four is two, the least that is judged
        return Score(0.0, 0.0, 0.0, 0.0, 0.0, math.nan)
    every = [mir_eval.beat.f_measure(level[level > skip_s], found) for level in levels(truth)]
    _, cmlt, _, amlt = mir_eval.beat.continuity(true, found)
    cemgil, _ = mir_eval.beat.cemgil(true, found)
    off = found - true[np.abs(found[:, None] - true[None, :]).argmin(axis=1)]
    near = off[np.abs(off) < NEAR_S]
    offset = float(np.median(near)) if len(near) else math.nan
    return Score(float(every[0]), float(max(every)), float(cmlt), float(amlt), float(cemgil), offset)


def locked_s(truth: Times, beats: Times, start_s: float) -> float:
    """How long after `start_s` the first of RUN beats in a row comes that meet RUN true ones in a row, at one of the
    allowed levels; infinite when none do."""
    found = beats[beats >= start_s]
    best = math.inf
    for level in levels(truth[truth >= start_s - NEAR_S]):
        if len(level) < RUN or len(found) < RUN:
            continue
        nearest = np.abs(found[:, None] - level[None, :]).argmin(axis=1)
        right = np.abs(found - level[nearest]) < NEAR_S
        follows = right[1:] & right[:-1] & (np.diff(nearest) == 1)
        run = 0
        for i, one in enumerate(follows):
            run = run + 1 if one else 0
            if run == RUN - 1:
                best = min(best, float(found[i - RUN + 2]) - start_s)
                break
    return best
