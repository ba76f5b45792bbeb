"""From a piece to sound: by FluidSynth and a General MIDI sound font, or by plain tones of our own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt
import soundfile

from artwalks_live.core.errors import UsageError
from tools.music.score import DRUMS, Note, Part, Piece

Sound = npt.NDArray[np.float32]

RATE_HZ = 44_100
TICKS_PER_S = 1920  # at 120 beats a minute and 960 ticks a beat: half a millisecond each
FONTS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")
TAIL_S = 1.0


def fonts() -> list[Path]:
    """The sound fonts of this machine, largest last; none is no mistake: there are plain tones."""
    found = {path.resolve() for folder in FONTS for path in Path(folder).glob("*.sf[23]")}
    return sorted(found, key=lambda path: path.stat().st_size)


def fluid(piece: Piece, font: Path, rng: np.random.Generator) -> Sound:
    """Play a piece on a sound font: (n,) float32 mono at RATE_HZ. Raises UsageError where FluidSynth is missing."""
    wet = bool(rng.random() < 0.6)
    return played(midi(piece, rng), font, piece.end_s + TAIL_S, wet=wet)


def played(file: mido.MidiFile, font: Path, length_s: float, *, wet: bool) -> Sound:
    """Play a MIDI file on a sound font, with reverb and chorus or (much faster) without, for at most `length_s`:
    (n,) float32 mono at RATE_HZ. Raises UsageError where FluidSynth is missing or fails."""
    if shutil.which("fluidsynth") is None:
        raise UsageError("fluidsynth is not installed: apt install fluidsynth fluid-soundfont-gm, or use --sound plain")
    with tempfile.TemporaryDirectory() as folder:
        score, out = Path(folder, "piece.mid"), Path(folder, "piece.wav")
        file.save(score)
        how = ["-niq", "-R", str(int(wet)), "-C", str(int(wet)), "-g", "0.5", "-r", str(RATE_HZ), "-F", str(out)]
        words = ["fluidsynth", *how, str(font), str(score)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode or not out.is_file():
            raise UsageError(f"fluidsynth fails on {font}: {done.stderr.strip()[:200]}")
        samples, _ = soundfile.read(out, dtype="float32", always_2d=True)
    return np.asarray(samples.mean(axis=1)[: round(length_s * RATE_HZ)], np.float32)


def midi(piece: Piece, rng: np.random.Generator) -> mido.MidiFile:
    """The piece as a MIDI file at 120 bpm whose ticks are half milliseconds: times are exact, beats are not in it."""
    file = mido.MidiFile(ticks_per_beat=TICKS_PER_S // 2)
    for number, part in enumerate(piece.parts):
        channel = 9 if part.program == DRUMS else number + (number >= 9)
        events = [
            (0, mido.Message("control_change", channel=channel, control=control, value=round(127 * value)))
            for control, value in ((7, part.volume), (10, part.pan))
        ]
        if part.program != DRUMS:
            events.append((0, mido.Message("program_change", channel=channel, program=part.program)))
        for note, start_s, end_s in _timed(piece, part, rng):
            loud = max(1, min(127, round(127 * note.velocity)))
            events.append(
                (round(start_s * TICKS_PER_S), mido.Message("note_on", channel=channel, note=note.pitch, velocity=loud))
            )
            events.append((round(end_s * TICKS_PER_S), mido.Message("note_off", channel=channel, note=note.pitch)))
        file.tracks.append(_track(events))
    return file


def plain(piece: Piece, rng: np.random.Generator) -> Sound:
    """Play a piece on decaying tones and bursts of noise: as `fluid`, without any font."""
    sound = np.zeros(round((piece.end_s + TAIL_S) * RATE_HZ), np.float32)
    for part in piece.parts:
        for note, start_s, end_s in _timed(piece, part, rng):
            tone = _stroke(note, rng) if part.program == DRUMS else _tone(note, end_s - start_s)
            first = round(start_s * RATE_HZ)
            room = sound[first : first + len(tone)]
            room += tone[: len(room)] * np.float32(0.2 * part.volume * note.velocity)
    return sound


def _timed(piece: Piece, part: Part, rng: np.random.Generator) -> list[tuple[Note, float, float]]:
    notes = [note for note in part.notes if 0 < note.pitch < 128]
    starts = piece.seconds(np.array([note.start for note in notes]))
    ends = piece.seconds(np.array([note.start + note.length for note in notes]))
    shift = part.lag_s + rng.normal(0.0, 1.0, len(notes)) * part.jitter_s
    return [(note, max(float(a + s), 0.0), max(float(b + s), float(a + s) + 0.03))
            for note, a, b, s in zip(notes, starts, ends, shift, strict=True)]  # fmt: skip


def _track(events: list[tuple[int, mido.Message]]) -> mido.MidiTrack:
    track, now = mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda event: (event[0], event[1].type == "note_on")):
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def _tone(note: Note, length_s: float) -> Sound:
    t = np.arange(round((length_s + 0.05) * RATE_HZ)) / RATE_HZ
    f = 440.0 * 2.0 ** ((note.pitch - 69) / 12)
    wave = sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 6) if f * k < 16_000)
    fade = np.minimum(1.0, t / 0.004) * np.exp(-t / 0.4) * np.clip((t[-1] - t) / 0.04, 0.0, 1.0)
    return np.asarray(wave * fade, np.float32)


def _stroke(note: Note, rng: np.random.Generator) -> Sound:
    """A bass drum below key 37, skins up to 41 and toms, metal above."""
    low = note.pitch <= 36
    t = np.arange(round((0.25 if low else 0.12) * RATE_HZ)) / RATE_HZ
    if low:
        falling = np.sin(2 * np.pi * (50 * t + 2.5 * (1 - np.exp(-t / 0.02))))
        return np.asarray(3.0 * falling * np.exp(-t / 0.08), np.float32)
    noise = rng.normal(0, 1, len(t))
    if note.pitch >= 42:
        return np.asarray(np.diff(noise, prepend=0.0) * np.exp(-t / 0.025), np.float32)
    return np.asarray((noise + 2 * np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.05), np.float32)
