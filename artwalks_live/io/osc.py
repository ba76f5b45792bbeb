"""OSC over UDP: what comes in becomes Events, what the show does goes out.

Nothing that arrives can disturb the picture: datagrams are read by a thread of their own, parsed without trust and
counted, and the render thread takes what there is once a frame. Of parameters only the newest datagram is kept, and
decoded when it is asked for, so a flood costs a few microseconds a packet. Only loopback is listened to unless a host
is named, and of the senders only those that are allowed.
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
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pythonosc.osc_message_builder import OscMessageBuilder

from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import INPUT, Arg, Event
from artwalks_live.core.osc_door import Allowed, endpoint
from artwalks_live.core.osc_flood import Newest
from artwalks_live.core.osc_packet import Message, PacketError, is_pattern, matching, parse

Address = tuple[str, int]

LONGEST_HOLD_S = 1.0
"""A time tag further ahead than this comes from a clock that is wrong: its messages take effect at once."""
QUEUE_EVENTS = 1024
SUBSCRIBERS = 8
USUAL_HZ, SLOWEST_HZ, FASTEST_HZ = 30.0, 0.1, 120.0
"""How often a subscriber is told, if it does not say, and the least and most that it can ask for."""
_SLACK_S = 1e-3  # a frame that comes this much early counts as on time
_OSC = "osc/"
_SUBSCRIBE = "/show/subscribe"
_UNSUBSCRIBE = "/show/unsubscribe"
ALIASES = {"/live/song/get/beat": "/clock/beat"}
"""What AbletonOSC says of Live's song (after /live/song/start_listen/beat), and what it is here."""
_RECEIVE_BUFFER = 4 << 20
_BATCH = 512
_SHOWN = 60
_REST_S = 0.001
"""Between two batches: a flood costs the render thread a thousand interruptions a second, not one per packet."""
_RESTS, _LONGEST_REST_S = 3.0, 0.05
"""Whatever comes, bundles and patterns without end: three quarters of the time are the picture's. What the system's
buffer cannot hold meanwhile is lost, as a network loses it."""


@dataclass(slots=True)
class OscCounts:
    """What arrived.

    received     datagrams
    malformed    datagrams that are not OSC, none of which was used
    unknown      messages whose address nothing answers to; last_unknown is the latest of them, to be shown to the user
    refused      datagrams of senders that are not allowed; last_refused is the latest of them
    replaced     datagrams that a newer one of the same parameter came after before anybody looked
    dropped      commands turned away because QUEUE_EVENTS were waiting
    mistimed     messages that took effect before their time tag: it was too far ahead, or too many were waiting
    """

    received: int = 0
    malformed: int = 0
    unknown: int = 0
    dropped: int = 0
    mistimed: int = 0
    refused: int = 0
    replaced: int = 0
    last_unknown: str = ""
    last_refused: str = ""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who asked to be told: where, and how often a second."""

    address: Address
    rate_hz: float


class OscServer:
    """Listens for OSC and hands out Events.

    at       HOST:PORT to listen on; port 0 takes a free one
    latest   addresses of which only the newest value matters (parameters, position): one event each per poll
    ordered  addresses of which each message matters (taps, next, black): kept in order, at most QUEUE_EVENTS

    Address patterns (`* ? [] {}`) reach every address they match. Time tags are kept up to LONGEST_HOLD_S ahead.
    With a clock every event is stamped with the instant at which it came, on that clock.
    `/show/subscribe [port] [rate_hz]` adds its sender to `subscribers`, `/show/unsubscribe [port]` removes it.
    allowed  senders that are listened to

    Raises ControlError when the address cannot be listened on.
    """

    def __init__(
        self,
        at: str,
        *,
        latest: Collection[str],
        ordered: Collection[str],
        clock: Clock | None = None,
        allowed: Allowed | None = None,
    ) -> None:
        self._clock = clock
        self._allowed = allowed or Allowed()
        self._newest = Newest(latest)
        self._listened: frozenset[str] = frozenset()
        self._inputs: dict[str, str] = {}
        self._ordered_addresses = frozenset(ordered)
        self._known = tuple(dict.fromkeys([*latest, *ordered]))
        self._reach = lru_cache(maxsize=256)(self._find)
        self._lock = threading.Lock()
        self._sequence = 0
        self._latest: dict[str, tuple[int, Event]] = {}
        self._ordered: list[tuple[int, Event]] = []
        self._held: list[tuple[float, int, Event]] = []
        self._counts = OscCounts()
        self._subscribers: OrderedDict[Address, float] = OrderedDict()
        self._closing = threading.Event()
        self._socket = _listen(at)
        self.address: Address = self._socket.getsockname()[:2]
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> OscCounts:
        with self._lock:
            return replace(self._counts, replaced=self._newest.replaced)

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        """Who asked to be told, the newest last."""
        with self._lock:
            return tuple(Subscriber(address, rate_hz) for address, rate_hz in self._subscribers.items())

    def listen_to(self, names: frozenset[str]) -> None:
        """Let these inputs of routes in: `midi/cc/1/74` as `/input/midi/cc/1/74`, `osc/td/low` as `/td/low`, too."""
        if names != self._listened:
            heard = {f"{INPUT}{name}": f"{INPUT}{name}" for name in names}
            heard |= {f"/{name.removeprefix(_OSC)}": f"{INPUT}{name}" for name in names if name.startswith(_OSC)}
            with self._lock:
                self._listened, self._inputs = names, heard
                self._newest.also(heard)
                self._reach.cache_clear()

    def poll(self) -> list[Event]:
        """Everything since the last call, in the order of arrival. Never waits. For the render thread."""
        with self._lock:
            now_s = time.time()
            for number, datagram, sender, at_s in self._newest.drain():
                self._decode(datagram, sender, now_s, number, at_s)
            while self._held and self._held[0][0] <= now_s:
                due_s, _, event = heapq.heappop(self._held)
                self._deliver(self._stamped(event, due_s - now_s), self._next())
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
        rest_s = _REST_S
        while not self._closing.wait(rest_s):
            readable, _, _ = select.select([self._socket], [], [], 0.1)
            begun_s = time.thread_time()
            if readable:
                self._read_batch()
            rest_s = min(max(_REST_S, _RESTS * (time.thread_time() - begun_s)), _LONGEST_REST_S)

    def _read_batch(self) -> None:
        batch: list[tuple[bytes, Address]] = []
        with contextlib.suppress(OSError):  # mostly BlockingIOError: all was read
            while len(batch) < _BATCH:
                batch.append(self._socket.recvfrom(65535))
        with self._lock:
            now_s, at_s = time.time(), 0.0 if self._clock is None else self._clock.now()
            for datagram, sender in batch:
                self._counts.received += 1
                if not self._allowed.lets_in(sender[0]):
                    self._counts.refused += 1
                    self._counts.last_refused = sender[0]
                elif not self._newest.take(self._next(), datagram, sender, at_s):
                    self._decode(datagram, sender, now_s, self._next(), at_s)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _decode(self, datagram: bytes, sender: Address, now_s: float, number: int, at_s: float) -> None:
        """Take in all messages of a datagram, which came as the `number`th, at `at_s` on the clock."""
        try:
            found = [(message, self._reach(message.address)) for message in parse(datagram)]
        except PacketError:
            self._counts.malformed += 1
            return
        for message, reached in found:
            if not reached and not self._subscribe(message, sender):
                self._counts.unknown += 1
                self._counts.last_unknown = message.address[:_SHOWN]
            for address in reached:
                self._take(Event(address, message.args), message.due_s, now_s, number, at_s)

    def _take(self, event: Event, due_s: float | None, now_s: float, number: int, at_s: float) -> None:
        ahead_s = 0.0 if due_s is None else due_s - now_s
        if ahead_s <= 0 or ahead_s > LONGEST_HOLD_S or len(self._held) >= QUEUE_EVENTS:
            self._counts.mistimed += ahead_s > 0
            self._deliver(event if self._clock is None else replace(event, time_s=at_s), number)
        else:
            heapq.heappush(self._held, (now_s + ahead_s, self._next(), event))

    def _stamped(self, event: Event, after_s: float) -> Event:
        """An event that is done so many seconds from now."""
        return event if self._clock is None else replace(event, time_s=self._clock.now() + after_s)

    def _find(self, address: str) -> tuple[str, ...]:
        """The known addresses that an address means."""
        address = ALIASES.get(address, address)
        if is_pattern(address):
            reached = matching(address, (*self._known, *self._inputs))
            return tuple(dict.fromkeys(self._inputs.get(each, each) for each in reached))
        if address in self._inputs:
            return (self._inputs[address],)
        return (address,) if address in self._known else ()

    def _deliver(self, event: Event, number: int) -> None:
        if event.address not in self._ordered_addresses:
            if number >= self._latest.get(event.address, (0, event))[0]:
                self._latest[event.address] = (number, event)
        elif len(self._ordered) < QUEUE_EVENTS:
            self._ordered.append((number, event))
        else:
            self._counts.dropped += 1

    def _subscribe(self, message: Message, sender: Address) -> bool:
        """Add or remove a listener at the sender's host; False when the message does not ask for that."""
        given = message.args[:2]
        port = given[0] if given else sender[1]
        rate_hz = given[1] if len(given) > 1 else USUAL_HZ
        if message.address not in (_SUBSCRIBE, _UNSUBSCRIBE) or isinstance(port, str | bool):
            return False
        if isinstance(rate_hz, str | bool):
            return False
        if not 1 <= port < 65536 or not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
            return False
        client = (sender[0], int(port))
        self._subscribers.pop(client, None)
        if message.address == _SUBSCRIBE:
            self._subscribers[client] = float(rate_hz)
            if len(self._subscribers) > SUBSCRIBERS:
                self._subscribers.popitem(last=False)
        return True


def _listen(at: str) -> socket.socket:
    """Open the socket to listen on."""
    address = resolve(at)
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
    """Tells others what the show does, a message per address, each listener as often as it asked for.

    targets   HOST:PORTs that are told `rate_hz` times a second without having asked

    Never waits: what the network does not take at once is counted in `errors` and forgotten. For the render thread.

    Raises ControlError when a host is not known.
    """

    def __init__(self, targets: Iterable[str] = (), *, rate_hz: float = USUAL_HZ) -> None:
        self._targets = tuple(Subscriber(resolve(text), rate_hz) for text in targets)
        self._due_s: dict[Address, float] = {}
        self._echoed: dict[Address, dict[str, Arg]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.errors = 0

    def send(
        self,
        now_s: float,
        told: Callable[[], Mapping[str, Arg]],
        echoed: Callable[[], Mapping[str, Arg]] = dict,
        subscribers: Iterable[Subscriber] = (),
    ) -> None:
        """Tell those whose time it is; nobody is asked for values while it is nobody's.

        told     address → value, told every time: `/walk/position`, `/clock/beat`, `/audio/level` …
        echoed   address → value, told once at first and then only when it has changed: what parameters are set to
        """
        listening = {each.address: each.rate_hz for each in (*self._targets, *subscribers)}
        for gone in self._due_s.keys() - listening.keys():
            del self._due_s[gone], self._echoed[gone]
        due = [address for address in listening if now_s >= self._due_s.get(address, -math.inf) - _SLACK_S]
        if not due:
            return
        always = [_datagram(address, value) for address, value in told().items()]
        now = dict(echoed())
        for receiver in due:
            period_s = 1.0 / listening[receiver]
            self._due_s[receiver] = max(self._due_s.get(receiver, now_s) + period_s, now_s)
            before = self._echoed.get(receiver, {})
            self._echoed[receiver] = now
            changed = [_datagram(address, value) for address, value in now.items() if before.get(address) != value]
            for datagram in (*always, *changed):
                try:
                    self._socket.sendto(datagram, receiver)
                except OSError:
                    self.errors += 1

    def close(self) -> None:
        """Send no more."""
        self._socket.close()


def resolve(text: str) -> Address:
    """`HOST:PORT` as numbers. Raises ControlError when it cannot be read, or the host is not known."""
    address = endpoint(text)
    try:
        found = socket.getaddrinfo(*address, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        raise ControlError(f"OSC address {text!r}: the host {address[0]!r} is not known") from None
    host, port = found[0][4][:2]
    return str(host), int(port)


def _datagram(address: str, value: Arg) -> bytes:
    builder = OscMessageBuilder(address)
    builder.add_arg(value)
    datagram: bytes = builder.build().dgram
    return datagram
