"""The ring gives back what it was given."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest

from artwalks_live.core.heard import HeardSource
from artwalks_live.core.ring import SampleRing
from tests.core.ports import ArrayPort


def count(first: int, n: int, channels: int = 1) -> np.ndarray:
    """Samples that say which they are."""
    return np.repeat(np.arange(first, first + n, dtype=np.float32)[:, None], channels, axis=1)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_samples_come_out_in_order_across_the_seam(channels: int) -> None:
    ring = SampleRing(100, channels)
    written = read = 0
    for size in (70, 40, 90, 1, 100, 33):
        ring.write(count(written, size, channels))
        written += size
        while len(ring):
            got = ring.fetch(27)
            assert np.array_equal(got, count(read, len(got), channels))
            read += len(got)
    assert read == written == ring.written
    assert ring.overruns == 0


def test_what_does_not_fit_is_dropped_and_counted() -> None:
    ring = SampleRing(10, 1)
    ring.write(count(0, 8))
    ring.write(count(8, 8))
    assert ring.overruns == 6
    assert ring.fetch(99)[:, 0].tolist() == list(range(10))
    assert len(ring.fetch(5)) == 0


def test_the_callback_keeps_nothing_and_allocates_no_samples() -> None:
    source = HeardSource(port := ArrayPort(), (1, 2))
    source.start(0.0)
    block = count(0, 48000, 2)
    port.capture(block, 0.0)
    tracemalloc.start()
    try:
        for n in range(1, 10):
            port.capture(block, float(n))
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4000  # a few integers and views; the block itself is 384,000 bytes
    assert kept < 1000
    assert source.overruns == 6 * 48000


def test_two_threads_need_no_lock() -> None:
    ring = SampleRing(997, 1)
    total = 60000

    def write() -> None:
        sent = 0
        while sent < total:
            size = min(97, total - sent, 997 - len(ring))
            ring.write(count(sent, size))
            sent += size

    writer = threading.Thread(target=write)
    writer.start()
    got: list[float] = []
    while len(got) < total:
        got += ring.fetch(61)[:, 0].tolist()
    writer.join()
    assert got == list(range(total))
    assert ring.overruns == 0
