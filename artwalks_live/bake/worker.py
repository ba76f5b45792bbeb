"""One worker of a bake: a process that does the steps it is told, one at a time, each on one thread.

It reads one JSON line per step and answers with lines of its own:

    → {"leg": {…}, "step": ["keyframe", 3]}  or "composition" in place of "leg"
    ← {"progress": 0.4}                      any number of times
    ← {"done": true, "seconds": 6.1}         or
    ← {"error": "one line for the person"}   and "trace" with it, for the log, where the program is at fault

When its input ends — the bake is over, or was killed — it ends at once, in the middle of a step too.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import cv2

from artwalks_live.bake.compose import work as composed
from artwalks_live.bake.compose.work import Composition
from artwalks_live.bake.crew import Answer
from artwalks_live.bake.leg import Leg, Progress, Step, do
from artwalks_live.bake.store import Store
from artwalks_live.core.errors import ArtwalksError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(folder: Path) -> None:
    """Serve one bundle folder until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it ends its workers itself
    cv2.setNumThreads(1)
    answers = _private_output()
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    store = Store(folder)
    while True:
        _answer(answers, **_served(json.loads(lines.get()), store, answers))


def _private_output() -> TextIO:
    """Take the pipe to the parent for the answers alone: whatever a library prints goes to the log."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _listen(lines: queue.Queue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def _answer(answers: TextIO, **values: object) -> None:
    try:
        answers.write(json.dumps(values) + "\n")
        answers.flush()
    except BrokenPipeError:
        os._exit(0)


def _served(task: dict[str, Any], store: Store, answers: TextIO) -> Answer:
    kind, index = task["step"]

    def progress(share: float) -> None:
        _answer(answers, progress=share)

    if "composition" in task:
        composition = Composition.from_json(task["composition"])
        return attempted(partial(composed.do, composition), (kind, index), store, progress)
    return attempt(Leg.from_json(task["leg"]), (kind, index), store, progress)


def attempt(leg: Leg, step: Step, store: Store, progress: Progress) -> Answer:
    """Do a step of a leg, and say how it went; see `attempted`."""
    return attempted(partial(do, leg), step, store, progress)


def attempted(do: Callable[[Step, Store, Progress], None], step: Step, store: Store, progress: Progress) -> Answer:
    """Do a step, and say how it went: done, or one line about what is wrong; a `trace` where the fault is ours."""
    start = time.perf_counter()
    try:
        do(step, store, progress)
    except ArtwalksError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": disk_message(error, store.folder)}
    except Exception as error:  # noqa: BLE001 - a fault in the program: the whole of it goes to the log
        line = f"{step[0]} {step[1]} failed: a fault in the program ({type(error).__name__})"
        return {"error": line, "trace": traceback.format_exc()}
    return {"done": True, "seconds": round(time.perf_counter() - start, 2)}


def disk_message(error: OSError, folder: Path) -> str:
    """One line about a disk that does not take the bake."""
    if error.errno in FULL:
        return f"no space left in {folder}: free some and run the same command again, what is baked is kept"
    reason = error.strerror or type(error).__name__
    return f"{error.filename or folder} cannot be written or read ({reason}): mend that and run the same command again"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
