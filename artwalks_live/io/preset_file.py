"""Writing presets: values and amounts put into a TOML file that somebody wrote, whose comments and order stay."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from artwalks_live.core.errors import PresetError

Number = float | int | bool
_DIGITS = 6


def edited(text: str, values: Mapping[str, float], amounts: Mapping[int, float]) -> str:
    """A preset's text with other numbers in it; everything else stays as it stands.

    text      a preset that can be read
    values    parameter → value; one that has no line yet gets one at the end of [values]
    amounts   index of a route → its amount

    Raises PresetError where the text is written in a way that this cannot edit.
    """
    try:
        return _edited(text, values, amounts)
    except (TOMLKitError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # Whatever surprises the library still has: a show goes on without its preset being saved.
        why = str(error).replace("\n", " ")
        raise PresetError(f"the preset is written in a way that saving cannot edit ({why})") from None


def _edited(text: str, values: Mapping[str, float], amounts: Mapping[int, float]) -> str:
    document: Any = tomlkit.parse(text)
    if values and "values" not in document:
        document["values"] = tomlkit.table()
    for name, value in values.items():
        _put(document["values"], name, value)
    for i, amount in amounts.items():
        document["route"][i]["amount"] = _like(document["route"][i]["amount"], amount)
    return tomlkit.dumps(document)


def write(path: Path, text: str) -> None:
    """Write a preset's file in one step. Raises PresetError when it cannot be written."""
    unfinished = path.with_suffix(".toml.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8", newline="")
        os.replace(unfinished, path)
    except OSError as error:
        raise PresetError(f"preset {path} cannot be written ({error.strerror})") from None


def _put(table: Any, name: str, value: float) -> None:
    """`flow.strength` may stand there as a dotted name, a quoted one, or in a table of its own."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        head, rest = ".".join(parts[:cut]), ".".join(parts[cut:])
        if head in table:
            if not rest:
                table[head] = _like(table[head], value)
                return
            _put(table[head], rest, value)
            return
    if len(parts) == 1:
        table[name] = _like(None, value)
    elif isinstance(table, Table):
        table.append(tomlkit.key(parts), _like(None, value))
    else:  # in braces, or in pieces here and there
        table[parts[0]] = tomlkit.inline_table()
        _put(table[parts[0]], ".".join(parts[1:]), value)


def _like(was: Any, value: float) -> Number:
    """A number as people write it: short, and true or false where it was so."""
    if isinstance(was, bool):
        return value != 0.0
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short == int(short) else short
