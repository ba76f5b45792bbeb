"""The steps of a composed walk, each done by any process and done again alone.

    link k       the small picture of keyframe k and its pieces; needs link k - 1
    keyframe k   laid at full size; needs link k
    segment k    the flow from keyframe k to k + 1; needs both
    trial n      one of each, for their cost

The chain of links is the only thing that waits for itself, and the cheaper half of the work: while one worker goes on
along it, the others lay and join what it has left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, overload

import numpy as np

from artwalks_live.bake import metric
from artwalks_live.bake.compose import territories
from artwalks_live.bake.compose.latent import Score
from artwalks_live.bake.compose.mixture import TURNS, Link, Wanted
from artwalks_live.bake.compose.painters import Pictures, Pixels, painter_of
from artwalks_live.bake.compose.restyle import Restyling
from artwalks_live.bake.compose.trial import trial, trial_part
from artwalks_live.bake.crew import Worker
from artwalks_live.bake.estimators import flow_named
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.bake.leg import Framed, Step
from artwalks_live.bake.store import Record, Store, key
from artwalks_live.core.errors import BakeError

Progress = Callable[[float], None]
AHEAD = 4  # links that the chain may be ahead of other work that could be done
SWAY = 2.2  # how far the latent moves territories and grain from where a silent song leaves them


@dataclass(frozen=True)
class Composition:
    """What is to be made; small, and plain enough to be sent to another process as JSON.

    paintings   framed, in the store
    score       name of the score's arrays in the store; it hashes all that they say
    count       of keyframes
    """

    paintings: tuple[Framed, ...]
    score: str
    count: int
    generator: str
    flow: str
    seed: int
    restyling: Restyling | None = None

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Composition:
        """The reverse of `dataclasses.asdict`."""
        paintings, told = tuple(Framed(**each) for each in values["paintings"]), values["restyling"]
        return cls(**{**values, "paintings": paintings, "restyling": Restyling(**told) if told else None})

    def part(self, step: Step) -> str:
        """The name under which a step's record or work is kept."""
        return _part(self, step)


def noise_size(paintings: int) -> int:
    """Dimensions of the latent's noise: each painting's waves, and the turning of the grain."""
    return paintings * territories.COUNT + TURNS


@lru_cache(maxsize=8192)
def _part(composition: Composition, step: Step) -> str:
    kind, index = step
    depends: list[object] = [each.image_sha256 for each in composition.paintings]
    depends += [composition.score, composition.seed]
    # the chain does not depend on what its pictures are painted over with
    painter = painter_of(composition.generator, None if kind == "link" else composition.restyling)
    depends += [painter.name, painter.version]
    if kind == "segment":
        estimator = flow_named(composition.flow)
        depends += [estimator.name, estimator.version]
    return key("composed", kind, index, *depends)


def steps(count: int) -> list[Step]:
    """All steps, in an order in which they can be done, the chain first."""
    links: list[Step] = [("link", k) for k in range(count)]
    rest: list[Step] = []
    for k in range(count):
        rest.append(("keyframe", k))
        if k:
            rest.append(("segment", k - 1))
    return [*links, *rest]


def missing(composition: Composition, store: Store) -> list[Step]:
    """The steps that are still to be done, in such an order."""
    count = composition.count
    segments = {j for j in range(count - 1) if store.record(composition.part(("segment", j))) is None}
    keyframes = {k for k in range(count) if store.record(composition.part(("keyframe", k))) is None}
    # links go when the walk is committed whole: without the two beside it a segment's flow cannot be made again
    last = max([*keyframes, *(j + 1 for j in segments)], default=-1)
    needed = keyframes | segments | {j + 1 for j in segments}
    absent = {k for k in range(last + 1) if not store.has_work(composition.part(("link", k)))}
    first = min(absent & needed, default=last + 1)  # a link that is there still, and so is all before what is needed
    while first > 0 and first - 1 in absent:
        first -= 1
    links = {k for k in absent if k >= first}
    wanted = {("link", k) for k in links} | {("keyframe", k) for k in keyframes} | {("segment", j) for j in segments}
    return [step for step in steps(count) if step in wanted]


def needs(step: Step) -> set[Step]:
    """The steps that must be done before this one."""
    kind, index = step
    if kind == "link":
        return {("link", index - 1)} if index else set()
    if kind == "keyframe":
        return {("link", index)}
    if kind == "trial":
        return set()
    return {("keyframe", index), ("keyframe", index + 1), ("link", index), ("link", index + 1)}


def do(composition: Composition, step: Step, store: Store, progress: Progress) -> None:
    """Do one step and put what it made into the store."""
    kind, index = step
    if kind == "link":
        store.put_work(composition.part(step), _linked(composition, index, store).packed())
    elif kind == "keyframe":
        _keep_keyframe(composition, index, store)
    elif kind == "trial":
        score, pictures = _score(store, composition.score), _pictures(store, composition)
        found = trial(pictures, score, lambda k: wanted(score, k, composition.seed), composition.flow)
        store.put_work(trial_part(composition.score, index), found)
    else:
        _keep_segment(composition, index, store)


def _linked(composition: Composition, index: int, store: Store) -> Link:
    score, pictures = _score(store, composition.score), _pictures(store, composition)
    if score.standing[index] >= 0:
        return pictures.alone(int(score.standing[index]))
    before = _link(composition, index - 1, store) if index else None
    return pictures.link(wanted(score, index, composition.seed), before)


def wanted(score: Score, index: int, seed: int) -> Wanted:
    """What keyframe `index` is to be made of."""
    weights = {i: float(w) for i, w in enumerate(score.weights[index]) if w > 0.0}
    total = sum(weights.values())
    count = len(score.weights[index])
    rest = np.random.default_rng((seed, 13)).standard_normal(noise_size(count))
    noise = rest + SWAY * score.noise[index]
    waves, turns = noise[:-TURNS].reshape(count, territories.COUNT), noise[-TURNS:]
    return Wanted({i: w / total for i, w in weights.items()}, waves, turns)


def _link(composition: Composition, index: int, store: Store) -> Link:
    return Link.unpacked(store.work(composition.part(("link", index))))


def _keep_keyframe(composition: Composition, index: int, store: Store) -> None:
    score, name = _score(store, composition.score), composition.part(("keyframe", index))
    if score.standing[index] >= 0:
        framed = composition.paintings[int(score.standing[index])]
        image = store.image(framed.image)
    else:
        image = _pictures(store, composition).lay(_link(composition, index, store))
        expected = store.image(composition.paintings[0].image).shape
        if image.dtype != np.uint8 or image.shape != expected:
            raise BakeError(f"generator {composition.generator}: keyframe {index} is {image.dtype} {image.shape}, "
                            f"expected uint8 {expected}")  # fmt: skip
    store.keep(name, [store.put_image(image)])


def _keep_segment(composition: Composition, index: int, store: Store) -> None:
    images = [store.image(_files(composition, k, store)[0][0]) for k in (index, index + 1)]
    pictures = _pictures(store, composition)
    first, second = (pictures.field(_link(composition, k, store)) for k in (index, index + 1))
    fields = (None, None) if first is None or second is None else as_leg(first, second)
    made = flow_named(composition.flow).estimate(images[0], images[1], *fields)
    step = round(metric.distance(images[0], images[1]), 6)
    store.keep(composition.part(("segment", index)), store.put_maps(made.flow, made.crossover), step=step)


def _files(composition: Composition, index: int, store: Store) -> Sequence[Sequence[Any]]:
    record: Record | None = store.record(composition.part(("keyframe", index)))
    if record is None:
        raise BakeError(f"keyframe {index} has gone from the store: run the same command again")
    files: Sequence[Sequence[Any]] = record["files"]
    return files


def as_leg(first: PatchField, second: PatchField) -> tuple[PatchField, PatchField]:
    """The fields with number 1 for the painting that gains most: a flow's crossover grows from where that stands."""
    count = 1 + max(int(first.painting.max()), int(second.painting.max()), 1)
    gains = [float((second.painting == i).mean() - (first.painting == i).mean()) for i in range(count)]
    swapped = np.arange(count, dtype=np.uint8)
    rising = int(np.argmax(gains))
    swapped[[1, rising]] = swapped[[rising, 1]]
    one, two = (PatchField(swapped[field.painting], field.x, field.y) for field in (first, second))
    return one, two


class Canvases(Sequence[Pixels]):
    """The framed paintings of a store, each read when it is asked for: of many, few are in one picture."""

    def __init__(self, store: Store, names: Sequence[str]) -> None:
        self._names = names
        self._image = lru_cache(maxsize=4)(store.image)

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> Pixels: ...
    @overload
    def __getitem__(self, index: slice) -> list[Pixels]: ...
    def __getitem__(self, index: int | slice) -> Pixels | list[Pixels]:
        if isinstance(index, slice):
            return [self._image(name) for name in self._names[index]]
        return self._image(self._names[index])


@lru_cache(maxsize=1)
def _pictures(store: Store, composition: Composition) -> Pictures:
    canvases = Canvases(store, [framed.image for framed in composition.paintings])
    return painter_of(composition.generator, composition.restyling).over(canvases, composition.seed)


@lru_cache(maxsize=1)
def _score(store: Store, name: str) -> Score:
    return Score.unpacked(store.work(name))


@dataclass
class ComposedWork:
    """A composition as a crew's work.

    cost_s   about how long a step of each kind takes on one core
    """

    composition: Composition
    title: str
    cost_s: dict[str, float]
    todo: list[Step]
    doing: set[Step] = field(default_factory=set)
    failures: dict[Step, list[Worker]] = field(default_factory=dict)
    given_up: bool = False

    def seconds(self, step: Step) -> float:
        """About how long a step takes on one core."""
        return self.cost_s[step[0]]

    def ready(self) -> Step | None:
        """The next step that can be begun now, or None."""
        unfinished = {*self.todo, *self.doing}
        found = (step for step in self.todo if not needs(step) & unfinished)
        first = next(found, None)
        if first is None or first[0] != "link":
            return first
        # what is interrupted plays as far as it is laid and joined: the chain need not be far ahead of that
        behind = next((step for step in found if step[1] < first[1] - AHEAD), None)
        return behind or first

    def task(self, step: Step) -> dict[str, Any]:
        """What a worker process is told, as JSON values."""
        return {"composition": asdict(self.composition), "step": step}
