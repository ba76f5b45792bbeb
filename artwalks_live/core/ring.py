"""A ring of samples between two threads: one writes, one reads, neither waits.

Only the writer moves the write count and only the reader moves the read count, both are plain integers, and the
samples are in place before the count moves: that is all the locking there is.
"""

from __future__ import annotations

import numpy as np

from artwalks_live.core.audio import Samples


class SampleRing:
    """Hold the last samples until they are fetched. When full, what comes new is dropped and counted.

    written    samples taken in since the start, without the dropped ones
    overruns   samples dropped because the ring was full
    """

    def __init__(self, capacity: int, channels: int) -> None:
        self._samples = np.zeros((capacity, channels), np.float32)
        self.written = 0
        self.read = 0
        self.overruns = 0

    def __len__(self) -> int:
        return self.written - self.read

    def write(self, block: Samples) -> None:
        """Copy a block (n, channels) in. For the audio callback: no allocation, no lock."""
        capacity = len(self._samples)
        n = min(len(block), capacity - len(self))
        self.overruns += len(block) - n
        at = self.written % capacity
        first = min(n, capacity - at)
        self._samples[at : at + first] = block[:first]
        self._samples[: n - first] = block[first:n]
        self.written += n

    def fetch(self, n: int) -> Samples:
        """Copy the oldest n samples out, (n, channels); fewer when there are not so many."""
        capacity = len(self._samples)
        n = min(n, len(self))
        at = self.read % capacity
        first = min(n, capacity - at)
        out = np.concatenate([self._samples[at : at + first], self._samples[: n - first]])
        self.read += n
        return out
