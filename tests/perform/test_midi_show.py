"""A show played by a MIDI controller over real ports: the command, its take, and what it says."""

from __future__ import annotations

from pathlib import Path

from artwalks_live.core.events import Event
from artwalks_live.io.midi_file import read
from tests.io.jack import PORT, Controller, jack_server
from tests.io.screen import until, virtual_screen
from tests.perform.stagehand import artwalks, finished, logged
from tests.walks import make_walk

MAPPING = f"""\
device = "{PORT}"

[[control]]
control = "cc/1/7"
target = "/flow/strength"
pickup = false

[[control]]
control = "note/1/36"
target = "/walk/hold"
"""


def test_a_controller_plays_the_show_and_may_be_unplugged(tmp_path: Path) -> None:
    bundle, take = make_walk(tmp_path / "show.walk").folder, tmp_path / "set.take"
    (tmp_path / "config" / "midi").mkdir(parents=True)
    (tmp_path / "config" / "midi" / "knobs.toml").write_text(MAPPING)

    def done() -> list[tuple[str, tuple[object, ...]]]:
        return [(entry.item.address, entry.item.args) for entry in logged(take) if isinstance(entry.item, Event)]

    with jack_server() as jack:
        environment = jack | {"ARTWALKS_CONFIG": str(tmp_path / "config")}
        words = ["--headless", "--preset", "osc", "--fps", 30, "--seconds", 120, "--take", take, "--midi"]
        with Controller(environment) as controller:
            show = artwalks("perform", bundle, *words, environment=environment)

            def plays(*message: int, gives: tuple[str, tuple[object, ...]]) -> bool:
                controller.play(*message)
                return until(lambda: gives in done(), 3.0)

            assert until(lambda: plays(0xB0, 7, 127, gives=("/flow/strength", (2.0,))), 60.0)
            assert plays(0x90, 36, 100, gives=("/walk/hold", ()))
            assert until(lambda: plays(0xC0, 1, gives=("/show/preset", (2,))))
        with Controller(environment, 24) as controller:  # unplugged, and plugged in again
            assert until(lambda: plays(0xB0, 7, 0, gives=("/flow/strength", (0.0,))), 60.0)
        show.terminate()
        _, err = finished(show)
    assert "Traceback" not in err


def test_what_cannot_be_is_said_before_the_show(tmp_path: Path) -> None:
    bundle = make_walk(tmp_path / "show.walk").folder
    with jack_server() as jack:
        words = ["--headless", "--seconds", 1, "--midi", "piano"]
        _, err = finished(artwalks("perform", bundle, *words, environment=jack), 2)
    assert "--midi: " in err and err.count("\n") <= 3
    (tmp_path / "midi").mkdir()
    (tmp_path / "midi" / "knobs.toml").write_text(MAPPING.replace("cc/1/7", "cc/1"))
    environment = jack | {"ARTWALKS_CONFIG": str(tmp_path)}
    _, err = finished(artwalks("perform", bundle, "--headless", "--midi", "--seconds", 1, environment=environment), 2)
    assert "knobs.toml:3: control 'cc/1': write it as cc/CHANNEL/NUMBER" in err


def test_l_in_the_window_teaches_a_control_what_was_touched_last(tmp_path: Path) -> None:
    bundle, config = make_walk(tmp_path / "show.walk").folder, tmp_path / "config"
    with jack_server() as jack, virtual_screen(tmp_path / "screen", "320x180") as screen:
        environment = jack | screen.environment | {"JACK_DEFAULT_SERVER": jack["JACK_DEFAULT_SERVER"]}
        environment["ARTWALKS_CONFIG"] = str(config)
        words = ["--fullscreen", "primary", "--fps", 20, "--seconds", 120, "--no-take", "--midi"]
        with Controller(environment) as controller:
            show = artwalks("perform", bundle, *words, environment=environment)
            assert until(lambda: bool(screen.picture().any()))
            screen.press("Up", "l")  # faster: so walk.speed is what was touched last

            def learned() -> bool:
                for value in range(40, 80, 4):
                    controller.play(0xB0, 7, value)
                return until(lambda: bool(list(config.rglob("*.toml"))), 1.0)

            assert until(learned)
            screen.press("Escape", "Escape")  # the page, if it is there still, and the show
            assert until(lambda: show.poll() is not None or bool(screen.press("Escape")))
        finished(show)
    (file,) = config.rglob("*.toml")
    assert [(each.control.name, each.target) for each in read(file).bindings] == [("cc/1/7", "/walk/speed")]
