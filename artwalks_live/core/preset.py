"""A preset: how a show moves and looks, as TOML.

    title = "Techno"                      mode = "beat"         (clock, music, beat, position, cues)
    about = "one line"                    end = "pingpong"      (or stop, jump; loops never end)
    key = 4     (1..9, on the keyboard)   curve = "leg"         (or segment, linear)
    fade_s = 1.0                          (cross-fade when it is chosen during a show)

    [values]                              every parameter not named stands at its default
    flow.strength = 1.0
    [[route]]                             any number of them; see control.py for sources and curves
    source = "bass"
    target = "flow.push"
    amount = 0.3
    curve = "square"
    attack_s = 0.01
    release_s = 0.25

Before the show a mistake is a PresetError with file, line, the valid values and the nearest spelling.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from artwalks_live.core.control import CURVES as ROUTE_CURVES
from artwalks_live.core.control import SOURCES, Route
from artwalks_live.core.errors import PresetError, choices
from artwalks_live.core.motion import CURVES, ENDS, MODES, Curve, End, Mode
from artwalks_live.core.params import ParamTable

_KEYS = ("title", "about", "key", "mode", "end", "curve", "fade_s", "values", "route")
_ROUTE_KEYS = ("source", "target", "amount", "curve", "attack_s", "release_s", "period_s")
_LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset, checked.

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
    values: Mapping[str, float] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    text: str = ""


def load(path: Path, params: ParamTable) -> Preset:
    """Read a preset file. Raises PresetError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PresetError(f"preset {path}: cannot be read ({reason})") from None
    return parse(text, path.stem, params, path.name)


def load_folder(folder: Path, params: ParamTable) -> dict[str, Preset]:
    """All presets of a folder by name, in the order of their keys 1..9, those without a key last."""
    presets = [load(path, params) for path in sorted(folder.glob("*.toml"))]
    return {preset.name: preset for preset in sorted(presets, key=lambda p: (p.key or 10, p.name))}


def parse(text: str, name: str, params: ParamTable, where: str = "") -> Preset:
    """Read a preset from its text.

    where    the file's name for messages; the preset's own name when empty
    Raises PresetError: `vj.toml:12: parameter 'flow.strenght' is unknown: use one of … (nearest: flow.strength)`.
    """
    return _Reader(text, name, params, where or name).preset()


class _Reader:
    def __init__(self, text: str, name: str, params: ParamTable, file: str) -> None:
        self._text, self._name, self._params, self._file = text, name, params, file
        self._lines = text.splitlines()

    def preset(self) -> Preset:
        try:
            table = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            raise PresetError(f"{self._file}: not valid TOML: {error}".replace("\n", " ")) from None
        for key in table:
            self._one_of(key, _KEYS, "key", self._line(key))
        if "mode" not in table:
            raise PresetError(f'{self._file}: no mode: add a line like mode = "music" ({", ".join(MODES)})')
        routes = table.get("route", [])
        if not isinstance(routes, list) or not all(isinstance(route, dict) for route in routes):
            raise PresetError(f"{self._at(self._line('route'))}: write routes as [[route]] tables")
        return Preset(
            name=self._name,
            mode=cast(Mode, self._choice(table, "mode", MODES, MODES[0])),
            title=self._words(table, "title") or self._name,
            about=self._words(table, "about"),
            key=int(self._in_range(table.get("key", 0), "key", 0, 9, self._line("key"))),
            end=cast(End, self._choice(table, "end", ENDS, ENDS[0])),
            curve=cast(Curve, self._choice(table, "curve", CURVES, CURVES[0])),
            fade_s=self._in_range(table.get("fade_s", 1.5), "fade_s", 0, 60, self._line("fade_s")),
            values=dict(self._values(table.get("values", {}))),
            routes=tuple(self._route(route, i) for i, route in enumerate(routes)),
            text=self._text,
        )

    def _values(self, table: Any) -> Iterator[tuple[str, float]]:
        if not isinstance(table, dict):
            raise PresetError(f"{self._at(self._line('values'))}: values must be a table, [values]")
        for name, value in _flat(table):
            line = self._value_line(name)
            param = self._params.lookup(name, self._at(line))
            plain = float(value) if param.type == "bool" and isinstance(value, bool) else value
            yield name, self._in_range(plain, name, param.low, param.high, line)

    def _route(self, table: Mapping[str, Any], i: int) -> Route:
        line = self._route_line(i, "")
        for key in table:
            self._one_of(key, _ROUTE_KEYS, "key of a route", self._route_line(i, key))
        for key in ("source", "target", "amount"):
            if key not in table:
                raise PresetError(f"{self._at(line)}: this route has no {key}")
        source = self._one_of(table["source"], SOURCES, "source", self._route_line(i, "source"))
        target = self._params.lookup(str(table["target"]), self._at(self._route_line(i, "target")))
        reach = target.high - target.low
        curve = table.get("curve", "linear")
        times = [
            self._in_range(table.get(key, 0.0), key, 0, _LONGEST_S, self._route_line(i, key))
            for key in ("attack_s", "release_s", "period_s")
        ]
        if (source == "lfo") != (times[2] > 0.0):
            need = "needs period_s above 0" if source == "lfo" else "takes no period_s: only an lfo has one"
            raise PresetError(f"{self._at(line)}: source {source} {need}")
        return Route(
            source,
            target.name,
            self._in_range(table["amount"], "amount", -reach, reach, self._route_line(i, "amount")),
            self._one_of(curve, ROUTE_CURVES, "curve", self._route_line(i, "curve")),
            *times,
        )

    def _choice(self, table: Mapping[str, Any], key: str, valid: tuple[str, ...], default: str) -> str:
        return self._one_of(table.get(key, default), valid, key, self._line(key))

    def _one_of(self, value: Any, valid: Mapping[str, Any] | tuple[str, ...], what: str, line: int) -> str:
        if not isinstance(value, str) or value not in valid:
            raise PresetError(f"{self._at(line)}: {what} {choices(value, valid)}")
        return value

    def _words(self, table: Mapping[str, Any], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise PresetError(f"{self._at(self._line(key))}: {key} must be text in quotes")
        return value

    def _in_range(self, value: Any, name: str, low: float, high: float, line: int) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise PresetError(f"{self._at(line)}: {name} must be a number, not {value!r}")
        if not low <= value <= high:
            raise PresetError(f"{self._at(line)}: {name} = {value} is outside {low:g} .. {high:g}")
        return float(value)

    def _at(self, line: int) -> str:
        return f"{self._file}:{line}" if line else self._file

    def _find(self, pattern: str, start: int = 0, stop: int | None = None) -> int:
        """The number of the first line that matches, counted from 1; 0 if none."""
        for i, line in enumerate(self._lines[start:stop], start + 1):
            if re.match(pattern, line):
                return i
        return 0

    def _line(self, key: str) -> int:
        return self._find(rf"\s*(\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\].]")

    def _value_line(self, name: str) -> int:
        start = self._find(r"\s*\[\s*values\b")
        *_, last = name.split(".")
        return (
            self._find(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", start)
            or self._find(rf"\s*{re.escape(last)}\s*=", start)
            or start
        )

    def _route_line(self, i: int, key: str) -> int:
        """The line of a key in the i-th route; of its [[route]] when the key is empty or not found."""
        heads = [n for n, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*route\s*\]\]", line)]
        if i >= len(heads):
            return self._line("route")
        stop = heads[i + 1] if i + 1 < len(heads) else len(self._lines)
        found = self._find(rf"\s*{re.escape(key)}\s*=", heads[i] + 1, stop) if key else 0
        return found or heads[i] + 1


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested tables → dotted names: TOML reads `flow.strength = 1` as a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
