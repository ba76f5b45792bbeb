"""Programs find the show by themselves: it is announced by mDNS as `_oscjson._tcp` (OSCQuery) and `_osc._udp`.

A show on loopback is announced on loopback only, one at a named host on that host's network. Where there is no
multicast the show goes on without: `state` says so.

Source: RFC 6762, RFC 6763; the service types are the OSCQuery proposal's and what OSC programs look for.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Sequence

from zeroconf import Error, InterfaceChoice, ServiceInfo, Zeroconf, get_all_addresses

QUERY, OSC = "_oscjson._tcp.local.", "_osc._udp.local."
_CLOSING_S = 3.0


class Announcement:
    """Announces a show in a thread of its own until it is closed. Never waits but in `close`, at most 3 s.

    host      what is listened on; 0.0.0.0 stands for all addresses of this machine
    port      of OSC and of OSCQuery
    name      as people see it; another show of that name on the network makes it `name-2`
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
            network = Zeroconf(interfaces=_interfaces(self._host))
        except (OSError, RuntimeError, Error) as error:
            self._fail(error)
            return
        try:
            for service in self._services:
                network.register_service(self._info(service), allow_name_change=True)
            self._announced.set()
            self._ending.wait()
        except (OSError, Error, ValueError) as error:
            self._fail(error)
        finally:
            network.close()

    def _fail(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self._state = f"OSC is not announced (mDNS: {reason})"

    def _info(self, service: str) -> ServiceInfo:
        machine = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname().partition(".")[0])[:40]
        return ServiceInfo(
            service,
            f"{self._name}.{service}",
            port=self._port,
            parsed_addresses=_addresses(self._host),
            server=f"artwalks-{machine}-{self._port}.local.",
            properties={"txtvers": "1"},
        )


def _interfaces(host: str) -> list[str] | InterfaceChoice:
    return InterfaceChoice.All if host == "0.0.0.0" else [host]


def _addresses(host: str) -> list[str]:
    """Where others reach it: loopback leads nowhere for them and comes last."""
    if host != "0.0.0.0":
        return [host]
    return sorted(get_all_addresses(), key=lambda text: (ipaddress.ip_address(text).is_loopback, text))
