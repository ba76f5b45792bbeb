"""An ISF filter's header: the JSON comment at the head of a `.fs` file, read into values and parameters.

    /*{ "DESCRIPTION": "…", "INPUTS": [{"NAME": "amount", "TYPE": "float", "MIN": 0, "MAX": 1, "DEFAULT": 0.5}],
        "PASSES": [{"TARGET": "blurred", "WIDTH": "$WIDTH / 4"}, {}], "IMPORTED": {"paper": {"PATH": "paper.png"}} }*/

The format is the Interactive Shader Format, versions 1 and 2 (docs.isf.video); what a file may say that has no meaning
here (CREDIT, CATEGORIES, VSN …) is passed over. Pure: no GL, and nothing is opened here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from artwalks_live.core.errors import GraphicsError, choices
from artwalks_live.core.params import Param
from artwalks_live.gpu.isf_expression import Expression

InputType = Literal["float", "bool", "long", "event", "color", "point2D", "image", "audio", "audioFFT"]
PICTURE = "inputImage"
_WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SMOOTHING_S = 0.05
_PARTS = {"color": ("r", "g", "b", "a"), "point2D": ("x", "y")}


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a filter.

    params   that it is set by: four for a color, two for a point2D, none for pictures and sound
    values   of a long that does not count evenly: its parameter is then the index into them
    width    of an audio input: the samples or bins that it asks for
    """

    name: str
    type: InputType
    params: tuple[Param, ...] = ()
    values: tuple[int, ...] = ()
    width: int = 256


@dataclass(frozen=True, slots=True)
class IsfPass:
    """One draw of a filter. target: the buffer that it writes, "" for the filter's result; sizes in pixels."""

    target: str = ""
    width: Expression | None = None
    height: Expression | None = None
    persistent: bool = False
    float32: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What a filter's JSON says. imported: (name in the shader, path) of each picture it brings along."""

    description: str
    inputs: tuple[Input, ...]
    passes: tuple[IsfPass, ...]
    imported: tuple[tuple[str, Path], ...]
    end: int
    """How many lines of the file the header takes, up to the one that closes it."""

    @property
    def params(self) -> tuple[Param, ...]:
        """The parameters of all inputs."""
        return tuple(param for each in self.inputs for param in each.params)


def filter_name(file: Path) -> str:
    """The name of a filter in parameters and addresses: `Zoom Blur-2.fs` is `zoom_blur_2`."""
    name = _snake(file.stem)
    return name if name[:1].isalpha() else f"isf_{name}".rstrip("_")


def parse_header(text: str, file: Path) -> Header:
    """Read the header of a filter's text.

    Raises GraphicsError with file:line: no header, broken JSON, an input, pass or expression that cannot be used.
    """
    return _Reader(text, file).header()


class _Reader:
    def __init__(self, text: str, file: Path) -> None:
        self._text, self._file, self._lines = text, file, text.splitlines()
        self._name = filter_name(file)

    def header(self) -> Header:
        table, end = self._table()
        inputs = tuple(self._input(each) for each in self._list(table, "INPUTS"))
        imported = tuple(self._imported(table.get("IMPORTED", {})))
        old = self._old_buffers(table.get("PERSISTENT_BUFFERS", []))
        passes = tuple(self._pass(each, old) for each in self._list(table, "PASSES")) or (IsfPass(),)
        self._check_sizes(passes, {each.name for each in inputs})
        names = [*(each.name for each in inputs), *(name for name, _ in imported)]
        for name in names:
            if names.count(name) > 1:
                raise self._wrong(f"{name} is declared twice", self._line_of(name))
        return Header(str(table.get("DESCRIPTION", "")), inputs, passes, imported, end)

    def _table(self) -> tuple[dict[str, Any], int]:
        begin = self._text.find("/*")
        stop = self._text.find("*/", begin)
        if begin < 0 or stop < 0 or "{" not in self._text[begin:stop] or self._text[:begin].strip("\ufeff \t\r\n"):
            raise self._wrong("no ISF header: the file must begin with a comment of JSON, /*{ … }*/", 1)
        before = self._text[: begin + 2].count("\n")
        try:
            table = json.loads(self._text[begin + 2 : stop])
        except json.JSONDecodeError as error:
            raise self._wrong(f"not valid JSON: {error.msg} (column {error.colno})", before + error.lineno) from None
        if not isinstance(table, dict):
            raise self._wrong("the header must be a JSON object, {…}", before + 1)
        return table, self._text[: stop + 2].count("\n") + 1

    def _list(self, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self._wrong(f"{key} must be a list of objects, [{{…}}]", self._line_of(key))
        return found

    def _input(self, table: Mapping[str, Any]) -> Input:
        name = self._word(table.get("NAME"), "NAME of an input", "INPUTS")
        kind = table.get("TYPE", "")
        if kind not in get_args(InputType):
            line = self._line_of(name, "TYPE")
            raise self._wrong(f"input {name}: TYPE {choices(kind, get_args(InputType))}", line)
        if kind in ("image", "audio", "audioFFT"):
            width = table.get("MAX", 256)
            ok = isinstance(width, int) and 1 <= width <= 4096
            return Input(name, cast(InputType, kind), width=width if ok else 256)
        help_text = str(table.get("LABEL", "") or name)
        if kind == "long":
            return self._long(table, name, help_text)
        return Input(name, cast(InputType, kind), tuple(self._params(table, name, kind, help_text)))

    def _params(self, table: Mapping[str, Any], name: str, kind: str, text: str) -> Iterator[Param]:
        parts = _PARTS.get(kind, ("",))
        own = f"{self._name}.{_snake(name)}"
        lows, highs = (self._numbers(table, name, key, len(parts)) for key in ("MIN", "MAX"))
        defaults = self._numbers(table, name, "DEFAULT", len(parts))
        for i, part in enumerate(parts):
            full = f"{own}.{part}" if part else own
            if kind in ("bool", "event"):
                on = 1.0 if kind == "bool" and defaults and defaults[0] else 0.0
                yield Param(full, "bool", 0, 1, on, help=text)
                continue
            default = defaults[i] if defaults else (1.0 if part == "a" else 0.5 if kind == "point2D" else None)
            low = lows[i] if lows else min(0.0, default or 0.0)
            high = highs[i] if highs else max(1.0, default or 0.0)
            if not low < high:
                raise self._wrong(f"input {name}: MIN {low:g} must lie below MAX {high:g}", self._line_of(name, "MIN"))
            inside = min(max((low + high) / 2 if default is None else default, low), high)
            yield Param(full, "float", low, high, inside, "", _SMOOTHING_S, text)

    def _long(self, table: Mapping[str, Any], name: str, text: str) -> Input:
        labels = table.get("LABELS", [])
        values = table.get("VALUES") or list(range(len(labels)))
        if not values and {"MIN", "MAX"} <= table.keys():
            low, high = (self._numbers(table, name, key, 1) or [0.0] for key in ("MIN", "MAX"))
            values = list(range(int(low[0]), int(high[0]) + 1))
        if not isinstance(values, list) or not values or not all(type(v) is int for v in values):
            raise self._wrong(f"input {name}: VALUES must be a list of whole numbers", self._line_of(name, "VALUES"))
        default = table.get("DEFAULT", values[0])
        if default not in values:
            raise self._wrong(
                f"input {name}: DEFAULT {default} is none of its VALUES {values}", self._line_of(name, "DEFAULT")
            )
        even = values == list(range(values[0], values[0] + len(values)))
        low_, at = (values[0], default) if even else (0, values.index(default))
        if isinstance(labels, list) and len(labels) == len(values):
            text += ": " + ", ".join(f"{low_ + i} {label}" for i, label in enumerate(labels))
        high_ = low_ + max(len(values) - 1, 1)
        param = Param(f"{self._name}.{_snake(name)}", "int", low_, high_, at, help=text)
        return Input(name, "long", (param,), () if even else tuple(values))

    def _pass(self, table: Mapping[str, Any], old: Mapping[str, Mapping[str, Any]]) -> IsfPass:
        target = self._word(table["TARGET"], "TARGET of a pass", "TARGET") if table.get("TARGET") else ""
        both = {**old.get(target, {}), **table}
        width, height = (self._expression(both.get(key), key, target) for key in ("WIDTH", "HEIGHT"))
        persistent = bool(both.get("PERSISTENT", target in old))
        if persistent and not target:
            raise self._wrong("a PERSISTENT pass needs a TARGET to keep", self._line_of("PERSISTENT"))
        return IsfPass(target, width, height, persistent, bool(both.get("FLOAT", False)))

    def _old_buffers(self, found: Any) -> dict[str, Mapping[str, Any]]:
        """PERSISTENT_BUFFERS of version 1: a list of names, or a table of their sizes."""
        if isinstance(found, list) and all(isinstance(name, str) for name in found):
            return {name: {} for name in found}
        if isinstance(found, dict) and all(isinstance(table, dict) for table in found.values()):
            return dict(found)
        raise self._wrong("PERSISTENT_BUFFERS must be names, or sizes by name", self._line_of("PERSISTENT_BUFFERS"))

    def _imported(self, found: Any) -> Iterator[tuple[str, Path]]:
        if isinstance(found, list):  # version 1 also has [{"NAME": …, "PATH": …}]
            found = {each.get("NAME", ""): each for each in found if isinstance(each, dict)}
        if not isinstance(found, dict):
            raise self._wrong('IMPORTED must be {"name": {"PATH": "file.png"}}', self._line_of("IMPORTED"))
        for name, table in found.items():
            path = table.get("PATH") if isinstance(table, dict) else None
            line = self._line_of(str(name))
            if not isinstance(path, str) or not path:
                raise self._wrong(f"imported {name}: PATH must be the name of a picture", line)
            if Path(path).is_absolute() or ".." in Path(path).parts:
                raise self._wrong(f"imported {name}: PATH {path!r} leads out of the filter's folder", line)
            yield self._word(name, "name of an imported picture", str(name)), self._file.parent / path

    def _expression(self, value: Any, key: str, target: str) -> Expression | None:
        if value is None or value == "":
            return None
        try:
            return Expression(str(value))
        except ValueError as error:
            which = target or "without a TARGET"
            raise self._wrong(f"pass {which}: {key} {error}", self._line_of(str(value))) from None

    def _check_sizes(self, passes: tuple[IsfPass, ...], inputs: set[str]) -> None:
        for each in passes:
            for size in filter(None, (each.width, each.height)):
                for name in size.names - {"WIDTH", "HEIGHT", *inputs}:
                    known = ["WIDTH", "HEIGHT", *inputs]
                    raise self._wrong(f"{size.text}: ${choices(name, known)}", self._line_of(size.text))

    def _numbers(self, table: Mapping[str, Any], name: str, key: str, count: int) -> list[float] | None:
        value = table.get(key)
        if value is None:
            return None
        values = value if isinstance(value, list) else [value] * count
        if len(values) == 3 and count == 4:
            values = [*values, 1.0]
        if len(values) != count or not all(isinstance(v, (int, float)) for v in values):
            wanted = "a number" if count == 1 else f"{count} numbers"
            raise self._wrong(f"input {name}: {key} must be {wanted}, not {value!r}", self._line_of(name, key))
        return [float(v) for v in values]

    def _word(self, value: Any, what: str, near: str) -> str:
        if not isinstance(value, str) or not _WORDS.fullmatch(value) or value.startswith(("gl_", "isf_")):
            line = self._line_of(value) if isinstance(value, str) and value else self._line_of(near)
            raise self._wrong(f"{what}: {value!r} is not a name that a shader may use", line)
        return value

    def _line_of(self, word: str, key: str = "") -> int:
        """The line on which a word stands in quotes first; of a key after it; 1 when there is none."""
        for i, line in enumerate(self._lines):
            if f'"{word}"' in line:
                for j in range(i, min(i + 12, len(self._lines))):
                    if key and (f'"{key}"' in self._lines[j]):
                        return j + 1
                return i + 1
        return 1

    def _wrong(self, what: str, line: int) -> GraphicsError:
        return GraphicsError(f"{self._file.name}:{line}: {what}")


def _snake(name: str) -> str:
    """`rotationSpeed`, `Rotation Speed` → `rotation_speed`."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")
