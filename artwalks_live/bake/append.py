"""Append paintings to a walk that is there, and leave all that it has as it is: a show may be walking in it.

The new legs are baked with the walk's own options, as a small walk of their own from the last painting to the new
ones (and, in a loop, on to the first), which is then spliced on. Nothing is removed: a replaced closing leg stays in
the bundle, for the show that is in it now and for the takes that went through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from artwalks_live.bake import embedding, fit, framing, paintings
from artwalks_live.bake.bake import LOG, Bake, Note, disk_errors, silent
from artwalks_live.bake.crew import Report
from artwalks_live.bake.enlarged import kept
from artwalks_live.bake.framing import Entry
from artwalks_live.bake.leg import Framed
from artwalks_live.bake.lock import locked
from artwalks_live.bake.paintings import Source
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Store, pixels_sha256
from artwalks_live.core import earlier
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError, BundleError
from artwalks_live.core.growth import spliced
from artwalks_live.core.walk import StoredFile, Walk
from artwalks_live.core.walk_check import breaks


def append(
    sources: Sequence[Path], folder: Path, progress: Report = silent, note: Note = silent, *, workers: int = 0,
    ray: str = "",
) -> Walk:  # fmt: skip
    """Bake paintings into a walk after its last one, in the order given, and commit it.

    sources   files and folders; a painting whose file is in the walk already is left out
    progress, note, workers, ray   as for `bake`

    Raises BundleError when there is no such walk, PaintingError, BakeError. Stopped anywhere, the walk is what it was
    before, and the same call goes on where it stopped.
    """
    found = paintings.find(sources, least=1)
    if not (folder / bundle.FILE).is_file():
        bundle.read(folder)  # says what is there instead, before anything is written
    with disk_errors(folder), locked(folder / bundle.WORK / "lock", folder):
        before = bundle.read(folder)
        if before.song is not None:
            raise BakeError(f"{folder} is a walk composed by {before.song.title}: nothing can be appended to it, "
                            "compose it again with more paintings")  # fmt: skip
        if breaks(before):
            raise BundleError(f"{folder} is a graph of legs: bake it again with its --legs, all that is there is kept")
        store = Store(folder)
        request = BakeRequest.like(before, sources, workers, store.remembered())
        request = replace(request, ray=ray, upscale=kept(request.upscale, folder / bundle.WORK))
        request.check()
        there = {painting.source_sha256 for painting in before.paintings}
        new = [source for source in found if paintings.file_sha256(source.path) not in there]
        if not new:
            note("nothing to append: every one of these paintings is in the walk already")
            return before
        framed = framing.frame_all(request, new, store, lambda doing: progress(0.0, doing), note)
        if request.model:
            framed = embedding.embed_all(request, framed, store, request.model, lambda doing: progress(0.0, doing))
        ends = [_standing(before, 0, store)] if before.loop else []
        entries = [_standing(before, -1, store), *framed, *ends]
        with (folder / LOG).open("a", encoding="utf-8") as log:
            tail = Bake(replace(request, loop=False), entries, store, log).make(progress, note)
            walk = spliced(before, tail)
            earlier.keep(before)
            bundle.write(walk)
            log.write(f"appended {', '.join(source.title for source in new)}: {bundle.fingerprint(walk)}\n")
        store.clear_work()
        return walk


def _standing(walk: Walk, number: int, store: Store) -> Entry:
    """A painting of the walk as an end of a new leg. Its keyframe stands in for its source and its whole, not kept."""
    painting = walk.paintings[number]
    at = walk.stands[number]
    keyframe = walk.keyframes[at]
    bundle.load_image(walk, at)  # checks its hash
    pixels = store.image(keyframe.image)
    digest = pixels_sha256(pixels)
    framed = Framed(keyframe.image, digest, f"source-{digest[:32]}", digest, digest)
    store.put_work(framed.source, {"source": pixels, "whole": fit.whole(pixels)})
    source = Source(Path(painting.source), painting.title, painting.artist, painting.licence)
    image = StoredFile(keyframe.image, keyframe.sha256, keyframe.bytes)
    return Entry(source, painting.source_sha256, "", image, framed)
