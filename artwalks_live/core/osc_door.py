"""Who may speak: addresses and networks of senders. Pure.

endpoint("9000") == ("127.0.0.1", 9000)
Allowed("192.168.1.0/24,10.0.0.7").lets_in("192.168.1.20")
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from artwalks_live.core.errors import ControlError


def endpoint(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`, `:PORT` or `PORT`; the host is 127.0.0.1 unless named. Raises ControlError."""
    host, colon, port = text.strip().rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535 or (colon and host.count(":") > 0):
        raise ControlError(f"OSC address {text!r}: write HOST:PORT, like 127.0.0.1:9000")
    return host or "127.0.0.1", int(port)


class Allowed:
    """Senders that are listened to.

    text   addresses and networks, separated by commas: `192.168.1.20,10.0.0.0/8`; "": all that can reach the door

    Raises ControlError for one that cannot be read.
    """

    def __init__(self, text: str = "") -> None:
        self._networks = tuple(_network(part.strip()) for part in text.split(",")) if text.strip() else ()
        self.lets_in = lru_cache(maxsize=256)(self._judge)

    def _judge(self, host: str) -> bool:
        if not self._networks:
            return True
        address = ipaddress.ip_address(host)
        return any(address in network for network in self._networks)


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        raise ControlError(
            f"--osc-allow {text!r}: write addresses or networks, separated by commas, like 192.168.1.20,10.0.0.0/8"
        ) from None
