"""Paintings to a walk bundle: frame them, have every leg baked, commit.

    request ─ check ─ frame each painting ─ legs ─ workers do the missing steps ─ walk.json ─ prune

What is there already, from a bake that was stopped or from an earlier one with other paintings, is used again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live import __version__
from artwalks_live.bake import embedding, enlarged, framing, legs, pace, paintings
from artwalks_live.bake.cluster import Cluster
from artwalks_live.bake.crew import Crew, LegWork, Report, Team, device, worker_count
from artwalks_live.bake.devices import cuda_devices
from artwalks_live.bake.estimators import flow_named
from artwalks_live.bake.framing import Entry
from artwalks_live.bake.keyframes.options import PACKAGES
from artwalks_live.bake.leg import Leg, Step, generator_named, missing
from artwalks_live.bake.local import Processes
from artwalks_live.bake.lock import locked
from artwalks_live.bake.look import look_of
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Record, Store
from artwalks_live.bake.upscale import LANCZOS, NONE
from artwalks_live.bake.way import shortest_way
from artwalks_live.bake.worker import disk_message
from artwalks_live.core import walk as bundle
from artwalks_live.core.embedding import unpacked
from artwalks_live.core.errors import BakeError, BundleError
from artwalks_live.core.walk import Anchor, Keyframe, Painting, Segment, StoredFile, Walk
from artwalks_live.core.walk_extras import Motion

LOG = "bake.log"

Note = Callable[[str], None]


def silent(*_: object) -> None:
    """Say nothing."""


def bake(request: BakeRequest, progress: Report = silent, note: Note = silent) -> Walk:
    """Make the walk, or what is missing of it, and commit it.

    progress  called with the share done, [0, 1], and what is being done
    note      called with lines for the person: what will be baked, what was odd about a painting

    Raises UsageError, PaintingError or BakeError. Stopped anywhere, the same request goes on where it was, and the
    bundle ends up the same, byte for byte.
    """
    with disk_errors(request.folder):
        request.check()
        sources = paintings.arrange(paintings.find(request.sources), request.order, request.seed)
        if request.order != "similar":  # else the numbers are not known yet
            legs.precheck(request.legs, [source.title for source in sources])
    with disk_errors(request.folder), locked(request.folder / bundle.WORK / "lock", request.folder):
        store = Store(request.folder)
        entries = framing.frame_all(request, sources, store, lambda doing: progress(0.0, doing), note)
        if request.model:
            embed = partial(embedding.embed_all, request, entries, store, request.model)
            entries = embed(lambda doing: progress(0.0, doing))
        if request.order == "similar":
            entries = _alike(entries, store, request)
        with (request.folder / LOG).open("a", encoding="utf-8") as log:
            return Bake(request, entries, store, log).run(progress, note)


def _alike(entries: list[Entry], store: Store, request: BakeRequest) -> list[Entry]:
    """The paintings in an order in which neighbours are alike: by their embeddings, else by their frames."""
    if request.model:
        way = shortest_way(features(entries, store, request), request.loop)
    else:
        way = paintings.similar_path((store.image(entry.image.name) for entry in entries), request.loop)
    return [entries[index] for index in way]


def features(entries: Sequence[Entry], store: Store, request: BakeRequest) -> NDArray[np.float32]:
    """What paintings are alike in, (n, D): their embeddings, else their frames."""
    if request.model:
        return np.stack([unpacked(entry.embedding) for entry in entries])
    return paintings.features(store.image(entry.image.name) for entry in entries)


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what a full or failing disk raises into a BakeError of one line."""
    try:
        yield
    except OSError as error:
        raise BakeError(disk_message(error, folder)) from None


class Bake:
    """One bake under way: the paintings are framed, the folder is ours."""

    def __init__(self, request: BakeRequest, entries: list[Entry], store: Store, log: TextIO) -> None:
        self._request = request
        self._entries = entries
        self._store = store
        self._log = log
        self._pixels = request.canvas[0] * request.canvas[1]
        titles = [entry.source.title for entry in entries]
        self._ends = legs.chosen(request.legs, titles, request.loop, partial(features, entries, store, request))
        self._plain, self._closed = legs.plain(self._ends, len(entries))
        self._pairs = [(entries[a], entries[b]) for a, b in self._ends]
        makers = request.leg, request.generator, request.flow, request.anchors, request.upscale
        self._legs = [Leg(a.framed, b.framed, *makers) for a, b in self._pairs]
        self._motions = motions(request.folder)

    def run(self, progress: Report, note: Note) -> Walk:
        """Make the walk and let it be the bundle's, with nothing else in it."""
        start = time.perf_counter()
        self._check_same_show()
        walk = self.make(progress, note)
        told = self._request.prepared
        self._store.remember(self._request.flow, told.here() if told else None, self._request.leg.clip)
        bundle.write(walk)
        self._prune(walk)
        enlarged.keep(self._request.upscale, self._request.folder / bundle.WORK)
        self._log.write(f"committed {bundle.fingerprint(walk)} after {time.perf_counter() - start:.1f} s\n")
        return walk

    def make(self, progress: Report, note: Note) -> Walk:
        """Do what is missing. Returns the walk, whose files are all there; it is not written yet."""
        work = [
            LegWork(leg, f"{a.source.title} → {b.source.title}", self._pixels, missing(leg, self._store))
            for leg, (a, b) in zip(self._legs, self._pairs, strict=True)
        ]
        self._check_space(work)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._log.write(f"{now} artwalks {__version__}: {self._request}\n")
        self._log.flush()
        if any(entry.todo for entry in work):
            self._do(work, progress, note)
        else:
            note(self._outline(work, 1))
        return self._walk()

    def _do(self, work: Sequence[LegWork], progress: Report, note: Note) -> None:
        """Have the missing steps done by as many workers as there are."""
        made = sum(kind == "keyframe" for entry in work for kind, _ in entry.todo)
        with self._team(work) as team:
            note(self._outline(work, team.count))
            busy = {id(end): end for pair, entry in zip(self._pairs, work, strict=True) if entry.todo for end in pair}
            framing.frame_again(self._request, busy.values(), self._store)
            begun = time.perf_counter()
            Crew(work, self._log, team).run(progress)
        seconds = time.perf_counter() - begun
        if made:
            note(f"{made} keyframes in {duration(seconds)}, {seconds / made:.1f} s each")

    def _team(self, work: Sequence[LegWork]) -> Team:
        """The workers: of a cluster where one is named, else of this machine."""
        request = self._request
        if request.ray:
            return Cluster(request.ray, self._store, work, request.workers)
        # a card that was named by its number is not shared out: it would have another number
        devices = cuda_devices() if device(work) in ("", "auto", "cuda") else []
        return Processes(request.folder, self._log, worker_count(work, request.workers, devices), devices)

    def _check_same_show(self) -> None:
        """Refuse to replace a walk that has none of these paintings: that was a slip of the hand."""
        folder = self._request.folder
        there = committed(folder)
        if there is None:
            return
        if there.song is not None:
            raise BakeError(f"{folder} is a walk composed by {there.song.title}: choose another -o, or delete it")
        if not {old.source_sha256 for old in there.paintings} & {entry.source_sha256 for entry in self._entries}:
            titles = ", ".join(old.title for old in there.paintings[:3])
            raise BakeError(f"{folder} is the walk of other paintings ({titles}…): choose another -o, or delete it")

    def _check_space(self, work: Sequence[LegWork]) -> None:
        needed = sum(space_bytes(self._pixels, step) for entry in work for step in entry.todo)
        check_space(needed, shutil.disk_usage(self._request.folder).free, self._request.folder)

    def _outline(self, work: Sequence[LegWork], workers: int) -> str:
        """What will be baked, and about how long it will take so many workers."""
        request = self._request
        width, height = request.canvas
        count = len(self._legs) * request.keyframes
        todo = sum(kind == "keyframe" for entry in work for kind, _ in entry.todo)
        ratio, _ = pace.pace_of(request.folder / LOG, pace.sample)
        seconds = sum(ratio[step[0]] * entry.seconds(step) for entry in work for step in entry.todo) / workers
        text = (
            f"{len(self._entries)} paintings{' in a loop' if request.loop else ''}, "
            f"{request.keyframes} keyframes between each two, {width}x{height}, "
            f"{pace.planned(len(self._entries), request.keyframes, request.loop)}"
        )
        if not self._plain:
            text += f", and a graph of {len(self._legs)} legs"
        if request.upscale != NONE and count:
            text += ", made at {}x{} and enlarged by ".format(*enlarged.made_at(request.canvas))
            by = enlarged.known_upscaler(request.upscale).name
            text += "Lanczos, without a network" if by == LANCZOS else by
        if todo < count:
            text += f"; {count - todo} of {count} keyframes are there already"
        if todo and request.prepared:
            return text  # nobody knows how long a model takes on this machine
        return text + (f"; about {duration(seconds)}" if seconds else "; nothing is missing")

    def _walk(self) -> Walk:
        keyframes: list[Keyframe] = []
        segments: list[Segment] = []
        steps: list[float] = []
        for leg, (a, b) in zip(self._legs, self._ends, strict=True):
            if not keyframes or keyframes[-1].painting != a:
                steps += [0.0] * bool(keyframes)
                keyframes.append(self._painting_keyframe(a))
            segments += self._segments(leg, len(keyframes) - 1)
            steps += [self._record(leg, ("segment", j))["step"] for j in range(leg.segments)]
            keyframes += self._generated_keyframes(leg, a, b)
            keyframes.append(self._painting_keyframe(b))
        if self._closed:
            del keyframes[-1]
        return self._assembled(keyframes, segments, steps)

    def _record(self, leg: Leg, step: Step) -> Record:
        record = self._store.record(leg.part(step))
        if record is None:
            raise BakeError(f"{step[0]} {step[1]} was baked and has gone: run the same command again")
        return record

    def _painting_keyframe(self, index: int) -> Keyframe:
        image = self._entries[index].image
        return Keyframe(image.name, image.sha256, image.bytes, index, {index: 1.0}, 0.0)

    def _generated_keyframes(self, leg: Leg, a: int, b: int) -> Iterator[Keyframe]:
        for i in range(leg.request.keyframes):
            record = self._record(leg, ("keyframe", i))
            image, weight = StoredFile(*record["files"][0]), record["weight"]
            yield Keyframe(image.name, image.sha256, image.bytes, None, {a: round(1.0 - weight, 6), b: weight}, 0.0)

    def _segments(self, leg: Leg, first: int) -> Iterator[Segment]:
        for j in range(leg.segments):
            record = self._record(leg, ("segment", j))
            flow, crossover, *inner = (StoredFile(*file) for file in record["files"])
            parts = zip(record.get("anchors", []), inner[::3], inner[1::3], inner[2::3], strict=True)
            anchors = tuple(
                Anchor(at, image.name, image.sha256, image.bytes, to.name, x.name, (to.sha256, x.sha256))
                for at, image, to, x in parts
            )
            maps = (flow.sha256, crossover.sha256)
            yield Segment(first + j, first + j + 1, flow.name, crossover.name, maps, anchors)

    def _assembled(self, keyframes: list[Keyframe], segments: list[Segment], steps: list[float]) -> Walk:
        """The walk of these keyframes; `steps` is how far each is from the one before, and a loop's way back."""
        request = self._request
        arcs = np.round(np.concatenate([[0.0], np.cumsum(steps)]), 6).tolist()
        count = len(keyframes)
        shown = [keyframe.painting for keyframe in keyframes]
        return Walk(
            folder=request.folder,
            canvas=request.canvas,
            loop=self._closed,
            paintings=tuple(self._painting(entry, shown.index(i)) for i, entry in enumerate(self._entries)),
            keyframes=tuple(replace(keyframe, arc=arc) for keyframe, arc in zip(keyframes, arcs[:count], strict=True)),
            segments=tuple(replace(segment, end=segment.end % count) for segment in segments),
            generator={"name": request.generator, "seed": request.seed, "options": request.options},
            versions=self._versions(),
        )

    def _painting(self, entry: Entry, keyframe: int) -> Painting:
        source = entry.source
        name = paintings.source_name(source)
        made = Painting(source.title, source.artist, source.licence, name, entry.source_sha256, keyframe)
        look = None if self._plain else look_of(self._store.image(entry.image.name))
        motion = self._motions.get(entry.image.sha256)
        return replace(made, look=look, embedding=entry.embedding, motion=motion)

    def _versions(self) -> dict[str, str]:
        generator, flow = generator_named(self._request.generator), flow_named(self._request.flow)
        makers = {generator.name: str(generator.version), flow.name: str(flow.version)}
        if self._request.model:
            makers["clip"] = self._request.model.name
        if self._request.prepared:
            makers |= {name: metadata.version(name) for name in PACKAGES}
        if self._request.upscale != NONE:
            upscaler = enlarged.known_upscaler(self._request.upscale)
            makers[upscaler.name] = str(upscaler.version)
        return {"artwalks": __version__, **makers, "numpy": np.__version__, "opencv": cv2.__version__}

    def _prune(self, walk: Walk) -> None:
        parts = {entry.part for entry in self._entries}
        if self._request.model:
            parts |= {embedding.part(entry, self._request.model) for entry in self._entries}
        for leg in self._legs:
            parts |= {leg.part(("keyframe", i)) for i in range(leg.request.keyframes)}
            parts |= {leg.part(("segment", j)) for j in range(leg.segments)}
        wholes = [leg.whole(j) for leg in self._legs for j in range(leg.segments)]
        parts |= {whole for whole, segment in zip(wholes, walk.segments, strict=True) if not segment.anchors}
        self._store.prune(bundle.file_names(walk), parts)


def committed(folder: Path) -> Walk | None:
    """The walk whose list is in a folder, its files not looked at; None when there is none that can be read."""
    try:
        return bundle.decode((folder / bundle.FILE).read_bytes(), folder)
    except (FileNotFoundError, BundleError):
        return None


def motions(folder: Path) -> dict[str, Motion]:
    """How the paintings of the walk that is there move, by the hashes of their pictures."""
    try:
        there = bundle.read(folder)
    except BundleError:
        return {}
    shown = ((each.keyframe, each.motion) for each in there.paintings)
    return {there.keyframes[k].sha256: motion for k, motion in shown if k is not None and motion is not None}


def space_bytes(pixels: int, step: Step) -> int:
    """About what a step puts on the disk at a canvas of so many pixels: PNG and field, or maps and a few anchors."""
    return {"plan": 2**22, "keyframe": pixels * 10, "segment": pixels * 6}[step[0]]


def check_space(needed: int, free: int, folder: Path) -> None:
    """Raise BakeError when a bake that needs so many bytes would fill the disk."""
    if needed > free:
        raise BakeError(
            f"this bake needs about {needed / 1e9:.1f} GB and {folder} has {free / 1e9:.1f} GB free: "
            "free some space, or choose another -o"
        )


def duration(seconds: float) -> str:
    """A duration to read: `40 s`, `4 min`, `1 h 20 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
