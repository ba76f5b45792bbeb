"""OSC over real UDP on loopback, with a real client."""

from __future__ import annotations

import random
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
from artwalks_live.core.osc_door import Allowed, endpoint
from artwalks_live.core.osc_flood import Newest
from artwalks_live.io.osc import QUEUE_EVENTS, SUBSCRIBERS, OscSender, OscServer, Subscriber
from tools.soak.osc_flood import packets

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


def test_a_flood_of_one_value_is_decoded_once(server: OscServer, client: SimpleUDPClient) -> None:
    for value in range(500):
        client.send_message("/flow/strength", value / 500)
        if value % 100 == 99:
            until(lambda value=value: server.counts.received > value)
    client.send_message("/walk/position", 3.0)
    strength, position = received(server, 501)
    assert (strength.address, strength.args[0], position.args) == ("/flow/strength", pytest.approx(499 / 500), (3.0,))
    assert server.counts.replaced == 499


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
    sender.send(10.0, lambda: {"/walk/position": 1.5, "/walk/painting": 2}, subscribers=server.subscribers)
    sender.send(10.0 + 0.02, lambda: {"/walk/position": 9.0}, subscribers=server.subscribers)
    sender.send(10.0 + 0.04, lambda: {"/walk/position": 1.75}, subscribers=server.subscribers)
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
    assert server.subscribers == tuple(
        Subscriber(("127.0.0.1", port), 30.0) for port in range(7003, 7003 + SUBSCRIBERS)
    )
    assert server.counts.unknown == 2


def test_nobody_listening_is_no_fault() -> None:
    sender = OscSender(["127.0.0.1:9"])
    for second in range(50):
        sender.send(float(second), lambda: {"/walk/position": 1.0})
    sender.close()


def test_what_cannot_be_sent_is_counted() -> None:
    sender = OscSender(["255.255.255.255:9"])  # broadcast is refused by the system
    sender.send(0.0, lambda: {"/walk/position": 1.0, "/clock/beat": 2.0})
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


def test_inputs_of_routes_are_taken_while_somebody_listens(server: OscServer, client: SimpleUDPClient) -> None:
    client.send_message("/td/low", 0.25)
    assert received(server, 1) == []
    server.listen_to(frozenset({"osc/td/low", "midi/cc/1/74"}))
    for value in (0.5, 0.75):
        client.send_message("/td/low", value)
    client.send_message("/input/midi/cc/1/74", 0.25)
    assert received(server, 4) == [Event("/input/osc/td/low", (0.75,)), Event("/input/midi/cc/1/74", (0.25,))]
    client.send_message("/td/*", 1.0)
    assert received(server, 5) == [Event("/input/osc/td/low", (1.0,))]
    server.listen_to(frozenset())
    client.send_message("/td/low", 1.0)
    assert received(server, 6) == []
    assert (server.counts.unknown, server.counts.replaced) == (2, 1)


def test_a_damaged_datagram_does_not_take_the_place_of_a_good_one(server: OscServer, client: SimpleUDPClient) -> None:
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.send_message("/flow/strength", 0.5)
    until(lambda: server.counts.received == 1)
    for damaged in (b"/flow/strength\0\0,f\0\0\0", b"/flow/strength\0\0,f", b"/flow/strength\0\0,"):
        outgoing.sendto(damaged, server.address)
    outgoing.close()
    assert received(server, 4) == [Event("/flow/strength", (0.5,))]
    assert (server.counts.malformed, server.counts.replaced) == (3, 0)


@pytest.mark.parametrize("hz", [24.0, 25.0, 45.0])
def test_a_rate_between_frames_is_kept_in_the_mean(hz: float) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    sender = OscSender()
    for frame in range(241):
        sender.send(frame / 60, lambda: {"/walk/position": 1.0}, subscribers=(Subscriber(listener.getsockname(), hz),))
    assert len(_all(listener)) == pytest.approx(4 * hz, abs=2)
    sender.close()
    listener.close()


def test_random_datagrams_are_counted_and_stop_nothing(server: OscServer, client: SimpleUDPClient) -> None:
    chance, outgoing = random.Random(7), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made = packets(chance, 0.3)
    for number in range(1, 3001):
        outgoing.sendto(next(made), server.address)
        if number % 100 == 0:
            until(lambda number=number: server.counts.received >= number)
    outgoing.close()
    client.send_message("/flow/strength", 0.25)
    until(lambda: server.counts.received == 3001)
    until(lambda: Event("/flow/strength", (0.25,)) in server.poll())
    assert server.counts.malformed > 500 and server.counts.unknown > 100


def test_strangers_are_refused_and_counted() -> None:
    server = OscServer(
        "127.0.0.1:0", latest=["/flow/strength"], ordered=[], allowed=Allowed("10.0.0.0/8, 192.168.1.20")
    )
    client = SimpleUDPClient(*server.address)
    client.send_message("/flow/strength", 1.0)
    client.send_message("/show/subscribe", 9000)
    assert received(server, 2) == []
    assert (server.counts.refused, server.counts.last_refused, server.subscribers) == (2, "127.0.0.1", ())
    client._sock.close()
    server.close()


def test_friends_are_single_or_whole_networks() -> None:
    friends = Allowed("10.0.0.0/8, 192.168.1.20")
    assert [friends.lets_in(host) for host in ("10.2.3.4", "192.168.1.20", "192.168.1.21", "127.0.0.1")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert Allowed("").lets_in("8.8.8.8")
    with pytest.raises(ControlError, match=r"--osc-allow 'studio': write addresses or networks"):
        Allowed("studio")


def test_each_subscriber_is_told_as_often_as_it_asks_and_of_values_only_what_changed() -> None:
    listeners = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for listener in listeners:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(PATIENCE_S)
    often, seldom = (Subscriber(each.getsockname(), rate) for each, rate in zip(listeners, (10.0, 1.0), strict=True))
    sender, glow = OscSender(), 0.0
    for tenth in range(21):
        glow = 0.5 if tenth >= 15 else 0.0
        values = {"/bloom/amount": glow, "/flow/push": 0.0}
        sender.send(tenth * 0.1 + 1e-9, lambda: {"/walk/position": 1.0}, lambda values=values: values, (often, seldom))
    told = [_all(each) for each in listeners]
    assert [sum(address == "/walk/position" for address, _ in each) for each in told] == [21, 3]
    for each in told:
        assert [value for address, value in each if address == "/bloom/amount"] == [[0.0], [0.5]]
        assert sum(address == "/flow/push" for address, _ in each) == 1
    sender.close()
    for listener in listeners:
        listener.close()


def _all(listener: socket.socket) -> list[tuple[str, list[object]]]:
    """Every message that waits at a socket; on loopback what was sent is there."""
    listener.setblocking(False)
    found = []
    try:
        while True:
            message = OscMessage(listener.recv(4096))
            found.append((message.address, message.params))
    except BlockingIOError:
        return found


@pytest.mark.parametrize("rate", [0.0, -1.0, 1000.0, "often"])
def test_a_rate_that_cannot_be_is_no_subscription(server: OscServer, client: SimpleUDPClient, rate: object) -> None:
    client.send_message("/show/subscribe", [9000, rate])
    assert received(server, 1) == []
    assert (server.subscribers, server.counts.unknown) == ((), 1)


def test_the_newest_is_kept_by_the_bytes_of_its_address() -> None:
    newest = Newest(["/a", "/bb"])
    a, b, other = b"/a\0\0,f\0\0\0\0\0\1", b"/bb\0,f\0\0\0\0\0\2", b"/c\0\0,f\0\0\0\0\0\3"
    took = [newest.take(i, datagram, ("h", 1), 0.0) for i, datagram in enumerate([a, b, other, a, b"", b"#bundle\0"])]
    assert took == [True, True, False, True, False, False]
    assert [number for number, *_ in newest.drain()] == [1, 3]
    assert newest.replaced == 1 and newest.drain() == []
