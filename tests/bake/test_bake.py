"""A bake: complete, exact on the paintings, the same bytes however it was interrupted, only what is missing made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake import metric
from artwalks_live.bake.bake import bake
from artwalks_live.bake.fit import fit
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError, BundleError
from artwalks_live.core.walk import Walk
from artwalks_live.io.images import load_pixels
from tests.bake.bakery import BAKE, CANVAS, TWINS, await_true, contents, paint, parts, request, steps_made


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
        "3 paintings, 2 keyframes between each two, 96x64, 2:00 of walk (20 s a painting, 10 s a step); "
        "4 of 4 keyframes are there already; nothing is missing"
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
    kept = parts(tmp_path / "show.walk")  # which steps the other worker had done by then is its own affair
    assert len(kept) >= 3, "the paintings at least"
    dying.unlink()
    walk = bake(request(folder, generator=f"{TWINS}:Dying"))
    assert kept.items() <= parts(walk.folder).items(), "what was done must not be done again"
    assert contents(walk.folder) == contents(expected.folder)


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
        await_true(lambda: len(parts(target)) >= 4)  # 3 paintings and, on one core, one keyframe
        workers = children(process.pid)
        assert workers
        process.send_signal(how)
        assert process.wait(20) != 0
        await_true(lambda: not any(is_running(worker) for worker in workers))
    finally:
        process.kill()
        process.wait()
    assert not (target / bundle.FILE).exists()
    kept = parts(target)
    stalling.unlink()
    monkeypatch.setenv("TWIN_STALLING", str(stalling))
    walk = bake(request(folder, generator=f"{TWINS}:Stalling"))
    assert kept.items() <= parts(walk.folder).items(), "what was done must not be done again"
    assert contents(walk.folder) == contents(whole.folder)


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
