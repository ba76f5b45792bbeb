"""Drums, bass, vocals and the rest of a song, as levels all along: what a separated song adds to its cues.

The separated files are the user's: drums.wav, bass.wav, vocals.wav, other.wav (or .flac, .ogg, .mp3) in one folder, as
demucs and other separators write them. Nothing is separated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from artwalks_live.core.audio import AudioClip, mono
from artwalks_live.core.cues import STEMS, Cues
from artwalks_live.core.errors import UsageError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
APART_S = 0.5  # how much longer or shorter than its song a stem may be
RANGE_DB = 30.0  # a stem so far below its own loud parts counts as silent


def find_stems(folder: Path) -> dict[str, Path]:
    """The separated files of a folder by their names. Raises UsageError when there is none."""
    if not folder.is_dir():
        raise UsageError(f"--stems {folder}: is no folder: give the one that holds {', '.join(STEMS)}")
    found = {}
    for name in STEMS:
        path = next((p for suffix in SUFFIXES if (p := folder / (name + suffix)).is_file()), None)
        if path is not None:
            found[name] = path
    if not found:
        raise UsageError(f"--stems {folder}: holds none of {', '.join(name + '.wav' for name in STEMS)}")
    return found


def with_stems(cues: Cues, paths: Mapping[str, Path], read: Callable[[Path], AudioClip]) -> Cues:
    """Cues with the level of each stem, against the stem's own loud parts, one byte each row of the curves.

    Raises UsageError when a stem is not as long as its song, AudioError when it cannot be read.
    """
    levels = {}
    for name, path in paths.items():
        clip = read(path)
        if abs(clip.duration_s - cues.duration_s) > APART_S:
            lasts = f"lasts {clip.duration_s:.1f} s, {cues.title} {cues.duration_s:.1f} s"
            raise UsageError(f"--stems {path}: {lasts}: separate this very file")
        levels[name] = _level(clip, cues)
    return replace(cues, stems=levels)


def _level(clip: AudioClip, cues: Cues) -> bytes:
    rate, rows = clip.sample_rate_hz, len(cues.curves)
    edges = np.clip(np.rint(np.arange(rows + 1) * cues.curves.hop_s * rate).astype(int), 0, len(clip.samples))
    power = np.full(rows, 1e-12)
    for i in range(rows):
        part = mono(clip.samples[edges[i] : edges[i + 1]])
        if len(part):
            power[i] = max(float(np.mean(np.square(part, dtype=np.float64))), 1e-12)
    level_db = 10.0 * np.log10(power)
    loud_db = max(float(np.percentile(level_db, 95)), -60.0)
    level = np.clip(1.0 + (level_db - loud_db) / RANGE_DB, 0.0, 1.0)
    return bytes(np.rint(level * 255.0).astype(np.uint8).tobytes())
