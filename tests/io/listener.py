"""A process that hears a real device: `python -m tests.io.listener listen|play FILE` prints a JSON line each 20 ms.

A process of its own, because PortAudio looks at its surroundings once, when it starts. It ends when its input does.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from artwalks_live.core.clock import LiveClock
from artwalks_live.core.ear import Ear, Listener
from artwalks_live.core.heard import HeardSource
from artwalks_live.core.played import PlayedSource
from artwalks_live.io import audio_sndfile
from artwalks_live.io.audio_device import input_port, output_port
from artwalks_live.io.audio_file import decode
from artwalks_live.io.audio_thread import ThreadedEar

FLOWS_S = 0.2
"""What is heard is at most this old; the silence that stands in for a lost input is older."""


def play(path: Path, clock: LiveClock) -> PlayedSource:
    """Sound a file on the same device."""
    clip = decode(path, (audio_sndfile.read,))
    port = output_port("pulse", clip.samples.shape[1], clip.sample_rate_hz, clock)
    assert port.sample_rate_hz == clip.sample_rate_hz
    player = PlayedSource(clip, port)
    player.start(clock.now())
    return player


def listen(clock: LiveClock) -> Listener:
    """The ear of `--audio live:pulse:1-2`; its stream time is the clock's."""
    port, channels = input_port("pulse", (1, 2), clock)
    ear = ThreadedEar(Ear(HeardSource(port, channels)), clock)
    ear.start(0.0)
    return ear


def main() -> None:
    """Listen; in `play` mode, once sound comes in, play a file on the same device at the same time."""
    clock, stop = LiveClock(), threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    ear, player, flows, samples = listen(clock), None, False, 0
    while not stop.wait(0.02):
        heard = ear.poll(ear.time_at(clock.now()))
        samples += len(ear.take_samples()[0])
        flows = flows or (bool(heard) and clock.now() - heard[-1].time_s < FLOWS_S)
        if flows and player is None and sys.argv[1] == "play":
            player = play(Path(sys.argv[2]), clock)
        line = {
            "now": clock.now(),
            "state": ear.state,
            "flows": flows,
            "latency_s": ear.latency_s,
            "overruns": ear.overruns,
            "samples": samples,
            "times": [one.time_s for one in heard],
            "events": [one.time_s for one in heard if one.onset_event],
            "silence": heard[-1].silence if heard else None,
        }
        if player is not None:
            line |= {"song_s": player.time_at(clock.now()), "output": player.state}
        print(json.dumps(line), flush=True)
    ear.close()
    if player is not None:
        player.close()
    print(json.dumps({"closed": True}), flush=True)


if __name__ == "__main__":
    main()
