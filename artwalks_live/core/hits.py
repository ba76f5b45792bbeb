"""Drums, told apart as they are struck: what sounds like a kick, a snare or a hat, and how hard."""

from __future__ import annotations

import math

import numpy as np

from artwalks_live.core.autogain import Vector
from artwalks_live.core.spectrum import Ranges, bins_hz

WINDOW_HOPS, FALL_HOPS = 2.0, 0.5
EDGES_HZ = (30.0, 75.0, 120.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 10000.0, 16000.0)
LOUDNESS_POWER = 0.3
START_PEAK = (10 ** (-36 / 10)) ** LOUDNESS_POWER
FAINT = 0.04  # a range 47 dB under the loudest is not turned up any further
PEAK_RELEASE_S = 8.0
RISE_LAG = 2

KICK_OVER, SNARE_OVER, HAT_OVER = 0.12, 0.2, 0.1  # how far above the usual each stroke must be
KICK_DEEP, SNARE_WIRES, SNARE_SKIN, HAT_HIGH = 0.65, 0.4, 0.6, 0.9  # the least ratios of what rose together
GAP_S = 0.08
MEMORY_S = 1.0
STRENGTH_RELEASE_S = 6.0


class Strokes:
    """How far each of ten ranges of pitch rose within two hops, against its own recent peak, [0, 1].

    The window is two hops long, rises slowly and falls within its last quarter, so that what has just begun counts at
    once: delay_s is a quarter of a hop, where the shared spectrum has two hops. Cost about 35 µs.
    """

    def __init__(self, sample_rate_hz: int, hop: int) -> None:
        fall, size = round(FALL_HOPS * hop), round(WINDOW_HOPS * hop)
        up, down = (np.arange(n) + 0.5 for n in (size - fall, fall))
        window = np.concatenate([0.5 - 0.5 * np.cos(np.pi * up / len(up)), 0.5 + 0.5 * np.cos(np.pi * down / fall)])
        self._window = window * math.sqrt(2 / (size * float(window @ window)))
        self._ranges = Ranges(bins_hz(sample_rate_hz, size), EDGES_HZ)
        self._samples = np.zeros(size)
        self._hop = hop
        n = len(EDGES_HZ) - 1
        self._peak = np.full(n, START_PEAK)
        self._past = np.zeros((RISE_LAG, n))
        self._release = math.exp(-hop / sample_rate_hz / PEAK_RELEASE_S)
        self._n = 0
        self.delay_s = FALL_HOPS / 2 * hop / sample_rate_hz

    def do(self, hop: Vector, audible: bool) -> tuple[Vector, Vector]:
        """Take the next (hop,) harmless samples; returns the rises as loudness, and against their peaks, (10,) both."""
        self._samples[: -self._hop] = self._samples[self._hop :]
        self._samples[-self._hop :] = hop
        spectrum = np.fft.rfft(self._samples * self._window)
        loudness = np.maximum(self._ranges.do(spectrum.real**2 + spectrum.imag**2), 0.0) ** LOUDNESS_POWER
        if audible:
            self._peak = np.maximum(self._peak * self._release, loudness)
        before = self._past[self._n % RISE_LAG].copy()
        self._past[self._n % RISE_LAG] = loudness
        self._n += 1
        rise = np.maximum(loudness - before, 0.0)
        return rise, np.asarray(rise / np.maximum(self._peak, FAINT * self._peak.max()))


class HitPicker:
    """Turn a likeness to one drum into strokes, each in the first hop that stands out: its strength, 0 in all others.

    over   how far above the usual of the last second (mean plus 1.8 mean deviations) a stroke must be

    The strength is against the strongest of the last seconds, [0, 1]; between two strokes lie at least 80 ms.
    delay_s = 0.
    """

    delay_s = 0.0

    def __init__(self, hop_s: float, over: float) -> None:
        self._over = self._peak = over
        self._gap_hops = math.ceil(GAP_S / hop_s)
        self._follow = -math.expm1(-hop_s / MEMORY_S)
        self._release = math.exp(-hop_s / STRENGTH_RELEASE_S)
        self._mean = self._spread = self._before = 0.0
        self._since = self._gap_hops

    def do(self, likeness: float) -> float:
        """likeness: about [0, 1]."""
        self._since += 1
        stands_out = likeness > self._mean + 1.8 * self._spread + self._over
        hit = stands_out and likeness >= self._before and self._since >= self._gap_hops
        self._peak = max(self._peak * self._release, self._over, likeness)
        self._spread += self._follow * (abs(likeness - self._mean) - self._spread)
        self._mean += self._follow * (likeness - self._mean)
        self._before = likeness
        if hit:
            self._since = 0
        return likeness / self._peak if hit else 0.0


class Hits:
    """Strokes that sound like a kick, a snare (or clap) and a hi-hat.

    What tells them apart is which ranges rise together: a kick the lowest, from 200 Hz down, and its beater; a snare
    its skin, its wires and the air above, but not the lowest; a hat only the top. A bass note lacks the beater, a kick
    the middle, a snare rises below the top as well; and the loudness that rose must lie where such a drum has it. Each
    range counts against its own recent peak, so a lone snare with nothing deeper beside it passes for a kick too. Below
    20 kHz of sample rate the top is missing, and below 13 kHz so are hats. delay_s is that of Strokes. Cost about 45 µs
    in all.
    """

    def __init__(self, sample_rate_hz: int, hop: int) -> None:
        self._strokes = Strokes(sample_rate_hz, hop)
        self.delay_s = self._strokes.delay_s
        hop_s = hop / sample_rate_hz
        self._pickers = tuple(HitPicker(hop_s, over) for over in (KICK_OVER, SNARE_OVER, HAT_OVER))
        nyquist_hz = sample_rate_hz / 2
        self._air, self._top = nyquist_hz > EDGES_HZ[8], nyquist_hz > EDGES_HZ[9]

    def do(self, hop: Vector, audible: bool) -> tuple[float, float, float]:
        """Take the next (hop,) harmless samples; returns the strength of a kick, a snare and a hat that begin."""
        rise, relative = self._strokes.do(hop, audible)
        likeness = self._likeness(rise.tolist(), relative.tolist()) if audible else (0.0, 0.0, 0.0)
        kick, snare, hat = (picker.do(one) for picker, one in zip(self._pickers, likeness, strict=True))
        return kick, snare, hat

    def _likeness(self, rise: list[float], relative: list[float]) -> tuple[float, float, float]:
        sub, low, sweep, skin, _, _, wood, wire, air, top = relative
        wires = (wood + wire) / 2
        deep, body_rise, middle, high = (sum(rise[a:b]) for a, b in ((0, 2), (3, 6), (6, 8), (8, 10)))
        air = air if self._air else wires
        top = top if self._top else air
        body = (sub + low) / 4 + sweep / 2
        kick = (body + math.sqrt(body * max(wires, air))) / 2
        snare = math.cbrt((skin + 0.05) * (wires + 0.05) * (air + 0.05)) - 0.25 * (sub + low + sweep)
        hat = (top + air - wires) / 2 if self._air else 0.0
        is_snare = middle > SNARE_WIRES * deep and body_rise > SNARE_SKIN * high
        return kick * (deep > KICK_DEEP * middle), snare * is_snare, hat * (high > HAT_HIGH * middle)
