"""Octaves, gate, trim and gain: what can be set about the ear, and what it does."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.autogain import AutoGain, OneGain
from artwalks_live.core.features import FeatureExtractor
from artwalks_live.core.hearing import DEFAULT, HearingOptions, trims
from artwalks_live.core.levels import OCTAVES_HZ
from artwalks_live.core.spectrum import Ranges, Spectrum, bins_hz
from tests.core.sounds import RATES, hear, noise, series, sine, struck


@pytest.mark.parametrize("rate", RATES)
def test_a_sine_shows_in_its_own_octave(rate: int) -> None:
    for octave, hz in enumerate((55.0, 141.0, 283.0, 566.0, 1131.0, 2263.0, 4525.0, 9051.0)):
        if hz > 0.4 * rate:
            continue
        bands = np.array([one.bands for one in hear(sine(hz, 1.0, rate), rate)[-20:]])
        assert bands[:, octave].min() > 0.9
        far = np.abs(np.arange(8) - octave) > (octave < 3)  # below 400 Hz the window's skirts reach the next octave
        far[octave] = False
        assert bands[:, far].max() < 0.35, (octave, bands[-1])


def test_ranges_share_out_all_power_once() -> None:
    hz = bins_hz(48000, 2048)
    power = np.random.default_rng(1).random(len(hz))
    whole = Ranges(hz, (1000.0, 9000.0)).do(power)
    parts = Ranges(hz, (1000.0, 1013.0, 1500.0, 4711.0, 9000.0)).do(power)
    assert parts.sum() == pytest.approx(whole[0])
    assert Ranges(hz, (23000.0, 24000.0, 30000.0)).do(power)[1] == pytest.approx(0.5 * power[-1], abs=1e-9)


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000, 192000])
def test_the_spectrum_is_as_late_as_it_says(rate: int) -> None:
    hop = FeatureExtractor(rate).hop
    spectrum, click = Spectrum(rate, hop), np.zeros((12, hop), np.float32)
    click[4, hop // 2] = 1.0
    power = np.array([spectrum.do(one)[0].sum() for one in click])
    centre = float((power * (np.arange(12) + 1)).sum() / power.sum()) * hop / rate
    assert centre - 4.5 * hop / rate == pytest.approx(spectrum.delay_s, abs=hop / rate / 2)


def test_the_gate_lies_where_it_is_set() -> None:
    def silence(gate_db: float, dbfs: float) -> float:
        extractor = FeatureExtractor(48000, options=HearingOptions(gate_db))
        return hear(noise(1.5, 48000, dbfs), 48000, extractor)[-1].silence

    assert (silence(-40.0, -36.0), silence(-40.0, -32.0)) == (1.0, 0.0)
    assert (silence(-80.0, -70.0), silence(-60.0, -70.0)) == (0.0, 1.0)


def test_a_trim_turns_what_a_range_shows_and_nothing_else() -> None:
    song = struck(np.arange(0.1, 3.0, 0.4), 3.0, 48000) + sine(1131.0, 3.0, 48000, 0.1)
    plain = hear(song, 48000)
    trimmed = hear(song, 48000, FeatureExtractor(48000, options=HearingOptions(trim_db=trims((-10.0, 0.0, 0.0)))))
    for name in ("level", "mid", "high", "onset", "percussive"):
        assert np.array_equal(series(plain, name), series(trimmed, name))
    assert series(trimmed, "bass") == pytest.approx(series(plain, "bass") * 10**-0.3)
    bands = np.array([one.bands for one in plain]), np.array([one.bands for one in trimmed])
    assert bands[1][:, :2] == pytest.approx(bands[0][:, :2] * 10**-0.3)
    assert np.array_equal(bands[0][:, 2:], bands[1][:, 2:])


def test_attack_and_release_are_how_the_ear_gets_used_to_a_level() -> None:
    steps = np.concatenate([noise(2.0, 48000, -40.0), noise(1.0, 48000, -12.0), noise(3.0, 48000, -32.0)])

    def level(**options: float) -> np.ndarray:
        return series(hear(steps, 48000, FeatureExtractor(48000, options=HearingOptions(**options))), "level")

    at = 3 * 48000 // 512
    quick, slow = level(release_s=1.0), level(release_s=60.0)
    assert quick[at + 250] > slow[at + 250] + 0.1
    gentle = level(attack_s=4.0, release_s=60.0)
    assert gentle.min() >= 0 and gentle.max() == 1 and gentle[at + 50] > slow[at + 50] + 0.1


def test_one_gain_is_the_gain_of_many_for_a_single_quantity() -> None:
    values = np.random.default_rng(2).random(500) ** 3
    many, one = AutoGain(np.full(1, 0.2), 0.01), OneGain(0.2, 0.01)
    for k, value in enumerate(values.tolist()):
        audible = not 200 <= k < 250
        assert many.do(np.array([value]), 0.1, audible)[0] == one.do(value, 0.1, audible)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gate_db": 0.0}, "gate 0 dBFS: use -90 to -20"),
        ({"gate_db": float("nan")}, "gate nan dBFS: use -90 to -20"),
        ({"trim_db": (0.0, 0.0)}, "2 trims: give 8"),
        ({"trim_db": (30.0, *[0.0] * 7)}, "trim 30 dB: use -24 to 24"),
        ({"attack_s": -1.0}, "attack -1 s: use 0 to 10"),
        ({"release_s": 0.0}, "release 0 s: use 0.5 to 120"),
    ],
)
def test_unfit_options_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HearingOptions(**options)


def test_three_trims_are_spread_over_the_octaves() -> None:
    assert trims((1.0, 2.0, 3.0)) == (1, 1, 2, 2, 2, 2, 3, 3)
    assert trims(range(8)) == tuple(range(8))
    assert len(OCTAVES_HZ) == len(DEFAULT.trim_db) + 1
