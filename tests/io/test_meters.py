"""The meter page: known values are known pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from artwalks_live.core.features import Features
from artwalks_live.core.meters import AHEAD_S, PAST_S, MeterBridge, Moment
from artwalks_live.io.meters import (
    ALARM,
    AMBER,
    BROAD,
    COLOURS,
    FIFTHS,
    FOOT,
    INK,
    LAMP_COLOURS,
    LAMP_X,
    LEFTS,
    LINE,
    NOW,
    SLIDER,
    SLIDER_ROWS,
    TOP,
    WHEEL,
    WHEEL_HOLE,
    WHEEL_RADIUS,
    meter_page,
    page_size,
)

U = 20
SOUND = Features(1.0, 0.5, 0.25, 0.75, 1.0, 0.0, False, 0.0, 0.0, 120.0, 6.0, 0.5)
BANDS = (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875)
Array = npt.NDArray[np.uint8]


def page(features: Features | None = SOUND, **moment: object) -> Array:
    """The page of one hop."""
    bridge = MeterBridge()
    bridge.hear([] if features is None else [features])
    now = {"time_s": 1.0, "beat": 6.0, "tempo_bpm": 120.0, **moment}
    return meter_page(bridge.read(Moment(**now)), U)  # type: ignore[arg-type]


def like(picture: Array, colour: tuple[int, int, int, int], within: int = 12) -> npt.NDArray[np.bool_]:
    """Where a picture has a colour."""
    return (np.abs(picture[..., :3].astype(int) - colour[:3]) <= within).all(axis=-1)


def test_the_page_has_the_size_it_says_at_every_size_of_type() -> None:
    for px in (6, 11, 21, 32):
        bridge = MeterBridge()
        bridge.hear([SOUND])
        drawn = meter_page(bridge.read(Moment(1.0, 6.0, 120.0)), px)
        assert drawn.shape == (page_size(px)[1], page_size(px)[0], 4)
        assert drawn.dtype == np.uint8


def test_bars_are_as_high_as_their_values() -> None:
    values = (0.5, 0.25, 0.75, 1.0, *BANDS)
    drawn = page(replace(SOUND, bands=BANDS))
    for left, broad, value, colour in zip(LEFTS, BROAD, values, COLOURS, strict=True):
        column = drawn[:, round((left + broad / 2) * U)]
        filled = like(column[round(TOP * U) : round(FOOT * U)], colour)
        peak = like(column[round(TOP * U) : round(FOOT * U)], INK)
        assert (filled | peak).sum() == pytest.approx(value * (FOOT - TOP) * U, abs=2.5), value


def test_a_held_peak_stands_above_its_bar() -> None:
    bridge = MeterBridge()
    bridge.hear([replace(SOUND, time_s=0.9, bass=0.8), replace(SOUND, bass=0.1)])
    drawn = meter_page(bridge.read(Moment(1.0, 6.0, 120.0)), U)
    column = drawn[: round(FOOT * U), round((LEFTS[1] + BROAD[1] / 2) * U)]
    marks = np.flatnonzero(like(column, INK))
    assert marks.mean() == pytest.approx((FOOT - 0.8 * (FOOT - TOP)) * U, abs=1.5)
    assert like(column, COLOURS[1]).sum() == pytest.approx(0.1 * (FOOT - TOP) * U, abs=1)


def test_lamps_are_as_bright_as_their_strokes() -> None:
    drawn = page(replace(SOUND, kick=1.0, snare=0.0, hat=0.5))
    middles = [drawn[round((2.0 + 2.1 * i) * U), round(LAMP_X * U)].astype(int) for i in range(3)]
    assert np.abs(middles[0][:3] - LAMP_COLOURS[0][:3]).max() < 14
    assert middles[1][:3].max() < 70
    assert middles[1][:3].max() < middles[2][:3].max() < LAMP_COLOURS[2][2]


def test_the_time_line_has_the_strokes_to_its_left_and_the_beats_to_its_right() -> None:
    bridge = MeterBridge()
    hops = [replace(SOUND, time_s=n * 0.01, onset=1.0 if n == 300 else 0.0) for n in range(1, 401)]
    bridge.hear(hops)
    drawn = meter_page(bridge.read(Moment(4.0, 7.0, 60.0)), U)
    per_s = (NOW - LINE[0]) * U / PAST_S
    row = drawn[round(LINE[1] * U) + 8]
    stroke = np.flatnonzero(row[round(LINE[0] * U) : round(NOW * U) - 2, 2] > 150) + round(LINE[0] * U)
    assert stroke.mean() == pytest.approx(NOW * U - per_s, abs=0.03 * per_s)
    bar = np.flatnonzero(like(row, AMBER, 60))
    assert bar.mean() == pytest.approx(NOW * U + per_s, abs=2), "beat 8 begins a bar, one second ahead"
    assert (LINE[2] - NOW) * U == pytest.approx(AHEAD_S * per_s)


def test_the_dot_of_the_beat_that_sounds_is_lit() -> None:
    for beat in range(4):
        row = page(beat=8.0 + beat)[round(8.2 * U)]
        reach = [row[round((LINE[0] + 0.6 + 1.7 * i) * U), :3].astype(int).sum() for i in range(4)]
        assert int(np.argmax(reach)) == beat


def test_the_running_dot_goes_from_beat_to_beat() -> None:
    for place in (0.0, 1.5, 2.25):
        row = page(beat=4.0 + place)[round((8.2 + 0.9) * U), : round((LINE[0] + 9) * U)]
        dot = np.flatnonzero(like(row[round(LINE[0] * U) :], INK)) + round(LINE[0] * U)
        assert dot.mean() == pytest.approx((LINE[0] + 0.6 + 1.7 * place) * U, abs=1)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_confidence_is_a_bar_of_its_length(value: float) -> None:
    for drawn in (page(replace(SOUND, confidence=value)), page(None, confidence=value)):
        row = drawn[round(11.8 * U), round(LINE[0] * U) : round((LINE[0] + 7.2) * U)]
        assert like(row, AMBER).sum() == pytest.approx(7.0 * U * value, abs=1)


def test_sliders_stand_where_their_values_are() -> None:
    drawn = page(replace(SOUND, balance=0.25, centroid=0.5, flatness=1.0))
    for value, row in zip((0.25, 0.5, 1.0), SLIDER_ROWS, strict=True):
        first = round((SLIDER[0] - 0.5) * U)
        at = np.flatnonzero(like(drawn[round(row * U), first:], AMBER)) + first
        assert at.mean() == pytest.approx((SLIDER[0] + value * (SLIDER[1] - SLIDER[0])) * U, abs=1)


def test_the_wheel_is_filled_from_its_hole_as_far_as_each_pitch_class() -> None:
    chroma = tuple(0.5 if note == 9 else 0.0 for note in range(12))
    drawn = page(replace(SOUND, chroma=chroma))
    plain = page(replace(SOUND, chroma=(0.0,) * 12))
    changed = (drawn != plain).any(axis=-1)
    turn = 2 * np.pi * FIFTHS.index(9) / 12
    along = np.arange(0, (WHEEL_RADIUS + 1) * U)
    x = np.round(round(WHEEL[0] * U) + along * np.sin(turn)).astype(int)
    y = np.round(round(WHEEL[1] * U) - along * np.cos(turn)).astype(int)
    lit = along[changed[y, x] & (along >= round(WHEEL_HOLE * U) + 1)]
    reach = round(WHEEL_HOLE * U) + 0.5 * (round(WHEEL_RADIUS * U) - round(WHEEL_HOLE * U))
    assert lit.min() <= WHEEL_HOLE * U + 3
    assert lit.max() == pytest.approx(reach, abs=1.5)


def test_what_is_wrong_is_in_another_colour() -> None:
    fine, lost = page(sound="live mixer: ok"), page(sound="live mixer: audio lost", overruns=7)
    assert not like(fine, ALARM, 4).any()
    rows = np.s_[round(11.3 * U) : round(12.5 * U)]
    left, right = np.s_[: round(16 * U)], np.s_[round(34 * U) : round(LINE[2] * U)]
    assert like(lost[rows, left], ALARM, 4).any()
    assert like(lost[rows, right], ALARM, 4).any()


def test_a_page_drawn_on_an_old_one_is_the_same() -> None:
    bridge = MeterBridge()
    bridge.hear([SOUND])
    meters = bridge.read(Moment(1.0, 6.0, 120.0))
    old = meter_page(meters, U)
    bridge.hear([replace(SOUND, time_s=1.5, bass=0.9, chroma=(1.0,) * 12)])
    later = bridge.read(Moment(1.5, 7.2, 120.0))
    fresh = meter_page(later, U)
    assert np.array_equal(meter_page(later, U, old), fresh)
    assert np.array_equal(old, fresh), "the old one was drawn on"
    assert meter_page(later, U - 1, old).shape == (page_size(U - 1)[1], page_size(U - 1)[0], 4)


def test_values_out_of_their_range_do_no_harm() -> None:
    page(replace(SOUND, level=9.0, bands=(-1.0,) * 8, chroma=(5.0,) * 12, centroid=-3.0, flatness=7.0, kick=3.0))
    page(replace(SOUND, meter=32, beat=40.0, downbeat=32.0))
    page(None)
