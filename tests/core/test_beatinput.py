"""What the beat network sees does not depend on the level, and shows what begins."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.beatinput import LAG, N_BANDS, N_INPUTS, BeatInput

HOP_S = 512 / 48000


def test_a_quiet_recording_looks_the_same() -> None:
    bands = np.random.default_rng(0).random((40, N_BANDS)) ** 4
    loud, quiet = BeatInput(HOP_S), BeatInput(HOP_S)
    for row in bands:
        assert np.allclose(loud.do(row), quiet.do(row * 1e-3), atol=1e-5)


def test_what_rises_shows_and_what_lasts_does_not() -> None:
    ear = BeatInput(HOP_S)
    still, struck = np.full(N_BANDS, 1e-4), np.full(N_BANDS, 1e-4)
    struck[20] = 1e-2
    for _ in range(10):
        ear.do(still)
    first = ear.do(struck)[N_BANDS:]
    assert first[20] > 0.5
    assert first[[0, 10, 40, 63]].max() == pytest.approx(0.0, abs=1e-6)
    for _ in range(LAG):
        last = ear.do(struck)[N_BANDS:]
    assert last.max() == pytest.approx(0.0, abs=0.02)


def test_vibrato_is_no_rise() -> None:
    ear = BeatInput(HOP_S)
    for i in range(30):
        bands = np.full(N_BANDS, 1e-8)
        bands[30 + i % 2] = 1e-2
        shown = ear.do(bands)[N_BANDS:]
    assert shown.max() < 0.05


def test_missing_bands_are_silent_and_silence_is_nothing() -> None:
    ear = BeatInput(HOP_S)
    shown = ear.do(np.full(40, 1e-3))
    assert shown.shape == (N_INPUTS,)
    assert shown.dtype == np.float32
    assert not shown[40:N_BANDS].any()
    assert not BeatInput(HOP_S).do(np.zeros(N_BANDS)).any()
