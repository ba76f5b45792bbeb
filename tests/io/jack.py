"""Real MIDI ports on a machine without a sequencer: a JACK server of our own, and a controller to plug into it.

with jack_server() as environment:
    with Controller(environment) as controller:     # a program with a port "knobs:out 20:0"
        subprocess.run([...], env=environment)
        controller.play(0xB0, 7, 64)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pytest

PORT = "knobs:out"
NAME = "artwalks-tests"  # JACK keeps eight names for ever: one is enough


@contextlib.contextmanager
def jack_server() -> Iterator[dict[str, str]]:
    """Start jackd without a sound card; gives the environment for its clients. Skips where there is no JACK."""
    rtmidi = pytest.importorskip("rtmidi")
    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api():
        pytest.skip("this RtMidi was built without JACK")
    for program in ("jackd", "jack_wait"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt install jackd2")
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    environment |= {"JACK_DEFAULT_SERVER": NAME, "JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1"}
    # A long timeout: a client on a busy machine must not be cut off at once.
    words = ["jackd", "--no-realtime", "--name", NAME, "--timeout", "2000", "-d", "dummy", "-r", "48000", "-p", "1024"]
    server = subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        words = ["jack_wait", "-s", NAME, "-w", "-t", "20"]
        subprocess.run(words, env=environment, capture_output=True, timeout=60, check=False)
        if server.poll() is not None:
            pytest.skip("jackd does not start here")
        yield environment
    finally:
        server.terminate()
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:  # a client that was killed did not say good-bye, and is waited for
            server.kill()
            server.wait(timeout=20)


class Controller:
    """A program of its own with a MIDI output, told by lines what to play; closing it unplugs it.

    number   behind the port's name, as ALSA gives a device another one each time that it is plugged in
    """

    def __init__(self, environment: dict[str, str], number: int = 20) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PLAYER, f"{PORT} {number}:0"], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def play(self, *message: int) -> None:
        """Send a message."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, message)) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "sent\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate(timeout=20)


_PLAYER = """
import sys, rtmidi
client, _, port = sys.argv[1].partition(":")
out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=client)
out.open_virtual_port(port)
print("ready", flush=True)
for line in sys.stdin:
    out.send_message([int(each) for each in line.split()])
    print("sent", flush=True)
out.close_port()
out.delete()
"""
