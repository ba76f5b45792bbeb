"""Find the paintings of a walk and say what they are: files and folders in, sources in order out."""

from __future__ import annotations

import hashlib
import random
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.way import shortest_way
from artwalks_live.core.errors import PaintingError, UsageError, choices

_RASTER = ("avif", "bmp", "gif", "jfif", "jp2", "jpe", "jpeg", "jpg", "png", "pnm", "ppm", "tif", "tiff", "webp")
SUFFIXES = frozenset(f".{name}" for name in _RASTER)
ORDERS = ("name", "given", "similar", "random")
LABELS = "paintings.toml"


@dataclass(frozen=True)
class Source:
    """A painting's file, and what is known of it. Title, artist and licence come from `paintings.toml` beside it."""

    path: Path
    title: str
    artist: str = ""
    licence: str = ""


def find(inputs: Sequence[Path | str], least: int = 2) -> list[Source]:
    """List the picture files of files and folders, in the order given (a folder's own by name; no sub-folders).

    Raises PaintingError when something does not exist, a folder holds no pictures, or there are fewer than `least`.
    """
    paths = [path for given in inputs for path in _pictures(Path(given))]
    if len(paths) < least:
        found = f"only {paths[0]}" if paths else "no painting"
        raise PaintingError(f"{found} was given: a walk needs at least two paintings")
    labels = {folder: _labels(folder) for folder in {path.parent for path in paths}}
    return [_source(path, labels[path.parent]) for path in paths]


def _pictures(path: Path) -> list[Path]:
    """The picture files that one argument stands for."""
    try:
        inside = _pictures_in(path) if path.is_dir() else [path]
        there = path.exists()
    except OSError as error:
        raise PaintingError(f"{path} cannot be read ({error.strerror}): may you open it?") from None
    if not there:
        raise PaintingError(f"{path} does not exist: give a folder of paintings, or files")
    if not inside:
        raise PaintingError(f"{path} holds no pictures ({', '.join(_RASTER)})")
    return inside


def _pictures_in(folder: Path) -> list[Path]:
    files = (path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted((path for path in files if not path.name.startswith(".")), key=_natural)


def _natural(path: Path) -> tuple[list[tuple[int, int | str]], str]:
    """Sort key under which `wave 2` comes before `wave 10`."""
    parts = re.findall(r"\d+|\D+", path.name.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts], path.name


def _source(path: Path, labels: dict[str, dict[str, str]]) -> Source:
    label = labels.get(path.name, {})
    title = label.get("title") or _printable(re.sub(r"[\s_-]+", " ", path.stem).strip())
    return Source(path, title or "untitled", label.get("artist", ""), label.get("licence", ""))


def _printable(text: str) -> str:
    """Text that can be shown and stored: what a terminal or a file cannot take becomes a question mark."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _labels(folder: Path) -> dict[str, dict[str, str]]:
    """Read `paintings.toml`: one table per file name with title, artist and licence."""
    path = folder / LABELS
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())
        raise PaintingError(f"{path} cannot be read ({why}): mend it or leave it out") from None
    labels = {}
    for name, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise PaintingError(f'{path}: {name!r}: write ["FILE"] and below it title, artist and licence as text')
        labels[name] = {key: _printable(value) for key, value in table.items()}
    return labels


def source_name(source: Source) -> str:
    """The file's name as it goes into walk.json."""
    return _printable(source.path.name)


def file_sha256(path: Path) -> str:
    """The hash of a file's bytes. Raises PaintingError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PaintingError(f"{path} cannot be read ({error.strerror})") from None


def arrange(sources: Sequence[Source], order: str, seed: int) -> list[Source]:
    """Order by `name`, as `given`, or at `random` (seeded); `similar` needs the pictures, see `similar_path`.

    Raises UsageError on an unknown order.
    """
    if order not in ORDERS:
        raise UsageError(f"--order {choices(order, ORDERS)}")
    arranged = list(sources)
    if order in ("name", "random"):
        arranged.sort(key=lambda source: _natural(source.path))
    if order == "random":
        random.Random(seed).shuffle(arranged)
    return arranged


def similar_path(pictures: Iterable[NDArray[np.uint8]], loop: bool) -> list[int]:
    """A short way through all pictures, so that neighbours are alike in colour and composition.

    pictures  (H, W, 3) uint8 sRGB each, all of one size
    returns   the order, as indices

    The distance is that of 8x8 Lab thumbnails; see `shortest_way`.
    """
    return shortest_way(features(pictures), loop)


def features(pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """What pictures (H, W, 3) uint8 sRGB are alike in, (n, 192): 8x8 thumbnails in Lab."""
    return np.stack([_feature(picture) for picture in pictures])


def _feature(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(picture, (8, 8), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32).ravel()
