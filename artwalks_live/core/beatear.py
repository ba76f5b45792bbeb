"""The part of the ear that follows the beat: a spectrum in, the beat out, by a network where there is one.

A `BeatSense` says how much a hop sounds like a beat; it is a network (nn/beat_model.py), given by whoever opens the
ear, since nothing here knows of networks. Without one the spectral flux has to do, with more trust in each hop.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.barpointer import BeatOptions
from artwalks_live.core.beat import Beat, BeatTracker
from artwalks_live.core.beatinput import BeatInput
from artwalks_live.core.onsets import FluxActivation

Vector = NDArray[np.float64]

FLUX_DELAY_S = 0.02  # measured: how late the filter's beats are on played music
FLUX_OPTIONS = BeatOptions(trust=1.0, forget=1e-3, least=0.01, stiffness=150.0)


class BeatSense(Protocol):
    """Something that hears beats.

    delay_hops   how long after the sound its answer is that of a beat in it, counted such that the filter, moved by
                 these answers, meets the beats
    """

    delay_hops: float

    def do(self, inputs: NDArray[np.float32]) -> tuple[float, float]:
        """Take the next hop's (128,) of core/beatinput.py; likenesses to a beat and to a downbeat, [0, 1]."""


class BeatEar:
    """Follow the beat of a spectrum, hop by hop.

    sense    what hears beats; None: the spectral flux has to do
    """

    def __init__(self, hop_s: float, sense: BeatSense | None = None) -> None:
        self._sense = sense
        self._input, self._flux = BeatInput(hop_s), FluxActivation(hop_s)
        options, delay_s = (FLUX_OPTIONS, FLUX_DELAY_S) if sense is None else (BeatOptions(), sense.delay_hops * hop_s)
        self.tracker = BeatTracker(hop_s, delay_s, options)

    def do(self, bands: Vector, rise: Vector, audible: bool) -> Beat:
        """Take the next hop.

        bands    (n,) power, up to 64
        rise     (n,) of onsets.Flux
        audible  False in silence: the tempo is kept, and the beat runs on
        """
        if self._sense is None:
            return self.tracker.do(self._flux.do(rise, audible), silent=not audible)
        beat, downbeat = self._sense.do(self._input.do(bands))
        return self.tracker.do(beat, downbeat, silent=not audible)
