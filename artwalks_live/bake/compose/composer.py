"""Paintings and a song to a walk bundle: frame, listen, lay, and commit as far as it got, again and again.

    request, song ─ frame each painting ─ score ─ outline ─ workers do the missing steps ─ walk.json … walk.json

Every step's result is kept under a name that hashes all that it depends on, so an interrupted compose goes on where it
was and ends up the same, byte for byte; and what was committed by then plays: it is the walk's beginning.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

import cv2
import numpy as np

from artwalks_live import __version__
from artwalks_live.bake import framing, paintings
from artwalks_live.bake.bake import LOG, check_space, committed, disk_errors, duration, motions, silent
from artwalks_live.bake.compose import mixture, moments, pace
from artwalks_live.bake.compose.latent import Score, score
from artwalks_live.bake.compose.painters import painter_of
from artwalks_live.bake.compose.request import ComposeRequest
from artwalks_live.bake.compose.sound import SILENT, Song
from artwalks_live.bake.compose.track import Latent
from artwalks_live.bake.compose.work import ComposedWork, Composition, missing, noise_size
from artwalks_live.bake.crew import Crew, Report
from artwalks_live.bake.estimators import flow_named
from artwalks_live.bake.framing import Entry
from artwalks_live.bake.leg import Step
from artwalks_live.bake.local import Processes
from artwalks_live.bake.lock import locked
from artwalks_live.bake.store import Record, Store
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import AudioError, BakeError, UsageError
from artwalks_live.core.walk import Keyframe, Painting, Segment, StoredFile, Walk
from artwalks_live.core.walk_extras import Song as Clock

COMMIT_S = 10.0
MOST_PAINTINGS = 200  # a place's painting is kept in a byte
Note = Callable[[str], None]


def compose(request: ComposeRequest, song: Song, progress: Report = silent, note: Note = silent) -> Walk:
    """Make the walk, or what is missing of it, and commit it.

    progress  called with the share done, [0, 1], and what is being done
    note      called with lines for the person: what will be made, and how long that will take

    Raises UsageError, PaintingError, AudioError or BakeError. Stopped anywhere, what was committed plays, and the same
    request goes on where it was.
    """
    with disk_errors(request.folder):
        request.check()
        check_song(song)
        sources = paintings.find(request.sources)
        if len(sources) > MOST_PAINTINGS:
            raise UsageError(f"{len(sources)} paintings were given: a song composes by {MOST_PAINTINGS} at most")
    with disk_errors(request.folder), locked(request.folder / bundle.WORK / "lock", request.folder, "compose"):
        store = Store(request.folder)
        framed = request.framing
        entries = framing.frame_all(framed, sources, store, lambda doing: progress(0.0, doing), note)
        latent = Latent(len(entries), noise_size(len(entries)), request.seed)
        written = score(song, request.track(song, latent), request.when, mixture.MOST)
        with (request.folder / LOG).open("a", encoding="utf-8") as log:
            return Composer(Commission(request, song, entries, written), store, log).run(progress, note)


def check_song(song: Song) -> None:
    """Raise AudioError for a song in which there is nothing to be heard."""
    if not len(song.samples) or float(np.abs(song.samples).max()) < SILENT * 10:
        raise AudioError(f"{song.title}: is silent: there is nothing to compose by")


@dataclass(frozen=True, eq=False)
class Commission:
    """What is to be composed: the request, the song, the framed paintings, and what stands at each keyframe."""

    request: ComposeRequest
    song: Song
    entries: list[Entry]
    score: Score


class Composer:
    """One compose under way: the paintings are framed, the score is written, the folder is ours."""

    def __init__(self, commission: Commission, store: Store, log: TextIO) -> None:
        request, entries, written = commission.request, commission.entries, commission.score
        self._request, self._song, self._entries, self._score = request, commission.song, entries, written
        self._store, self._log = store, log
        name = f"score-{written.sha256[:32]}"
        store.put_work(name, written.packed())
        framed = tuple(entry.framed for entry in entries)
        makers = request.generator, request.flow, request.seed, request.restyling
        self.composition = Composition(framed, name, len(written), *makers)
        self._motions = motions(request.folder)
        self._order = _by_showing(written, len(entries))
        self._committed = 0
        self._committed_s = -COMMIT_S
        self._may_commit = True

    def run(self, progress: Report, note: Note) -> Walk:
        """Make the walk and let it be the bundle's, with nothing else in it."""
        self._check_same_show()
        todo = missing(self.composition, self._store)
        request = self._request
        pixels = request.canvas[0] * request.canvas[1]
        needed = sum({"link": 2**19, "keyframe": pixels * 2.5, "segment": pixels * 4}[kind] for kind, _ in todo)
        check_space(int(needed), shutil.disk_usage(request.folder).free, request.folder)
        self._log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} artwalks {__version__}: {request}\n")
        self._log.flush()
        if todo:
            self._do(todo, progress, note)
        else:
            note(self._outline(0.0))
        walk = self.walk(len(self._score))
        bundle.write(walk)
        self._prune(walk)
        self._log.write(f"committed {bundle.fingerprint(walk)}\n")
        return walk

    def _do(self, todo: list[Step], progress: Report, note: Note) -> None:
        """Have the missing steps done by as many workers as there are, and commit as far as they got."""
        request = self._request
        alone = 1 if request.restyling is not None else 0  # each worker would load the model whole
        workers = pace.worker_count(request.workers or alone, request.canvas, len(todo))
        paintings_of = [int((row > 0).sum()) for row in self._score.weights]

        def report(share: float, doing: str) -> None:
            progress(share, doing)
            self._commit_early(time.monotonic())

        with Processes(request.folder, self._log, workers) as team:
            cost, hired = pace.measured(self.composition, self._score, self._store, self._log, team)
            seconds = pace.expected_s(todo, paintings_of, cost, workers)
            note(self._outline(seconds, len(self._score) - sum(kind == "keyframe" for kind, _ in todo)))
            begun = time.monotonic()
            work = ComposedWork(self.composition, f"composing by {self._song.title}", cost.of(paintings_of), todo)
            try:
                Crew([work], self._log, team, hired).run(report)
            except BaseException:
                self._committed_s = -COMMIT_S
                self._commit_early(0.0)
                raise
        took = time.monotonic() - begun
        note(f"composed in {duration(took)}, {duration(seconds)} were expected")
        self._log.write(f"expected {seconds:.1f} s, took {took:.1f} s\n")

    def _commit_early(self, now_s: float) -> None:
        """Let what has been made so far be the walk, once in a while."""
        if now_s - self._committed_s < COMMIT_S or not self._may_commit:
            return
        done = self._done()
        if done > max(self._committed, 1):
            bundle.write(self.walk(done))
            self._committed, self._committed_s = done, now_s

    def _done(self) -> int:
        """How many keyframes from the first on are there, with the ways between them."""
        record, part = self._store.record, self.composition.part
        count = 0
        while count < len(self._score) and record(part(("keyframe", count))) is not None:
            if count and record(part(("segment", count - 1))) is None:
                break
            count += 1
        return count

    def _check_same_show(self) -> None:
        """Refuse to replace a walk that this song and these paintings did not compose: that was a slip of the hand."""
        folder = self._request.folder
        there = committed(folder)
        if there is None:
            return
        titles = ", ".join(old.title for old in there.paintings[:3])
        if there.song is None:
            raise BakeError(f"{folder} is a walk that was baked ({titles}…): choose another -o, or delete it")
        if there.song.sha256 != self._song.sha256:
            raise BakeError(f"{folder} is composed by another song ({there.song.title}): "
                            "choose another -o, or delete it")  # fmt: skip
        if not {old.source_sha256 for old in there.paintings} & {entry.source_sha256 for entry in self._entries}:
            raise BakeError(f"{folder} is the walk of other paintings ({titles}…): choose another -o, or delete it")
        # a walk that is whole, and other, stays until the new one is
        self._may_commit = dict(there.generator) == self._generator()

    def _outline(self, seconds: float, there: int = 0) -> str:
        """What will be made, and about how long it will take."""
        request, made = self._request, self._score
        width, height = request.canvas
        minutes, rest = divmod(round(self._song.duration_s), 60)
        alone = int((made.standing >= 0).sum())
        every = moments.spacing(self._song, request.when)
        on = request.when.on if every == 1 else f"every {every} {request.when.on}"
        spacing = self._song.duration_s / (len(made) - 1)
        text = (
            f"{self._song.title}, {minutes}:{rest:02d}: {len(self._entries)} paintings, {len(made)} keyframes on {on} "
            f"({spacing:.1f} s apart), {alone} of them paintings, {width}x{height}, "
            f"by {request.mapping} of the {'sound so far' if request.hearing == 'causal' else 'whole song'}"
        )
        if there:
            text += f"; {there} keyframes are there already"
        return text + (f"; about {duration(seconds)}" if seconds else "; nothing is missing")

    def _generator(self) -> dict[str, object]:
        return {"name": self._request.generator, "seed": self._request.seed, "options": self._request.told}

    def walk(self, count: int) -> Walk:
        """The walk of the first `count` keyframes."""
        number = {painting: i for i, painting in enumerate(self._order)}
        keyframes: list[Keyframe] = []
        segments: list[Segment] = []
        arc = 0.0
        for k in range(count):
            if k:
                record = self._record(("segment", k - 1))
                flow, crossover = (StoredFile(*file) for file in record["files"])
                arc += record["step"]
                segments.append(Segment(k - 1, k, flow.name, crossover.name, (flow.sha256, crossover.sha256)))
            image = StoredFile(*self._record(("keyframe", k))["files"][0])
            standing = int(self._score.standing[k])
            weights = {number[i]: float(w) for i, w in enumerate(self._score.weights[k])}
            shown = number[standing] if standing >= 0 else None
            keyframes.append(Keyframe(image.name, image.sha256, image.bytes, shown, weights, round(arc, 6)))
        return self._assembled(keyframes, segments)

    def _assembled(self, keyframes: list[Keyframe], segments: list[Segment]) -> Walk:
        request, song = self._request, self._song
        first: dict[int, int] = {}
        for k, keyframe in enumerate(keyframes):
            if keyframe.painting is not None:
                first.setdefault(keyframe.painting, k)
        painter, flow = painter_of(request.generator, request.restyling), flow_named(request.flow)
        versions = {"artwalks": __version__, painter.name: str(painter.version), flow.name: str(flow.version)}
        return Walk(
            folder=request.folder,
            canvas=request.canvas,
            loop=False,
            paintings=tuple(self._painting(self._entries[i], first.get(n)) for n, i in enumerate(self._order)),
            keyframes=tuple(keyframes),
            segments=tuple(segments),
            generator=self._generator(),
            versions=versions | {"numpy": np.__version__, "opencv": cv2.__version__},
            song=Clock(song.title, song.sha256, round(song.duration_s, 4),
                       tuple(self._score.times[: len(keyframes)].tolist())),
        )  # fmt: skip

    def _record(self, step: Step) -> Record:
        record = self._store.record(self.composition.part(step))
        if record is None:
            raise BakeError(f"{step[0]} {step[1]} was made and has gone: run the same command again")
        return record

    def _painting(self, entry: Entry, keyframe: int | None) -> Painting:
        source = entry.source
        name = paintings.source_name(source)
        made = Painting(source.title, source.artist, source.licence, name, entry.source_sha256, keyframe)
        return replace(made, motion=self._motions.get(entry.image.sha256))

    def _prune(self, walk: Walk) -> None:
        parts = {entry.part for entry in self._entries}
        count = len(self._score)
        parts |= {self.composition.part(("keyframe", k)) for k in range(count)}
        parts |= {self.composition.part(("segment", j)) for j in range(count - 1)}
        files = bundle.file_names(walk) | {entry.image.name for entry in self._entries}
        self._store.prune(files, parts)


def _by_showing(written: Score, count: int) -> Sequence[int]:
    """The paintings in the order in which they stand alone, then those that never do."""
    shown = dict.fromkeys(int(i) for i in written.standing if i >= 0)
    return [*shown, *(i for i in range(count) if i not in shown)]
