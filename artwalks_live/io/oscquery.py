"""OSCQuery: programs read over HTTP what a show answers to, and listen to its values over a WebSocket.

Like the OSC room it trusts nothing that arrives and never makes the picture wait: a thread of its own reads, answers
and tells, at a pace that leaves the machine to the render thread, which only lays down what is to be told and picks
up what was asked. Everything is bounded, and what goes over a bound is counted.

Source: OSCQuery proposal, https://github.com/Vidvox/OSCQueryProposal
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Arg, Event
from artwalks_live.core.osc_listener import Listener
from artwalks_live.core.osc_names import WRITE, told_as
from artwalks_live.core.osc_packet import Message, PacketError, is_pattern, matching, parse
from artwalks_live.core.osc_tree import Host, Tree, changed
from artwalks_live.core.osc_write import message

CONNECTIONS = 64
LISTENERS = 32
LONGEST_MESSAGE = 1 << 16
QUEUE_EVENTS = 1024
LONGEST_HOLD_S = 1.0
RATE_HZ = 30.0
SLOW_BYTES = 1 << 18
"""A listener with more than this on its way to it reads too slowly: it is dropped, and may come back."""
_LONGEST_COMMAND = 4096
_A_MESSAGE_S, _A_REQUEST_S, _SHORTEST_S = 0.0005, 0.005, 0.001
"""Rests after each, several times what it takes of the interpreter, which the picture needs too."""
_CLOSING_S = 2.0
_NOT_UTF8 = 1007  # RFC 6455, 7.4.1
_PAGES = [None, re.compile(r"https?://(localhost|127\.0\.0\.1)(:\d{1,5})?")]
"""Web pages of this machine may open a WebSocket, and programs, which name no page; another site's page may not."""
_QUIET = logging.getLogger("artwalks_live.io.oscquery")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False  # the wild outside is counted, not written down


@dataclass(slots=True)
class QueryCounts:
    """What came.

    requests    HTTP requests that were answered
    messages    WebSocket messages
    malformed   connections that brought no HTTP request or no WebSocket frame (they are closed), and messages that
                are neither OSC nor a known command
    unknown     messages and commands for an address that is not there, or cannot be set or read
    refused     connections turned away: too many, from a host not admitted, or from a web page of another site
    slow        listeners dropped because they did not read
    dropped     commands turned away because QUEUE_EVENTS were waiting
    """

    requests: int = 0
    messages: int = 0
    malformed: int = 0
    unknown: int = 0
    refused: int = 0
    slow: int = 0
    dropped: int = 0


class OscQuery:
    """Serves OSCQuery at host:port and hands out what its clients ask for, as Events.

    name      as people see it
    ordered   addresses of which each message matters; of all others only the newest value does
    clock     stamps the events
    admits    whether a host (its IPv4 address) may connect

    Raises ControlError when the TCP port cannot be listened on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        name: str,
        ordered: Collection[str],
        clock: Clock | None,
        admits: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._socket = _listen(host, port)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self.host = Host(name, *self.address)
        self._clock, self._ordered_addresses, self._admits = clock, frozenset(ordered), admits
        self._lock = threading.Lock()
        self._counts = QueryCounts()
        self._sequence = 0
        self._latest: dict[str, tuple[int, Event]] = {}
        self._ordered: list[tuple[int, Event]] = []
        self._tree = Tree(())
        self._told: tuple[Tree, Mapping[str, Arg]] = (self._tree, {})
        self._clients: dict[ServerConnection, Listener] = {}
        self._open = 0
        self._owed_s = 0.0
        self._turn = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="oscquery", daemon=True)
        self._thread.start()

    # --- the render thread ------------------------------------------------------------------------------------

    @property
    def counts(self) -> QueryCounts:
        with self._lock:
            return replace(self._counts)

    @property
    def listeners(self) -> int:
        """How many WebSockets are open."""
        return len(self._clients)

    def tell(self, tree: Tree, values: Mapping[str, Arg]) -> None:
        """What can be asked from now on, and what it stands at. Neither may be changed afterwards. Takes no time."""
        self._told = (tree, values)

    def poll(self) -> list[Event]:
        """What clients asked for since the last call, in the order of arrival. Never waits."""
        if not self._sequence:
            return []
        with self._lock:
            waiting = [*self._ordered, *self._latest.values()]
            self._ordered.clear()
            self._latest.clear()
        return [event for _, event in sorted(waiting, key=lambda item: item[0])]

    def close(self) -> None:
        """Tell the clients good-bye and stop."""
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(_CLOSING_S + 1.0)
        self._socket.close()

    # --- the thread of its own --------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = serve(
            self._attend,
            sock=self._socket,
            process_request=self._answer,
            create_connection=_counted_by(self),
            origins=_PAGES,
            compression=None,
            open_timeout=5,
            close_timeout=_CLOSING_S,
            max_size=LONGEST_MESSAGE,
            write_limit=SLOW_BYTES,
            server_header=None,
            logger=_QUIET,
        )
        async with server:
            pump = asyncio.create_task(self._pump())
            await self._ending.wait()
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    async def _rest(self, for_s: float) -> None:
        """Leave the machine to the picture for so long, whoever's turn it is; short rests are put together."""
        async with self._turn:
            self._owed_s += for_s
            if self._owed_s >= _SHORTEST_S:
                owed_s, self._owed_s = self._owed_s, 0.0
                await asyncio.sleep(owed_s)

    def _count(self, what: str, more: int = 1) -> None:
        with self._lock:
            setattr(self._counts, what, getattr(self._counts, what) + more)

    def arrived(self, host: str) -> bool:
        """A TCP connection came; False: there are too many, or its host is not admitted."""
        self._open += 1
        welcome = self._open <= CONNECTIONS and self._admits(host)
        if not welcome:
            self._count("refused")
        return welcome

    def left(self, wrong: str) -> None:
        """A TCP connection ended; wrong: what to count it as, "" for nothing."""
        self._open -= 1
        if wrong:
            self._count(wrong)

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer an HTTP request; None where a WebSocket is to be opened."""
        await self._rest(_A_REQUEST_S)
        if request.method != "GET":
            self._count("requests")
            return _response(405, None)
        if "websocket" in (text.lower() for text in request.headers.get_all("Upgrade")):
            if len(self._clients) < LISTENERS:
                return None
            self._count("refused")
            return _response(503, None)
        tree, values = self._told
        self._count("requests")
        return _response(*tree.answer(request.path, values, self.host))

    async def _attend(self, connection: ServerConnection) -> None:
        """Listen to one WebSocket until it closes."""
        self._catch_up()  # the newcomer knows the newest tree: only those before it are told of the change
        listener = self._clients[connection] = Listener()
        try:
            async for text in connection:
                await self._rest(_A_MESSAGE_S)
                self._count("messages")
                if isinstance(text, bytes):
                    self._take(text, listener, connection)
                else:
                    self._command(text, listener)
        except ConnectionClosed:
            pass
        finally:
            del self._clients[connection]

    def _command(self, text: str, listener: Listener) -> None:
        try:
            given = json.loads(text) if len(text) <= _LONGEST_COMMAND else None
        except (ValueError, RecursionError):
            given = None
        command, path = (given.get("COMMAND"), given.get("DATA")) if isinstance(given, dict) else (None, None)
        if command not in ("LISTEN", "IGNORE") or not isinstance(path, str):
            self._count("malformed")
        elif path not in self._told[0].nodes:
            self._count("unknown")
        elif command == "LISTEN":
            listener.listen(path)
        else:
            listener.ignore(path)

    def _take(self, packet: bytes, listener: Listener, sender: ServerConnection) -> None:
        try:
            found = [(each, self._reach(each.address)) for each in parse(packet)]
        except PacketError:
            self._count("malformed")
            return
        for each, reached in found:
            if not reached:
                self._count("unknown")
            for address in reached:
                self._deliver(address, each)
                self._pass_on(address, each, listener, sender)

    def _reach(self, address: str) -> tuple[str, ...]:
        nodes = self._told[0].nodes
        if is_pattern(address):
            return matching(address, (each for each, node in nodes.items() if node.access & WRITE))
        node = nodes.get(address)
        return (address,) if node is not None and node.access & WRITE else ()

    def _deliver(self, address: str, given: Message) -> None:
        """Lay a message down for the render thread; one with a time tag ahead is kept by the show until then."""
        ahead_s = 0.0 if given.due_s is None else given.due_s - time.time()
        ahead_s = ahead_s if 0.0 < ahead_s <= LONGEST_HOLD_S else 0.0
        event = Event(address, given.args)
        if self._clock is not None:
            event = replace(event, time_s=self._clock.now() + ahead_s)
        with self._lock:
            self._sequence += 1
            if not ahead_s and address not in self._ordered_addresses:
                self._latest[address] = (self._sequence, event)
            elif len(self._ordered) < QUEUE_EVENTS:
                self._ordered.append((self._sequence, event))
            else:
                self._counts.dropped += 1

    def _pass_on(self, address: str, given: Message, listener: Listener, sender: ServerConnection) -> None:
        """What has a value is told when it changes; what has none (a trigger) is passed on to those who listen."""
        if address in self._told[1]:
            if given.args:
                listener.said(address, given.args[0], self._loop.time())
            return
        others = [each for each, who in self._clients.items() if each is not sender and address in who.addresses]
        self._send(others, message(address, *given.args))

    # telling

    async def _pump(self) -> None:
        before: Mapping[str, Arg] = {}
        while True:
            await asyncio.sleep(1.0 / RATE_HZ)
            tree, values = self._catch_up()
            news = [address for address, value in values.items() if before.get(address) != value]
            before = values
            for connection, listener in list(self._clients.items()):
                listener.changed(news)
                for address, value in listener.due(values, self._loop.time()):
                    self._send([connection], message(address, told_as(tree.nodes[address].type, value)))

    def _catch_up(self) -> tuple[Tree, Mapping[str, Arg]]:
        """What there is to tell now; the clients are told of a changed tree first."""
        told = self._told
        if told[0] is not self._tree:
            before, self._tree = self._tree, told[0]
            if (path := changed(before, self._tree)) is not None:
                self._renew(self._tree, path)
        return told

    def _renew(self, after: Tree, path: str) -> None:
        for listener in self._clients.values():
            for address in listener.addresses - after.nodes.keys():
                listener.ignore(address)
        self._send(list(self._clients), json.dumps({"COMMAND": "PATH_CHANGED", "DATA": path}))

    def _send(self, to: list[ServerConnection], text: bytes | str) -> None:
        for connection in to:
            if connection.transport.is_closing():
                continue
            if connection.transport.get_write_buffer_size() > SLOW_BYTES:
                self._count("slow")
                connection.transport.abort()
            else:
                broadcast([connection], text)


def _counted_by(door: OscQuery) -> type[ServerConnection]:
    """A connection that a door counts from its first byte to its last."""

    class Counted(ServerConnection):
        welcome = True

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.welcome = door.arrived(str((transport.get_extra_info("peername") or ("",))[0]))
            if not self.welcome:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            stumbled, sent = self.protocol.parser_exc, self.protocol.close_sent
            no_frame = stumbled is not None and not isinstance(stumbled, EOFError)
            if self.request is None or no_frame or (sent is not None and sent.code == _NOT_UTF8):
                wrong = "malformed"
            else:
                wrong = "refused" if self.protocol.handshake_exc is not None else ""
            door.left(wrong if self.welcome else "")

    return Counted


def _response(status: int, found: Mapping[str, object] | None) -> Response:
    known = http.HTTPStatus(status)
    body = b"" if found is None else json.dumps(found, allow_nan=False).encode()
    headers = Headers({"Connection": "close", "Cache-Control": "no-cache"})
    if status == 405:
        headers["Allow"] = "GET"
    if status != 204:
        headers["Content-Length"] = str(len(body))
        headers["Content-Type"] = "application/json"
    return Response(status, known.phrase, headers, body)


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SLOW_BYTES)  # or megabytes wait in the kernel,
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LONGEST_MESSAGE)  # seconds late
        listening.bind((host, port))
        listening.listen(CONNECTIONS)
    except OSError as error:
        listening.close()
        raise ControlError(f"OSCQuery cannot listen on TCP port {port} of {host}: {error.strerror}") from None
    return listening
