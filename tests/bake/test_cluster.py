"""A bake on a real Ray cluster of two workers: stopped, gone on with, one worker killed, and the bytes are the same."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from artwalks_live.bake.bake import bake
from artwalks_live.core import walk as bundle
from tests.bake.bakery import TWINS, await_true, contents, parts, request

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install ray"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc"),
]


@dataclass
class Ray:
    """A cluster under test: its process, the environment of all that talks to it, and a folder."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    folder: Path

    @cached_property
    def address(self) -> str:
        """Where it is; waited for, so that a test can do other things while the cluster starts."""
        assert self.process.stdout is not None
        address = self.process.stdout.readline().strip()
        if not address.startswith("127.0.0.1:"):
            pytest.skip("Ray's own nodes do not start on this machine")
        return address

    def bake(self, paintings: Path, generator: str) -> subprocess.Popen[str]:
        """Begin `artwalks bake` there, as `bakery.request` would."""
        words = [str(paintings), "-o", str(paintings.parent / "show.walk"), "--ray", self.address, "--keyframes", "2"]
        words += ["--size", "96x64", "--flow", f"{TWINS}:FieldFlow", "--generator", f"{TWINS}:{generator}"]
        code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); " \
               "from artwalks_live.__main__ import main; sys.exit(main())"  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-c", code, "bake", *words, "--anchors", "none"],
            env=self.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def workers(self) -> list[str]:
        """The workers of bakes that live on this cluster."""
        return [path.name for path in Path("/proc").glob("[0-9]*") if self._is_worker(path)]

    def _is_worker(self, process: Path) -> bool:
        try:
            name = (process / "cmdline").read_bytes()
            return name.startswith(b"ray::Remote") and str(self.folder).encode() in (process / "environ").read_bytes()
        except OSError:
            return False


@pytest.fixture
def ray() -> Iterator[Ray]:
    """A cluster on the loopback; no port of it can be reached from outside."""
    folder = Path(tempfile.mkdtemp(prefix="aw-"))  # pytest's own is too deep for the names of Ray's sockets
    (folder / "ray").mkdir()
    environment = dict(
        os.environ, PYTHONPATH=os.pathsep.join(path or os.getcwd() for path in sys.path), TMPDIR=str(folder),
        TWIN_STALLING=str(folder / "stalling"), TWIN_DYING=str(folder / "dying"), RAY_usage_stats_enabled="0",
        RAY_prestart_worker_first_driver="0", RAY_enable_worker_prestart="0",  # those would not be ours: a second each
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",  # else Ray takes this machine's outer address for 127.0.0.1
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bake.ray_cluster"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        yield Ray(process, environment, folder)
    finally:
        process.stdin.close()
        process.wait(240)
        process.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)  # Ray's last processes may still be writing their logs


def test_stopped_gone_on_with_and_a_worker_killed_the_bytes_are_the_same(ray: Ray, folder: Path) -> None:
    target, stalling, dying = folder.parent / "show.walk", ray.folder / "stalling", ray.folder / "dying"
    local = bake(request(folder, folder=folder.parent / "local.walk", generator=f"{TWINS}:DyingOnce"))
    stalling.touch()
    with ray.bake(folder, "Stalling") as stopped:
        await_true(lambda: len(parts(target)) >= 5, 240)  # 3 paintings, and keyframe 0 of both legs
        assert len(ray.workers()) == 2
        stopped.send_signal(signal.SIGINT)
        said = stopped.communicate(timeout=240)[1]
    assert stopped.returncode == 130, said
    assert said.splitlines()[-1] == "artwalks bake: stopped: run the same command again and it goes on where it was"
    await_true(lambda: not ray.workers(), 240)
    assert not list(ray.folder.glob("artwalks-*")), "a worker's folder was left"
    kept = parts(target)

    dying.touch()
    with ray.bake(folder, "DyingOnce") as process:
        said = process.communicate(timeout=240)[1]
    assert process.returncode == 0, said
    assert not dying.exists(), "nobody died"
    assert "raylet" not in said, "what Ray has to say tears the progress lines"
    assert (target / "bake.log").read_text(encoding="utf-8").count("ended by itself") == 1
    assert kept.items() <= parts(target).items(), "what was done must not be done again"
    assert contents(target) == contents(local.folder)
    assert bundle.verify(bundle.read(target)) == []
