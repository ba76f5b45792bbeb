"""Live sound through a real (virtual) device: heard, lost, found again; and a song that sounds in time."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from artwalks_live.core.clock import LiveClock
from artwalks_live.core.errors import AudioError
from artwalks_live.io import audio_device
from tests.core.sounds import struck
from tests.io.pulse import PulseServer

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30.0
STROKES_S = np.arange(0.5, 6.0, 0.4)
SETTLED = 8  # strokes until PulseAudio has stopped revising what it says of its latency


class Child:
    """The listener process and what it said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._queue: queue.Queue[str] = queue.Queue()
        assert process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, pipe: Any) -> None:
        for line in pipe:
            self._queue.put(line)

    def until(self, what: str, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read on until a line satisfies `found`."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                line = json.loads(self._queue.get(timeout=1.0))
            except queue.Empty:
                assert self.process.poll() is None, f"the listener ended while waiting for {what}"
                continue
            self.lines.append(line)
            if found(line):
                return line
        raise AssertionError(f"no {what} within {DEADLINE_S:.0f} s; last: {self.lines[-1:]}")


@contextmanager
def listener(pulse: PulseServer, *arguments: str) -> Iterator[Child]:
    """The listener as a process that sees the server's device; it must close down when asked."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.io.listener", *arguments],
        cwd=ROOT, env=pulse.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    child = Child(process)
    try:
        yield child
        assert process.stdin is not None
        process.stdin.close()
        child.until("orderly end", lambda line: "closed" in line)
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def strokes(tmp_path: Path) -> Path:
    """Drums at even distances."""
    path = tmp_path / "strokes.wav"
    soundfile.write(path, np.repeat(struck(STROKES_S, 6.0, 48000)[:, None], 2, axis=1), 48000)
    return path


def events(lines: list[dict[str, Any]]) -> list[float]:
    """When strokes were heard, stream time."""
    return [one for line in lines for one in line.get("events", ())]


def test_a_device_is_heard_lost_and_heard_again(strokes: Path) -> None:
    with PulseServer.running() as pulse, listener(pulse, "listen") as child:
        child.until("first sound", lambda line: line["state"] == "silent" and line["samples"] > 0)
        with pulse.playing(strokes):
            child.until("strokes", lambda line: len(events(child.lines)) >= SETTLED + 4)
        assert np.diff(events(child.lines)[SETTLED:][:4]) == pytest.approx(np.full(3, 0.4), abs=0.03)
        assert child.lines[-1]["state"] == "ok"
        assert child.lines[-1]["overruns"] == 0
        assert child.lines[-1]["latency_s"] < 0.1

        pulse.kill()
        child.until("loss", lambda line: line["state"] == "audio lost")
        child.until("silence in its place", lambda line: line["silence"] == 1)

        pulse.start()
        child.until("return", lambda line: line["state"] == "silent")
        before = len(events(child.lines))
        with pulse.playing(strokes):
            child.until("strokes again", lambda line: len(events(child.lines)) >= before + 4)

        times = [one for line in child.lines for one in line["times"]]
        assert np.diff(times).min() > 0
        assert np.diff(times).max() < 0.6


def test_picture_time_is_what_sounds(strokes: Path) -> None:
    with PulseServer.running() as pulse, listener(pulse, "play", str(strokes)) as child:
        child.until("the song's end", lambda line: line["song_s"] > 6.2)
    played = [line for line in child.lines if "song_s" in line]
    assert played[-1]["output"] == "ok"
    heard = np.array(events(played)[SETTLED:])
    assert len(heard) >= 4
    now, song = (np.array([line[name] for line in played]) for name in ("now", "song_s"))
    song_at = np.interp(heard, now, song)
    late = song_at - STROKES_S[np.abs(song_at[:, None] - STROKES_S[None, :]).argmin(axis=1)]
    assert np.median(np.abs(late)) < 0.05
    assert np.diff(song).min() >= 0


def test_devices_are_found_by_name_and_named_when_not(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = [
        audio_device.SoundDevice("Built-in Audio", "ALSA", 2, 2, 44100, ("output",)),
        audio_device.SoundDevice("Scarlett 18i20 USB", "ALSA", 18, 20, 48000, ("input",)),
        audio_device.SoundDevice("HDMI", "ALSA", 0, 2, 48000, ()),
    ]
    monkeypatch.setattr(audio_device, "devices", lambda: listing)
    assert audio_device.find("scarlett", "input")[0] == 1
    assert audio_device.find("", "input")[0] == 1
    assert audio_device.find("", "output")[0] == 0
    assert audio_device.find("HDMI", "output")[0] == 2
    with pytest.raises(AudioError, match=r"sound input 'HDMI' is unknown: use one of Built-in Audio, Scarlett"):
        audio_device.find("HDMI", "input")
    port, channels = audio_device.input_port("Scarl", (), LiveClock())
    assert (port.channels, channels, port.sample_rate_hz) == (2, (1, 2), 48000)
    with pytest.raises(AudioError, match="has 18 channels, not 19"):
        audio_device.input_port("Scarl", (19,), LiveClock())


def test_no_device_at_all_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_device, "devices", list)
    with pytest.raises(AudioError, match="there is no sound input: connect one, or use --audio FILE or none"):
        audio_device.input_port("", (), LiveClock())


def test_a_missing_portaudio_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(AudioError, match="apt install libportaudio2"):
        audio_device.devices()
