"""A walk that its song composed, played to that song without any cues: what arrives on the disk."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.core import walk
from artwalks_live.core.audio import AudioChoice
from artwalks_live.core.errors import UsageError
from artwalks_live.core.take import TakeReader
from artwalks_live.core.walk_extras import Song
from artwalks_live.perform.live import perform
from artwalks_live.perform.offline import RenderOptions, render
from artwalks_live.perform.options import PerformOptions
from tests.perform.stagehand import write_clicks
from tests.walks import made_painting, make_walk

SIZE = (128, 72)
FPS = Fraction(30)
TIMES = (0.0, 1.0, 2.5, 3.0, 5.0)  # paintings are keyframes 0, 2 and 4


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_clicks(tmp_path / "song.wav", seconds=5.0)


@pytest.fixture
def bundle(song: Path, tmp_path: Path) -> Path:
    made = make_walk(tmp_path / "show.walk", SIZE, paintings=3, between=1)
    digest = hashlib.sha256(song.read_bytes()).hexdigest()
    walk.write(replace(made, song=Song("clicks", digest, 5.0, TIMES)))
    return made.folder


def bare(tmp_path: Path) -> str:
    """A preset that shows nothing but the walk."""
    (tmp_path / "bare.toml").write_text('mode = "music"\n')
    return str(tmp_path / "bare.toml")


def test_a_render_stands_on_the_paintings_at_their_times_pixel_for_pixel(
    bundle: Path, song: Path, tmp_path: Path
) -> None:
    output = tmp_path / "frames" / "%04d.png"
    render(RenderOptions(bundle, output, audio=song, fps=FPS, preset=bare(tmp_path)))
    files = sorted(output.parent.glob("*.png"))
    assert len(files) == 150
    for number, painting in ((0, 0), (75, 1), (149, 2)):
        shown = cv2.cvtColor(cv2.imread(str(files[number])), cv2.COLOR_BGR2RGB)
        error = np.abs(shown.astype(int) - made_painting(painting, SIZE))
        assert error.max() == 0 if number < 149 else error.mean() < 2.0, number  # a frame before the end it is near


def test_a_performance_follows_its_song_and_renders_again(bundle: Path, song: Path, tmp_path: Path) -> None:
    take = tmp_path / "set.take"
    options = PerformOptions(
        bundle, AudioChoice("file", str(song)), headless=True, fps=FPS, take=take, seconds=2.0, quiet=True
    )
    assert perform(options).take == take
    start = TakeReader(take).header.start
    assert (start.preset, start.mode) == ("song", "cues")
    done = render(RenderOptions(bundle, tmp_path / "again.mkv", take=take, seconds=1.0))
    assert done.counts.written == 30


def test_it_does_not_grow(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    with pytest.raises(UsageError, match=r"--watch .*drop: a walk composed by a song does not grow: leave it out"):
        perform(PerformOptions(bundle, headless=True, watch=tmp_path / "drop", seconds=0.1, quiet=True))


def test_to_another_song_it_is_a_walk_like_any(bundle: Path, tmp_path: Path) -> None:
    other = write_clicks(tmp_path / "other.wav", seconds=3.0)
    take = tmp_path / "set.take"
    options = PerformOptions(
        bundle, AudioChoice("file", str(other)), headless=True, fps=FPS, take=take, seconds=0.5, quiet=True
    )
    perform(options)
    start = TakeReader(take).header.start
    assert (start.preset, start.mode) == ("vj", None)
