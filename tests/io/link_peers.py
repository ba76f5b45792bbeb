"""Run by test_link.py in a network of its own: a show in a Link session with one other peer. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import aalink

from artwalks_live.core import show
from artwalks_live.core.clock import LiveClock
from artwalks_live.core.frame import FrameState, Start
from artwalks_live.core.params import ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Show
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.io.link import LinkSession


class Stand:
    """A show that runs in real time, and hears nothing but Link."""

    def __init__(self) -> None:
        self.clock = LiveClock()
        self.session = LinkSession(self.clock, 120.0)
        shape = WalkShape(4, (0, 4))
        self.show = Show(shape, ParamTable(show.PARAMS), {"p": Preset("p", "beat")}, Start("p"))

    def frame(self) -> FrameState:
        event = self.session.poll()
        if event is not None:
            refusal = self.show.send(event)
            assert refusal is None, refusal
        return self.show.frame(0, self.clock.now(), 0.0)

    async def until(self, condition: Callable[[FrameState], bool], seconds: float = 20.0) -> FrameState:
        """Run the show until something holds; it ends with an error when it never does."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.frame()
            if condition(state):
                return state
            assert time.monotonic() < deadline, (state, self.session.peers)
            await asyncio.sleep(0.005)


def who(stand: Stand, state: FrameState) -> dict[str, object]:
    return {"peers": stand.session.peers, "leader": state.leader}


def apart_ms(stand: Stand, other: Any) -> float:
    """By how much the show's beat is off the other's, read within half a millisecond."""
    while True:
        stand.frame()
        before_s = stand.clock.now()
        beat = other.beat
        now_s = stand.clock.now()
        if now_s - before_s < 0.0005:
            state = stand.show.frame(0, now_s, 0.0)
            ahead_s = stand.show.horizon_s(now_s) - now_s  # the count stands at the end of its tick
            return math.remainder(state.sounding - beat, 4.0) * 60e3 / state.tempo_bpm - ahead_s * 1e3


async def main() -> None:
    stand, told = Stand(), {}
    told["alone"] = who(stand, stand.frame())
    other = aalink.Link(97.0)
    other.quantum, other.start_stop_sync_enabled, other.enabled = 4, True, True
    state = await stand.until(lambda state: state.leader == "link")
    told["met"] = who(stand, state)
    other.tempo = 133.0
    state = await stand.until(lambda state: abs(state.tempo_bpm - 133.0) < 0.001)
    settled_s = stand.clock.now() + 1.5
    await stand.until(lambda state: state.time_s > settled_s)
    told["tempo_bpm"] = state.tempo_bpm
    told["off_ms"] = sorted(apart_ms(stand, other) for _ in range(9))[4]
    held = []
    for playing in (True, False, True):
        other.playing = playing
        await stand.until(lambda state, playing=playing: stand.session._told.args[2] == playing)
        held.append(stand.frame().held)
        held[-1] = (await stand.until(lambda state, playing=playing: state.held != playing)).held
    told["held"] = held
    beat_at = stand.frame()
    other.enabled = False
    state = await stand.until(lambda state: state.leader == "free")
    expected = beat_at.sounding + (state.time_s - beat_at.time_s) * 133.0 / 60.0
    told["left"], told["leap_beats"] = who(stand, state), abs(math.remainder(state.sounding - expected, 1.0))
    told["tempo_after_bpm"] = state.tempo_bpm
    stand.session.close()
    print(json.dumps(told))


asyncio.run(main())
