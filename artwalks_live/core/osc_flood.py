"""What a flood of OSC is made of, told without decoding it: most of it is the same few addresses again and again.

Only a message's newest value matters where it is a parameter's, so of those the bytes are kept by the bytes of their
address, the newest over the one before, and decoded once a frame. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

Address = tuple[str, int]


class Newest:
    """The newest datagram of each of some addresses.

    addresses   of which only the newest matters; `also` may change from frame to frame

    Cost about 0.5 µs a datagram. At most one datagram an address is kept.
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._always = frozenset(address.encode() for address in addresses)
        self._all = self._always
        self._kept: dict[bytes, tuple[int, bytes, Address, float]] = {}
        self.replaced = 0

    def also(self, addresses: Iterable[str]) -> None:
        """Of these, too, from now on, and of no others that were added before."""
        self._all = self._always.union(address.encode() for address in addresses)

    def take(self, number: int, datagram: bytes, sender: Address, at_s: float) -> bool:
        """Keep a datagram, its running number and when it came; False when it is for other hands to decode."""
        end = datagram.find(b"\0")
        name = datagram[:end]
        if name not in self._all or not _is_one_number(datagram, end):
            return False
        if self._kept.pop(name, None) is not None:
            self.replaced += 1
        self._kept[name] = number, datagram, sender, at_s
        return True

    def drain(self) -> list[tuple[int, bytes, Address, float]]:
        """What was kept, the oldest first; nothing is, from now on."""
        kept, self._kept = list(self._kept.values()), {}
        return kept


def _is_one_number(datagram: bytes, end: int) -> bool:
    """Whether a message, whose address ends there, is one float or int and whole: no other may replace a value."""
    at = (end & ~3) + 4
    return len(datagram) == at + 8 and datagram[at : at + 4] in (b",f\0\0", b",i\0\0")
