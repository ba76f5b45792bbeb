"""`--cues` from the command line's own functions: what arrives on the disk, and what is refused."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.core import cues as cue_file
from artwalks_live.core.arrival import EARLY_S, Plan, Wishes
from artwalks_live.core.audio import AudioChoice
from artwalks_live.core.cues import Cues
from artwalks_live.core.errors import CueError, PresetError, UsageError
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.perform.live import perform
from artwalks_live.perform.offline import RenderOptions, render
from artwalks_live.perform.options import PerformOptions
from tests.perform.stagehand import write_clicks
from tests.songs import made_cues
from tests.walks import made_painting, make_walk

SIZE = (128, 72)
FPS = Fraction(30)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_walk(tmp_path / "show.walk", SIZE, paintings=3, between=1).folder


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_clicks(tmp_path / "song.wav", seconds=8.0)


@pytest.fixture
def cues(song: Path, tmp_path: Path) -> Path:
    made = made_cues(bars=4, sha256=hashlib.sha256(song.read_bytes()).hexdigest(), drop=None)
    first = replace(made.sections[0], end_s=4.0)
    made = replace(made, sections=(first, replace(first, start_s=4.0, end_s=8.0, kind="drop", energy=0.9)))
    cue_file.write(tmp_path / "song.cues", made)
    return tmp_path / "song.cues"


def bare(tmp_path: Path) -> str:
    """A preset that shows nothing but the walk."""
    (tmp_path / "bare.toml").write_text('mode = "music"\n')
    return str(tmp_path / "bare.toml")


def plan_of(cues: Path) -> Plan:
    found: Cues = cue_file.read(cues)
    return Plan(found, WalkShape(4, (0, 2, 4)), Wishes())


def test_the_frame_at_each_arrival_is_the_painting_pixel_for_pixel(
    bundle: Path, song: Path, cues: Path, tmp_path: Path
) -> None:
    output = tmp_path / "frames" / "%04d.png"
    render(RenderOptions(bundle, output, audio=song, cues=cues, fps=FPS, preset=bare(tmp_path)))
    files = sorted(output.parent.glob("*.png"))
    assert len(files) == 240
    arrivals = [arrival for arrival in plan_of(cues).arrivals if arrival.time_s < 7.9]
    assert len(arrivals) >= 2
    for arrival in arrivals:
        number = math.ceil((arrival.time_s + EARLY_S) * 30 - 1e-9)
        shown = cv2.cvtColor(cv2.imread(str(files[number])), cv2.COLOR_BGR2RGB)
        assert np.array_equal(shown, made_painting((0, 1, 2, 1)[arrival.stop % 4], SIZE)), arrival


def test_a_performance_by_cues_renders_again_without_their_file(
    bundle: Path, song: Path, cues: Path, tmp_path: Path
) -> None:
    take = tmp_path / "set.take"
    options = PerformOptions(
        bundle, AudioChoice("file", str(song)), cues=cues, headless=True, fps=FPS, take=take, seconds=5.5, quiet=True
    )
    assert perform(options).take == take
    cues.unlink()
    done = render(RenderOptions(bundle, tmp_path / "again.mkv", take=take, seconds=5.0))
    assert done.counts.written == 150


def test_what_does_not_fit_is_refused_in_one_line(bundle: Path, song: Path, cues: Path, tmp_path: Path) -> None:
    other = write_clicks(tmp_path / "other.wav", seconds=6.0)
    output = tmp_path / "master.mkv"
    with pytest.raises(CueError, match=r"--cues: these are of another song \(made\), not of other.wav"):
        render(RenderOptions(bundle, output, audio=other, cues=cues))
    with pytest.raises(CueError, match=r"another song"):
        perform(PerformOptions(bundle, AudioChoice("file", str(other)), cues=cues, headless=True))
    with pytest.raises(PresetError, match=r"preset song: mode cues needs a song that is known: give --cues SONG.cues"):
        render(RenderOptions(bundle, output, audio=song, preset="song", seconds=1.0))
    with pytest.raises(UsageError, match=r"--cues: a take has its own cues"):
        perform(PerformOptions(bundle, headless=True, take=tmp_path / "a.take", seconds=0.1, quiet=True))
        render(RenderOptions(bundle, output, take=tmp_path / "a.take", cues=cues))
    assert not output.exists()


def test_without_sound_the_song_runs_by_the_clock(bundle: Path, cues: Path, tmp_path: Path) -> None:
    done = render(RenderOptions(bundle, tmp_path / "silent.mkv", cues=cues, fps=Fraction(10)))
    assert done.counts.written == 80
