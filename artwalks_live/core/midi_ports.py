"""The MIDI ports of a machine, as a seam; and which device a port's name belongs to. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from artwalks_live.core.errors import ControlError, choices

Take = Callable[[bytes], None]
"""Called with each message as it comes, in the driver's thread."""
CLIENT = "artwalks"
"""What other programs see us as: ports of that name are our own."""
_THROUGH = "Midi Through"  # ALSA's loop: what goes in comes out
_NUMBER = re.compile(r"\s+\d+:\d+$")


class MidiPort(Protocol):
    """An open input."""

    def close(self) -> None:
        """Let go of it."""


class MidiOut(Protocol):
    """An open output."""

    def send(self, message: bytes) -> None:
        """Send a message. Raises ControlError when it cannot be sent."""

    def close(self) -> None:
        """Let go of it."""


class MidiPorts(Protocol):
    """The ports of this machine: a driver's, or a test's own."""

    def inputs(self) -> list[str]:
        """The inputs that are there now."""

    def outputs(self) -> list[str]:
        """The outputs that are there now."""

    def open_input(self, name: str, take: Take) -> MidiPort:
        """Open one of them. Raises ControlError when it cannot be opened."""

    def open_output(self, name: str) -> MidiOut:
        """Open one of them. Raises ControlError when it cannot be opened."""

    def close(self) -> None:
        """Look for ports no more; those that are open stay so."""


def device_of(port: str) -> str:
    """The device's name in a port's: without ALSA's numbers, which change with each plugging, and its doubled client.

    `nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0` → `nanoKONTROL2 MIDI 1`
    """
    name = _NUMBER.sub("", port)
    client, colon, own = name.partition(":")
    return own if colon and own.startswith(client) else name


def alike(name: str, number: int) -> str:
    """The name of the number-th of several devices of one name."""
    return name if number == 1 else f"{name} #{number}"


def numbered(ports: Iterable[str], held: Mapping[str, str]) -> dict[str, str]:
    """Name the devices behind ports: alike ones are told apart as `X`, `X #2` …

    ports   the ports that are there, in the system's order
    held    device by port, of those that were there before: a port keeps its device while it is there
    returns port → device
    """
    there = list(dict.fromkeys(ports))
    named = {port: held[port] for port in there if port in held}
    taken = set(named.values())
    for port in there:
        if port in named:
            continue
        name = device_of(port)
        number = next(n for n in range(1, len(there) + 2) if alike(name, n) not in taken)
        named[port] = alike(name, number)
        taken.add(named[port])
    return named


def is_own(port: str) -> bool:
    """Whether a port leads back to us."""
    return port.startswith((CLIENT, _THROUGH))


def wanted(names: Sequence[str], ports: Sequence[str]) -> list[str]:
    """The ports whose names contain one of `names`; all but our own without names. Upper and lower case are alike."""
    if not names:
        return [port for port in ports if not is_own(port)]
    parts = [name.casefold() for name in names]
    return [port for port in ports if any(part in port.casefold() for part in parts)]


def refuse_unknown(names: Sequence[str], ports: Sequence[str]) -> None:
    """Raise ControlError for a name that no port has."""
    for name in names:
        if not ports:
            raise ControlError("--midi: no MIDI input is connected")
        if not wanted([name], ports):
            raise ControlError(f"--midi: input {choices(name, ports)}")


def partner(port: str, inputs: Sequence[str], outputs: Sequence[str]) -> str | None:
    """The output of the device that an input belongs to; None for one that only speaks.

    It has the same name, or else it is the device's output in the same place of the order, if there are as many.
    """
    if port in outputs:
        return port
    alike = [each for each in inputs if device_of(each) == device_of(port)]
    theirs = [each for each in outputs if device_of(each) == device_of(port)]
    return theirs[alike.index(port)] if len(alike) == len(theirs) and port in alike else None
