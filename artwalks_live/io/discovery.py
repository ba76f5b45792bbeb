"""Programs find the show by themselves: it is announced by mDNS as `_oscjson._tcp` (OSCQuery) and `_osc._udp`.

A show on loopback is announced on loopback only, one at a named host on that host's network. Where there is no
multicast the show goes on without: `state` says so.

Source: RFC 6762, RFC 6763; the service types are the OSCQuery proposal's and what OSC programs look for.
"""

from __future__ import annotations

import asyncio
import fcntl
import re
import socket
import struct
import threading
from collections.abc import Sequence

from zeroconf import Error, InterfaceChoice, ServiceInfo, Zeroconf

QUERY, OSC = "_oscjson._tcp.local.", "_osc._udp.local."
_CLOSING_S = 3.0
_STARTING_S = 10.0
_ANY = "0.0.0.0"
_SIOCGIFADDR = 0x8915  # Linux: netdevice(7)


class Announcement:
    """Announces a show in a thread of its own until it is closed. Never waits but in `close`, at most 3 s.

    host      what is listened on; 0.0.0.0 stands for all addresses of this machine
    port      of OSC and of OSCQuery
    name      as people see it, before the machine's name and the port
    services  of QUERY and OSC: which of the two there are
    """

    def __init__(self, host: str, port: int, name: str, services: Sequence[str] = (QUERY, OSC)) -> None:
        self._host, self._port, self._name, self._services = host, port, name, tuple(services)
        self._state = "ok"
        self._announced, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="discovery", daemon=True)
        self._thread.start()

    @property
    def state(self) -> str:
        """'ok', or why nobody finds the show."""
        return self._state

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is announced (takes about a second: names are probed first); False when it is not."""
        return self._announced.wait(timeout_s)

    def close(self) -> None:
        """Take it back."""
        self._ending.set()
        self._thread.join(_CLOSING_S)

    # --- the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((self._host, 0))  # of an address that is not here zeroconf would leave a socket open
            network = Zeroconf(interfaces=_interfaces(self._host))
        except (OSError, RuntimeError, Error) as error:
            self._fail(error)
            return
        try:
            _keep_to(self._host, network)
            for service in self._services:
                network.register_service(self._info(service), allow_name_change=True)
            self._announced.set()
            self._ending.wait()
        except (OSError, Error, ValueError, TimeoutError) as error:
            self._fail(error)
        finally:
            network.close()

    def _fail(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self._state = f"OSC is not announced (mDNS: {reason})"

    def _info(self, service: str) -> ServiceInfo:
        machine = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname().partition(".")[0])[:30]
        return ServiceInfo(
            service,
            f"{self._name} {machine} {self._port}.{service}",
            port=self._port,
            parsed_addresses=[self._host] if self._host != _ANY else _own_addresses(),
            server=f"artwalks-{machine}-{self._port}.local.",
            properties={"txtvers": "1"},
        )


def _interfaces(host: str) -> list[str] | InterfaceChoice:
    return InterfaceChoice.All if host == _ANY else [host]


def _keep_to(host: str, network: Zeroconf) -> None:
    """On loopback, hear loopback only: mDNS's socket listens on all addresses, and would answer who asks it directly.

    Raises OSError where that is not allowed (Linux before 5.7): then the show is not announced.
    """
    if not host.startswith("127."):
        return
    assert network.loop is not None  # it runs in zeroconf's own thread
    asyncio.run_coroutine_threadsafe(network.async_wait_for_start(), network.loop).result(_STARTING_S)
    for reader in network.engine.readers:
        reader.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")


def _own_addresses() -> list[str]:
    """Where others reach this machine, IPv4; loopback, which leads nowhere for them, only where there is no other."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asked, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:  # an interface without an address
                continue
            found.append(socket.inet_ntoa(answer[20:24]))
    return [each for each in found if not each.startswith("127.")] or found
