"""The line between a sound device's sample count and the show's clock.

A sound card counts samples by its own crystal and reports times that jitter by a callback or two. This is a delay
locked loop over those reports: it follows the card's true rate, ignores the jitter, and between reports it runs on.
Adriaensen, "Using a DLL to filter time", Linux Audio Conference 2005.
"""

from __future__ import annotations

import math

JUMP_S = 0.08  # a report this far off the line is no jitter: the device paused, or came back
FAST_HZ, SLOW_HZ = 1.0, 0.08
MAX_DRIFT = 0.005  # crystals differ by 0.01 %; more than 0.5 % is a wrong report


class SampleClock:
    """Turn samples into seconds and back, smoothly.

    One thread observes, any thread asks: the line is replaced as a whole. Bandwidth 1 Hz at first, 0.08 Hz after ten
    seconds.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._nominal_s = 1 / sample_rate_hz
        self._line: tuple[float, float, float] | None = None  # (samples, seconds there, seconds per sample)
        self._since_s = 0.0

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

    def _anchor(self, samples: float, time_s: float) -> None:
        self._since_s = 0.0
        self._line = samples, time_s, self._nominal_s

    def time_of(self, samples: float) -> float:
        """When sample number `samples` is heard; seconds on the show's clock. Only once anchored."""
        assert self._line is not None, "observe something first"
        before, there_s, period_s = self._line
        return there_s + (samples - before) * period_s

    def samples_at(self, time_s: float) -> float:
        """Which sample is heard at `time_s`. Only once anchored."""
        assert self._line is not None, "observe something first"
        before, there_s, period_s = self._line
        return before + (time_s - there_s) / period_s
