"""A show is found by mDNS on loopback, by a second process that knows nothing of it."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys

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
