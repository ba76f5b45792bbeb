"""The demo's paintings: which there are, and how they come into a folder."""

from __future__ import annotations

import hashlib
import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import PaintingError
from artwalks_live.demo import brush, figures, flowers, harbour, lake, mountain, orchard, rain, sketch, wheatfield

Pixels = npt.NDArray[np.uint8]
Progress = Callable[[float, str], None]

ARTIST = "artwalks-live"
LICENCE = "CC0-1.0"
_SEED = 7
_RECIPE_KEY = b"artwalks-recipe"


@dataclass(frozen=True, slots=True)
class Scene:
    """One painting of the demo: its file, its title, its size in pixels (width, height) and how it is painted."""

    file: str
    title: str
    size: tuple[int, int]
    paint: Callable[[tuple[int, int], int], Pixels]


SCENES = (
    Scene("1-harbour-at-dusk.png", "Harbour at Dusk", (1600, 1000), harbour.paint),
    Scene("2-harvest-moon.png", "Harvest Moon", (1600, 1000), wheatfield.paint),
    Scene("3-flowers-in-a-blue-jar.png", "Flowers in a Blue Jar", (1280, 1500), flowers.paint),
    Scene("4-october-lake.png", "October Lake", (1600, 1000), lake.paint),
    Scene("5-street-in-the-rain.png", "Street in the Rain", (1600, 1000), rain.paint),
    Scene("6-orchard-in-bloom.png", "Orchard in Bloom", (1600, 1000), orchard.paint),
)


def paint_all(folder: Path, progress: Progress | None = None, height: int | None = None) -> list[Path]:
    """Paint every scene into a folder, with a paintings.toml that names them; those already there are left alone.

    folder    made if it is not there
    progress  called with the share done in [0,1] and the title being painted
    height    in pixels, to paint smaller pictures than the scenes' own
    returns   the files, in the order of the walk

    The same bytes every time on the same machine. Raises PaintingError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for done, scene in enumerate(SCENES):
            if progress is not None:
                progress(done / len(SCENES), scene.title)
            paths.append(_paint(scene, folder, height))
        _replace(folder / "paintings.toml", _labels().encode("utf-8"))
    except OSError as error:
        raise PaintingError(
            f"{folder}: the demo's paintings cannot be written ({error.strerror}): choose another folder"
        ) from error
    if progress is not None:
        progress(1.0, "")
    return paths


def _paint(scene: Scene, folder: Path, height: int | None) -> Path:
    """Paint one scene unless its file is whole and made by this very code."""
    width, full = scene.size
    size = scene.size if height is None else (round(width * height / full), height)
    path = folder / scene.file
    recipe = _recipe(scene, size)
    if not (path.is_file() and _is_painted(path.read_bytes(), recipe)):
        _replace(path, _png(scene.paint(size, _SEED), recipe))
    return path


def _recipe(scene: Scene, size: tuple[int, int]) -> bytes:
    """Name what a painting is made from: the code that paints it, its size and its seed."""
    digest = hashlib.sha256(repr((scene.file, size, _SEED)).encode())
    for module in (brush, figures, mountain, sketch, sys.modules[scene.paint.__module__]):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest().encode()


def _png(picture: Pixels, recipe: bytes) -> bytes:
    """Encode a picture (H, W, 3) uint8 sRGB as PNG, its recipe and the checksum of its data in a text chunk."""
    data = bytes(cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes())
    end = len(data) - 12  # the empty IEND chunk
    note = _RECIPE_KEY + b"\0" + recipe + b" " + hashlib.sha256(data[:end]).hexdigest().encode()
    checked = b"tEXt" + note
    return data[:end] + struct.pack(">I", len(note)) + checked + struct.pack(">I", zlib.crc32(checked)) + data[end:]


def _is_painted(data: bytes, recipe: bytes) -> bool:
    """Whether a file is this recipe's painting, unaltered."""
    start = data.rfind(b"tEXt" + _RECIPE_KEY) - 4
    if start < 0:
        return False
    note = data[start + 8 + len(_RECIPE_KEY) + 1 : len(data) - 16]
    return note == recipe + b" " + hashlib.sha256(data[:start]).hexdigest().encode()


def _labels() -> str:
    entries = [
        f'["{scene.file}"]\ntitle = "{scene.title}"\nartist = "{ARTIST}"\nlicence = "{LICENCE}"\n' for scene in SCENES
    ]
    return "\n".join(entries)


def _replace(path: Path, data: bytes) -> None:
    """Write beside the name and rename over it, so that there is never half a file; an equal file stays untouched."""
    if path.is_file() and path.read_bytes() == data:
        return
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
