"""`artwalks params`: everything that can be turned, and everything that can be told to a show."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from artwalks_live.core.errors import UsageError, choices
from artwalks_live.core.events import COMMANDS, Kind
from artwalks_live.core.params import Param
from artwalks_live.perform.stage import Tables

HELP = "List every parameter and command: names for presets, addresses for OSC, MIDI and keys."
EXAMPLES = """\
examples:
  artwalks params                  all of them
  artwalks params bloom feedback   those whose names begin so
  artwalks params --markdown       the tables of docs/parameters.md
exit status: 0; 2 when no parameter begins so
"""
_TAKES: dict[Kind, str] = {
    "number": "a number",
    "numbers": "two to four numbers",
    "switch": "1 or 0; nothing toggles",
    "trigger": "nothing, or 1",
    "name": "a name or a number",
}
_INPUTS = (
    ("/route/N/amount", _TAKES["number"], "what the N-th route of the running preset gives at full source"),
    ("/input/NAME", "a number, 0 to 1", "what a control outside stands at, for routes that listen to it"),
)
_PARAM_HEAD = ("parameter", "address", "type", "range", "default", "unit", "follows in", "is")
_COMMAND_HEAD = ("command", "takes", "does")
_INTRO = """\
# Parameters and commands

Made by `artwalks params --markdown`; do not edit it by hand.

A parameter has one declaration: in its shader's `//!PARAM` line, or in the part of the program that uses it. By its
name it stands in a preset's `[values]` and as the target of a route (docs/routes.md); at its address it is set over OSC
and MIDI, with one number in its unit. What lies outside its range is brought to its end. "Follows in" is the time
constant with which it goes to what it is set to.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("names", metavar="NAME", nargs="*", help="only parameters that begin so: `bloom`, `flow.strength`")
    add("--markdown", action="store_true", help="as Markdown tables")


def run(arguments: argparse.Namespace) -> int:
    """Print the tables. Raises UsageError for a name that nothing begins with."""
    params = _chosen(Tables.load(), arguments.names)
    if arguments.markdown:
        print(markdown(params) if arguments.names else document(params), end="")
        return 0
    print("\n".join(_columns(_PARAM_HEAD, map(_param_row, params))))
    if not arguments.names:
        print("\n" + "\n".join(_columns(_COMMAND_HEAD, _command_rows())))
    return 0


def document(params: Sequence[Param]) -> str:
    """The whole of docs/parameters.md."""
    commands = _markdown(_COMMAND_HEAD, _command_rows())
    return f"{_INTRO}\n{markdown(params)}\n## Commands\n\n{commands}"


def markdown(params: Sequence[Param]) -> str:
    """The table of parameters."""
    return _markdown(_PARAM_HEAD, map(_param_row, params))


def _chosen(tables: Tables, names: Sequence[str]) -> list[Param]:
    for name in names:
        if not any(param.startswith(name) for param in tables.params):
            raise UsageError(f"parameter {choices(name, tables.params)}")
    return [param for param in tables.params.values() if not names or param.name.startswith(tuple(names))]


def _param_row(param: Param) -> tuple[str, ...]:
    span = f"{param.low:g} … {param.high:g}"
    follows = f"{param.smoothing_s:g} s" if param.smoothing_s else "at once"
    return param.name, param.address, param.type, span, f"{param.default:g}", param.unit, follows, param.help


def _command_rows() -> list[tuple[str, ...]]:
    return [*((each.address, _TAKES[each.kind], each.help) for each in COMMANDS), *_INPUTS]


def _columns(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    table = [head, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Names and addresses as code."""
    code = [name in ("parameter", "address", "command") for name in head]
    body = [
        "| " + " | ".join(f"`{text}`" if is_code else text for text, is_code in zip(row, code, strict=True)) + " |"
        for row in rows
    ]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body]) + "\n"
