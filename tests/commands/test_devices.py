"""`artwalks devices` lists what is there and never fails for what is not."""

from __future__ import annotations

import argparse
import json

import pytest

from artwalks_live.commands import devices as command
from artwalks_live.core.errors import AudioError
from artwalks_live.io.audio_device import SoundDevice

LISTING = [
    SoundDevice("Built-in Audio", "ALSA", 1, 2, 44100, ("output",)),
    SoundDevice("Scarlett 18i20 USB", "ALSA", 18, 20, 48000, ("input",)),
]


def run(monkeypatch: pytest.MonkeyPatch, *, as_json: bool = False) -> int:
    """The command without a display."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return command.run(argparse.Namespace(json=as_json))


def test_devices_are_named_as_the_options_take_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "devices", lambda: LISTING)
    assert run(monkeypatch) == 0
    said = capsys.readouterr().out
    assert "* Scarlett 18i20 USB  (ALSA, 18 channels, 48000 Hz)" in said
    assert "  Built-in Audio  (ALSA, 1 channel, 44100 Hz)" in said
    assert "* Built-in Audio  (ALSA, 2 channels, 44100 Hz)" in said
    assert "--audio live[:NAME[:CHANNELS]]" in said
    assert "none: perform with --headless" in said


@pytest.mark.parametrize("lack", ["", "PortAudio is not installed: apt install libportaudio2, or use --audio FILE"])
def test_a_lack_is_named(lack: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def listing() -> list[SoundDevice]:
        if lack:
            raise AudioError(lack)
        return []

    monkeypatch.setattr(command, "devices", listing)
    assert run(monkeypatch) == 0
    assert (f"none: {lack}" if lack else "none: connect one") in capsys.readouterr().out


def test_json_is_for_programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "devices", lambda: LISTING)
    assert run(monkeypatch, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["monitors"] == []
    assert told["sound"][1]["name"] == "Scarlett 18i20 USB"
    assert told["sound"][1]["default"] == ["input"]
