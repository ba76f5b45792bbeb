"""Fetch a model into the user's cache: list, announce, download, check, convert checkpoints, and write the record.

    places ─ what is to come ─ is there room ─ files, one by one ─ checkpoints become ONNX ─ the record

Stopped anywhere, the same call goes on where it was; the record comes last, so a model is here whole or not at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from artwalks_live.bake.lock import locked
from artwalks_live.bake.models import convert, record
from artwalks_live.bake.models.cached import place
from artwalks_live.bake.models.catalogue import Entry
from artwalks_live.bake.models.choose import chosen
from artwalks_live.bake.models.download import download, so_far
from artwalks_live.bake.models.hub import Places, Remote, listing
from artwalks_live.bake.models.record import Kept, Record, file_sha256
from artwalks_live.core.errors import ModelError

Progress = Callable[[float, str], None]
Note = Callable[[str], None]
_SPARE_BYTES = 64 << 20  # for records, converted checkpoints, and everybody else


@dataclass(frozen=True)
class _Order:
    """What is to come: names within the model's folder and where each is from."""

    files: dict[str, Remote]
    licence: str
    sources: tuple[str, ...]

    @property
    def bytes(self) -> int:
        return sum(remote.bytes for remote in self.files.values())


def fetch(model: Entry, places: Places, progress: Progress, note: Note, *, half: bool = False) -> Path:
    """Bring a model here, unless it is here already.

    half      take weights in half precision where there are such
    progress  called with the share done, [0, 1], and the file's name
    note      called with lines for the person: how much comes from where, under what licence

    Returns its folder. Raises ModelError when it cannot be had whole; what has come by then stays for the next call.
    """
    path = place(model, places.cache)
    made = record.read(path)
    if made is not None and not record.absent(path, made):
        note(f"{model.name} is here already, {made.licence}: {path}")
        return path
    if model.checkpoints:
        convert.check_tools()
    order = _ordered(model, places, half)
    note(f"{model.name}: {len(order.files)} files, {size_text(order.bytes)}, licence {order.licence}")
    for source in order.sources:
        note(f"  from {source}")
    try:
        with locked(path / ".lock", path, "fetch"):
            _bring(model, path, order, progress)
    except OSError as error:
        raise ModelError(f"{error.filename or path} cannot be written ({error.strerror})") from None
    return path


def _ordered(model: Entry, places: Places, half: bool) -> _Order:
    """Ask what is to come."""
    files, sources, licences = {}, [], [model.licence] if model.checkpoints else []
    for repository in model.repositories:
        found = listing(places.hub, repository.name)
        sources.append(f"{places.hub}/{repository.name} at {found.revision[:12]}")
        licences.append(found.licence)
        for remote in chosen(repository.name, found.files, repository.files, half):
            files[f"{repository.into}/{remote.name}".lstrip("/")] = remote
    for checkpoint in model.checkpoints:
        url = f"{places.releases}/{checkpoint.path}"
        files[checkpoint.name] = Remote(checkpoint.name, url, checkpoint.bytes, checkpoint.sha256)
        sources.append(url)
    return _Order(files, " and ".join(dict.fromkeys(licences)), tuple(sources))


def _bring(model: Entry, path: Path, order: _Order, progress: Progress) -> None:
    missing = order.bytes - sum(so_far(remote, path / name) for name, remote in order.files.items())
    check_space(missing, shutil.disk_usage(path).free, path)
    done, kept = 0, {}

    def more(count: int) -> None:
        nonlocal done
        done += count
        progress(done / max(order.bytes, 1), name)

    for name, remote in order.files.items():
        kept[name] = download(remote, path / name, more)
    if model.checkpoints:
        kept = {name: _converted(path / name, progress) for name in kept}
        kept = {Path(name).with_suffix(".onnx").name: value for name, value in kept.items()}
    _clear(path, kept)
    record.write(path, Record(model.name, order.licence, order.sources, kept))


def _converted(checkpoint: Path, progress: Progress) -> Kept:
    """The ONNX file that a checkpoint became."""
    progress(1.0, f"converting {checkpoint.name}")
    target = checkpoint.with_suffix(".onnx")
    convert.convert(checkpoint, target)
    return Kept(target.stat().st_size, file_sha256(target))


def _clear(path: Path, kept: dict[str, Kept]) -> None:
    """Remove what belongs to another revision, and checkpoints that were converted."""
    for file in path.rglob("*"):
        if file.is_file() and file.relative_to(path).as_posix() not in kept and file.name != ".lock":
            file.unlink(missing_ok=True)


def check_space(needed: int, free: int, folder: Path) -> None:
    """Raise ModelError when so many bytes would fill the disk."""
    if needed + _SPARE_BYTES > free:
        raise ModelError(
            f"{size_text(needed)} are to come and {folder} has {size_text(free)} free: "
            "free some space, or set ARTWALKS_CACHE to another disk"
        )


def size_text(count: float) -> str:
    """A size to read: `4.9 MB`, `14.4 GB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
