"""Bring one file here: resumed where it stopped, checked, and only then under its own name.

What has come so far lies beside the target under a name that holds its checksum, so another revision never goes on in
it. A connection that breaks is taken up again as long as each attempt brings something.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from artwalks_live.bake.models.hub import RangeRefusedError, Remote, UnreachableError, opened
from artwalks_live.bake.models.record import BLOCK, Kept, size_of
from artwalks_live.core.errors import ModelError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PARTIAL = 206

Report = Callable[[int], None]


class Checksum:
    """The checksums of a content as it passes: its SHA-256, and its name as a Git blob."""

    def __init__(self, size: int) -> None:
        self._sha256 = hashlib.sha256()
        self._blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        self.bytes = 0

    def update(self, block: bytes) -> None:
        """Add what comes next."""
        self._sha256.update(block)
        self._blob.update(block)
        self.bytes += len(block)

    def of(self, declared: str) -> str:
        """The checksum of the kind that was declared: of 64 digits, or of 40."""
        return self.sha256 if len(declared) == 64 else self._blob.hexdigest()

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits."""
        return self._sha256.hexdigest()


def part_of(remote: Remote, target: Path) -> Path:
    """Where a file lies while it comes."""
    return target.with_name(f".{target.name}.{remote.checksum[:16]}.part")


def so_far(remote: Remote, target: Path) -> int:
    """How many of its bytes are here already."""
    if size_of(target) == remote.bytes:
        return remote.bytes
    return max(0, size_of(part_of(remote, target)))


def download(remote: Remote, target: Path, report: Report) -> Kept:
    """Bring a file to `target`, or what is missing of it.

    report  called with the bytes of every block that is there, those of an earlier attempt too

    Raises ModelError when there is no connection, it breaks for good, the disk is full, or the checksum is wrong; in
    all but the last case what has come stays, and the next call goes on there.
    """
    with _disk_errors(target):
        if size_of(target) == remote.bytes:
            found = _read(target, remote, report)
            if found.of(remote.checksum) == remote.checksum:
                return Kept(remote.bytes, found.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = part_of(remote, target)
        found = _complete(remote, part, report)
        if found.of(remote.checksum) != remote.checksum:
            part.unlink()
            raise ModelError(
                f"{remote.name} came with checksum {found.of(remote.checksum)[:12]}…, not {remote.checksum[:12]}…: "
                "it was damaged or altered on its way and thrown away; run the same command again"
            )
        part.replace(target)
        return Kept(remote.bytes, found.sha256)


def _complete(remote: Remote, part: Path, report: Report) -> Checksum:
    """Fetch until all bytes are in the part."""
    if size_of(part) > remote.bytes:
        part.unlink()
    found = _read(part, remote, report) if part.exists() else Checksum(remote.bytes)
    with part.open("ab") as file:
        while found.bytes < remote.bytes:
            before = found.bytes
            try:
                found = _more(remote, file, found, report)
            except UnreachableError as error:
                raise _stopped(remote, before, str(error)) from None
            except RangeRefusedError:
                if not before:
                    raise
                found = _again(remote, file, before, report)
                continue
            if found.bytes <= before:
                raise _stopped(remote, found.bytes, "the server ends too early")
        file.flush()
        os.fsync(file.fileno())
    return found


def _again(remote: Remote, file: IO[bytes], have: int, report: Report) -> Checksum:
    """Throw away what is there: everything comes once more."""
    report(-have)
    file.truncate(0)
    return Checksum(remote.bytes)


def _stopped(remote: Remote, have: int, why: str) -> ModelError:
    if not have:
        return ModelError(why)
    return ModelError(
        f"{remote.name} stopped at {have / 1e6:.1f} of {remote.bytes / 1e6:.1f} MB ({why}); "
        "run the same command again, it goes on there"
    )


def _more(remote: Remote, file: IO[bytes], found: Checksum, report: Report) -> Checksum:
    """One connection's worth. Returns the checksum of all that is in the file now."""
    headers = {"Range": f"bytes={found.bytes}-"} if found.bytes else {}
    with opened(remote.url, remote.name, headers) as answer:
        if found.bytes and answer.status != _PARTIAL:  # no ranges here: everything comes again
            found = _again(remote, file, found.bytes, report)
        while block := _block(answer):
            if found.bytes + len(block) > remote.bytes:
                raise ModelError(f"{remote.name} is longer than the {remote.bytes} bytes announced: it is not the file")
            file.write(block)
            found.update(block)
            report(len(block))
    return found


def _block(answer: http.client.HTTPResponse) -> bytes:
    """The next bytes; a connection that breaks ends the file early, and the caller goes on from there."""
    try:
        return answer.read(BLOCK)
    except (OSError, http.client.HTTPException):
        return b""


def _read(path: Path, remote: Remote, report: Report) -> Checksum:
    found = Checksum(remote.bytes)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
            report(len(block))
    return found


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Turn what a disk raises into a ModelError of one line."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ModelError(
                f"no space left for {path}: free some, or set ARTWALKS_CACHE to another disk; "
                "what has come is kept, the same command goes on there"
            ) from None
        raise ModelError(f"{error.filename or path} cannot be written or read ({error.strerror})") from None
