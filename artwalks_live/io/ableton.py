"""Ableton Live by way of AbletonOSC: a thread that asks, hears and stamps; the show takes what there is."""

from __future__ import annotations

import socket
import threading
from collections import deque
from dataclasses import replace

from artwalks_live.core.ableton import Ableton, datagram
from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event
from artwalks_live.core.osc_packet import PacketError, parse

_QUEUE = 256
_WAIT_S = 0.1


class AbletonLive:
    """Listens to Live at (host, port); its answers come to the port after that, from that host only.

    Raises ControlError when the host is not known or the port for answers is in use.
    """

    def __init__(self, at: tuple[str, int], clock: Clock) -> None:
        self._clock, self._live = clock, Ableton()
        self._events: deque[Event] = deque(maxlen=_QUEUE)
        self._closing = threading.Event()
        host, port = at
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._peer = (socket.gethostbyname(host), port)
            self._socket.bind((_own_address(self._peer), port + 1))
        except (OSError, UnicodeError, OverflowError) as error:
            self._socket.close()
            raise ControlError(
                f"Ableton Live at {host}:{port}: cannot hear its answers at port {port + 1}: {error}"
            ) from None
        self._socket.settimeout(_WAIT_S)
        self._thread = threading.Thread(target=self._run, name="ableton", daemon=True)
        self._thread.start()

    @property
    def state(self) -> str:
        """'ok', or the name of what is wrong."""
        return self._live.state

    def poll(self) -> list[Event]:
        """What Live told since the last call, stamped on the clock. Never waits. For the render thread."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def close(self) -> None:
        """Listen no more."""
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            for question in self._live.ask(self._clock.now()):
                try:
                    self._socket.sendto(datagram(question), self._peer)
                except OSError:  # not there yet: it is asked again
                    break
            try:
                received, sender = self._socket.recvfrom(65535)
                messages = parse(received) if sender[0] == self._peer[0] else []
            except (OSError, PacketError):  # mostly that nothing came
                continue
            now_s = self._clock.now()
            for message in messages:
                self._events += [replace(event, time_s=now_s) for event in self._live.hear(message, now_s)]


def _own_address(peer: tuple[str, int]) -> str:
    """Our address on the way to a peer: answers come there, and nothing else is opened."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(peer)
        return str(probe.getsockname()[0])
