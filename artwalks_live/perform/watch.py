"""A folder that is watched during a show: a painting dropped into it is baked into the walk by a process beside it.

    folder ─ files at rest ─ not in the walk yet ─ one `artwalks bake FILE -o SHOW.walk --append` at a time
    walk.json has changed ─ checked ─ `newest`: for the render thread to go on in (joining.py)

One thread does all that, once a second. It has the priority of the show, not less: it shares Python's one lock with
the render thread, which would wait for it while others have the processor.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BundleError, UsageError
from artwalks_live.core.growth import check_grown
from artwalks_live.core.walk import Walk
from artwalks_live.perform.bakeprocess import BakeProcess
from artwalks_live.perform.stage import Larger

EVERY_S = 1.0
MOST_TOLD = 3
"""Files that did not join that are told of at a time, the newest; the bundle's bake.log has them all."""
_UNFINISHED = frozenset((".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".temp", ".swp"))
_NO_PAINTINGS = frozenset(("paintings.toml", "thumbs.db", "desktop.ini"))
_PART_BYTES = 1 << 20
_Sign = tuple[int, int, int]


def check_folder(folder: Path, show: Path) -> None:
    """See before the show whether a folder can be watched for a bundle. Raises UsageError."""
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise UsageError(f"--watch {folder} {problem}: make it first")
    if folder.resolve().is_relative_to(show.resolve()):
        raise UsageError(f"--watch {folder} is the walk's own: choose a folder beside it")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"--watch {folder} cannot be read: may you open it?")
    if not os.access(show, os.W_OK | os.X_OK):
        raise UsageError(f"--watch: {show} cannot be written, and paintings are baked into it: copy the walk first")


class Folder:
    """Tells of the files in a folder that have come to rest, each once, and again when it has changed.

    A file is at rest when it was of the same size and time at two looks. Hidden files, unfinished downloads and
    sub-folders are not looked at. `fault` says why the folder cannot be read, "" while it can.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault = ""
        self._seen: dict[Path, _Sign] = {}
        self._told: dict[Path, _Sign] = {}

    def look(self) -> list[Path]:
        """The files that are at rest and were not told of as they are now, the oldest first."""
        try:
            signs = self._signs()
        except OSError as error:
            self.fault = f"the watched folder {self.path} cannot be read ({error.strerror})"
            return []
        self.fault = ""
        resting = {path: sign for path, sign in signs.items() if self._seen.get(path) == sign}
        fresh = [path for path, sign in resting.items() if self._told.get(path) != sign]
        self._seen = signs
        self._told = {path: sign for path, sign in {**self._told, **resting}.items() if path in signs}
        return sorted(fresh, key=lambda path: (signs[path][0], path.name))

    def _signs(self) -> dict[Path, _Sign]:
        signs = {}
        with os.scandir(self.path) as entries:
            for entry in entries:
                with suppress(OSError):  # gone meanwhile, or a link that leads nowhere
                    if _may_be_painting(entry.name) and entry.is_file() and (stat := entry.stat()).st_size > 0:
                        signs[self.path / entry.name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        return signs


def _may_be_painting(name: str) -> bool:
    odd = name.startswith((".", "~")) or name.endswith("~") or name.lower() in _NO_PAINTINGS
    return not odd and Path(name).suffix.lower() not in _UNFINISHED


class Watch:
    """Watches a folder for a running show, and the show's bundle for what becomes of it.

    walk      that the show is in
    enlarge   makes a larger walk ready to be gone on in; called on this thread
    newest    the newest larger walk, checked; None while there is none. Like `doing` and `faults` it is replaced whole,
              so that another thread may read it at any time

    Close it to end its bake.
    """

    def __init__(self, folder: Path, walk: Walk, enlarge: Callable[[Walk], Larger], every_s: float = EVERY_S) -> None:
        self.newest: Larger | None = None
        self.doing = ""
        self.faults: tuple[str, ...] = ()
        self._folder = Folder(folder.resolve())
        self._walk = walk
        self._show = walk.folder.resolve()
        self._enlarge = enlarge
        self._every_s = every_s
        self._sign: _Sign | None = None
        self._walk_fault = ""
        self._failed: dict[Path, str] = {}
        self._waiting: deque[Path] = deque()
        self._bake: BakeProcess | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; a bake under way is ended."""
        self._ended.set()
        self._thread.join()
        if self._bake is not None:
            self._bake.end()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._see_bake()
            self._see_walk()
            self._see_folder()
            self._bake_next()
            self._tell()

    def _see_bake(self) -> None:
        """Note how a bake went that has ended."""
        if self._bake is None or self._bake.running:
            return
        failure = self._bake.failure
        if failure:
            self._failed[self._bake.painting] = failure
        self._bake.end()
        self._bake = None

    def _see_walk(self) -> None:
        """Look whether the bundle holds a larger walk than before."""
        try:
            stat = (self._show / bundle.FILE).stat()
        except OSError:  # a disk that is away: the show has its own line for what it needs of it
            return
        sign = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if sign == self._sign:
            return
        self._sign, self._walk_fault = sign, ""
        try:
            walk = bundle.read(self._walk.folder, known=self._walk)
            check_grown(self._walk, walk)
        except BundleError as error:
            self._walk_fault = str(error)
            return
        if walk != self._walk:
            self._walk = walk
            self.newest = self._enlarge(walk)

    def _see_folder(self) -> None:
        fresh = self._folder.look()
        self._waiting.extend(path for path in fresh if path not in self._waiting)
        gone = [path for path in self._failed if path in fresh or not path.exists()]
        for path in gone:
            del self._failed[path]

    def _bake_next(self) -> None:
        """Begin to bake the first painting that waits and is not in the walk."""
        there = {painting.source_sha256 for painting in self._walk.paintings}
        while self._bake is None and self._waiting and not self._ended.is_set():
            path = self._waiting.popleft()
            try:
                if self._sha256(path) not in there and not self._ended.is_set():
                    self._bake = BakeProcess(path, self._show)
            except FileNotFoundError:
                continue  # taken away again before its turn came
            except OSError as error:
                self._failed[path] = f"it cannot be read or baked ({error.strerror})"

    def _sha256(self, path: Path) -> str:
        """The hash of a file's bytes, or of its beginning when the show ends meanwhile."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while (part := file.read(_PART_BYTES)) and not self._ended.is_set():
                digest.update(part)
        return digest.hexdigest()

    def _tell(self) -> None:
        words = [] if self._bake is None else ["baking", self._bake.painting.name, self._bake.share]
        more = [f"({len(self._waiting)} more)"] if self._waiting else []
        self.doing = _printable(" ".join(filter(None, [*words, *more])))
        failed = [f"{path.name} did not join: {reason}" for path, reason in list(self._failed.items())[-MOST_TOLD:]]
        self.faults = tuple(map(_printable, filter(None, [self._folder.fault, self._walk_fault, *failed])))


def _printable(text: str) -> str:
    """Text for a terminal, which the name of somebody's file must not steer."""
    return "".join(character if character.isprintable() else "?" for character in text)
