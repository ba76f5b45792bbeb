"""One link, one keyframe and one segment of a usual kind, made only to be timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose.latent import Score
from artwalks_live.bake.compose.mixture import Wanted
from artwalks_live.bake.compose.painters import Pictures
from artwalks_live.bake.estimators import flow_named


def trial_part(score: str, index: int) -> str:
    """The name under which a trial's seconds are kept."""
    return f"trial-{score}-{index}"


def trial(
    pictures: Pictures, score: Score, wanted: Callable[[int], Wanted], flow: str
) -> dict[str, NDArray[np.float64]]:
    """Make a link, a keyframe and a segment of a usual kind, and time them."""
    index, paintings = typical(score)
    if paintings == 1:
        first = pictures.alone(int(score.standing[0]))
        weights = {0: 0.5, 1: 0.5}
        usual = Wanted(weights, wanted(index).waves, wanted(index).turns)
    else:
        usual = wanted(index)
        first = pictures.alone(max(usual.weights, key=lambda i: usual.weights[i]))
    image = pictures.lay(first)
    start = time.perf_counter()
    link = pictures.link(usual, first)
    linked = time.perf_counter()
    other = pictures.lay(link)
    laid = time.perf_counter()
    estimator = flow_named(flow)
    fields = pictures.field(first), pictures.field(link)
    estimator.estimate(image, other, *fields)  # the first opens its network
    opened = time.perf_counter()
    estimator.estimate(other, image, *fields[::-1])
    done = time.perf_counter()
    return {"seconds": np.array([linked - start, laid - linked, done - opened])}


def typical(score: Score) -> tuple[int, int]:
    """A keyframe of as many paintings as most that are no painting themselves, and how many those are."""
    counts = (score.weights > 0).sum(axis=1)
    mixed = counts[score.standing < 0]
    usual = int(median(mixed.tolist())) if len(mixed) else 1
    found = np.flatnonzero((counts == usual) & (score.standing < 0))
    return (int(found[len(found) // 2]), max(usual, 1)) if len(found) else (0, 1)
