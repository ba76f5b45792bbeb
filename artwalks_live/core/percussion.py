"""What is struck and what is sustained, told apart while it sounds."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from artwalks_live.core.autogain import Vector

HARMONIC_HOPS = 17  # 0.18 s of memory for what is sustained
PERCUSSIVE_BANDS = 9  # breadth of what is struck
STRIKE_MARGIN = 2.5  # how much more power than the sustained a stroke must have to count at all
BALANCE_S = 0.1  # time constant with which the balance is followed


class Percussion:
    """Split each band into struck and sustained: causal median filtering, after Fitzgerald, DAFx 2010.

    What is sustained has a high median over the last 0.18 s of its band; what is struck has a high median over the
    neighbouring bands of this hop. Two answers:

    struck    power (n_bands,) of strokes alone: what the sustained would account for, with a margin, is taken off
    balance   share of the struck in all amplitude, [0, 1], by soft masks as in the paper, followed with 0.1 s

    Where the paper looks at a window about each instant, only its first half has sounded: a tone that begins counts as
    struck for nine hops. delay_s = 0 for `struck`, BALANCE_S for `balance`. Cost about 35 µs.
    """

    delay_s = 0.0

    def __init__(self, n_bands: int, hop_s: float) -> None:
        self.balance = 0.0
        self._past = np.zeros((HARMONIC_HOPS, n_bands))
        self._padded = np.zeros(n_bands + PERCUSSIVE_BANDS - 1)
        self._neighbours = sliding_window_view(self._padded, PERCUSSIVE_BANDS)
        self._follow = -math.expm1(-hop_s / BALANCE_S)
        self._n = 0

    def do(self, bands: Vector, audible: bool) -> Vector:
        """bands (n_bands,) power; returns the struck part of it, and sets `balance`."""
        amplitudes = np.sqrt(bands)
        self._past[self._n % HARMONIC_HOPS] = amplitudes
        self._n += 1
        sustained = np.partition(self._past, HARMONIC_HOPS // 2, axis=0)[HARMONIC_HOPS // 2] ** 2
        self._padded[PERCUSSIVE_BANDS // 2 : -(PERCUSSIVE_BANDS // 2)] = amplitudes
        broad = np.partition(self._neighbours, PERCUSSIVE_BANDS // 2, axis=1)[:, PERCUSSIVE_BANDS // 2] ** 2
        self._weigh(amplitudes, broad / (broad + sustained + 1e-12), audible)
        sustained *= STRIKE_MARGIN
        return np.asarray(np.maximum(bands - sustained, 0.0) * broad / (broad + sustained + 1e-12))

    def _weigh(self, amplitudes: Vector, share: Vector, audible: bool) -> None:
        total = float(amplitudes.sum())
        now = float((amplitudes * share).sum()) / total if audible and total > 0 else 0.0
        self.balance += self._follow * (now - self.balance)
