"""What lies in a model's folder: a record beside the files, written when all of them are there and were checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from artwalks_live.core.walk import write_file

NAME = "artwalks-model.json"
BLOCK = 1 << 20

Report = Callable[[int], None]


@dataclass(frozen=True)
class Kept:
    """A file as it was when its checksum was found right."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Record:
    """One model in the cache.

    sources  where its files came from: addresses with their revision
    files    name within the folder -> what it was
    """

    name: str
    licence: str
    sources: tuple[str, ...]
    files: Mapping[str, Kept]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(kept.bytes for kept in self.files.values())


def write(folder: Path, record: Record) -> None:
    """Write the record: from now on the model is there."""
    write_file(folder / NAME, (json.dumps(asdict(record), indent=1, sort_keys=True) + "\n").encode())


def read(folder: Path) -> Record | None:
    """The record of a folder; None when there is none that can be used: then the model is not there."""
    try:
        values = json.loads((folder / NAME).read_bytes())
        files = {str(name): Kept(int(kept["bytes"]), str(kept["sha256"])) for name, kept in values["files"].items()}
        return Record(str(values["name"]), str(values["licence"]), tuple(map(str, values["sources"])), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def absent(folder: Path, record: Record) -> list[str]:
    """The files that are not there, or not of their size. Quick: nothing is read."""
    return [name for name, kept in record.files.items() if size_of(folder / name) != kept.bytes]


def verify(folder: Path, record: Record, report: Report) -> list[str]:
    """Read every file and compare its checksum. Returns what is wrong, a clause a file.

    report  called with the bytes of each block that was read
    """
    wrong = []
    for name, kept in record.files.items():
        if size_of(folder / name) != kept.bytes:
            wrong.append(f"{name} has gone, or has another size")
        elif file_sha256(folder / name, report) != kept.sha256:
            wrong.append(f"{name} was altered")
    return wrong


def size_of(path: Path) -> int:
    """The size of a plain file, -1 when there is none."""
    try:
        return path.stat().st_size if path.is_file() else -1
    except OSError:
        return -1


def file_sha256(path: Path, report: Report = lambda _: None) -> str:
    """The checksum of a file, or "" when it cannot be read."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                found.update(block)
                report(len(block))
    except OSError:
        return ""
    return found.hexdigest()
