"""A team of processes of this same Python, started as plain commands: a script that bakes needs no `__main__` guard.

Where there are several CUDA devices, the workers take turns at them: each sees one only.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TextIO

from artwalks_live.bake.crew import ONE_THREAD, Answer, Work, Worker
from artwalks_live.bake.leg import Step


@dataclass(eq=False)
class _Process(Worker):
    process: subprocess.Popen[str] | None = None


class Processes:
    """So many processes at work on one bundle folder, their chatter in a log.

    devices   CUDA devices as CUDA_VISIBLE_DEVICES names them, shared out among the workers; none: left as they are
    """

    tries = 1  # what ended one process here would end the next

    def __init__(self, folder: Path, log: TextIO, count: int, devices: Sequence[str] = ()) -> None:
        self.count = count
        self._folder = folder
        self._log = log
        self._devices = devices
        self._answers: queue.Queue[tuple[Worker, Answer]] = queue.Queue()
        self._workers: list[_Process] = []

    def __enter__(self) -> Processes:
        for number in range(self.count):
            self._workers.append(self._hire(number))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        processes = [worker.process for worker in self._workers if worker.process is not None]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)

    def give(self, worker: Worker, work: Work, step: Step) -> None:
        """Write the step to the process."""
        assert isinstance(worker, _Process) and worker.process is not None and worker.process.stdin is not None
        with suppress(BrokenPipeError):  # it has died: its listener says so next
            worker.process.stdin.write(json.dumps(work.task(step)) + "\n")
            worker.process.stdin.flush()

    def answers(self, timeout_s: float) -> Sequence[tuple[Worker, Answer]]:
        """What the processes have written."""
        try:
            found = [self._answers.get(timeout=timeout_s)]
        except queue.Empty:
            return []
        with suppress(queue.Empty):
            while True:
                found.append(self._answers.get_nowait())
        return found

    def _hire(self, number: int) -> _Process:
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path or os.getcwd() for path in sys.path))
        environment |= ONE_THREAD
        if self._devices:
            environment["CUDA_VISIBLE_DEVICES"] = self._devices[number % len(self._devices)]
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "artwalks_live.bake.worker", str(self._folder)],  # -P: no module from here
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            text=True,
            encoding="utf-8",
        )
        worker = _Process(process=process)
        self._answers.put((worker, {"here": True}))
        threading.Thread(target=self._listen, args=(worker, process), daemon=True).start()
        return worker

    def _listen(self, worker: Worker, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n"):  # the last line of a worker that was killed may be torn
                self._answers.put((worker, json.loads(line)))
        self._answers.put((worker, {"lost": (
            f"a worker process ended by itself (status {process.wait()}; out of memory?): "
            "run the same command again, it goes on where it stopped"
        )}))  # fmt: skip


def _close(pipe: IO[str]) -> None:
    with suppress(BrokenPipeError):  # a step was still in the buffer when its worker ended
        pipe.close()
