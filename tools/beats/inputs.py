"""Whole pieces as the network's inputs and targets, quickly: the same as core/beatinput.py hop by hop (tested)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.core.beatinput import GAIN, LAG, LEAST_POWER, N_BANDS, PEAK_RELEASE_S
from tools.beats.network import DELAY

Array = npt.NDArray[np.float32]


def network_inputs(bands: Array, hop_s: float) -> Array:
    """(n, up to 64) band powers to (n, 128)."""
    loud = np.zeros((len(bands), N_BANDS), np.float32)
    relative = np.sqrt(bands / _peaks(bands.sum(axis=1), hop_s)[:, None])
    loud[:, : bands.shape[1]] = np.log1p(GAIN * relative)
    before = np.zeros((len(loud), N_BANDS + 2), np.float32)
    before[LAG:, 1:-1] = loud[:-LAG]
    widest = np.maximum(np.maximum(before[:, :-2], before[:, 1:-1]), before[:, 2:])
    return np.concatenate([loud, np.maximum(loud - widest, 0.0)], axis=1)


def _peaks(power: Array, hop_s: float) -> Array:
    """The running peak: a maximum of all that was, each sunk since. In logs that is a running maximum."""
    sink = np.arange(len(power)) * (hop_s / PEAK_RELEASE_S)
    risen = np.maximum.accumulate(np.log(np.maximum(power, LEAST_POWER)) + sink) - sink
    return np.asarray(np.maximum(np.exp(risen), LEAST_POWER), np.float32)


def targets(count: int, places: npt.NDArray[np.float64]) -> Array:
    """(count,) likeness to a beat, DELAY hops late: 1 in the hop that holds it, .5 beside, .15 two away.

    places   of the beats, in hops from the first one's beginning
    """
    result = np.zeros(count + 8, np.float32)
    hops = np.floor(places).astype(int) + DELAY
    for off, value in ((2, 0.15), (-2, 0.15), (1, 0.5), (-1, 0.5), (0, 1.0)):
        at = hops + off
        at = at[(at >= 0) & (at < count)]
        result[at] = np.maximum(result[at], value)
    return result[:count]
