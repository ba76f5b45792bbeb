"""What ISF filters hear: a spectrum and a wave as pictures, made from the eight bands that a take holds.

Not the sound itself: a performance and its render must show the same, and the take keeps features, not samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Half = npt.NDArray[np.float16]

BANDS = 8
_FIRST_HZ, _TOP_HZ = 70.7, 22050.0  # the middle of the first octave band; the spectrum's end
_TURNS = tuple(2.0 ** (n / 2.0) for n in range(BANDS))  # turns of each band's sine across the picture
_SPIN_HZ = tuple(0.5 + 0.37 * n for n in range(BANDS))


def spectrum(bands: Sequence[float], width: int) -> Half:
    """The bands as ISF's audioFFT: bins evenly spaced in frequency from 0 to 22 kHz, [0, 1].

    returns  (1, width, 4) float16: red, green and blue alike
    """
    hz = (np.arange(width) + 0.5) * (_TOP_HZ / width)
    octave = np.log2(hz / _FIRST_HZ)
    return _row(np.interp(octave, np.arange(BANDS), np.asarray(bands)))


def wave(bands: Sequence[float], time_s: float, width: int) -> Half:
    """A wave with the bands' strengths, as ISF's audio: a sum of eight sines that wander, about 0.5.

    returns  (1, width, 4) float16 in [0, 1]
    """
    place = np.arange(width) / width
    total = np.zeros(width)
    for strength, turns, spin_hz in zip(bands, _TURNS, _SPIN_HZ, strict=True):
        turn = math.fmod(time_s * spin_hz, 1.0)
        total += strength * np.sin(2.0 * math.pi * (turns * place + turn)) / math.sqrt(turns)
    return _row(0.5 + 0.5 * np.tanh(0.7 * total))


def _row(values: npt.NDArray[np.float64]) -> Half:
    row = np.ones((1, len(values), 4), np.float16)
    row[0, :, :3] = values[:, None]
    return row
