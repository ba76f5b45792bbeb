"""A team of workers on a Ray cluster that is there already: one actor a core, or one a GPU for a diffusion model.

The framed paintings travel to the workers as objects, and what a step has made comes back and is put into the store
here; no file is shared. A worker that is lost is replaced, and its step is done again by whoever is free.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any

from artwalks_live.bake import parcel
from artwalks_live.bake.crew import ONE_THREAD, Answer, LegWork, Work, Worker, at_once, device, memory_bytes
from artwalks_live.bake.join import Head, first_line, joined
from artwalks_live.bake.leg import Step
from artwalks_live.bake.remote import Remote, networks, versions
from artwalks_live.bake.store import Store
from artwalks_live.core.errors import BakeError

_LEAVE_S = 3.0
_STILLBORN = 3  # workers in a row that end before they have said a word


@dataclass(eq=False)
class _Actor(Worker):
    """A worker of the cluster: where it is, the files of its leg that it has, what it was asked last."""

    actor: Any = None
    host: str = ""
    has: set[str] = field(default_factory=set)
    asked: Any = None


class Cluster:
    """Workers on the Ray cluster at an address.

    address   `auto`, HOST:PORT of a cluster that this machine is a node of, or ray://HOST:PORT
    wanted    how many workers, 0: one for each CPU of the cluster, or each GPU
    """

    tries = 2

    def __init__(self, address: str, store: Store, legs: Sequence[LegWork], wanted: int = 0) -> None:
        self.count = 0
        self._address = address
        self._store = store
        self._legs = legs
        self._wanted = wanted
        self._ray: Any = None
        self._head = Head("")
        self._options: dict[str, Any] = {}
        self._networks: Any = None
        self._workers: list[_Actor] = []
        self._stillborn = 0
        self._short = 0

    def __enter__(self) -> Cluster:
        self._ray, self._head = joined(self._address)
        try:
            cards = self._ray.cluster_resources().get("GPU", 0) if device(self._legs) not in ("", "cpu", "mps") else 0
            self.count = min(self._wanted or int(cards) or self._places(), at_once(self._legs))
            if not self.count:
                raise BakeError(
                    f"--ray {self._address}: the cluster has no CPU to offer: start a node with `ray start "
                    "--address=HOST:6379`, or say --workers N where it grows by itself"
                )
            self._options = {
                "num_cpus": 1,
                "num_gpus": min(1.0, cards / self.count),  # more workers than cards share them
                "memory": memory_bytes(self._legs),
                "scheduling_strategy": "SPREAD",
                "max_concurrency": 2,  # one that works, one that is asked how far it is
                "runtime_env": {"env_vars": ONE_THREAD},
            }
            self._networks = self._ray.put(networks(self._legs[0].leg))
            self._workers = [self._hire() for _ in range(self.count)]
        except BaseException:
            self._ray.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(Exception):  # where the cluster has gone Ray raises of every kind, and its workers have gone too
            leaving = [worker.actor.leave.remote() for worker in self._workers if worker.host]
            if leaving:
                self._ray.wait(leaving, num_returns=len(leaving), timeout=_LEAVE_S)
            for worker in self._workers:
                self._ray.kill(worker.actor)
        self._ray.shutdown()

    def give(self, worker: Worker, work: Work, step: Step) -> None:
        """Send the step, and what it needs that the worker does not have."""
        assert isinstance(worker, _Actor) and isinstance(work, LegWork)
        if work is not worker.known:
            worker.has = set()
        files = parcel.pack(self._store, work.leg, step, worker.has)
        worker.has |= files.keys()
        with self._standing():
            worker.asked = worker.actor.do.remote(asdict(work.leg), step, self._ray.put(files))

    def answers(self, timeout_s: float) -> Sequence[tuple[Worker, Answer]]:
        """What the workers have sent; when that is nothing, how far they are."""
        with self._standing():
            self._refill()
            asked = {worker.asked: worker for worker in self._workers if worker.asked is not None}
            if not asked:
                time.sleep(timeout_s)  # all are lost, and who would send others is not there
            if not asked or not self._ray.wait(list(asked), timeout=timeout_s)[0]:
                self._head.look(time.monotonic())
                return self._progress(timeout_s)
            more, _ = self._ray.wait(list(asked), num_returns=len(asked), timeout=0)
            return [answer for ref in more for answer in self._heard(asked[ref])]

    def _places(self) -> int:
        """How many workers the cluster has room for: one a CPU, but of a diffusion model one a machine."""
        cores = [int(node["Resources"].get("CPU", 0)) for node in self._ray.nodes() if node["Alive"]]
        return sum(min(1, count) if device(self._legs) else count for count in cores)

    def _progress(self, timeout_s: float) -> list[tuple[Worker, Answer]]:
        """Ask those at work how far they are; who does not say at once says it another time."""
        asked = {worker.actor.progress.remote(): worker for worker in self._workers if worker.work is not None}
        found: list[tuple[Worker, Answer]] = []
        for ref in self._ray.wait(list(asked), num_returns=len(asked), timeout=timeout_s)[0] if asked else []:
            with suppress(self._ray.exceptions.RayError):  # it has gone: what it was asked to do says so
                found.append((asked[ref], {"progress": self._ray.get(ref)}))
        return found

    def _heard(self, worker: _Actor) -> Iterator[tuple[Worker, Answer]]:
        """Take what a worker has sent, into the store too, or note that it has gone."""
        ref, worker.asked = worker.asked, None
        try:
            answer: Answer = self._ray.get(ref)
        except self._ray.exceptions.RayTaskError as error:
            yield worker, {"error": f"on {worker.host or 'a worker'}: {first_line(error.cause)}", "trace": str(error)}
            return
        except self._ray.exceptions.RayError as error:
            yield from self._lost(worker, error)
            return
        if "here" in answer:
            self._welcome(worker, answer)
        elif "done" in answer:
            files = answer.pop("files")
            parcel.unpack(self._store, files, worker.host)
            worker.has |= files.keys()
        else:
            answer["error"] = f"on {worker.host}: {answer['error']}"
        yield worker, answer

    def _welcome(self, worker: _Actor, answer: Answer) -> None:
        """Refuse a worker that would not make the same pictures."""
        worker.host, self._stillborn = str(answer["here"]), 0
        refused = differs(answer, versions(), self._first_part())
        if refused:
            raise BakeError(f"--ray {self._address}: {worker.host} {refused}")

    def _lost(self, worker: _Actor, error: Exception) -> Iterator[tuple[Worker, Answer]]:
        self._workers.remove(worker)
        with suppress(*self._gone()):
            self._ray.kill(worker.actor)
        if worker.host:
            yield worker, {"lost": f"a worker on {worker.host} ended by itself (out of memory? has its machine gone?)"}
        else:
            self._stillborn += 1
            if _lacks_artwalks(error):
                raise BakeError(self._without_artwalks) from None
            if self._stillborn >= _STILLBORN:
                raise BakeError(f"--ray {self._address}: workers do not start there: {_last_line(error)}")
        self._short += 1

    def _refill(self) -> None:
        """Ask for new workers in place of those that were lost."""
        while self._short and self._head.answers():
            self._workers.append(self._hire())
            self._short -= 1

    def _hire(self) -> _Actor:
        first, step = self._first()
        try:
            actor = self._ray.remote(Remote).options(**self._options).remote(self._networks)
        except ImportError as error:  # by ray:// the head itself looks at what it is sent
            if not _lacks_artwalks(error):
                raise
            raise BakeError(self._without_artwalks) from None
        return _Actor(actor=actor, asked=actor.about.remote(asdict(first.leg), step))

    @property
    def _without_artwalks(self) -> str:
        return (
            f"--ray {self._address}: a machine of the cluster has no artwalks-live {versions()['artwalks']}: "
            "pip install it into the Python of its Ray"
        )

    def _first(self) -> tuple[LegWork, Step]:
        work = self._legs[0]
        return work, ("segment", 0)

    def _first_part(self) -> str:
        work, step = self._first()
        return work.leg.part(step)

    def _gone(self) -> tuple[type[Exception], ...]:
        """What calls raise when the cluster itself has gone."""
        return (self._ray.exceptions.RayError, ConnectionError)

    @contextmanager
    def _standing(self) -> Iterator[None]:
        try:
            yield
        except self._gone() as error:
            raise BakeError(
                f"--ray {self._address}: the cluster has gone ({first_line(error)}): what is done is kept, "
                "run the same command again when it is back"
            ) from None


def differs(answer: Answer, here: dict[str, str], part: str) -> str:
    """What keeps a worker that answered `about` from making the pictures of this machine; "" when nothing does."""
    there = answer["versions"]
    if there["artwalks"] != here["artwalks"]:
        return f"has artwalks-live {there['artwalks']} and this machine {here['artwalks']}: install the same on both"
    if "error" in answer:
        return f"cannot take part: {answer['error']}"
    if answer["part"] != part:
        return "has another version of --generator, --model or --flow than this machine: the same are needed on both"
    return ""


def _lacks_artwalks(error: Exception) -> bool:
    return "No module named 'artwalks_live" in str(error)


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
