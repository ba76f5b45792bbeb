"""`artwalks devices` lists what is there and never fails for what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from artwalks_live.commands.devices import inputs, midi_inputs, outputs
from artwalks_live.io.audio_device import SoundDevice

ROOT = Path(__file__).resolve().parents[2]
LISTING = [
    SoundDevice("Built-in Audio", "ALSA", 1, 2, 44100, ("output",)),
    SoundDevice("Scarlett 18i20 USB", "ALSA", 18, 20, 48000, ("input",)),
    SoundDevice("HDMI", "ALSA", 0, 8, 48000, ()),
]


def test_devices_are_named_as_the_options_take_them() -> None:
    heading, *entries = inputs(LISTING, "")
    assert "--audio live[:NAME[:CHANNELS]]" in heading
    assert entries == [
        "  Built-in Audio  (ALSA, 1 channel, 44100 Hz)",
        "* Scarlett 18i20 USB  (ALSA, 18 channels, 48000 Hz)",
    ]
    assert list(outputs(LISTING, ""))[1:] == [
        "* Built-in Audio  (ALSA, 2 channels, 44100 Hz)",
        "  Scarlett 18i20 USB  (ALSA, 20 channels, 48000 Hz)",
        "  HDMI  (ALSA, 8 channels, 48000 Hz)",
    ]


@pytest.mark.parametrize("lack", ["", "PortAudio is not installed: apt install libportaudio2"])
def test_a_lack_is_named(lack: str) -> None:
    assert list(inputs([], lack))[1] == f"  none: {lack or 'connect one, or use --audio FILE or none'}"
    assert list(outputs([], lack))[1] == f"  none: {lack or 'a file is followed in silence'}"
    assert list(midi_inputs([], lack))[1] == f"  none: {lack or 'connect one'}"
    assert list(midi_inputs(["USB MIDI"], ""))[1:] == ["  USB MIDI"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_without_a_display_there_are_no_monitors_and_no_error(options: tuple[str, ...]) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "artwalks_live", "devices", *options],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == ""
    if options:
        assert json.loads(done.stdout)["monitors"] == []
    else:
        assert "none: perform with --headless" in done.stdout
