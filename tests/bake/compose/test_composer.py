"""A walk is composed, interrupted, played as far as it got, gone on with, and refused."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artwalks_live.bake.append import append
from artwalks_live.bake.bake import bake
from artwalks_live.bake.compose.bands import BandOptions
from artwalks_live.bake.compose.chroma import ChromaOptions
from artwalks_live.bake.compose.composer import compose
from artwalks_live.bake.compose.moments import Moments
from artwalks_live.bake.compose.request import ComposeRequest
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import ArtwalksError, BakeError
from artwalks_live.core.walk_shape import WalkShape
from tests.bake import bakery
from tests.bake.bakery import TWINS, await_true, contents, paint
from tests.bake.compose.songs import BEAT_S, RATE_HZ, song_of, tune

SONG = tune(16.0)
BLEND = "tests.bake.compose.blend:Blend"
KILLED = """
import sys
from pathlib import Path
from tests.bake.compose.test_composer import SONG, request
from artwalks_live.bake.compose.composer import compose
compose(request(Path(sys.argv[1]), folder=Path(sys.argv[2]), flow="tests.bake.twins:HaltingFlow", workers=1), SONG)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "paintings"
    made.mkdir()
    for seed, name in enumerate(("anna.png", "bella.png", "clara.png")):
        paint(made / name, seed)
    return made


def request(paintings: Path, **changes: Any) -> ComposeRequest:
    made = ComposeRequest(
        (paintings,), paintings.parent / "show.walk", canvas=(64, 64), flow=f"{TWINS}:FieldFlow", generator=BLEND,
        workers=2, when=Moments("bars", 1),
    )  # fmt: skip
    return replace(made, **changes)


def test_a_composed_walk_has_its_songs_clock_and_all_weights(folder: Path) -> None:
    told: list[str] = []
    made = compose(request(folder, generator="patch"), SONG, note=told.append)
    walk = bundle.read(made.folder)
    assert walk.song is not None and walk.song.sha256 == SONG.sha256 and walk.song.duration_s == 16.0
    assert walk.song.times == (0.0, *(4 * BEAT_S * k for k in range(1, 8)), 16.0)
    assert len(walk.keyframes) == 9 and walk.length == 8
    assert all(len(keyframe.weights) == 3 for keyframe in walk.keyframes)
    assert walk.keyframes[0].painting == 0 and walk.keyframes[-1].painting is not None
    assert len({keyframe.image for keyframe in walk.keyframes}) > 6
    assert bundle.verify(walk) == []
    outline = next(line for line in told if "paintings, " in line)
    assert outline.startswith("made, 0:16: 3 paintings, 9 keyframes on bars (2.0 s apart), ")
    assert "64x64, by bands of the whole song; about " in outline
    assert len(WalkShape.of(walk).paintings) == len(WalkShape.of(walk).titles) >= 2


def test_seed_song_and_options_decide_and_workers_do_not(folder: Path, tmp_path: Path) -> None:
    first = compose(request(folder), SONG)
    again = compose(request(folder, folder=tmp_path / "again.walk", workers=1), SONG)
    assert contents(first.folder) == contents(again.folder)
    changes: dict[str, Any]
    for changes in ({"seed": 1}, {"hearing": "causal"}, {"mapping": "chroma", "options": ChromaOptions()}):
        other = compose(request(folder, folder=tmp_path / f"{next(iter(changes))}.walk", **changes), SONG)
        assert {k.image for k in other.keyframes} != {k.image for k in first.keyframes}, changes


def test_a_compose_that_was_killed_plays_as_far_as_it_got_and_ends_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = f"{TWINS}:HaltingFlow"
    whole = compose(request(folder, folder=tmp_path / "whole.walk", flow=flow), SONG)
    halting, target = tmp_path / "halting", tmp_path / "show.walk"
    halting.mkdir()
    environment = dict(os.environ, TWIN_HALTING=str(halting), PYTHONPATH=os.pathsep.join(p or "." for p in sys.path))
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder), str(target)], env=environment, stderr=-3)
    try:
        await_true((target / bundle.FILE).exists, 60.0)
    finally:
        process.kill()
        process.wait()
    partial = bundle.read(target)
    assert partial.song is not None and whole.song is not None
    assert 2 <= len(partial.keyframes) < len(whole.keyframes)
    count = len(partial.keyframes)
    assert partial.keyframes == whole.keyframes[:count] and partial.song.times == whole.song.times[:count]
    assert bundle.verify(partial) == []
    monkeypatch.delenv("TWIN_HALTING", raising=False)
    compose(request(folder, folder=target, flow=flow, workers=1), SONG)
    assert contents(target) == contents(whole.folder)


def test_what_is_there_is_not_made_again(folder: Path) -> None:
    compose(request(folder), SONG)
    told: list[str] = []
    compose(request(folder), SONG, note=told.append)
    assert told == [line for line in told if line.endswith("; nothing is missing")] and len(told) == 1


def test_another_flow_keeps_the_pictures(folder: Path) -> None:
    first = compose(request(folder), SONG)
    second = compose(request(folder, flow=f"{TWINS}:HaltingFlow"), SONG)
    assert second.keyframes == first.keyframes


def test_a_painting_may_be_one_that_never_stands_alone(folder: Path) -> None:
    walk = compose(request(folder, when=Moments("bars", 4)), SONG)
    assert [painting.keyframe for painting in walk.paintings][-1] is None
    assert bundle.read(walk.folder) == walk


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mapping": "colour"}, "--mapping 'colour' is unknown"),
        ({"hearing": "half"}, "--hearing 'half' is unknown"),
        ({"generator": "sd"}, "--generator sd: walks are composed by patch or module:callable"),
        ({"canvas": (63, 64)}, "--size 63x64: use even sides of 64 to 8192 pixels"),
        ({"seed": -1}, "--seed -1: use a value from 0 to 4294967295"),
        ({"options": BandOptions(truncation=2.0)}, "--truncation 2: use a value from 0.05 to 1"),
        ({"when": Moments("notes")}, "--on 'notes' is unknown"),
        ({"flow": "guess"}, "--flow 'guess' is unknown"),
    ],
)
def test_what_cannot_be_composed_is_one_line(folder: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArtwalksError, match=says):
        compose(request(folder, **changes), SONG)
    assert not (folder.parent / "show.walk").exists()


def test_one_painting_silence_and_a_scrap_of_song_are_refused(folder: Path) -> None:
    with pytest.raises(ArtwalksError, match=r"only .*anna.png was given: a walk needs at least two paintings"):
        compose(request(folder / "anna.png", folder=folder.parent / "one.walk"), SONG)
    crowd = tuple([folder / "anna.png"] * 201)
    with pytest.raises(ArtwalksError, match="201 paintings were given: a song composes by 200 at most"):
        compose(request(folder, sources=crowd), SONG)
    with pytest.raises(ArtwalksError, match="made: is silent: there is nothing to compose by"):
        compose(request(folder), song_of(np.zeros(RATE_HZ * 8, np.float32)))
    scrap = replace(SONG, samples=SONG.samples[: RATE_HZ // 2], beats=(0.0,), downbeats=(0.0,))
    with pytest.raises(ArtwalksError, match="made: has 1 bars, less than a bar: give a longer song"):
        compose(request(folder), scrap)


def test_somebody_elses_walk_is_left_alone(folder: Path, tmp_path: Path) -> None:
    mine = compose(request(folder), SONG)
    before = contents(mine.folder)
    with pytest.raises(BakeError, match=r"show.walk is composed by another song \(made\): choose another -o"):
        compose(request(folder), replace(SONG, sha256="cd" * 32))
    others = tmp_path / "others"
    others.mkdir()
    for seed in (7, 8):
        paint(others / f"{seed}.png", seed)
    with pytest.raises(BakeError, match=r"show.walk is the walk of other paintings \(anna"):
        compose(request(others, folder=mine.folder), SONG)
    with pytest.raises(BakeError, match=r"show.walk is a walk composed by made: choose another -o"):
        bake(bakery.request(folder, folder=mine.folder))
    with pytest.raises(BakeError, match=r"is a walk composed by made: nothing can be appended to it"):
        append([others], mine.folder)
    assert {name: data for name, data in contents(mine.folder).items() if name in before} == before
    baked = bake(bakery.request(folder, folder=tmp_path / "baked.walk"))
    with pytest.raises(BakeError, match=r"baked.walk is a walk that was baked \(anna"):
        compose(request(folder, folder=baked.folder), SONG)
    files = tmp_path / "files"
    files.mkdir()
    (files / "letter.txt").write_text("dear", encoding="ascii")
    with pytest.raises(BakeError, match=r"files holds other files: choose a new folder"):
        compose(request(folder, folder=files), SONG)
