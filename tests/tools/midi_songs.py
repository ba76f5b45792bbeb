"""MIDI files that tests make: a band of drums, bass and chords whose every place is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np

TICKS = 480


@dataclass(frozen=True, slots=True)
class Band:
    """How it plays: places of a bar in quarters.

    bar       quarters a bar; written: the signature in the file, None for none
    shift     quarters by which all notes are late; jitter the deviation of each, in quarters
    """

    bpm: float = 120.0
    bars: int = 24
    bar: float = 4.0
    written: tuple[int, int] | None = (4, 4)
    kicks: tuple[float, ...] = (0.0, 2.0)
    snares: tuple[float, ...] = (1.0, 3.0)
    bass: tuple[float, ...] = (0.0, 2.0)
    chords: tuple[float, ...] = (0.0,)
    hats: float = 0.5
    shift: float = 0.0
    jitter: float = 0.0
    higher: int = 0
    seed: int = 0


def write(path: Path, band: Band) -> Path:
    """A melody, chords, bass and drums, saved; returns the path."""
    rng = np.random.default_rng(band.seed)
    file, head = mido.MidiFile(ticks_per_beat=TICKS), mido.MidiTrack()
    head.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(band.bpm)))
    if band.written is not None:
        head.append(mido.MetaMessage("time_signature", numerator=band.written[0], denominator=band.written[1]))
    file.tracks.append(head)
    rows: list[tuple[float, float, int, int]] = []
    for number in range(band.bars):
        begin, root = number * band.bar, 48 + band.higher + int(rng.integers(12))
        for places, channel, pitches in ((band.bass, 1, (root - 12,)), (band.chords, 2, (root, root + 4, root + 7))):
            rows += [(begin + place, 0.9, channel, pitch) for place in places for pitch in pitches]
        hats = tuple(np.arange(0.0, band.bar, band.hats).tolist())
        for places, key in ((band.kicks, 36), (band.snares, 38), (hats, 42)):
            rows += [(begin + place, 0.2, 9, key) for place in places]
        rows += [(begin + i, 0.5, 3, 72 + band.higher + int(rng.integers(15))) for i in range(int(band.bar))]
    file.tracks.append(_track(rows, band, rng))
    file.save(path)
    return path


def _track(rows: list[tuple[float, float, int, int]], band: Band, rng: np.random.Generator) -> mido.MidiTrack:
    events = []
    for place, length, channel, pitch in rows:
        start = max(round((place + band.shift + rng.normal(0.0, 1.0) * band.jitter) * TICKS), 0)
        tone = {"channel": channel, "note": pitch}
        events.append((start, 1, mido.Message("note_on", velocity=90, **tone)))
        events.append((start + round(length * TICKS), 0, mido.Message("note_off", **tone)))
    track, now = mido.MidiTrack(), 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track
