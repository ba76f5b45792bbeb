"""What the picture hears: one hop of samples in, one `Features` out.

Everything is causal and counted in hops. Each feature is an object of its own with one `do` per hop, in a file of its
kind; here they are only put together, in the order in which they need one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.audio import MAX_RATE_HZ, MIN_RATE_HZ, hop_length
from artwalks_live.core.autogain import Vector
from artwalks_live.core.beat import Beat
from artwalks_live.core.beatear import BeatEar
from artwalks_live.core.chroma import Chroma
from artwalks_live.core.hearing import DEFAULT, HearingOptions
from artwalks_live.core.hits import Hits
from artwalks_live.core.levels import OCTAVES_HZ, Levels, SilenceGate
from artwalks_live.core.loudness import Loudness, MeanSquare
from artwalks_live.core.onsets import Flux, OnsetPicker, OnsetStrength
from artwalks_live.core.percussion import Percussion
from artwalks_live.core.spectrum import Ranges, Spectrum
from artwalks_live.core.tone import Centroid, Flatness


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


class Beats(Protocol):
    """What follows the beat, as BeatEar does: takes a hop's band powers, what rose in them, whether it is audible."""

    def do(self, bands: Vector, rise: Vector, audible: bool) -> Beat: ...


class FeatureExtractor:
    """Hear one hop after another.

    sample_rate_hz   8000 .. 192000
    hop              samples per hop, 2 .. 50 ms; by default 512 at 48 kHz and about 10.7 ms at every rate
    options          gate, trim and auto-gain
    beats            what follows the beat; by default an ear for it without a network
    delay_s          how much later than the sound `level` and the bands peak: half a window, 21 ms. Onsets and hits
                     show within the hop that holds them or the next; `beat` is predicted and has no delay; each
                     feature's own delay is that of its object, counted from the sound

    NaN counts as 0 and all samples are limited to ±2; a constant offset is taken out. Raises ValueError when a
    parameter or the hop's shape does not fit. One thread; about 0.2 ms per hop (2 % of a core) besides the beats.
    """

    def __init__(
        self,
        sample_rate_hz: int,
        hop: int | None = None,
        options: HearingOptions = DEFAULT,
        beats: Beats | None = None,
    ) -> None:
        if not MIN_RATE_HZ <= sample_rate_hz <= MAX_RATE_HZ:
            raise ValueError(f"sample_rate_hz is {sample_rate_hz}, expected {MIN_RATE_HZ} .. {MAX_RATE_HZ}")
        self.sample_rate_hz = sample_rate_hz
        self.hop = hop_length(sample_rate_hz) if hop is None else hop
        if not 0.002 <= self.hop / sample_rate_hz <= 0.05:
            raise ValueError(f"hop is {hop} at {sample_rate_hz} Hz, expected 2 .. 50 ms")
        self.hop_s = self.hop / sample_rate_hz
        self._spectrum = Spectrum(sample_rate_hz, self.hop)
        self.delay_s = self._spectrum.delay_s
        centres_hz, bins_hz = self._spectrum.centres_hz, self._spectrum.bins_hz
        self._gate = SilenceGate(self.hop_s, options.gate_db)
        self._octaves = Ranges(bins_hz, OCTAVES_HZ)
        self._levels = Levels(centres_hz, self.hop_s, options)
        self._percussion = Percussion(len(centres_hz), self.hop_s)
        self._flux, self._onset = Flux(len(centres_hz)), OnsetStrength(self.hop_s)
        self._picker = OnsetPicker(self.hop_s)
        self._hits = Hits(sample_rate_hz, self.hop)
        self._loudness = Loudness(sample_rate_hz, self.hop)
        self._mean_square = MeanSquare(sample_rate_hz, self.hop)
        self._chroma = Chroma(sample_rate_hz, self.hop)
        self._centroid, self._flatness = Centroid(bins_hz), Flatness(bins_hz)
        self._beats: Beats = BeatEar(self.hop_s) if beats is None else beats
        self._n_hops = 0

    def do(self, hop: NDArray[np.float32], end_time_s: float | None = None) -> Features:
        """Hear the next (hop,) mono samples, nominally in [-1, 1].

        end_time_s   when the last of them was heard; by default the hops are counted from 0
        """
        if hop.shape != (self.hop,):
            raise ValueError(f"hop has shape {hop.shape}, expected ({self.hop},)")
        bands, bins = self._spectrum.do(hop)
        samples = self._spectrum.newest
        silence = self._gate.do(float(bands.sum()))
        audible = self._gate.audible
        struck = float(self._percussion.do(bands, audible).sum())
        level, bass, mid, high, percussive, *octaves = self._levels.do(
            bands, self._octaves.do(bins), struck, audible
        ).tolist()
        rise = self._flux.do(bands, self._levels.reference)
        onset = self._onset.do(rise, audible)
        kick, snare, hat = self._hits.do(samples, audible)
        beat = self._beats.do(bands, rise, audible)
        self._n_hops += 1
        time_s = self._n_hops * self.hop / self.sample_rate_hz if end_time_s is None else end_time_s
        return Features(
            time_s,
            level, bass, mid, high, onset, self._picker.do(onset), percussive, silence,
            beat.tempo_bpm, beat.count, beat.confidence, kick, snare, hat, tuple(octaves),
            self._loudness.do(samples), self._mean_square.do(samples), self._percussion.balance,
            tuple(self._chroma.do(samples, audible).tolist()),
            self._centroid.do(bins, audible), self._flatness.do(bins, audible),
            beat.meter, beat.downbeat, beat.bar_confidence, 0.0 if beat.coming_s is None else time_s + beat.coming_s,
        )  # fmt: skip
