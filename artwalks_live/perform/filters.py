"""Which ISF filters a show has: those that were named, those of a folder that was, and the user's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from artwalks_live.core.errors import GraphicsError, TakeError, UsageError
from artwalks_live.gpu.isf_filter import Filter, read_filter
from artwalks_live.io.picture import read_pixels
from artwalks_live.paths import user_isf_dir

SUFFIX = ".fs"


def find_filters(given: Sequence[Path], own: Path | None = None) -> tuple[Filter, ...]:
    """Read the filters of a show.

    given   by --isf: a file is on from the start, the files of a folder stand ready, off
    own     the folder of the user's own, which stand ready too; by default that of the user's configuration

    Raises UsageError for a path without filters, GraphicsError (file:line) for a filter that cannot be used.
    """
    on: dict[Path, bool] = {}
    for path in given:
        if path.is_dir():
            found = sorted(path.glob(f"*{SUFFIX}"))
            if not found:
                raise UsageError(f"--isf {path}: no {SUFFIX} file is in this folder")
            on |= {file.resolve(): on.get(file.resolve(), False) for file in found}
        elif path.suffix == SUFFIX and path.is_file():
            on[path.resolve()] = True
        else:
            raise UsageError(f"--isf {path}: give an ISF filter (a {SUFFIX} file that exists) or a folder of them")
    folder = own or user_isf_dir()
    on |= {file.resolve(): on.get(file.resolve(), False) for file in sorted(folder.glob(f"*{SUFFIX}"))}
    return tuple(read_filter(file, is_on, read_pixels) for file, is_on in on.items())


def noted(filters: Iterable[Filter]) -> dict[str, tuple[bool, str]]:
    """What a take says of filters: path → (on from the start, sha256 of the text)."""
    return {str(one.file): (one.mix.default > 0.0, _sha256(one)) for one in filters}


def of_take(wanted: Mapping[str, tuple[bool, str]]) -> tuple[tuple[Filter, ...], list[str]]:
    """The filters that a take was performed with, and a line for each that was edited since.

    Raises TakeError when one is gone, GraphicsError (file:line) when one cannot be used any more.
    """
    found, notes = [], []
    for path, (on, sha256) in wanted.items():
        file = Path(path)
        if not file.is_file():
            raise TakeError(f"the take was performed with the ISF filter {path}, which is gone: put it back")
        one = read_filter(file, on, read_pixels)
        found.append(one)
        if _sha256(one) != sha256:
            notes.append(f"{file.name} was edited since the take: it is used as it is now")
    return tuple(found), notes


def read_again(file: Path) -> Filter | str:
    """A filter as it is now, or what is wrong with it in one line. Any thread."""
    try:
        return read_filter(file.with_suffix(SUFFIX), False, read_pixels)
    except GraphicsError as error:
        return str(error)


def _sha256(one: Filter) -> str:
    return hashlib.sha256(f"{one.text}\0{one.vertex}".encode()).hexdigest()
