"""Songs for the tests, and cues of them: chords with a drum, whose beats and sections we place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.core.audio import AudioClip
from artwalks_live.core.cues import Cues, Curves, Moment, Section

BPM = 120.0
BAR_S = 4 * 60 / BPM
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2), (2, 5, 9), (4, 7, 11), (10, 2, 5), (3, 7, 10))


def made_cues(bars: int = 24, sha256: str = "", drop: int | None = 16, meter: int = 4) -> Cues:
    """Four-bar sections at 120 bpm, quiet up to the drop and loud after it."""
    beat_s = 60 / BPM
    bar_s, duration_s = meter * beat_s, bars * meter * beat_s
    sections = tuple(
        Section(k * bar_s, min(k + 4, bars) * bar_s, "AB"[loud], ("break", "drop")[loud], (0.3, 0.9)[loud])
        for k in range(0, bars, 4)
        for loud in [drop is not None and k >= drop]
    )
    moments = () if drop is None else (Moment((drop - 4) * bar_s, "build", 0.5), Moment(drop * bar_s, "drop", 1.0))
    rows = round(duration_s / 0.1)
    chance = np.random.default_rng(bars)
    curves = Curves(0.1, *(chance.integers(0, 256, n * rows, np.uint8).tobytes() for n in (1, 12, 1)))
    return Cues(
        "made", sha256, duration_s, meter, ((0.0, BPM),), tuple(k * beat_s for k in range(bars * meter)),
        tuple(k * bar_s for k in range(bars)), sections, moments, curves,
    )  # fmt: skip


def made_song(bars: int = 16, rate_hz: int = 22050, quiet: tuple[int, int] = (0, 0), seed: int = 0) -> AudioClip:
    """A chord a bar, a low drum on every beat, a bright one between; drums rest in the bars of `quiet`."""
    chance = np.random.default_rng(seed)
    size = round(bars * BAR_S * rate_hz)
    sound = np.zeros(size)
    order = chance.integers(0, len(CHORDS), bars)
    for bar in range(bars):
        t = np.arange(round(BAR_S * rate_hz)) / rate_hz
        at = round(bar * BAR_S * rate_hz)
        notes = [*(60 + note for note in CHORDS[order[bar]]), 36 + CHORDS[order[bar]][0]]
        chord = sum(np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * t) for note in notes)
        sound[at : at + len(t)] += 0.05 * chord * np.minimum(t / 0.01, 1) * np.exp(-t / 1.5)
        if not quiet[0] <= bar < quiet[1]:
            for beat in range(8):
                _strike(sound, round((bar + beat / 8) * BAR_S * rate_hz), rate_hz, low=beat % 2 == 0, chance=chance)
    return AudioClip(sound.astype(np.float32)[:, None], rate_hz)


def _strike(sound: npt.NDArray[np.float64], at: int, rate_hz: int, *, low: bool, chance: np.random.Generator) -> None:
    t = np.arange(round(0.15 * rate_hz)) / rate_hz
    noise = 0.03 * chance.normal(size=len(t)) * np.exp(-t / 0.02)
    hit = 0.6 * np.sin(2 * np.pi * 55 * t) * np.exp(-t / 0.06) + 2 * noise if low else noise
    part = sound[at : at + len(t)]
    part += hit[: len(part)]
