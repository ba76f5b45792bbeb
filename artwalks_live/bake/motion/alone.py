"""A walk of one painting: it hangs there and lives, for as long as it is performed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from artwalks_live import __version__
from artwalks_live.bake import framing, paintings
from artwalks_live.bake.bake import Note, committed, disk_errors, silent
from artwalks_live.bake.lock import locked
from artwalks_live.bake.request import BakeRequest, check_folder
from artwalks_live.bake.store import Store
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError
from artwalks_live.core.walk import Keyframe, Painting, Segment, Walk

GENERATOR = "alone"


def hang(source: Path, folder: Path, canvas: tuple[int, int], fit: str, note: Note = silent) -> Walk:
    """Frame a painting, and write it as a walk that stands on it: a loop of one keyframe.

    canvas, fit   as for a bake

    Raises PaintingError, UsageError or BakeError.
    """
    with disk_errors(folder):
        request = BakeRequest((source,), folder, keyframes=0, canvas=canvas, fit=fit, loop=True)
        request.check()
        check_folder(folder)
        found = paintings.find((source,), least=1)
    if len(found) > 1:
        raise BakeError(
            f"{source} holds {len(found)} paintings: `artwalks bake {source} -o {folder}` makes a walk of them"
        )
    with disk_errors(folder), locked(folder / bundle.WORK / "lock", folder):
        store = Store(folder)
        (entry,) = framing.frame_all(request, found, store, silent, note)
        _check_same(folder, entry.source_sha256)
        flow, crossover = store.put_maps(np.zeros((2, 2, 4), np.float16), np.zeros((2, 2, 2), np.float16))
        image, given = entry.image, found[0]
        name = paintings.source_name(given)
        walk = Walk(
            folder, canvas, True,
            (Painting(given.title, given.artist, given.licence, name, entry.source_sha256, 0),),
            (Keyframe(image.name, image.sha256, image.bytes, 0, {0: 1.0}, 0.0),),
            (Segment(0, 0, flow.name, crossover.name, (flow.sha256, crossover.sha256)),),
            {"name": GENERATOR, "seed": 0, "options": {"fit": fit}}, {"artwalks": __version__},
        )  # fmt: skip
        bundle.write(walk)
        store.clear_work()
    return walk


def _check_same(folder: Path, source_sha256: str) -> None:
    """Refuse to replace a walk of other paintings: that was a slip of the hand."""
    there = committed(folder)
    if there is None:
        return
    if [old.source_sha256 for old in there.paintings] != [source_sha256]:
        titles = ", ".join(old.title for old in there.paintings[:3])
        raise BakeError(f"{folder} is the walk of other paintings ({titles}…): choose another -o, or delete it")
