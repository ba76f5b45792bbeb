"""A preset: how a show moves and looks, as TOML.

    title = "Techno"                      mode = "beat"         (clock, music, beat, position, cues)
    about = "one line"                    end = "pingpong"      (or stop, jump; loops never end)
    key = 4     (1..9, on the keyboard)   curve = "leg"         (or segment, linear)
    choose = "list"                       (or similar, random, key, energy: the next painting, where legs branch)
    fade_s = 1.0                          (cross-fade when it is chosen during a show; or fade_beats = 8)

    [values]                              every parameter not named stands at its default
    flow.strength = 1.0
    [[route]]                             any number of them; see control.py for sources, routes.py
    source = "bass"                       for what a route can say
    target = "flow.push"
    amount = 0.3
    curve = "square"
    attack_s = 0.01
    release_s = 0.25

Before the show a mistake is a PresetError with file, line, the valid values and the nearest spelling.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from artwalks_live.core.errors import PresetError
from artwalks_live.core.motion import CHOICES, CURVES, ENDS, MODES, Choice, Curve, End, Mode
from artwalks_live.core.params import ParamTable
from artwalks_live.core.preset_lines import Lines
from artwalks_live.core.route_table import read_route
from artwalks_live.core.routes import Route

_KEYS = ("title", "about", "key", "mode", "end", "curve", "choose", "fade_s", "fade_beats", "values", "route")


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset, checked.

    fade_beats   instead of fade_s where it is above 0: so long, at the tempo of the moment when it is chosen
    text    the TOML it was read from, as it stood: goes into the take
    """

    name: str
    mode: Mode
    title: str = ""
    about: str = ""
    key: int = 0
    end: End = "pingpong"
    curve: Curve = "leg"
    fade_s: float = 1.5
    fade_beats: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    text: str = ""
    choose: Choice = "list"


def load(path: Path, params: ParamTable) -> Preset:
    """Read a preset file. Raises PresetError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PresetError(f"preset {path}: cannot be read ({reason})") from None
    return parse(text, path.stem, params, path.name)


def load_files(paths: Iterable[Path], params: ParamTable) -> dict[str, Preset]:
    """Presets by name, in the order of their keys 1..9, those without a key last."""
    presets = [load(path, params) for path in paths]
    return {preset.name: preset for preset in sorted(presets, key=lambda p: (p.key or 10, p.name))}


def load_folder(folder: Path, params: ParamTable) -> dict[str, Preset]:
    """All presets of a folder, as `load_files`."""
    return load_files(sorted(folder.glob("*.toml")), params)


def parse(text: str, name: str, params: ParamTable, where: str = "") -> Preset:
    """Read a preset from its text.

    where    the file's name for messages; the preset's own name when empty
    Raises PresetError: `vj.toml:12: parameter 'flow.strenght' is unknown: use one of … (nearest: flow.strength)`.
    """
    return _Reader(text, name, params, where or name).preset()


class _Reader:
    def __init__(self, text: str, name: str, params: ParamTable, file: str) -> None:
        self._text, self._name, self._params = text, name, params
        self._lines = Lines(text, file)

    def preset(self) -> Preset:
        lines = self._lines
        try:
            table = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            raise PresetError(f"{lines.file}: not valid TOML: {error}".replace("\n", " ")) from None
        for key in table:
            lines.one_of(key, _KEYS, "key", lines.of_key(key))
        if "mode" not in table:
            raise PresetError(f'{lines.file}: no mode: add a line like mode = "music" ({", ".join(MODES)})')
        routes = table.get("route", [])
        if not isinstance(routes, list) or not all(isinstance(route, dict) for route in routes):
            raise lines.wrong(lines.of_key("route"), "write routes as [[route]] tables")
        return Preset(
            name=self._name,
            mode=cast(Mode, self._choice(table, "mode", MODES)),
            title=self._words(table, "title") or self._name,
            about=self._words(table, "about"),
            key=int(self._number(table, "key", (0, 9), 0)),
            end=cast(End, self._choice(table, "end", ENDS)),
            curve=cast(Curve, self._choice(table, "curve", CURVES)),
            choose=cast(Choice, self._choice(table, "choose", CHOICES)),
            fade_s=self._number(table, "fade_s", (0, 60), 1.5),
            fade_beats=self._fade_beats(table),
            values=dict(self._values(table.get("values", {}))),
            routes=tuple(read_route(route, i, lines, self._params) for i, route in enumerate(routes)),
            text=self._text,
        )

    def _values(self, table: Any) -> Iterator[tuple[str, float]]:
        lines = self._lines
        if not isinstance(table, dict):
            raise lines.wrong(lines.of_key("values"), "values must be a table, [values]")
        for name, value in _flat(table):
            line = lines.of_value(name)
            param = self._params.lookup(name, lines.at(line))
            plain = float(value) if param.type == "bool" and isinstance(value, bool) else value
            yield name, lines.in_range(plain, name, (param.low, param.high), line)

    def _fade_beats(self, table: Mapping[str, Any]) -> float:
        if "fade_s" in table and "fade_beats" in table:
            raise self._lines.wrong(self._lines.of_key("fade_beats"), "fade_s and fade_beats: give one of them")
        return self._number(table, "fade_beats", (0, 256), 0.0)

    def _choice(self, table: Mapping[str, Any], key: str, valid: tuple[str, ...]) -> str:
        return self._lines.one_of(table.get(key, valid[0]), valid, key, self._lines.of_key(key))

    def _words(self, table: Mapping[str, Any], key: str) -> str:
        return self._lines.words(table.get(key, ""), key, self._lines.of_key(key))

    def _number(self, table: Mapping[str, Any], key: str, span: tuple[float, float], default: float) -> float:
        return self._lines.in_range(table.get(key, default), key, span, self._lines.of_key(key))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested tables → dotted names: TOML reads `flow.strength = 1` as a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
