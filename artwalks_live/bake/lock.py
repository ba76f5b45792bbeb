"""One bake at a time in a folder. The lock is the system's, so it goes when its process goes, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from artwalks_live.core.errors import BakeError

if sys.platform == "win32":
    import msvcrt

    def _grab(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _grab(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path, folder: Path, what: str = "bake") -> Iterator[None]:
    """Hold the lock file `path` of the folder where a bake, say, works. Raises BakeError when another one holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            _grab(file)
        except OSError:
            raise BakeError(f"another {what} is at work in {folder}: wait for it, or choose another folder") from None
        yield
