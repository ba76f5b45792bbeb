"""How long composing will take on this machine: a link, a keyframe and a segment are made once, and timed.

Every worker makes them at the same time, as they will share the machine while they compose.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TextIO

from artwalks_live.bake.compose.latent import Score
from artwalks_live.bake.compose.trial import trial_part, typical
from artwalks_live.bake.compose.work import ComposedWork, Composition
from artwalks_live.bake.crew import Crew, Team, Worker
from artwalks_live.bake.leg import Step
from artwalks_live.bake.pace import cores
from artwalks_live.bake.store import Store

MOST_WORKERS = 6
"""The chain of links feeds no more."""
WORKER_BYTES = 900_000_000  # at its most, with the attention of three paintings, besides its pictures


@dataclass(frozen=True)
class Cost:
    """Seconds on one core. A link's are those of one of so many paintings; they grow with the paintings."""

    link: float
    paintings: int
    keyframe: float
    segment: float

    def seconds(self, step: Step, paintings: Sequence[int]) -> float:
        """Of a step; `paintings` of each keyframe."""
        kind, index = step
        if kind == "link":
            return self.link * paintings[index] / self.paintings if paintings[index] > 1 else 0.01
        if kind == "keyframe":
            return self.keyframe if paintings[index] > 1 else 0.3 * self.keyframe
        return self.segment

    def of(self, paintings: Sequence[int]) -> dict[str, float]:
        """By kind, on average."""
        made = {kind: [self.seconds((kind, k), paintings) for k in range(len(paintings))]
                for kind in ("link", "keyframe")}  # fmt: skip
        return {kind: sum(values) / len(values) for kind, values in made.items()} | {"segment": self.segment}


def worker_count(wanted: int, canvas: tuple[int, int], todo: int) -> int:
    """As many workers as are wanted (0: one a core), but no more than can be busy or than the memory holds."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 1 << 62
    each = WORKER_BYTES + 200 * canvas[0] * canvas[1]
    return max(1, min(wanted or cores(), MOST_WORKERS, int(0.8 * memory / each), 1 + todo // 3))


def measured(
    composition: Composition, score: Score, store: Store, log: TextIO, team: Team
) -> tuple[Cost, list[Worker]]:
    """Let every worker of a team time a trial. Returns the workers too, to be given real work."""
    names = [trial_part(composition.score, i) for i in range(team.count)]
    todo: list[Step] = [("trial", i) for i in range(team.count)]
    cost = {"trial": 1.0, "link": 1.0, "keyframe": 1.0, "segment": 1.0}
    crew = Crew([ComposedWork(composition, "measuring", cost, todo)], log, team)
    crew.run(lambda share, doing: None)
    times = [store.work(name)["seconds"] for name in names]
    link, keyframe, segment = (median(float(each[i]) for each in times) for i in range(3))
    return Cost(link, typical(score)[1], keyframe, segment), crew.workers


def expected_s(todo: Sequence[Step], paintings: Sequence[int], cost: Cost, workers: int) -> float:
    """How long so many workers take: the chain waits for itself, all else is shared out."""
    seconds = dict.fromkeys(("link", "keyframe", "segment"), 0.0)
    for step in todo:
        seconds[step[0]] += cost.seconds(step, paintings)
    return max(seconds["link"] + cost.keyframe + cost.segment, sum(seconds.values()) / workers) + 1.5
