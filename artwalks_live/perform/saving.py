"""Saving the running preset: what was set by hand during the show goes into its file.

A preset of the user's own is written where it came from. A shipped one stays as it is: its copy goes into the user's
configuration folder, where it stands before the shipped one from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from artwalks_live.core import preset
from artwalks_live.core.edits import Edits
from artwalks_live.core.errors import PresetError
from artwalks_live.core.params import ParamTable
from artwalks_live.core.show import Show
from artwalks_live.io import preset_file
from artwalks_live.paths import presets_dir, user_presets_dir


def save_preset(show: Show, files: Mapping[str, Path]) -> str:
    """Write the running preset as it stands, and let the show go on with it. Returns what to tell; never raises.

    files   where presets came from, by name
    """
    edits = show.edits()
    name = edits.preset.name
    try:
        text, changes = as_it_stands(edits, show.params)
        renewed = preset.parse(text, name, show.params)
        path = place(files.get(name), name)
        preset_file.write(path, text)
    except PresetError as error:
        return str(error)
    show.renew(renewed)
    return f"preset {name} saved with {changes} changes: {path}"


def as_it_stands(edits: Edits, params: ParamTable) -> tuple[str, int]:
    """The preset's text with what was changed by hand in it, and how many numbers that are."""
    was = edits.preset
    values = {name: base for name, base in edits.bases.items() if base != was.values.get(name, params[name].default)}
    pairs = enumerate(zip(edits.amounts, was.routes, strict=True))
    amounts = {i: now for i, (now, route) in pairs if now != route.amount}
    return preset_file.edited(was.text, values, amounts), len(values) + len(amounts)


def place(came_from: Path | None, name: str) -> Path:
    """Where a preset is to be written."""
    if came_from is None or came_from.resolve().parent == presets_dir().resolve():
        return user_presets_dir() / f"{name}.toml"
    return came_from
