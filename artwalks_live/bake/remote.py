"""A worker on a machine of a cluster: it does steps in a store of its own, in a temporary folder of that machine.

It shares no file with the machine that bakes: what a step needs comes with it, and what it has made goes back. Only
the leg at hand is kept. The folder goes with the worker; one whose worker was killed goes when the next one comes.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from artwalks_live import __version__
from artwalks_live.bake import parcel
from artwalks_live.bake.crew import Answer
from artwalks_live.bake.enlarged import known_upscaler
from artwalks_live.bake.keyframes.options import recalled
from artwalks_live.bake.keyframes.painter import DiffusionGenerator
from artwalks_live.bake.leg import Leg, Step, generator_named
from artwalks_live.bake.lock import locked
from artwalks_live.bake.parcel import Parcel
from artwalks_live.bake.store import Store
from artwalks_live.bake.upscale import NONE, Learned
from artwalks_live.bake.worker import attempt
from artwalks_live.core.errors import ArtwalksError, BakeError

Networks = dict[str, tuple[str, bytes]]

_PREFIX, _LOCK = "artwalks-bake-", "lock"


class Remote:
    """One worker; `progress` and `leave` may be called while `do` is at work.

    networks   names and bytes of those that the bake has as files, which this machine need not have: by the leg's
               field that says which, `flow` or `upscale`
    room       where its folder is made; None: where this machine has its temporary ones
    """

    def __init__(self, networks: Networks | None = None, room: Path | None = None) -> None:
        cv2.setNumThreads(1)
        self._held = ExitStack()
        self._folder = _own_folder(room or Path(tempfile.gettempdir()), self._held)
        self._own: dict[str, Any] = {}
        self._leg: Leg | None = None
        self._store = Store(self._folder / "leg")
        self._progress = 0.0
        for which, (name, data) in (networks or {}).items():
            path = self._folder / which / name
            path.parent.mkdir()
            path.write_bytes(data)
            self._own[which] = str(path)

    def about(self, values: dict[str, Any], step: Step) -> Answer:
        """Who is here, with which versions; `part` is how the step's result is called here, or `error` says why not."""
        who = {"here": socket.gethostname(), "versions": versions()}
        try:
            return {**who, "part": _with_own_model(self._meant(values)).part(step)}
        except ArtwalksError as error:
            return {**who, "error": str(error)}
        except Exception as error:  # noqa: BLE001 - another version may not even read the leg; that must not hide which
            return {**who, "error": f"{type(error).__name__}: {error}"}

    def do(self, values: dict[str, Any], step: Step, files: Parcel) -> Answer:
        """Do a step of a leg; done, the answer holds the `files` that it made."""
        leg = self._meant(values)
        if leg != self._leg:
            shutil.rmtree(self._store.folder)
            self._leg, self._store = leg, Store(self._store.folder)
        self._progress = 0.0
        try:
            parcel.unpack(self._store, files, "the baking machine")
        except OSError as error:
            return {"error": f"{self._folder} cannot be written ({error.strerror})"}
        before = parcel.names(self._store)
        answer = attempt(leg, step, self._store, self._note)
        if "done" in answer:
            answer["files"] = parcel.made(self._store, before)
        return answer

    def progress(self) -> float:
        """How far the step at hand is, in [0, 1]."""
        return self._progress

    def leave(self) -> None:
        """Remove the folder; nothing can be done here any more."""
        self._held.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _note(self, share: float) -> None:
        self._progress = share

    def _meant(self, values: dict[str, Any]) -> Leg:
        return replace(Leg.from_json(values), **self._own)


def networks(leg: Leg) -> Networks:
    """What a worker elsewhere needs of the networks that a leg names."""
    found: Networks = {}
    flow = Path(leg.flow)
    if flow.suffix == ".onnx":
        found["flow"] = (flow.name, flow.read_bytes())
    upscaler = known_upscaler(leg.upscale) if leg.upscale != NONE else None
    if isinstance(upscaler, Learned):
        found["upscale"] = (f"{upscaler.name}.onnx", upscaler.data)
    return found


def _with_own_model(leg: Leg) -> Leg:
    """The leg as the diffusion model would paint it that this machine knows by the same name."""
    told, maker = leg.request.diffusion, generator_named(leg.generator)
    if told is None or not isinstance(maker, DiffusionGenerator):
        return leg
    given = recalled(leg.generator, asdict(told), asdict(told))
    return replace(leg, request=replace(leg.request, diffusion=maker.prepared(given)))


def versions() -> dict[str, str]:
    """The versions on which a picture's bytes depend."""
    return {"artwalks": __version__, "numpy": np.__version__, "opencv": cv2.__version__}


def _own_folder(room: Path, held: ExitStack) -> Path:
    """A temporary folder that is locked while its worker lives; those of workers that were killed are removed."""
    for left in room.glob(f"{_PREFIX}*"):
        with suppress(BakeError, OSError), locked(left / _LOCK, left):
            shutil.rmtree(left)
    new = Path(tempfile.mkdtemp(prefix="artwalks-new-", dir=room))  # by this name nobody takes it for one left behind
    held.enter_context(locked(new / _LOCK, new))
    return new.rename(room / f"{_PREFIX}{new.name.removeprefix('artwalks-new-')}")
