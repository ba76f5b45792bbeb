"""A show seen from outside, by what it tells over OSC: when frames were shown, and when it heard something."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field

from artwalks_live.core.osc_packet import parse


@dataclass
class Outside:
    """Listens on a port of its own, in a thread of its own; times are of the monotonic clock.

    shown_s    when a frame that was told of was shown: 30 a second, at 30 fps each
    levels     (when, level)
    """

    shown_s: list[float] = field(default_factory=list)
    levels: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            datagram = self._socket.recv(4096)
            if not datagram:
                return
            now_s = time.monotonic()
            for message in parse(datagram):
                if message.address == "/walk/position":
                    self.shown_s.append(now_s)
                elif message.address == "/audio/level":
                    self.levels.append((now_s, float(message.args[0])))

    def heard_since(self, since_s: float) -> float | None:
        """When something was first heard from an instant on; None while nothing was."""
        return next((at_s for at_s, level in tuple(self.levels) if at_s >= since_s and level > 0), None)

    def deaf_since(self, since_s: float) -> bool:
        """Whether nothing is heard now, and that was told after an instant."""
        at_s, level = self.levels[-1] if self.levels else (0.0, 1.0)
        return at_s > since_s and level == 0

    def close(self) -> None:
        """Listen no more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            host, _, port = self.address.partition(":")
            knock.sendto(b"", (host, int(port)))
        self._thread.join()
        self._socket.close()
