"""The paintings of a request, decoded, fitted to the canvas and put into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from artwalks_live.bake import decode, fit, paintings
from artwalks_live.bake.enlarged import large_enough, network
from artwalks_live.bake.leg import Framed
from artwalks_live.bake.paintings import Source
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Store, key, pixels_sha256
from artwalks_live.core.errors import PaintingError
from artwalks_live.core.walk import StoredFile

Note = Callable[[str], None]
CROPS = ("crop", "centre")
"""Fits in which a painting covers its frame."""


@dataclass(frozen=True)
class Entry:
    """A painting of the walk: where it came from, its file's hash, its record's name, its frame, its embedding."""

    source: Source
    source_sha256: str
    part: str
    image: StoredFile
    framed: Framed
    embedding: str = ""


def frame_all(request: BakeRequest, sources: Sequence[Source], store: Store, doing: Note, note: Note) -> list[Entry]:
    """Frame every painting that is not framed yet.

    All are tried before PaintingError is raised, and the first three culprits are named, to be mended together.
    """
    entries, problems = [], []
    for source in sources:
        doing(f"framing {source.path.name}")
        try:
            entries.append(_entry(request, source, store, note))
        except PaintingError as error:
            problems.append(str(error))
    if problems:
        more = [f"and {len(problems) - 3} more"] if len(problems) > 3 else []
        raise PaintingError("; ".join(problems[:3] + more))
    return entries


def frame_again(request: BakeRequest, entries: Iterable[Entry], store: Store) -> None:
    """Bring back the framed sources of these paintings, which are not kept once a walk is committed."""
    for entry in entries:
        if not store.has_work(entry.framed.source):
            _frame(request, entry.source, entry.part, store, lambda _: None)


def _entry(request: BakeRequest, source: Source, store: Store, note: Note) -> Entry:
    digest = paintings.file_sha256(source.path)
    made = decode.VERSION, fit.VERSION, *network(request.upscale), *fit.model_of(request.fit)
    part = key("painting", digest, request.canvas, request.fit, *made)
    record = store.record(part)
    if record is None:
        _frame(request, source, part, store, note)
        record = store.record(part)
    if record is None:
        raise PaintingError(f"{source.path} was framed, but its file did not stay: is the disk sound?")
    image = StoredFile(*record["files"][0])
    hashes = record["canvas_sha256"], record["source_sha256"], record["whole_sha256"]
    framed = Framed(image.name, hashes[0], f"source-{part}", *hashes[1:])
    return Entry(source, digest, part, image, framed)


def _frame(request: BakeRequest, source: Source, part: str, store: Store, note: Note) -> None:
    decoded = decode.decode(source.path)
    for line in decoded.notes:
        note(line)
    pixels = large_enough(decoded.pixels, request.canvas, request.fit in CROPS, request.upscale)
    if pixels is not decoded.pixels:
        height, width = decoded.pixels.shape[:2]
        note(f"{source.path.name} has {width}x{height} pixels, fewer than its frame: enlarged by the network")
    picture = fit.fit(pixels, request.canvas, request.fit)
    store.put_work(f"source-{part}", {"source": picture.source, "whole": picture.whole})
    shown = {"canvas": picture.canvas, "source": picture.source, "whole": picture.whole}
    hashes = {f"{name}_sha256": pixels_sha256(pixels) for name, pixels in shown.items()}
    store.keep(part, [store.put_image(picture.canvas)], **hashes)
