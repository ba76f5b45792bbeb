"""What one listener is told, and when: values as they change, but not its own back while it moves a control."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from artwalks_live.core.events import Arg

QUIET_S = 0.25
"""So long after it set a value a listener is not told of that value: its fader is still moving, and would jump."""


class Listener:
    """One who listens. Times are of any one clock, in seconds.

    What it set itself it is told only when the show made something else of it (clamped it, or another hand moved it),
    once it has let go for QUIET_S.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}  # in order of change
        self._known: dict[str, Arg] = {}
        self._set_s: dict[str, float] = {}
        self.addresses: set[str] = set()

    def listen(self, address: str) -> None:
        """Tell it this address from now on, beginning with the value it has."""
        self.addresses.add(address)
        self._waiting[address] = None

    def ignore(self, address: str) -> None:
        """Tell it this address no more."""
        self.addresses.discard(address)
        for each in (self._waiting, self._known, self._set_s):
            each.pop(address, None)

    def said(self, address: str, value: Arg, now_s: float) -> None:
        """It set this value itself."""
        if address in self.addresses:
            self._known[address] = value
            self._set_s[address] = now_s
            self._waiting[address] = None

    def changed(self, addresses: Iterable[str]) -> None:
        """These values are others now."""
        self._waiting.update(dict.fromkeys(address for address in addresses if address in self.addresses))

    def due(self, values: Mapping[str, Arg], now_s: float) -> list[tuple[str, Arg]]:
        """What to tell it now, each address once, with its newest value."""
        told: list[tuple[str, Arg]] = []
        for address in list(self._waiting):
            if now_s < self._set_s.get(address, -math.inf) + QUIET_S:
                continue
            del self._waiting[address]
            self._set_s.pop(address, None)
            value = values.get(address)
            if value is not None and not _same(self._known.get(address), value):
                self._known[address] = value
                told.append((address, value))
        return told


def _same(known: Arg | None, value: Arg) -> bool:
    """Whether a listener, who may have only 32 bits of a float, knows this value."""
    if known is None or isinstance(known, str) or isinstance(value, str):
        return known == value
    return math.isclose(known, value, rel_tol=1e-6, abs_tol=1e-9)
