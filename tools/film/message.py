"""A message of Protocol Buffers by field number; what is missing is 0 or empty, as proto3 has it."""

from __future__ import annotations

from artwalks_live.nn.protobuf import Part, Wire


class Message:
    """The fields of one message, split when it is made. Raises WireError when it is none."""

    def __init__(self, data: bytes = b"") -> None:
        wire = Wire(data)
        self._fields: dict[int, list[int | bytes]] = {}
        for number, value in wire.fields(wire.whole):
            plain = data[value.start : value.end] if isinstance(value, Part) else value
            self._fields.setdefault(number, []).append(plain)

    def integer(self, number: int) -> int:
        """The integer of a field."""
        values = [value for value in self._fields.get(number, []) if isinstance(value, int)]
        return values[-1] if values else 0

    def text(self, number: int) -> str:
        """The text of a field."""
        values = self._counted(number)
        return values[-1].decode("utf-8", "replace") if values else ""

    def message(self, number: int) -> Message:
        """The message of a field."""
        values = self._counted(number)
        return Message(values[-1] if values else b"")

    def messages(self, number: int) -> list[Message]:
        """Every message of a repeated field."""
        return [Message(value) for value in self._counted(number)]

    def _counted(self, number: int) -> list[bytes]:
        return [value for value in self._fields.get(number, []) if isinstance(value, bytes)]
