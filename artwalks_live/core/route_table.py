"""One [[route]] of a preset's TOML, read and checked.

source = "lfo"           of control.SOURCES           low = 0.2, high = 0.8    the part of the source that is used
target = "drift.hue"     a parameter                  quantise = "bar"         off, beat, bar, 2 bars, 4 bars
amount = 30              in its unit                  take_over = "add"        multiply, max, replace
curve = "square"         linear, cube, root           priority = 1             0 .. 9
attack_s, release_s                                   pickup = true            a replacing input only
period_s or period_beats or period_bars, phase        of an lfo or random
shape = "triangle"       of lfo.SHAPES, an lfo only
input = "midi/cc/1/74"   with source = "input"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artwalks_live.core.control import SOURCES
from artwalks_live.core.events import is_input_name
from artwalks_live.core.lfo import SHAPES
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.preset_lines import Lines
from artwalks_live.core.quantise import GRIDS
from artwalks_live.core.routes import CURVES, MOST_PRIORITY, TAKE_OVERS, WAVES, Route

PERIODS = ("period_s", "period_beats", "period_bars")
KEYS = (
    *("source", "target", "amount", "curve", "attack_s", "release_s", *PERIODS, "shape", "phase", "input"),
    *("low", "high", "quantise", "take_over", "priority", "pickup"),
)
RANDOM_PERIOD_S = 4.0
"""How long a random walk takes to each new goal when its route does not say."""
MOST_FACTOR = 16.0
_LONGEST_S = 3600.0
_SPANS = {  # of the numbers of a route: lowest, highest, default
    "attack_s": (0.0, _LONGEST_S, 0.0),
    "release_s": (0.0, _LONGEST_S, 0.0),
    "phase": (0.0, 1.0, 0.0),
    "low": (0.0, 1.0, 0.0),
    "high": (0.0, 1.0, 1.0),
}
_WORDS = {"curve": tuple(CURVES), "shape": SHAPES, "quantise": GRIDS, "take_over": TAKE_OVERS}


def read_route(table: Mapping[str, Any], i: int, lines: Lines, params: ParamTable) -> Route:
    """Read the i-th route. Raises PresetError with file, line, the valid values and the nearest spelling."""
    return _Table(table, i, lines).route(params)


def most_amount(param: Param, take_over: str) -> float:
    """How large a route's amount may be: the parameter's whole range, or a factor."""
    return MOST_FACTOR if take_over == "multiply" else param.high - param.low


class _Table:
    def __init__(self, table: Mapping[str, Any], i: int, lines: Lines) -> None:
        self._table, self._i, self._lines = table, i, lines

    def route(self, params: ParamTable) -> Route:
        lines, table = self._lines, self._table
        for key in table:
            lines.one_of(key, KEYS, "key of a route", self._at(key))
        for key in ("source", "target", "amount"):
            if key not in table:
                raise lines.wrong(self._at(), f"this route has no {key}")
        source = lines.one_of(table["source"], SOURCES, "source", self._at("source"))
        target = params.lookup(str(table["target"]), lines.at(self._at("target")))
        words = {
            key: lines.one_of(table.get(key, valid[0]), valid, key, self._at(key)) for key, valid in _WORDS.items()
        }
        numbers = {key: self._number(key, (low, high), default) for key, (low, high, default) in _SPANS.items()}
        most = most_amount(target, words["take_over"])
        if numbers["low"] == numbers["high"]:
            raise lines.wrong(self._at("low"), f"low and high are both {numbers['low']:g}: nothing lies between them")
        more: dict[str, Any] = {**self._periods(source), **words, **numbers}
        return Route(
            source=source,
            target=target.name,
            amount=self._number("amount", (-most, most), 0.0),
            priority=self._whole("priority", MOST_PRIORITY),
            input=self._input(source),
            pickup=self._pickup(source, words["take_over"]),
            **more,
        )

    def _at(self, key: str = "") -> int:
        return self._lines.of_route(self._i, key)

    def _number(self, key: str, span: tuple[float, float], default: float) -> float:
        return self._lines.in_range(self._table.get(key, default), key, span, self._at(key))

    def _whole(self, key: str, most: int) -> int:
        value = self._number(key, (0, most), 0)
        if value != int(value):
            raise self._lines.wrong(self._at(key), f"{key} = {value} must be a whole number, 0 .. {most}")
        return int(value)

    def _periods(self, source: str) -> dict[str, float]:
        """The one period of an lfo or a random walk, by its key."""
        given = {key: self._number(key, (0, _LONGEST_S), 0.0) for key in PERIODS if key in self._table}
        if source not in WAVES:
            for key in (*given, *(key for key in ("shape", "phase") if key in self._table)):
                raise self._lines.wrong(self._at(), f"source {source} takes no {key}: only an lfo or random has one")
            return {}
        if source == "random" and "shape" in self._table:
            raise self._lines.wrong(self._at("shape"), "source random takes no shape: it is an lfo of shape wander")
        if source == "random" and not given:
            return {"period_s": RANDOM_PERIOD_S}
        if len(given) != 1 or not all(given.values()):
            raise self._lines.wrong(
                self._at(), f"source {source} needs {' or '.join(PERIODS)} above 0, just one of them"
            )
        return given

    def _input(self, source: str) -> str:
        if source != "input":
            if "input" in self._table:
                raise self._lines.wrong(self._at("input"), f'source {source} takes no input: write source = "input"')
            return ""
        name = self._lines.words(self._table.get("input", ""), "input", self._at("input"))
        if not is_input_name(name):
            raise self._lines.wrong(
                self._at("input"), 'source input needs a name without spaces, as input = "midi/cc/1/74"'
            )
        return name

    def _pickup(self, source: str, take_over: str) -> bool:
        value = self._table.get("pickup", False)
        if not isinstance(value, bool):
            raise self._lines.wrong(self._at("pickup"), f"pickup must be true or false, not {value!r}")
        if value and (source, take_over) != ("input", "replace"):
            raise self._lines.wrong(
                self._at("pickup"), 'pickup is for source = "input" with take_over = "replace": a hand on a fader'
            )
        return value
