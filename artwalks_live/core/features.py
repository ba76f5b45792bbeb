"""What the picture hears: one hop of samples in, one `Features` out.

Everything is causal and counted in hops. The band layout is fixed in Hz, so a song sounds alike to the picture at
44.1, 48 or 96 kHz; at 8 kHz the bands above 4 kHz are missing and nothing else changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from artwalks_live.core.audio import MAX_RATE_HZ, MIN_RATE_HZ, hop_length
from artwalks_live.core.autogain import AutoGain, Vector
from artwalks_live.core.beat import BeatTracker

HOPS_PER_WINDOW = 4
N_BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 30.0, 16000.0
BASS_BELOW_HZ, HIGH_ABOVE_HZ = 180.0, 2500.0

SILENT_DBFS, AUDIBLE_DBFS = -60.0, -54.0  # the gate closes below the first and opens above the second
SILENT_AFTER_S = 0.4
SILENCE_RISE_S = 0.3
LOUDNESS_POWER = 0.3  # loudness grows with intensity to the 0.3 (Stevens)
QUIET_START_DBFS = -36.0  # the peak assumed before anything was heard
FAINT_BAND = 0.1  # a band 33 dB under the whole is not turned up any further

FLUX_LAG = 2  # hops between the two spectra compared
LOG_GAIN = 300.0
LEAST_FLUX = 0.5  # the flux of a soft stroke; steady noise reaches a third of it
HARMONIC_HOPS = 17  # 0.18 s of memory for what is sustained
PERCUSSIVE_BANDS = 9  # breadth of what is struck

BEAT_DELAY_S = 0.02  # measured: how late the filter's beats are on played music

STRIKE_MARGIN = 2.5  # how much more power than the sustained a stroke must have to count at all

ONSET_GAP_S = 0.08
ONSET_MEMORY_S = 1.0


@dataclass(frozen=True, slots=True)
class Features:
    """What was heard in one hop.

    time_s       end of the hop, stream time
    level        loudness against the recent past, [0, 1]
    bass, mid, high   the same below 180 Hz, between, and above 2.5 kHz, [0, 1]
    onset        how much began in this hop, [0, 1]
    onset_event  True in the one hop in which something began, at most every 80 ms
    percussive   struck sounds against the recent past, [0, 1]
    silence      1 = silent, [0, 1]
    tempo_bpm    0 while unknown
    beat         beats so far; the integer part counts, the fraction is the phase; never decreases
    confidence   in tempo and beat, [0, 1]

    kick, snare, hat   strength of such a stroke that began in this hop, 0 in all others, [0, 1]
    bands        loudness against the recent past in eight bands, evenly spaced in log frequency, low to high, [0, 1]
    lufs         momentary loudness, LUFS (ITU-R BS.1770, 0.4 s), -70 at least
    rms_db       mean square level of the last window, dBFS, -120 at least
    balance      share of struck sound in all there is: 0 harmonic, 1 percussive
    chroma       the twelve pitch classes from C, the strongest 1, [0, 1]; all 0 in silence
    centroid     brightness: the spectral centroid on a log scale, 0 = 100 Hz, 1 = 10 kHz
    flatness     0 = a tone, 1 = white noise
    meter        beats in a bar, 0 while unknown
    downbeat     the beat (a whole number of `beat`'s count) on which the present bar began
    bar_confidence   in meter and downbeat, [0, 1]
    announced_s  when the beat sounds that is announced in this hop, stream time; 0 in a hop that announces none
    song_s       place in a song that is known in advance, seconds; below 0 while unknown
    """

    time_s: float
    level: float
    bass: float
    mid: float
    high: float
    onset: float
    onset_event: bool
    percussive: float
    silence: float
    tempo_bpm: float
    beat: float
    confidence: float
    kick: float = 0.0
    snare: float = 0.0
    hat: float = 0.0
    bands: tuple[float, ...] = (0.0,) * 8
    lufs: float = -70.0
    rms_db: float = -120.0
    balance: float = 0.0
    chroma: tuple[float, ...] = (0.0,) * 12
    centroid: float = 0.0
    flatness: float = 0.0
    meter: int = 0
    downbeat: float = 0.0
    bar_confidence: float = 0.0
    announced_s: float = 0.0
    song_s: float = -1.0


class Bands:
    """Triangular mel bands over the bins of a spectrum.

    The 64 bands lie between 30 Hz and 16 kHz at any sample rate; those reaching above the Nyquist frequency are left
    out. A bin between two centres is shared by the two. No BLAS: its threads would cost more than the sums.
    """

    def __init__(self, sample_rate_hz: int, window: int) -> None:
        lowest, highest = (math.log1p(hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
        edges_hz = 700 * np.expm1(np.linspace(lowest, highest, N_BANDS + 2))
        edges_hz = edges_hz[edges_hz <= sample_rate_hz / 2]
        bins_hz = np.arange(window // 2 + 1) * sample_rate_hz / window
        self._first = np.searchsorted(bins_hz, edges_hz)
        inside = bins_hz[self._first[0] : self._first[-1]]
        place = np.interp(inside, edges_hz, np.arange(len(edges_hz)))
        self._rising = place % 1
        self._starts = self._first[:-1] - self._first[0]
        self.centres_hz: Vector = edges_hz[1:-1]

    def do(self, power: Vector) -> Vector:
        """Sum the power of the bins (window//2+1,) into bands (n_bands,)."""
        inside = power[self._first[0] : self._first[-1]]
        upper = inside * self._rising
        rising = np.add.reduceat(upper, self._starts)
        falling = np.add.reduceat(inside - upper, self._starts)
        return np.asarray(rising[:-1] + falling[1:])


class SilenceGate:
    """Say when there is nothing to hear: below -60 dBFS for 0.4 s, until something exceeds -54 dBFS.

    `audible` is the gate itself; do() returns silence in [0, 1], rising in about 0.3 s and falling at once.
    """

    def __init__(self, hop_s: float) -> None:
        self.audible = False
        self._hop_s = hop_s
        self._quiet_s = SILENT_AFTER_S
        self._silence = 1.0
        self._silent_power = 10 ** (SILENT_DBFS / 10)
        self._audible_power = 10 ** (AUDIBLE_DBFS / 10)

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


class FeatureExtractor:
    """Hear one hop after another.

    sample_rate_hz   8000 .. 192000
    hop              samples per hop, 2 .. 50 ms; by default 512 at 48 kHz and about 10.7 ms at every rate
    delay_s          how much later than the sound `level` and the bands peak: half a window, 21 ms. Onsets show
                     within the hop that holds them or the next; `beat` is predicted and has no delay

    NaN counts as 0 and all samples are limited to ±2; a constant offset is taken out. Raises ValueError when a
    parameter or the hop's shape does not fit. One thread; 0.1 ms per hop (1 % of a core) while its data is cached.
    """

    def __init__(self, sample_rate_hz: int, hop: int | None = None) -> None:
        if not MIN_RATE_HZ <= sample_rate_hz <= MAX_RATE_HZ:
            raise ValueError(f"sample_rate_hz is {sample_rate_hz}, expected {MIN_RATE_HZ} .. {MAX_RATE_HZ}")
        self.sample_rate_hz = sample_rate_hz
        self.hop = hop_length(sample_rate_hz) if hop is None else hop
        if not 0.002 <= self.hop / sample_rate_hz <= 0.05:
            raise ValueError(f"hop is {hop} at {sample_rate_hz} Hz, expected 2 .. 50 ms")
        self.hop_s = self.hop / sample_rate_hz
        self.delay_s = HOPS_PER_WINDOW * self.hop_s / 2
        size = HOPS_PER_WINDOW * self.hop
        window = np.blackman(size + 1)[:-1]
        self._window = window * math.sqrt(2 / (size * float(window @ window)))  # squared bins sum to the power
        self._window_sum = float(self._window.sum())
        self._samples = np.zeros(size)
        self._bands = Bands(sample_rate_hz, size)
        n_bands = len(self._bands.centres_hz)
        self._bass, self._high = np.searchsorted(self._bands.centres_hz, (BASS_BELOW_HZ, HIGH_ABOVE_HZ))
        self._past = np.zeros((HARMONIC_HOPS, n_bands))
        self._padded = np.zeros(n_bands + PERCUSSIVE_BANDS - 1)
        self._neighbours = sliding_window_view(self._padded, PERCUSSIVE_BANDS)
        self._log_past = np.zeros((FLUX_LAG, n_bands))
        self._gate = SilenceGate(self.hop_s)
        self._gain = AutoGain(np.full(5, (10 ** (QUIET_START_DBFS / 10)) ** LOUDNESS_POWER), self.hop_s)
        self._flux_gain = AutoGain(np.full(2, LEAST_FLUX), self.hop_s)
        self._picker = OnsetPicker(self.hop_s)
        self._beats = BeatTracker(self.hop_s, BEAT_DELAY_S)
        self._n_hops = 0

    def do(self, hop: NDArray[np.float32], end_time_s: float | None = None) -> Features:
        """Hear the next (hop,) mono samples, nominally in [-1, 1].

        end_time_s   when the last of them was heard; by default the hops are counted from 0
        """
        if hop.shape != (self.hop,):
            raise ValueError(f"hop has shape {hop.shape}, expected ({self.hop},)")
        self._take(hop)
        bands = self._spectrum()
        power = float(bands.sum())
        silence = self._gate.do(power)
        audible = self._gate.audible
        level, bass, mid, high, percussive = self._levels(bands, power, audible).tolist()
        onset, activation = self._flux(bands, audible)
        event = self._picker.do(onset)
        beat = self._beats.do(activation, silent=not audible)
        self._n_hops += 1
        return Features(
            self._n_hops * self.hop / self.sample_rate_hz if end_time_s is None else end_time_s,
            level, bass, mid, high, onset, event, percussive, silence,
            beat.tempo_bpm, beat.count, beat.confidence,
        )  # fmt: skip

    def _take(self, hop: NDArray[np.float32]) -> None:
        """Shift the hop into the window, made harmless."""
        self._samples[: -self.hop] = self._samples[self.hop :]
        new = self._samples[-self.hop :]
        np.clip(hop, -2.0, 2.0, out=new)
        if math.isnan(float(new.sum())):
            np.nan_to_num(new, copy=False)

    def _spectrum(self) -> Vector:
        """The power in each band of the last four hops; all of it sums to about their mean square."""
        offset = float(self._samples @ self._window) / self._window_sum
        bins = np.fft.rfft((self._samples - offset) * self._window)
        return self._bands.do(bins.real**2 + bins.imag**2)

    def _levels(self, bands: Vector, power: float, audible: bool) -> Vector:
        """level, bass, mid, high and percussive, each as loudness against its recent past; all 0 in silence."""
        bass, high = float(bands[: self._bass].sum()), float(bands[self._high :].sum())
        struck = float(self._struck(bands, np.sqrt(bands)).sum())
        loudness = np.array([power, bass, max(power - bass - high, 0.0), high, struck]) ** LOUDNESS_POWER
        gained = self._gain.do(loudness, FAINT_BAND * float(self._gain.peak[0]), audible)
        return gained if audible else np.zeros(5)

    def _struck(self, bands: Vector, amplitudes: Vector) -> Vector:
        """The struck part of each band's power: causal median filtering, after Fitzgerald, DAFx 2010.

        What is sustained has a high median over the last 0.18 s of its band, and what it would account for is taken
        off; what is struck has a high median over the neighbouring bands of this hop.
        """
        self._past[self._n_hops % HARMONIC_HOPS] = amplitudes
        sustained = np.partition(self._past, HARMONIC_HOPS // 2, axis=0)[HARMONIC_HOPS // 2] ** 2
        self._padded[PERCUSSIVE_BANDS // 2 : -(PERCUSSIVE_BANDS // 2)] = amplitudes
        broad = np.partition(self._neighbours, PERCUSSIVE_BANDS // 2, axis=1)[:, PERCUSSIVE_BANDS // 2] ** 2
        sustained *= STRIKE_MARGIN
        return np.asarray(np.maximum(bands - sustained, 0.0) * broad / (broad + sustained + 1e-12))

    def _flux(self, bands: Vector, audible: bool) -> tuple[float, float]:
        """Onset strength and likeness to a beat, both [0, 1]: what rose in the log spectrum within two hops.

        A band's past is the loudest of itself and its two neighbours, so that vibrato is no onset (Böck & Widmer,
        "Maximum filter vibrato suppression for onset detection", DAFx 2013). Spectra are taken relative to the
        recent peak level, so a quiet recording gives the same onsets.
        """
        reference = float(self._gain.peak[0]) ** (-0.5 / LOUDNESS_POWER)
        now = np.log1p(np.sqrt(bands) * (LOG_GAIN * reference))
        before = self._log_past[self._n_hops % FLUX_LAG]
        widest = before.copy()
        np.maximum(widest[1:], before[:-1], out=widest[1:])
        np.maximum(widest[:-1], before[1:], out=widest[:-1])
        rise = np.maximum(now - widest, 0.0)
        self._log_past[self._n_hops % FLUX_LAG] = now
        low, mid, high = (float(part.mean()) for part in np.split(rise, (8, 24)))
        flux = np.array([float(rise.mean()), 1.2 * low + mid + 0.6 * high])
        onset, activation = (self._flux_gain.do(flux, LEAST_FLUX, audible) * audible).tolist()
        return onset, activation**1.2 * 0.95 + 0.01
