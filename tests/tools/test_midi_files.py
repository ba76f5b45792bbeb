"""MIDI files as training data: where their beats are, which are left out, what is played of them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import mido
import numpy as np
import pytest

from tests.tools.midi_songs import Band, write
from tools.beats import dataset, midi_files, near_copies
from tools.beats.midi_beats import Marked, marked
from tools.beats.midi_files import Stretch, UnfitError, read, stretch
from tools.music import sound


def marks(folder: Path, band: Band) -> Marked:
    return marked(read(write(folder / "band.mid", band)))


def test_times_follow_the_tempo_and_notes_are_paired(tmp_path: Path) -> None:
    file, track = mido.MidiFile(ticks_per_beat=100), mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    track.append(mido.Message("note_on", note=60, velocity=80))
    track.append(mido.Message("note_on", note=60, velocity=70, time=50))  # struck again: the first ends here
    track.append(mido.Message("note_on", note=60, velocity=0, time=50))
    track.append(mido.MetaMessage("set_tempo", tempo=1_000_000))
    track.append(mido.Message("note_on", note=64, velocity=60, time=100))  # never let go
    file.tracks.append(track)
    file.save(tmp_path / "a.mid")
    score = read(tmp_path / "a.mid")
    assert score.notes.start.tolist() == [0.0, 0.5, 2.0]
    assert score.notes.end.tolist() == [0.5, 1.0, 3.0]
    assert score.seconds(np.array([1.0, 2.0, 3.0])).tolist() == [0.5, 1.5, 2.5]
    assert score.end_s == 2.5


def test_drums_on_another_channel_are_drums_and_noises_are_left_out(tmp_path: Path) -> None:
    file = mido.MidiFile(write(tmp_path / "band.mid", Band()))
    plain = read(tmp_path / "band.mid").notes
    for channel, bank in ((1, midi_files.KIT_BANK), (2, midi_files.EFFECT_BANKS[0])):
        file.tracks[1].insert(0, mido.Message("control_change", channel=channel, control=midi_files.BANK, value=bank))
    file.save(tmp_path / "xg.mid")
    found = read(tmp_path / "xg.mid")
    assert found.notes.drums.sum() == np.isin(plain.channel, (1, 9)).sum()
    assert not (found.notes.channel == 2).any()
    assert not any(message.channel == 1 for _, message in found.messages)


def test_beats_and_bars_of_a_band(tmp_path: Path) -> None:
    found = marks(tmp_path, Band())
    assert found.bpm == pytest.approx(120.0)
    assert found.beats_s[:3] == pytest.approx([0.0, 0.5, 1.0])
    assert found.downbeats_s[:3] == pytest.approx([0.0, 2.0, 4.0])
    waltz = marks(tmp_path, Band(bar=3.0, written=(3, 4), kicks=(0.0,), snares=(), bass=(0.0,), bars=30))
    assert waltz.downbeats_s[:3] == pytest.approx([0.0, 1.5, 3.0])


def test_bars_are_not_told_where_the_notes_do_not_bear_them_out(tmp_path: Path) -> None:
    waltz = Band(bar=3.0, kicks=(0.0,), snares=(), bass=(0.0,), bars=32)  # under 4/4, as files are by default
    assert not len(marks(tmp_path, waltz).downbeats_s)
    assert not len(marks(tmp_path, Band(written=None)).downbeats_s)
    assert not len(marks(tmp_path, Band(written=(2, 4))).downbeats_s)  # may be half a bar


def test_three_eighths_are_a_beat_of_six_eight(tmp_path: Path) -> None:
    jig = Band(bpm=150, bar=3.0, written=(6, 8), kicks=(0.0,), snares=(1.5,), bass=(0.0, 1.5), chords=(0.0, 1.5),
               bars=40)  # fmt: skip
    assert marks(tmp_path, jig).bpm == pytest.approx(100.0)
    slow = Band(bpm=60, bar=3.0, written=(6, 8), kicks=(0.0,), snares=(1.5,), bass=(0.0, 1.5), bars=20)
    with pytest.raises(UnfitError, match="too slow"):
        marks(tmp_path, slow)


@pytest.mark.parametrize(
    ("band", "bpm", "first"),
    [
        (Band(bpm=160, kicks=(0.0,), snares=(2.0,)), 80, 0.0),  # the snare on three: half the tempo is felt
        (Band(bpm=120, kicks=(0.0,), snares=(2.0,)), 120, 0.0),  # but not one of 60
        (Band(bpm=80, kicks=(0.0, 1.0, 2.0, 3.0), snares=(0.5, 1.5, 2.5, 3.5), bass=(0, 1, 2, 3), hats=0.25), 160, 0.0),
        (Band(bpm=110, kicks=(0, 1, 2, 3), snares=(0.5, 1.5, 2.5, 3.5), bass=(0, 1, 2, 3)), 110, 0.0),
        (Band(bpm=50, snares=(), kicks=(0, 1, 2, 3), bass=(0, 1, 2, 3), chords=(0.5, 1.5, 2.5, 3.5)), 100, 0.0),
        (Band(bpm=220, snares=(), bars=40), 110, 0.0),
        (Band(bpm=220, snares=(), bars=40, kicks=(1, 3), bass=(1, 3), chords=(1,), written=None), 110, 60 / 220),
        (Band(bpm=90, hats=0.25), 90, 0.0),  # busy drums do not make it fast
    ],
)
def test_the_level_that_is_felt(tmp_path: Path, band: Band, bpm: float, first: float) -> None:
    found = marks(tmp_path, band)
    assert found.bpm == pytest.approx(bpm, abs=0.01)
    assert found.beats_s[0] == pytest.approx(first, abs=1e-3)


@pytest.mark.parametrize(
    ("band", "why"),
    [
        (Band(bars=3), "too few notes"),
        (Band(bars=10), "too short"),
        (Band(jitter=0.2), "not on its grid"),
        (Band(shift=0.37), "not on its grid"),
        (Band(shift=0.5, snares=(), written=None), "weight off the beats"),
        (Band(written=(7, 8)), "odd metre"),
        (Band(bpm=220, snares=(), bars=40, kicks=(1, 3), bass=(1, 3), chords=(1,)), "too fast to halve"),
        (Band(bar=3, bars=40, kicks=(0,), snares=(1.5,), bass=(0,), chords=(0, 1.5), written=None), "six eight"),
    ],
)
def test_files_that_are_left_out(tmp_path: Path, band: Band, why: str) -> None:
    with pytest.raises(UnfitError, match=why):
        marks(tmp_path, band)


def test_played_by_hand_is_good_enough(tmp_path: Path) -> None:
    assert marks(tmp_path, Band(jitter=0.02)).bpm == pytest.approx(120.0)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"MThd\x00\x00")
    with pytest.raises(UnfitError, match="not readable"):
        read(tmp_path / "a.mid")
    mido.MidiFile().save(tmp_path / "b.mid")
    with pytest.raises(UnfitError, match="no notes"):
        read(tmp_path / "b.mid")


def test_a_stretch_is_cut_raised_and_balanced(tmp_path: Path) -> None:
    path = write(tmp_path / "band.mid", Band())
    file = mido.MidiFile(path)
    program = mido.Message("program_change", channel=2, program=48)
    volume = mido.Message("control_change", channel=2, control=midi_files.VOLUME, value=80)
    file.tracks[1][:0] = [program, volume]
    file.save(path)
    how = Stretch(10.0, 5.0, 3, tuple(4.0 if channel == 2 else 0.0 for channel in range(16)))
    part = stretch(read(path), how)
    part.save(tmp_path / "part.mid")
    again, whole = read(tmp_path / "part.mid"), read(path)
    within = (whole.seconds(whole.notes.start) >= 10.0) & (whole.seconds(whole.notes.start) < 15.0)
    assert len(again.notes) == within.sum()
    assert again.end_s <= 5.0 + 1e-3
    assert np.sort(again.seconds(again.notes.start)) == pytest.approx(
        np.sort(whole.seconds(whole.notes.start[within]) - 10.0), abs=1e-3
    )
    assert set(again.notes.pitch[again.notes.drums]) <= {36, 38, 42}
    assert np.sort(again.notes.pitch[~again.notes.drums]).tolist() == np.sort(
        whole.notes.pitch[within & ~whole.notes.drums] + 3
    ).tolist()  # fmt: skip
    said = [(place, message) for place, message in again.messages if getattr(message, "channel", 0) == 2]
    assert [place for place, _ in said] == [0.0] * len(said)
    assert [message.program for _, message in said if message.type == "program_change"] == [48]
    levels = [message.value for _, message in said if message.type == "control_change"]
    assert levels == [round(100 * 10**0.1), round(80 * 10**0.1)]


def test_copies_are_known_in_any_key_and_tempo(tmp_path: Path) -> None:
    known = near_copies.Known()
    first, other = (
        near_copies.turns(read(write(tmp_path / "a.mid", Band(seed=seed, bars=40))).notes) for seed in (1, 2)
    )
    known.add("a", first)
    copy = read(write(tmp_path / "b.mid", Band(seed=1, bars=28, bpm=97, higher=4, shift=2.0)))
    assert known.like(near_copies.turns(copy.notes)) == "a"
    assert known.like(other) is None


def test_a_folder_of_midi_files_is_numbered_and_copies_left_out(tmp_path: Path) -> None:
    for folder in ("midi", "without"):
        (tmp_path / folder).mkdir()
    for name, seed in (("a", 1), ("b", 2), ("c", 3)):
        write(tmp_path / "midi" / f"{name}.mid", Band(seed=seed, bars=40))
    write(tmp_path / "midi" / "short.mid", Band(bars=3))
    write(tmp_path / "without" / "test.mid", Band(seed=3, bars=40, higher=-2))
    found = {path.stem: told for path, told in dataset.midi_takes(tmp_path / "midi", 1, (tmp_path / "without",))}
    assert found["short"] == "too few notes"
    assert str(found["c"]).startswith("a copy of ")
    assert {type(found[name]) for name in "ab"} == {int}
    again = list(dataset.midi_takes(tmp_path / "midi", 2, ()))
    numbers = [told for _, told in again if isinstance(told, int)]
    assert len(set(numbers)) == 6
    assert {found["a"], found["b"]} < set(numbers)
    assert min(numbers) >= 100_000


@pytest.mark.skipif(shutil.which("fluidsynth") is None or not sound.fonts(), reason="fluidsynth or a font is missing")
def test_midi_files_are_played_and_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                         monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    (tmp_path / "midi").mkdir()
    write(tmp_path / "midi" / "band.mid", Band(hats=4.0, bars=30))
    words = ["dataset", str(tmp_path / "out"), "--midi", str(tmp_path / "midi"), "--seconds", "12", "--audio"]
    monkeypatch.setattr(sys, "argv", [*words, str(tmp_path / "sound")])
    assert dataset.main() == 0
    name, number, seconds = capsys.readouterr().out.strip().split("\t")
    assert (name, seconds) == ("band.mid", "12")
    with np.load(tmp_path / "out" / f"{int(number):06d}.npz") as file:
        beats, bands, style = file["beats_s"], file["bands"].astype(float), str(file["style"])
    assert style == "midi"
    assert np.diff(beats) == pytest.approx(np.full(len(beats) - 1, 0.5), abs=1e-6)
    rise = np.maximum(np.diff(np.maximum(bands, bands.max() - 5.0), axis=0), 0.0).mean(axis=1)
    hop_s = len(bands) and 12 / len(bands)
    on, off = (np.mean([rise[int(at / hop_s) : int(at / hop_s) + 4].max() for at in places]) for places in
               (beats[1:-2], beats[1:-2] + 0.25))  # fmt: skip
    assert on > 3 * off
    assert len((tmp_path / "sound" / f"{number}.beats").read_text().splitlines()) == len(beats)
    assert (tmp_path / "sound" / f"{number}.flac").is_file()
