"""Write pictures as PNG: one still, or a numbered sequence, with alpha where the picture has it.

Compression runs outside the interpreter's lock, so it costs the picture on the window nothing but a core. Every file
is written under a temporary name and renamed when whole: a folder never holds half a picture.
"""

from __future__ import annotations

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from artwalks_live.core.errors import RecordError
from artwalks_live.core.sink import SinkCounts
from artwalks_live.core.video import Deadlines, PixelFormat, Pixels, Samples, pixel_shape

_NUMBER = re.compile(r"%(?:0\d+)?d")
_LEVEL = 1
"""zlib level: 6 takes 3.4 times as long as 1 on a painting at 2K and saves nothing."""
_BACKLOG = 4


def write_png(path: Path, pixels: Pixels) -> None:
    """Write a picture (H, W, 3) or, with straight alpha, (H, W, 4): uint8, sRGB, tagged so.

    Raises RecordError when the file cannot be written.
    """
    tags = PngImagePlugin.PngInfo()
    tags.add(b"sRGB", b"\0")
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            Image.fromarray(np.ascontiguousarray(pixels)).save(part, "png", compress_level=_LEVEL, pnginfo=tags)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror or error}") from None


def is_sequence(path: Path) -> bool:
    """Whether a file name stands for numbered pictures: `folder/%05d.png`."""
    return "%" in path.name


class StillWriter:
    """Writes pictures in the background, a few at once. Close it to wait for them; a fault is kept for `fault`."""

    def __init__(self, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="still")
        self._room = threading.Semaphore(_BACKLOG)
        self.fault = ""

    def put(self, path: Path, pixels: Pixels, *, wait: bool) -> bool:
        """Write a picture, which must not change any more. With too many under way: wait, or let it go (False)."""
        if not self._room.acquire(blocking=wait):
            return False
        self._pool.submit(self._write, path, pixels)
        return True

    def _write(self, path: Path, pixels: Pixels) -> None:
        try:
            write_png(path, pixels)
        except RecordError as error:
            self.fault = str(error)
        finally:
            self._room.release()

    def close(self) -> None:
        """Wait until every picture is written."""
        self._pool.shutdown()


class PngSequence:
    """Numbered pictures in a folder, for a render: a FrameSink that waits rather than drops. They carry no sound.

    pattern        folder/NAME%05d.png, counted from 0; the folder itself is made, its parent must exist
    alpha          take and write (H, W, 4)

    Raises RecordError for a bad pattern, a missing parent folder, or numbered pictures already there; later, from
    `write` and `close`, when a picture cannot be written.
    """

    def __init__(self, pattern: Path, size: tuple[int, int], *, alpha: bool = False, overwrite: bool = False) -> None:
        self._pixel_format: PixelFormat = "rgba" if alpha else "rgb24"
        self._shape = pixel_shape(self._pixel_format, size)
        self._pattern = pattern
        _prepare(pattern, overwrite)
        self._deadlines = Deadlines()
        self._last: Pixels | None = None
        self._writer = StillWriter()

    @property
    def pixel_format(self) -> PixelFormat:
        return self._pixel_format

    @property
    def counts(self) -> SinkCounts:
        return SinkCounts(self._deadlines.written, self._deadlines.duplicated, self._deadlines.skipped)

    @property
    def fault(self) -> str:
        return f"record failed: {self._writer.fault}" if self._writer.fault else ""

    def write(self, index: int, pixels: Pixels) -> None:
        """Write the picture for the deadline index/fps; see FrameSink."""
        self._raise_fault()
        number = self._deadlines.written
        repeats = self._deadlines.place(index)
        if repeats is None:
            return
        picture = pixels.reshape(self._shape).copy()
        for missed in range(repeats):
            self._put(number + missed, self._last if self._last is not None else picture)
        self._put(number + repeats, picture)
        self._last = picture

    def _put(self, number: int, picture: Pixels) -> None:
        self._writer.put(self._pattern.with_name(self._pattern.name % number), picture, wait=True)

    def write_audio(self, samples: Samples, start_s: float) -> None:
        """Pictures carry no sound."""

    def end(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Wait until every picture is written."""
        self._writer.close()
        self._raise_fault()

    def _raise_fault(self) -> None:
        if self._writer.fault:
            raise RecordError(self._writer.fault)


def _prepare(pattern: Path, overwrite: bool) -> None:
    """Check the pattern, make the folder, and see that no picture of that name is in it."""
    numbers = _NUMBER.findall(pattern.name)
    if pattern.suffix.lower() != ".png" or len(numbers) != 1 or pattern.name.count("%") != 1:
        raise RecordError(f"{pattern}: number the pictures with one %05d and end with .png, like frames/%05d.png")
    folder = pattern.parent
    try:
        folder.mkdir(exist_ok=True)
        names = os.listdir(folder)
    except FileNotFoundError:
        raise RecordError(f"{pattern}: the folder {folder.parent} does not exist: make it first") from None
    except OSError as error:
        raise RecordError(f"{folder} cannot be used: {error.strerror}") from None
    before, after = (re.escape(part) for part in _NUMBER.split(pattern.name))
    there = [name for name in names if re.fullmatch(rf"{before}\d+{after}", name)]
    if there and not overwrite:
        raise RecordError(f"{folder} holds {len(there)} such pictures: choose another folder or pass --overwrite")
