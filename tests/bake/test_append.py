"""A painting appended to a walk: what was there stays to the byte, and the whole is as if baked at once."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake.append import append
from artwalks_live.bake.bake import bake
from artwalks_live.bake.lock import locked
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Store
from artwalks_live.core import earlier
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError, BundleError, PaintingError, UsageError
from artwalks_live.core.growth import check_grown
from artwalks_live.core.walk import Walk
from tests.bake.bakery import CANVAS, TWINS, contents, parts, request, steps_made


def paint(path: Path, seed: int) -> Path:
    """A painting of exactly the canvas's size: its frame in the bundle is all there is of it."""
    values = np.random.default_rng(seed).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), cv2.resize(values, CANVAS, interpolation=cv2.INTER_CUBIC))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three paintings, in the order of their names."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for number in range(3):
        paint(folder / f"{number}.png", number)
    return folder


def at_once(folder: Path, loop: bool) -> Walk:
    """The same walk, baked in one go, elsewhere."""
    return bake(request(folder, folder=folder.parent / "fresh.walk", loop=loop))


@pytest.mark.parametrize("loop", [False, True])
def test_appended_paintings_make_the_walk_that_one_bake_makes(folder: Path, tmp_path: Path, loop: bool) -> None:
    before = bake(request(folder, loop=loop))
    files = contents(before.folder)
    more = [paint(tmp_path / "3.png", 3), paint(tmp_path / "4.png", 4)]
    walk = append(more, before.folder)
    assert bundle.read(before.folder) == walk
    assert bundle.verify(walk) == []
    check_grown(before, walk)
    for path in more:
        path.rename(folder / path.name)
    fresh = at_once(folder, loop)
    assert bundle.encode(replace(walk, folder=fresh.folder)) == bundle.encode(fresh)
    after = contents(before.folder)
    assert all(after[name] == data for name, data in files.items() if name != bundle.FILE), "nothing may go"
    assert contents(fresh.folder).items() <= after.items()
    assert not list((walk.folder / bundle.WORK / "work").iterdir())


def test_one_after_another_is_as_both_at_once(folder: Path, tmp_path: Path) -> None:
    walks = [bake(request(folder, loop=True))]
    for number in (3, 4):
        walks.append(append([paint(tmp_path / f"{number}.png", number)], walks[0].folder))
    for number in (3, 4):
        (tmp_path / f"{number}.png").rename(folder / f"{number}.png")
    assert bundle.fingerprint(walks[-1]) == bundle.fingerprint(at_once(folder, True))
    for walk in walks:  # each of them can still be walked in, closing leg and all
        found = earlier.find(walks[-1], bundle.fingerprint(walk))
        assert found == walk
        assert found is not None
        assert bundle.verify(found) == []


def test_only_the_new_legs_are_baked_and_with_the_walks_own_options(folder: Path, tmp_path: Path) -> None:
    before = bake(request(folder, keyframes=1, loop=True, seed=5))
    walk = append([paint(tmp_path / "3.png", 3)], before.folder)
    assert sorted(steps_made(walk.folder)) == sorted(2 * ["plan 0", "keyframe 0", "segment 0", "segment 1"])
    assert walk.generator == before.generator
    assert walk.length == 8


def test_a_painting_that_is_there_is_not_appended_again(folder: Path, tmp_path: Path) -> None:
    before = bake(request(folder))
    told: list[str] = []
    assert append([folder], before.folder, note=told.append) == before
    assert told == ["nothing to append: every one of these paintings is in the walk already"]
    paint(folder / "1b.png", 9)
    walk = append([folder], before.folder)
    assert [painting.title for painting in walk.paintings] == ["0", "1", "2", "1b"]


def test_an_ordinary_bake_keeps_nothing_of_what_the_walk_was(folder: Path, tmp_path: Path) -> None:
    before = bake(request(folder, loop=True))
    append([paint(tmp_path / "3.png", 3)], before.folder)
    (tmp_path / "3.png").rename(folder / "3.png")
    walk = bake(request(folder, loop=True))
    assert contents(walk.folder) == contents(at_once(folder, True).folder)
    assert earlier.find(walk, bundle.fingerprint(before)) is None


def test_stopped_anywhere_the_walk_is_what_it_was_and_the_same_call_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bake(request(folder, generator=f"{TWINS}:Dying"))
    dying = tmp_path / "dying"
    dying.touch()
    monkeypatch.setenv("TWIN_DYING", str(dying))
    with pytest.raises(BakeError, match="a worker process ended by itself"):
        append([paint(tmp_path / "3.png", 3)], before.folder)
    assert bundle.read(before.folder) == before
    assert bundle.verify(before) == []
    kept = parts(before.folder)  # which steps the other worker had done by then is its own affair
    dying.unlink()
    walk = append([tmp_path / "3.png"], before.folder)
    assert kept.items() <= parts(walk.folder).items(), "what was done must not be done again"
    assert len(walk.paintings) == 4


def test_what_cannot_be_appended_changes_nothing(folder: Path, tmp_path: Path) -> None:
    before = bake(request(folder))
    files = contents(before.folder)
    (tmp_path / "note.txt").write_text("not a painting")
    with pytest.raises(PaintingError, match=r"note\.txt is not a picture"):
        append([tmp_path / "note.txt"], before.folder)
    with pytest.raises(PaintingError, match="does not exist"):
        append([tmp_path / "none.png"], before.folder)
    new = paint(tmp_path / "3.png", 3)
    with locked(before.folder / bundle.WORK / "lock", before.folder), pytest.raises(BakeError, match="another bake"):
        append([new], before.folder)
    with pytest.raises(BundleError, match="does not exist: make it with `artwalks bake"):
        append([new], tmp_path / "none.walk")
    with pytest.raises(BundleError, match="is not a walk"):
        append([new], folder)
    assert sorted(path.name for path in folder.iterdir()) == ["0.png", "1.png", "2.png"]
    assert contents(before.folder) == files


def test_a_scratched_painting_is_not_built_upon(folder: Path, tmp_path: Path) -> None:
    before = bake(request(folder))
    last = before.folder / before.keyframes[-1].image
    data = bytearray(last.read_bytes())
    data[-20] ^= 1
    last.write_bytes(data)
    with pytest.raises(BundleError, match="was altered"):
        append([paint(tmp_path / "3.png", 3)], before.folder)


def test_options_that_a_bundle_does_not_tell_are_taken_from_the_walk(folder: Path) -> None:
    walk = replace(bake(request(folder, keyframes=3)), generator={})
    assert BakeRequest.like(walk, []).keyframes == 3
    assert BakeRequest.like(walk, []).generator == BakeRequest.generator
    for options in ({"keyframes": "5"}, {"flow": 1}, {"chain": True}):
        with pytest.raises(BundleError, match=r"walk\.json: option .* is .*: bake again"):
            BakeRequest.like(replace(walk, generator={"options": options}), [])
    strange = {"options": {"folder": "/", "sources": "/", "canvas": "/", "loop": 1, "order": "/", "workers": 99}}
    assert BakeRequest.like(replace(walk, generator=strange), []) == BakeRequest.like(walk, [])


def test_an_estimator_of_ones_own_is_found_again_where_the_walk_was_baked(folder: Path, tmp_path: Path) -> None:
    """walk.json names it, and holds no path: how it was called is kept beside the records of the bake."""
    before = bake(request(folder))
    assert before.generator["options"]["flow"] == "field-flow"
    append([paint(tmp_path / "3.png", 3)], before.folder)
    (before.folder / bundle.WORK / "makers.json").unlink()
    with pytest.raises(UsageError, match="'field-flow' is unknown: use one of"):
        append([paint(tmp_path / "4.png", 4)], before.folder)


def test_a_networks_file_is_remembered_wherever_the_next_bake_is_begun(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.remembered() == {}
    store.remember("nets/own.onnx")
    assert store.remembered()["flow"] == str(Path("nets/own.onnx").absolute())
    store.remember("tests.bake.twins:FieldFlow")
    assert store.remembered()["flow"] == "tests.bake.twins:FieldFlow"
    (tmp_path / bundle.WORK / "makers.json").write_text("[]")
    assert store.remembered() == {}


def test_a_list_of_before_that_was_altered_or_leads_elsewhere_is_refused(folder: Path, tmp_path: Path) -> None:
    before = bake(request(folder))
    walk = append([paint(tmp_path / "3.png", 3)], before.folder)
    fingerprint = bundle.fingerprint(before)
    for odd in ("0" * 64, "../walk", f"../{fingerprint}", ""):
        assert earlier.find(walk, odd) is None
    path = walk.folder / earlier.FOLDER / f"{fingerprint}.json"
    values = json.loads(path.read_text())
    values["paintings"][0]["title"] = "Another"
    path.write_text(json.dumps(values))
    with pytest.raises(BundleError, match="was altered"):
        earlier.find(walk, fingerprint)
    path.write_text("{")
    with pytest.raises(BundleError, match="not valid JSON"):
        earlier.find(walk, fingerprint)


def test_the_command_appends_and_refuses_options_that_the_walk_has(folder: Path, tmp_path: Path) -> None:
    before = bake(request(folder))
    new = paint(tmp_path / "3.png", 3)

    def artwalks(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "artwalks_live", "bake", new, "-o", before.folder, *words]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)

    for words in (["--keyframes", 3], ["--size", "2k"], ["--loop"]):
        done = artwalks("--append", *words)
        assert done.returncode == 2
        assert done.stderr == (
            f"artwalks bake: {words[0]}: with --append a painting is baked as the walk was: leave it out\n"
        )
    done = artwalks("--append", "--background")
    assert (done.returncode, done.stderr.count("Error")) == (0, 0), done.stderr
    assert "4 paintings" in done.stdout
    assert bundle.verify(bundle.read(before.folder)) == []


def test_workers_are_as_many_as_asked_for() -> None:
    with pytest.raises(UsageError, match="--workers -1: use a value from 0 to 1024"):
        BakeRequest((), Path("x.walk"), workers=-1).check()
