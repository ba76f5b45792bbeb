"""MIDI ports in memory, which tests plug and play themselves."""

from __future__ import annotations

from collections.abc import Callable

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_ports import Take


class MadeInput:
    """An open input."""

    def __init__(self, ports: MadePorts, name: str, take: Take) -> None:
        self.name, self.take, self._ports = name, take, ports

    def close(self) -> None:
        self._ports.opened.remove(self)


class MadeOutput:
    """An open output: what was sent to it. before: what it does first with each message, waiting say."""

    def __init__(self, ports: MadePorts, name: str) -> None:
        self.name, self.sent, self._ports = name, list[bytes](), ports
        self.before: Callable[[], object] = lambda: None

    def send(self, message: bytes) -> None:
        self.before()
        if self.name not in self._ports.plugged:
            raise ControlError("MIDI cannot be sent (it is not there)")
        self.sent.append(message)

    def close(self) -> None:
        self._ports.told.remove(self)


class MadePorts:
    """`plugged` are there, each an input and an output; `opened` are listened to, `told` can be told something.

    Inputs of `refusing` and outputs of `mute` cannot be opened.
    """

    def __init__(self, *plugged: str) -> None:
        self.plugged = list(plugged)
        self.opened: list[MadeInput] = []
        self.told: list[MadeOutput] = []
        self.refusing: set[str] = set()
        self.mute: set[str] = set()

    def inputs(self) -> list[str]:
        return list(self.plugged)

    def outputs(self) -> list[str]:
        return list(self.plugged)

    def open_input(self, name: str, take: Take) -> MadeInput:
        if name in self.refusing:
            raise ControlError(f"--midi: {name!r} cannot be opened")
        self.opened.append(MadeInput(self, name, take))
        return self.opened[-1]

    def open_output(self, name: str) -> MadeOutput:
        if name in self.mute:
            raise ControlError(f"--midi: {name!r} cannot be opened (busy)")
        self.told.append(MadeOutput(self, name))
        return self.told[-1]

    def close(self) -> None:
        pass

    def play(self, name: str, *message: int) -> None:
        """Send a message from the device at a port."""
        next(port for port in self.opened if port.name == name).take(bytes(message))


class StillClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def now(self) -> float:
        return self.now_s
