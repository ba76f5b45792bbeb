"""A million HTTP requests and WebSocket messages at an OSCQuery server, good, damaged and hostile: run by hand.

    python tools/soak/oscquery_fuzz.py [--requests 100000] [--messages 900000] [--seed 0]

Sends from this process to a server in it, polls it at 60 Hz as a show does, and prints what arrived, what was counted
beside what should have been, how late the poll came (the picture's share of it), and how much memory it took.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from artwalks_live.core.osc_names import WRITE, Node, nodes
from artwalks_live.core.osc_packet import PacketError, is_pattern, matching, parse
from artwalks_live.core.osc_tree import Tree
from artwalks_live.core.osc_write import message
from artwalks_live.core.show import PARAMS
from artwalks_live.io.oscquery import OscQuery

PATIENCE_S = 30.0
TREE = Tree([*nodes(PARAMS, ["vj"]), Node("/deep/er/still", "", "f", WRITE)])
VALUES = {param.address: param.default for param in PARAMS}
_SETTABLE = [address for address, node in TREE.nodes.items() if node.access & WRITE]
_UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


def requests(chance: random.Random) -> Iterator[tuple[bytes, str]]:
    """HTTP requests without end, each with the counter that it must raise: requests, malformed or refused."""
    while True:
        path = chance.choice(_SETTABLE) if chance.random() < 0.6 else "/" + _text(chance, 60)
        query = chance.choice(["", "?VALUE", "?HOST_INFO", "?RANGE&TYPE", "?" + _text(chance, 20)])
        target = (path + query).replace(" ", "")
        head = f"Host: 127.0.0.1\r\nX: {_text(chance, 30)}\r\n"
        kind = chance.randrange(9)
        if kind < 3:
            yield f"GET {target} HTTP/1.1\r\n{head}\r\n".encode(), "requests"
        elif kind == 3:
            method = chance.choice(["POST", "PUT", "OPTIONS", "HEAD", "get", "TRACE"])
            yield f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode(), "requests"
        elif kind == 4:
            yield chance.randbytes(chance.randint(1, 400)).replace(b"HTTP", b"PTTH") + b"\r\n", "malformed"
        elif kind == 5:
            whole = f"GET {target} HTTP/1.1\r\n{head}\r\n".encode()
            yield whole[: chance.randint(0, len(whole) - 3)], "malformed"
        elif kind == 6:
            hostile = [
                "GET /" + "a" * 20000 + " HTTP/1.1\r\n\r\n",
                f"GET {target} HTTP/1.1\r\n" + "A: b\r\n" * 500 + "\r\n",
                f"GET {target} HTTP/1.1\r\nA: " + "b" * 20000 + "\r\n\r\n",
                f"GET {target} HTTP/9.9\r\n\r\n",
                f"GET {target} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
            ]
            yield chance.choice(hostile).encode(), "malformed"
        elif kind == 7:
            yield f"GET {target} HTTP/1.1\r\n{head}{_UPGRADE}Sec-WebSocket-Key: no key\r\n\r\n".encode(), "refused"
        else:
            other = f"{head}{_UPGRADE}{_KEY}Origin: https://evil.example\r\n"
            yield f"GET {target} HTTP/1.1\r\n{other}\r\n".encode(), "refused"


def messages(chance: random.Random) -> Iterator[tuple[str | bytes, str]]:
    """WebSocket messages without end, each with the counter that it must raise; "" where it is sound."""
    while True:
        sound = message(chance.choice(_SETTABLE), chance.random())
        kind = chance.randrange(8)
        if kind < 2:
            yield sound, ""
        elif kind == 2:
            damaged = bytearray(sound)
            for _ in range(chance.randint(1, 5)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            yield _judged(bytes(damaged[: chance.randint(0, len(damaged))]))
        elif kind == 3:
            yield _judged(
                message(chance.choice(["/*/*", "/walk/*", "/{,}{,}{,}", "/[z-a]", "/[", "/" + "*a" * 200]), 1.0)
            )
        elif kind == 4:
            yield message("/no" + _text(chance, 20).replace("*", "").translate(_PLAIN), 1.0), "unknown"
        elif kind == 5:
            command = chance.choice(["LISTEN", "IGNORE"])
            yield json.dumps({"COMMAND": command, "DATA": chance.choice(list(TREE.nodes))}), ""
        elif kind == 6:
            yield json.dumps({"COMMAND": "LISTEN", "DATA": "/no/" + _text(chance, 20)}), "unknown"
        else:
            junk: list[str] = [
                "[" * chance.randint(1, 4000),
                '{"COMMAND": "LISTEN", "DATA": ' + "9" * chance.randint(1, 5000) + "}",
                json.dumps({"COMMAND": _text(chance, 9), "DATA": "/walk/speed"}),
                json.dumps({"COMMAND": "LISTEN"}),
                json.dumps({"COMMAND": ["LISTEN"], "DATA": {}}),
                _text(chance, 100),
            ]
            yield chance.choice(junk), "malformed"


def frames(chance: random.Random) -> Iterator[bytes]:
    """Bytes after a handshake that are no WebSocket frames a client may send: each ends its connection."""
    while True:
        unmasked = struct.pack(">BB", 0x82, 4) + b"abcd"
        reserved = struct.pack(">BB", 0xF2, 0x80) + b"\0" * 4
        endless = struct.pack(">BBQ", 0x82, 0xFF, 2**62) + b"\0" * 8
        opcode = struct.pack(">BB", 0x80 | chance.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), 0x80) + b"\0" * 4
        not_utf8 = struct.pack(">BB", 0x81, 0x82) + b"\0" * 4 + b"\xff\xfe"
        yield chance.choice([unmasked, reserved, endless, opcode, not_utf8]) + chance.randbytes(chance.randint(0, 50))


_PLAIN = str.maketrans("", "", "?*[]{}")


def _text(chance: random.Random, most: int) -> str:
    return "".join(chr(chance.randint(33, 126)) for _ in range(chance.randint(1, most)))


def _judged(packet: bytes) -> tuple[bytes, str]:
    """A packet with what it must be counted as; one that means several things is counted by the first unknown."""
    try:
        found = parse(packet)
        reached = [
            matching(each.address, _SETTABLE) if is_pattern(each.address) else each.address in _SETTABLE
            for each in found
        ]
    except PacketError:
        return packet, "malformed"
    return packet, "" if all(reached) else "unknown"


def ask(port: int, raw: bytes, *, whole: bool = False) -> bytes:
    """Send bytes to the server and return all it says until it closes. whole: even these are all it waits for."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves no TIME_WAIT
        said = b""
        try:
            asking.sendall(raw)
            if not whole and not raw.endswith(b"\r\n\r\n"):
                asking.shutdown(socket.SHUT_WR)  # nothing more comes: half a request is not waited for
            while more := asking.recv(65536):
                said += more
        except (ConnectionResetError, BrokenPipeError):
            pass  # it closes on what it will not read to the end
        return said


def upgraded(port: int, raw: bytes) -> None:
    """Send bytes after a good handshake, and wait until the server closes."""
    ask(port, f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{_UPGRADE}{_KEY}\r\n".encode() + raw, whole=True)


def converse(port: int, chance: random.Random, count: int, heard: Callable[[], int]) -> Counter[str]:
    """Send so many WebSocket messages over one connection; what they must be counted as.

    heard   how many messages the server has counted: the connection is kept until it has heard all of these
    """
    expected: Counter[str] = Counter()
    all_of_them = heard() + count
    with connect(f"ws://127.0.0.1:{port}", max_queue=None, compression=None) as talking:
        reader = threading.Thread(target=_drain, args=(talking,), daemon=True)
        reader.start()
        for (text, what), _ in zip(messages(chance), range(count), strict=False):
            talking.send(text)
            expected[what] += 1
        assert talking.ping().wait(PATIENCE_S), "the server hangs"
        deadline = time.monotonic() + PATIENCE_S
        while heard() < all_of_them:
            assert time.monotonic() < deadline, "the server hangs"
            time.sleep(0.001)
    return expected


def _drain(talking: object) -> None:
    try:
        for _ in talking:  # type: ignore[attr-defined]
            pass
    except ConnectionClosed:
        pass


class Show(threading.Thread):
    """Polls at 60 Hz and tells new values, as a show does; `late_ms` are how late each poll came."""

    def __init__(self, server: OscQuery) -> None:
        super().__init__(daemon=True)
        self.server, self.late_ms, self.events, self.ending = server, [0.0], 0, threading.Event()

    def run(self) -> None:
        due_s = time.monotonic()
        while not self.ending.is_set():
            self.events += len(self.server.poll())
            self.server.tell(TREE, {**VALUES, "/walk/speed": due_s % 8})
            due_s = max(due_s + 1 / 60, time.monotonic())
            time.sleep(max(0.0, due_s - time.monotonic()))
            self.late_ms.append((time.monotonic() - due_s) * 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=900_000)
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    chance, expected = random.Random(a.seed), Counter[str]()
    server = OscQuery("127.0.0.1", 0, name="soak", ordered=[], clock=None)
    server.tell(TREE, VALUES)
    show = Show(server)
    show.start()
    port, began_s, kb = server.address[1], time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for (raw, what), _ in zip(requests(chance), range(a.requests), strict=False):
        ask(port, raw)
        expected[what] += 1
    asked_s = time.monotonic() - began_s
    for _ in range(0, a.messages, 10_000):
        expected += converse(port, chance, 10_000, lambda: server.counts.messages)
        upgraded(port, next(frames(chance)))
        expected["malformed"] += 1
    assert b"200 OK" in ask(port, b"GET /walk/speed HTTP/1.1\r\n\r\n")
    expected["requests"] += 1
    talked_s = time.monotonic() - began_s - asked_s
    print(f"{a.requests} requests in {asked_s:.0f} s, {a.messages} messages in {talked_s:.0f} s")
    print(f"counted   {server.counts}\nexpected  {dict(expected)}")
    late = sorted(show.late_ms)
    p50, p99 = (late[len(late) * share // 100] for share in (50, 99))
    print(f"{show.events} events; the poll came late by p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    print(f"memory +{(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - kb) / 1024:.1f} MB")
    show.ending.set()
    show.join()
    server.close()


if __name__ == "__main__":
    main()
