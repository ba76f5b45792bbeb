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

from artwalks_live.core.errors import AudioError
from artwalks_live.io.audio_device import Direction, SoundDevice, find, pick_channels
from tests.core.sounds import struck
from tests.io.pulse import PulseServer

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30.0
STROKES_S = np.arange(0.5, 6.0, 0.4)
SETTLED_S = 3.8  # by then PulseAudio has stopped revising what it says of its latency


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
        child.until("first sound", lambda line: line["flows"])
        with pulse.playing(strokes):
            child.until("strokes", lambda line: len(events(child.lines)) >= 12)
        assert np.median(np.diff(events(child.lines)[4:12])) == pytest.approx(0.4, abs=0.03)
        child.until("its name", lambda line: line["state"] in ("ok", "silent"))
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


def test_a_device_that_is_lost_as_soon_as_it_is_heard_is_missed_and_found(strokes: Path) -> None:
    with PulseServer.running() as pulse, listener(pulse, "listen") as child:
        child.until("first sound", lambda line: line["flows"])
        pulse.kill()
        child.until("loss", lambda line: line["state"] == "audio lost")
        pulse.start()
        child.until("return", lambda line: line["state"] == "silent")
        with pulse.playing(strokes):
            child.until("sound", lambda line: line["state"] == "ok")


def test_picture_time_is_what_sounds(strokes: Path) -> None:
    with PulseServer.running() as pulse, listener(pulse, "play", str(strokes)) as child:
        child.until("the song's end", lambda line: line.get("song_s", 0) > 6.2)
    played = [line for line in child.lines if "song_s" in line]
    assert played[-1]["output"] == "ok"
    heard = np.array(events(played))
    now, song = (np.array([line[name] for line in played]) for name in ("now", "song_s"))
    song_at = np.interp(heard, now, song)
    song_at = song_at[song_at > SETTLED_S]
    assert len(song_at) >= 4
    late = song_at - STROKES_S[np.abs(song_at[:, None] - STROKES_S[None, :]).argmin(axis=1)]
    assert np.median(np.abs(late)) < 0.05
    assert np.diff(song).min() >= 0


def test_a_song_whose_device_was_lost_sounds_in_step_again(tmp_path: Path) -> None:
    path, strokes_s = tmp_path / "long.wav", np.arange(0.5, 90.0, 0.4)
    soundfile.write(path, np.repeat(struck(strokes_s, 90.0, 48000)[:, None], 2, axis=1), 48000)
    with PulseServer.running() as pulse, listener(pulse, "play", str(path)) as child:
        child.until("the song", lambda line: line.get("song_s", 0) > 2.0)
        pulse.kill()
        child.until("loss", lambda line: line["output"] == "no sound output" and line["state"] == "audio lost")
        lost_s = child.until("the picture to go on", lambda line, at=child.lines[-1]["song_s"]: line["song_s"] > at + 2)
        pulse.start()
        back = child.until("sound again", lambda line: line["output"] == "ok" and line["state"] == "ok")
        settled_s = back["now"] + SETTLED_S
        child.until("strokes", lambda line: len([at for at in events(child.lines) if at > settled_s]) >= 10)
    assert lost_s["output"] == "no sound output"
    played = [line for line in child.lines if "song_s" in line]
    now, song = (np.array([line[name] for line in played]) for name in ("now", "song_s"))
    song_at = np.interp([at for at in events(played) if at > settled_s], now, song)
    late = song_at - strokes_s[np.abs(song_at[:, None] - strokes_s[None, :]).argmin(axis=1)]
    assert np.median(np.abs(late)) < 0.05
    assert np.diff(song).min() >= 0


LISTING = [
    SoundDevice("Built-in Audio", "ALSA", 2, 2, 44100, ("output",)),
    SoundDevice("Scarlett 18i20 USB", "ALSA", 18, 20, 48000, ("input",)),
    SoundDevice("Scarlett 18i20 USB: ADAT", "ALSA", 8, 0, 48000, ()),
    SoundDevice("Microphone", "ALSA", 1, 0, 48000, ()),
    SoundDevice("HDMI", "ALSA", 0, 2, 48000, ()),
]


@pytest.mark.parametrize(
    ("name", "direction", "number"),
    [
        ("scarlett", "input", 1),
        ("scarlett 18i20 usb", "input", 1),
        ("adat", "input", 2),
        ("", "input", 1),
        ("", "output", 0),
        ("HDMI", "output", 4),
    ],
)
def test_devices_are_found_by_name(name: str, direction: Direction, number: int) -> None:
    assert find(name, direction, LISTING) == (number, LISTING[number])


def test_a_device_that_is_not_there_is_told_from_those_that_are() -> None:
    with pytest.raises(AudioError, match=r"sound input 'HDMI' is unknown: use one of Built-in Audio, Microphone"):
        find("HDMI", "input", LISTING)
    with pytest.raises(AudioError, match=r"nearest: Microphone"):
        find("Microfone", "input", LISTING)
    with pytest.raises(AudioError, match="there is no sound input: connect one, or use --audio FILE or none"):
        find("", "input", [LISTING[4]])


def test_channels_are_those_asked_for_or_the_first_two() -> None:
    assert pick_channels(LISTING[1], ()) == (1, 2)
    assert pick_channels(LISTING[3], ()) == (1,)
    assert pick_channels(LISTING[1], (17, 18)) == (17, 18)
    with pytest.raises(AudioError, match="has 18 channels, not 19"):
        pick_channels(LISTING[1], (1, 19))


def test_a_missing_portaudio_says_what_to_install() -> None:
    code = """
import sys
class Missing:
    def find_spec(self, name, *_):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
sys.meta_path.insert(0, Missing())
from artwalks_live.core.errors import AudioError
from artwalks_live.io.audio_device import devices
try:
    devices()
except AudioError as error:
    print(error)
"""
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert "apt install libportaudio2" in said.stdout
