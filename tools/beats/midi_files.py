"""MIDI files as notes over a tempo map, and any stretch of one as a file that FluidSynth plays.

Places are in quarter notes from the first tick, times in seconds; both are exact, whatever the tempo does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt

from tools.music.sound import TICKS_PER_S

Places = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

DRUM_CHANNEL = 9
USUAL_TEMPO = 500_000  # microseconds a quarter note, where a file says nothing
USUAL_VOLUME = 100
BANK, VOLUME = 0, 7  # controls
KIT_BANK, EFFECT_BANKS = 127, (64, 126)  # of XG: drums on any channel; noises that no other font has


class UnfitError(Exception):
    """A MIDI file that cannot be learned from; the message is the reason, in a few words, the same for all alike."""


@dataclass(frozen=True, slots=True)
class Notes:
    """All notes by their start, arrays of one length: start and end in quarters, pitch, velocity, channel."""

    start: Places
    end: Places
    pitch: Numbers
    velocity: Numbers
    channel: Numbers

    @property
    def drums(self) -> npt.NDArray[np.bool_]:
        """Which of them are strokes of a drum kit."""
        return np.equal(self.channel, DRUM_CHANNEL)

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Signature:
    """A time signature from a place on; bars begin anew there."""

    start: float
    numerator: int
    denominator: int

    @property
    def bar(self) -> float:
        """Quarters a bar."""
        return 4.0 * self.numerator / self.denominator

    @property
    def beat(self) -> float:
        """Quarters a beat: three eighths in 6/8, 9/8 and 12/8, else what the denominator names."""
        compound = self.denominator == 8 and self.numerator in (6, 9, 12)
        return 1.5 if compound else 4.0 / self.denominator


@dataclass(frozen=True, slots=True)
class Score:
    """What a MIDI file says.

    tempi       (n, 2): a place, and the seconds a quarter lasts from there on; the first is at 0
    signatures  those written in the file, in order; empty where it gives none
    messages    (place, message) of the channels: programs, controls, pitch bends; no notes
    """

    notes: Notes
    tempi: Places
    signatures: tuple[Signature, ...]
    messages: tuple[tuple[float, mido.Message], ...]

    def seconds(self, places: Places) -> Places:
        """When places sound."""
        knots, quarter_s = self.tempi[:, 0], self.tempi[:, 1]
        at_s = np.concatenate([[0.0], np.cumsum(np.diff(knots) * quarter_s[:-1])])
        part = np.clip(np.searchsorted(knots, places, side="right") - 1, 0, None)
        return np.asarray(at_s[part] + (places - knots[part]) * quarter_s[part])

    @property
    def end_s(self) -> float:
        """When the last note ends."""
        return float(self.seconds(self.notes.end.max(keepdims=True))[0])


def read(path: Path) -> Score:
    """Raises UnfitError where the file is broken, is counted in seconds, or has no notes."""
    try:
        file = mido.MidiFile(path, clip=True)
    except (OSError, EOFError, ValueError, IndexError, KeyError, TypeError, mido.KeySignatureError) as error:
        raise UnfitError("not readable") from error
    if file.type == 2 or not 0 < file.ticks_per_beat < 0x8000:
        raise UnfitError("not readable")
    return _score([_placed(track, file.ticks_per_beat) for track in file.tracks])


def _placed(track: mido.MidiTrack, ticks: int) -> list[tuple[float, mido.Message | mido.MetaMessage]]:
    now, result = 0, []
    for message in track:
        now += message.time
        result.append((now / ticks, message))
    return result


def _score(tracks: list[list[tuple[float, mido.Message | mido.MetaMessage]]]) -> Score:
    tempi, signatures, others = {0.0: USUAL_TEMPO / 1e6}, {}, []
    rows: list[tuple[float, float, int, int, int]] = []
    for track in tracks:
        rows.extend(_paired(track))
        for place, message in track:
            if message.type == "set_tempo":
                tempi[place] = max(message.tempo, 1) / 1e6
            elif message.type == "time_signature":
                signatures[place] = Signature(place, message.numerator, message.denominator)
            elif message.type in ("program_change", "control_change", "pitchwheel"):
                others.append((place, message))
    banks = {message.channel: message.value for _, message in others if message.is_cc(BANK)}
    kits = {channel for channel, bank in banks.items() if bank == KIT_BANK and channel != DRUM_CHANNEL}
    effects = {channel for channel, bank in banks.items() if bank in EFFECT_BANKS}
    rows = [(*row[:4], DRUM_CHANNEL if row[4] in kits else row[4]) for row in rows if row[4] not in effects]
    if not rows:
        raise UnfitError("no notes")
    start, end, *rest = zip(*sorted(rows), strict=True)
    notes = Notes(np.array(start), np.array(end), *(np.array(each) for each in rest))
    return Score(
        notes,
        np.array(sorted(tempi.items())),
        tuple(_changes(sorted(signatures.values(), key=lambda each: each.start))),
        tuple(sorted((each for each in others if each[1].channel not in kits), key=lambda each: each[0])),
    )


def _changes(signatures: list[Signature]) -> Iterator[Signature]:
    """Without those that say again what holds already, at a bar line."""
    last: Signature | None = None
    for each in signatures:
        same = last and (last.numerator, last.denominator) == (each.numerator, each.denominator)
        if last and same and abs((each.start - last.start) / last.bar % 1.0) < 1e-6:
            continue
        last = each
        yield each


def _paired(track: list[tuple[float, mido.Message | mido.MetaMessage]]) -> Iterator[tuple[float, float, int, int, int]]:
    """The notes of a track: one that is struck again ends there, one never let go is cut short."""
    open_: dict[tuple[int, int], tuple[float, int]] = {}
    for place, message in track:
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if key in open_:
            start, velocity = open_.pop(key)
            if place > start or message.type == "note_off" or message.velocity == 0:
                yield start, place, message.note, velocity, message.channel
        if message.type == "note_on" and message.velocity:
            open_[key] = (place, message.velocity)
    for (channel, note), (start, velocity) in open_.items():
        yield start, start + 1.0, note, velocity, channel


@dataclass(frozen=True, slots=True)
class Stretch:
    """What of a score is played, and how: from `start_s` for `length_s`; all but the drums `semitones` higher;
    each of the 16 channels louder by its `gains_db`."""

    start_s: float
    length_s: float
    semitones: int = 0
    gains_db: tuple[float, ...] = (0.0,) * 16


def stretch(score: Score, how: Stretch) -> mido.MidiFile:
    """A file of that stretch alone at ticks of 1 / TICKS_PER_S: what was set before it is set at its beginning; notes
    that began before it are not in it."""
    events = [(0.0, 0, mido.Message("control_change", channel=channel, control=VOLUME, value=_level(how, channel)))
              for channel in range(16)]  # fmt: skip
    places = np.array([place for place, _ in score.messages])
    for at_s, (_, message) in zip(score.seconds(places) if len(places) else (), score.messages, strict=True):
        if at_s < how.start_s + how.length_s:
            events.append((max(float(at_s) - how.start_s, 0.0), 1, _louder(message, how)))
    notes = score.notes
    starts, ends = score.seconds(notes.start) - how.start_s, score.seconds(notes.end) - how.start_s
    for i in np.flatnonzero((starts >= 0) & (starts < how.length_s)):
        drum = notes.channel[i] == DRUM_CHANNEL
        pitch = int(notes.pitch[i]) + (0 if drum else how.semitones)
        if 0 <= pitch < 128:
            tone = {"channel": int(notes.channel[i]), "note": pitch}
            events.append((float(starts[i]), 3, mido.Message("note_on", velocity=int(notes.velocity[i]), **tone)))
            end = max(float(ends[i]), float(starts[i]) + 2 / TICKS_PER_S)
            events.append((min(end, how.length_s), 2, mido.Message("note_off", **tone)))
    file, track, now = mido.MidiFile(ticks_per_beat=TICKS_PER_S // 2), mido.MidiTrack(), 0
    for at_s, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(at_s * TICKS_PER_S)
        track.append(message.copy(time=tick - now))
        now = tick
    file.tracks.append(track)
    return file


def _level(how: Stretch, channel: int, volume: int = USUAL_VOLUME) -> int:
    """General MIDI's volume is the square root of the amplitude."""
    return int(np.clip(round(volume * 10 ** (how.gains_db[channel] / 40)), 0, 127))


def _louder(message: mido.Message, how: Stretch) -> mido.Message:
    if message.type == "control_change" and message.control == VOLUME:
        return message.copy(value=_level(how, message.channel, message.value))
    return message
