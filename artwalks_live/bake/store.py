"""Where a bake keeps what it has made: finished files in the bundle, records of them and work in `.bake/`.

    NAME.walk/keyframes, flows, motion   content-named files, as the walk will list them
    NAME.walk/.bake/parts/KEY.json one record per part (painting, keyframe, segment); KEY hashes all that it depends on
    NAME.walk/.bake/work, KEY.npz  plans, patch fields and framed sources; removed when the walk is committed
    NAME.walk/.bake/makers.json    how the makers were called on this machine: walk.json holds no path

A part is done when its record is there and its files still have their hashes. Every file is written in one step, so
a bake can be killed anywhere: the next one finds what is done and makes only the rest.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.earlier import FOLDER as EARLIER
from artwalks_live.core.errors import BakeError
from artwalks_live.core.walk import FLOWS, KEYFRAMES, MOTION, WORK, StoredFile, put, write_file

Record = dict[str, Any]
_PNG_LEVEL = 2  # of painted pictures level 9 is 1 % smaller and takes four times as long


def key(*parts: object) -> str:
    """Hash a description of JSON values into the name of a part."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def pixels_sha256(pixels: NDArray[np.uint8]) -> str:
    """The hash of a picture: of its shape and its values, not of any file."""
    return hashlib.sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()


class Store:
    """The parts of one bundle. Each process of a bake has a store of its own on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound: set[StoredFile] = set()  # hashed once already; the bake's lock keeps others from writing here
        self._parts = folder / WORK / "parts"
        self._work = folder / WORK / "work"
        for path in (self._parts, self._work):
            path.mkdir(parents=True, exist_ok=True)

    def record(self, name: str) -> Record | None:
        """The record of a part whose files are all there and unaltered; None when it is to be made (again)."""
        try:
            values = json.loads((self._parts / f"{name}.json").read_bytes())
            files = [StoredFile(*file) for file in values["files"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return values if all(self._is_sound(file) for file in files) else None

    def keep(self, name: str, files: Iterable[StoredFile], **values: object) -> None:
        """Record a part as done; its files are on the disk already."""
        entry = {"files": [[file.name, file.sha256, file.bytes] for file in files], **values}
        write_file(self._parts / f"{name}.json", json.dumps(entry).encode())

    def _is_sound(self, file: StoredFile) -> bool:
        path = self.folder / file.name
        if path.is_symlink() or not path.is_file() or path.stat().st_size != file.bytes:
            return False
        if file not in self._sound and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256:
            self._sound.add(file)
        return file in self._sound

    def put_image(self, pixels: NDArray[np.uint8]) -> StoredFile:
        """Store an (H, W, 3) uint8 sRGB picture as a PNG."""
        done, data = cv2.imencode(".png", pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
        if not done:
            raise BakeError(f"a picture of shape {pixels.shape} cannot be written as PNG")
        return put(self.folder, KEYFRAMES, data.tobytes(), ".png")

    def image(self, name: str) -> NDArray[np.uint8]:
        """Read a stored picture, (H, W, 3) uint8 sRGB. Raises BakeError when it has gone."""
        bgr = cv2.imread(str(self.folder / name), cv2.IMREAD_COLOR)
        if bgr is None:
            raise BakeError(f"{name} cannot be read: run the same command again, it is made anew")
        pixels: NDArray[np.uint8] = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        return pixels

    def put_maps(self, flow: NDArray[np.float16], crossover: NDArray[np.float16]) -> tuple[StoredFile, StoredFile]:
        """Store a segment's flow and crossover."""
        return (
            put(self.folder, FLOWS, _npy(flow), ".npy"),
            put(self.folder, FLOWS, _npy(crossover), ".x.npy"),
        )

    def put_field(self, field: NDArray[np.float16]) -> StoredFile:
        """Store a field of motion."""
        return put(self.folder, MOTION, _npy(field), ".npy")

    def maps(self, files: Sequence[Sequence[Any]]) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """Read a segment's flow and crossover back, bit for bit; `files` as its record lists them."""
        flow, crossover = (np.load(self.folder / file[0], allow_pickle=False) for file in files[:2])
        return flow, crossover

    def put_work(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays until the walk is committed."""
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **arrays)
        write_file(self._work / f"{name}.npz", file.getbuffer())

    def has_work(self, name: str) -> bool:
        """Whether such arrays are kept."""
        return (self._work / f"{name}.npz").is_file()

    def work(self, name: str) -> dict[str, NDArray[Any]]:
        """Read arrays back, bit for bit."""
        path = self._work / f"{name}.npz"
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:  # closed even where it is cut short
            return {array: arrays[array] for array in arrays.files}

    def remember(self, flow: str, diffusion: Mapping[str, Any] | None = None, clip: str = "") -> None:
        """Keep how the makers were called, for paintings that are appended later."""
        called: dict[str, Any] = {"flow": str(Path(flow).absolute()) if flow.endswith(".onnx") else flow}
        if diffusion:
            called["diffusion"] = dict(diffusion)
        if clip:
            called["clip"] = clip
        write_file(self.folder / WORK / "makers.json", json.dumps(called).encode())

    def remembered(self) -> dict[str, Any]:
        """How the makers were called; nothing when that is not known, on another machine say."""
        try:
            called = json.loads((self.folder / WORK / "makers.json").read_bytes())
            told = {"flow": str(called["flow"]), "diffusion": called.get("diffusion")}
            return told | {"clip": str(called.get("clip", ""))}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def prune(self, files: Iterable[str], parts: Iterable[str]) -> None:
        """Remove every file that the committed walk does not list, every other record and all work."""
        wanted = {self.folder / name for name in files} | {self._parts / f"{name}.json" for name in parts}
        for folder in (*(self.folder / name for name in (KEYFRAMES, FLOWS, MOTION, EARLIER)), self._parts):
            for path in list(folder.iterdir()) if folder.is_dir() else []:
                if path not in wanted and (path.is_file() or path.is_symlink()):
                    path.unlink(missing_ok=True)
        self.clear_work()

    def clear_work(self) -> None:
        """Remove what is of no use once a walk is committed, and nothing that any walk lists or listed."""
        left = self.folder.glob(".*.part")  # by a bake that was killed in the middle of its commit
        for path in (*self._work.iterdir(), *left):
            path.unlink(missing_ok=True)


def _npy(array: NDArray[np.float16]) -> bytes:
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array, "<f2"), allow_pickle=False)
    return file.getvalue()
