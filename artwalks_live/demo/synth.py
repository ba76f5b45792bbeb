"""Instruments made of sums of sines and shaped noise, and the room they sound in.

Every instrument returns one note, float32 in about [-1, 1], at RATE_HZ. Nothing here knows the song.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]  # (N,) mono or (N, 2) stereo

RATE_HZ = 44_100


def pitch_hz(midi: float) -> float:
    """The frequency of a MIDI note number, equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def kick() -> Sound:
    """A bass drum: a sine that falls from 190 to 47 Hz, and the click of the beater. Its onset is sample 0."""
    t = _time(0.42)
    sweep_hz = 47.0 + 110.0 * np.exp(-t / 0.028) + 60.0 * np.exp(-t / 0.007)
    body = np.sin(2 * np.pi * np.cumsum(sweep_hz) / RATE_HZ + 0.4) * np.exp(-t / 0.13)
    click = _band(_noise(len(t), 1), 1_800, 7_000) * np.exp(-t / 0.004) * 0.35
    return _faded(np.tanh(1.7 * (body + click)), 0.0004, 0.06)


def snare() -> Sound:
    """A snare with a clap on it: two drum tones under noise that bursts three times."""
    t = _time(0.34)
    skin = (np.sin(2 * np.pi * 186 * t) + 0.6 * np.sin(2 * np.pi * 287 * t)) * np.exp(-t / 0.055)
    wires = _band(_noise(len(t), 2), 900, 9_500) * np.exp(-t / 0.095)
    burst = sum(np.where(t >= s, np.exp(-(t - s) / 0.011), 0.0) for s in (0.0, 0.011, 0.021))
    clap = _band(_noise(len(t), 3), 1_000, 3_200) * np.minimum(np.asarray(burst), 1.2)
    return _faded(0.55 * skin + 0.75 * wires + 0.8 * clap, 0.0005, 0.08)


def hat(open_: bool = False) -> Sound:
    """A hi-hat: noise above 7 kHz with a little metal in it, short or ringing."""
    t = _time(0.30 if open_ else 0.07)
    metal = sum(np.sign(np.sin(2 * np.pi * f * t)) for f in (5_231.0, 6_883.0, 8_117.0, 9_437.0))
    grain = _band(_noise(len(t), 5 if open_ else 4) + 0.12 * np.asarray(metal), 7_000, 16_500)
    return _faded(grain * np.exp(-t / (0.11 if open_ else 0.018)), 0.0005, 0.02)


def shaker() -> Sound:
    """A shaker: noise that swells and stops."""
    t = _time(0.11)
    swell = np.sin(np.pi * np.minimum(t / 0.10, 1.0)) ** 2
    return _faded(_band(_noise(len(t), 6), 4_500, 12_000) * swell, 0.002, 0.01)


def bass(midi: float, length_s: float) -> Sound:
    """A round bass: a sub sine and a few upper partials that close after the attack, driven a little."""
    t = _time(length_s + 0.05)
    f = pitch_hz(midi)
    tone = np.sin(2 * np.pi * f * t)
    for k in range(2, 9):
        tone = tone + np.sin(2 * np.pi * f * k * t) / k**1.1 * np.exp(-t * (2.2 + 1.6 * k))
    return _faded(np.tanh(1.5 * tone) * (0.75 + 0.25 * np.exp(-t / 0.12)), 0.004, 0.05)


def pad(notes: tuple[int, ...], length_s: float) -> Sound:
    """A warm chord, (N, 2): three detuned voices per note spread over the stereo field, soft on top, slow to come."""
    t = _time(length_s + 0.6)
    left, right = np.zeros(len(t)), np.zeros(len(t))
    rng = np.random.default_rng(77)
    for midi in notes:
        for cents, pan in ((-7.0, 0.18), (0.0, 0.5), (6.0, 0.82)):
            f = pitch_hz(midi + cents / 100.0)
            voice = np.zeros(len(t))
            partials = int(np.clip(2_600.0 / f, 3, 9))
            for k in range(1, partials + 1):
                soft = 1.0 / (1.0 + (k * f / 900.0) ** 2) / k**0.7
                voice += soft * np.sin(2 * np.pi * f * k * t + rng.uniform(0, 2 * np.pi))
            left += voice * np.cos(pan * np.pi / 2)
            right += voice * np.sin(pan * np.pi / 2)
    breath = 1.0 + 0.10 * np.sin(2 * np.pi * 0.35 * t)
    return _faded(np.stack([left, right], 1) * (breath / (2.2 * len(notes)))[:, None], 0.22, 0.6)


def electric_piano(midi: float, length_s: float, force: float = 1.0) -> Sound:
    """An electric piano by frequency modulation: a bell at the attack, a sine afterwards (Chowning 1973)."""
    t = _time(length_s + 0.35)
    f = pitch_hz(midi)
    bark = 1.8 * force * np.exp(-t / 0.35)
    tine = 0.22 * force * np.sin(2 * np.pi * 14 * f * t) * np.exp(-t / 0.045) * (f * 14 < 16_000)
    tone = np.sin(2 * np.pi * f * t + bark * np.sin(2 * np.pi * f * t)) + tine
    return _faded(tone * np.exp(-t / (1.1 * (262.0 / f) ** 0.35)) * force, 0.003, 0.30)


def pluck(midi: float) -> Sound:
    """A plucked string: partials that die the faster the higher they are."""
    t = _time(0.55)
    f = pitch_hz(midi)
    tone = np.zeros(len(t))
    for k in range(1, 9):
        tone += np.sin(2 * np.pi * f * k * t) / k**0.7 * np.exp(-t * (4.5 + 2.2 * k)) * (f * k < 14_000)
    return _faded(tone, 0.002, 0.1)


def lead(midi: float, length_s: float) -> Sound:
    """A singing voice between flute and reed; the vibrato comes late."""
    t = _time(length_s + 0.12)
    f = pitch_hz(midi)
    vibrato = 0.006 * np.clip((t - 0.22) / 0.3, 0, 1) * np.sin(2 * np.pi * 5.3 * t)
    phase = 2 * np.pi * np.cumsum(f * (1.0 + vibrato)) / RATE_HZ
    tone = np.sin(phase) + 0.34 * np.sin(2 * phase) + 0.26 * np.sin(3 * phase) + 0.12 * np.sin(5 * phase)
    air = 0.03 * _band(_noise(len(t), 8), 2_000, 6_000)
    return _faded((tone + air) * (0.8 + 0.2 * np.exp(-t / 0.1)), 0.025, 0.12)


def riser(length_s: float) -> Sound:
    """Wind that rises: noise in a band that climbs from 300 Hz to 9 kHz, louder and louder."""
    size = round(length_s * RATE_HZ)
    rng = np.random.default_rng(9)
    hop, frame = 512, 2048
    total = np.zeros(size + frame)
    window = np.hanning(frame)
    grid_hz = np.fft.rfftfreq(frame, 1 / RATE_HZ) + 1.0
    for start in range(0, size, hop):
        share = start / size
        centre_hz = 300.0 * 30.0**share
        shape = np.exp(-(np.log(grid_hz / centre_hz) ** 2) / 0.35)
        grain = np.fft.irfft(np.fft.rfft(rng.normal(0, 1, frame)) * shape)
        total[start : start + frame] += grain * window * share**1.6
    return _faded(total[:size] * 0.5, 0.05, 0.01)


def room(dry: Sound, decay_s: float = 1.9, predelay_s: float = 0.018) -> Sound:
    """The same sound from the walls only, (N, 2): convolved with stereo noise that dies away, darker as it does."""
    rng = np.random.default_rng(21)
    size = int(decay_s * 1.15 * RATE_HZ)
    t = np.arange(size) / RATE_HZ
    bright = np.exp(-6.9 * t / (decay_s * 0.45))[:, None] * rng.normal(0, 1, (size, 2))
    dull = rng.normal(0, 1, (size, 2))
    tails = [_band(dull[:, c], 180, 2_600) * np.exp(-6.9 * t / decay_s) + 0.6 * _band(bright[:, c], 400, 7_500)
             for c in (0, 1)]  # fmt: skip
    wall = np.stack(tails, 1)
    wall /= np.sqrt((wall**2).sum(axis=0)) + 1e-9
    shift = int(predelay_s * RATE_HZ)
    points = 1 << int(np.ceil(np.log2(len(dry) + size)))
    wet = np.fft.irfft(np.fft.rfft(dry, points, axis=0) * np.fft.rfft(wall, points, axis=0), points, axis=0)
    delayed = np.zeros_like(dry)
    delayed[shift:] = wet[: len(dry) - shift]
    return delayed


def echo(dry: Sound, delay_s: float, feedback: float, repeats: int = 4) -> Sound:
    """Repeats that hop between left and right, (N, 2)."""
    wet = np.zeros_like(dry)
    step = round(delay_s * RATE_HZ)
    middle = dry.mean(axis=1)
    for k in range(1, repeats + 1):
        if k * step >= len(dry):
            break
        wet[k * step :, k % 2] += middle[: len(dry) - k * step] * feedback**k
    return wet


def _time(length_s: float) -> npt.NDArray[np.float64]:
    return np.arange(round(length_s * RATE_HZ)) / RATE_HZ


def _noise(size: int, seed: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 0.5, size)


def _band(sound: npt.NDArray[np.float64], low_hz: float, high_hz: float) -> npt.NDArray[np.float64]:
    """Keep a band, with skirts of about an octave."""
    points = 1 << int(np.ceil(np.log2(len(sound) + 1)))
    f = np.fft.rfftfreq(points, 1 / RATE_HZ) + 1e-3
    gain = 1 / np.sqrt(1 + (low_hz / f) ** 6) / np.sqrt(1 + (f / high_hz) ** 6)
    return np.fft.irfft(np.fft.rfft(sound, points) * gain, points)[: len(sound)]


def _faded(sound: npt.NDArray[np.float64], attack_s: float, release_s: float) -> Sound:
    """Start and end at nothing."""
    rise, fall = max(int(attack_s * RATE_HZ), 1), max(int(release_s * RATE_HZ), 1)
    gain = np.ones(len(sound))
    gain[:rise] = np.linspace(0, 1, rise)
    gain[-fall:] *= np.linspace(1, 0, fall) ** 1.5
    return (sound * (gain[:, None] if sound.ndim == 2 else gain)).astype(np.float32)
