"""The harmony composes: pitch classes call up paintings, energy moves the noise.

After the deep music visualizer: classes follow the chroma, c <- (c + chroma/p) / (1 + 1/p); the noise walks as fast as
the sound's energy and its rise say, u <- (u + 3 u_before) / 4, and turns round at twice the truncation; jitter gives
every dimension a pace of its own for a while. There the noise takes a step a video frame; a walk's keyframes are
seconds apart, so here all rates are per second, and what lies between two keyframes stays one movement.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose.sound import ROW_S, SILENT, Song, smoothed, spectra
from artwalks_live.bake.compose.track import Latent, Track, check_ranges, normalised
from artwalks_live.core.autogain import OneGain
from artwalks_live.core.chroma import HIGH_HZ, WINDOW_S, filterbank
from artwalks_live.core.errors import UsageError

Vector = NDArray[np.float64]
CLASSES = 12
FRAME_S = 512 / 22050  # the visualizer's step
SHARP = 4.0  # how clearly the leading pitch class leads
USUAL_S = 30.0  # of what is usual where only the past is known
PACE = 1.5  # steps that the noise takes a second, of the size that the visualizer takes in a frame
JITTER_S = 200 * FRAME_S
FIFTHS = np.argsort((np.arange(CLASSES) * 7) % CLASSES)
"""Pitch classes in the order of the circle of fifths: what sounds well together lies together."""


@dataclass(frozen=True)
class ChromaOptions:
    """How the harmony composes; names and defaults are the visualizer's.

    pitch_sensitivity   0 to 299: how quickly the paintings follow the harmony (220: in 1.9 s)
    tempo_sensitivity   0 to 1: how far the noise is moved by the energy
    jitter              0 to 1: how differently the dimensions of the noise move
    truncation          (0, 1]: bounds of the noise
    """

    pitch_sensitivity: float = 220.0
    tempo_sensitivity: float = 0.25
    jitter: float = 0.5
    truncation: float = 1.0

    def check(self) -> None:
        """Raise UsageError for the first value that cannot be used."""
        check_ranges(self, _RANGES)


_RANGES = {
    "pitch_sensitivity": (0, 299), "tempo_sensitivity": (0.0, 1.0), "jitter": (0.0, 1.0), "truncation": (0.05, 1.0)
}  # fmt: skip
assert set(_RANGES) == {entry.name for entry in fields(ChromaOptions)}


def heard(song: Song, causal: bool) -> tuple[Vector, Vector]:
    """Pitch classes (n, 12), the strongest of each row 1, and the energy (n,) in dB; nothing of silence."""
    pitches, energy = [], []
    for block in spectra(song, WINDOW_S, HIGH_HZ, causal):
        bank = filterbank(np.arange(block.shape[1]) / WINDOW_S)
        classes = block @ bank.T
        audible = block.max(axis=1, keepdims=True) > SILENT
        pitches.append(np.where(audible, classes / np.maximum(classes.max(axis=1, keepdims=True), 1e-12), 0.0))
        energy.append(10.0 * np.log10((block**2).sum(axis=1) + 1e-10))
    return np.concatenate(pitches), np.concatenate(energy)


def painting_classes(paintings: int) -> Vector:
    """Which pitch classes call up which painting, (12, paintings): a stretch of the circle of fifths each."""
    place = (np.arange(CLASSES) + 0.5) / CLASSES * paintings
    table = np.zeros((CLASSES, paintings))
    for i, painting in enumerate(np.minimum(place.astype(int), paintings - 1)):
        table[FIFTHS[i], painting] = 1.0
    made: Vector = table / table.sum(axis=0)
    return made


def called(pitches: Vector, options: ChromaOptions, paintings: int, causal: bool) -> Vector:
    """How much of each painting the harmony calls up, (n, paintings)."""
    usual = _usual(pitches, causal)
    follow_s = (300.0 - options.pitch_sensitivity) * FRAME_S
    follow = 1.0 / (1.0 + follow_s / ROW_S)
    now = np.zeros(CLASSES)
    made = np.empty_like(pitches)
    for i, row in enumerate(pitches):
        if row.any():  # in silence the last chord lasts
            now = now + follow * (row / usual[i] - now)
        made[i] = now
    leading = normalised((made @ painting_classes(paintings)) ** SHARP)
    # chords may change at every keyframe: one painting gives way to the next as slowly as the harmony is followed
    return normalised(smoothed(leading, follow_s, causal))


def _usual(pitches: Vector, causal: bool) -> Vector:
    """What of each class is usual, so that a drone does not hold one painting for ever."""
    if not causal:
        return np.tile(np.maximum(pitches.mean(axis=0), 0.1), (len(pitches), 1))
    usual, heard_s = np.full(CLASSES, 0.3), 1.0
    made = []
    for row in pitches:
        if row.any():
            heard_s = min(heard_s + ROW_S, USUAL_S)
            usual = usual + (row - usual) * ROW_S / heard_s
        made.append(np.maximum(usual, 0.1))
    return np.stack(made)


def moved(energy: Vector, options: ChromaOptions, latent: Latent, causal: bool) -> Vector:
    """Where the noise stands, (n, D) in [-truncation, truncation]."""
    level = _level(energy, causal)
    rise = np.maximum(np.diff(level, prepend=level[0]), 0.0) * 4.0
    chance = np.random.default_rng((latent.seed, 12))
    now = chance.uniform(-1.0, 1.0, latent.noise)
    heading = chance.choice([-1.0, 1.0], latent.noise)
    keep = 0.75 ** (ROW_S / FRAME_S)
    speed = np.zeros(latent.noise)
    pace = np.ones(latent.noise)
    made = np.empty((len(level), latent.noise))
    for i in range(len(level)):
        if i % round(JITTER_S / ROW_S) == 0:
            pace = np.where(chance.random(latent.noise) < 0.5, 1.0, 1.0 - options.jitter)
        step = options.tempo_sensitivity * (rise[i] + level[i]) * PACE * ROW_S
        speed = keep * speed + (1.0 - keep) * step * heading * pace
        now = now + speed
        heading = np.where(now >= 2.0, -1.0, np.where(now <= -2.0, 1.0, heading))
        made[i] = now
    return np.clip(0.5 * made, -1.0, 1.0) * options.truncation


def _level(energy: Vector, causal: bool) -> Vector:
    """The energy in [0, 1]: in the song's own range, or in that of its recent past."""
    above = np.maximum(energy + 80.0, 0.0)
    if not causal:
        low, high = np.percentile(above, (5, 99)).tolist()
        return np.asarray(np.clip((above - low) / max(high - low, 10.0), 0.0, 1.0))
    gain = OneGain(1.0, ROW_S)
    return np.array([gain.do(float(value), 20.0, value > 0.0) for value in above])


def track(song: Song, options: ChromaOptions, latent: Latent, causal: bool) -> Track:
    """Let the harmony call up paintings and the energy move the noise along the song."""
    if latent.paintings > CLASSES:
        raise UsageError(f"--mapping chroma: an octave has {CLASSES} pitch classes and {latent.paintings} paintings "
                         "were given: use --mapping bands, or fewer")  # fmt: skip
    pitches, energy = heard(song, causal)
    classes = called(pitches, options, latent.paintings, causal)
    return Track(classes, moved(energy, options, latent, causal))
