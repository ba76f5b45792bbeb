"""The feature thread: hears by itself, hands over in order, is bounded, and ends when told."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import numpy as np

from artwalks_live.core.audio import ArraySource, AudioClip
from artwalks_live.core.ear import Ear
from artwalks_live.core.features import Features
from artwalks_live.core.heard import HeardSource
from artwalks_live.io.audio_thread import QUEUE_S, ThreadedEar
from tests.core.ports import ArrayPort
from tests.core.sounds import struck

RATE = 48000


class HandClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def now(self) -> float:
        """Where it was put."""
        return self.time_s


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def drums(seconds: float) -> AudioClip:
    """A clip to hear."""
    return AudioClip(struck(np.arange(0.2, seconds, 0.4), seconds, RATE)[:, None], RATE)


def test_it_hears_by_itself_what_an_ear_hears_when_asked() -> None:
    clock = HandClock()
    source = ArraySource(drums(2.0))
    ear = ThreadedEar(Ear(source), clock)
    ear.start(0.0)
    clock.time_s = 1.5
    heard: list[Features] = []

    def all_there() -> bool:
        heard.extend(ear.poll(9.0))
        return len(heard) == int(1.5 * RATE / 512)

    wait_for(all_there)
    ear.close()
    assert [one.time_s for one in heard] == [(k + 1) * 512 / RATE for k in range(len(heard))]
    assert sum(one.onset_event for one in heard) == 4


def test_features_wait_for_their_time() -> None:
    clock = HandClock()
    ear = ThreadedEar(Ear(ArraySource(drums(1.0))), clock)
    ear.start(0.0)
    clock.time_s = 1.0
    early: list[Features] = []
    wait_for(lambda: bool(early.extend(ear.poll(0.5)) or len(early) == int(0.5 * RATE / 512)))
    assert early[-1].time_s <= 0.5
    ear.close()


def test_nobody_polling_keeps_the_newest_and_counts_the_rest() -> None:
    clock = HandClock()
    ear = ThreadedEar(Ear(ArraySource(drums(1.0))), clock)
    ear.start(0.0)
    clock.time_s = QUEUE_S + 2
    wait_for(lambda: ear.overruns >= int(2 * RATE / 512) - 2)
    kept = ear.poll(1e9)
    ear.close()
    assert len(kept) <= QUEUE_S * RATE / 512 + 1
    assert all(b.time_s > a.time_s for a, b in itertools.pairwise(kept))


def test_closing_ends_the_thread_and_the_device() -> None:
    port = ArrayPort()
    before = threading.active_count()
    ear = ThreadedEar(Ear(HeardSource(port, (1, 2))), HandClock())
    ear.start(0.0)
    assert threading.active_count() == before + 1
    ear.close()
    ear.close()
    assert threading.active_count() == before
    assert port.closed
