"""The walk bundle: the folder that passes from the bake to the show.

Files inside never change and are named by content; `walk.json` lists them and is written last, to a temporary
name, flushed to the disk and renamed over the old one. That is the commit: a bundle is whole or not yet a walk.

    read(folder)            check version, names, sizes and headers, not the contents
    load_flow, load_image…  read one file and check its hash
    verify(walk)            check every hash; a list of what is wrong
    put(folder, …)          store one file under its content's name
    write(walk)             check like `read`, then commit
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import stat
import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import BundleError, FlowShapeError
from artwalks_live.core.pieces import Maps, Picture
from artwalks_live.core.walk_check import FILE
from artwalks_live.core.walk_extras import MOST_MODES, MOTION, Motion
from artwalks_live.core.walk_format import (
    FLOWS,
    KEYFRAMES,
    MAX_SIDE,
    Anchor,
    Keyframe,
    Painting,
    Segment,
    Walk,
    decode,
    encode,
)

__all__ = [
    "FILE",
    "FLOWS",
    "KEYFRAMES",
    "MOTION",
    "WORK",
    "Anchor",
    "Keyframe",
    "Painting",
    "Segment",
    "StoredFile",
    "Walk",
    "content_name",
    "decode",
    "file_names",
    "fingerprint",
    "load_crossover",
    "load_flow",
    "load_image",
    "png_size",
    "put",
    "read",
    "read_maps",
    "read_motion",
    "read_picture",
    "size_bytes",
    "verify",
    "write",
    "write_file",
]

WORK = ".bake"
_MAX_JSON_BYTES = 64 * 2**20
_HEADER_BYTES = 1024
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([0-9, ]{1,64})\), \} *\n", re.S
)
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the bundle: bundle-relative name, sha256 in hexadecimal, size."""

    name: str
    sha256: str
    bytes: int


def read(folder: Path | str, name: str = FILE, known: Walk | None = None) -> Walk:
    """Open a bundle and check all that can be checked without reading the pictures.

    name     of the list to read; an earlier one's is `earlier.name`
    known    a walk of this folder that was checked before: the files that it lists are not looked at again

    Raises BundleError (FlowShapeError for a picture or flow of the wrong size) with what to do.
    """
    folder = Path(folder)
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise BundleError(f"{folder} {problem}: make it with `artwalks bake PAINTINGS -o {folder}`")
    if not (folder / FILE).exists():
        if (folder / WORK).is_dir():
            raise BundleError(f"{folder} is an unfinished bake: run its bake command again and it goes on")
        raise BundleError(f"{folder} is not a walk (it has no {FILE}): make one with `artwalks bake`")
    if _regular_size(folder, name) > _MAX_JSON_BYTES:
        raise BundleError(f"{name}: larger than {_MAX_JSON_BYTES // 2**20} MB: bake again")
    walk = decode(_read(folder, name), folder)
    _check_files(walk, frozenset() if known is None else file_names(known))
    return walk


def write(walk: Walk) -> None:
    """Commit: check the walk and its files as `read` does, then replace walk.json in one step."""
    data = encode(walk)
    _check_files(decode(data, walk.folder), frozenset())
    write_file(walk.folder / FILE, data)


def fingerprint(walk: Walk) -> str:
    """The sha256 that stands for the whole walk (walk.json carries the hashes of all the files)."""
    return hashlib.sha256(encode(walk)).hexdigest()


def content_name(data: bytes, suffix: str) -> str:
    """The name under which these bytes are stored: the first 16 digits of their sha256, and the suffix."""
    return hashlib.sha256(data).hexdigest()[:16] + suffix


def put(folder: Path, sub_folder: str, data: bytes, suffix: str) -> StoredFile:
    """Store bytes in a sub-folder of the bundle under their content's name; a file already there is kept."""
    name = f"{sub_folder}/{content_name(data, suffix)}"
    path = folder / name
    if not path.is_file() or path.is_symlink() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)
    return StoredFile(name, hashlib.sha256(data).hexdigest(), len(data))


def write_file(path: Path, data: bytes | memoryview) -> None:
    """Replace a file in one step that survives a power cut: flush under another name, rename, flush the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and the rename is already ordered
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load_image(walk: Walk, index: int) -> bytes:
    """The PNG bytes of picture `index` of `walk.pictures` (the keyframes first), checked against their hash.

    Raises BundleError.
    """
    return read_picture(walk.folder, walk.pictures[index])


def read_picture(folder: Path, picture: Picture) -> bytes:
    """The PNG bytes of a picture of the bundle in a folder, checked against their hash. Raises BundleError."""
    return _load(folder, picture.where, picture.image, picture.sha256)


def load_flow(walk: Walk, index: int) -> NDArray[np.float16]:
    """The flow of piece `index`, (h, w, 4) float16 Bx, By, Fx, Fy in pixels of its own grid; read-only.

    Without anchors the pieces of a walk are its segments.
    """
    maps = walk.maps[index]
    return _load_array(walk.folder, maps.where, maps.flow, maps.sha256[0])


def load_crossover(walk: Walk, index: int) -> NDArray[np.float16]:
    """The crossover of piece `index`, (h, w, 2) float16 o, k; read-only."""
    maps = walk.maps[index]
    return _load_array(walk.folder, maps.where, maps.crossover, maps.sha256[1])


def read_maps(folder: Path, maps: Maps) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """The flow and crossover of a piece, as `load_flow` and `load_crossover` give them. Raises BundleError."""
    return (
        _load_array(folder, maps.where, maps.flow, maps.sha256[0]),
        _load_array(folder, maps.where, maps.crossover, maps.sha256[1]),
    )


def read_motion(folder: Path, motion: Motion) -> tuple[NDArray[np.float16] | None, NDArray[np.float16] | None]:
    """The current (h, w, 4) and the modes (K, h, w, 4) of a painting, None where there is none. Raises BundleError."""
    current, sway = (
        _load_array(folder, "motion", name, digest) if name else None
        for name, digest in zip((motion.current, motion.sway), motion.sha256, strict=True)
    )
    return current, sway


def verify(walk: Walk, progress: Callable[[float], None] = lambda share: None) -> list[str]:
    """Read every file and compare its hash. Returns one line per problem; an empty list is a sound bundle.

    progress   told the share done, in [0, 1]
    """
    problems = []
    files = _files(walk)
    for done, (where, name, digest) in enumerate(files, 1):
        try:
            _load(walk.folder, where, name, digest)
        except BundleError as error:
            problems.append(str(error))
        progress(done / len(files))
    return problems


def file_names(walk: Walk) -> set[str]:
    """The bundle-relative names of all pictures and maps."""
    return {name for _, name, _ in _files(walk)}


def size_bytes(walk: Walk) -> int:
    """What the bundle takes on the disk, walk.json included."""
    return sum(_regular_size(walk.folder, name) for name in [FILE, *sorted(file_names(walk))])


def png_size(header: bytes) -> tuple[int, int] | None:
    """(width, height) from the first 33 bytes of an 8-bit RGB PNG; None when it is anything else."""
    if len(header) < 33 or not header.startswith(_PNG) or header[24:26] != b"\x08\x02":
        return None
    width, height = struct.unpack(">II", header[16:24])
    return width, height


def _files(walk: Walk) -> list[tuple[str, str, str]]:
    """(where, name, sha256) of every file that walk.json lists."""
    files = [(picture.where, picture.image, picture.sha256) for picture in walk.pictures]
    for maps in walk.maps:
        files += [(maps.where, maps.flow, maps.sha256[0]), (maps.where, maps.crossover, maps.sha256[1])]
    for number, painting in enumerate(walk.paintings):
        if painting.motion is not None:
            files += [(f"painting {number}", name, digest) for name, digest in painting.motion.files()]
    return files


def _broken(where: str, text: str, kind: type[BundleError] = BundleError) -> BundleError:
    return kind(f"{FILE}: {where + ': ' if where else ''}{text}: bake again")


def _load(folder: Path, where: str, name: str, digest: str) -> bytes:
    data = _read(folder, name, where)
    if hashlib.sha256(data).hexdigest() != digest:
        raise _broken(where, f"{name} was altered (its sha256 differs)")
    return data


def _read(folder: Path, name: str, where: str = "", limit: int = -1) -> bytes:
    """Read a file of the bundle, or its first `limit` bytes, following no link."""
    _regular_size(folder, name, where)
    try:
        with (folder / name).open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise _broken(where, f"{name} cannot be read ({error.strerror})") from None


def _regular_size(folder: Path, name: str, where: str = "") -> int:
    """Size in bytes of a plain file; BundleError when it is missing, or it or its folder is a link."""
    path = folder / name
    try:
        inside = path.parent == folder or stat.S_ISDIR(path.parent.lstat().st_mode)
        status = path.lstat()
    except OSError as error:
        raise _broken(where, f"{name} is missing ({error.strerror})") from None
    if not inside or not stat.S_ISREG(status.st_mode):
        culprit = name if inside else path.parent.name
        raise _broken(where, f"{culprit} is a link or a special file, and a bundle holds none")
    return status.st_size


def _check_files(walk: Walk, known: Collection[str]) -> None:
    for picture in walk.pictures:
        if picture.image not in known:
            _check_image(walk, picture)
    for maps in walk.maps:
        if maps.flow not in known or maps.crossover not in known:
            _check_maps(walk, maps)
    for number, painting in enumerate(walk.paintings):
        if painting.motion is not None and not {name for name, _ in painting.motion.files()} <= set(known):
            _check_motion(walk, f"painting {number}", painting.motion)


def _check_motion(walk: Walk, where: str, motion: Motion) -> None:
    if motion.current:
        _checked_shape(walk, where, motion.current, 4)
    if motion.sway:
        modes = _checked_shape(walk, where, motion.sway, 4, sides=3)[0]
        if modes > MOST_MODES:
            raise _broken(where, f"{motion.sway} has {modes} modes, expected at most {MOST_MODES}", FlowShapeError)


def _check_maps(walk: Walk, maps: Maps) -> None:
    flow = _checked_shape(walk, maps.where, maps.flow, 4)
    crossover = _checked_shape(walk, maps.where, maps.crossover, 2)
    if flow[:2] != crossover[:2]:
        expected = f"{maps.crossover} has shape {crossover}, expected {(*flow[:2], 2)} like its flow"
        raise _broken(maps.where, expected, FlowShapeError)


def _check_image(walk: Walk, picture: Picture) -> None:
    where, name = picture.where, picture.image
    size = _regular_size(walk.folder, name, where)
    if size != picture.bytes:
        raise _broken(where, f"{name} has {size} bytes, expected {picture.bytes}")
    found = png_size(_read(walk.folder, name, where, 33))
    if found != walk.canvas:
        what = "is not an 8-bit RGB PNG" if found is None else "is {}x{}".format(*found)
        expected = "expected {}x{}".format(*walk.canvas)
        raise _broken(where, f"{name} {what}, {expected}", FlowShapeError)


def _checked_shape(walk: Walk, where: str, name: str, channels: int, sides: int = 2) -> tuple[int, ...]:
    """The shape that a .npy file declares, after checking its type, shape and size."""
    size = _regular_size(walk.folder, name, where)
    header = _npy_header(_read(walk.folder, name, where, _HEADER_BYTES))
    if header is None:
        raise _broken(where, f"{name} is not a .npy file (version 1.0, by rows)")
    dtype, shape, offset = header
    if dtype != "<f2":
        raise _broken(where, f"{name} has type {dtype}, expected <f2 (float16)", FlowShapeError)
    if len(shape) != sides + 1 or shape[-1] != channels or not all(1 <= side <= MAX_SIDE for side in shape[:-1]):
        wanted = ", ".join([*"khw"[-sides:], str(channels)])
        raise _broken(where, f"{name} has shape {shape}, expected ({wanted})", FlowShapeError)
    expected = offset + math.prod(shape) * 2
    if size != expected:
        raise _broken(where, f"{name} has {size} bytes, expected {expected}")
    return shape


def _npy_header(data: bytes) -> tuple[str, tuple[int, ...], int] | None:
    """(type, shape, offset of the values) from the start of a .npy file; None when it is not a plain one.

    NumPy's own reader evaluates the header as Python; here only the one form that NumPy writes is accepted.
    """
    match = _NPY.match(data)
    if match is None or match.end() != 10 + int.from_bytes(match[1], "little"):
        return None
    shape = tuple(int(side) for side in match[3].split(b",") if side.strip())
    return match[2].decode("ascii", "replace"), shape, match.end()


def _load_array(folder: Path, where: str, name: str, digest: str) -> NDArray[np.float16]:
    data = _load(folder, where, name, digest)
    header = _npy_header(data[:_HEADER_BYTES])
    if header is None:
        raise _broken(where, f"{name} is not a .npy file (version 1.0, by rows)")
    return np.frombuffer(data, dtype="<f2", offset=header[2]).reshape(header[1])
