"""What the controls of a MIDI device do: a mapping, control by control. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from artwalks_live.core.errors import ControlError, choices
from artwalks_live.core.events import COMMANDS, Arg, route_of
from artwalks_live.core.midi_message import HIGHEST, PAIRED, Control, control
from artwalks_live.core.params import ParamTable
from artwalks_live.core.quantise import GRIDS

Press = Literal["toggle", "momentary"]
Relative = Literal["", "signed", "offset"]
PRESSES: tuple[Press, ...] = get_args(Press)
RELATIVES: tuple[Relative, ...] = get_args(Relative)
CLOCKS_OWN = ("/clock/link", "/clock/midi", "/clock/song", "/clock/beat")
"""What machines tell, never a hand."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One control and what it does.

    target     address of a parameter or a command
    value      what a press sends: a number, or a name (`/show/preset`); None: what fits the target
    low, high  the part of the target's range that the control's way covers, in its unit; low may be above high;
               None: the whole range
    bits       7 or 14, of a `cc`
    relative   how an endless encoder counts: "signed" or "offset"; "" for all that has a place
    pickup     takes over only when it has passed the present value
    touch      the control that says that a motor fader is held
    press      a switch changes with each press ("toggle"), or is on while it is held ("momentary")
    feedback   the control is told the value: motors and lights
    """

    control: Control
    target: str
    value: float | str | None = None
    low: float | None = None
    high: float | None = None
    bits: int = 7
    relative: Relative = ""
    pickup: bool = True
    touch: Control | None = None
    press: Press = "toggle"
    feedback: bool = True

    @property
    def fine(self) -> bool:
        """Whether the control speaks 14 bits."""
        return self.bits > 7 or self.control.kind in ("bend", "nrpn")


_KEYS = ("control", "target", "value", "low", "high", "bits", "relative", "pickup", "touch", "press", "feedback")


def binding(table: Mapping[str, object], where: str) -> Binding:
    """Read a binding from plain values. `where` begins the message of the ControlError for what is wrong."""
    for key in table:
        if key not in _KEYS:
            raise ControlError(f"{where}: key {choices(key, _KEYS)}")
    target = table.get("target")
    if not isinstance(target, str) or not target.startswith("/"):
        raise ControlError(f"{where}: target {target!r}: write an address like /flow/strength or /walk/next")
    value = table.get("value")
    if value is not None and not isinstance(value, str):
        value = _number(table, "value", where)
    read = Binding(
        control(table.get("control"), where),
        target,
        value,
        _number(table, "low", where),
        _number(table, "high", where),
        _bits(table.get("bits", 7), where),
        cast(Relative, _one_of(table.get("relative", ""), RELATIVES, "relative", where)),
        _yes(table.get("pickup", True), "pickup", where),
        control(table["touch"], where) if "touch" in table else None,
        cast(Press, _one_of(table.get("press", "toggle"), PRESSES, "press", where)),
        _yes(table.get("feedback", True), "feedback", where),
    )
    if (read.low is None) != (read.high is None) or (read.low is not None and read.low == read.high):
        raise ControlError(f"{where}: give low and high together, two numbers that differ")
    if read.bits == 14 and (read.control.kind != "cc" or read.control.number >= PAIRED):
        raise ControlError(f"{where}: bits = 14 is for cc/CHANNEL/0 to 31, not for {read.control.name}")
    return read


def plain(read: Binding) -> dict[str, str | float | bool]:
    """A binding as plain values, without what is as it is by default."""
    said: dict[str, str | float | bool] = {"control": read.control.name, "target": read.target}
    default = Binding(read.control, read.target)
    for key in _KEYS[2:]:
        value = getattr(read, key)
        if value is not None and value != getattr(default, key):
            said[key] = value.name if isinstance(value, Control) else value
    return said


@dataclass(frozen=True, slots=True)
class Target:
    """Something that a control can be taught to do. label: as it is shown, `flow.strength` or `preset 3 ambient`."""

    address: str
    label: str
    value: Arg | None = None


def targets(params: ParamTable, presets: Sequence[str]) -> tuple[Target, ...]:
    """All that there is to learn, in the order of the learn page: parameters, presets, commands."""
    buttons = [command for command in COMMANDS if command.kind in ("trigger", "switch")]
    return (
        *(Target(param.address, name) for name, param in params.items()),
        Target("/walk/position", "walk position"),
        *(Target("/show/preset", f"preset {n} {name}", name) for n, name in enumerate(presets, 1)),
        *(Target(each.address, each.address[1:].replace("/", " ")) for each in buttons),
        *(Target("/show/quantise", f"quantise {grid}", grid) for grid in GRIDS),
    )


def unfit(read: Binding, params: ParamTable) -> str:
    """Why a binding can do nothing in this show, "" if it can: its parameter may belong to a shader left at home."""
    kinds = {command.address: command.kind for command in COMMANDS if command.address not in CLOCKS_OWN}
    if read.target in params.by_address or read.target == "/walk/position":
        return ""
    if route_of(read.target) is not None:
        return "" if read.value is not None or read.low is not None else f"{read.target} needs a value, or low and high"
    if read.target not in kinds:
        unknown, _, rest = choices(read.target, [*params.by_address, *kinds]).partition(": use one of")
        return f"target {unknown}" + rest[rest.find(" (nearest") :] * (" (nearest" in rest)
    by_number = read.control.kind == "program" and kinds[read.target] == "name"
    if kinds[read.target] in ("trigger", "switch") or read.value is not None or by_number:
        return ""
    if kinds[read.target] == "number" and read.low is not None and not read.relative:
        return ""
    return f"{read.target} needs a value" + (", or low and high" if kinds[read.target] == "number" else "")


def spoken(control: Control) -> str:
    """A control as people say it: `CC 7, ch 1`."""
    kind = {"cc": "CC", "nrpn": "NRPN", "program": "program change"}.get(control.kind, control.kind)
    number = f" {control.number}" if control.kind in HIGHEST else ""
    return f"{kind}{number}, ch {control.channel}"


def learned(bindings: Iterable[Binding], new: Binding) -> tuple[Binding, ...]:
    """A device's bindings with a new one, in place of what its control did and of what moved its target before."""
    old = tuple(bindings)
    clash = [each for each in old if each.control == new.control or same_target(each, new)]
    if not clash:
        return (*old, new)
    return tuple(new if each is clash[0] else each for each in old if each is clash[0] or each not in clash)


def same_target(one: Binding, other: Binding) -> bool:
    """Whether two bindings do the same."""
    return (one.target, one.value) == (other.target, other.value)


def _number(table: Mapping[str, object], key: str, where: str) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e9 <= value <= 1e9:
        raise ControlError(f"{where}: {key} must be a number, not {value!r}")
    return float(value)


def _bits(value: object, where: str) -> int:
    if value not in (7, 14) or isinstance(value, bool):
        raise ControlError(f"{where}: bits must be 7 or 14, not {value!r}")
    return 14 if value == 14 else 7


def _yes(value: object, key: str, where: str) -> bool:
    if not isinstance(value, bool):
        raise ControlError(f"{where}: {key} must be true or false, not {value!r}")
    return value


def _one_of(value: object, valid: Sequence[str], key: str, where: str) -> str:
    if value not in valid:
        raise ControlError(f"{where}: {key} {choices(value, filter(None, valid))}")
    return str(value)
