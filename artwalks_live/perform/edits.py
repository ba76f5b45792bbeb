"""Live coding: shaders, ISF filters and presets whose files are saved during a show are used within a frame or two.

    folders ─ looked at every 20 ms ─ a file at rest ─ read, parsed ──(queue)── frame(): compiled, or given to the show

One thread looks and reads; what needs GL or the show is done by the render thread between two frames. An error keeps
the last good program or preset, however many follow; it stands on the status line until that file is good again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from artwalks_live.core import preset
from artwalks_live.core.errors import PresetError
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Show
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.perform.filters import read_again
from artwalks_live.perform.stage import Stage

EVERY_S = 0.02
_SUFFIXES = (".frag", ".glsl", ".fs", ".vs", ".toml")
_Sign = tuple[int, int, int]
Read = Filter | Preset | str | None
"""What the thread made of a file: a filter, a preset, what is wrong with it, or nothing: the renderer reads it."""


class Looker:
    """Tells which files of some folders have changed and come to rest: of one size and time at two looks."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(dict.fromkeys(folder.resolve() for folder in folders))
        self._seen = dict(self._signs())
        self._known = dict(self._seen)

    def look(self) -> list[Path]:
        """The files that changed, or are new, since they were told of last."""
        now = dict(self._signs())
        fresh = [path for path, sign in now.items() if sign[1] and sign != self._known.get(path)]
        rested = [path for path in fresh if self._seen.get(path) == now[path]]
        self._seen = now
        self._known |= {path: now[path] for path in rested}
        return [Path(path) for path in rested]

    def _signs(self) -> Iterator[tuple[str, _Sign]]:
        for folder in self._folders:
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(_SUFFIXES) and not entry.name.startswith("."):
                        with suppress(OSError):  # gone meanwhile: editors write another file and rename it
                            stat = entry.stat()
                            yield entry.path, (stat.st_mtime_ns, stat.st_size, stat.st_ino)


class Edits:
    """What is edited while a stage is played on. Close it to end its thread.

    tell    told a line about what takes effect only later
    """

    def __init__(self, stage: Stage, tell: Callable[[str], None], own_presets: Path, every_s: float = EVERY_S) -> None:
        self._stage, self._tell, self._every_s = stage, tell, every_s
        tables = stage.tables
        self._shaders = tables.shaders.folder.resolve()
        self._faults: dict[Path, str] = {}
        self._queue: SimpleQueue[tuple[Path, Read]] = SimpleQueue()
        shaders = (self._shaders / "passes", self._shaders / "lib")
        files = (*tables.files.values(), *(one.file for one in tables.shaders.filters))
        self._preset_folders = {path.parent.resolve() for path in (*tables.files.values(), own_presets / "any")}
        self._looker = Looker([*shaders, own_presets, *(path.parent for path in files)])
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edits", daemon=True)
        self._thread.start()

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with files as they were saved last, a line each, with the file's line."""
        return tuple(self._faults.values())

    def frame(self, show: Show) -> None:
        """Do what is to be done before a frame. Render thread; nothing when nothing was saved."""
        with suppress(Empty):
            while True:
                path, read = self._queue.get_nowait()
                wrong = read if isinstance(read, str) else self._use(path, read, show)
                if wrong is None:
                    self._faults.pop(path, None)
                else:
                    self._faults[path] = wrong

    def close(self) -> None:
        """Stop looking."""
        self._ended.set()
        self._thread.join()

    def _use(self, path: Path, read: Read, show: Show) -> str | None:
        """Returns what is wrong."""
        renderer = self._stage.renderer
        if isinstance(read, Preset):
            try:
                show.renew(read)
            except PresetError as error:
                return str(error)
            return None
        if isinstance(read, Filter):
            if all(read.file != one.file for one in self._stage.tables.shaders.filters):
                self._tell(f"{path.name} is new: it can be turned on after the next start")
                return None
            wrong = renderer.reload_filter(read)
        elif path.suffix == ".glsl":
            return renderer.reload_lib(path.stem)
        elif path.stem not in (each.name for each in self._stage.tables.shaders.passes):
            self._tell(f"{path.name} is new: it joins the chain at the next start")
            return None
        else:
            wrong = renderer.reload(path.stem)
        later = "" if wrong is not None else renderer.pending(path.stem if read is None else read)
        if later:
            self._tell(later)
        return wrong

    # the thread

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            for path in self._looker.look():
                if self._is_ours(path):
                    self._queue.put((path, self._read(path)))

    def _is_ours(self, path: Path) -> bool:
        """A folder that is looked at for the sake of one file may have others."""
        if path.suffix == ".toml":
            return path.parent in self._preset_folders
        return path.suffix in (".fs", ".vs") or path.is_relative_to(self._shaders)

    def _read(self, path: Path) -> Read:
        if path.suffix == ".toml":
            return self._preset(path)
        if path.suffix in (".fs", ".vs"):
            return read_again(path)
        return None

    def _preset(self, path: Path) -> Preset | str:
        try:
            return preset.load(path, self._stage.tables.params)
        except PresetError as error:
            return str(error)
