"""Clicks that can be found again: what `artwalks calibrate` plays and listens for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

CLICK_S = 0.01
CLICK_HZ = (1500.0, 6000.0)
LOUDNESS = 0.5
HEARD = 6.0  # times above the usual correlation: a click


@dataclass(frozen=True, slots=True)
class Loop:
    """What was measured: how long from a sample being handed out to its coming in, and how much that varied.

    delays_s   of every click that was found, in order
    played     how many there were
    """

    delays_s: tuple[float, ...]
    played: int

    @property
    def median_s(self) -> float:
        """The middle one."""
        return float(np.median(self.delays_s))

    @property
    def spread_s(self) -> float:
        """From the first to the last quarter of them, half."""
        low, high = np.percentile(self.delays_s, (25, 75))
        return float(high - low) / 2


def click(sample_rate_hz: int) -> Sound:
    """One click, (n,): a short rising chirp, which no room and no music resembles."""
    time_s = np.arange(round(CLICK_S * sample_rate_hz)) / sample_rate_hz
    low, high = (min(hz, 0.4 * sample_rate_hz) for hz in CLICK_HZ)
    phase = 2 * np.pi * (low + (high - low) * time_s / (2 * CLICK_S)) * time_s
    return np.asarray(LOUDNESS * np.sin(phase) * np.hanning(len(time_s)), dtype=np.float32)


def train(sample_rate_hz: int, every_s: float, count: int, before_s: float = 0.0) -> tuple[Sound, tuple[int, ...]]:
    """Clicks in a row, and the sample at which each begins; silence after each, and before the first."""
    one = click(sample_rate_hz)
    starts = tuple(round((before_s + k * every_s) * sample_rate_hz) for k in range(count))
    sound = np.zeros(round((before_s + count * every_s) * sample_rate_hz), np.float32)
    for start in starts:
        sound[start : start + len(one)] = one
    return sound, starts


def find(heard: Sound, sample_rate_hz: int) -> float | None:
    """Where in a stretch of sound (n,) the one click begins, in samples; None when there is none.

    The peak of the correlation with the click, refined by a parabola; it must stand out of the stretch's own noise,
    however loud either is.
    """
    one = click(sample_rate_hz)
    if len(heard) < 2 * len(one):
        return None
    alike = np.abs(np.correlate(heard.astype(np.float64), one.astype(np.float64), mode="valid"))
    at = int(alike.argmax())
    usual = float(np.sqrt(np.mean(alike**2)))
    if alike[at] <= HEARD * usual or alike[at] < 1e-5:
        return None
    if not 0 < at < len(alike) - 1:
        return float(at)
    left, top, right = alike[at - 1 : at + 2].tolist()
    bend = left - 2 * top + right
    return at + (0.5 * (left - right) / bend if bend else 0.0)
