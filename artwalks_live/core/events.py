"""Everything that is done to a show, in one vocabulary: the OSC address.

A key, an OSC message, a resumed state and a line of a take are all Events, so each can be sent by any of them and a
take replays them all. Beside the commands below every declared parameter answers to its own address
(`flow.strength` → `/flow/strength f`), `/route/3/amount f` changes the third route of the running preset, and
`/input/midi/cc/1/74 f` says what a control of the world outside stands at, in [0, 1], for routes that listen to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from artwalks_live.core.errors import ControlError, choices
from artwalks_live.core.params import ParamTable

Arg = float | int | str | bool
Kind = Literal["number", "numbers", "switch", "trigger", "name"]
MOST_NUMBERS = 4


@dataclass(frozen=True, slots=True)
class Event:
    """Something done to the show.

    time_s    when it was done, in show time; −inf: now, at the next tick
    """

    address: str
    args: tuple[Arg, ...] = ()
    time_s: float = -math.inf


@dataclass(frozen=True, slots=True)
class Command:
    """One address of the vocabulary.

    kind    number    a float or int
            numbers   two to four of them
            switch    true/false or 1/0; with no argument it toggles
            trigger   no argument; an argument of 0 (a button let go) does nothing
            name      a name, or a number counted from 1
    """

    address: str
    kind: Kind
    help: str
    for_performer: bool = False


COMMANDS = (
    Command("/walk/position", "number", "position in segments: scrubs; in position mode the place to go to"),
    Command("/walk/goto", "name", "jump to a painting: its number (the first is 1) or its title"),
    Command("/walk/to", "name", "walk to a painting over the legs between, the fewest: its number or its title"),
    Command("/walk/next", "trigger", "glide to the next painting"),
    Command("/walk/previous", "trigger", "glide back to the painting before"),
    Command("/walk/choose", "name", "how the next painting is chosen: list, similar, random, key or energy"),
    Command("/walk/hold", "switch", "stand still"),
    Command("/walk/reverse", "trigger", "walk the other way"),
    Command("/clock/tempo", "number", "tempo in bpm; 0 gives the beat back to the music"),
    Command("/clock/beat", "number", "this beat sounds now; a multiple of 4 begins a bar"),
    Command("/clock/tap", "trigger", "tap the beat; the first tap is the first beat of a bar"),
    Command("/clock/nudge", "number", "shift the beat by so many beats"),
    Command("/clock/halve", "trigger", "count half as many beats as the leader says"),
    Command("/clock/double", "trigger", "count twice as many"),
    Command("/clock/meter", "number", "beats in a bar, 1 to 16; 0 leaves it to the leader"),
    Command("/clock/lead", "name", "listen to link, midi, osc, hand, audio or free only; auto: to all of them"),
    Command("/clock/link", "numbers", "Ableton Link: beat, bpm, whether it plays, how many peers"),
    Command("/clock/midi", "numbers", "a MIDI clock: beat, bpm, whether it plays, how evenly it ticks"),
    Command("/clock/song", "number", "this second of the song with cues sounds now; below 0: its place is unknown"),
    Command("/show/mode", "name", "clock, music, beat, position or cues"),
    Command("/show/preset", "name", "change to a preset: its name or its number (the first is 1)"),
    Command("/show/panic", "trigger", "all parameters to the preset's own; the beat back to the music"),
    Command("/show/black", "switch", "fade to black"),
    Command(
        "/show/quantise", "name", "when goto, next, previous, reverse and preset happen: off, beat, bar, 2, 4 bars"
    ),
    Command("/show/record", "switch", "record the master", for_performer=True),
    Command("/show/still", "trigger", "save a still picture", for_performer=True),
    Command("/show/save", "trigger", "save the preset as it stands: what was set by hand", for_performer=True),
)
INPUT = "/input/"
_INPUT_NAME = re.compile(r"[!-~]{1,120}")
_ROUTE = re.compile(r"/route/([1-9]\d{0,3})/amount")
_BY_ADDRESS = {command.address: command for command in COMMANDS}


def check(event: Event, params: ParamTable) -> Event | None:
    """Bring an event into the form the show works with, once, at the door.

    returns  the event with args: number → (float,), numbers → (float, …), switch → (bool,) or () to toggle,
             trigger → (), name → (int | str,); an input's number is brought into [0, 1].
             None when there is nothing to do (a button let go)

    Raises ControlError with one line when the address is unknown or the arguments do not fit it.
    """
    if not math.isfinite(event.time_s):
        event = Event(event.address, event.args)
    command = _BY_ADDRESS.get(event.address)
    if command is None:
        if event.address.startswith(INPUT):
            return _input(event)
        if event.address not in params.by_address and _ROUTE.fullmatch(event.address) is None:
            raise ControlError(f"address {_nearest(event.address, [*_BY_ADDRESS, *params.by_address])}")
        return Event(event.address, (_number(event),), event.time_s)
    if command.kind == "number":
        return Event(event.address, (_number(event),), event.time_s)
    if command.kind == "numbers":
        return Event(event.address, _numbers(event), event.time_s)
    if command.kind == "name":
        return Event(event.address, (_name(event),), event.time_s)
    if not event.args:
        return event
    on = _number(event) != 0.0
    if command.kind == "switch":
        return Event(event.address, (on,), event.time_s)
    return Event(event.address, (), event.time_s) if on else None


def is_input_name(name: str) -> bool:
    """Whether an input may be called so: up to 120 printable ASCII characters, no spaces."""
    return _INPUT_NAME.fullmatch(name) is not None


def route_of(address: str) -> int | None:
    """The index of the route whose amount is at this address; None for any other address."""
    found = _ROUTE.fullmatch(address)
    return int(found[1]) - 1 if found else None


def is_for_performer(address: str) -> bool:
    """Whether the show itself does nothing about this address: recording and stills are the performer's."""
    command = _BY_ADDRESS.get(address)
    return command is not None and command.for_performer


def by_number_or_name(event: Event, names: Iterable[str], what: str) -> int:
    """The index that a checked `name` event means: a number is counted from 1 and clamped, a name is looked up.

    Upper and lower case are the same, and the beginning of a name will do when only one name begins so.
    """
    known = list(names)
    wanted = event.args[0]
    if isinstance(wanted, int):
        return min(max(wanted, 1), len(known)) - 1
    text = str(wanted).casefold()
    for fits in (str.__eq__, str.startswith):
        found = [i for i, name in enumerate(known) if fits(name.casefold(), text)]
        if found and (fits is str.__eq__ or len(found) == 1):
            return found[0]
    raise ControlError(f"{event.address}: {what} {choices(_short(wanted), known)}")


def switched(event: Event, was: bool) -> bool:
    """What a checked `switch` event makes of a thing that was on or off."""
    return bool(event.args[0]) if event.args else not was


def _number(event: Event) -> float:
    value = event.args[0] if event.args else None
    if not isinstance(value, (bool, int, float)):
        got = "nothing" if value is None else repr(_short(value))
        raise ControlError(f"{event.address} needs a number, got {got}")
    if _is_nan(value):
        raise ControlError(f"{event.address} needs a number, got NaN")
    return _bounded(value)


def _input(event: Event) -> Event:
    if not is_input_name(event.address.removeprefix(INPUT)):
        raise ControlError(f"address {_short(event.address)!r}: an input's name is printable, without spaces")
    return Event(event.address, (min(max(_number(event), 0.0), 1.0),), event.time_s)


def _numbers(event: Event) -> tuple[float, ...]:
    if not 2 <= len(event.args) <= MOST_NUMBERS:
        raise ControlError(f"{event.address} needs 2 to {MOST_NUMBERS} numbers, got {len(event.args)}")
    return tuple(_number(Event(event.address, (value,))) for value in event.args)


def _name(event: Event) -> int | str:
    value = event.args[0] if event.args else None
    if isinstance(value, str) and value:
        return value
    if isinstance(value, (int, float)) and not _is_nan(value):
        return round(_bounded(value))
    raise ControlError(f"{event.address} needs a name or a number")


def _is_nan(value: float) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _bounded(value: float) -> float:
    """A finite float from any number but NaN; Python's integers can be larger than a float."""
    return float(min(max(value, -1e9), 1e9))


def _nearest(address: str, known: Iterable[str]) -> str:
    """`choices` without its list: there are too many addresses to print during a show."""
    text = choices(_short(address), known)
    unknown, _, rest = text.partition(": use one of")
    return unknown + rest[rest.find(" (nearest") :] if " (nearest" in rest else unknown


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
