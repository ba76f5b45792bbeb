"""What a bake refuses, and what it says; what is odd and taken all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake.bake import bake, check_space, duration, space_bytes
from artwalks_live.bake.lock import locked
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Store
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError, PaintingError, UsageError
from tests.bake.bakery import BAKE, TWINS, contents, paint, request


def test_a_fault_in_a_generator_is_one_line_and_a_traceback_in_the_log(folder: Path) -> None:
    with pytest.raises(BakeError, match=r"keyframe 1 failed: a fault in the program \(ZeroDivisionError\), written to"):
        bake(request(folder, generator=f"{TWINS}:Faulty"))
    log = (folder.parent / "show.walk" / "bake.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError: in the twin" in log
    assert "chatter of a library" in log


def test_a_picture_of_the_wrong_size_is_refused(folder: Path) -> None:
    with pytest.raises(BakeError, match=r"keyframe 0 is uint8 \(62, 96, 3\), expected uint8 \(64, 96, 3\)"):
        bake(request(folder, generator=f"{TWINS}:WrongSize"))


def test_two_bakes_in_one_folder(folder: Path) -> None:
    target = folder.parent / "show.walk"
    with (
        locked(target / bundle.WORK / "lock", target),
        pytest.raises(BakeError, match=r"another bake is at work in .*show\.walk: wait for it"),
    ):
        bake(request(folder))
    bake(request(folder))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fit": "stretch"}, "--fit 'stretch' is unknown: use one of blur, centre, crop, kandinsky"),
        ({"weights": "evn"}, r"--weights 'evn' is unknown: use one of even, .*\(nearest: even\)"),
        ({"weights": "0.5,1.2"}, r"--weights 1\.2: a keyframe between two paintings has a weight inside 0 and 1"),
        ({"order": "size"}, "--order 'size' is unknown: use one of given, name, random, similar"),
        ({"generator": "ptch"}, r"--generator 'ptch' is unknown: use one of kandinsky, patch, .*\(nearest: patch\)"),
        ({"flow": "raft"}, "--flow 'raft' is unknown: use one of dis"),
        ({"flow": "no.such:Flow"}, "--flow no.such:Flow: cannot be loaded .* write module:callable"),
        ({"keyframes": -1}, "--keyframes -1: use a value from 0 to 100"),
        ({"chain": 1.5}, "--chain 1.5: use a value from 0.0 to 1.0"),
        ({"chain": float("nan")}, "--chain nan"),
        ({"seed": -1}, "--seed -1"),
        ({"canvas": (97, 64)}, "--size 97x64: use even sides of 64 to 8192 pixels"),
        ({"canvas": (32, 64)}, "--size 32x64"),
    ],
)
def test_values_that_cannot_be_used(folder: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bake(request(folder, **changes))
    assert not (folder.parent / "show.walk").exists()


def test_folders_that_are_not_ours(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BakeError, match="holds other files: choose a new folder"):
        bake(request(folder, folder=folder))
    with pytest.raises(BakeError, match="is a file: choose a new folder"):
        bake(request(folder, folder=folder / "0.png"))
    with pytest.raises(BakeError, match="nowhere does not exist: make it first"):
        bake(request(folder, folder=tmp_path / "nowhere" / "show.walk"))
    assert sorted(path.name for path in folder.iterdir()) == ["0.png", "1.png", "2.png"]


def test_a_walk_of_other_paintings_is_not_replaced(folder: Path, tmp_path: Path) -> None:
    walk = bake(request(folder))
    before = contents(walk.folder)
    others = tmp_path / "others"
    others.mkdir()
    for number in (10, 11):
        paint(others / f"{number}.png", number)
    with pytest.raises(BakeError, match=r"is the walk of other paintings \(0, 1, 2…\)"):
        bake(request(others))
    assert all(contents(walk.folder)[name] == data for name, data in before.items())


def test_every_bad_painting_is_named_at_once(folder: Path) -> None:
    (folder / "a.jpg").write_text("not a painting")
    (folder / "b.png").write_bytes((folder / "0.png").read_bytes()[:-30])
    with pytest.raises(PaintingError, match=r"a\.jpg is not a picture.*; .*b\.png is damaged") as caught:
        bake(request(folder))
    assert "\n" not in str(caught.value)


def test_what_is_odd_about_a_painting_is_noted(folder: Path) -> None:
    cv2.imwrite(str(folder / "3.png"), np.full((80, 120), 40_000, np.uint16))
    lines: list[str] = []
    bake(request(folder, keyframes=0), note=lines.append)
    assert lines[0] == "3.png: its greater depth is scaled to 8 bits"


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on file sizes stands in for a full disk")
def test_a_full_disk_is_one_line_and_what_is_baked_is_kept(folder: Path) -> None:
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n{BAKE}".replace(
        "Stalling", "Dissolve"
    ).replace("canvas=(96, 64)", "canvas=(256, 160)")
    target = folder.parent / "show.walk"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p or "." for p in sys.path))
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(target)], env=environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert f"no space left in {target}: free some and run the same command again" in done.stderr.splitlines()[-1]
    assert not list(target.rglob("*.part"))
    assert bundle.verify(bake(request(folder, canvas=(256, 160)))) == []


def test_space_is_looked_at_before_the_start(folder: Path) -> None:
    assert space_bytes(1280 * 720, ("keyframe", 0)) > 1280 * 720 * 3
    check_space(10**9, 2 * 10**9, folder)
    with pytest.raises(BakeError, match=r"needs about 2\.0 GB and .* has 0\.5 GB free: free some space"):
        check_space(2 * 10**9, 5 * 10**8, folder)


def test_paths_may_be_plain_text(folder: Path) -> None:
    made = BakeRequest(str(folder), str(folder.parent / "x.walk"))  # type: ignore[arg-type]
    assert made.folder == folder.parent / "x.walk"


def test_a_keyframe_does_not_depend_on_who_else_is_at_work(folder: Path) -> None:
    """The same bytes on any number of cores: one walk of two legs, and the same two legs baked one by one."""
    whole = bake(request(folder))
    names = set()
    for number in range(2):
        pair = (folder / f"{number}.png", folder / f"{number + 1}.png")
        walk = bake(request(folder, sources=pair, folder=folder.parent / f"{number}.walk"))
        names |= {keyframe.image for keyframe in walk.keyframes}
    assert names == {keyframe.image for keyframe in whole.keyframes}


def test_the_store_refuses_records_that_lie(tmp_path: Path) -> None:
    store = Store(tmp_path)
    file = store.put_image(np.zeros((8, 8, 3), np.uint8))
    store.keep("a", [file], weight=0.5)
    record = store.record("a")
    assert record is not None
    assert record["weight"] == 0.5
    part = tmp_path / bundle.WORK / "parts" / "a.json"
    for text in ("", "[]", '{"files": 3}', json.dumps({"files": [["keyframes/gone.png", "0" * 64, 3]]})):
        part.write_text(text)
        assert store.record("a") is None, text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (60, "60 s"), (240, "4 min"), (4800, "80 min"), (7200, "2 h 0 min")]
)
def test_durations_are_readable(seconds: float, text: str) -> None:
    assert duration(seconds) == text
