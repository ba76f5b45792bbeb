"""How loud against the recent past: the whole, bass, mid and high, eight octaves; and when there is nothing to hear."""

from __future__ import annotations

import math

import numpy as np

from artwalks_live.core.autogain import AutoGain, Vector
from artwalks_live.core.hearing import BASS_OCTAVES, HIGH_OCTAVES, N_OCTAVES, HearingOptions
from artwalks_live.core.spectrum import HIGHEST_HZ, LOWEST_HZ

BASS_BELOW_HZ, HIGH_ABOVE_HZ = 180.0, 2500.0
OCTAVES_HZ = (LOWEST_HZ, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, HIGHEST_HZ)
"""Edges of the eight bands: octaves from 50 Hz to 12.8 kHz, the outermost reaching to what is analysed."""

LOUDNESS_POWER = 0.3  # loudness grows with intensity to the 0.3 (Stevens)
QUIET_START_DBFS = -36.0  # the peak assumed before anything was heard
FAINT_BAND = 0.1  # a band 33 dB under the whole is not turned up any further

GATE_OPENS_DB = 6.0  # above the level below which it closes
SILENT_AFTER_S = 0.4
SILENCE_RISE_S = 0.3


class SilenceGate:
    """Say when there is nothing to hear: below `gate_db` for 0.4 s, until 6 dB more are exceeded.

    `audible` is the gate itself; do() returns silence in [0, 1], rising in about 0.3 s and falling at once.
    delay_s = 0 beyond that of the power it is given; the 0.4 s are meant.
    """

    delay_s = 0.0

    def __init__(self, hop_s: float, gate_db: float = -60.0) -> None:
        self.audible = False
        self._hop_s = hop_s
        self._quiet_s = SILENT_AFTER_S
        self._silence = 1.0
        self._silent_power = 10 ** (gate_db / 10)
        self._audible_power = 10 ** ((gate_db + GATE_OPENS_DB) / 10)

    def do(self, power: float) -> float:
        """power: mean square of the window, full scale = 1."""
        self._quiet_s = self._quiet_s + self._hop_s if power < self._silent_power else 0.0
        if power > self._audible_power:
            self.audible = True
        elif self._quiet_s > SILENT_AFTER_S:
            self.audible = False
        step = self._hop_s / SILENCE_RISE_S
        self._silence = 0.0 if self.audible else min(1.0, self._silence + step)
        return self._silence


class Levels:
    """Level, bass, mid, high, percussive and the octaves, each as loudness against its own recent past, [0, 1].

    centres_hz   of the bands
    delay_s = 0 beyond the spectrum's. Cost about 25 µs.
    """

    delay_s = 0.0

    def __init__(self, centres_hz: Vector, hop_s: float, options: HearingOptions) -> None:
        self._bass, self._high = np.searchsorted(centres_hz, (BASS_BELOW_HZ, HIGH_ABOVE_HZ))
        start = np.full(5 + N_OCTAVES, (10 ** (QUIET_START_DBFS / 10)) ** LOUDNESS_POWER)
        self._gain = AutoGain(start, hop_s, options.attack_s, options.release_s)
        self._trim = _trim(options.trim_db)

    @property
    def reference(self) -> float:
        """What an amplitude is to be multiplied with to be relative to the recent peak level."""
        return math.pow(float(self._gain.peak[0]), -0.5 / LOUDNESS_POWER)

    def do(self, bands: Vector, octaves: Vector, struck: float, audible: bool) -> Vector:
        """bands (n_bands,) and octaves (8,) power, struck power of all bands; returns (13,), all 0 in silence."""
        power = float(bands.sum())
        bass, high = float(bands[: self._bass].sum()), float(bands[self._high :].sum())
        whole = (power, bass, max(power - bass - high, 0.0), high, struck)
        loudness = np.maximum(np.concatenate([whole, octaves]), 0.0) ** LOUDNESS_POWER
        gained = self._gain.do(loudness, FAINT_BAND * float(self._gain.peak[0]), audible)
        if not audible:
            return np.zeros_like(gained)
        return gained if self._trim is None else np.minimum(gained * self._trim, 1.0)


def _trim(trim_db: tuple[float, ...]) -> Vector | None:
    """Factors for the thirteen loudnesses; None where all are 1. The level and the struck part stay as they are."""
    if not any(trim_db):
        return None
    parts = (trim_db[:BASS_OCTAVES], trim_db[BASS_OCTAVES:-HIGH_OCTAVES], trim_db[-HIGH_OCTAVES:])
    wide = [math.fsum(part) / len(part) for part in parts]
    db = np.array([0.0, *wide, 0.0, *trim_db])
    return np.asarray(10 ** (db / 10 * LOUDNESS_POWER))
