"""Read OSC datagrams: bytes → messages, whatever the bytes are.

Written for packets from anywhere: every length is checked, nesting is bounded, nothing is logged, and the only
exception is PacketError. A datagram is used whole or not at all.

Source: Open Sound Control 1.0 specification, with the types of 1.1.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from artwalks_live.core.events import Arg

_BUNDLE = b"#bundle\0"
_DEEPEST = 8
_IMMEDIATELY = 1
_UNIX_FROM_NTP_S = 2_208_988_800
_INT = struct.Struct(">i")
_LONG = struct.Struct(">q")
_FLOAT = struct.Struct(">f")
_DOUBLE = struct.Struct(">d")
_TAG = struct.Struct(">Q")
_NUMBERS = {"i": _INT, "f": _FLOAT, "h": _LONG, "d": _DOUBLE}
_LITERALS = {"T": True, "F": False}
_WILD = re.compile(r"\?|\*+|\[(!?)([^\[\]]+)\]|\{([^{}]*)\}")
_SPECIAL = frozenset("?*[]{}")
_LONGEST_PATTERN = 128
_MOST_WILD = 4
_PASSED_OVER = {"N": 0, "I": 0, "[": 0, "]": 0, "r": 4, "m": 4, "c": 4, "t": 8}


class PacketError(ValueError):
    """A datagram that is not OSC."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. due_s: Unix time of its bundle's time tag; None: at once."""

    address: str
    args: tuple[Arg, ...] = ()
    due_s: float | None = None


def parse(datagram: bytes) -> list[Message]:
    """All messages of a datagram, in order.

    Arrays are flattened; blobs, colours, MIDI, characters, time tags and nil are read over, since nothing in a show
    takes one. A message without a type tag string has no arguments. Cost: 3 µs for one float.

    Raises PacketError when anything in it is not OSC, or bundles nest deeper than eight.
    """
    if datagram.startswith(b"/"):
        return [_message(datagram, None)]
    messages: list[Message] = []
    _bundle(datagram, messages, 1)
    return messages


def _bundle(data: bytes, into: list[Message], depth: int) -> None:
    if not data.startswith(_BUNDLE) or len(data) < 16:
        raise PacketError("neither a message nor a bundle")
    if depth > _DEEPEST:
        raise PacketError("bundles nest too deep")
    tag = _TAG.unpack_from(data, 8)[0]
    due_s = None if tag <= _IMMEDIATELY else tag / 2**32 - _UNIX_FROM_NTP_S
    at = 16
    while at < len(data):
        size = int(_number(_INT, data, at))
        if size <= 0:
            raise PacketError("an element of no size")
        element = data[at + 4 : at + 4 + size]  # some senders count a last element too long: what is there must do
        at += 4 + size
        if element.startswith(b"/"):
            into.append(_message(element, due_s))
        else:
            _bundle(element, into, depth + 1)


def _message(data: bytes, due_s: float | None) -> Message:
    name, at = _string(data, 0)
    try:
        address = name.decode("ascii")
    except UnicodeDecodeError:
        raise PacketError("an address that is not ASCII") from None
    if at >= len(data):
        return Message(address, (), due_s)
    tags, at = _string(data, at)
    if not tags.startswith(b","):
        raise PacketError("no type tags")
    return Message(address, _arguments(tags.decode("latin-1")[1:], data, at), due_s)


def _arguments(tags: str, data: bytes, at: int) -> tuple[Arg, ...]:
    args: list[Arg] = []
    for tag in tags:
        if tag in _NUMBERS:
            kind = _NUMBERS[tag]
            args.append(_number(kind, data, at))
            at += kind.size
        elif tag in "sS":
            text, at = _string(data, at)
            try:
                args.append(text.decode("utf-8"))
            except UnicodeDecodeError:
                raise PacketError("a string that is not UTF-8") from None
        elif tag in _LITERALS:
            args.append(_LITERALS[tag])
        elif tag == "b":
            size = int(_number(_INT, data, at))
            at = _within(data, at + 4 + (size + 3) // 4 * 4, size)
        elif tag in _PASSED_OVER:
            at = _within(data, at + _PASSED_OVER[tag], 0)
        else:
            raise PacketError("a type that OSC does not have")
    return tuple(args)


def _number(kind: struct.Struct, data: bytes, at: int) -> int | float:
    try:
        value: int | float = kind.unpack_from(data, at)[0]
    except struct.error:
        raise PacketError("an argument is cut short") from None
    return value


def _within(data: bytes, at: int, size: int) -> int:
    if size < 0 or at > len(data):
        raise PacketError("an argument is cut short")
    return at


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    """A string and where the next thing begins: strings are padded with NULs to four bytes."""
    end = data.find(b"\0", at)
    if end < 0:
        raise PacketError("a string without an end")
    return data[at:end], (end // 4 + 1) * 4


def is_pattern(address: str) -> bool:
    """Whether an address means every address it matches."""
    return not _SPECIAL.isdisjoint(address)


def matching(pattern: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known addresses that an address pattern matches: `?` and `*` within one part, `[a-c]`, `[!a-c]`, `{a,b}`.

    Raises PacketError for a pattern that is malformed, or so long or wild that matching it could take long.
    """
    wild = list(_WILD.finditer(pattern))
    if len(pattern) > _LONGEST_PATTERN or len([hit for hit in wild if hit[0] != "?"]) > _MOST_WILD:
        raise PacketError("an address pattern that is too wild")
    parts: list[str] = []
    at = 0
    for hit in wild:
        parts += [_literal(pattern[at : hit.start()]), _translated(hit)]
        at = hit.end()
    parts.append(_literal(pattern[at:]))
    try:
        compiled = re.compile("".join(parts))
    except re.error:
        raise PacketError("an address pattern with a bad range") from None
    return tuple(address for address in known if compiled.fullmatch(address))


def _literal(text: str) -> str:
    if not _SPECIAL.isdisjoint(text):
        raise PacketError("an address pattern with an open bracket")
    return re.escape(text)


def _translated(hit: re.Match[str]) -> str:
    """One wildcard as a regular expression. Equal alternatives are merged, or {,}{,}{,} would branch without end."""
    first = hit[0][0]
    if first == "?":
        return "[^/]"
    if first == "*":
        return "[^/]*"
    if first == "[":
        characters = re.sub(r"([\\^&~|])", r"\\\1", hit[2])
        return f"[{'^/' if hit[1] else ''}{characters}]"
    return "(?:" + "|".join(re.escape(text) for text in dict.fromkeys(hit[3].split(","))) + ")"
