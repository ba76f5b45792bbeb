"""The workers of a bake, seen from the parent: who does what next, how far it is, and what if one dies.

Each worker is a process of this same Python with one BLAS thread, so a picture's bits do not depend on how many
there are. They are started as plain commands, not forked: a script that bakes needs no `__main__` guard.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TextIO

from artwalks_live.bake.leg import Leg, Step, needs
from artwalks_live.core.errors import BakeError

_HEARTBEAT_S = 0.5  # also how long Ctrl-C may wait where a blocked queue does not hear it
_ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "VECLIB", "NUMEXPR")

Report = Callable[[float, str], None]


@dataclass
class LegWork:
    """A leg, the pixels of its canvas, and what is still to be done of it."""

    leg: Leg
    title: str
    pixels: int
    todo: list[Step]
    doing: set[Step] = field(default_factory=set)

    def seconds(self, step: Step) -> float:
        """About how long a step takes on one core (measured with `patch` and `dis` on a 2020s server core)."""
        megapixels = self.pixels / 1e6
        if step[0] == "plan":
            return 6.0 + 1.8 * self.leg.request.keyframes
        return 0.1 + 0.6 * megapixels if step[0] == "keyframe" else 0.25 + 0.2 * megapixels

    def ready(self) -> Step | None:
        """The next step that can be begun now, or None."""
        unfinished = {*self.todo, *self.doing}
        return next((step for step in self.todo if not needs(self.leg, step) & unfinished), None)


@dataclass
class _Worker:
    process: subprocess.Popen[str]
    known: LegWork | None = None
    work: LegWork | None = None
    step: Step | None = None
    progress: float = 0.0


def worker_count(legs: Sequence[LegWork], wanted: int = 0) -> int:
    """As many workers as are wanted (0: as there are cores), but no more than can be busy or than the memory holds."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    diffusion = any(work.leg.request.diffusion for work in legs)  # each worker would load a model of gigabytes
    cores = wanted or (1 if diffusion else cores)
    at_once = sum(max(1, work.leg.request.keyframes) for work in legs if work.todo)
    each = 400e6 + 140 * max((work.pixels for work in legs), default=0)  # measured: 480 MB at 720p, 850 MB at 2K
    memory = cores * each
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = 0.8 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(cores, at_once, int(memory / each)))


class Crew:
    """A context in which steps get done by so many workers (0: one a core); leaving it ends every one of them."""

    def __init__(self, folder: Path, legs: Sequence[LegWork], log: TextIO, workers: int = 0) -> None:
        self._folder = folder
        self._count = worker_count(legs, workers)
        self._legs = legs
        self._log = log
        self._answers: queue.Queue[tuple[_Worker, dict[str, Any] | None]] = queue.Queue()
        self._workers: list[_Worker] = []
        self._total = sum(work.seconds(step) for work in legs for step in work.todo)
        self._done = 0.0

    def __enter__(self) -> Crew:
        for _ in range(self._count):
            self._workers.append(self._hire())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.wait()
            for pipe in (worker.process.stdin, worker.process.stdout):
                if pipe is not None:
                    _close(pipe)

    def _hire(self) -> _Worker:
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path or os.getcwd() for path in sys.path))
        environment.update({f"{name}_NUM_THREADS": "1" for name in _ONE_THREAD})
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "artwalks_live.bake.worker", str(self._folder)],  # -P: no module from here
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            text=True,
            encoding="utf-8",
        )
        worker = _Worker(process)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None
        for line in worker.process.stdout:
            if line.endswith("\n"):  # the last line of a worker that was killed may be torn
                self._answers.put((worker, json.loads(line)))
        self._answers.put((worker, None))

    def run(self, report: Report) -> None:
        """Do every step of every leg. Raises BakeError when one fails; what was done by then is kept."""
        for worker in self._workers:
            self._give(worker)
        while any(worker.work for worker in self._workers):
            with suppress(queue.Empty):  # nothing new, but time has passed: the report shows it
                self._take(*self._answers.get(timeout=_HEARTBEAT_S))
            for idle in [worker for worker in self._workers if worker.work is None]:
                self._give(idle)
            report(self._fraction(), self._doing())

    def _give(self, worker: _Worker) -> None:
        """Hand a worker its next step: of the leg it knows, else of one nobody works on, else of any."""
        ready = [(work, step) for work in self._legs if (step := work.ready()) is not None]
        if not ready:
            return
        work, step = min(ready, key=lambda pair: (pair[0] is not worker.known, bool(pair[0].doing)))
        work.todo.remove(step)
        work.doing.add(step)
        worker.work, worker.known, worker.step, worker.progress = work, work, step, 0.0
        task = json.dumps({"leg": asdict(work.leg), "step": step})
        try:
            assert worker.process.stdin is not None
            worker.process.stdin.write(task + "\n")
            worker.process.stdin.flush()
        except BrokenPipeError:
            return  # it has died: its listener says so next

    def _take(self, worker: _Worker, answer: dict[str, Any] | None) -> None:
        """Note what a worker says."""
        if answer is None:
            code = worker.process.wait()
            raise BakeError(
                f"a worker process ended by itself (status {code}; out of memory?): "
                "run the same command again, it goes on where it stopped"
            )
        if "error" in answer:
            raise BakeError(answer["error"])
        if "progress" in answer:
            worker.progress = float(answer["progress"])
            return
        assert worker.work is not None and worker.step is not None
        kind, index = worker.step
        self._log.write(f"{worker.work.title}: {kind} {index}: {answer['seconds']} s\n")
        self._log.flush()
        self._done += worker.work.seconds(worker.step)
        worker.work.doing.remove(worker.step)
        worker.work, worker.step, worker.progress = None, None, 0.0

    def _fraction(self) -> float:
        begun = sum(worker.work.seconds(worker.step) * worker.progress
                    for worker in self._workers if worker.work and worker.step)  # fmt: skip
        return min(1.0, (self._done + begun) / max(self._total, 1e-9))

    def _doing(self) -> str:
        names = {worker.work.title for worker in self._workers if worker.work}
        return ", ".join(work.title for work in self._legs if work.title in names)


def _close(pipe: IO[str]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return  # a step was still in the buffer when its worker ended
