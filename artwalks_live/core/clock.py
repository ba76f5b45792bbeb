"""Time: the only module of core that reads a clock, and the frame rates in which time is counted.

Two clocks behind one seam. A show asks `now()` and never knows whether seconds pass by themselves (LiveClock) or
because a frame was counted (FixedClock, for renders and tests).
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Protocol

from artwalks_live.core.errors import UsageError

_NTSC = Fraction(1000, 1001)
_HIGHEST_FPS = 1000


class Clock(Protocol):
    """Seconds since the show began, float64, never going back."""

    def now(self) -> float: ...


class LiveClock:
    """Seconds on the machine's monotonic clock since this object was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def now(self) -> float:
        return time.perf_counter() - self._start


class FixedClock:
    """Time that stands still between frames: frame n is shown at exactly n / rate, rounded once."""

    def __init__(self, rate: Fraction) -> None:
        self.rate = rate
        self.frame = 0

    def now(self) -> float:
        return frame_time_s(self.frame, self.rate)

    def advance(self, frames: int = 1) -> None:
        """Count frames on."""
        self.frame += frames


def frame_time_s(frame: int, rate: Fraction) -> float:
    """The instant of frame n, n / rate, exact before the one rounding to float64 (no error builds up)."""
    return float(frame / rate)


def frame_count(seconds: float, rate: Fraction) -> int:
    """How many frames fill a duration: the last one begins before it ends. A microsecond is forgiven."""
    return max(0, -int(-(Fraction(seconds) - Fraction(1, 1_000_000)) * rate // 1))


def frame_rate(text: str) -> Fraction:
    """Read a frame rate: `60`, `24000/1001`, `12.5`; the rounded NTSC rates (29.97, 23.976, 59.94) become exact.

    Compare `rate_name(rate)` with the text to tell the user what was understood.
    Raises UsageError for anything that is not a rate between 1 and 1000 frames per second.
    """
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"frame rate {text!r}: write 60, 29.97 or 24000/1001") from None
    if not 1 <= rate <= _HIGHEST_FPS:
        raise UsageError(f"frame rate {text!r} is outside 1 .. {_HIGHEST_FPS} frames per second")
    exact = (round(rate) or 1) * _NTSC
    if "." in text and rate.denominator > 1 and abs(rate - exact) < Fraction(1, 200):
        return exact
    return rate


def rate_name(rate: Fraction) -> str:
    """`60`, or `30000/1001 (29.97)` for a rate that is not whole."""
    if rate.denominator == 1:
        return str(rate.numerator)
    return f"{rate.numerator}/{rate.denominator} ({float(rate):.5g})"
