"""The demo's song: a valid file, a clean mix, and beats exactly where the bass drum falls."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from artwalks_live.core.errors import AudioError
from artwalks_live.demo import synth
from artwalks_live.demo.song import BARS, SECTIONS, Song, compose, kick_beats

RATE = synth.RATE_HZ
Samples = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Song:
    return compose(tmp_path_factory.mktemp("song") / "walking-out.wav")


@pytest.fixture(scope="module")
def sound(song: Song) -> Samples:
    with wave.open(str(song.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        raw = file.readframes(file.getnframes())
    return np.frombuffer(raw, "<i2").reshape(-1, 2) / 32768.0


def level_db(part: Samples) -> float:
    return float(10 * np.log10((part**2).mean() + 1e-12))


def section(sound: Samples, name: str) -> Samples:
    _, first, after = next(entry for entry in SECTIONS if entry[0] == name)
    bar = len(sound) // BARS
    return sound[first * bar : after * bar]


def test_it_lasts_a_whole_number_of_bars(song: Song, sound: Samples) -> None:
    assert len(song.beats) == 4 * BARS
    assert len(sound) / RATE == pytest.approx(len(song.beats) * 60 / song.tempo_bpm, abs=1e-9)
    assert 35 < len(sound) / RATE < 50


def test_beats_are_even_and_fall_on_samples(song: Song) -> None:
    steps = np.diff(song.beats)
    assert np.allclose(steps, 60 / song.tempo_bpm, atol=1e-9)
    assert np.allclose(np.array(song.beats) * RATE, np.rint(np.array(song.beats) * RATE), atol=1e-6)
    assert song.downbeats == song.beats[::4]


def test_the_beats_file_says_the_same(song: Song) -> None:
    rows = [line.split("\t") for line in song.path.with_suffix(".beats").read_text().splitlines()]
    assert [float(time_s) for time_s, _ in rows] == pytest.approx(song.beats, abs=1e-6)
    assert [place for _, place in rows] == ["1", "2", "3", "4"] * BARS


def test_beats_lie_on_the_onsets_of_the_bass_drum(song: Song, sound: Samples) -> None:
    # the power below 400 Hz, rising: the kick's own onset, found without knowing the beats
    low = np.fft.irfft(np.fft.rfft(sound.mean(axis=1)) * (np.fft.rfftfreq(len(sound), 1 / RATE) < 400), len(sound))
    frame = 128
    power = (low[: len(low) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    rise = np.maximum(power[4:] - power[:-4], 0)
    heard = [beat for beat in kick_beats() if 16 <= beat < 32 or 48 <= beat < 72]
    assert len(heard) == 40
    for beat in heard:
        middle = int(song.beats[beat] * RATE / frame)
        around = rise[max(middle - 40, 0) : middle + 40]  # +-0.12 s: no neighbouring onset may be stronger
        peak_s = (max(middle - 40, 0) + int((around > 0.3 * around.max()).argmax()) + 4) * frame / RATE
        assert abs(peak_s - song.beats[beat]) < 0.015


def test_it_neither_clips_nor_whispers(sound: Samples) -> None:
    peak_db = 20 * np.log10(np.abs(sound).max())
    assert peak_db == pytest.approx(-1.0, abs=0.05)
    assert -17 < level_db(sound) < -11
    assert np.abs(sound.mean(axis=0)).max() < 0.002


def test_left_and_right_agree(sound: Samples) -> None:
    assert abs(level_db(sound[:, 0]) - level_db(sound[:, 1])) < 1.0
    assert 0.5 < np.corrcoef(sound.T)[0, 1] < 0.99  # wide, and still there in mono


def test_sections_tell_themselves_apart(sound: Samples) -> None:
    loud = {name: level_db(section(sound, name)) for name, _, _ in SECTIONS}
    assert loud["drop"] > loud["break"] + 3
    assert loud["groove"] > loud["intro"] + 3
    assert level_db(sound[-RATE // 20 :]) < -45


def test_the_spectrum_is_full_and_falls_gently(sound: Samples) -> None:
    part = section(sound, "drop").mean(axis=1)
    power, hz = np.abs(np.fft.rfft(part)) ** 2, np.fft.rfftfreq(len(part), 1 / RATE)
    edges = (40, 150, 500, 2000, 6000, 16000)
    bands_db = [10 * np.log10(power[(hz >= a) & (hz < b)].sum() / power.sum()) for a, b in pairwise(edges)]
    assert bands_db[0] > bands_db[1] > bands_db[2] - 3
    assert min(bands_db) > -30


def test_the_same_bytes_every_time(song: Song, tmp_path: Path) -> None:
    again = compose(tmp_path / "again.wav")
    assert again.path.read_bytes() == song.path.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"again.wav", "again.beats"}


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(AudioError, match="the song cannot be written"):
        compose(tmp_path / "taken" / "song.wav")


@pytest.mark.parametrize(
    "note",
    [
        synth.kick(),
        synth.snare(),
        synth.hat(),
        synth.hat(open_=True),
        synth.shaker(),
        synth.bass(36, 0.4),
        synth.pluck(72),
        synth.electric_piano(60, 0.5),
        synth.lead(72, 0.5),
    ],
)
def test_every_instrument_starts_and_ends_at_nothing(note: Samples) -> None:
    assert np.isfinite(note).all()
    assert abs(note[0]) < 0.02
    assert abs(note[-1]) < 0.02
    assert 0.05 < np.abs(note).max() < 3.5
