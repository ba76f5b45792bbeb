"""What travels between the stores of two machines: a step's inputs to a worker, and what it has made back.

A parcel is files by their names in a bundle's folder. A picture or a map must have the content that its name says, and
no other name than a bake gives is taken: a parcel writes nothing but parts of this bake.
"""

from __future__ import annotations

import re
from collections.abc import Set
from pathlib import PurePosixPath

from artwalks_live.bake.leg import PLAN, Leg, Step
from artwalks_live.bake.store import Store
from artwalks_live.core.errors import BakeError
from artwalks_live.core.walk import FLOWS, KEYFRAMES, WORK, put, write_file

Parcel = dict[str, bytes]

PARTS, ARRAYS = f"{WORK}/parts", f"{WORK}/work"
_FINISHED = re.compile(rf"({KEYFRAMES}|{FLOWS})/[0-9a-f]{{16}}(\.png|\.npy|\.x\.npy)")
_RECORDED = re.compile(rf"{re.escape(PARTS)}/[0-9a-f]{{32}}\.json|{re.escape(ARRAYS)}/(source-)?[0-9a-f]{{32}}\.npz")


def inputs(store: Store, leg: Leg, step: Step) -> list[str]:
    """The files of a store that a step may read, each before the record that lists it."""
    kind, index = step
    arrays, records = [leg.a.source, leg.b.source], []
    if kind == "keyframe":
        arrays += [leg.part(PLAN), leg.part(step)]
        records += [leg.part(step)]  # made by another worker with its fellows: there is nothing left to do
    if kind == "segment":
        ends = [leg.part(("keyframe", i)) for i in (index - 1, index) if 0 <= i < leg.request.keyframes]
        arrays += ends
        records += [*ends, leg.whole(index)]
    names = [leg.a.image, leg.b.image, *(f"{ARRAYS}/{name}.npz" for name in arrays if store.has_work(name))]
    for name in records:
        record = store.record(name)
        if record is not None:
            names += [*(str(file[0]) for file in record["files"]), f"{PARTS}/{name}.json"]
    return list(dict.fromkeys(names))


def pack(store: Store, leg: Leg, step: Step, there: Set[str] = frozenset()) -> Parcel:
    """The inputs of a step, but for what the worker has already."""
    return {name: (store.folder / name).read_bytes() for name in inputs(store, leg, step) if name not in there}


def names(store: Store) -> set[str]:
    """All files of a store."""
    return {
        f"{folder}/{path.name}"
        for folder in (KEYFRAMES, FLOWS, ARRAYS, PARTS)
        for path in (store.folder / folder).glob("[!.]*")
    }


def made(store: Store, before: Set[str]) -> Parcel:
    """What has come into a store since it held `before`; records last, as they say that the others are there."""
    new = sorted(names(store) - before, key=lambda name: (name.startswith(PARTS), name))
    return {name: (store.folder / name).read_bytes() for name in new}


def unpack(store: Store, parcel: Parcel, sender: str) -> None:
    """Put a parcel into a store. Raises BakeError when it holds a name that no bake gives, or arrived altered."""
    for name, data in parcel.items():
        finished = _FINISHED.fullmatch(name)
        if finished is None and _RECORDED.fullmatch(name) is None:
            raise BakeError(f"{sender} sent a file named {name!r}, which no bake makes: is it the same artwalks?")
        if finished is None:
            write_file(store.folder / PurePosixPath(name), data)
        elif put(store.folder, finished[1], data, finished[2]).name != name:
            raise BakeError(f"{sender} sent {name} altered on its way: run the same command again")
