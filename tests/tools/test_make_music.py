"""Music that is made: its beats are exact, its styles are all playable, and the same seed gives the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from artwalks_live.core.errors import UsageError
from tools import make_music
from tools.make_music import Options, main, make
from tools.music import compose, damage, sound
from tools.music.score import DRUMS, Note, Part, Piece
from tools.music.sound import RATE_HZ
from tools.music.tempo import KINDS, beat_times

PLAIN = Options(clean=True, kind="plain")


@pytest.mark.parametrize("style", compose.STYLES)
def test_every_style_makes_a_piece_that_makes_sense(style: str) -> None:
    for seed in range(3):
        piece = compose.compose(np.random.default_rng(seed), style)
        assert piece.parts
        assert (np.diff(piece.beats_s) > 60 / 241).all()
        assert piece.end_s > 40
        assert set(np.diff(piece.downbeats)) <= set(compose.STYLES[style].meters)
        for part in piece.parts:
            assert all(0 <= note.start < len(piece.beats_s) + 1 for note in part.notes)
            assert all(0 < note.velocity <= 1 and 0 < note.pitch < 128 for note in part.notes)


def test_a_drum_on_the_beat_sounds_on_the_beat() -> None:
    beats_s = np.array([0.5, 1.0, 1.6, 2.3, 2.8])
    drums = Part(DRUMS, notes=[Note(float(k), 0.1, 36, 1.0) for k in range(5)])
    samples = sound.plain(Piece("test", (drums,), beats_s, (0, 4)), np.random.default_rng(0))
    loud = np.abs(samples) > 0.02
    starts = np.flatnonzero(loud[1:] & ~loud[:-1]) / RATE_HZ
    assert [starts[np.abs(starts - beat).argmin()] for beat in beats_s] == pytest.approx(beats_s, abs=0.003)


def test_swing_moves_what_is_between_the_beats_only() -> None:
    piece = Piece("test", (), np.arange(8) * 0.5 + 1.0, (0, 4), swing=2 / 3)
    assert piece.seconds(np.array([0.0, 3.0, 7.0])) == pytest.approx([1.0, 2.5, 4.5])
    assert piece.seconds(np.array([0.5, 2.5])) == pytest.approx([1.0 + 1 / 3, 2.0 + 1 / 3])
    assert piece.seconds(np.array([9.0]))[0] == pytest.approx(5.5)  # beyond the end time goes on evenly


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_tempi_are_what_they_are_called(kind: str) -> None:
    times = beat_times(np.random.default_rng(5), 120, 100.0, kind, 4)
    gaps = np.diff(times)
    assert (gaps > 0).all()
    assert (np.ptp(gaps) < 1e-9) == (kind == "steady")


def test_the_same_seed_is_the_same_music() -> None:
    (first, one), (again, two) = make(4, Options(kind="plain")), make(4, Options(kind="plain"))
    assert first.style == again.style
    assert np.array_equal(one, two)


def test_damage_leaves_the_length_and_stays_finite() -> None:
    tone = np.sin(np.arange(2 * RATE_HZ) / 20).astype(np.float32)
    peaks = []
    for seed in range(24):
        harmed = damage.damaged(np.random.default_rng(seed), tone)
        assert harmed.shape == tone.shape
        assert np.isfinite(harmed).all()
        peaks.append(float(np.abs(harmed).max()))
    assert min(peaks) < 0.1
    assert 0.8 < max(peaks) < 1.0001


def test_midi_ticks_are_half_milliseconds() -> None:
    part = Part(0, notes=[Note(0.0, 1.0, 60, 0.5), Note(1.0, 1.0, 64, 1.0)])
    file = sound.midi(Piece("test", (part,), np.array([0.25, 0.75, 1.25]), (0,)), np.random.default_rng(0))
    assert file.length == pytest.approx(1.25, abs=0.001)
    tick, starts = 0, []
    for message in file.tracks[0]:
        tick += message.time
        if message.type == "note_on":
            starts.append((tick, message.note, message.velocity))
    assert starts == [(480, 60, 64), (1440, 64, 127)]


def test_the_command_writes_sound_and_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "m"), "--count", "1", "--style", "drums", "--sound", "plain"]) == 0
    path = Path(capsys.readouterr().out.strip())
    beats = np.loadtxt(path.with_suffix(".beats"))
    downbeats = np.loadtxt(path.with_suffix(".downbeats"))
    assert beats[-1] < soundfile.info(path).duration
    assert set(downbeats) <= set(beats)


def test_a_mix_is_one_stream_whose_beats_go_on(tmp_path: Path) -> None:
    path = make_music.write_mix(tmp_path, 150 / 3600, 3, PLAIN)
    beats = np.loadtxt(path.with_suffix(".beats"))
    assert soundfile.info(path).duration > 150
    assert (np.diff(beats) > 0.1).all()
    assert np.diff(beats).max() < 4.0
    samples, _ = soundfile.read(path)
    assert np.abs(samples).max() <= 1.0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--style", "rok"], "make_music: --style 'rok' is unknown: use one of"),
        (["--count", "0"], "make_music: --count must be 1 or more"),
        (["--mix", "99"], "make_music: --count must be 1 or more, --seed 0 or more, --mix up to 48 hours"),
    ],
)
def test_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main([str(tmp_path), *words]) == 2
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.skipif(not sound.fonts(), reason="no sound font is installed")
def test_a_sound_font_plays_the_piece() -> None:
    piece, samples = make(11, Options(clean=True, kind="fluid", style="rock"))
    assert len(samples) / RATE_HZ == pytest.approx(piece.end_s + 1.0, abs=1.5)
    assert np.abs(samples).max() == pytest.approx(0.7, abs=0.01)


def test_without_a_player_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    piece = compose.compose(np.random.default_rng(0), "drums")
    with pytest.raises(UsageError, match="fluidsynth is not installed: apt install"):
        sound.fluid(piece, Path("font.sf2"), np.random.default_rng(0))
