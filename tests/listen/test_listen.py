from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artwalks_live.core import cues as cue_file
from artwalks_live.core.audio import AudioClip
from artwalks_live.core.cues import Cues
from artwalks_live.core.errors import AudioError, CueError
from artwalks_live.listen.activation import Likeness
from artwalks_live.listen.bands import Bars
from artwalks_live.listen.bars import beats_of, tempo_curve
from artwalks_live.listen.listen import listen
from artwalks_live.listen.picture import draw
from artwalks_live.listen.sections import sections_of
from tests.songs import BAR_S, made_song

SONG = made_song(bars=20, quiet=(8, 12), seed=1)


@pytest.fixture(scope="module")
def heard() -> Cues:
    return listen(SONG, "made")


def pulses(times_s: list[float], seconds: float, bars_s: list[float], hop_s: float = 0.01) -> Likeness:
    """A likeness that is sure of these beats."""
    beat, bar = np.full(round(seconds / hop_s), 0.02), np.full(round(seconds / hop_s), 0.1)
    for time_s in times_s:
        beat[round(time_s / hop_s)] = 0.9
    for time_s in bars_s:
        bar[round(time_s / hop_s)] = 0.9
    return Likeness(beat, bar, hop_s)


@pytest.mark.parametrize(("meter", "bpm"), [(3, 100.0), (4, 100.0), (3, 150.0), (4, 75.0)])
def test_beats_and_bars_of_either_meter(meter: int, bpm: float) -> None:
    times = [0.3 + k * 60 / bpm for k in range(40)]
    found = beats_of(pulses(times, times[-1] + 0.5, times[1::meter]))
    near = [min(abs(t - b) for b in found.times_s) for t in times]
    assert max(near) < 0.012
    bars = [t for t, place in zip(found.times_s, found.places, strict=True) if place == 0]
    assert set(found.meters) == {meter}
    truth = [t for t in times[1::meter] if bars[1] - 0.1 < t < bars[-1] - 0.1]
    assert bars[1:-1] == pytest.approx(truth, abs=0.02)


def test_a_tempo_that_changes_is_followed() -> None:
    spans = np.concatenate([np.full(20, 0.5), np.linspace(0.5, 0.42, 12), np.full(20, 0.42)])
    times = (0.2 + np.concatenate([[0.0], np.cumsum(spans)])).tolist()
    found = beats_of(pulses(times, times[-1] + 0.5, times[::4]))
    assert max(min(abs(t - b) for b in found.times_s) for t in times) < 0.03
    curve = tempo_curve(found.times_s)
    assert curve[0][1] == pytest.approx(120, abs=2) and curve[-1][1] == pytest.approx(60 / 0.42, abs=2)


def test_a_made_song_is_heard_as_it_was_made(heard: Cues) -> None:
    truth = np.arange(0, SONG.duration_s - 0.1, 0.5)
    assert heard.meter == 4 and np.median([bpm for _, bpm in heard.tempo]) == pytest.approx(120, abs=1)
    near = [min(abs(t - b) for b in heard.beats) for t in truth]
    assert np.median(near) < 0.02 and np.mean(np.array(near) < 0.05) > 0.9
    starts = [section.start_s for section in heard.sections]
    for edge in (8 * BAR_S, 12 * BAR_S):
        assert min(abs(start - edge) for start in starts) < 0.1
    quiet = heard.sections[heard.section_at(9 * BAR_S)]
    assert quiet.kind in ("break", "build") and quiet.energy < min(heard.sections[0].energy, heard.sections[-1].energy)
    assert any(abs(moment.time_s - 12 * BAR_S) < 0.1 for moment in heard.of_kind("drop"))


def test_what_was_heard_is_a_file_and_the_same_again(heard: Cues, tmp_path: Path) -> None:
    cue_file.write(tmp_path / "made.cues", heard)
    assert cue_file.read(tmp_path / "made.cues") == heard


def test_an_activation_of_ones_own_takes_the_place_of_the_flux() -> None:
    times = [k * 0.6 for k in range(1, 60)]
    found = listen(SONG, activation=lambda clip: pulses(times, clip.duration_s, times[::4]))
    assert np.median(np.diff(found.beats)) == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize(
    ("clip", "says"),
    [
        (
            AudioClip(np.full((22050 * 3, 1), 0.1, np.float32), 22050),
            "lasts 3.0 s: cues are for songs of 5 s",
        ),
        (AudioClip(np.zeros((22050 * 8, 1), np.float32), 22050), "is silent: there is nothing to listen to"),
    ],
)
def test_what_is_no_song_is_refused(clip: AudioClip, says: str) -> None:
    with pytest.raises(AudioError, match=says):
        listen(clip, "it")


def bars(loud: list[float]) -> Bars:
    """Bars of that loudness, all else alike but for a little chance."""
    n, chance = len(loud), np.random.default_rng(2)
    level = np.array(loud)
    wide = [chance.normal(0, 0.01, (n, 12)) + level[:, None] for _ in range(2)]
    return Bars(np.arange(n + 1) * 2.0, level, level, level, level, *wide)


def test_a_song_is_cut_where_it_changes_and_parts_that_return_have_one_letter() -> None:
    made, moments = sections_of(bars([0.2] * 4 + [0.9] * 8 + [0.3] * 4 + [0.9] * 8 + [0.2] * 4))
    assert [section.start_s for section in made] == [0.0, 8.0, 24.0, 32.0, 48.0]
    letters = [section.label for section in made]
    assert letters[1] == letters[3] and letters[0] != letters[1] and letters[2] != letters[1]
    assert [section.kind for section in made] == ["intro", "drop", "break", "drop", "outro"]
    assert {moment.kind for moment in moments} == {"drop", "break", "section"}
    assert max(moment.strength for moment in moments) == 1.0


def test_a_single_bar_and_an_even_song_are_one_section() -> None:
    for n in (1, 2, 12):
        made, moments = sections_of(bars([0.5] * n))
        assert made[0].start_s == 0.0 and made[-1].end_s == 2.0 * n
        assert all(0.0 <= section.energy <= 1.0 for section in made)
        assert len(made) == 1 and not moments


@pytest.mark.parametrize("title", ["", "A title that is far too long for any picture " * 4])
def test_the_picture_shows_sections_in_their_places(heard: Cues, tmp_path: Path, title: str) -> None:
    from dataclasses import replace

    draw(SONG, replace(heard, title=title), tmp_path / "made.png")
    picture = np.asarray(Image.open(tmp_path / "made.png").convert("RGB"))
    assert picture.shape == (1080, 1920, 3)
    band = picture[310, 84:1876].astype(int)
    assert len({tuple(colour) for colour in band}) >= len({section.label for section in heard.sections})
    assert picture[334:588].std() > 20
    with pytest.raises(CueError, match=r"--plot .*cannot be written"):
        draw(SONG, heard, tmp_path / "missing" / "made.png")
