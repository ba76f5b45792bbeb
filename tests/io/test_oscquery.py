"""OSCQuery over real sockets on loopback, asked by clients that share nothing with the server."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from artwalks_live.core.clock import LiveClock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event
from artwalks_live.core.osc_names import READ, Node, Route, nodes
from artwalks_live.core.osc_tree import Tree
from artwalks_live.io.oscquery import CONNECTIONS, LISTENERS, LONGEST_MESSAGE, QUEUE_EVENTS, OscQuery
from tests.oscquery_rules import broken
from tools.soak import oscquery_fuzz as fuzz

PATIENCE_S = 20.0
SPEED = "/walk/speed"


@pytest.fixture
def server() -> Iterator[OscQuery]:
    serving = OscQuery("127.0.0.1", 0, name="artwalks", ordered=["/walk/next", "/clock/tap"], clock=None)
    serving.tell(fuzz.TREE, fuzz.VALUES)
    yield serving
    serving.close()


@pytest.fixture
def client(server: OscQuery) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{server.address[1]}") as talking:
        until(lambda: server.listeners == 1)
        yield talking


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


def get(server: OscQuery, target: str, method: str = "GET") -> tuple[int, Any, dict[str, str]]:
    """Status, JSON and headers of an answer."""
    asking = http.client.HTTPConnection(*server.address, timeout=PATIENCE_S)
    asking.request(method, target)
    answer = asking.getresponse()
    body = answer.read()
    asking.close()
    return answer.status, json.loads(body) if body else None, dict(answer.getheaders())


def osc(address: str, *args: object) -> bytes:
    builder = OscMessageBuilder(address)
    for arg in args:
        builder.add_arg(arg)
    return bytes(builder.build().dgram)


def command(word: str, path: object) -> str:
    return json.dumps({"COMMAND": word, "DATA": path})


def heard(talking: ClientConnection) -> tuple[str, list[object]]:
    """The next OSC message."""
    packet = talking.recv(PATIENCE_S)
    assert isinstance(packet, bytes)
    message = OscMessage(packet)
    return message.address, message.params


def received(server: OscQuery, count: int) -> list[Event]:
    until(lambda: server.counts.messages >= count)
    return server.poll()


def test_the_namespace_is_read_over_http(server: OscQuery) -> None:
    status, root, headers = get(server, "/")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert list(broken(root, "/")) == []
    assert root["CONTENTS"]["walk"]["CONTENTS"]["speed"]["VALUE"] == [1.0]
    assert get(server, f"{SPEED}?VALUE")[:2] == (200, {"VALUE": [1.0]})
    assert get(server, "/?HOST_INFO")[1]["OSC_PORT"] == server.address[1]
    assert server.counts.requests == 3


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [("/walk/next?VALUE", "GET", 204), ("/walk?NO", "GET", 400), ("/no", "GET", 404), ("/", "POST", 405)],
)
def test_what_cannot_be_answered_says_so_in_its_status(server: OscQuery, target: str, method: str, status: int) -> None:
    assert get(server, target, method)[:2] == (status, None)


def test_what_a_client_sets_becomes_events_in_order(server: OscQuery, client: ClientConnection) -> None:
    client.send(osc("/walk/next"))
    client.send(osc(SPEED, 0.25))
    client.send(osc(SPEED, 0.5))
    client.send(osc("/clock/tap"))
    client.send(osc("/walk/next", 1.0))
    assert received(server, 5) == [
        Event("/walk/next"),
        Event(SPEED, (0.5,)),
        Event("/clock/tap"),
        Event("/walk/next", (1.0,)),
    ]
    assert server.poll() == []


def test_patterns_reach_what_can_be_set_only(server: OscQuery, client: ClientConnection) -> None:
    client.send(osc("/walk/{painting,speed,paintings}", 2.0))
    assert received(server, 1) == [Event(SPEED, (2.0,))]
    client.send(osc("/walk/painting", 2.0))
    assert received(server, 2) == []
    assert server.counts.unknown == 1


def test_events_are_stamped_and_time_tags_kept() -> None:
    clock = LiveClock()
    server = OscQuery("127.0.0.1", 0, name="artwalks", ordered=[], clock=clock)
    server.tell(fuzz.TREE, fuzz.VALUES)
    bundle = OscBundleBuilder(time.time() + 0.5)
    message = OscMessageBuilder(SPEED)
    message.add_arg(2.0)
    bundle.add_content(message.build())
    with connect(f"ws://127.0.0.1:{server.address[1]}") as client:
        before_s = clock.now()
        client.send(osc("/clock/tempo", 120.0))
        client.send(bundle.build().dgram)
        events = {event.address: event.time_s for event in received(server, 2)}
        after_s = clock.now()
    server.close()
    assert before_s <= events["/clock/tempo"] <= after_s
    assert 0.0 < events[SPEED] - before_s <= 0.5 + after_s - before_s


def test_a_listener_is_told_changes_until_it_ignores(server: OscQuery, client: ClientConnection) -> None:
    client.send(command("LISTEN", SPEED))
    assert heard(client) == (SPEED, [1.0])
    server.tell(fuzz.TREE, {**fuzz.VALUES, SPEED: 2.5})
    assert heard(client) == (SPEED, [2.5])
    client.send(command("IGNORE", SPEED))
    client.send(command("LISTEN", "/show/black_s"))
    assert heard(client)[0] == "/show/black_s"
    server.tell(fuzz.TREE, {**fuzz.VALUES, SPEED: 3.0, "/show/black_s": 2.0})
    assert heard(client) == ("/show/black_s", [2.0])


def test_the_one_who_sets_a_value_is_not_told_it_but_all_others_are(server: OscQuery) -> None:
    url = f"ws://127.0.0.1:{server.address[1]}"
    with connect(url) as hand, connect(url) as other:
        for each in (hand, other):
            each.send(command("LISTEN", SPEED))
            assert heard(each) == (SPEED, [1.0])
        hand.send(osc(SPEED, 0.5))
        (event,) = received(server, 3)
        server.tell(fuzz.TREE, {**fuzz.VALUES, SPEED: event.args[0]})
        assert heard(other) == (SPEED, [0.5])
        server.tell(fuzz.TREE, {**fuzz.VALUES, SPEED: 4.0})  # another hand
        assert (heard(hand), heard(other)) == ((SPEED, [4.0]), (SPEED, [4.0]))


def test_a_trigger_is_passed_on_to_those_who_listen(server: OscQuery, client: ClientConnection) -> None:
    client.send(command("LISTEN", "/walk/next"))
    client.send(command("LISTEN", SPEED))
    assert heard(client)[0] == SPEED
    with connect(f"ws://127.0.0.1:{server.address[1]}") as other:
        other.send(osc("/walk/next"))
        assert heard(client) == ("/walk/next", [])


def test_a_changed_namespace_is_told_and_what_is_gone_is_listened_to_no_more(
    server: OscQuery, client: ClientConnection
) -> None:
    routes = Tree(nodes(fuzz.PARAMS, ["vj"], [Route("level to walk.speed", 1.0)]))
    server.tell(routes, {**fuzz.VALUES, "/route/1/amount": 0.5})
    assert json.loads(client.recv(PATIENCE_S)) == {"COMMAND": "PATH_CHANGED", "DATA": "/"}
    client.send(command("LISTEN", "/route/1/amount"))
    assert heard(client) == ("/route/1/amount", [0.5])
    server.tell(fuzz.TREE, {**fuzz.VALUES, "/route/1/amount": 0.75})
    assert json.loads(client.recv(PATIENCE_S)) == {"COMMAND": "PATH_CHANGED", "DATA": "/"}
    client.send(command("LISTEN", SPEED))
    assert heard(client)[0] == SPEED


@pytest.mark.parametrize(
    ("said", "counter"),
    [
        (command("LISTEN", "/no/such"), "unknown"),
        (command("LISTEN", "/walk"), "unknown"),  # a container: the proposal listens to methods
        (command("LISTEN", 7), "malformed"),
        (command("SHOUT", SPEED), "malformed"),
        ("{", "malformed"),
        ("[" * 4000, "malformed"),
        ("9" * 5000, "malformed"),
        ("[]", "malformed"),
        (b"\xffnot osc", "malformed"),
        (osc("/walk/[", 1.0), "malformed"),
        (osc("/no/such", 1.0), "unknown"),
    ],
)
def test_what_cannot_be_used_is_counted_and_the_client_stays(
    server: OscQuery, client: ClientConnection, said: str | bytes, counter: str
) -> None:
    client.send(said)
    client.send(command("LISTEN", SPEED))
    assert heard(client) == (SPEED, [1.0])
    counts = server.counts
    assert (counts.messages, getattr(counts, counter), counts.malformed + counts.unknown) == (2, 1, 1)
    assert server.poll() == []


def test_a_page_of_another_site_is_refused_and_one_of_this_machine_is_not(server: OscQuery) -> None:
    url = f"ws://127.0.0.1:{server.address[1]}"
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin="https://evil.example"):
        pass
    until(lambda: server.counts.refused == 1)
    with connect(url, origin="http://localhost:8000") as talking:
        talking.send(command("LISTEN", SPEED))
        assert heard(talking)[0] == SPEED


def test_more_listeners_than_there_is_room_for_are_refused(server: OscQuery) -> None:
    url = f"ws://127.0.0.1:{server.address[1]}"
    with contextlib.ExitStack() as stack:
        for _ in range(LISTENERS):
            stack.enter_context(connect(url))
        until(lambda: server.listeners == LISTENERS)
        with pytest.raises(InvalidStatus, match="503"), connect(url):
            pass
        assert get(server, "/walk")[0] == 200
    until(lambda: server.listeners == 0)
    with connect(url):
        until(lambda: server.listeners == 1)


def test_more_connections_than_there_is_room_for_are_refused(server: OscQuery) -> None:
    idle = [socket.create_connection(server.address, PATIENCE_S) for _ in range(CONNECTIONS + 5)]
    until(lambda: server.counts.refused == 5)
    for each in idle:
        each.close()
    until(lambda: server.counts.malformed == CONNECTIONS)  # none of them brought a request
    assert get(server, "/walk")[0] == 200


def test_a_host_that_is_not_admitted_is_refused() -> None:
    def admits(host: str) -> bool:
        return host == "127.0.0.2"

    server = OscQuery("127.0.0.1", 0, name="artwalks", ordered=[], clock=None, admits=admits)
    server.tell(fuzz.TREE, fuzz.VALUES)
    try:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            get(server, "/walk")
        until(lambda: server.counts.refused == 1)
        asking = http.client.HTTPConnection(*server.address, timeout=PATIENCE_S, source_address=("127.0.0.2", 0))
        asking.request("GET", "/walk")
        assert asking.getresponse().status == 200
        asking.close()
    finally:
        server.close()


def test_a_message_too_long_ends_its_connection(server: OscQuery, client: ClientConnection) -> None:
    client.send(b"/" + b"a" * LONGEST_MESSAGE)
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(PATIENCE_S)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    until(lambda: server.counts.malformed == 1)


def test_a_flood_of_commands_is_bounded_and_counted(server: OscQuery, client: ClientConnection) -> None:
    for _ in range(QUEUE_EVENTS + 50):
        client.send(osc("/walk/next"))
    assert len(received(server, QUEUE_EVENTS + 50)) == QUEUE_EVENTS
    assert server.counts.dropped == 50


def test_a_listener_who_does_not_read_is_dropped(server: OscQuery) -> None:
    tree = Tree([Node("/long", "", "s", READ)])
    server.tell(tree, {"/long": "0"})
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(server.address)
        upgrade = f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{fuzz._UPGRADE}{fuzz._KEY}\r\n".encode()
        text = command("LISTEN", "/long").encode()
        deaf.sendall(upgrade)
        until(lambda: server.listeners == 1)
        deaf.sendall(struct.pack(">BB", 0x81, 0x80 | len(text)) + b"\0\0\0\0" + text)
        turn = iter(range(10**9))
        until(lambda: server.tell(tree, {"/long": f"{next(turn)}" * 50_000}) or server.counts.slow == 1)
        until(lambda: server.listeners == 0)


def test_damaged_and_hostile_input_is_counted_to_the_last_and_nothing_dies(server: OscQuery) -> None:
    chance, expected, port = random.Random(6), Counter[str](), server.address[1]
    for (raw, what), _ in zip(fuzz.requests(chance), range(500), strict=False):
        said = fuzz.ask(port, raw)
        expected[what] += 1
        if what == "requests":
            assert said.split(b" ", 2)[1] in (b"200", b"204", b"400", b"404", b"405")
    expected += fuzz.converse(port, chance, 3000, lambda: server.counts.messages)
    for raw, _ in zip(fuzz.frames(chance), range(50), strict=False):
        fuzz.upgraded(port, raw)
        expected["malformed"] += 1
    until(lambda: server.counts.malformed >= expected["malformed"])  # the last connection may still be closing
    counts = server.counts
    assert {name: getattr(counts, name) for name in expected if name} == {k: v for k, v in expected.items() if k}
    assert (counts.messages, counts.slow) == (3000, 0)
    assert get(server, SPEED)[0] == 200


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ControlError, match=f"OSCQuery cannot listen on TCP port {port} of 127.0.0.1: Address"):
            OscQuery("127.0.0.1", port, name="artwalks", ordered=[], clock=None)


def test_closing_says_good_bye(server: OscQuery, client: ClientConnection) -> None:
    server.close()
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(PATIENCE_S)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
