"""A bake beside a show: it gives way to everything else, and ends when the show has ended, however that came."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from contextlib import suppress

NICENESS = 19


def give_way() -> None:
    """Take the lowest priority for the processor and the disk that this system offers. Children inherit it."""
    if sys.platform == "win32":
        return  # there, who starts a process says so: it takes its priority class from its parent
    os.nice(NICENESS)
    ionice = shutil.which("ionice")
    if ionice is not None:
        subprocess.run([ionice, "-c", "3", "-p", str(os.getpid())], check=False, capture_output=True)


def end_with_input() -> None:
    """End this process at once when the pipe that it reads from is closed: who holds the other end has gone.

    What is not a pipe is left alone, so a bake in a terminal or under a service manager does not end by this.
    """
    with suppress(OSError):  # no input at all
        if stat.S_ISFIFO(os.fstat(0).st_mode):
            threading.Thread(target=_watch, name="input", daemon=True).start()


def _watch() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be waited for at the end of the process
        pass
    os._exit(130)
