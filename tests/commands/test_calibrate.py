"""`artwalks calibrate` with a real sound device, and in a real window."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from artwalks_live.core.errors import UsageError
from artwalks_live.io.calibration_file import Calibration, read, save
from tests.io.pulse import PulseServer
from tests.io.screen import until, virtual_screen
from tests.perform.stagehand import artwalks, finished


def kept(folder: Path) -> dict[str, float]:
    return tomllib.loads((folder / "calibration.toml").read_text())


def test_sound_measures_a_real_loop(tmp_path: Path) -> None:
    with PulseServer.running() as pulse:
        environment = {**pulse.env, "ARTWALKS_CONFIG": str(tmp_path)}
        words = ["calibrate", "sound", "--input", "pulse", "--output", "pulse"]
        out, _ = finished(artwalks(*words, environment=environment))
    assert "sound loop " in out and "clicks heard" in out
    assert 0.0 < kept(tmp_path)["sound_loop_s"] < 1.0
    assert kept(tmp_path)["display_s"] == 0.0


def test_in_the_window_keys_change_the_latency_and_enter_keeps_it(tmp_path: Path) -> None:
    save(tmp_path / "calibration.toml", display_s=0.03)
    with PulseServer.running() as pulse, virtual_screen(tmp_path / "screen", "960x540") as screen:
        environment = {**pulse.env, **{name: screen.environment[name] for name in ("DISPLAY", "LIBGL_ALWAYS_SOFTWARE")}}
        environment["ARTWALKS_CONFIG"] = str(tmp_path)
        page = artwalks("calibrate", "display", "--output", "pulse", environment=environment)
        panel = (slice(24, 200), slice(24, 300))
        assert until(lambda: screen.picture()[panel].max() > 200 or page.poll() is not None)
        assert page.poll() is None, page.communicate()[1]
        assert until(lambda: screen.picture()[-40:].mean() > 240), "it does not flash"
        assert until(lambda: screen.picture()[-40:].mean() < 20)
        screen.press("Right", "Right", "Right", "Left", "Up", "Down", "Up", "Return")
        out, _ = finished(page)
    assert "the display's latency is 51 ms" in out
    assert kept(tmp_path)["display_s"] == pytest.approx(0.051)


def test_without_sound_there_is_nothing_to_calibrate_by(tmp_path: Path) -> None:
    _, err = finished(artwalks("calibrate", "sound", "--input", "no such device"), 2)
    assert err.startswith("artwalks calibrate: ") and err.count("\n") == 1


def test_what_was_found_stands_beside_what_was_known(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "calibration.toml"
    assert read(path) == Calibration()
    save(path, display_s=0.048)
    assert save(path, sound_loop_s=0.031, sound_spread_s=0.002) == read(path) == Calibration(0.048, 0.031, 0.002)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("display_s = 5", r"display_s = 5: give seconds between -1 and 1"),
        ('display_s = "much"', "display_s = 'much'"),
        ("display_s =", "cannot be read"),
    ],
)
def test_a_spoilt_file_is_named_with_what_to_do(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "calibration.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=reason) as error:
        read(path)
    assert "artwalks calibrate" in str(error.value)
