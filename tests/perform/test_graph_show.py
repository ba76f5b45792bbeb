"""A graph on the stage: what is said of it, and a show of it played from outside."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

from pythonosc.osc_message import OscMessage
from pythonosc.udp_client import SimpleUDPClient

from artwalks_live.core.events import Event
from artwalks_live.core.take import TakeReader
from artwalks_live.perform.status import line, mix, overlay, told
from tests.graphs import complete, graph_shape, graph_walk
from tests.io.screen import until
from tests.perform.stagehand import artwalks, finished
from tests.perform.test_osc_show import free_port
from tests.perform.test_status import STATE, status

SHAPE = graph_shape(complete(4))


def test_the_line_and_the_overlay_say_where_it_is_bound_for() -> None:
    state = replace(STATE, bound=3, choose="random")
    here = replace(status(), state=state, bound="Night")
    assert line(here).startswith("  6.50/12 | Noon → Night (random) | ")
    assert [row for row in overlay(here) if row.startswith("bound for\tNight, chosen by random\t")]
    assert "→" not in line(status())
    assert not [row for row in overlay(status()) if row.startswith("bound")]


def test_it_is_told_over_osc_and_the_mix_names_the_paintings_of_the_leg() -> None:
    said = told(replace(STATE, bound=3, choose="key"), SHAPE, 30.0)
    assert (said["/walk/bound"], said["/walk/choose"], said["/walk/length"]) == ("Night", "key", 15)
    assert told(STATE, SHAPE, 30.0)["/walk/bound"] == ""
    assert mix(SHAPE, 8.5) == "25 % Dawn, 75 % Dusk"
    assert mix(SHAPE, 6.0) == "100 % Night"
    assert mix(SHAPE, 15.0) == "100 % Night"


def test_a_client_walks_through_the_graph(tmp_path: Path) -> None:
    bundle, take, port = graph_walk(tmp_path / "show.walk", complete(4)).folder, tmp_path / "set.take", free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(30)
        doors = ["--osc", f"127.0.0.1:{port}", "--osc-out", f"127.0.0.1:{ear.getsockname()[1]}"]
        words = ["--headless", "--preset", "osc", "--fps", 30, "--seconds", 60, "--take", take, "--quiet"]
        process = artwalks("perform", bundle, *words, *doors)

        def hear(address: str) -> object:
            while True:
                message = OscMessage(ear.recv(4096))
                if message.address == address:
                    return message.params[0]

        assert hear("/walk/painting") == "Dawn"
        client = SimpleUDPClient("127.0.0.1", port)
        client.send_message("/walk/choose", "random")
        assert until(lambda: hear("/walk/choose") == "random")
        client.send_message("/walk/to", "Night")
        assert until(lambda: hear("/walk/position") == 12.0)  # over the leg from Dawn to Night
        assert hear("/walk/painting") == "Night"
        client._sock.close()
        process.terminate()
        finished(process)
    sent = [(entry.item.address, entry.item.args) for entry in TakeReader(take) if isinstance(entry.item, Event)]
    assert sent == [("/walk/choose", ("random",)), ("/walk/to", ("Night",))]
