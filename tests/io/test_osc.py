"""OSC over real UDP on loopback, with a real client."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from artwalks_live.core.clock import LiveClock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event
from artwalks_live.io.osc import QUEUE_EVENTS, SUBSCRIBERS, OscSender, OscServer, endpoint

SHARED = Path(__file__).parents[3] / "shared" / "data" / "osc" / "datagrams"
PATIENCE_S = 10.0


@pytest.fixture
def server() -> Iterator[OscServer]:
    latest, ordered = ["/flow/strength", "/walk/position"], ["/clock/tap", "/walk/next"]
    listening = OscServer("127.0.0.1:0", latest=latest, ordered=ordered)
    yield listening
    listening.close()


@pytest.fixture
def client(server: OscServer) -> Iterator[SimpleUDPClient]:
    sending = SimpleUDPClient(*server.address)
    yield sending
    sending._sock.close()  # it has no close of its own


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


def received(server: OscServer, count: int) -> list[Event]:
    """The events of one poll, after so many datagrams have arrived."""
    until(lambda: server.counts.received >= count)
    return server.poll()


def test_messages_become_events_in_order(server: OscServer, client: SimpleUDPClient) -> None:
    client.send_message("/clock/tap", [])
    client.send_message("/flow/strength", 0.5)
    client.send_message("/walk/next", 1)
    assert received(server, 3) == [
        Event("/clock/tap"),
        Event("/flow/strength", (0.5,)),
        Event("/walk/next", (1,)),
    ]
    assert server.poll() == []


def test_of_a_value_only_the_newest_counts_and_of_a_command_each(server: OscServer, client: SimpleUDPClient) -> None:
    for value in range(100):
        client.send_message("/walk/position", float(value))
        client.send_message("/clock/tap", [])
    events = received(server, 200)
    assert [event for event in events if event.address == "/walk/position"] == [Event("/walk/position", (99.0,))]
    assert events.count(Event("/clock/tap")) == 100


def test_a_flood_of_commands_is_bounded_and_counted(server: OscServer, client: SimpleUDPClient) -> None:
    sent = QUEUE_EVENTS + 200
    for number in range(sent):
        client.send_message("/walk/next", number)
        if number % 100 == 99:
            until(lambda number=number: server.counts.received > number)
    assert received(server, sent) == [Event("/walk/next", (number,)) for number in range(QUEUE_EVENTS)]
    assert server.counts.dropped == 200


def test_patterns_reach_all_they_match(server: OscServer, client: SimpleUDPClient) -> None:
    client.send_message("/*/{strength,position}", 0.25)
    assert {event.address for event in received(server, 1)} == {"/flow/strength", "/walk/position"}


def test_unknown_addresses_are_counted(server: OscServer, client: SimpleUDPClient) -> None:
    client.send_message("/*/nothing", 1.0)
    client.send_message("/flow/strenght", 1.0)
    assert received(server, 2) == []
    assert (server.counts.unknown, server.counts.last_unknown) == (2, "/flow/strenght")


def test_garbage_is_counted_and_the_next_message_arrives(server: OscServer, client: SimpleUDPClient) -> None:
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    garbage = [b"", b"\0", b"/x", b"#bundle", b"\xff" * 2000, b"/a\0\0,f\0\0", b"/[\0\0,f\0\0\0\0\0\0"]
    for datagram in garbage:
        outgoing.sendto(datagram, server.address)
    outgoing.close()
    client.send_message("/flow/strength", 1.0)
    assert received(server, len(garbage) + 1) == [Event("/flow/strength", (1.0,))]
    assert server.counts.malformed == len(garbage)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared datagrams are not here")
def test_the_shared_datagrams_do_no_harm(server: OscServer, client: SimpleUDPClient) -> None:
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    files = sorted(SHARED.glob("*.bin"))
    for file in files:
        outgoing.sendto(file.read_bytes(), server.address)
    outgoing.close()
    client.send_message("/flow/strength", 1.0)
    assert received(server, len(files) + 1) == [Event("/flow/strength", (1.0,))]
    assert server.counts.malformed == 4


def timed(address: str, value: float, at_s: float) -> bytes:
    """A bundle of one message, to take effect at a Unix time."""
    builder = OscBundleBuilder(at_s)  # type: ignore[arg-type]
    message = OscMessageBuilder(address)
    message.add_arg(value)
    builder.add_content(message.build())  # type: ignore[arg-type]
    return builder.build().dgram


def test_a_time_tag_is_kept(server: OscServer) -> None:
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    due = time.time() + 0.3
    outgoing.sendto(timed("/flow/strength", 1.0, due), server.address)
    outgoing.sendto(timed("/walk/position", 2.0, time.time() - 100), server.address)
    outgoing.close()
    got = received(server, 2)
    until(lambda: got.extend(server.poll()) or len(got) == 2)
    assert got == [Event("/walk/position", (2.0,)), Event("/flow/strength", (1.0,))]
    assert time.time() >= due - 0.001


def test_a_clock_that_is_wrong_stalls_nothing(server: OscServer) -> None:
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outgoing.sendto(timed("/flow/strength", 1.0, time.time() + 3600), server.address)
    outgoing.close()
    assert received(server, 1) == [Event("/flow/strength", (1.0,))]
    assert server.counts.mistimed == 1


def test_only_loopback_is_listened_to_unless_a_host_is_named() -> None:
    assert endpoint("9000") == endpoint(":9000") == ("127.0.0.1", 9000)
    assert endpoint("0.0.0.0:9000") == ("0.0.0.0", 9000)


@pytest.mark.parametrize("text", ["", "host", "127.0.0.1:", "::port", "127.0.0.1:70000", "a:b:9000", ":-1", ":９000"])
def test_an_address_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ControlError, match="HOST:PORT"):
        OscServer(text, latest=[], ordered=[])


def test_a_port_in_use_is_named(server: OscServer) -> None:
    with pytest.raises(ControlError, match=f"OSC port {server.address[1]} on 127.0.0.1 is in use"):
        OscServer(f"127.0.0.1:{server.address[1]}", latest=[], ordered=[])


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(ControlError, match=r"OSC cannot listen on 192\.0\.2\.1:0"):
        OscServer("192.0.2.1:0", latest=[], ordered=[])


def heard(listener: socket.socket) -> OscMessage:
    """The next message at a socket."""
    listener.settimeout(PATIENCE_S)
    return OscMessage(listener.recv(4096))


def test_subscribers_hear_the_show(server: OscServer) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    message = OscMessageBuilder("/show/subscribe")
    listener.sendto(message.build().dgram, server.address)
    until(lambda: server.subscribers)
    sender = OscSender(rate_hz=30)
    sender.send(10.0, {"/walk/position": 1.5, "/walk/painting": 2}, server.subscribers)
    sender.send(10.0 + 0.02, {"/walk/position": 9.0}, server.subscribers)
    sender.send(10.0 + 0.04, {"/walk/position": 1.75}, server.subscribers)
    got = [heard(listener) for _ in range(3)]
    assert [(one.address, one.params) for one in got] == [
        ("/walk/position", [1.5]),
        ("/walk/painting", [2]),
        ("/walk/position", [1.75]),
    ]
    listener.sendto(OscMessageBuilder("/show/unsubscribe").build().dgram, server.address)
    until(lambda: not server.subscribers)
    sender.close()
    listener.close()


def test_subscribers_may_name_a_port_and_are_bounded(server: OscServer, client: SimpleUDPClient) -> None:
    for port in range(7001, 7001 + SUBSCRIBERS + 2):
        client.send_message("/show/subscribe", port)
    client.send_message("/show/subscribe", 70_000)
    client.send_message("/show/subscribe", "here")
    assert received(server, SUBSCRIBERS + 4) == []
    assert server.subscribers == tuple(("127.0.0.1", port) for port in range(7003, 7003 + SUBSCRIBERS))
    assert server.counts.unknown == 2


def test_nobody_listening_is_no_fault() -> None:
    sender = OscSender(["127.0.0.1:9"])
    for second in range(50):
        sender.send(float(second), {"/walk/position": 1.0})
    sender.close()


def test_what_cannot_be_sent_is_counted() -> None:
    sender = OscSender(["255.255.255.255:9"])  # broadcast is refused by the system
    sender.send(0.0, {"/walk/position": 1.0, "/clock/beat": 2.0})
    assert sender.errors == 2
    sender.close()


def test_a_host_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ControlError, match=r"host 'no-such-host\.invalid' is not known"):
        OscSender(["no-such-host.invalid:9000"])


def test_with_a_clock_events_are_stamped_as_they_come() -> None:
    clock = LiveClock()
    server = OscServer("127.0.0.1:0", latest=["/flow/strength"], ordered=["/clock/beat"], clock=clock)
    client = SimpleUDPClient(*server.address)
    before_s = clock.now()
    client.send_message("/clock/beat", 17)
    client.send_message("/flow/strength", 0.5)
    beat, strength = received(server, 2)
    assert (beat.address, beat.args, strength.args) == ("/clock/beat", (17,), (0.5,))
    assert before_s < beat.time_s <= strength.time_s < clock.now()
    client._sock.close()
    server.close()


def test_beats_as_abletonosc_sends_them_are_beats() -> None:
    server = OscServer("127.0.0.1:0", latest=[], ordered=["/clock/beat"])
    client = SimpleUDPClient(*server.address)
    client.send_message("/live/song/get/beat", 5)
    assert received(server, 1) == [Event("/clock/beat", (5,))]
    client._sock.close()
    server.close()
