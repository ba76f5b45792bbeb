"""A show driven by another program over UDP, as Ableton or TouchDesigner would."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.udp_client import SimpleUDPClient

from artwalks_live.core.events import Event
from artwalks_live.core.take import TakeReader
from tests.io.screen import until
from tests.io.test_ableton import Peer
from tests.perform.stagehand import artwalks, finished
from tests.walks import make_walk


def free_port() -> int:
    """A UDP port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_client_moves_the_walk_and_is_told_where_it_is(tmp_path: Path) -> None:
    bundle, take, port = make_walk(tmp_path / "show.walk").folder, tmp_path / "set.take", free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(30)
        told = f"127.0.0.1:{ear.getsockname()[1]}"
        osc = ["--osc", f"127.0.0.1:{port}", "--osc-out", told]
        words = ["--headless", "--preset", "osc", "--fps", 30, "--seconds", 60, "--take", take, "--quiet", *osc]
        process = artwalks("perform", bundle, *words)

        def hear(address: str) -> object:
            while True:
                message = OscMessage(ear.recv(4096))
                if message.address == address:
                    return message.params[0]

        assert hear("/walk/position") == 0.0
        assert hear("/walk/painting") == "Dawn"
        assert (hear("/clock/leader"), hear("/clock/confidence")) == ("free", 0.0)
        client = SimpleUDPClient("127.0.0.1", port)
        client.send_message("/walk/position", 4.0)
        assert until(lambda: hear("/walk/position") == pytest.approx(4.0, abs=0.01))
        assert hear("/walk/painting") == "Dusk"
        client.send_message("/flow/strength", 1.5)
        client.send_message("/no/such/address", 1.0)
        client._sock.sendto(b"\xffnot osc at all", ("127.0.0.1", port))
        client.send_message("/walk/goto", "Dawn")
        assert until(lambda: hear("/walk/position") == pytest.approx(0.0, abs=0.01))
        client._sock.close()
        process.terminate()
        finished(process)
    sent = [(entry.item.address, entry.item.args) for entry in TakeReader(take) if isinstance(entry.item, Event)]
    assert sent == [("/walk/position", (4.0,)), ("/flow/strength", (1.5,)), ("/walk/goto", ("Dawn",))]


def test_a_port_in_use_is_said_before_the_show(tmp_path: Path) -> None:
    bundle = make_walk(tmp_path / "show.walk").folder
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        _, err = finished(artwalks("perform", bundle, "--headless", "--osc", f"127.0.0.1:{port}", "--seconds", 1), 2)
    assert f"OSC port {port} on 127.0.0.1 is in use" in err
    assert err.count("\n") <= 3


def test_live_leads_the_beat_and_a_clip_called_like_a_painting_goes_there(tmp_path: Path) -> None:
    bundle, take, peer = make_walk(tmp_path / "show.walk").folder, tmp_path / "set.take", Peer()
    words = ["--headless", "--preset", "osc", "--fps", 30, "--seconds", 60, "--take", take, "--quiet"]
    with peer.socket, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(30)
        doors = ["--ableton", f"127.0.0.1:{peer.port}", "--osc-out", f"127.0.0.1:{ear.getsockname()[1]}"]
        process = artwalks("perform", bundle, *words, *doors)

        def position() -> float:
            while True:
                message = OscMessage(ear.recv(4096))
                if message.address == "/walk/position":
                    return float(message.params[0])

        peer.hear("/live/song/get/num_tracks")
        peer.say("/live/song/get/num_tracks", 1)
        peer.hear("/live/track/start_listen/playing_slot_index")
        peer.say("/live/track/get/playing_slot_index", 0, -1)
        peer.say("/live/song/get/beat", 4)
        for slot, name in enumerate(("Kick 01", "/flow/strength 1.5", "dusk")):
            peer.say("/live/track/get/playing_slot_index", 0, slot)
            assert peer.hear("/live/clip/get/name") == [0, slot]
            peer.say("/live/clip/get/name", 0, slot, name)
        assert until(lambda: position() == pytest.approx(4.0, abs=0.01))
        process.terminate()
        finished(process)
    sent = [(entry.item.address, entry.item.args) for entry in TakeReader(take) if isinstance(entry.item, Event)]
    assert sent == [("/clock/beat", (4.0,)), ("/flow/strength", (1.5,)), ("/walk/goto", ("Dusk",))]
