"""Who does what next in a bake, and what if somebody fails; the team is a twin that does as it is told."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from types import TracebackType

import pytest

from artwalks_live.bake.crew import Answer, Crew, LegWork, Worker, device, worker_count
from artwalks_live.bake.devices import listed_devices
from artwalks_live.bake.keyframes import LegRequest
from artwalks_live.bake.keyframes.options import Diffusion
from artwalks_live.bake.leg import Framed, Leg, Step
from artwalks_live.core.errors import BakeError
from tests.bake.bakery import TWINS

DONE: Answer = {"done": True, "seconds": 0.1}
LOST: Answer = {"lost": "a worker ended by itself"}
STEPS: list[Step] = [("plan", 0), ("keyframe", 0), ("segment", 0), ("segment", 1)]


class Told:
    """A team whose workers say at once what `outcome` gives for (number of the worker, title of the leg, step)."""

    def __init__(self, count: int, outcome: Callable[[int, str, Step], Answer], tries: int = 2) -> None:
        self.count, self.tries = count, tries
        self.given: list[tuple[int, str, Step]] = []
        self._outcome = outcome
        self._workers: list[Worker] = []
        self._said: list[tuple[Worker, Answer]] = []
        for _ in range(count):
            self._come()

    def __enter__(self) -> Told:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nobody is there to be ended."""

    def _come(self) -> None:
        self._workers.append(Worker())
        self._said.append((self._workers[-1], {"here": True}))

    def give(self, worker: Worker, work: LegWork, step: Step) -> None:
        told = (self._workers.index(worker), work.title, step)
        self.given.append(told)
        answer = self._outcome(*told)
        self._said.append((worker, answer))
        if "lost" in answer:
            self._come()

    def answers(self, timeout_s: float) -> Sequence[tuple[Worker, Answer]]:
        said, self._said = self._said, []
        return said


def legs(*titles: str) -> list[LegWork]:
    frames = [Framed(*(f"{end}{field.name}" for field in fields(Framed))) for end in "ab"]
    leg = Leg(*frames, LegRequest(keyframes=1), f"{TWINS}:Dissolve", f"{TWINS}:FieldFlow", "none")
    return [LegWork(leg, title, 96 * 64, list(STEPS)) for title in titles]


def run(team: Told, *titles: str) -> str:
    """Have legs done; what went into the log."""
    log = io.StringIO()
    log.name = "bake.log"  # type: ignore[misc]
    Crew(legs(*titles), log, team).run(lambda share, doing: None)
    return log.getvalue()


def test_each_worker_keeps_to_its_leg() -> None:
    team = Told(2, lambda worker, title, step: DONE)
    run(team, "a", "b")
    assert [(title, step) for worker, title, step in team.given if worker == 0] == [("a", step) for step in STEPS]
    assert [(title, step) for worker, title, step in team.given if worker == 1] == [("b", step) for step in STEPS]


def test_a_lost_worker_costs_its_step_and_another_does_it() -> None:
    team = Told(1, lambda worker, title, step: LOST if worker == 0 and step == ("keyframe", 0) else DONE)
    log = run(team, "a", "b")
    assert log.count("ended by itself") == 1
    assert team.given.count((0, "a", ("keyframe", 0))) == team.given.count((1, "a", ("keyframe", 0))) == 1
    assert len(team.given) == 2 * len(STEPS) + 1


def test_what_failed_is_tried_elsewhere() -> None:
    def bad_machine(worker: int, title: str, step: Step) -> Answer:
        return {"error": "its disk is full"} if worker == 0 else DONE

    team = Told(2, bad_machine)
    log = run(team, "a", "b")
    failed = [(title, step) for worker, title, step in team.given if worker == 0]
    assert len(failed) == len(set(failed)) == log.count("its disk is full")


def test_a_leg_that_fails_twice_is_given_up_and_the_others_are_done() -> None:
    def hopeless(worker: int, title: str, step: Step) -> Answer:
        return {"error": "too dark", "trace": "Traceback\n"} if (title, step[0]) == ("b", "keyframe") else DONE

    team = Told(2, hopeless)
    with pytest.raises(BakeError, match=r"^b was given up after 2 tries: too dark, written to bake\.log; every other"):
        run(team, "a", "b", "c")
    assert {(title, step) for _, title, step in team.given if title in "ac"} == {(t, s) for t in "ac" for s in STEPS}
    tried = [worker for worker, title, step in team.given if (title, step) == ("b", ("keyframe", 0))]
    assert sorted(tried) == [0, 1], "each worker once"
    with pytest.raises(BakeError, match=r"too dark.* \(and 1 more leg\)"):
        run(Told(2, lambda worker, title, step: {"error": "too dark"}), "a", "b")


def test_here_the_first_failure_ends_the_bake() -> None:
    team = Told(1, lambda worker, title, step: LOST, tries=1)
    with pytest.raises(BakeError, match="ended by itself"):
        run(team, "a")
    assert len(team.given) == 1


def test_nobody_to_do_it_is_said() -> None:
    """A cluster may be busy with other things: the first workers come when they can."""
    seen: list[str] = []
    team = Told(1, lambda worker, title, step: DONE)
    arrival, team._said = team._said, []
    crew = Crew(legs("a"), io.StringIO(), team)

    def report(share: float, doing: str) -> None:
        seen.append(doing)
        if len(seen) == 1:
            team._said = arrival

    crew.run(report)
    assert seen[:2] == ["waiting for workers", "a"]


def test_no_more_workers_than_can_be_busy() -> None:
    assert worker_count(legs("a"), 8) == 1
    assert worker_count(legs("a", "b", "c"), 2) == 2


def test_a_diffusion_model_has_a_worker_for_each_card() -> None:
    painted = LegRequest(5, diffusion=Diffusion(device="auto"))
    work = [replace(each, leg=replace(each.leg, request=painted)) for each in legs("a", "b", "c")]
    assert (device(work), device(legs("a"))) == ("auto", "")
    assert worker_count(work, devices=["0", "1"]) == 2
    assert worker_count(work) == 1, "each would load the model"
    assert worker_count(work, 3, ["0", "1"]) == 3


LISTING = """\
GPU 0: NVIDIA H200 (UUID: GPU-11111111-aaaa)
  MIG 1g.18gb     Device  0: (UUID: MIG-22222222-bbbb)
  MIG 1g.18gb     Device  1: (UUID: MIG-33333333-cccc)
GPU 1: NVIDIA H200 (UUID: GPU-44444444-dddd)
"""


def test_a_divided_card_counts_by_its_parts() -> None:
    assert listed_devices(LISTING) == ["MIG-22222222-bbbb", "MIG-33333333-cccc", "GPU-44444444-dddd"]
    assert listed_devices("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.") == []
