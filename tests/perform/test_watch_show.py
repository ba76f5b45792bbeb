"""A painting dropped into a running show: it joins, it is reached, and not a frame differs from the take's render."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.udp_client import SimpleUDPClient

from artwalks_live.bake.bake import bake
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import TakeError
from artwalks_live.core.take import Grown, TakeReader
from artwalks_live.core.walk import Walk
from tests.bake.bakery import TWINS, paint, request
from tests.bake.test_bake import children, is_running
from tests.io import screen
from tests.perform.stagehand import artwalks, finished, frames, shown_in
from tests.perform.test_osc_show import free_port

QUICK = 'mode = "clock"\n[values]\nclock.segment_s = 0.15\nclock.hold_s = 0.2\n'


def until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition. A bake beside a show has the lowest priority: on a busy machine that takes its time."""
    return screen.until(condition, 240.0)


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    """Two small paintings."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for number in range(2):
        paint(folder / f"{number}.png", number)
    (tmp_path / "drop").mkdir()
    (tmp_path / "quick.toml").write_text(QUICK)
    return folder


def baked(paintings: Path, **changes: object) -> Walk:
    return bake(request(paintings, canvas=(160, 90), keyframes=1, **changes))


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def performing() -> Iterator[Start]:
    """Starts a show of a walk that watches the folder `drop` beside it; what still runs after the test is ended."""
    begun: list[subprocess.Popen[str]] = []

    def start(walk: Walk, *words: object) -> subprocess.Popen[str]:
        folder = walk.folder.parent
        common = ["--headless", "--fps", 30, "--preset", folder / "quick.toml", "--watch", folder / "drop"]
        begun.append(artwalks("perform", walk.folder, *common, *words))
        return begun[-1]

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.communicate()


def said(process: subprocess.Popen[str], text: str) -> str:
    """Wait until the show has said something; the line."""
    assert process.stderr is not None
    lines: deque[str] = deque(maxlen=20)
    for line in process.stderr:
        lines.append(line)
        if text in line:
            return line
    raise AssertionError(f"it ended without {text!r}: {list(lines)}")


@pytest.mark.parametrize("loop", [False, True])
def test_a_painting_joins_a_running_show_and_the_take_renders_the_same_frames(
    paintings: Path, performing: Start, tmp_path: Path, loop: bool
) -> None:
    walk = baked(paintings, loop=loop)
    live, again, take = tmp_path / "live.mkv", tmp_path / "again.mkv", tmp_path / "set.take"
    process = performing(walk, "--record", live, "--take", take, "--seconds", 600)
    assert until(lambda: logged_s(take) > 0)
    for number, title in ((3, "5"), (4, "6")):
        paint(tmp_path / "drop" / f"{title}.png", number)
        assert f"{title} joined the walk: painting {number}, " in said(process, "joined the walk")
    joined_s = logged_s(take)
    assert until(lambda: logged_s(take) > joined_s + 4)  # once to the end and back
    process.send_signal(signal.SIGTERM)
    finished(process)

    reader = TakeReader(take)
    larger = bundle.read(walk.folder)
    assert len(reader.walks) == 3
    assert (reader.walks[0], reader.walks[-1]) == (bundle.fingerprint(walk), bundle.fingerprint(larger))
    assert sum(isinstance(entry.item, Grown) for entry in reader) == 2
    finished(artwalks("render", walk.folder, "--take", take, "-o", again, "--quiet"), seconds=900)
    performed, rendered = frames(live), frames(again)
    for index in shown_in(performed[: len(rendered)]):  # one that was held may be of a moment before
        nearest = rendered[max(0, index - 30) : index + 1]
        assert any(np.array_equal(performed[index], candidate) for candidate in nearest), f"frame {index}"
    shown = {picture.tobytes() for picture in rendered}
    for number in (2, 3):  # both new paintings hung there, as they were painted
        assert pixels(larger, number).tobytes() in shown


def logged_s(take: Path) -> float:
    """How much of the show is in its take by now."""
    try:
        return TakeReader(take).duration_s
    except TakeError:  # not begun yet
        return 0.0


def pixels(walk: Walk, painting: int) -> np.ndarray:
    from artwalks_live.io.images import load_pixels

    return load_pixels(walk, walk.paintings[painting].keyframe)


def test_osc_tells_of_it_and_goes_there_by_name(paintings: Path, performing: Start, tmp_path: Path) -> None:
    walk, port = baked(paintings), free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(30)

        def hear(address: str) -> object:
            while True:
                message = OscMessage(ear.recv(4096))
                if message.address == address:
                    return message.params[0]

        told = f"127.0.0.1:{ear.getsockname()[1]}"
        osc = ["--osc", f"127.0.0.1:{port}", "--osc-out", told, "--preset", "osc"]
        process = performing(walk, "--no-take", "--seconds", 600, *osc)
        assert (hear("/walk/paintings"), hear("/walk/length")) == (2, 2)
        paint(tmp_path / "drop" / "The Wave.png", 5)
        assert until(lambda: hear("/walk/paintings") == 3)
        assert hear("/walk/length") == 4
        client = SimpleUDPClient("127.0.0.1", port)
        client.send_message("/walk/goto", "The Wave")
        assert until(lambda: hear("/walk/painting") == "The Wave")
        assert until(lambda: hear("/walk/position") == pytest.approx(4.0, abs=0.01))
        client._sock.close()
        process.terminate()
        out, err = finished(process)
    assert "0 held" in out
    assert "The Wave joined the walk: painting 3, 4 segments now" in err


def test_what_joined_is_there_the_next_evening_and_the_take_of_before_still_renders(
    paintings: Path, performing: Start, tmp_path: Path
) -> None:
    walk, take = baked(paintings, loop=True), tmp_path / "before.take"
    words = ["--headless", "--fps", 30, "--preset", tmp_path / "quick.toml", "--seconds", 2, "--quiet"]
    finished(artwalks("perform", walk.folder, *words, "--take", take))
    before, after = tmp_path / "before.mkv", tmp_path / "after.mkv"
    finished(artwalks("render", walk.folder, "--take", take, "-o", before, "--quiet"))
    paint(tmp_path / "drop" / "5.png", 5)  # lies there before the show begins, and is not in the walk
    process = performing(walk, "--resume", "--no-take", "--seconds", 600)
    said(process, "joined the walk")
    process.terminate()
    finished(process)
    assert bundle.read(walk.folder).length == 6
    finished(artwalks("render", walk.folder, "--take", take, "-o", after, "--quiet"))
    assert all(np.array_equal(a, b) for a, b in zip(frames(before), frames(after), strict=True))
    bake(request(paintings, canvas=(160, 90), keyframes=1, loop=True, seed=3))
    _, err = finished(artwalks("render", walk.folder, "--take", take, "-o", tmp_path / "x.mkv"), 2)
    assert "is a take of another walk (or of this one before it was baked again)" in err


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of a running program's files, as Linux can")
def test_a_full_disk_is_one_line_and_the_show_goes_on(paintings: Path, performing: Start, tmp_path: Path) -> None:
    walk = baked(paintings)
    painting = tmp_path / "drop" / "5.png"
    process = performing(walk, "--no-take", "--seconds", 600)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    paint(tmp_path / "5.png", 5)
    shutil.copy(tmp_path / "5.png", painting)
    line = said(process, "did not join")
    assert line == (
        f"5.png did not join: no space left in {walk.folder}: free some and run the same command again, "
        "what is baked is kept\n"
    )
    assert bundle.read(walk.folder) == walk
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.utime(painting, (1, 1))  # a change: it is tried again
    said(process, "5 joined the walk")
    process.terminate()
    finished(process)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_show_that_is_killed_leaves_no_bake_behind(
    paintings: Path, performing: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = bake(request(paintings, canvas=(160, 90), generator=f"{TWINS}:Stalling"))
    stalling = tmp_path / "stalling"
    stalling.touch()
    monkeypatch.setenv("TWIN_STALLING", str(stalling))
    process = performing(walk, "--no-take")
    paint(tmp_path / "drop" / "5.png", 5)
    log = walk.folder / "bake.log"
    assert until(lambda: "5: keyframe 0" in log.read_text(encoding="utf-8") or process.poll() is not None)
    [child] = children(process.pid)
    [worker] = children(child)
    process.kill()
    process.communicate()
    assert until(lambda: not is_running(child) and not is_running(worker))
    assert bundle.read(walk.folder) == walk


def test_a_folder_that_is_not_there_is_said_before_the_show(paintings: Path, tmp_path: Path) -> None:
    walk = baked(paintings)
    _, err = finished(artwalks("perform", walk.folder, "--headless", "--watch", tmp_path / "none"), 2)
    assert err == f"artwalks perform: --watch {tmp_path / 'none'} does not exist: make it first\n"
