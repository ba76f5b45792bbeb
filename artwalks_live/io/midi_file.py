"""Mappings of MIDI devices on the disk: a TOML file for each, in the user's configuration folder.

    device = "nanoKONTROL2 MIDI 1"

    [[control]]
    control = "cc/1/0"
    target = "/flow/strength"

Learning writes into the file what it must and leaves the rest as it is: comments, order, spacing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_map import Binding, binding, plain
from artwalks_live.core.midi_message import Control

_HEAD = "What the controls of this MIDI device do: learned with L, and yours to edit (docs/midi.md)."


@dataclass(frozen=True, slots=True)
class MidiFile:
    """A device's file."""

    path: Path
    device: str
    bindings: tuple[Binding, ...]


def read_folder(folder: Path) -> dict[str, MidiFile]:
    """Every device's mapping. Raises ControlError, with file and line, for one that cannot be read."""
    found: dict[str, MidiFile] = {}
    for path in sorted(folder.glob("*.toml")):
        file = read(path)
        if file.device in found:
            raise ControlError(f"{path}: {found[file.device].path.name} is for {file.device!r} too: remove one of them")
        found[file.device] = file
    return found


def read(path: Path) -> MidiFile:
    """Read a device's mapping. Raises ControlError with file and line."""
    document, text = _parsed(path)
    device = document.get("device")
    if not isinstance(device, str) or not device:
        raise ControlError(f'{path}: no device: add a line like device = "nanoKONTROL2"')
    for key in document:
        if key not in ("device", "control"):
            raise ControlError(f"{path}: key {key!r} is unknown: there are device and [[control]] tables")
    tables = _tables(document, path)
    lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*control\s*\]\]", line)]
    lines += [0] * len(tables)
    where = [f"{path}:{line}" if line else str(path) for line in lines]
    return MidiFile(path, str(device), tuple(binding(t.unwrap(), at) for t, at in zip(tables, where, strict=False)))


def save(path: Path, device: str, bindings: Sequence[Binding]) -> None:
    """Write a device's mapping over what the file had, in one step. Raises ControlError when that cannot be done."""
    document = _parsed(path)[0] if path.exists() else _new(device)
    _update(document, _tables(document, path), bindings)
    unfinished = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(tomlkit.dumps(document))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise ControlError(f"{path} cannot be written ({error.strerror})") from None


def file_name(device: str, taken: Iterable[Path]) -> str:
    """A new file's name for a device: none that is taken."""
    stem = re.sub(r"[^a-z0-9]+", "-", device.casefold()).strip("-") or "device"
    names = {path.name for path in taken}
    while f"{stem}.toml" in names:
        stem += "-"
    return f"{stem}.toml"


def _new(device: str) -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    document.add("device", tomlkit.string(device))
    document.add(tomlkit.nl())
    return document


def _parsed(path: Path) -> tuple[tomlkit.TOMLDocument, str]:
    try:
        text = path.read_text(encoding="utf-8")
        return tomlkit.parse(text), text
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ControlError(f"{path} cannot be read ({reason})") from None
    except TOMLKitError as error:
        raise ControlError(f"{path}: not valid TOML: {error}".replace("\n", " ")) from None


def _tables(document: tomlkit.TOMLDocument, path: Path) -> list[Table]:
    tables: Any = document.get("control", [])
    if not isinstance(tables, (AoT, list)) or not all(isinstance(table, Table) for table in tables):
        raise ControlError(f"{path}: write controls as [[control]] tables")
    return list(tables)


def _update(document: tomlkit.TOMLDocument, old: Sequence[Table], bindings: Sequence[Binding]) -> None:
    """Make a document's tables those of these bindings, in place: changed where they must be, new ones at the end."""
    left = list(bindings)
    same = [_pop(left, table, ("control", "target")) for table in old]
    found = [each or _pop(left, table, ("control",)) for table, each in zip(old, same, strict=True)]
    if "control" not in document and left:
        document.append("control", tomlkit.aot())
    tables: Any = document.get("control", [])
    for i in reversed(range(len(old))):
        each = found[i]
        if each is None:
            del tables[i]
        else:
            _change(old[i], each)
    for each in left:
        if len(tables):
            tables[-1].add(tomlkit.nl())
        table = tomlkit.table()
        _change(table, each)
        tables.append(table)
    if "control" in document and not len(tables):
        del document["control"]


def _pop(left: list[Binding], table: Table, keys: Sequence[str]) -> Binding | None:
    """Take the binding that a table is about out of those left: one of the same control, say."""
    for i, each in enumerate(left):
        if all(plain(each)[key] == table.get(key) for key in keys):
            return left.pop(i)
    return None


def _change(table: Table, each: Binding) -> None:
    values = plain(each)
    for key in [key for key in table if key not in values and key not in _as_it_is(table, each)]:
        table.remove(key)
    for key, value in values.items():
        if table.get(key) != value:
            table[key] = value


def _as_it_is(table: Table, each: Binding) -> set[str]:
    """Keys that say of a binding what is so by default, as somebody chose to write down."""
    said: set[str] = set()
    for key, value in table.unwrap().items():
        own = getattr(each, key, None)
        if value == (own.name if isinstance(own, Control) else own):
            said.add(key)
    return said
