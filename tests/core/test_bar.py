"""The bar is counted from how like a downbeat each beat sounds."""

from __future__ import annotations

import pytest

from artwalks_live.core.bar import METERS, Bar, BarTracker


def count(likenesses: list[float]) -> list[Bar]:
    bars = BarTracker()
    return [bars.do(likeness) for likeness in likenesses]


@pytest.mark.parametrize("meter", METERS)
def test_a_meter_is_told_by_its_downbeats(meter: int) -> None:
    heard = count([0.8 if beat % meter == 0 else 0.05 for beat in range(8 * meter)])
    assert heard[-1].meter == meter
    assert [bar.place for bar in heard[-meter:]] == list(range(meter))


def test_a_beat_too_many_is_got_over() -> None:
    told = [0.8 if beat % 4 == 0 else 0.05 for beat in range(24)]
    heard = count([*told, 0.05, *told])
    assert [bar.place for bar in heard[-4:]] == [0, 1, 2, 3]


def test_without_a_sign_nothing_is_sure() -> None:
    assert count([0.2] * 40)[-1].confidence < 0.5
    assert count([0.8, 0.05, 0.05, 0.05] * 8)[-1].confidence > 0.9


def test_wild_likenesses_do_no_harm() -> None:
    for bar in count([0.0, 1.0, -1.0, 7.0] * 10):
        assert 0.0 <= bar.confidence <= 1.0
