"""A real sound device on a machine without one: a private PulseAudio server with a null sink.

    with PulseServer.running(tmp_path) as pulse:
        subprocess.run([...], env=pulse.env)     # 'pulse' is then an input (the sink's monitor) and an output
        with pulse.playing(wav): ...
        pulse.kill()                             # a real device loss
        pulse.start()                            # and its return

    with PulseServer.running(("booth", "mixer")) as pulse:    # inputs by name, in the order of PortAudio's numbers
        pulse.kill()
        pulse.start(("mixer", "booth"))                       # back under other numbers

Of named inputs 'mixer' hums by itself, a steady tone; the others are silent. (It is what a sink is given: PulseAudio's
own humming source gives its blocks every two seconds, all at once.)
PortAudio reads its surroundings once, so a test captures in a child process with `env`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

START_S = 20.0
HUMS = "mixer"


class PulseServer:
    """The daemon in a folder of its own; `env` is what a client process needs to find it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "pulse.sock"
        self._daemon: subprocess.Popen[bytes] | None = None
        self.env = os.environ | {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_SERVER": f"unix:{self._socket}",
        }

    @classmethod
    @contextmanager
    def running(cls, inputs: Sequence[str] = ()) -> Iterator[PulseServer]:
        """A server that answers, until the block ends; skips the test where PulseAudio is not installed."""
        missing = [name for name in ("pulseaudio", "paplay", "pactl") if shutil.which(name) is None]
        if missing:
            pytest.skip(
                f"{', '.join(missing)} not installed: apt install pulseaudio pulseaudio-utils libasound2-plugins"
            )
        with tempfile.TemporaryDirectory(prefix="aw-pulse-") as folder:
            server = cls(Path(folder))
            server.start(inputs)
            try:
                yield server
            finally:
                server.kill()

    def start(self, inputs: Sequence[str] = ()) -> None:
        """Start the daemon with these named inputs and wait until it accepts a client that sees the sink."""
        self._socket.unlink(missing_ok=True)
        self._name(inputs)
        modules = [
            "module-null-sink sink_name=test_sink rate=48000 channels=2 format=float32le",
            *(
                f"module-null-sink sink_name={name} rate=48000 norewinds=1"
                if name == HUMS
                else f"module-null-source source_name={name} rate=48000"
                for name in inputs
            ),
            *(f"module-sine sink={name}" for name in inputs if name == HUMS),
            f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}",  # the last: then all is there
        ]
        options = "-n --daemonize=no --exit-idle-time=-1 --disallow-exit=yes --disable-shm=yes --realtime=no "
        options += "--high-priority=no --use-pid-file=no"
        arguments = ["pulseaudio", *options.split()]
        for module in modules:
            arguments += ["-L", module]
        self._daemon = subprocess.Popen(arguments, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("the PulseAudio server did not start")
            time.sleep(0.02)

    def _name(self, inputs: Sequence[str]) -> None:
        """Give each input a name of its own in ALSA, which is where PortAudio looks; its number follows the order."""
        entries = [
            f'pcm.{name} {{ type pulse; device "{name}{".monitor" if name == HUMS else ""}"; '
            f'hint {{ show on; description "{name}" }} }}'
            for name in inputs
        ]
        (self._folder / ".asoundrc").write_text("\n".join(entries) + "\n", encoding="utf-8")

    def _answers(self) -> bool:
        if not self.accepts():
            return False
        listing = subprocess.run(
            ["pactl", "list", "short", "sinks"], env=self.env, capture_output=True, text=True, check=False, timeout=10
        )
        return "test_sink" in listing.stdout

    def accepts(self) -> bool:
        """Whether a client gets a connection: the device is back."""
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket)) == 0

    def sounds(self) -> bool:
        """Whether a program plays on the sink now."""
        listing = subprocess.run(
            ["pactl", "list", "short", "sink-inputs"],
            env=self.env, capture_output=True, text=True, check=False, timeout=10,
        )  # fmt: skip
        return bool(listing.stdout.strip())

    def kill(self) -> None:
        """Take the device away at once."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait()
            self._daemon = None

    @contextmanager
    def playing(self, wav: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Play a file into the sink until the block ends."""
        player = subprocess.Popen(["paplay", str(wav)], env=self.env, stderr=subprocess.DEVNULL)
        try:
            yield player
        finally:
            with suppress(ProcessLookupError):
                player.kill()
            player.wait()
