"""What the meter page shows of known sound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from artwalks_live.core.features import Features
from artwalks_live.core.meters import (
    AHEAD_S,
    CURVE,
    FADE_S,
    FALL_PER_S,
    HOLD_S,
    PAST_S,
    MeterBridge,
    Moment,
)

HOP_S = 512 / 48000
QUIET = Features(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, False, 0.0, 1.0, 0.0, 0.0, 0.0)


def hear(bridge: MeterBridge, seconds: float, from_s: float = 0.0, **values: object) -> float:
    """Let the bridge hear the same for a while; when that ends."""
    count = round(seconds / HOP_S)
    bridge.hear(replace(QUIET, time_s=from_s + (n + 1) * HOP_S, **values) for n in range(count))
    return from_s + count * HOP_S


def test_bars_are_the_features_and_a_peak_is_held_and_falls() -> None:
    bridge, bands = MeterBridge(), (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    at_s = hear(bridge, 0.5, level=0.9, bass=0.25, mid=0.5, high=1.5, bands=bands)
    meters = bridge.read(Moment(at_s, 0.0, 0.0))
    assert meters.bars.tolist() == [0.9, 0.25, 0.5, 1.0, *bands]
    assert meters.peaks.tolist() == meters.bars.tolist()
    at_s = hear(bridge, HOLD_S - 0.05, at_s)
    assert bridge.read(Moment(at_s, 0.0, 0.0)).peaks[0] == 0.9
    at_s = hear(bridge, 0.05 + 0.5, at_s)
    meters = bridge.read(Moment(at_s, 0.0, 0.0))
    assert meters.peaks[0] == pytest.approx(0.9 - 0.5 * FALL_PER_S, abs=0.02)
    assert not meters.bars.any()


def test_a_lamp_lights_with_its_stroke_and_fades() -> None:
    bridge = MeterBridge()
    bridge.hear([replace(QUIET, time_s=1.0, kick=0.8, hat=0.2)])
    assert bridge.read(Moment(1.0, 0.0, 0.0)).lamps == (0.8, 0.0, 0.2)
    faded = bridge.read(Moment(1.0 + FADE_S, 0.0, 0.0)).lamps
    assert faded == pytest.approx((0.8 / np.e, 0.0, 0.2 / np.e))
    bridge.hear([replace(QUIET, time_s=1.0 + FADE_S, kick=0.1, hat=0.5)])
    assert bridge.read(Moment(1.0 + FADE_S, 0.0, 0.0)).lamps == pytest.approx((0.8 / np.e, 0.0, 0.5))


def test_the_curve_holds_the_last_seconds_and_the_strokes_in_them() -> None:
    bridge = MeterBridge()
    at_s = hear(bridge, 7.0)
    bridge.hear([replace(QUIET, time_s=at_s + HOP_S, onset=0.7, onset_event=True)])
    at_s = hear(bridge, 1.0, at_s + HOP_S)
    meters = bridge.read(Moment(at_s, 0.0, 0.0))
    assert np.flatnonzero(meters.curve).tolist() == pytest.approx([CURVE - 1 - round(CURVE / PAST_S)], abs=1)
    assert meters.curve.max() == 0.7
    assert meters.strokes_s == pytest.approx((1.0,), abs=HOP_S)
    at_s = hear(bridge, PAST_S, at_s)
    meters = bridge.read(Moment(at_s, 0.0, 0.0))
    assert not meters.curve.any()
    assert meters.strokes_s == ()


def test_what_was_not_heard_is_empty_on_the_curve() -> None:
    bridge = MeterBridge()
    at_s = hear(bridge, PAST_S, onset=1.0)
    bridge.hear([replace(QUIET, time_s=at_s + 1.0, onset=1.0)])
    curve = bridge.read(Moment(at_s + 1.0, 0.0, 0.0)).curve
    assert curve[-1] == 1.0
    assert not curve[-CURVE // 4 + 1 : -1].any()
    assert curve[: CURVE * 3 // 4 - 1].all()
    bridge.hear([replace(QUIET, time_s=at_s + 1000.0, onset=0.5)])
    assert np.flatnonzero(bridge.read(Moment(at_s + 1000.0, 0.0, 0.0)).curve).tolist() == [CURVE - 1]


def test_the_next_beats_are_where_the_tempo_puts_them() -> None:
    ahead = MeterBridge().read(Moment(10.0, 6.5, 120.0)).ahead
    assert [beat.in_s for beat in ahead] == pytest.approx([0.25, 0.75, 1.25, 1.75])
    assert [beat.bar for beat in ahead] == [False, True, False, False]
    assert MeterBridge().read(Moment(10.0, 6.0, 60.0)).ahead[-1].in_s == pytest.approx(AHEAD_S)
    assert MeterBridge().read(Moment(10.0, 6.5, 0.0)).ahead == ()


def test_the_bar_is_the_leaders_else_the_ears_else_of_four_beats() -> None:
    bridge = MeterBridge()
    unknown = bridge.read(Moment(1.0, 6.25, 120.0))
    assert (unknown.meter, unknown.place) == (4, 2.25)
    bridge.hear([replace(QUIET, time_s=1.0, meter=3, beat=100.2, downbeat=98.0)])
    heard = bridge.read(Moment(1.0, 6.25, 120.0))
    assert (heard.meter, heard.place) == (3, 2.25)
    assert [beat.bar for beat in heard.ahead][:2] == [True, False]
    led = bridge.read(Moment(1.0, 6.25, 120.0, meter=5))
    assert (led.meter, led.place) == (5, 1.25)


def test_before_anything_was_heard_all_is_empty() -> None:
    meters = MeterBridge().read(Moment(0.0, 0.0, 0.0))
    assert meters.features is None
    assert not meters.bars.any()
    assert not meters.peaks.any()
    assert meters.lamps == (0.0, 0.0, 0.0)
