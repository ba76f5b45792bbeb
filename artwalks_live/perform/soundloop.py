"""Measure the way of sound out of this machine and back into it: clicks are played, and listened for."""

from __future__ import annotations

import bisect
import threading

import numpy as np

from artwalks_live.core.audio import Samples, SoundPort
from artwalks_live.core.clicks import Loop, find, train
from artwalks_live.core.errors import AudioError

BEFORE_S = 1.0  # devices stutter when they start
EVERY_S = 0.5  # longer than any loop
FEWEST = 3


class Stamps:
    """When samples were heard, as the device said of each block; between its reports, straight on.

    No loop smooths them: of many clicks the middle one is taken, and a line that still settles would bend them all.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._samples: list[int] = []
        self._times: list[float] = []

    def observe(self, sample: int, time_s: float) -> None:
        """Sample number `sample` is heard at time_s."""
        self._samples.append(sample)
        self._times.append(time_s)

    def time_of(self, sample: float) -> float:
        """When a sample is heard."""
        k = max(bisect.bisect_right(self._samples, sample) - 1, 0)
        return self._times[k] + (sample - self._samples[k]) / self._rate_hz

    def sample_at(self, time_s: float) -> float:
        """Which sample is heard then."""
        k = max(bisect.bisect_right(self._times, time_s) - 1, 0)
        return self._samples[k] + (time_s - self._times[k]) * self._rate_hz


class SoundLoop:
    """Play clicks on an output and find them in an input.

    output, source   ports, the output with any number of channels, all of which click; of the source, all are mixed
    clicks           how many

    Blocks are handled in the ports' own threads; `done` says when enough was heard, `result` finds the clicks in it.
    """

    def __init__(self, output: SoundPort, source: SoundPort, clicks: int = 10) -> None:
        self._output, self._source = output, source
        self._sound, self._starts = train(output.sample_rate_hz, EVERY_S, clicks, BEFORE_S)
        self._played = Stamps(output.sample_rate_hz)
        self._heard = Stamps(source.sample_rate_hz)
        self._cursor = self._taken = 0
        self._end_s = 0.0
        self._blocks: list[Samples] = []
        self._done = threading.Event()

    def start(self) -> None:
        """Open both. Raises AudioError when either cannot be opened."""
        self._source.open(self._take)
        self._output.open(self._fill)

    def wait(self, seconds: float) -> bool:
        """Wait until all was played and heard; False when that takes longer than `seconds`."""
        return self._done.wait(seconds)

    def close(self) -> None:
        """Let go of both."""
        self._output.close()
        self._source.close()

    def result(self) -> Loop:
        """What was measured. Raises AudioError when too little was heard."""
        heard = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.float32)
        rate_hz = self._source.sample_rate_hz
        delays = []
        for start in self._starts if self._blocks and self._cursor else ():
            out_s = self._played.time_of(start) - self._output.latency_s
            first = max(0, round(self._heard.sample_at(out_s)))
            found = find(heard[first : first + round(EVERY_S * rate_hz)], rate_hz)
            if found is not None:
                delays.append(self._heard.time_of(first + found) + self._source.latency_s - out_s)
        if len(delays) < FEWEST:
            raise AudioError(
                f"{len(delays)} of {len(self._starts)} clicks were heard: connect the output to the input (by cable, "
                "loop-back device or a microphone), turn both up, and choose them with --input and --output"
            )
        return Loop(tuple(delays), len(self._starts))

    def _fill(self, block: Samples, heard_s: float) -> None:
        """Fill the next block (n, channels). Audio thread."""
        self._played.observe(self._cursor, heard_s)
        if self._cursor < len(self._sound):
            self._end_s = heard_s + (len(self._sound) - self._cursor) / self._output.sample_rate_hz
        part = self._sound[self._cursor : self._cursor + len(block)]
        block[: len(part)] = part[:, None]
        block[len(part) :] = 0
        self._cursor += len(block)

    def _take(self, block: Samples, heard_s: float) -> None:
        """Keep a block (n, channels). Audio thread; it may allocate, for nothing depends on its pace."""
        self._heard.observe(self._taken, heard_s)
        self._blocks.append(block.mean(axis=1, dtype=np.float32))
        self._taken += len(block)
        if self._cursor > len(self._sound) and self._heard.time_of(self._taken) > self._end_s:
            self._done.set()
