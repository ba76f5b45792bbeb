"""The bake beside a show: a process of its own, that yields to everything and does not outlive the show."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

LOG = "bake.log"
_PROGRESS = "bake: "
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class BakeProcess:
    """`artwalks bake` appending one painting to a walk, at the lowest priority; it does not outlive this process."""

    def __init__(self, painting: Path, show: Path) -> None:
        self.painting = painting
        self._show = show
        words = ["bake", str(painting), "-o", str(show), "--append", "--background"]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path or os.getcwd() for path in sys.path))
        environment.update(dict.fromkeys(_ONE_THREAD, "1"))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "artwalks_live", *words],  # -P: no module from here
            stdin=subprocess.PIPE,  # which it ends with
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            encoding="utf-8",
            errors="replace",
            **_apart(),
        )
        if sys.platform != "win32":  # it says so itself as well, but only after its first imports
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, 19)
        self._lines: deque[str] = deque(maxlen=100)
        self._reader = threading.Thread(target=self._read, name="bake", daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether it is still at work, or what it said is not read yet."""
        return self._reader.is_alive() or self._process.poll() is None

    @property
    def failure(self) -> str:
        """Once it has ended: why the painting is not in the walk, in its own words; "" when it is."""
        status = self._process.wait()
        if status == 0:
            return ""
        return self._lines[-1].removeprefix("artwalks bake: ") if self._lines else f"its bake ended (status {status})"

    @property
    def share(self) -> str:
        """How much is done, as it told last: `31%`; "" before that."""
        said = self._lines[-1] if self._lines else ""
        return said.split()[1] if said.startswith(_PROGRESS) else ""

    def end(self) -> None:
        """Stop it if it is running, and close its pipes. What it has done by then is used by the next one."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip())
            if not line.startswith(_PROGRESS):
                with suppress(OSError), (self._show / LOG).open("a", encoding="utf-8", errors="replace") as log:
                    log.write(f"{self.painting.name}: {line.rstrip()}\n")


def _apart() -> dict[str, Any]:
    """What keeps Ctrl-C in the show's terminal from the process, and what makes it yield from its first moment on."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.IDLE_PRIORITY_CLASS}
    return {"process_group": 0}
