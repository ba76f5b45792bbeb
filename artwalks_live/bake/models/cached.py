"""Where a model lies that was fetched, or that the user has as a folder; nothing here ever asks the network."""

from __future__ import annotations

import os
from pathlib import Path

from artwalks_live.bake.models.catalogue import CATALOGUE, Entry, entry
from artwalks_live.bake.models.record import absent, read, size_of
from artwalks_live.core.errors import ModelError
from artwalks_live.paths import cache_folder

FOLDER = "models"


def place(model: Entry, cache: Path | None = None) -> Path:
    """The folder in the cache that is the model's own, whether it is there or not; a hub name's / becomes --."""
    return (cache or cache_folder()) / FOLDER / model.name.replace("/", "--")


def folder(name: str | os.PathLike[str], cache: Path | None = None, instead: str = "") -> Path:
    """The folder of a model.

    name     an existing folder, which is taken as it is; or a name of the catalogue, or `owner/name` of the hub
    cache    the user's cache, by default `paths.cache_folder()`
    instead  what the message proposes while the model is not here: "bake with --generator patch"

    A model of several repositories has a sub-folder for each: `prior` and `decoder` in that of `kandinsky`.
    Raises ModelError when it is unknown, not here, or only here in part.
    """
    if os.fspath(name) and Path(name).is_dir():
        return Path(name).absolute()
    model = entry(_shown(name))
    path = place(model, cache)
    made = read(path)
    if made is None:
        raise ModelError(_missing(model, path, instead))
    gone = absent(path, made)
    if gone:
        raise ModelError(f"{model.name}: {path / gone[0]} has gone or been altered: artwalks models fetch {model.name}")
    return path


def _shown(name: str | os.PathLike[str]) -> str:
    """The name as it was given; a path that leads nowhere is said so before it is looked up as a name."""
    text = os.fspath(name)
    if Path(text).is_absolute() or text.startswith((".", "~")):
        raise ModelError(f"{text} is no folder: give a model's folder, or a name: {', '.join(CATALOGUE)}")
    return text


def _missing(model: Entry, path: Path, instead: str) -> str:
    begun = any(size_of(file) > 0 for file in path.rglob("*"))
    state = "is here only in part" if begun else "is not here"
    size = f" (about {model.size})" if model.size else ""
    more = f"; or {instead}" if instead else ""
    return f"{model.name} {state}{size}: artwalks models fetch {model.name}{more}"
