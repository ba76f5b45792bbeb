"""Where something begins: flux that vibrato does not fool, onset strength and events, and how like a beat it is."""

from __future__ import annotations

import math

import numpy as np

from artwalks_live.core.autogain import OneGain, Vector

FLUX_LAG = 2  # hops between the two spectra compared
LOG_GAIN = 300.0
LEAST_FLUX = 0.5  # the flux of a soft stroke; steady noise reaches a third of it
LOW_BANDS, MID_BANDS = 8, 24  # of the 64, those that count as low, and as low or middle

ONSET_GAP_S = 0.08
ONSET_MEMORY_S = 1.0


class Flux:
    """What rose in each band's log amplitude within two hops.

    A band's past is the loudest of itself and its two neighbours, so that vibrato is no onset (Böck & Widmer, "Maximum
    filter vibrato suppression for onset detection", DAFx 2013). delay_s = 0: it rises in the hop in which the sound
    begins, or the next where that was in the hop's last third. Cost about 20 µs.
    """

    delay_s = 0.0

    def __init__(self, n_bands: int) -> None:
        self._past = np.zeros((FLUX_LAG, n_bands))
        self._n = 0

    def do(self, bands: Vector, reference: float) -> Vector:
        """Take the next power per band.

        reference   what amplitudes are multiplied with to be relative to the recent peak level, so that a quiet
                    recording gives the same onsets
        returns     (n_bands,) >= 0
        """
        now = np.log1p(np.sqrt(bands) * (LOG_GAIN * reference))
        before = self._past[self._n % FLUX_LAG]
        widest = before.copy()
        np.maximum(widest[1:], before[:-1], out=widest[1:])
        np.maximum(widest[:-1], before[1:], out=widest[:-1])
        rise = np.maximum(now - widest, 0.0)
        self._past[self._n % FLUX_LAG] = now
        self._n += 1
        return np.asarray(rise)


class OnsetStrength:
    """How much began in a hop, against the recent past, [0, 1]: the mean rise of all bands. delay_s = 0."""

    delay_s = 0.0

    def __init__(self, hop_s: float) -> None:
        self._gain = OneGain(LEAST_FLUX, hop_s)

    def do(self, rise: Vector, audible: bool) -> float:
        """rise (n_bands,) of Flux."""
        return self._gain.do(float(rise.mean()), LEAST_FLUX, audible) * audible


class FluxActivation:
    """How like a beat a hop sounds, (0, 1): the rise with low bands counted most. delay_s = 0."""

    delay_s = 0.0

    def __init__(self, hop_s: float) -> None:
        self._gain = OneGain(LEAST_FLUX, hop_s)

    def do(self, rise: Vector, audible: bool) -> float:
        """rise (n_bands,) of Flux."""
        parts = rise[:LOW_BANDS], rise[LOW_BANDS:MID_BANDS], rise[MID_BANDS:]
        low, mid, high = (float(part.sum()) / len(part) for part in parts)
        flux = self._gain.do(1.2 * low + mid + 0.6 * high, LEAST_FLUX, audible) * audible
        return float(flux**1.2 * 0.95 + 0.01)


class OnsetPicker:
    """Turn onset strength into events, in the very hop that exceeds what was usual in the last second.

    The threshold is the mean plus 1.8 mean deviations plus a constant, both followed with a time constant of 1 s;
    an event also needs the strength to be rising, and 80 ms since the last. delay_s = 0.
    """

    delay_s = 0.0

    def __init__(self, hop_s: float) -> None:
        self._gap_hops = math.ceil(ONSET_GAP_S / hop_s)
        self._follow = -math.expm1(-hop_s / ONSET_MEMORY_S)
        self._mean = self._spread = self._before = 0.0
        self._since = self._gap_hops

    def do(self, strength: float) -> bool:
        """strength: [0, 1]."""
        threshold = self._mean + 1.8 * self._spread + 0.15
        self._since += 1
        event = strength > threshold and strength > self._before and self._since >= self._gap_hops
        if event:
            self._since = 0
        self._spread += self._follow * (abs(strength - self._mean) - self._spread)
        self._mean += self._follow * (strength - self._mean)
        self._before = strength
        return event
