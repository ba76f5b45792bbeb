"""A bake: complete, exact on the paintings, the same bytes however it was interrupted, only what is missing made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake import metric
from artwalks_live.bake.bake import bake, check_space, duration, space_bytes
from artwalks_live.bake.fit import fit
from artwalks_live.bake.lock import locked
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Store
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError, BundleError, PaintingError, UsageError
from artwalks_live.core.walk import Walk
from artwalks_live.io.images import load_pixels

CANVAS = (96, 64)
TWINS = "tests.bake.twins"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three small paintings."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for number in range(3):
        paint(folder / f"{number}.png", number)
    return folder


def paint(path: Path, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    cv2.imwrite(str(path), cv2.resize(values, (160, 120), interpolation=cv2.INTER_CUBIC))


def request(paintings: Path, **changes: object) -> BakeRequest:
    made = BakeRequest(
        sources=(paintings,), folder=paintings.parent / "show.walk", keyframes=2, canvas=CANVAS,
        generator=f"{TWINS}:Dissolve", flow=f"{TWINS}:FieldFlow",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a bundle but the log and the records of the bake."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if path.name != "bake.log" and bundle.WORK not in path.parts
    }


def steps_made(folder: Path) -> list[str]:
    """The steps of the last bake, from its log: `plan 0`, `keyframe 1`, …"""
    last = (folder / "bake.log").read_text(encoding="utf-8").split("BakeRequest(")[-1]
    return [line.split(": ")[1] for line in last.splitlines() if line.endswith(" s") and "→" in line]


@pytest.fixture(scope="module")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """One complete walk, for the tests that only look at it."""
    folder = tmp_path_factory.mktemp("baked") / "paintings"
    folder.mkdir()
    for number in range(3):
        paint(folder / f"{number}.png", number)
    return bake(request(folder))


def test_a_walk_has_all_its_parts(baked: Walk) -> None:
    walk = bundle.read(baked.folder)
    assert walk == baked
    assert bundle.verify(walk) == []
    assert walk.length == 6
    assert walk.painting_positions == (0.0, 3.0, 6.0)
    assert [keyframe.painting for keyframe in walk.keyframes] == [0, None, None, 1, None, None, 2]
    assert walk.keyframes[4].weights == {1: 0.666667, 2: 0.333333}
    assert walk.generator["options"]["keyframes"] == 2
    assert set(walk.versions) == {"artwalks", "dissolve", "field-flow", "numpy", "opencv"}
    assert not list((walk.folder / bundle.WORK / "work").iterdir())


def test_a_paintings_keyframe_is_the_fitted_painting_pixel_for_pixel(baked: Walk) -> None:
    for number, painting in enumerate(baked.paintings):
        bgr = cv2.imread(str(baked.folder.parent / "paintings" / f"{number}.png"))
        assert bgr is not None
        expected = fit(bgr[..., ::-1], CANVAS, "crop").canvas
        assert np.array_equal(load_pixels(baked, painting.keyframe), expected)


def test_arc_is_the_length_of_the_steps(baked: Walk) -> None:
    pictures = [load_pixels(baked, index) for index in range(len(baked.keyframes))]
    steps = [metric.distance(a, b) for a, b in pairwise(pictures)]
    arcs = [keyframe.arc for keyframe in baked.keyframes]
    assert np.allclose(arcs, np.concatenate([[0], np.cumsum(steps)]), atol=1e-5)


def test_the_metric_is_the_rms_of_box_reduced_values() -> None:
    a, b = np.zeros((36, 64, 3), np.uint8), np.zeros((36, 64, 3), np.uint8)
    b[:2, :2] = 255  # one cell of 32x18
    assert metric.distance(a, b) == pytest.approx((1 / (32 * 18)) ** 0.5)
    assert metric.distance(a, a) == 0.0
    assert metric.reduced(np.zeros((64, 36, 3), np.uint8)).shape == (32, 18, 3)


def test_a_paintings_own_field_is_the_identity(baked: Walk) -> None:
    """FieldFlow writes the fields it was given: at a leg's ends they must be the paintings' own."""
    y, x = np.indices((CANVAS[1] // 4, CANVAS[0] // 4))
    first, last = bundle.load_flow(baked, 0), bundle.load_flow(baked, 2)
    assert np.array_equal(first[..., 0], x)
    assert np.array_equal(first[..., 1], y)
    assert np.array_equal(last[..., 2], x)
    assert np.array_equal(last[..., 3], y)
    assert not bundle.load_crossover(baked, 0)[..., 0].any()  # A is painting 0 of its leg
    assert bundle.load_crossover(baked, 2)[..., 1].all()  # B is painting 1
    assert 0 < bundle.load_crossover(baked, 0)[..., 1].mean() < 1


def test_a_loop_has_a_leg_back(folder: Path) -> None:
    walk = bake(request(folder, loop=True, keyframes=1))
    assert bundle.read(walk.folder).length == len(walk.keyframes) == 6
    assert (walk.segments[-1].start, walk.segments[-1].end) == (5, 0)
    assert walk.keyframes[5].weights == {2: 0.5, 0: 0.5}


def test_no_keyframes_between_is_a_walk_too(folder: Path) -> None:
    walk = bake(request(folder, keyframes=0))
    assert walk.length == 2
    assert bundle.verify(walk) == []


def test_the_same_request_makes_nothing_anew(folder: Path) -> None:
    walk = bake(request(folder))
    before = contents(walk.folder)
    lines: list[str] = []
    bake(request(folder), note=lines.append)
    assert steps_made(walk.folder) == []
    assert contents(walk.folder) == before
    assert lines == [
        "3 paintings, 2 keyframes between each two, 96x64; 4 of 4 keyframes are there already; nothing is missing"
    ]


def test_an_added_painting_costs_only_its_legs(folder: Path, tmp_path: Path) -> None:
    bake(request(folder))
    paint(folder / "1b.png", 7)  # between 1 and 2: the leg 0 → 1 stays, the leg 1 → 2 gives way to two new ones
    walk = bake(request(folder))
    assert [painting.title for painting in walk.paintings] == ["0", "1", "1b", "2"]
    assert sorted(steps_made(walk.folder)) == sorted(
        2 * ["plan 0", "keyframe 0", "keyframe 1", "segment 0", "segment 1", "segment 2"]
    )
    fresh = bake(request(folder, folder=tmp_path / "fresh.walk"))
    assert contents(walk.folder) == contents(fresh.folder), "files of the leg that went must go too"


def test_a_new_seed_or_version_is_a_new_leg(folder: Path) -> None:
    walk = bake(request(folder))
    first = contents(walk.folder)
    bake(request(folder, seed=1))
    assert len(steps_made(walk.folder)) == 12
    assert contents(walk.folder).keys() != first.keys()
    bake(request(folder, generator=f"{TWINS}:DissolveAgain"))
    assert len(steps_made(walk.folder)) == 12


def test_damaged_files_are_made_again_with_the_same_bytes(folder: Path) -> None:
    walk = bake(request(folder))
    before = contents(walk.folder)
    (walk.folder / walk.keyframes[1].image).write_bytes(b"scratched")
    (walk.folder / walk.keyframes[3].image).unlink()  # a painting
    with pytest.raises(BundleError):
        bundle.read(walk.folder)
    bake(request(folder))
    assert contents(walk.folder) == before
    assert steps_made(walk.folder) == ["plan 0", "keyframe 0"]
    (walk.folder / walk.segments[2].crossover).unlink()
    bake(request(folder))
    assert contents(walk.folder) == before
    made = steps_made(walk.folder)
    assert "segment 2" in made
    assert not {"keyframe 0", "segment 0", "segment 1"} & set(made)


def test_a_worker_that_dies_is_reported_and_the_bake_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = bake(request(folder, folder=tmp_path / "whole.walk", generator=f"{TWINS}:Dying"))
    dying = tmp_path / "dying"
    dying.touch()
    monkeypatch.setenv("TWIN_DYING", str(dying))
    with pytest.raises(BakeError, match=r"a worker process ended by itself .* run the same command again"):
        bake(request(folder, generator=f"{TWINS}:Dying"))
    with pytest.raises(BundleError, match="unfinished bake"):
        bundle.read(tmp_path / "show.walk")
    dying.unlink()
    walk = bake(request(folder, generator=f"{TWINS}:Dying"))
    assert "keyframe 0" not in steps_made(walk.folder)[:1]
    assert contents(walk.folder) == contents(expected.folder)


BAKE = """
import sys
from pathlib import Path
from artwalks_live.bake.bake import bake
from artwalks_live.bake.request import BakeRequest
bake(BakeRequest((Path(sys.argv[1]),), Path(sys.argv[2]), keyframes=2, canvas=(96, 64),
                 generator="tests.bake.twins:Stalling", flow="tests.bake.twins:FieldFlow"))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_bake_that_was_killed_goes_on_with_the_same_bytes(
    folder: Path, tmp_path: Path, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bake(request(folder, folder=tmp_path / "whole.walk", generator=f"{TWINS}:Stalling"))
    stalling, target = tmp_path / "stalling", tmp_path / "show.walk"
    stalling.touch()
    environment = dict(os.environ, TWIN_STALLING=str(stalling), PYTHONPATH=os.pathsep.join(p or "." for p in sys.path))
    process = subprocess.Popen([sys.executable, "-c", BAKE, str(folder), str(target)], env=environment, stderr=-3)
    try:
        await_true(lambda: len(list((target / ".bake" / "parts").glob("*.json"))) >= 5)  # 3 paintings, 2 keyframes
        workers = children(process.pid)
        assert workers
        process.send_signal(how)
        assert process.wait(20) != 0
        await_true(lambda: not any(is_running(worker) for worker in workers))
    finally:
        process.kill()
        process.wait()
    assert not (target / bundle.FILE).exists()
    stalling.unlink()
    monkeypatch.setenv("TWIN_STALLING", str(stalling))
    walk = bake(request(folder, generator=f"{TWINS}:Stalling"))
    assert "keyframe 0" not in steps_made(walk.folder)
    assert contents(walk.folder) == contents(whole.folder)


def await_true(condition: object, deadline_s: float = 20.0) -> None:
    end = time.monotonic() + deadline_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "the awaited never came"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def is_running(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


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
        ({"fit": "stretch"}, "--fit 'stretch' is unknown: use one of crop, pad"),
        ({"weights": "evn"}, r"--weights 'evn' is unknown: use one of even, .*\(nearest: even\)"),
        ({"order": "size"}, "--order 'size' is unknown: use one of given, name, random, similar"),
        ({"generator": "ptch"}, "--generator 'ptch' is unknown: use one of patch"),
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
