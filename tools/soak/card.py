"""A sound card that never was: a crystal that errs and wanders, callbacks that jitter, blocks that are lost.

Everything is an event in simulated time, so that a day passes in minutes. Times are of the show's clock, which is true
here; the card's own crystal is `ppm` parts in a million off, and wanders about that as the hall warms up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from artwalks_live.core.audio import BlockCallback, Samples
from artwalks_live.core.streamtime import StreamTime

SIZES = (64, 128, 256, 441, 512, 1024, 2048, 4096)
STRETCH_S = (20.0, 200.0)  # how long a block size lasts ...
STRETCH_BLOCKS = 10000  # ... and in blocks at most, for the sake of the small ones' cost
WANDER_S = 5400.0  # a hall warms and cools in an hour and a half
STREAM_S = 4321.0  # what the library's clock is ahead of the show's
PERIOD, LONGEST = 1 << 20, 8192


class Ramp:
    """Sound of any length in little memory, of which every sample tells its number: see `number_of`."""

    shape = (1 << 40, 1)

    def __init__(self) -> None:
        numbers = np.arange(PERIOD + LONGEST) % PERIOD
        self._table = ((numbers + 1) / (2 * PERIOD)).astype(np.float32)[:, None]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, part: slice) -> Samples:
        start = part.start % PERIOD
        return self._table[start : start + part.stop - part.start]


def number_of(value: float, near: float) -> float:
    """Which sample of a `Ramp` has this value, of those that have, the one nearest to `near`; NaN for silence."""
    if value == 0:
        return math.nan
    number = round(value * 2 * PERIOD) - 1
    return number + PERIOD * round((near - number) / PERIOD)


@dataclass(frozen=True)
class Card:
    """What is wrong with a sound card.

    ppm            how much too fast its crystal is, parts in a million
    wander_ppm     how far it strays from that with the temperature
    jitter_s       reports and callbacks come this much too early or late, at most, evenly spread
    late_every_s   now and then a callback waits for up to `late_s`, as when another thread held Python's lock
    lost_every_s   now and then `lost_s` of sound at most is lost: an xrun
    told           whether the card says so
    latency_s      from the callback to the air, or back
    """

    ppm: float = 100.0
    wander_ppm: float = 20.0
    jitter_s: float = 0.004
    late_every_s: float = 10.0
    late_s: float = 0.03
    lost_every_s: float = 300.0
    lost_s: float = 0.07
    told: bool = True
    latency_s: float = 0.04
    rate_hz: int = 48000
    seed: int = 0

    def blocks(self, seconds: float, from_s: float = 0.0) -> Iterator[Block]:
        """The blocks that are in the air in so many seconds, in order."""
        chance = np.random.default_rng(self.seed)
        first, starts_s, end_s = 0, from_s, from_s + seconds
        lost_due_s = from_s + float(chance.exponential(self.lost_every_s))
        while starts_s < end_s:
            size = int(chance.choice(SIZES))
            count = math.ceil(min(float(chance.uniform(*STRETCH_S)), end_s - starts_s) * self.rate_hz / size)
            count = min(count, STRETCH_BLOCKS)
            jitters = chance.uniform(-self.jitter_s, self.jitter_s, count)
            late = chance.random(count) < size / self.rate_hz / self.late_every_s
            waits = late * chance.uniform(0, self.late_s, count)
            for jitter_s, wait_s in zip(jitters.tolist(), waits.tolist(), strict=True):
                lost = starts_s > lost_due_s
                if lost:
                    starts_s += float(chance.uniform(0.1, 1.0)) * self.lost_s
                    lost_due_s = starts_s + float(chance.exponential(self.lost_every_s))
                ends_s = starts_s + size / (self.rate_hz * (1 + self.error_at(starts_s)))
                yield Block(first, size, starts_s, ends_s, starts_s + jitter_s, wait_s, lost)
                first, starts_s = first + size, ends_s

    def error_at(self, time_s: float) -> float:
        """By what share the crystal is too fast at an instant."""
        slow, quick = math.sin(2 * math.pi * time_s / WANDER_S), math.sin(2 * math.pi * time_s / (WANDER_S / 13.7))
        return (self.ppm + self.wander_ppm * (0.8 * slow + 0.2 * quick)) * 1e-6


class Block(NamedTuple):
    """A block of `size` samples: the number of its first on the card, when it begins and ends in the air, when the
    card says that it begins, how long the callback then waited, and whether sound was lost just before it."""

    first: int
    size: int
    starts_s: float
    ends_s: float
    reported_s: float
    wait_s: float
    lost: bool


class CardPort:
    """The card as a `SoundPort`, of one channel, that stamps its blocks as a DevicePort does."""

    channels = 1
    state = "ok"

    def __init__(self, card: Card) -> None:
        self.sample_rate_hz = card.rate_hz
        self.latency_s = card.latency_s
        self.faults = 0
        self.lost = 0
        self._told = card.told
        self._stream_time = StreamTime()

    def open(self, callback: BlockCallback) -> None:
        """Keep the callback."""
        self._callback = callback

    def pass_on(self, samples: Samples, block: Block) -> None:
        """Give a block to whoever opened the port."""
        self.lost += block.lost
        self.faults += block.lost and self._told
        stream_s = STREAM_S + block.reported_s
        self._callback(samples, self._stream_time.called_s(stream_s, block.reported_s + block.wait_s))

    def close(self) -> None:
        """Nothing to let go of."""


def ramp() -> Samples:
    """A `Ramp` for those who expect an array."""
    return cast(Samples, Ramp())
