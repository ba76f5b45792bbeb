"""What a master is made of: codecs by name, refusals, deadlines, and sound laid on the picture's time line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.errors import RecordError
from artwalks_live.core.video import Deadlines, SoundTrack, choose_codec, pixel_shape, plan_master


@pytest.mark.parametrize(
    ("file", "asked", "codec"),
    [
        ("show.mp4", None, "h264"),
        ("show.MP4", None, "h264"),
        ("show.h265.mp4", None, "h265"),
        ("show.hevc.mov", None, "h265"),
        ("show.mov", None, "prores"),
        ("show.mkv", None, "ffv1"),
        ("show.v2.mp4", None, "h264"),
        ("show.mp4", "h265", "h265"),
        ("show.mkv", "hevc", "h265"),
    ],
)
def test_the_codec_follows_from_the_name_or_the_option(file: str, asked: str | None, codec: str) -> None:
    assert choose_codec(Path(file), asked).name == codec


@pytest.mark.parametrize(
    ("file", "asked", "size", "fps", "message"),
    [
        ("show.avi", None, (640, 360), 30, "use one of .mkv, .mov, .mp4"),
        ("show", None, (640, 360), 30, "suffix '' is unknown"),
        ("show.mp4", "vp9", (640, 360), 30, "use one of ffv1, h264, h265, prores"),
        ("show.mp4", "ffv1", (640, 360), 30, "ffv1 does not go into .mp4: use .mkv"),
        ("show.mp4", None, (641, 361), 30, "641x361: h264 shares colour between pixels: use even sides (640x360)"),
        ("show.mov", None, (641, 360), 30, "use even sides (640x360), or ffv1"),
        ("show.mp4", None, (0, 360), 30, "0x360 is no size"),
        ("show.mp4", None, (640, 360), 0, "0 frames a second"),
    ],
)
def test_what_cannot_be_written_is_refused(
    file: str, asked: str | None, size: tuple[int, int], fps: int, message: str
) -> None:
    with pytest.raises(RecordError) as error:
        plan_master(Path(file), size, Fraction(fps), codec=asked)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_odd_sizes_are_fine_where_no_colour_is_shared() -> None:
    assert plan_master(Path("a.mkv"), (641, 361), Fraction(30)).shape == (361, 641, 3)
    assert plan_master(Path("a.mov"), (640, 361), Fraction(30)).shape == (361, 640, 3)
    assert pixel_shape("nv12", (640, 360)) == (540, 640)


def test_samples_are_counted_from_the_start_and_never_drift() -> None:
    spec = plan_master(Path("a.mp4"), (64, 64), Fraction(24000, 1001), sample_rate_hz=48_000)
    assert [spec.samples_at(n) for n in (0, 1, 24000)] == [0, 2002, 48_048_000]


def test_deadlines_repeat_skip_and_count() -> None:
    lines = Deadlines()
    assert [lines.place(index) for index in (100, 101, 101, 104, 103, 105)] == [0, 0, None, 2, None, 0]
    assert (lines.written, lines.duplicated, lines.skipped) == (6, 2, 2)
    assert lines.finish(107) == 2
    assert (lines.written, lines.duplicated) == (8, 4)


def test_a_recording_without_frames_stays_empty() -> None:
    lines = Deadlines()
    assert lines.finish(10) == 0
    assert lines.written == 0


def test_jittering_deadlines_give_every_frame_once() -> None:
    """Frames drawn 0.3 ms early or late, numbered by the deadline they are for, lose and double nothing."""
    jitter = np.random.default_rng(0).uniform(-3e-4, 3e-4, 10_000)
    lines = Deadlines()
    repeats = [lines.place(round((n / 60 + jitter[n]) * 60)) for n in range(10_000)]
    assert repeats == [0] * 10_000


def ramp(start: int, count: int) -> np.ndarray:
    """Samples that say their own number."""
    return np.repeat(np.arange(start, start + count, dtype=np.float32)[:, None], 2, axis=1)


def test_blocks_of_any_length_come_out_as_one_line() -> None:
    track = SoundTrack(slack=0)
    for start, count in ((0, 7), (7, 100), (107, 1), (108, 392)):
        track.put(start, ramp(start, count))
    taken = np.concatenate([track.take(until) for until in (3, 3, 50, 51, 500)])
    np.testing.assert_array_equal(taken, ramp(0, 500))
    assert (track.filled, track.late) == (0, 0)


def test_gaps_become_silence_and_overlaps_are_cut() -> None:
    track = SoundTrack(slack=0)
    track.put(10, ramp(10, 10))
    track.put(15, ramp(15, 10))
    track.put(30, ramp(30, 5))
    expected = ramp(0, 40)
    expected[:10] = expected[25:30] = expected[35:] = 0
    np.testing.assert_array_equal(track.take(40), expected)
    assert (track.filled, track.late) == (10 + 5 + 5, 5)


def test_sound_that_comes_too_late_does_not_push_the_rest_back() -> None:
    track = SoundTrack(slack=0)
    assert not track.take(100).any()
    track.put(50, ramp(50, 30))
    track.put(80, ramp(80, 40))
    np.testing.assert_array_equal(track.take(120), ramp(100, 20))
    assert track.late == 50


def test_jitter_makes_no_seams_and_drift_is_mended() -> None:
    track = SoundTrack(slack=20)
    for block in range(100):
        track.put(block * 101 + (-1) ** block * 3, ramp(block * 100, 100))
    taken = track.take(10_000)
    assert 60 <= track.filled <= 100
    seams = np.count_nonzero(np.diff(taken[taken[:, 0] > 0, 0]) != 1)
    assert seams <= 5


def test_what_lies_before_the_master_is_cut() -> None:
    track = SoundTrack(slack=0)
    track.put(-5, ramp(-5, 10))
    np.testing.assert_array_equal(track.take(5), ramp(0, 5))
