"""A sound device in memory: the test is its audio thread and its crystal."""

from __future__ import annotations

import numpy as np

from artwalks_live.core.audio import BlockCallback, Samples


class ArrayPort:
    """A `SoundPort` that moves a block when it is told to.

    Give it the samples of an input, or collect what an output was filled with.
    """

    def __init__(self, sample_rate_hz: int = 48000, channels: int = 2, latency_s: float = 0.0) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.channels = channels
        self.latency_s = latency_s
        self.state = "ok"
        self.faults = 0
        self.closed = False
        self.callback: BlockCallback | None = None

    def open(self, callback: BlockCallback) -> None:
        """Keep the callback."""
        self.callback = callback

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def capture(self, samples: Samples, heard_s: float) -> None:
        """Hand in a block whose first sample was in the air at `heard_s`."""
        assert self.callback is not None
        self.callback(samples, heard_s)

    def play(self, n: int, heard_s: float) -> Samples:
        """Ask for a block that will be heard from `heard_s` on."""
        assert self.callback is not None
        block = np.full((n, self.channels), np.nan, np.float32)
        self.callback(block, heard_s)
        return block
