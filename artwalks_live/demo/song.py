"""The demo's song, "Walking Out": drums, bass, chords and a melody, written down here and played by the synth.

Twenty bars of four beats at 112 bpm and 44.1 kHz, where a beat is exactly 23,625 samples: intro, groove, break, drop
and outro, so that whatever listens has something to tell apart. The beats are known exactly, because we place them.
"""

from __future__ import annotations

import os
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from artwalks_live.core.errors import AudioError
from artwalks_live.demo import synth
from artwalks_live.demo.synth import RATE_HZ, Sound

TEMPO_BPM = 112.0
BEATS_PER_BAR = 4
BARS = 20
_BEAT = round(RATE_HZ * 60 / TEMPO_BPM)  # samples; exact at this tempo and rate
_BEAT_S = _BEAT / RATE_HZ
_PEAK = 10 ** (-1.0 / 20)  # -1 dBFS

SECTIONS = (("intro", 0, 4), ("groove", 4, 8), ("break", 8, 12), ("drop", 12, 18), ("outro", 18, 20))

_CHORDS = (
    # bass note and the chord above it: D minor 9, B flat major 9, F major 9, C 6/9
    (38, (53, 57, 60, 64)), (34, (53, 57, 60, 62)), (41, (52, 57, 60, 67)), (36, (52, 57, 62, 67)),
)  # fmt: skip
_ARPEGGIO = (0, 2, 1, 3, 2, 1, 3, 2)
_MELODY = (
    # beat within four bars, MIDI note, length in beats
    (0.0, 69, 1.4), (1.5, 72, 0.5), (2.0, 74, 1.5), (3.5, 72, 0.5), (4.0, 69, 1.5), (5.5, 67, 0.5), (6.0, 65, 1.8),
    (8.0, 67, 1.0), (9.0, 69, 0.5), (9.5, 72, 1.4), (11.0, 76, 0.9), (12.0, 74, 1.9), (14.0, 72, 0.5), (14.5, 69, 0.5),
    (15.0, 67, 0.9),
)  # fmt: skip
_BASS_GROOVE = ((0.0, 0, 0.7), (0.75, 0, 0.2), (1.5, 12, 0.4), (2.0, 0, 0.45), (2.75, 7, 0.2), (3.5, 12, 0.4))


@dataclass(frozen=True, slots=True)
class Song:
    """A song on disk, and when its beats fall.

    path       16-bit stereo WAV; beside it NAME.beats, one line a beat: seconds, tab, place in the bar from 1
    beats      seconds from the first sample, one per beat; downbeats the first of each bar
    """

    path: Path
    tempo_bpm: float
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]


@dataclass(slots=True)
class _Mixer:
    """Stereo buses, (N, 2): what stays dry, what ducks under the kick, and what is sent to the echo and the room."""

    dry: Sound
    ducked: Sound
    echoed: Sound
    roomy: Sound

    def add(self, bus: Sound, sound: Sound, beat: float, gain: float, *, pan: float = 0.5, send: float = 0.0) -> None:
        """Place a sound at a beat: pan 0 left to 1 right, equal power; send is its share of the room."""
        start = round(beat * _BEAT)
        part = sound[: len(bus) - start]
        sides = np.array([np.cos(pan * np.pi / 2), np.sin(pan * np.pi / 2)], np.float32) * np.float32(gain * np.sqrt(2))
        stereo = part * np.float32(gain) if part.ndim == 2 else part[:, None] * sides
        bus[start : start + len(part)] += stereo
        if send > 0:
            self.roomy[start : start + len(part)] += stereo * np.float32(send)


def compose(path: Path) -> Song:
    """Play the song into a WAV file, and its beats into a text file beside it; the same bytes every time.

    Raises AudioError when the file cannot be written.
    """
    mixed = _master(_play())
    beats = tuple(k * _BEAT / RATE_HZ for k in range(BARS * BEATS_PER_BAR))
    lines = "".join(f"{time_s:.6f}\t{k % BEATS_PER_BAR + 1}\n" for k, time_s in enumerate(beats))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_wav(path, np.rint(mixed * 32767.0).astype("<i2"))
        path.with_suffix(".beats").write_text(lines, encoding="ascii")
    except OSError as error:
        raise AudioError(f"{path}: the song cannot be written ({error.strerror}): choose another folder") from error
    return Song(path, TEMPO_BPM, beats, beats[::BEATS_PER_BAR])


def _write_wav(path: Path, samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> None:
    """Write beside the name and rename over it, so that there is never half a song."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, wave.open(file, "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(samples.tobytes())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _play() -> _Mixer:
    """Every part into the mixer."""
    size = BARS * BEATS_PER_BAR * _BEAT
    mixer = _Mixer(*(np.zeros((size, 2), np.float32) for _ in range(4)))
    for bar in range(BARS):
        _drums(mixer, bar)
        _bass(mixer, bar)
        _chords(mixer, bar)
        _arpeggio(mixer, bar)
    _melody(mixer)
    mixer.add(mixer.ducked, synth.riser(2 * BEATS_PER_BAR * _BEAT_S), 10 * BEATS_PER_BAR, 0.20, send=0.3)
    crash = synth.hat(open_=True)
    for bar in (4, 12, 18):
        mixer.add(mixer.dry, crash, bar * BEATS_PER_BAR, 0.30, pan=0.42, send=1.2)
    return mixer


def _section(bar: int) -> str:
    return next(name for name, first, after in SECTIONS if first <= bar < after)


def kick_beats() -> tuple[int, ...]:
    """The beats, counted from 0, on which the bass drum sounds."""
    return tuple(bar * BEATS_PER_BAR + beat for bar in range(BARS) for beat in _kicks(bar))


def _kicks(bar: int) -> Iterator[int]:
    section = _section(bar)
    if section in ("groove", "drop") or (section == "outro" and bar == BARS - 2) or bar in (2, 3):
        yield from range(BEATS_PER_BAR)
    elif section == "outro" or bar == 8:
        yield 0


def _drums(mixer: _Mixer, bar: int) -> None:
    """Kick on the beats, snare on two and four, hats between, fills into the next section."""
    at, section = bar * BEATS_PER_BAR, _section(bar)
    full = section in ("groove", "drop")
    for beat in _kicks(bar):
        mixer.add(mixer.dry, _kick(), at + beat, 0.40 if section == "intro" else 0.62)
    if full:
        for beat in (1, 3):
            mixer.add(mixer.dry, _snare(), at + beat, 0.50, send=0.22)
        for step in range(8):
            loud = 0.40 if step % 2 else 0.22
            mixer.add(mixer.dry, _hat(step % 4 == 3 and section == "drop"), at + step / 2, loud, pan=0.60)
    if full or bar in (2, 3, 18):
        for step in range(16):
            accent = (0.16, 0.07, 0.12, 0.09)[step % 4]
            mixer.add(mixer.dry, _shaker(), at + step / 4 - (0.02 if step else 0.0), accent, pan=0.34)
    if bar == 7:
        for place, gain in ((3.25, 0.16), (3.5, 0.22), (3.75, 0.28)):
            mixer.add(mixer.dry, _snare(), at + place, gain, pan=0.46, send=0.2)
    if bar in (10, 11):
        steps = 4 if bar == 10 else 16
        for step in range(steps if bar == 10 else steps - 2):
            rise = (bar - 10 + step / steps) / 2
            mixer.add(mixer.dry, _snare(), at + step * 4 / steps, 0.06 + 0.20 * rise**1.5, send=0.35)


def _bass(mixer: _Mixer, bar: int) -> None:
    """Roots that step round the kick; long notes where there are no drums."""
    section = _section(bar)
    root = _CHORDS[bar % 4][0]
    at = bar * BEATS_PER_BAR
    if section in ("groove", "drop"):
        for offset, interval, length in _BASS_GROOVE:
            mixer.add(mixer.ducked, _bass_note(root + interval, length * _BEAT_S), at + offset, 0.165)
    elif section in ("break", "outro") and bar not in (10, 11):
        mixer.add(mixer.ducked, _bass_note(root, 3.6 * _BEAT_S), at, 0.13)


def _chords(mixer: _Mixer, bar: int) -> None:
    """A pad under everything, and the electric piano: held in the quiet parts, off the beat in the loud ones."""
    section, notes = _section(bar), _CHORDS[bar % 4][1]
    at = bar * BEATS_PER_BAR
    mixer.add(mixer.ducked, _pad(notes), at, 0.34 if section in ("intro", "break", "outro") else 0.30, send=0.30)
    hits = (
        ((0.0, 3.0, 0.8),)
        if section in ("intro", "break", "outro")
        else ((0.5, 0.4, 0.8), (1.75, 0.6, 1.0), (3.0, 0.8, 0.7))
    )
    for beat, length, force in hits if bar > 0 else ():
        for voice, note in enumerate(notes):
            tone = _piano(note + 12 * (voice == 0), length * _BEAT_S, force)
            mixer.add(mixer.ducked, tone, at + beat + 0.012 * voice, 0.085, pan=0.20 + 0.2 * voice, send=0.35)


def _arpeggio(mixer: _Mixer, bar: int) -> None:
    """Plucked eighths over the chord; sixteenths in the drop."""
    section, notes = _section(bar), _CHORDS[bar % 4][1]
    if section == "groove" or bar == BARS - 1:
        return
    steps = 16 if section == "drop" else 8
    gain = {"intro": 0.075 + 0.012 * bar, "break": 0.05, "drop": 0.085, "outro": 0.06}[section]
    for step in range(steps):
        note = notes[_ARPEGGIO[step % 8]] + 12
        beat = bar * BEATS_PER_BAR + step * BEATS_PER_BAR / steps
        mixer.add(
            mixer.echoed, _pluck(note), beat, gain * (1.15 if step % 4 == 0 else 0.85), pan=0.2 + 0.6 * (step % 2)
        )


def _melody(mixer: _Mixer) -> None:
    """The tune: hinted at by the piano in the break, sung in the drop, its first notes once more at the end."""
    for beat, note, length in _MELODY:
        mixer.add(mixer.echoed, _piano(note, length * _BEAT_S, 0.9), 32 + beat, 0.13, send=0.5)
        mixer.add(mixer.echoed, synth.lead(note, length * _BEAT_S), 48 + beat, 0.092, send=0.35)
    for beat, note, length in _MELODY[:7]:
        mixer.add(mixer.echoed, synth.lead(note, length * _BEAT_S), 64 + beat, 0.085, send=0.35)
        mixer.add(mixer.echoed, _piano(note, length * _BEAT_S, 0.7), 72 + beat, 0.10, send=0.6)


def _master(mixer: _Mixer) -> Sound:
    """Duck under the kick, add echo and room, soften the peaks, fade the last bar, peak at -1 dBFS."""
    size = len(mixer.dry)
    duck = np.ones(size, np.float32)
    t = np.arange(_BEAT) / RATE_HZ
    dip = (1.0 - 0.62 * np.exp(-((t / 0.16) ** 2)) * np.minimum(t / 0.004, 1.0)).astype(np.float32)
    for beat in kick_beats():
        duck[beat * _BEAT : (beat + 1) * _BEAT] = dip
    echoes = synth.echo(mixer.echoed, 0.75 * _BEAT_S, 0.42)
    wet = synth.room(mixer.roomy + 0.35 * (mixer.echoed + echoes))
    total = mixer.dry + (mixer.ducked + mixer.echoed + 0.8 * echoes + 0.55 * wet) * (0.25 + 0.75 * duck)[:, None]
    fade = np.ones(size, np.float32)
    fade[-2 * _BEAT :] = np.linspace(1, 0, 2 * _BEAT) ** 1.4
    total = np.tanh(0.95 * total) * fade[:, None]
    result: Sound = (total * (_PEAK / np.abs(total).max())).astype(np.float32)
    return result


_kick = lru_cache(synth.kick)
_snare = lru_cache(synth.snare)
_hat = lru_cache(synth.hat)
_shaker = lru_cache(synth.shaker)
_bass_note = lru_cache(synth.bass)
_pluck = lru_cache(synth.pluck)
_piano = lru_cache(synth.electric_piano)


@lru_cache
def _pad(notes: tuple[int, ...]) -> Sound:
    return synth.pad(notes, BEATS_PER_BAR * _BEAT_S)
