"""Step through Protocol Buffers: the few lines of the wire format that reading a model's outline needs.

Nothing is copied or decoded before it is asked for, so a field that claims a gigabyte costs nothing; every part must
end inside the part that holds it, and the fields of one file are counted, so no file keeps the reader busy for long.
The wire format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_FIELDS = 4_000_000  # the network that ships has 20,000


class WireError(Exception):
    """The bytes are not what they should be; the message is a clause, without the file's name."""


class CutOffError(WireError):
    """The bytes end before the message does."""


@dataclass(frozen=True, slots=True)
class Part:
    """A text, a packed list or a message inside the file: its bytes from start to end."""

    start: int
    end: int


class Wire:
    """The bytes of one file, and how many of its fields have been read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.count = data, 0

    @property
    def whole(self) -> Part:
        """The message that the file is."""
        return Part(0, len(self.data))

    def fields(self, part: Part) -> Iterator[tuple[int, int | Part]]:
        """Every field of a message, in order: its number, and its integer or the place of its bytes.

        Fixed-width numbers are given as the integer that their bits are. Raises WireError, CutOffError.
        """
        at = part.start
        while at < part.end:
            self.count += 1
            if self.count > MAX_FIELDS:
                raise WireError(f"more than {MAX_FIELDS} fields")
            key, at = self.varint(at, part.end)
            value: int | Part = 0
            match key & 7:
                case 0:
                    value, at = self.varint(at, part.end)
                case 1:
                    value, at = int.from_bytes(self.data[at : at + 8], "little"), at + 8
                case 2:
                    size, at = self.varint(at, part.end)
                    value, at = Part(at, at + size), at + size
                case 5:
                    value, at = int.from_bytes(self.data[at : at + 4], "little"), at + 4
                case _:
                    raise WireError(f"byte {at} begins no field")
            if at > part.end:
                self._ends_early(at)
            yield key >> 3, value

    def number(self, value: int | Part) -> int:
        """A field that must be an integer."""
        if isinstance(value, Part):
            raise WireError(f"byte {value.start} should be a number")
        return value

    def part(self, value: int | Part) -> Part:
        """A field that must be a message."""
        if isinstance(value, int):
            raise WireError("a number stands where a message should")
        return value

    def text(self, value: int | Part) -> str:
        """A field that must be a text."""
        part = self.part(value)
        return self.data[part.start : part.end].decode("utf-8", "replace")

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """A number of 1 to 10 bytes, seven bits each, low ones first; and where it ends."""
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                self._ends_early(at + 1)
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
        raise WireError(f"byte {at} is in no number")

    def _ends_early(self, wanted: int) -> None:
        """Say that a part ends after what holds it: after the file, if it looks like a file that was cut."""
        if len(self.data) < wanted <= 1 << 31:
            raise CutOffError(f"it has {len(self.data)} bytes and needs {wanted}")
        raise WireError(f"a part ends at byte {wanted}, outside of what holds it")
