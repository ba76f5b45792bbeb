"""Parameters: declared once, known everywhere by the same name.

One declaration — `flow.strength` — gives the uniform `u_flow_strength`, the preset key `flow.strength` and the
OSC address `/flow/strength`. Shaders declare theirs in a comment line that is the only declaration:

    //!PARAM flow.strength | float | 0 .. 2 | 1 | x | 0.05 | how far pixels follow the flow
             name           type    range    default unit smoothing_s help
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from artwalks_live.core.errors import PresetError, choices

ParamType = Literal["float", "int", "bool"]
MARK = "//!PARAM"
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_RANGE = re.compile(r"(\S+)\s*\.\.\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Param:
    """One thing that can be turned.

    low, high, default   in `unit`; a bool has range 0..1
    smoothing_s          time constant with which the value follows what it is set to; 0 follows at once
    """

    name: str
    type: ParamType
    low: float
    high: float
    default: float
    unit: str = ""
    smoothing_s: float = 0.0
    help: str = ""

    @property
    def uniform(self) -> str:
        """The name of the shader uniform: `u_flow_strength`."""
        return "u_" + self.name.replace(".", "_")

    @property
    def address(self) -> str:
        """The OSC address: `/flow/strength`."""
        return "/" + self.name.replace(".", "/")

    def clamp(self, value: float) -> float:
        """Bring a value into the range; an int or bool is rounded; a NaN becomes the default."""
        if math.isnan(value):
            return self.default
        inside = min(max(value, self.low), self.high)
        return inside if self.type == "float" else float(round(inside))


def parse_param(line: str, where: str) -> Param:
    """Read one `//!PARAM` line.

    where    file:line, for the message
    Raises PresetError when a field is missing, a number is not one, or the default lies outside the range.
    """
    fields = [field.strip() for field in line.removeprefix(MARK).split("|")]
    if len(fields) != 7:
        raise PresetError(
            f"{where}: {len(fields)} fields in a PARAM line, expected 7: "
            "name | type | low .. high | default | unit | smoothing | help"
        )
    name, kind, span, default, unit, smoothing, text = fields
    if not _NAME.fullmatch(name):
        raise PresetError(f"{where}: parameter name {name!r}: use lower-case words joined by points, as flow.strength")
    if kind not in ("float", "int", "bool"):
        raise PresetError(f"{where}: parameter type {choices(kind, ('float', 'int', 'bool'))}")
    limits = _RANGE.fullmatch(span)
    if limits is None:
        raise PresetError(f"{where}: range {span!r} of {name}: write it as low .. high")
    low, high = (_number(text, where) for text in limits.groups())
    param = Param(
        name, cast(ParamType, kind), low, high, _number(default, where), unit, _number(smoothing or "0", where), text
    )
    if not low < high or not low <= param.default <= high:
        raise PresetError(f"{where}: {name} has default {default} and range {span}: the default must lie inside")
    return param


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PresetError(f"{where}: {text!r} is not a number") from None


class ParamTable(Mapping[str, Param]):
    """All parameters of a show by name, in the order of declaration. Raises PresetError on a name declared twice."""

    def __init__(self, params: Iterable[Param]) -> None:
        self._params: dict[str, Param] = {}
        for param in params:
            if param.name in self._params:
                raise PresetError(f"parameter {param.name} is declared twice")
            self._params[param.name] = param
        self.by_address = {param.address: param for param in self._params.values()}

    def __getitem__(self, name: str) -> Param:
        return self._params[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __len__(self) -> int:
        return len(self._params)

    def lookup(self, name: str, where: str) -> Param:
        """The parameter of that name; PresetError with the valid names and the nearest spelling otherwise."""
        if name not in self._params:
            raise PresetError(f"{where}: parameter {choices(name, self._params)}")
        return self._params[name]

    def defaults(self) -> dict[str, float]:
        """Every parameter at its default."""
        return {name: param.default for name, param in self._params.items()}
