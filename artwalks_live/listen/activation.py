"""How much each instant of a song sounds like a beat, and like the first of a bar.

An `Activation` is all that the bar pointer (bars.py) needs of a song. `learned` is the live ear's own network, run over
the whole; `flux` does where it cannot be run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.audio import AudioClip, hop_length, mono
from artwalks_live.core.beatinput import BeatInput
from artwalks_live.core.errors import ModelError
from artwalks_live.core.spectrum import Spectrum
from artwalks_live.nn.beat_model import BeatModel
from artwalks_live.paths import BEAT_NETWORK, model_file

Array = NDArray[np.float64]

RATE_HZ = 22050
HOP = 220  # 10 ms: what a beat's place is told by
WINDOW = 2048
BANDS = 96
LOW_BELOW_HZ = 180.0
LOCAL_S = 6.0  # a stroke counts against the strokes so near
LOW_SAY, MID_SAY, HIGH_SAY = 0.45, 0.35, 0.2  # each band against its own strokes: hats off the beat are many
TRUST = 0.3  # on eleven pieces continuity rose from .85 to .90
HARMONY_S = 0.5  # what sounds so long before and after a bar line is compared


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Of a whole song, a row every hop_s; row i is about the instant i · hop_s + first_s.

    beat   (n,) that a beat falls here, (0, 1)
    bar    (n,) that a beat here, if there is one, begins a bar, (0, 1)
    trust  power to which `beat` is taken: hops repeat one another
    """

    beat: Array
    bar: Array
    hop_s: float
    first_s: float = 0.0
    trust: float = 1.0


Activation = Callable[[AudioClip], Likeness]


def learned(clip: AudioClip) -> Likeness:
    """What the beat network says of every hop; `flux` where no ONNX Runtime is installed. About 1 s a minute."""
    rate, hop = clip.sample_rate_hz, hop_length(clip.sample_rate_hz)
    try:
        sense = BeatModel.open(model_file(BEAT_NETWORK))
    except ModelError:
        return flux(clip)
    spectrum, ear = Spectrum(rate, hop), BeatInput(hop / rate)
    samples = mono(clip.samples)
    hops = samples[: len(samples) // hop * hop].reshape(-1, hop)
    likeness = np.array([sense.do(ear.do(spectrum.do(each)[0])) for each in hops])
    sense.close()
    beat, downbeat = likeness[:, 0], likeness[:, 1]
    bar = np.clip(downbeat / np.maximum(beat, 0.05), 0.02, 0.95)
    return Likeness(beat, bar, hop / rate, -sense.delay_hops * hop / rate, TRUST)


def mono_at(clip: AudioClip, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """The clip as one channel at another rate, (n,)."""
    import librosa

    samples = mono(clip.samples)
    if clip.sample_rate_hz == rate_hz:
        return samples
    return np.asarray(librosa.resample(samples, orig_sr=clip.sample_rate_hz, target_sr=rate_hz, res_type="soxr_hq"))


def flux(clip: AudioClip) -> Likeness:
    """Spectral flux against its surroundings; bars by low strokes and by changes of harmony.

    SuperFlux: Böck & Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013. A new chord or bass
    note mostly begins a bar (Goto & Muraoka 1999), and so does the low drum.
    """
    import librosa
    from librosa.onset import onset_strength_multi

    samples = mono_at(clip)
    power = np.abs(librosa.stft(samples, n_fft=WINDOW, hop_length=HOP, window="hann")).astype(np.float64) ** 2
    mel = librosa.feature.melspectrogram(S=power, sr=RATE_HZ, n_mels=BANDS, fmin=30.0, fmax=11000.0)
    peak = np.percentile(mel.max(axis=0), 95) + 1e-12
    log = np.log1p(3e4 * mel / peak)
    rise = onset_strength_multi(S=log, sr=RATE_HZ, hop_length=HOP, lag=2, max_size=3, center=False,
                                              channels=[0, 10, 40, BANDS])  # fmt: skip
    low, mid, high = rise
    hop_s = HOP / RATE_HZ
    bass, middle, treble = (_against_local(band, hop_s) for band in (low, mid, high))
    whole = _against_local(LOW_SAY * bass + MID_SAY * middle + HIGH_SAY * treble, hop_s)
    change = _against_local(_harmonic_change(power), hop_s)
    evidence = 1.6 * (bass - 0.35) + 2.4 * (change - 0.35)
    return Likeness(np.clip(whole**1.2 * 0.95, 0.01, 0.96), 1.0 / (1.0 + np.exp(-evidence)), hop_s)


def _against_local(strength: Array, hop_s: float) -> Array:
    """Strength against the strongest of its surroundings, [0, 1]; never turned up by more than tenfold."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    size = round(LOCAL_S / hop_s)
    loudest = uniform_filter1d(maximum_filter1d(strength, size), size)
    return np.asarray(np.clip(strength / np.maximum(loudest, 0.1 * strength.max() + 1e-12), 0.0, 1.0))


def _harmonic_change(power: Array) -> Array:
    """How unlike the pitch classes before and after each instant are, [0, 1]; bass and treble apart. (n,)"""
    import librosa
    from scipy.ndimage import uniform_filter1d

    hz = librosa.fft_frequencies(sr=RATE_HZ, n_fft=WINDOW)
    span = round(HARMONY_S * RATE_HZ / HOP)
    change = np.zeros(power.shape[1])
    for low_hz, high_hz, share in ((55.0, 250.0, 0.5), (250.0, 2500.0, 0.5)):
        inside = np.flatnonzero((hz >= low_hz) & (hz < high_hz))
        pitch = np.rint(12 * np.log2(hz[inside] / 440.0)).astype(int) % 12
        chroma = np.stack([power[inside[pitch == k]].sum(axis=0) for k in range(12)])
        mean = uniform_filter1d(np.sqrt(chroma), span, axis=1)
        before, after = np.roll(mean, span // 2 + 2, axis=1), np.roll(mean, -(span // 2), axis=1)
        norm = np.linalg.norm(before, axis=0) * np.linalg.norm(after, axis=0) + 1e-9
        change += share * (1.0 - (before * after).sum(axis=0) / norm)
    edge = span
    change[:edge] = change[-edge:] = 0.0
    return np.clip(change, 0.0, 1.0)
