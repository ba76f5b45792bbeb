"""The line between a sound device's sample count and the show's clock.

A sound card counts samples by its own crystal and reports times that jitter by a callback or two. This is a delay
locked loop over those reports: it follows the card's true rate, ignores the jitter, and between reports it runs on.
Adriaensen, "Using a DLL to filter time", Linux Audio Conference 2005.
"""

from __future__ import annotations

import math

JUMP_S = 0.08  # a report this far off the line is no jitter: the device paused, or came back
SLIP_S = 0.008  # reports that keep this far off the line, all to one side, say that sound was lost
TOLD_S = 0.002  # ... but a device that tells of a loss is believed from here on
SLIP_REPORTS, SLIP_SPAN_S = 5, 0.15  # ... once there are so many of them, over so long
DOUBT_S = 0.5  # a report that tells of a loss may itself be late: for so long an early one is believed, too
SETTLED_S = 10.0  # before, devices still revise what they say of their latency
FAST_HZ, SLOW_HZ = 1.0, 0.08
MAX_DRIFT = 0.005  # crystals differ by 0.01 %; more than 0.5 % is a wrong report


class SampleClock:
    """Turn samples into seconds and back, smoothly.

    One thread observes, any thread asks: the line is replaced as a whole. Bandwidth 1 Hz at first, 0.08 Hz after ten
    seconds. Such a loop takes seconds to follow a device that lost a few blocks: `slip` tells that at once, and
    `shift` moves the line.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._nominal_s = 1 / sample_rate_hz
        self._line: tuple[float, float, float] | None = None  # (samples, seconds there, seconds per sample)
        self._earlier: tuple[float, tuple[float, float, float]] | None = None  # the line up to so many samples
        self._since_s = 0.0
        self._faults = 0
        self._told_s = -math.inf
        self._off: tuple[int, float, float] = 0, 0.0, 0.0  # reports off the line: how many, since when, their sum

    @property
    def anchored(self) -> bool:
        """Whether anything was observed yet."""
        return self._line is not None

    def observe(self, samples: float, time_s: float) -> None:
        """Learn that sample number `samples` was (or will be) heard at `time_s` of the show's clock."""
        if self._line is None:
            self._anchor(samples, time_s)
            return
        before, there_s, period_s = self._line
        elapsed_s = (samples - before) * period_s
        error_s = time_s - there_s - elapsed_s
        if elapsed_s < 0 or abs(error_s) > JUMP_S:
            self._anchor(samples, time_s)
        elif elapsed_s > 0:
            bandwidth_hz = max(SLOW_HZ, FAST_HZ / (1 + self._since_s))
            omega = min(2 * math.pi * bandwidth_hz * elapsed_s, 0.5)
            period_s += omega**2 * error_s / (samples - before)
            period_s = min(max(period_s, self._nominal_s * (1 - MAX_DRIFT)), self._nominal_s * (1 + MAX_DRIFT))
            self._since_s += elapsed_s
            self._line = samples, there_s + elapsed_s + math.sqrt(2) * omega * error_s, period_s

    def slip(self, samples: float, time_s: float, faults: int) -> float:
        """Say by how many seconds a report is later than the line because sound was lost; 0 when none was.

        faults   of the device so far: when it says that sound was lost, one report is believed. Otherwise they must
                 agree for 0.15 s, since a single one may be late because its thread was.

        Ask once for each report, before it is observed, and act upon it: shift the line, or what is heard.
        """
        told, self._faults = faults != self._faults, faults
        if self._line is None:
            return 0.0
        error_s = time_s - self.time_of(samples)
        if abs(error_s) > JUMP_S:
            self._since_s = 0.0  # a device that is back revises its latency again: the line follows, not what is heard
            return error_s
        count, since_s, total_s = self._off
        self._off = 0, time_s, 0.0
        if abs(error_s) < (TOLD_S if told else SLIP_S) or self._since_s < SETTLED_S:
            return 0.0
        if told:
            self._told_s = time_s
        if told or (error_s < 0 and time_s - self._told_s < DOUBT_S):
            return error_s
        if count and total_s * error_s > 0:
            self._off = count + 1, since_s, total_s + error_s
        else:
            self._off = 1, time_s, error_s
        count, since_s, total_s = self._off
        if count < SLIP_REPORTS or time_s - since_s < SLIP_SPAN_S:
            return 0.0
        self._off = 0, time_s, 0.0
        return total_s / count

    def shift(self, samples: float, slip_s: float) -> None:
        """Move the line, from sample number `samples` on, as `slip` said. What was before keeps its time."""
        assert self._line is not None, "observe something first"
        before, there_s, period_s = self._line
        self._earlier = samples, self._line
        self._line = before, there_s + slip_s, period_s

    def _anchor(self, samples: float, time_s: float) -> None:
        self._since_s = 0.0
        self._earlier = None
        self._line = samples, time_s, self._nominal_s

    def time_of(self, samples: float) -> float:
        """When sample number `samples` is heard; seconds on the show's clock. Only once anchored."""
        assert self._line is not None, "observe something first"
        before, there_s, period_s = self._line
        if self._earlier is not None and samples < self._earlier[0]:
            before, there_s, period_s = self._earlier[1]
        return there_s + (samples - before) * period_s

    def samples_at(self, time_s: float) -> float:
        """Which sample is heard at `time_s`. Only once anchored."""
        assert self._line is not None, "observe something first"
        before, there_s, period_s = self._line
        return before + (time_s - there_s) / period_s
