"""Run by test_link_show.py in a network of its own: `artwalks perform --link` beside a peer. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import aalink

from artwalks_live.core.clock_events import Led
from artwalks_live.core.errors import TakeError
from artwalks_live.core.events import Event
from artwalks_live.core.take import TakeReader


def written(take: Path) -> list[object]:
    """What the take holds so far."""
    try:
        return [entry.item for entry in TakeReader(take)]
    except TakeError:  # not there yet, or only its first bytes
        return []


async def main(bundle: str, take: Path) -> None:
    other = aalink.Link(101.0)
    other.quantum, other.enabled = 4, True
    words = ["perform", bundle, "--headless", "--preset", "dance", "--fps", "30", "--link", "--take", str(take)]
    show = subprocess.Popen([sys.executable, "-m", "artwalks_live", *words], stderr=subprocess.PIPE, text=True)
    tempi: list[float] = []
    led: list[str] = []
    for _ in range(600):
        await asyncio.sleep(0.1)
        items = written(take)
        tempi = [float(item.args[1]) for item in items if isinstance(item, Event) and item.address == "/clock/link"]
        led = [item.leader for item in items if isinstance(item, Led)]
        # Which of the two sessions is taken over when they meet is Link's affair; a change made afterwards is followed.
        if "link" in led and abs(other.tempo - 97.0) > 0.001:
            other.tempo = 97.0
        if (tempi and abs(tempi[-1] - 97.0) < 0.001) or show.poll() is not None:
            break
    show.terminate()
    _, err = show.communicate(timeout=60)
    print(json.dumps({"led": led, "tempo_bpm": tempi[-1] if tempi else 0.0, "status": show.returncode, "err": err}))


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
