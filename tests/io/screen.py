"""A real X server without a monitor, whose screen the tests can read: Xvfb with its frame buffer in a file."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest


@dataclass(frozen=True)
class Screen:
    """A running X server."""

    display: str
    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a program that shall open its window here."""
        return {**os.environ, "DISPLAY": self.display, "LIBGL_ALWAYS_SOFTWARE": "1"}

    def picture(self) -> npt.NDArray[np.uint8]:
        """What the screen shows now: (H, W, 3) uint8 RGB, read from the server's frame buffer (XWD format)."""
        data = self.file.read_bytes()
        words = struct.unpack(">25I", data[:100])
        header_bytes, width, height, stride, colours = words[0], words[4], words[5], words[12], words[19]
        start = header_bytes + colours * 12
        rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)
        return rows[:, : width * 4].reshape(height, width, 4)[..., 2::-1].copy()

    def point(self, x: int, y: int) -> None:
        """Move the mouse there."""
        subprocess.run(["xdotool", "mousemove", str(x), str(y)], env=self.environment, check=True, timeout=20)

    def press(self, *keys: str) -> None:
        """Press keys as a person would, in the window that has the focus or, without one, in the first."""
        subprocess.run(["xdotool", "key", "--delay", "30", *keys], env=self.environment, check=True, timeout=20)


@contextlib.contextmanager
def virtual_screen(folder: Path, size: str = "1280x720") -> Iterator[Screen]:
    """Start Xvfb, wait until it listens, and stop it afterwards. Skips where Xvfb or xdotool is not installed."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt install xvfb xdotool")
    folder.mkdir(parents=True, exist_ok=True)
    listening, tell = os.pipe()
    # Without -noreset it starts anew when the last program has gone, and the next one may come just then.
    words = ["Xvfb", "-displayfd", str(tell), "-screen", "0", f"{size}x24", "-fbdir", str(folder), "-noreset"]
    words += ["-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[tell], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(tell)
    try:
        with os.fdopen(listening) as pipe:
            number = pipe.readline().strip()  # written when the server accepts clients
        assert number, "Xvfb did not start"
        yield Screen(f":{number}", folder / "Xvfb_screen0")
    finally:
        server.terminate()
        server.wait(timeout=20)


def until(condition: object, seconds: float = 60.0) -> bool:
    """Wait for a condition, a callable without arguments, to hold; False when the deadline passes first."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
