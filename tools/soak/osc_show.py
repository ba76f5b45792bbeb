"""A show under a flood of OSC, against the same show left alone: run by hand.

    python -m tools.soak.osc_show SHOW.walk [--rate 20000] [--seconds 60] [--rounds 2]

Performs headless at 640x360 and 30 fps, by turns alone and flooded from a process of its own with messages to forty
parameters, and prints for each the interval between frames, the memory before and after, what arrived, and how long a
message that was used had waited: from its arrival to the tick that consumed it, as the take has both.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing.synchronize import Event as Flag
from pathlib import Path

import numpy as np

from artwalks_live.core.events import Event
from artwalks_live.core.take import TakeReader
from artwalks_live.core.timeline import TICK_HZ
from artwalks_live.perform.stage import Tables
from tools.soak.osc_flood import message

NAMES = 40
WARM_S = 3.0
_INTERVAL = re.compile(r"(\d+) frames, (\d+) deadlines missed.*p50 ([\d.]+) ms, p99 ([\d.]+) ms")


def flood(port: int, rate_hz: float, addresses: tuple[str, ...], stop: Flag) -> None:
    """Send until told to stop; every value stays what it is by default, so that the picture has nothing to do."""
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    params = Tables.load().params
    ready = [message(address, params.by_address[address].default) for address in addresses]
    begun, sent = time.monotonic(), 0
    while not stop.is_set():
        for _ in range(64):
            outgoing.sendto(ready[sent % len(ready)], ("127.0.0.1", port))
            sent += 1
        time.sleep(max(0.0, begun + sent / rate_hz - time.monotonic()))
    print(f"  sent {sent} messages, {sent / (time.monotonic() - begun):.0f} a second", flush=True)


def resident_mb(pid: int) -> float:
    """Memory that a process has, MB."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


def show(bundle: Path, seconds: float, rate_hz: float, folder: Path) -> float:
    """One performance; returns p99 of the interval between frames, ms."""
    take = folder / f"{time.monotonic_ns()}.take"
    port = _free_port()
    words = ["--headless", "--preset", "osc", "--fps", "30", "--size", "640x360", "--seconds", str(seconds)]
    door = ["--osc", f"127.0.0.1:{port}", "--take", str(take)]
    command = [sys.executable, "-m", "artwalks_live", "perform", str(bundle), *words, *door]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(WARM_S)
    before_mb, stop = resident_mb(running.pid), multiprocessing.Event()
    addresses = tuple(param.address for param in Tables.load().params.values())[:NAMES]
    sender = multiprocessing.Process(target=flood, args=(port, rate_hz, addresses, stop)) if rate_hz else None
    if sender is not None:
        sender.start()
    time.sleep(max(1.0, seconds - WARM_S - 3.0))
    after_mb = resident_mb(running.pid)
    stop.set()
    if sender is not None:
        sender.join()
    said = running.communicate()[0]
    frames, missed, p50, p99 = _INTERVAL.findall(said)[0]
    print(f"  {frames} frames, {missed} deadlines missed, interval p50 {p50} ms, p99 {p99} ms")
    print(f"  memory {before_mb:.1f} MB, {after_mb - before_mb:+.1f} MB after")
    ages = [each.tick / TICK_HZ - each.item.time_s for each in TakeReader(take) if isinstance(each.item, Event)]
    if ages:
        marks = np.percentile(np.array(ages) * 1e3, [50, 99, 100])
        print(f"  {len(ages)} values used, waited p50 {marks[0]:.1f} ms, p99 {marks[1]:.1f}, most {marks[2]:.1f}")
    return float(p99)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """By turns alone and flooded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--rate", type=float, default=20_000, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    alone, flooded = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            print("alone")
            alone.append(show(options.bundle, options.seconds, 0.0, Path(folder)))
            print(f"{options.rate:.0f} messages a second")
            flooded.append(show(options.bundle, options.seconds, options.rate, Path(folder)))
    print(f"p99 of the interval, flooded over alone: {np.median(flooded) / np.median(alone):.3f}")


if __name__ == "__main__":
    main()
