"""OSC over UDP: what comes in becomes Events, what the show does goes out.

Nothing that arrives can disturb the picture: datagrams are read by a thread of their own, parsed without trust and
counted, and the render thread takes what there is once a frame. Only loopback is listened to unless a host is named.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import math
import select
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pythonosc.osc_message_builder import OscMessageBuilder

from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Arg, Event
from artwalks_live.core.osc_packet import Message, PacketError, is_pattern, matching, parse

Address = tuple[str, int]

LONGEST_HOLD_S = 1.0
"""A time tag further ahead than this comes from a clock that is wrong: its messages take effect at once."""
QUEUE_EVENTS = 1024
SUBSCRIBERS = 8
_SUBSCRIBE = "/show/subscribe"
_UNSUBSCRIBE = "/show/unsubscribe"
ALIASES = {"/live/song/get/beat": "/clock/beat"}
"""What AbletonOSC says of Live's song (after /live/song/start_listen/beat), and what it is here."""
_RECEIVE_BUFFER = 4 << 20
_BATCH = 512
_SHOWN = 60
_REST_S = 0.001
"""Between two batches: a flood costs the render thread a thousand interruptions a second, not one per packet."""


@dataclass(slots=True)
class OscCounts:
    """What arrived.

    received     datagrams
    malformed    datagrams that are not OSC, none of which was used
    unknown      messages whose address nothing answers to; last_unknown is the latest of them, to be shown to the user
    dropped      commands turned away because QUEUE_EVENTS were waiting
    mistimed     messages that took effect before their time tag: it was too far ahead, or too many were waiting
    """

    received: int = 0
    malformed: int = 0
    unknown: int = 0
    dropped: int = 0
    mistimed: int = 0
    last_unknown: str = ""


def endpoint(text: str) -> Address:
    """Read `HOST:PORT`, `:PORT` or `PORT`; the host is 127.0.0.1 unless named. Raises ControlError."""
    host, colon, port = text.strip().rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535 or (colon and host.count(":") > 0):
        raise ControlError(f"OSC address {text!r}: write HOST:PORT, like 127.0.0.1:9000")
    return host or "127.0.0.1", int(port)


def _resolve(address: Address, text: str) -> Address:
    try:
        found = socket.getaddrinfo(*address, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        raise ControlError(f"OSC address {text!r}: the host {address[0]!r} is not known") from None
    host, port = found[0][4][:2]
    return str(host), int(port)


class OscServer:
    """Listens for OSC and hands out Events.

    at       HOST:PORT to listen on; port 0 takes a free one
    latest   addresses of which only the newest value matters (parameters, position): one event each per poll
    ordered  addresses of which each message matters (taps, next, black): kept in order, at most QUEUE_EVENTS

    Address patterns (`* ? [] {}`) reach every address they match. Time tags are kept up to LONGEST_HOLD_S ahead.
    With a clock every event is stamped with the instant at which it came, on that clock.
    `/show/subscribe [port]` adds its sender to `subscribers`, `/show/unsubscribe` removes it.

    Raises ControlError when the address cannot be listened on.
    """

    def __init__(
        self, at: str, *, latest: Collection[str], ordered: Collection[str], clock: Clock | None = None
    ) -> None:
        self._clock = clock
        self._ordered_addresses = frozenset(ordered)
        self._known = tuple(dict.fromkeys([*latest, *ordered]))
        self._reach = lru_cache(maxsize=256)(self._find)
        self._lock = threading.Lock()
        self._sequence = 0
        self._latest: dict[str, tuple[int, Event]] = {}
        self._ordered: list[tuple[int, Event]] = []
        self._held: list[tuple[float, int, Event]] = []
        self._counts = OscCounts()
        self._subscribers: OrderedDict[Address, None] = OrderedDict()
        self._closing = threading.Event()
        self._socket = _listen(at)
        self.address: Address = self._socket.getsockname()[:2]
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> OscCounts:
        with self._lock:
            return replace(self._counts)

    @property
    def subscribers(self) -> tuple[Address, ...]:
        """Who asked to be told, the newest last."""
        with self._lock:
            return tuple(self._subscribers)

    def poll(self) -> list[Event]:
        """Everything since the last call, in the order of arrival. Never waits. For the render thread."""
        with self._lock:
            now_s = time.time()
            while self._held and self._held[0][0] <= now_s:
                due_s, _, event = heapq.heappop(self._held)
                self._deliver(self._stamped(event, due_s - now_s))
            waiting = [*self._ordered, *self._latest.values()]
            self._ordered.clear()
            self._latest.clear()
        return [event for _, event in sorted(waiting, key=lambda item: item[0])]

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._thread.join()
        self._socket.close()

    # --- the OSC thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.wait(_REST_S):
            readable, _, _ = select.select([self._socket], [], [], 0.1)
            if readable:
                self._read_batch()

    def _read_batch(self) -> None:
        batch: list[tuple[bytes, Address]] = []
        with contextlib.suppress(OSError):  # mostly BlockingIOError: all was read
            while len(batch) < _BATCH:
                batch.append(self._socket.recvfrom(65535))
        with self._lock:
            now_s = time.time()
            for datagram, sender in batch:
                self._counts.received += 1
                try:
                    found = [(message, self._reach(message.address)) for message in parse(datagram)]
                except PacketError:
                    self._counts.malformed += 1
                    continue
                for message, reached in found:
                    self._take(message, reached, sender, now_s)

    def _take(self, message: Message, reached: tuple[str, ...], sender: Address, now_s: float) -> None:
        if not reached and not self._subscribe(message, sender):
            self._counts.unknown += 1
            self._counts.last_unknown = message.address[:_SHOWN]
        ahead_s = 0.0 if message.due_s is None else message.due_s - now_s
        for address in reached:
            event = Event(address, message.args)
            if ahead_s <= 0 or ahead_s > LONGEST_HOLD_S or len(self._held) >= QUEUE_EVENTS:
                self._counts.mistimed += ahead_s > 0
                self._deliver(self._stamped(event, 0.0))
            else:
                self._sequence += 1
                heapq.heappush(self._held, (now_s + ahead_s, self._sequence, event))

    def _stamped(self, event: Event, after_s: float) -> Event:
        """An event that is done so many seconds from now."""
        return event if self._clock is None else replace(event, time_s=self._clock.now() + after_s)

    def _find(self, address: str) -> tuple[str, ...]:
        """The known addresses that an address means."""
        address = ALIASES.get(address, address)
        if is_pattern(address):
            return matching(address, self._known)
        return (address,) if address in self._known else ()

    def _deliver(self, event: Event) -> None:
        self._sequence += 1
        if event.address not in self._ordered_addresses:
            self._latest[event.address] = (self._sequence, event)
        elif len(self._ordered) < QUEUE_EVENTS:
            self._ordered.append((self._sequence, event))
        else:
            self._counts.dropped += 1

    def _subscribe(self, message: Message, sender: Address) -> bool:
        """Add or remove a listener at the sender's host; False when the message does not ask for that."""
        port = message.args[0] if message.args else sender[1]
        if message.address not in (_SUBSCRIBE, _UNSUBSCRIBE) or isinstance(port, str) or not 1 <= port < 65536:
            return False
        client = (sender[0], int(port))
        self._subscribers.pop(client, None)
        if message.address == _SUBSCRIBE:
            self._subscribers[client] = None
            if len(self._subscribers) > SUBSCRIBERS:
                self._subscribers.popitem(last=False)
        return True


def _listen(at: str) -> socket.socket:
    """Open the socket to listen on."""
    address = _resolve(endpoint(at), at)
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        listening.setblocking(False)
        listening.bind(address)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ControlError(f"OSC port {address[1]} on {address[0]} is in use: choose another with --osc") from None
        raise ControlError(f"OSC cannot listen on {at}: {error.strerror}") from None
    return listening


class OscSender:
    """Tells others what the show does: a message per address to everyone who listens, `rate_hz` times a second.

    Never waits: what the network does not take at once is counted in `errors` and forgotten. For the render thread.

    Raises ControlError when a host is not known.
    """

    def __init__(self, targets: Iterable[str] = (), *, rate_hz: float = 30.0) -> None:
        self._targets = tuple(_resolve(endpoint(text), text) for text in targets)
        self._period_s = 1.0 / rate_hz
        self._next_s = -math.inf
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.errors = 0

    def send(self, now_s: float, values: Mapping[str, Arg], subscribers: Iterable[Address] = ()) -> None:
        """Send address → value to all, when it is time again: say `/walk/position`, `/clock/beat`, `/audio/level`."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + self._period_s
        receivers = dict.fromkeys([*self._targets, *subscribers])
        datagrams = [_datagram(address, value) for address, value in values.items()] if receivers else []
        for receiver in receivers:
            for datagram in datagrams:
                try:
                    self._socket.sendto(datagram, receiver)
                except OSError:
                    self.errors += 1

    def close(self) -> None:
        """Send no more."""
        self._socket.close()


def _datagram(address: str, value: Arg) -> bytes:
    builder = OscMessageBuilder(address)
    builder.add_arg(value)
    datagram: bytes = builder.build().dgram
    return datagram
