"""A real performance, played by keys, by OSC and by the hour, and saved."""

from __future__ import annotations

from pathlib import Path

from pythonosc.udp_client import SimpleUDPClient

from artwalks_live.core.events import Event
from artwalks_live.core.take import Edited, TakeReader
from tests.io.screen import until, virtual_screen
from tests.perform.stagehand import artwalks, finished
from tests.perform.test_osc_show import free_port
from tests.walks import make_walk

PRESET = """\
mode = "position"   # by hand
[values]
bloom.amount = 0.25 # glow
[[route]]
source = "input"
input = "key/a"
target = "flow.strength"
amount = 0.5        # while A is down
[[route]]
source = "day"
target = "grain.amount"
amount = 0.1
"""


def test_keys_and_the_hour_are_inputs_and_what_was_played_is_saved(tmp_path: Path) -> None:
    bundle, take, port = make_walk(tmp_path / "show.walk").folder, tmp_path / "set.take", free_port()
    mine = tmp_path / "mine.toml"
    mine.write_text(PRESET)
    with virtual_screen(tmp_path / "screen", "640x360") as screen:
        words = ["--window", "--preset", mine, "--fps", 30, "--seconds", 60, "--take", take, "--size", "640x360"]
        process = artwalks("perform", bundle, *words, "--osc", f"127.0.0.1:{port}", environment=screen.environment)
        assert until(lambda: (take.exists() and screen.picture().std() > 10) or process.poll() is not None)
        assert process.poll() is None, process.communicate()[1]
        screen.press("a", "z")
        client = SimpleUDPClient("127.0.0.1", port)
        for address, value in (("/bloom/amount", 0.5), ("/route/1/amount", 0.75), ("/show/quantise", "bar")):
            client.send_message(address, value)
        client.send_message("/show/save", [])
        assert until(lambda: mine.read_text() != PRESET or process.poll() is not None), "not saved"
        client._sock.close()
        screen.press("Escape")
        _, err = finished(process)
    assert f"preset mine saved with 2 changes: {mine}" in err
    assert mine.read_text() == PRESET.replace("0.25 # glow", "0.5 # glow").replace(
        "0.5        # while", "0.75        # while"
    )
    entries = [entry.item for entry in TakeReader(take)]
    keys = [item.args for item in entries if isinstance(item, Event) and item.address == "/input/key/a"]
    days = [item.args[0] for item in entries if isinstance(item, Event) and item.address == "/input/day"]
    assert keys == [(1.0,), (0.0,)] and days and all(0.0 <= float(day) < 1.0 for day in days)
    assert not [item for item in entries if isinstance(item, Event) and item.address == "/input/key/z"]
    assert [item.text for item in entries if isinstance(item, Edited)] == [mine.read_text()]
