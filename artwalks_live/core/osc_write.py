"""Write OSC messages: an address and its values → bytes.

Source: Open Sound Control 1.0 specification, with T and F of 1.1.
"""

from __future__ import annotations

import struct

from artwalks_live.core.events import Arg

_MOST = 3.4e38


def message(address: str, *args: Arg) -> bytes:
    """One message: floats as f (bounded to 32 bits), integers as i (bounded to 32 bits), text as s, truth as T or F."""
    tags, data = ",", b""
    for arg in args:
        if isinstance(arg, bool):
            tags += "T" if arg else "F"
        elif isinstance(arg, int):
            tags += "i"
            data += struct.pack(">i", min(max(arg, -(2**31)), 2**31 - 1))
        elif isinstance(arg, float):
            tags += "f"
            data += struct.pack(">f", min(max(arg, -_MOST), _MOST))
        else:
            tags += "s"
            data += _text(arg)
    return _text(address) + _text(tags) + data


def _text(text: str) -> bytes:
    """Ends with a NUL, padded to four bytes; a NUL inside would end it early and is left out."""
    data = text.replace("\0", "").encode("utf-8", "replace")
    return data + b"\0" * (4 - len(data) % 4)
