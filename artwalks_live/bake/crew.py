"""Who does what next in a bake, how far it is, and what if somebody fails. The workers themselves are a team's.

A team is so many workers of one kind: processes of this machine (`bake.local`) or of a cluster (`bake.cluster`). Each
does one step at a time with one BLAS thread, so a picture's bits depend neither on how many there are nor on where.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from artwalks_live.bake import enlarged
from artwalks_live.bake.leg import Leg, Step, needs
from artwalks_live.bake.pace import expected_s
from artwalks_live.core.errors import BakeError

HEARTBEAT_S = 0.5  # also how long Ctrl-C may wait where a blocked queue does not hear it
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB", "NUMEXPR")}

Answer = dict[str, Any]
Report = Callable[[float, str], None]


class Work(Protocol):
    """Steps that belong together: what is to be done, what is being done, who failed at what."""

    @property
    def title(self) -> str: ...

    todo: list[Step]
    doing: set[Step]
    failures: dict[Step, list[Worker]]
    given_up: bool

    def seconds(self, step: Step) -> float:
        """About how long a step takes on one core."""

    def ready(self) -> Step | None:
        """The next step that can be begun now, or None."""

    def task(self, step: Step) -> dict[str, Any]:
        """What a worker process is told, as JSON values."""


@dataclass
class LegWork:
    """A leg, the pixels of its canvas, what is still to be done of it, and who failed at what."""

    leg: Leg
    title: str
    pixels: int
    todo: list[Step]
    doing: set[Step] = field(default_factory=set)
    failures: dict[Step, list[Worker]] = field(default_factory=dict)
    given_up: bool = False

    def seconds(self, step: Step) -> float:
        """About how long a step takes on one core, see `expected_s`; what enlarges a keyframe comes to it."""
        more = enlarged.seconds(self.leg.upscale, self.pixels) if step[0] == "keyframe" else 0.0
        return expected_s(step[0], self.pixels, self.leg.request.keyframes) + more

    def ready(self) -> Step | None:
        """The next step that can be begun now, or None."""
        unfinished = {*self.todo, *self.doing}
        return next((step for step in self.todo if not needs(self.leg, step) & unfinished), None)

    def task(self, step: Step) -> dict[str, Any]:
        """What a worker process is told, as JSON values."""
        return {"leg": asdict(self.leg), "step": step}


@dataclass(eq=False)
class Worker:
    """One worker: the work that it did last, and what it is doing."""

    known: Work | None = None
    work: Work | None = None
    step: Step | None = None
    progress: float = 0.0


class Team(Protocol):
    """Workers of one kind, in a context; leaving it ends every one of them.

    count   how many there will be
    tries   how often a step may fail before its leg is given up; with 1 the first failure ends the bake
    """

    count: int
    tries: int

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def give(self, worker: Worker, work: Work, step: Step) -> None:
        """Hand a step to a worker that has none; `worker.known` is still the leg that it did before."""

    def answers(self, timeout_s: float) -> Sequence[tuple[Worker, Answer]]:
        """What workers have said, waited for until there is something, or so long.

        {"here": …}                      it has come, and can be given a step
        {"progress": 0.4}                of its step
        {"done": True, "seconds": 6.1}   its step is in the store
        {"error": "one line"}            its step failed; with "trace" where the program is at fault
        {"lost": "one line"}             it has gone, and its step with it
        """


def worker_count(legs: Sequence[LegWork], wanted: int = 0, devices: Sequence[str] = ()) -> int:
    """As many workers as are wanted, but no more than can be busy or than the memory holds.

    wanted   0: one a core; with a diffusion model or CLIP one for each of the devices, as each loads it whole
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    alone = device(legs) or any(work.leg.request.clip for work in legs)
    cores = wanted or (max(1, len(devices)) if alone else cores)
    memory = cores * memory_bytes(legs)
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = int(0.8 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return max(1, min(cores, at_once(legs), memory // memory_bytes(legs)))


def device(legs: Sequence[LegWork]) -> str:
    """Where the diffusion model of these legs is to compute, as it was said; "" where none is at work."""
    told = (work.leg.request.diffusion for work in legs)
    return next((options.device for options in told if options is not None), "")


def at_once(legs: Sequence[LegWork]) -> int:
    """How many workers can be busy."""
    return sum(max(1, work.leg.request.keyframes) for work in legs if work.todo)


def memory_bytes(legs: Sequence[LegWork]) -> int:
    """About what a worker takes."""
    each = 400_000_000 + 140 * max((work.pixels for work in legs), default=0)  # measured: 480 MB at 720p, 850 MB at 2K
    return each + int(max((enlarged.memory_bytes(work.leg.upscale) for work in legs), default=0))


class Crew:
    """A team at work on the legs of a bake.

    workers   of the team that have come already, to another crew
    """

    def __init__(self, legs: Sequence[Work], log: TextIO, team: Team, workers: Sequence[Worker] = ()) -> None:
        self._legs = legs
        self._log = log
        self._team = team
        self.workers = list(workers)
        self._total = sum(work.seconds(step) for work in legs for step in work.todo)
        self._done = 0.0
        self._given_up: list[str] = []

    def run(self, report: Report) -> None:
        """Do every step of every leg. Raises BakeError when one fails; what was done by then is kept."""
        while any(work.todo or work.doing for work in self._legs):
            for worker, answer in self._team.answers(HEARTBEAT_S):
                self._take(worker, answer)
            for idle in [worker for worker in self.workers if worker.work is None]:
                self._give(idle)
            report(self._fraction(), self._doing())
        if self._given_up:
            others = len(self._given_up) - 1
            more = f" (and {others} more leg{'s' if others > 1 else ''})" if others else ""
            raise BakeError(f"{self._given_up[0]}{more}; every other leg is done and kept: mend that and run it again")

    def _give(self, worker: Worker) -> None:
        """Hand a worker its next step: of the leg it knows, else of one nobody works on, else of any."""
        ready = [(work, step) for work in self._legs if (step := work.ready()) and self._may(worker, work, step)]
        if not ready:
            return
        work, step = min(ready, key=lambda pair: (pair[0] is not worker.known, bool(pair[0].doing)))
        work.todo.remove(step)
        work.doing.add(step)
        self._team.give(worker, work, step)
        worker.work, worker.known, worker.step, worker.progress = work, work, step, 0.0

    def _may(self, worker: Worker, work: Work, step: Step) -> bool:
        """Whether a step is for this worker: where it has failed before another one tries it, if there is another."""
        failed = work.failures.get(step, [])
        return worker not in failed or all(other in failed for other in self.workers)

    def _take(self, worker: Worker, answer: Answer) -> None:
        """Note what a worker says."""
        if "here" in answer:
            self.workers.append(worker)
        elif "progress" in answer:
            worker.progress = float(answer["progress"])
        elif "done" in answer:
            work, step = self._freed(worker)
            self._log.write(f"{work.title}: {step[0]} {step[1]}: {answer['seconds']} s\n")
            self._log.flush()
            self._done += work.seconds(step)
        else:
            self._failed(worker, answer)

    def _freed(self, worker: Worker) -> tuple[Work, Step]:
        """Take a worker's step back."""
        assert worker.work is not None and worker.step is not None
        work, step = worker.work, worker.step
        work.doing.remove(step)
        worker.work, worker.step, worker.progress = None, None, 0.0
        return work, step

    def _failed(self, worker: Worker, answer: Answer) -> None:
        reason = str(answer.get("lost") or answer["error"])
        if "trace" in answer:
            reason += f", written to {self._log.name}"
            self._log.write(answer["trace"])
        self._log.write(f"{reason}\n")
        self._log.flush()
        if self._team.tries == 1:
            raise BakeError(reason)
        if "lost" in answer:
            self.workers.remove(worker)
        if worker.work is not None:
            self._again(worker, *self._freed(worker), reason)

    def _again(self, worker: Worker, work: Work, step: Step, reason: str) -> None:
        """Let a step that has failed be tried again, or give its leg up."""
        failed = work.failures.setdefault(step, [])
        failed.append(worker)
        if work.given_up:
            return
        if len(failed) < self._team.tries:
            work.todo.insert(0, step)
            return
        work.given_up = True
        work.todo.clear()
        self._given_up.append(f"{work.title} was given up after {len(failed)} tries: {reason}")

    def _fraction(self) -> float:
        begun = sum(worker.work.seconds(worker.step) * worker.progress
                    for worker in self.workers if worker.work and worker.step)  # fmt: skip
        return min(1.0, (self._done + begun) / max(self._total, 1e-9))

    def _doing(self) -> str:
        names = {worker.work.title for worker in self.workers if worker.work}
        return ", ".join(work.title for work in self._legs if work.title in names) or "waiting for workers"
