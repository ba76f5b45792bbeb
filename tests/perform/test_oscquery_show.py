"""A whole show, read and played over OSCQuery by programs that were not written for it."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient
from pythonoscquery.osc_query_client import OSCQueryClient
from websockets.sync.client import ClientConnection, connect
from zeroconf import ServiceInfo

from artwalks_live.core.events import Event
from artwalks_live.core.osc_names import OUTPUTS
from artwalks_live.core.take import TakeReader
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.perform import status
from tests.oscquery_rules import broken, methods
from tests.perform.stagehand import artwalks, finished
from tests.perform.test_status import STATE
from tests.walks import make_walk

PATIENCE_S = 60.0
STRENGTH = "/flow/strength"


def free_port() -> int:
    """A port that is free now for both UDP and TCP."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            port = int(udp.getsockname()[1])
            try:
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def get(port: int, target: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", timeout=PATIENCE_S) as answer:
        return json.load(answer)


def answers(port: int) -> bool:
    try:
        return bool(get(port, "/show?CONTENTS"))
    except (OSError, urllib.error.HTTPError):
        return False


class Played:
    """A show that runs, and its port."""

    def __init__(self, folder: Path) -> None:
        self.port, self.take = free_port(), folder / "set.take"
        bundle = make_walk(folder / "show.walk").folder
        words = ["--headless", "--preset", "osc", "--fps", 30, "--seconds", 120, "--take", self.take, "--quiet"]
        self.process: Popen[str] = artwalks("perform", bundle, *words, "--osc", f"127.0.0.1:{self.port}")
        until(lambda: answers(self.port))

    def end(self) -> list[tuple[str, tuple[object, ...]]]:
        """End it; what was done to it, from its take."""
        self.process.terminate()
        finished(self.process)
        return [(e.item.address, e.item.args) for e in TakeReader(self.take) if isinstance(e.item, Event)]


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    show = Played(tmp_path)
    yield show
    if show.process.poll() is None:
        show.process.kill()
        show.process.communicate()


def heard(talking: ClientConnection, address: str) -> object:
    """The next value of an address; others are passed over."""
    while True:
        packet = talking.recv(PATIENCE_S)
        if isinstance(packet, bytes) and (message := OscMessage(packet)).address == address:
            return message.params[0]


def osc(address: str, *args: object) -> bytes:
    builder = OscMessageBuilder(address)
    for arg in args:
        builder.add_arg(arg)
    return bytes(builder.build().dgram)


def test_a_program_reads_listens_and_plays(played: Played) -> None:
    root = get(played.port, "/")
    assert list(broken(root, "/")) == []
    told = {method["FULL_PATH"]: method.get("VALUE") for method in methods(root)}
    assert (told["/walk/painting"], told["/show/preset"], told["/walk/length"]) == (["Dawn"], ["osc"], [4])
    assert [method["FULL_PATH"] for method in methods(root) if method["ACCESS"] & 1 and "VALUE" not in method] == []
    info = get(played.port, "/?HOST_INFO")
    with connect(f"ws://{info['WS_IP']}:{info['WS_PORT']}") as talking:
        for address in (STRENGTH, "/walk/painting", "/show/preset"):
            talking.send(json.dumps({"COMMAND": "LISTEN", "DATA": address}))
            assert heard(talking, address) == pytest.approx(told[address][0])
        other = SimpleUDPClient(info["OSC_IP"], info["OSC_PORT"])
        other.send_message(STRENGTH, 1.5)
        assert heard(talking, STRENGTH) == 1.5
        talking.send(osc("/walk/position", 4.0))
        while heard(talking, "/walk/painting") != "Dusk":
            pass  # it glides past those between
        talking.send(osc(STRENGTH, 99.0))  # out of its range: it is told what became of it
        assert heard(talking, STRENGTH) == get(played.port, f"{STRENGTH}?RANGE")["RANGE"][0]["MAX"]
        talking.send(osc("/show/preset", "vj"))
        while True:
            said = talking.recv(PATIENCE_S)
            if isinstance(said, str):
                assert json.loads(said) == {"COMMAND": "PATH_CHANGED", "DATA": "/"}
                break
        routes = get(played.port, "/route")
        assert list(broken(routes, "/route")) == []
        talking.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/route/1/amount"}))
        amount = heard(talking, "/route/1/amount")
        assert isinstance(amount, float)
        other.send_message("/walk/hold", True)
        until(lambda: get(played.port, "/walk/hold?VALUE") == {"VALUE": [True]})
        other._sock.close()
    assert played.end() == [
        (STRENGTH, (1.5,)),
        ("/walk/position", (4.0,)),
        (STRENGTH, (99.0,)),
        ("/show/preset", ("vj",)),
        ("/walk/hold", (True,)),
    ]


def test_all_that_is_told_over_osc_can_be_asked_for(tmp_path: Path) -> None:
    """Whoever tells something new in perform/status.py describes it in core/osc_names.OUTPUTS."""
    shape = WalkShape.of(make_walk(tmp_path / "show.walk"))
    told = status.told(STATE, shape, 60.0)
    assert told.keys() <= {output.address for output in OUTPUTS}


def test_a_client_library_of_others_reads_it(played: Played) -> None:
    """python-oscquery, which knows only what has a value: a write-only node, which the proposal has, it refuses."""
    where = ServiceInfo("_oscjson._tcp.local.", "x._oscjson._tcp.local.", port=played.port, addresses=[b"\x7f\0\0\1"])
    client = OSCQueryClient(where)
    info = client.get_host_info()
    assert info is not None
    assert (info.name, info.osc_ip, info.osc_port, info.osc_transport) == ("artwalks", "127.0.0.1", played.port, "UDP")
    flow = client.query_node("/flow")
    assert flow is not None and flow.is_container
    strength = flow.find_subnode(STRENGTH)
    assert strength is not None
    assert (strength.access.name, strength.type) == ("READWRITE_VALUE", [float])
    painting = client.query_node("/walk/painting")
    assert painting is not None and (painting.access.name, painting.value) == ("READONLY_VALUE", ["Dawn"])
    assert client.query_node("/no/such") is None


def test_a_tcp_port_that_is_taken_is_said_and_the_show_goes_on(tmp_path: Path) -> None:
    bundle = make_walk(tmp_path / "show.walk").folder
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        words = ["--headless", "--no-take", "--fps", 30, "--seconds", 3, "--osc", f"127.0.0.1:{port}"]
        _, err = finished(artwalks("perform", bundle, *words))
    assert err.count(f"OSCQuery cannot listen on TCP port {port} of 127.0.0.1: Address already in use") >= 1
