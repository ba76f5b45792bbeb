"""A watched folder: which files are paintings at rest, and what becomes of them. Real processes bake, with twins."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from artwalks_live.bake.bake import bake
from artwalks_live.bake.lock import locked
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import UsageError
from artwalks_live.core.growth import Growth
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.perform.catalogue import Catalogue
from artwalks_live.perform.stage import Larger
from artwalks_live.perform.watch import Folder, Watch, check_folder
from tests.bake.bakery import TWINS, paint, request
from tests.bake.test_bake import children, is_running
from tests.io import screen


def until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition. A bake beside a show has the lowest priority: on a busy machine that takes its time."""
    return screen.until(condition, 240.0)


def write(path: Path, data: bytes, time_s: int = 1_700_000_000) -> None:
    path.write_bytes(data)
    os.utime(path, (time_s, time_s))


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


# the folder


def test_a_file_counts_when_it_has_come_to_rest(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.look() == []
    write(tmp_path / "a.png", b"half")
    assert folder.look() == []
    write(tmp_path / "a.png", b"half and more")
    assert folder.look() == [], "it grows"
    assert names(folder.look()) == ["a.png"]
    assert folder.look() == [], "told once"
    write(tmp_path / "a.png", b"half and less", 1_700_000_001)
    assert folder.look() == []
    assert names(folder.look()) == ["a.png"], "it has changed"
    (tmp_path / "a.png").unlink()
    assert folder.look() == []
    write(tmp_path / "a.png", b"half and less", 1_700_000_001)
    assert folder.look() == []
    assert names(folder.look()) == ["a.png"], "it was taken away and put there again"


def test_the_oldest_is_the_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for name, time_s in (("a.png", 30), ("b.png", 10), ("d.png", 20), ("c.png", 20)):
        write(tmp_path / name, b"data", time_s)
    folder.look()
    assert names(folder.look()) == ["b.png", "c.png", "d.png", "a.png"]


def test_what_is_no_painting_by_its_name_is_not_looked_at(tmp_path: Path) -> None:
    for name in (".hidden.png", "~$a.png", "a.png~", "a.png.part", "b.jpg.crdownload", "c.tmp", "paintings.toml",
                 "Thumbs.db", "desktop.ini"):  # fmt: skip
        write(tmp_path / name, b"data")
    write(tmp_path / "empty.png", b"")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "none.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
    folder = Folder(tmp_path)
    folder.look()
    assert folder.look() == []
    assert folder.fault == ""


def test_a_folder_that_goes_and_comes_back(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "drop")
    assert folder.look() == []
    assert folder.fault == f"the watched folder {tmp_path / 'drop'} cannot be read (No such file or directory)"
    (tmp_path / "drop").mkdir()
    write(tmp_path / "drop" / "a.png", b"data")
    folder.look()
    assert folder.fault == ""
    assert names(folder.look()) == ["a.png"]


def test_a_folder_that_cannot_be_watched_is_said_before_the_show(tmp_path: Path) -> None:
    show = tmp_path / "show.walk"
    (show / "keyframes").mkdir(parents=True)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"--watch .*none does not exist: make it first"):
        check_folder(tmp_path / "none", show)
    with pytest.raises(UsageError, match=r"--watch .*file is not a folder"):
        check_folder(tmp_path / "file", show)
    for inside in (show, show / "keyframes"):
        with pytest.raises(UsageError, match="is the walk's own: choose a folder beside it"):
            check_folder(inside, show)
    check_folder(tmp_path, show)


# the watch


def enlarge(walk: Walk) -> Larger:
    course = Catalogue(walk.folder, walk.canvas).course(walk)
    return Larger(walk, Growth(bundle.fingerprint(walk), WalkShape.of(walk)), course)


@contextmanager
def watching(walk: Walk, drop: Path) -> Iterator[Watch]:
    drop.mkdir(exist_ok=True)
    watch = Watch(drop, walk, enlarge, every_s=0.05)
    try:
        yield watch
    finally:
        watch.close()


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    """Two small paintings."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for number in range(2):
        paint(folder / f"{number}.png", number)
    return folder


def titles(watch: Watch) -> list[str]:
    return [] if watch.newest is None else [painting.title for painting in watch.newest.walk.paintings]


def log_of(walk: Walk) -> str:
    return (walk.folder / "bake.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("loop", [False, True])
def test_paintings_join_one_after_another(paintings: Path, tmp_path: Path, loop: bool) -> None:
    walk = bake(request(paintings, loop=loop, keyframes=1))
    with watching(walk, tmp_path / "drop") as watch:
        for number in (5, 6):
            paint(tmp_path / "drop" / f"{number}.png", number)
        assert until(lambda: titles(watch) == ["0", "1", "5", "6"]), watch.faults
        assert watch.faults == ()
        assert until(lambda: watch.doing == "")
    assert bundle.verify(bundle.read(walk.folder)) == []
    assert log_of(walk).count("appended ") == 2


def test_a_painting_that_the_walk_has_is_not_baked_again(paintings: Path, tmp_path: Path) -> None:
    """Neither the paintings it was baked from, nor one that is dropped twice under two names."""
    walk = bake(request(paintings, keyframes=0))
    with watching(walk, paintings) as watch:
        paint(paintings / "5.png", 5)
        assert until(lambda: titles(watch) == ["0", "1", "5"]), watch.faults
        shutil.copy(paintings / "5.png", paintings / "copy of 5.png")
        paint(paintings / "6.png", 6)
        assert until(lambda: len(titles(watch)) == 4), watch.faults
    assert titles(watch) == ["0", "1", "5", "6"]
    assert log_of(walk).count("appended ") == 2


def test_what_cannot_be_baked_is_told_and_tried_again_when_it_changes(paintings: Path, tmp_path: Path) -> None:
    walk = bake(request(paintings, keyframes=0))
    drop = tmp_path / "drop"
    drop.mkdir()
    whole = tmp_path / "whole.png"
    paint(whole, 5)
    with watching(walk, drop) as watch:
        (drop / "note.txt").write_text("not a painting")
        (drop / "5.png").write_bytes(whole.read_bytes()[:-200])  # a copy that has stalled
        assert until(lambda: len(watch.faults) == 2), watch.faults
        damaged, note = sorted(watch.faults)
        assert note.startswith(f"note.txt did not join: {drop / 'note.txt'} is not a picture")
        assert damaged.startswith(f"5.png did not join: {drop / '5.png'} is damaged")
        shutil.copy(whole, drop / "5.png")
        assert until(lambda: titles(watch) == ["0", "1", "5"]), watch.faults
        assert until(lambda: watch.faults == (note,)), watch.faults
        (drop / "note.txt").unlink()
        assert until(lambda: watch.faults == ())
    assert log_of(walk).count("note.txt: artwalks bake: ") == 1, "tried once"


def test_a_files_name_does_not_steer_the_terminal(paintings: Path, tmp_path: Path) -> None:
    walk = bake(request(paintings, keyframes=0))
    with watching(walk, tmp_path / "drop") as watch:
        (tmp_path / "drop" / "a\x1b[2Jb.txt").write_text("not a painting")
        assert until(lambda: watch.faults != ())
        assert watch.faults[0].startswith("a?[2Jb.txt did not join: ")
        assert watch.faults[0].isprintable()


def test_a_bake_that_is_at_work_already_is_not_disturbed(paintings: Path, tmp_path: Path) -> None:
    walk = bake(request(paintings, keyframes=0))
    with (
        locked(walk.folder / bundle.WORK / "lock", walk.folder),
        watching(walk, tmp_path / "drop") as watch,
    ):
        paint(tmp_path / "drop" / "5.png", 5)
        assert until(lambda: "5.png did not join: another bake is at work" in "".join(watch.faults))
    assert bundle.read(walk.folder) == walk


def test_what_is_appended_by_hand_joins_too(paintings: Path, tmp_path: Path) -> None:
    from artwalks_live.bake.append import append

    walk = bake(request(paintings, keyframes=0))
    with watching(walk, tmp_path / "drop") as watch:
        paint(tmp_path / "5.png", 5)
        append([tmp_path / "5.png"], walk.folder)
        assert until(lambda: titles(watch) == ["0", "1", "5"])


def test_a_walk_that_was_baked_anew_is_not_taken(paintings: Path, tmp_path: Path) -> None:
    walk = bake(request(paintings, keyframes=0))
    with watching(walk, tmp_path / "drop") as watch:
        bake(request(paintings, keyframes=1))
        assert until(lambda: "was baked anew and begins otherwise" in "".join(watch.faults))
        (walk.folder / bundle.FILE).write_text("{")
        assert until(lambda: "not valid JSON" in "".join(watch.faults))
        assert watch.newest is None


def test_closing_ends_the_bake_and_its_worker(paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = bake(request(paintings, generator=f"{TWINS}:Stalling"))
    stalling = tmp_path / "stalling"
    stalling.touch()
    monkeypatch.setenv("TWIN_STALLING", str(stalling))
    with watching(walk, tmp_path / "drop") as watch:
        paint(tmp_path / "drop" / "5.png", 5)
        assert until(lambda: watch.doing.startswith("baking 5.png")), watch.faults
        assert until(lambda: "5: keyframe 0" in log_of(walk)), watch.faults
        [pid] = [pid for pid in children(os.getpid()) if b"--append" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        [worker] = children(pid)
        assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, worker) == 19
    assert until(lambda: not is_running(pid) and not is_running(worker))
    assert bundle.read(walk.folder) == walk


def test_a_bundle_whose_generator_is_unknown_says_so(paintings: Path, tmp_path: Path) -> None:
    walk = bake(request(paintings, keyframes=0))
    walk = replace(walk, generator={**walk.generator, "name": "gone"})
    bundle.write(walk)
    with watching(walk, tmp_path / "drop") as watch:
        paint(tmp_path / "drop" / "5.png", 5)
        assert until(lambda: "5.png did not join: --generator 'gone' is unknown" in "".join(watch.faults))


# the numbers


def test_the_same_content_has_the_same_number_in_every_walk(paintings: Path, tmp_path: Path) -> None:
    from artwalks_live.bake.append import append

    paint(paintings / "2.png", 2)
    walk = bake(request(paintings, loop=True, keyframes=1))
    paint(tmp_path / "5.png", 5)
    larger = append([tmp_path / "5.png"], walk.folder)
    catalogue = Catalogue(walk.folder, walk.canvas)
    before, after = catalogue.course(walk), catalogue.course(larger)
    assert before.pieces[:4] == after.pieces[:4]
    assert before.maps[:4] == after.maps[:4]
    assert (before.loop, after.loop) == (True, True)
    assert after.pieces[-1].b == before.pieces[0].a
    assert before.pieces[4].b not in {piece.b for piece in after.pieces}, "a picture of the replaced leg"
    for piece, number in zip(after.pieces, after.maps, strict=True):
        assert catalogue.fetchers.image(piece.a).shape == (64, 96, 3)
        flow, crossover = catalogue.fetchers.segment(number)
        assert (flow.shape[2], crossover.shape[2]) == (4, 2)
