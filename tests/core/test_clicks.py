"""Clicks are found where they are, and not where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.clicks import Loop, click, find, train


@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000, 96000])
def test_a_click_is_found_in_noise_to_a_tenth_of_a_millisecond(rate_hz: int) -> None:
    rng, one = np.random.default_rng(3), click(rate_hz)
    heard = rng.normal(0, 0.02, rate_hz // 2).astype(np.float32)
    heard[rate_hz // 5 : rate_hz // 5 + len(one)] += 0.2 * one
    found = find(heard, rate_hz)
    assert found is not None and abs(found - rate_hz // 5) / rate_hz < 1e-4


def test_neither_noise_nor_silence_nor_a_stub_holds_one() -> None:
    rng = np.random.default_rng(4)
    for heard in (np.zeros(24000), rng.normal(0, 0.3, 24000), np.zeros(5)):
        assert find(heard.astype(np.float32), 48000) is None


def test_a_train_says_where_each_begins() -> None:
    sound, starts = train(48000, 0.25, 3, before_s=0.1)
    assert starts == (4800, 16800, 28800) and len(sound) == 40800
    found = find(sound[starts[1] - 1000 : starts[2] - 1000], 48000)
    assert found == pytest.approx(1000, abs=0.5)


def test_a_loop_is_told_by_its_median_and_spread() -> None:
    loop = Loop((0.030, 0.031, 0.032, 0.090), 5)
    assert loop.median_s == pytest.approx(0.0315) and loop.spread_s < 0.01
