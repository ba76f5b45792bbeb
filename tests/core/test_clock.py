from __future__ import annotations

from fractions import Fraction

import pytest

from artwalks_live.core.clock import FixedClock, LiveClock, frame_count, frame_rate, frame_time_s, rate_name
from artwalks_live.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("60", Fraction(60)),
        ("24000/1001", Fraction(24000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("119.88", Fraction(120000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("30.0", Fraction(30)),
        ("29", Fraction(29)),
        (" 50 ", Fraction(50)),
    ],
)
def test_rates_are_rational_and_the_rounded_ntsc_ones_exact(text: str, rate: Fraction) -> None:
    assert frame_rate(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "60fps", "0", "-24", "1/0", "1e9", "nan", "inf"])
def test_what_is_no_rate_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="frame rate") as error:
        frame_rate(text)
    assert repr(text) in str(error.value) and "\n" not in str(error.value)


def test_names_say_what_was_understood() -> None:
    assert rate_name(frame_rate("60")) == "60"
    assert rate_name(frame_rate("29.97")) == "30000/1001 (29.97)"


def test_frame_times_do_not_drift() -> None:
    rate = frame_rate("24000/1001")
    assert frame_time_s(24000 * 3600, rate) == 1001 * 3600
    clock = FixedClock(rate)
    clock.advance(24000)
    assert clock.now() == 1001.0


@pytest.mark.parametrize(
    ("seconds", "fps", "frames"),
    [(1.0, "60", 60), (10.0, "24000/1001", 240), (0.5, "30", 15), (0.1, "30", 3), (0, "60", 0)],
)
def test_a_duration_holds_as_many_frames_as_begin_in_it(seconds: float, fps: str, frames: int) -> None:
    assert frame_count(seconds, frame_rate(fps)) == frames


def test_the_live_clock_runs_forward() -> None:
    clock = LiveClock()
    times = [clock.now() for _ in range(100)]
    assert times == sorted(times) and times[0] >= 0.0
