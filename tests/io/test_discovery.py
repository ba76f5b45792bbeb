"""A show is found by mDNS on loopback, by a second process that knows nothing of it, and from nowhere else."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest

from artwalks_live.io.discovery import OSC, QUERY, Announcement

PATIENCE_S = 30.0
SEEK = """
import json, sys, threading
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

class Seen(ServiceListener):
    def add_service(self, network, kind, name):
        info = network.get_service_info(kind, name)
        if info is not None:
            print(json.dumps([kind, name, info.port, info.parsed_addresses()]), flush=True)
    def remove_service(self, network, kind, name):
        print(json.dumps([kind, "gone", 0, []]), flush=True)
    def update_service(self, network, kind, name):
        pass

network = Zeroconf(interfaces=["127.0.0.1"])
ServiceBrowser(network, sys.argv[1:], Seen())
sys.stdin.read()
network.close()
"""


ASK = """
import socket, struct, sys
host, own = sys.argv[1:]
words = b"".join(bytes([len(word)]) + word for word in (b"_oscjson", b"_tcp", b"local"))
question = struct.pack(">6H", 1, 0, 1, 0, 0, 0) + words + b"\\0" + struct.pack(">2H", 12, 1)
for target in (host, "224.0.0.251"):
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        asking.settimeout(1.5)
        asking.sendto(question, (target, 5353))
        try:
            print("answered", asking.recv(9000).count(b"artwalks") > 0)
        except OSError as error:
            print("nothing")
"""


def multicast_works() -> bool:
    """Whether a datagram to mDNS's group comes back on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear, socket.socket(type=socket.SOCK_DGRAM) as mouth:
        group, lo = socket.inet_aton("224.0.0.251"), socket.inet_aton("127.0.0.1")
        ear.settimeout(2)
        try:
            ear.bind(("", 0))
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", group, lo))
            mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, lo)
            mouth.sendto(b"x", ("224.0.0.251", ear.getsockname()[1]))
            return ear.recv(10) == b"x"
        except OSError:
            return False


needs_multicast = pytest.mark.skipif(not multicast_works(), reason="no multicast on loopback here")


class Seeker:
    """A process that looks for services and says what it finds."""

    def __init__(self, *kinds: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, "-c", SEEK, *kinds], stdin=pipe, stdout=pipe, text=True)

    def __enter__(self) -> Seeker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate(timeout=PATIENCE_S)

    def finds(self) -> tuple[str, str, int, list[str]]:
        """The next thing it says."""
        assert self.process.stdout is not None
        kind, name, port, addresses = json.loads(self.process.stdout.readline())
        return kind, name, port, addresses


@needs_multicast
def test_a_second_process_finds_both_services_and_hears_them_go() -> None:
    announced = Announcement("127.0.0.1", 45671, "artwalks")
    assert announced.wait(PATIENCE_S), announced.state
    with Seeker(QUERY, OSC) as seeker:
        found = {}
        while len(found) < 2:
            kind, name, port, addresses = seeker.finds()
            if port == 45671:
                found[kind] = (name.startswith("artwalks "), addresses)
        assert found == dict.fromkeys((QUERY, OSC), (True, ["127.0.0.1"]))
        announced.close()
        while seeker.finds()[1] != "gone":
            pass


def test_a_host_that_cannot_be_announced_on_is_a_state_and_no_error() -> None:
    announced = Announcement("203.0.113.7", 45672, "artwalks")
    announced.close()
    assert announced.state.startswith("OSC is not announced (mDNS: ")
    assert not announced.wait(0)


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, str, list[str]]]:
    """Another network namespace: this machine's address there, its own, and the words that run a program in it."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("making a network namespace needs root and ip")
    name, number = f"artwalks{os.getpid()}", os.getpid() % 250
    here, there, link = f"10.98.{number}.1", f"10.98.{number}.2", f"aw{os.getpid() % 10**6}"
    inside = ["ip", "netns", "exec", name]

    def run(*words: str) -> int:
        return subprocess.run(words, capture_output=True, check=False).returncode

    try:
        made = [
            run("ip", "netns", "add", name),
            run("ip", "link", "add", f"{link}a", "type", "veth", "peer", "name", f"{link}b"),
            run("ip", "link", "set", f"{link}b", "netns", name),
            run("ip", "addr", "add", f"{here}/24", "dev", f"{link}a"),
            run("ip", "link", "set", f"{link}a", "up"),
            run(*inside, "ip", "addr", "add", f"{there}/24", "dev", f"{link}b"),
            run(*inside, "ip", "link", "set", f"{link}b", "up"),
        ]
        if any(made):
            pytest.skip("no network namespace can be made here")
        yield here, there, inside
    finally:
        run("ip", "netns", "del", name)
        run("ip", "link", "del", f"{link}a")


@needs_multicast
@pytest.mark.parametrize(("wider", "said"), [(False, "nothing"), (True, "answered True")])
def test_from_another_network_nothing_answers_unless_its_address_was_named(
    elsewhere: tuple[str, str, list[str]], wider: bool, said: str
) -> None:
    here, there, inside = elsewhere
    announced = Announcement(here if wider else "127.0.0.1", 45673, "artwalks", [QUERY])
    try:
        assert announced.wait(PATIENCE_S), announced.state
        words = [*inside, sys.executable, "-c", ASK, here, there]
        heard = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout
    finally:
        announced.close()
    assert heard.split("\n")[:2] == [said, said]
