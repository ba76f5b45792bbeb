"""A scripted peer that speaks AbletonOSC's own messages over UDP."""

from __future__ import annotations

import socket

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from artwalks_live.core.ableton import LAUNCHED
from artwalks_live.core.clock import LiveClock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event
from artwalks_live.io.ableton import AbletonLive
from tests.io.screen import until


class Peer:
    """AbletonOSC: hears at a port, answers whoever asked at the port after it."""

    def __init__(self) -> None:
        self.socket, self.port = pair()
        self.socket.settimeout(30)

    def hear(self, address: str) -> list[object]:
        while True:
            datagram, _ = self.socket.recvfrom(4096)
            message = OscMessage(datagram)
            if message.address == address:
                return list(message.params)

    def say(self, address: str, *args: float | str) -> None:
        builder = OscMessageBuilder(address)
        for arg in args:
            builder.add_arg(arg)
        self.socket.sendto(builder.build().dgram, ("127.0.0.1", self.port + 1))


def pair() -> tuple[socket.socket, int]:
    """A socket whose next port is free too."""
    while True:
        peer, after = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        with after:
            peer.bind(("127.0.0.1", 0))
            try:
                after.bind(("127.0.0.1", peer.getsockname()[1] + 1))
            except (OSError, OverflowError):
                peer.close()
                continue
        return peer, int(peer.getsockname()[1])


def test_live_is_met_followed_and_its_launches_are_told() -> None:
    peer = Peer()
    live = AbletonLive(("127.0.0.1", peer.port), LiveClock())
    heard: list[Event] = []

    def came(*wanted: Event) -> bool:
        heard.extend(Event(event.address, event.args) for event in live.poll())
        return all(event in heard for event in wanted)

    with peer.socket:
        assert "does not answer" in live.state
        peer.hear("/live/song/get/num_tracks")
        peer.say("/live/song/get/num_tracks", 1)
        assert peer.hear("/live/track/start_listen/playing_slot_index") == [0]
        peer.say("/live/track/get/playing_slot_index", 0, -1)
        peer.say("/live/song/get/beat", 4)
        peer.socket.sendto(b"\xff no OSC", ("127.0.0.1", peer.port + 1))
        peer.say("/live/track/get/playing_slot_index", 0, 2)
        assert peer.hear("/live/clip/get/name") == [0, 2]
        peer.say("/live/clip/get/name", 0, 2, "Dusk")
        assert until(lambda: came(Event("/clock/beat", (4.0,)), Event(LAUNCHED, ("Dusk",))))
        assert live.state == "ok"
        live.close()


def test_a_port_for_answers_that_is_taken_is_said() -> None:
    with pair()[0] as first:
        port = first.getsockname()[1]
        with pytest.raises(ControlError, match=rf"cannot hear its answers at port {port}:"):
            AbletonLive(("127.0.0.1", port - 1), LiveClock())
