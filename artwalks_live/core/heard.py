"""Listen to a live input: the device's thread writes a ring, the feature thread makes timed hops of it."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from artwalks_live.core.audio import Hop, Samples, SoundPort, hop_length, mono, stereo
from artwalks_live.core.ring import SampleRing
from artwalks_live.core.sampleclock import JUMP_S, SampleClock

RING_S = 4.0
LOST_S = 0.25  # without a block for this long, the input counts as lost
TAP_S = 10.0  # what a recorder may leave lying
GAP_S = 0.01  # a longer one is silence on the tap
DRIFT_SAMPLES = 32  # the tap follows the show's clock by one sample a hop once it is this far off


class _Report(NamedTuple):
    """After how many samples a block began, and when; faults of the device so far, and where the last one was."""

    samples: int
    heard_s: float
    faults: int
    lost_at: int


class HeardSource:
    """The sound of an input, hop by hop, stamped with the time at which it was in the air.

    port       where the blocks come from
    channels   1-based numbers of the port's channels to listen to

    When blocks stop coming, hops of silence take their place after 0.25 s, so that features decay and the walk goes
    on; when they come again, so do the hops. Stream time is the show's clock since `start`, and never decreases.
    """

    def __init__(self, port: SoundPort, channels: tuple[int, ...]) -> None:
        self.sample_rate_hz = port.sample_rate_hz
        self.hop = hop_length(port.sample_rate_hz)
        self.tap_overruns = 0
        self._port = port
        self._picks = np.array(channels) - 1
        self._ring = SampleRing(round(RING_S * port.sample_rate_hz), port.channels)
        self._clock = SampleClock(port.sample_rate_hz)
        self._report: _Report | None = None
        self._noted: _Report | None = None
        self._faults = self._lost_at = 0
        self._tap: deque[tuple[int, Samples]] = deque()
        self._tapped = 0
        self._start_s = 0.0
        self._end_s = 0.0

    @property
    def state(self) -> str:
        """'ok', or what the port says."""
        return self._port.state

    @property
    def latency_s(self) -> float:
        """From the sound in the air to the hop being handed over: the device's own, plus one hop."""
        return self._port.latency_s + self.hop / self.sample_rate_hz

    @property
    def overruns(self) -> int:
        """Samples that the device lost or that nobody fetched in time."""
        return self._ring.overruns + self._port.faults

    def start(self, now_s: float) -> None:
        """Open the input; stream time 0 is now."""
        self._start_s = now_s
        self._port.open(self._take)

    def time_at(self, now_s: float) -> float:
        """Seconds since the start."""
        return max(0.0, now_s - self._start_s)

    def _take(self, block: Samples, heard_s: float) -> None:
        """Copy a block (n, channels) whose first sample was in the air at `heard_s`. Audio thread."""
        written, faults = self._ring.written, self._port.faults
        if faults != self._faults:
            self._faults, self._lost_at = faults, written
        self._report = _Report(written, heard_s, faults, self._lost_at)
        self._ring.write(block)

    def hops_until(self, time_s: float) -> list[Hop]:
        """The hops that were in the air by `time_s`, heard or, when the input is lost, silent. Feature thread."""
        hops: list[Hop] = []
        self._note(self._report)
        while len(self._ring) >= self.hop:
            last = self._ring.read + self.hop - 1  # not the one after it: between the two, sound may have been lost
            end_s = self._clock.time_of(last) + 1 / self.sample_rate_hz - self._start_s
            if end_s > time_s:
                return hops
            samples = self._ring.fetch(self.hop)[:, self._picks]
            if end_s > self._end_s:
                hops.append(self._hop(samples, end_s))
        hop_s = self.hop / self.sample_rate_hz
        while self._end_s + hop_s <= time_s - LOST_S - self._port.latency_s:
            hops.append(self._hop(np.zeros((self.hop, 2), np.float32), self._end_s + hop_s))
        return hops

    def _note(self, report: _Report | None) -> None:
        """Learn from the newest report of the device."""
        if report is None or report is self._noted:
            return
        told = self._noted is not None and report.faults != self._noted.faults
        self._noted = report
        slip_s = self._clock.slip(report.samples, report.heard_s, report.faults)
        if 0 < abs(slip_s) <= JUMP_S:  # a longer one begins a new line by itself
            self._clock.shift(report.lost_at if told else report.samples, slip_s)
        self._clock.observe(report.samples, report.heard_s)

    def _hop(self, samples: Samples, end_s: float) -> Hop:
        self._end_s = end_s
        self._keep(stereo(samples), round(end_s * self.sample_rate_hz) - len(samples))
        return Hop(mono(samples), end_s)

    def _keep(self, samples: Samples, start: int) -> None:
        """Put a hop on the tap, a sample longer or shorter where the device's crystal strays from the show's clock."""
        if not self._tapped:
            self._tapped = start
        drift = start - self._tapped
        if drift > GAP_S * self.sample_rate_hz:
            samples = np.concatenate([np.zeros((drift, 2), np.float32), samples])
        elif drift > DRIFT_SAMPLES:
            samples = np.concatenate([samples, samples[-1:]])
        elif drift < -DRIFT_SAMPLES:
            samples = samples[:-1]
        self._tap.append((self._tapped, samples))
        self._tapped += len(samples)
        if len(self._tap) * self.hop > TAP_S * self.sample_rate_hz:
            self.tap_overruns += len(self._tap.popleft()[1])

    def take_samples(self) -> tuple[Samples, float]:
        """What was heard since the last call and when it began; what nobody took for 10 s is dropped and counted."""
        parts = [self._tap.popleft() for _ in range(len(self._tap))]
        if not parts:
            return np.empty((0, 2), np.float32), self._end_s
        return np.concatenate([samples for _, samples in parts]), parts[0][0] / self.sample_rate_hz

    def close(self) -> None:
        """Let go of the input."""
        self._port.close()
