"""One leg, from painting to painting, in steps that can each be done by any process and done again alone.

    plan → keyframe 0, keyframe 1, …       each keyframe needs only the plan
    segment j                              needs the keyframes at its two ends, and their patch fields

What a step has made goes into the store; its name there hashes everything the result depends on: the pixels of the
two framed paintings, the request, and the generator's and the flow's name and version. A segment has two records:
one of its flow from keyframe to keyframe, one with its anchors; to change one's mind about those needs no new flow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import anchors, keyframes, metric
from artwalks_live.bake.clip import Clip
from artwalks_live.bake.enlarged import enlarged
from artwalks_live.bake.estimators import flow_named, own
from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.bake.keyframes import Batching, Generated, Generator, LegRequest, PatchField, Picture
from artwalks_live.bake.keyframes.options import Diffusion
from artwalks_live.bake.store import Store, key
from artwalks_live.bake.upscale import NONE
from artwalks_live.core.errors import BakeError
from artwalks_live.core.walk import StoredFile

Step = tuple[str, int]
Progress = Callable[[float], None]
PLAN: Step = ("plan", 0)


def generator_named(name: str) -> Generator:
    """A generator by name, or one of your own as `module:callable`. Raises UsageError when there is none."""
    return cast(Generator, own(name, "--generator")) if ":" in name else keyframes.generator(name)


@dataclass(frozen=True)
class Framed:
    """A fitted painting in the store: its keyframe, and the name and pixels' hashes of its source and its whole."""

    image: str
    image_sha256: str
    source: str
    source_sha256: str
    whole_sha256: str


@dataclass(frozen=True)
class Leg:
    """A leg to be baked; small, and plain enough to be sent to another process as JSON."""

    a: Framed
    b: Framed
    request: LegRequest
    generator: str
    flow: str
    anchors: str = "auto"
    upscale: str = NONE

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Leg:
        """The reverse of `dataclasses.asdict`."""
        told = values["request"].get("diffusion")
        request = LegRequest(**{**values["request"], "diffusion": Diffusion(**told) if told else None})
        return cls(**{**values, "a": Framed(**values["a"]), "b": Framed(**values["b"]), "request": request})

    @property
    def maker(self) -> Generator:
        """What makes the keyframes of this leg, at the size of the walk."""
        return enlarged(generator_named(self.generator), self.upscale)

    @property
    def segments(self) -> int:
        """The number of segments, one more than the keyframes between."""
        return self.request.keyframes + 1

    def part(self, step: Step) -> str:
        """The name under which a step's record, or a plan's or keyframe's work, is kept."""
        return _part(self, step)

    def whole(self, index: int) -> str:
        """The name of the record of a segment's flow from keyframe to keyframe."""
        return _part(replace(self, anchors="none"), ("segment", index))


@lru_cache(maxsize=4096)
def _part(leg: Leg, step: Step) -> str:
    kind, index = step
    maker = leg.maker
    pictures = [digest for end in (leg.a, leg.b) for digest in (end.image_sha256, end.source_sha256, end.whole_sha256)]
    depends = [*pictures, _deciding(leg.request), maker.name, maker.version]
    if kind == "segment":
        estimator = flow_named(leg.flow)
        depends += [estimator.name, estimator.version]
        depends += ["anchors", anchors.VERSION] if leg.anchors == "auto" else []
    return key(kind, index, *depends)


def _deciding(request: LegRequest) -> dict[str, Any]:
    """What of a request the pictures depend on; without a model's part where none is at work."""
    values = asdict(request)
    del values["diffusion"], values["clip"]
    if request.clip:
        values["clip"] = Clip.of(request.clip).name
    return values if request.diffusion is None else {**values, "diffusion": request.diffusion.deciding()}


def missing(leg: Leg, store: Store) -> list[Step]:
    """The steps that are still to be done, in an order in which they can be."""
    count = leg.request.keyframes
    segments = [j for j in range(leg.segments) if store.record(leg.part(("segment", j))) is None]
    wanted = {i for i in range(count) if store.record(leg.part(("keyframe", i))) is None}
    # a keyframe's field goes when its walk is committed: without it the flows beside it cannot be made again
    flows = [j for j in segments if store.record(leg.whole(j)) is None]
    ends = {i for j in flows for i in (j - 1, j) if 0 <= i < count}
    wanted |= {i for i in ends if not store.has_work(leg.part(("keyframe", i)))}
    steps: list[Step] = [("keyframe", i) for i in sorted(wanted)] + [("segment", j) for j in segments]
    return [PLAN, *steps] if wanted and not store.has_work(leg.part(PLAN)) else steps


def needs(leg: Leg, step: Step) -> set[Step]:
    """The steps that must be done before this one."""
    kind, index = step
    if kind == "keyframe":
        return {PLAN}
    if kind == "segment":
        return {("keyframe", i) for i in (index - 1, index) if 0 <= i < leg.request.keyframes}
    return set()


def do(leg: Leg, step: Step, store: Store, progress: Progress) -> None:
    """Do one step and put what it made into the store.

    Raises BakeError when a generator or flow gives something of the wrong shape.
    """
    kind, index = step
    if kind == "plan":
        a, b = _picture(store, leg.a), _picture(store, leg.b)
        store.put_work(leg.part(step), leg.maker.plan(a, b, leg.request, progress))
    elif kind == "keyframe":
        _do_keyframe(leg, index, store)
    else:
        _do_segment(leg, index, store)


@lru_cache(maxsize=2)
def _picture(store: Store, framed: Framed) -> Picture:
    kept = store.work(framed.source)
    return Picture(canvas=store.image(framed.image), source=kept["source"], whole=kept["whole"])


def _do_keyframe(leg: Leg, index: int, store: Store) -> None:
    """Make a keyframe; of a generator that paints batches the whole batch, so that its fellows find theirs done.

    Batches begin at multiples of their size whatever is there already: interrupted or not, the same are painted
    together, and give the same bytes.
    """
    if not _lacks(leg, index, store):
        return
    a, b = _picture(store, leg.a), _picture(store, leg.b)
    plan, maker = store.work(leg.part(PLAN)), leg.maker
    if isinstance(maker, Batching):
        size = maker.batch(leg.request)
        first = index - index % size
        batch = range(first, min(first + size, leg.request.keyframes))
        made = dict(zip(batch, maker.keyframes(a, b, leg.request, plan, batch), strict=True))
    else:
        made = {index: maker.keyframe(a, b, leg.request, plan, index)}
    for i, each in made.items():
        _check_generated(each, a.canvas.shape, leg.generator, i)
        if _lacks(leg, i, store):
            _keep_keyframe(leg, i, each, store)


def _lacks(leg: Leg, index: int, store: Store) -> bool:
    name = leg.part(("keyframe", index))
    return store.record(name) is None or not store.has_work(name)


def _keep_keyframe(leg: Leg, index: int, made: Generated, store: Store) -> None:
    name, field = leg.part(("keyframe", index)), made.field
    store.put_work(name, {} if field is None else {"painting": field.painting, "x": field.x, "y": field.y})
    store.keep(name, [store.put_image(made.image)], weight=round(float(made.weight), 6))


def _check_generated(made: Generated, shape: tuple[int, ...], generator: str, index: int) -> None:
    if made.image.dtype != np.uint8 or made.image.shape != shape:
        found = f"{made.image.dtype} {made.image.shape}"
        raise BakeError(f"generator {generator}: keyframe {index} is {found}, expected uint8 {shape}")
    if not 0.0 < made.weight < 1.0:
        raise BakeError(f"generator {generator}: keyframe {index} has weight {made.weight}, expected one inside (0, 1)")


def _do_segment(leg: Leg, index: int, store: Store) -> None:
    images = [_end_image(leg, end, store) for end in (index, index + 1)]
    step = round(metric.distance(images[0], images[1]), 6)
    record = store.record(leg.whole(index))
    whole = _estimated(leg, index, images, store) if record is None else SegmentFlow(*store.maps(record["files"]))
    made = anchors.place(images[0], images[1], whole) if leg.anchors == "auto" else None
    if made is None:
        files: list[StoredFile] = [*store.put_maps(whole.flow, whole.crossover)]
        store.keep(leg.whole(index), files, step=step)
    else:
        files = [*store.put_maps(made.rest.flow, made.rest.crossover)]
        for each in made.anchors:
            files += [store.put_image(each.image), *store.put_maps(each.maps.flow, each.maps.crossover)]
    if leg.anchors == "auto":
        at = [] if made is None else [each.at for each in made.anchors]
        store.keep(leg.part(("segment", index)), files, step=step, anchors=at)


def _estimated(leg: Leg, index: int, images: Sequence[NDArray[np.uint8]], store: Store) -> SegmentFlow:
    """The flow from keyframe to keyframe. Raises BakeError when the estimator gives something else."""
    fields = [_end_field(leg, end, store) for end in (index, index + 1)]
    grids = [field.painting.shape for field in fields if isinstance(field, PatchField)]
    full = [_identity(field, grids[0]) if grids and isinstance(field, int) else field for field in fields]
    known = [field if isinstance(field, PatchField) else None for field in full]
    made = flow_named(leg.flow).estimate(images[0], images[1], *(known if None not in known else (None, None)))
    _check_maps(made, leg.flow, index)
    return made


def _end_image(leg: Leg, end: int, store: Store) -> NDArray[np.uint8]:
    """The image at one end of a segment; end 0 is painting A, the last one painting B."""
    if end in (0, leg.segments):
        return _picture(store, leg.a if end == 0 else leg.b).canvas
    record = store.record(leg.part(("keyframe", end - 1)))
    if record is None:
        raise BakeError(f"keyframe {end - 1} has gone from the store: run the same command again")
    return store.image(record["files"][0][0])


def _end_field(leg: Leg, end: int, store: Store) -> PatchField | int | None:
    """A keyframe's field (None: not known); for a painting its number in the leg, 0 or 1."""
    if end in (0, leg.segments):
        return 0 if end == 0 else 1
    arrays = store.work(leg.part(("keyframe", end - 1)))
    return PatchField(arrays["painting"], arrays["x"], arrays["y"]) if arrays else None


def _identity(painting: int, grid: tuple[int, ...]) -> PatchField:
    """The field of a painting itself: every place comes from where it is."""
    y, x = np.indices(grid, np.float32)
    return PatchField(np.full(grid, painting, np.uint8), x, y)


def _check_maps(made: SegmentFlow, flow: str, index: int) -> None:
    grid = made.flow.shape[:2]
    if made.flow.shape != (*grid, 4) or made.crossover.shape != (*grid, 2):
        shapes = f"{made.flow.shape} and {made.crossover.shape}"
        raise BakeError(f"flow {flow}: segment {index} has maps of shape {shapes}, expected (h, w, 4) and (h, w, 2)")
    if not (np.isfinite(made.flow).all() and np.isfinite(made.crossover).all()):
        raise BakeError(f"flow {flow}: segment {index} holds values that are not finite")
