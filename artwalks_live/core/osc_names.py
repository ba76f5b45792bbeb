"""What can be asked of a show and what it tells, as nodes that OSCQuery describes: names, types, ranges, units.

Everything comes from where it is declared: parameters from the table, commands from events.COMMANDS, what is told
from OUTPUTS here. Nothing is listed twice, so that a new parameter appears in every client by itself.

Source: OSCQuery proposal, https://github.com/Vidvox/OSCQueryProposal (attributes, type tags, units.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from artwalks_live.core.clock_events import CHOICES
from artwalks_live.core.events import COMMANDS, INPUT, Arg, Command
from artwalks_live.core.motion import CHOICES as WAYS_ON
from artwalks_live.core.osc_packet import is_pattern
from artwalks_live.core.params import Param
from artwalks_live.core.quantise import GRIDS
from artwalks_live.core.timeline import MODES

READ, WRITE = 1, 2
Json = dict[str, object]

_UNITS = {"s": "time.second", "bpm": "time.bpm", "ms": "time.ms", "Hz": "time.hz", "deg": "angle.degree"}
"""Our units that are on the proposal's list; another unit stands in the description."""


@dataclass(frozen=True, slots=True)
class Node:
    """One address: an OSC method.

    type       type tags of one value: f, i, s, T (a switch), N (a trigger); ff of two
    access     READ, WRITE or both
    span       lowest and highest value; None where there is no limit to tell
    choices    the only values there are; () for no such list
    overloads  other type tags that are understood too
    """

    address: str
    description: str
    type: str
    access: int
    span: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    overloads: tuple[str, ...] = ()

    def attributes(self, value: Arg | None) -> Json:
        """The attributes of the proposal that this node has; VALUE only where there is one that may be read."""
        found: Json = {"FULL_PATH": self.address, "DESCRIPTION": self.description, "ACCESS": self.access}
        found["TYPE"] = self.type
        if self.access & READ and value is not None:
            found["VALUE"] = [told_as(self.type, value)]
        if self.span is not None:
            low, high = (told_as(self.type, limit) for limit in self.span)
            found["RANGE"] = [{"MIN": low, "MAX": high}]
            if self.access & WRITE:
                found["CLIPMODE"] = ["both"]
        elif self.choices:
            found["RANGE"] = [{"VALS": list(self.choices)}]
        if self.unit:
            found["UNIT"] = [self.unit]
        if self.overloads:
            found["OVERLOADS"] = [{"TYPE": tags} for tags in self.overloads]
        return found


def told_as(kind: str, value: Arg) -> Arg:
    """A value in the form its type tag says."""
    if kind == "s":
        return str(value)
    number = 0.0 if isinstance(value, str) else value
    if kind == "T":
        return bool(number)
    return round(number) if kind == "i" else float(number)


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the running preset. line: for people; most: how far its amount may go, either way."""

    line: str
    most: float


OUTPUTS = (
    Node("/walk/position", "", "f", READ),
    Node("/walk/painting", "title of the nearest painting", "s", READ),
    Node("/walk/mix", "between which paintings the walk stands, in percent", "s", READ),
    Node("/walk/paintings", "how many paintings there are", "i", READ),
    Node("/walk/length", "how many segments the walk has", "i", READ),
    Node("/walk/bound", "title of the painting that the walk is on its way to; empty in a chain", "s", READ),
    Node("/walk/choose", "", "s", READ),
    Node("/walk/hold", "", "T", READ),
    Node("/clock/beat", "", "f", READ),
    Node("/clock/bar", "bars counted; the fraction is the phase", "f", READ),
    Node("/clock/tempo", "", "f", READ),
    Node("/clock/leader", "who leads the beat", "s", READ),
    Node("/clock/confidence", "how sure the leader is", "f", READ, (0.0, 1.0)),
    Node("/audio/level", "loudness of the music, as routes see it", "f", READ, (0.0, 1.0)),
    Node("/show/mode", "", "s", READ),
    Node("/show/preset", "", "s", READ),
    Node("/show/black", "", "T", READ),
    Node("/show/fps", "pictures shown a second", "f", READ),
)
"""What a show tells; an address that is also a command can be read and set, and is described there."""

_TAGS = {"number": "f", "switch": "T", "trigger": "N", "name": "s", "numbers": "ff"}
_OVERLOADS = {"number": ("i",), "name": ("i",), "trigger": ("f", "i", "T"), "switch": ("i", "f"), "numbers": ()}


def nodes(
    params: Iterable[Param],
    presets: Sequence[str] = (),
    routes: Sequence[Route] = (),
    inputs: Iterable[str] = (),
) -> tuple[Node, ...]:
    """Everything that a show answers to and tells.

    presets   the names there are to choose from
    routes    of the running preset, in its order
    inputs    names without /input/ that somebody listens to
    """
    told = {node.address: node for node in OUTPUTS}
    lists = {"/show/preset": tuple(presets), "/show/mode": MODES, "/show/quantise": GRIDS, "/clock/lead": CHOICES,
             "/walk/choose": WAYS_ON}  # fmt: skip
    found = {node.address: node for node in OUTPUTS}
    for command in COMMANDS:
        found[command.address] = _of_command(command, command.address in told, lists.get(command.address, ()))
    found |= {param.address: _of_param(param) for param in params}
    for number, route in enumerate(routes, 1):
        span = (-route.most, route.most)
        node = Node(f"/route/{number}/amount", f"amount of {route.line}", "f", READ | WRITE, span, overloads=("i",))
        found[node.address] = node
    for name in sorted(inputs):
        if not is_pattern(name) and "#" not in name and "," not in name:
            node = Node(INPUT + name, "input of the world outside", "f", WRITE, (0.0, 1.0))
            found[node.address] = node
    return tuple(found.values())


def _of_command(command: Command, told: bool, known: tuple[str, ...]) -> Node:
    access = READ | WRITE if told else WRITE
    tags, overloads = _TAGS[command.kind], _OVERLOADS[command.kind]
    return Node(command.address, command.help, tags, access, choices=known, overloads=overloads)


def _of_param(param: Param) -> Node:
    unit = _UNITS.get(param.unit, "")
    text = param.help if unit or not param.unit else f"{param.help} ({param.unit})".strip()
    access = READ | WRITE
    if param.type == "bool":
        return Node(param.address, text, "T", access, unit=unit, overloads=("i", "f"))
    tags, other = ("i", "f") if param.type == "int" else ("f", "i")
    return Node(param.address, text, tags, access, (param.low, param.high), unit=unit, overloads=(other,))


def by_address(params: Iterable[Param], bases: Mapping[str, float]) -> dict[str, Arg]:
    """The bases of parameters by their addresses."""
    return {param.address: bases[param.name] for param in params if param.name in bases}
