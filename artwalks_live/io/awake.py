"""Keep the screen awake while a show is on. Standard library only: each system has its own way."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import shutil
import subprocess
import sys
from collections.abc import Iterator

_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED, _ES_DISPLAY_REQUIRED = 0x80000000, 0x1, 0x2


@contextlib.contextmanager
def screen_awake(x11_display: int = 0) -> Iterator[str]:
    """Hold the screen saver and sleep off inside the block.

    x11_display   the address of Xlib's Display when the window lives on X11, else 0
    yields        how it is done, or why it is not: one word or two for the status line
    """
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetThreadExecutionState(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED | _ES_DISPLAY_REQUIRED)
        try:
            yield "execution state"
        finally:
            kernel.SetThreadExecutionState(_ES_CONTINUOUS)
        return
    suspended = _suspend_x11(x11_display)
    child = _inhibitor()
    ways = ["X11"] * suspended + ["desktop"] * (child is not None)
    try:
        yield " and ".join(ways) or "not held"
    finally:
        if child:
            child.terminate()
            child.wait()
        if suspended:
            _suspend_x11(x11_display, on=False)


def _suspend_x11(display: int, on: bool = True) -> bool:
    """X11's own screen saver and DPMS, through libXss; False where either is missing."""
    name = ctypes.util.find_library("Xss") if display else None
    if name is None:
        return False
    library = ctypes.CDLL(name)
    library.XScreenSaverSuspend.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.XScreenSaverSuspend(display, int(on))
    return True


def _inhibitor() -> subprocess.Popen[bytes] | None:
    """The desktop's own way: a child that holds sleep off for as long as it lives."""
    commands = {
        "darwin": ["caffeinate", "-d", "-i"],
        "linux": ["systemd-inhibit", "--what=idle:sleep", "--who=artwalks", "--why=a show is on", "sleep", "infinity"],
    }
    words = commands.get(sys.platform)
    if words is None or shutil.which(words[0]) is None:
        return None
    quiet = subprocess.DEVNULL
    return subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet)
