"""The feature thread: hears a live source as it sounds, so that no frame waits for it."""

from __future__ import annotations

import threading
from collections import deque

from artwalks_live.core.audio import AudioSource, Samples
from artwalks_live.core.clock import Clock
from artwalks_live.core.ear import Ear, SongPlace
from artwalks_live.core.features import Features

QUEUE_S = 4.0


class ThreadedEar:
    """An `Ear` in a thread of its own, with a bounded queue of features.

    When nobody polls for 4 s the oldest features go and are counted; the show then continues with what is heard now.
    """

    def __init__(self, source: AudioSource, clock: Clock, place: SongPlace | None = None) -> None:
        self._ear = Ear(source, place)
        self._clock = clock
        self._nap_s = source.hop / source.sample_rate_hz
        self._room = round(QUEUE_S * source.sample_rate_hz / source.hop)
        self._queue: deque[Features] = deque()
        self._dropped = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="features", daemon=True)

    @property
    def state(self) -> str:
        """The ear's, or 'audio lost' if its thread has ended."""
        dead = self._thread.ident is not None and not self._thread.is_alive()
        return "audio lost" if dead else self._ear.state

    @property
    def latency_s(self) -> float:
        """The source's, and half a nap until the thread looks."""
        return self._ear.latency_s + self._nap_s / 2

    @property
    def overruns(self) -> int:
        """Samples the source lost, and hops of features dropped here."""
        return self._ear.overruns + self._dropped

    def start(self, now_s: float) -> None:
        """Open the source and begin to listen. Raises AudioError when the device cannot be opened."""
        self._ear.start(now_s)
        self._thread.start()

    def time_at(self, now_s: float) -> float:
        """The stream time at `now_s` of the show's clock."""
        return self._ear.time_at(now_s)

    def poll(self, until_s: float) -> list[Features]:
        """The features heard by `until_s`. Render thread; never waits."""
        ready = []
        while self._queue and self._queue[0].time_s <= until_s:
            ready.append(self._queue.popleft())
        return ready

    def take_samples(self) -> tuple[Samples, float]:
        """Live sound since the last call."""
        return self._ear.take_samples()

    def close(self) -> None:
        """End the thread and close the source."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._ear.close()

    def _run(self) -> None:
        while not self._stop.wait(self._nap_s):
            for features in self._ear.poll(self._ear.time_at(self._clock.now())):
                if len(self._queue) >= self._room:
                    self._queue.popleft()
                    self._dropped += 1
                self._queue.append(features)
