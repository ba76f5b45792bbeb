"""What can be set about the ear before a show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

N_OCTAVES = 8
BASS_OCTAVES, HIGH_OCTAVES = 2, 2  # of the eight, those that trim the bass and those that trim the high
LOWEST_GATE_DB, HIGHEST_GATE_DB = -90.0, -20.0
MOST_TRIM_DB = 24.0
LOWEST_RELEASE_S, HIGHEST_RELEASE_S = 0.5, 120.0
MOST_ATTACK_S = 10.0


@dataclass(frozen=True, slots=True)
class HearingOptions:
    """How the ear judges loud and quiet.

    gate_db     -90 .. -20 dBFS: below it for 0.4 s is silence, until 6 dB above it are exceeded. Raise it in a room
                that hums, lower it for a quiet line
    trim_db     eight of -24 .. 24 dB: how much more or less an octave shows of itself. It comes after the auto-gain,
                which would take it back; bass, mid and high are trimmed by the mean of their octaves
    attack_s    0 .. 10: how slowly a louder passage turns the gain down; 0: at once, so nothing ever clips
    release_s   0.5 .. 120: how slowly a quieter passage turns it up

    Raises ValueError when a number is none, or out of its range.
    """

    gate_db: float = -60.0
    trim_db: tuple[float, ...] = (0.0,) * N_OCTAVES
    attack_s: float = 0.0
    release_s: float = 12.0

    def __post_init__(self) -> None:
        _check("gate", (self.gate_db,), LOWEST_GATE_DB, HIGHEST_GATE_DB, "dBFS")
        if len(self.trim_db) != N_OCTAVES:
            raise ValueError(f"{len(self.trim_db)} trims: give {N_OCTAVES}, one per octave")
        _check("trim", self.trim_db, -MOST_TRIM_DB, MOST_TRIM_DB, "dB")
        _check("attack", (self.attack_s,), 0.0, MOST_ATTACK_S, "s")
        _check("release", (self.release_s,), LOWEST_RELEASE_S, HIGHEST_RELEASE_S, "s")


def trims(values: Sequence[float]) -> tuple[float, ...]:
    """Eight trims from eight, or from three: bass (the octaves below 200 Hz), middle, and high (above 3.2 kHz)."""
    if len(values) != 3:
        return tuple(values)
    low, mid, high = values
    middle = N_OCTAVES - BASS_OCTAVES - HIGH_OCTAVES
    return (low,) * BASS_OCTAVES + (mid,) * middle + (high,) * HIGH_OCTAVES


def _check(what: str, values: tuple[float, ...], low: float, high: float, unit: str) -> None:
    for value in values:
        if math.isnan(value) or not low <= value <= high:
            raise ValueError(f"{what} {value:g} {unit}: use {low:g} to {high:g}")


DEFAULT = HearingOptions()
