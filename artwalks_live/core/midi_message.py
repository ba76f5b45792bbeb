"""What a MIDI controller has to move, under names of our own, and the bytes that move it.

A control's name is its kind, its channel from 1 and, where it has one, its number:

    cc/1/74  note/10/36  bend/2  pressure/1  program/1  nrpn/1/300

The same names are used in mapping files, on the learn page and, after `midi/`, as inputs for routes.
MIDI 1.0 Detailed Specification, tables I to III.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from artwalks_live.core.errors import ControlError

Kind = Literal["cc", "note", "bend", "pressure", "program", "nrpn"]
KINDS: tuple[Kind, ...] = get_args(Kind)
HIGHEST = {"cc": 127, "note": 127, "nrpn": 16383}
"""The highest number of a control of these kinds; the others have none."""
FINE = 16383  # the greatest value of 14 bits
COARSE = 127
NOTE_OFF, NOTE_ON, CC, PROGRAM, PRESSURE, BEND = 0x80, 0x90, 0xB0, 0xC0, 0xD0, 0xE0
PAIRED = 32  # the number of a control's fine half is by so much higher; controls below it may have one
DATA, NRPN_FINE, NRPN_COARSE, RPN_FINE, RPN_COARSE = 6, 98, 99, 100, 101


@dataclass(frozen=True, slots=True, order=True)
class Control:
    """A knob, fader, key or pad as its messages name it. channel 1 .. 16."""

    kind: Kind
    channel: int
    number: int = 0

    @property
    def name(self) -> str:
        """`cc/1/74`, `bend/2`."""
        number = f"/{self.number}" if self.kind in HIGHEST else ""
        return f"{self.kind}/{self.channel}{number}"


@dataclass(frozen=True, slots=True)
class Moved:
    """What a control did since it was last asked about.

    value       the newest, [0, 1]; a bend's middle is 1/2, a note's is its velocity and 0 when it is let go
    time_s      when that came
    first       the oldest that is not yet told
    count       how many messages it stands for
    low, high   the least and the greatest value among them
    fine        whether it has 14 bits
    signed, offset   steps turned, if it is an endless encoder of that kind (see `steps`)
    repeats     how often a message said what the one before it did: only endless encoders do
    """

    control: Control
    value: float
    time_s: float
    first: float
    count: int = 1
    low: float = 0.0
    high: float = 0.0
    fine: bool = False
    signed: int = 0
    offset: int = 0
    repeats: int = 0

    def after(self, earlier: Moved) -> Moved:
        """This one and an earlier one of the same control as one."""
        return Moved(
            self.control,
            self.value,
            self.time_s,
            earlier.first,
            self.count + earlier.count,
            min(self.low, earlier.low),
            max(self.high, earlier.high),
            self.fine,
            self.signed + earlier.signed,
            self.offset + earlier.offset,
            self.repeats + earlier.repeats + (self.first == earlier.value),
        )


def moved(control: Control, value: float, time_s: float, fine: bool = False) -> Moved:
    """A single message's."""
    raw = round(value * COARSE) if control.kind == "cc" and not fine else 0
    signed, offset = steps(raw) if raw else (0, 0)
    return Moved(control, value, time_s, value, 1, value, value, fine, signed, offset)


def steps(raw: int) -> tuple[int, int]:
    """How far an endless encoder turned, by its message's 7-bit value, for both ways in which they count.

    returns   (signed, offset): signed: 1, 2 … are up, and both 127, 126 … (two's complement) and 65, 66 … (a sign bit)
              down; offset: how far above 64
    """
    down = 64 - raw if raw < 96 else raw - 128
    return raw if raw < 64 else down, raw - 64


def control(text: object, where: str) -> Control:
    """Read a control's name. `where` begins the message of the ControlError for one that is none."""
    parts = text.split("/") if isinstance(text, str) else []
    if not parts or parts[0] not in KINDS:
        raise ControlError(f"{where}: control {text!r}: write one like cc/1/74, note/10/36, bend/1 or nrpn/1/300")
    kind, numbers = parts[0], parts[1:]
    highest = [16, *([HIGHEST[kind]] if kind in HIGHEST else [])]
    if len(numbers) != len(highest) or not all(each.isascii() and each.isdigit() for each in numbers):
        shape = f"{kind}/CHANNEL" + ("/NUMBER" if kind in HIGHEST else "")
        raise ControlError(f"{where}: control {text!r}: write it as {shape}")
    channel, number = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0
    if not 1 <= channel <= 16 or number > highest[-1]:
        most = f", its number 0 to {HIGHEST[kind]}" if kind in HIGHEST else ""
        raise ControlError(f"{where}: control {text!r}: its channel must be 1 to 16{most}")
    return Control(kind, channel, number)


def levels(control: Control, fine: bool) -> int:
    """The greatest value that its messages can say."""
    return FINE if fine or control.kind in ("bend", "nrpn") else COARSE


def messages(control: Control, level: int, fine: bool) -> list[bytes]:
    """What sets a motor fader or a light to a level; nothing for the kinds that only speak.

    level   0 .. levels(control, fine)
    """
    channel, number = control.channel - 1, control.number
    high, low = level >> 7, level & 0x7F
    if control.kind == "note":
        return [bytes((NOTE_ON | channel, number, level))]
    if control.kind == "bend":
        return [bytes((BEND | channel, low, high))]
    if control.kind == "cc" and not fine:
        return [bytes((CC | channel, number, level))]
    pairs: tuple[tuple[int, int], ...] = ()
    if control.kind == "cc":
        pairs = ((number, high), (number + PAIRED, low))
    elif control.kind == "nrpn":
        pairs = ((NRPN_COARSE, number >> 7), (NRPN_FINE, number & 0x7F), (DATA, high), (DATA + PAIRED, low))
    return [bytes((CC | channel, *pair)) for pair in pairs]
