#!/usr/bin/env python3
"""How long a show is deaf after its sound device has come back, and what the loss does to the picture.

    tools/measure_device_loss.py [--times 8] [--fps 30] [--size 640x360] [--gone 0.5 6]

Performs headless, listening by name to an input of a private PulseAudio server; kills the server, waits, starts it
again with its inputs in another order, so that the name has another number, and notes when the show hears it again.
One line a loss, then of all:

    gone       how long the device was away, s
    back       from the moment at which the server accepts a client to the frame that shows the first sound heard, s
    longest    interval between two frames that were told of from the loss to the return, ms; in brackets before it

at last what the show says of itself: frames, deadlines missed, pictures held. Run it on a machine that does nothing
else.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.io.pulse import PulseServer
from tests.io.screen import until
from tests.perform.outside import Outside
from tests.walks import make_walk

ORDERS = (("booth", "mixer"), ("mixer", "booth"), ("desk", "booth", "mixer"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=8)
    parser.add_argument("--fps", default="30")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--gone", type=float, nargs=2, default=(0.5, 6.0), metavar="S")
    options = parser.parse_args()
    width, _, height = options.size.partition("x")
    with tempfile.TemporaryDirectory() as name, PulseServer.running(ORDERS[0]) as pulse:
        bundle = make_walk(Path(name) / "show.walk", (int(width), int(height))).folder
        outside = Outside()
        show = subprocess.Popen(
            [sys.executable, "-m", "artwalks_live", "perform", bundle, "--headless", "--audio", "live:mixer",
             "--fps", options.fps, "--no-take", "--osc-out", outside.address],
            env={key: value for key, value in pulse.env.items() if key != "DISPLAY"} | {"PYTHONPATH": os.getcwd()},
        )  # fmt: skip
        if not until(lambda: outside.heard_since(0) is not None):
            raise SystemExit("the show never heard its input")
        time.sleep(8.0)  # the port's patience with a device that has just begun is over
        backs = [lose(pulse, outside, ORDERS[(n + 1) % 3], random.uniform(*options.gone)) for n in range(options.times)]
        show.send_signal(signal.SIGTERM)
        show.wait()
        outside.close()
    p50, most = np.percentile(backs, (50, 100))
    print(f"back after: median {p50:.2f} s, longest {most:.2f} s of {len(backs)}")


def lose(pulse: PulseServer, outside: Outside, order: tuple[str, ...], gone_s: float) -> float:
    """Lose the device for so long, and say after how many seconds it was heard again."""
    lost_s = time.monotonic()
    pulse.kill()
    until(lambda: outside.deaf_since(lost_s))
    time.sleep(max(0.0, lost_s + gone_s - time.monotonic()))
    starting = threading.Thread(target=pulse.start, args=(order,))
    starting.start()
    until(pulse.accepts)
    back_s = time.monotonic()
    if not until(lambda: outside.heard_since(back_s) is not None):
        raise SystemExit("the show never heard its input again")
    heard_s = outside.heard_since(back_s) or np.nan
    starting.join()
    longest = f"{longest_ms(outside, lost_s, heard_s + 0.5):.1f} ({longest_ms(outside, lost_s - 2.0, lost_s):.1f})"
    print(f"gone {back_s - lost_s:.2f}  back {heard_s - back_s:.2f}  longest {longest}", flush=True)
    time.sleep(random.uniform(2.0, 8.0))
    return heard_s - back_s


def longest_ms(outside: Outside, from_s: float, until_s: float) -> float:
    """The longest interval between two frames in a stretch of time."""
    return float(np.diff([at_s for at_s in tuple(outside.shown_s) if from_s < at_s < until_s]).max()) * 1e3


if __name__ == "__main__":
    main()
