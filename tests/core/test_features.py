"""Features: the same at every rate, safe with every sample, honest in silence."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from artwalks_live.core.features import FeatureExtractor
from tests.core.sounds import RATES, hear, noise, series, sine, struck

BANDS = ("bass", "mid", "high")


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("hz", "band"), [(60.0, "bass"), (600.0, "mid"), (3300.0, "high")])
def test_a_sine_shows_in_its_own_band_only(rate: int, hz: float, band: str) -> None:
    late = hear(sine(hz, 3.0, rate), rate)[-50:]
    assert min(one.level for one in late) > 0.9
    for name in BANDS:
        heard = series(late, name)
        assert heard.min() > 0.9 if name == band else heard.max() < 0.2, name


@pytest.mark.parametrize("rate", RATES)
def test_two_sines_share_the_picture(rate: int) -> None:
    late = hear(sine(60.0, 3.0, rate, 0.4) + sine(2800.0, 3.0, rate, 0.4), rate)[-50:]
    assert series(late, "bass").min() > 0.9
    assert series(late, "high").min() > 0.9
    assert series(late, "mid").max() < 0.2


@pytest.mark.parametrize("rate", RATES)
def test_each_stroke_is_one_event_in_its_hop_or_the_next(rate: int) -> None:
    times = np.array([0.5, 1.0, 1.21, 1.9, 2.05, 3.3, 4.0, 4.4])
    heard = hear(struck(times, 5.0, rate), rate)
    events = np.array([one.time_s for one in heard if one.onset_event])
    assert len(events) == len(times)
    hop_s = FeatureExtractor(rate).hop_s
    assert np.all((events - times >= 0) & (events - times <= 2 * hop_s + 1e-9))


def test_events_keep_their_distance() -> None:
    roll = hear(struck(np.arange(0.5, 4.0, 0.03), 4.5, 48000), 48000)
    gaps = np.diff([one.time_s for one in roll if one.onset_event])
    assert len(gaps) and gaps.min() >= 0.08


@pytest.mark.parametrize("rate", RATES)
def test_steady_noise_has_no_onsets(rate: int) -> None:
    heard = hear(noise(10.0, rate), rate)
    assert sum(one.onset_event for one in heard[200:]) <= 3


@pytest.mark.parametrize("rate", (8000, 44100, 96000))
def test_strokes_are_percussive_and_tones_are_not(rate: int) -> None:
    def percussive(samples: np.ndarray) -> float:
        extractor = FeatureExtractor(rate)
        hear(struck(np.arange(0.25, 4.0, 0.5), 4.0, rate), rate, extractor)
        return float(series(hear(samples, rate, extractor)[20:], "percussive").max())

    chord = sum((sine(hz, 2.0, rate, 0.15) for hz in (220.0, 277.2, 329.6, 440.0)), start=sine(110.0, 2.0, rate, 0.15))
    assert percussive(struck(np.arange(0.3, 2.0, 0.5), 2.0, rate)) > 0.7
    assert percussive(chord) < 0.1


def test_a_quiet_recording_moves_the_picture_like_a_loud_one() -> None:
    song = struck(np.arange(0.1, 12.0, 0.4), 12.0, 48000) + sine(440.0, 12.0, 48000, 0.05)
    loud, quiet = hear(song, 48000)[400:], hear(song * np.float32(0.05), 48000)[400:]
    for name in ("level", *BANDS, "percussive", "onset"):
        assert np.abs(series(loud, name) - series(quiet, name)).mean() < 0.04, name
    assert [one.onset_event for one in loud] == [one.onset_event for one in quiet]


def test_features_agree_between_rates() -> None:
    def means(rate: int) -> list[float]:
        song = struck(np.arange(0.2, 10.0, 0.5), 10.0, rate) + sine(330.0, 10.0, rate, 0.1)
        heard = hear(song, rate)[300:]
        return [float(series(heard, name).mean()) for name in ("level", "bass", "mid")]

    reference = means(48000)
    for rate in RATES:
        assert means(rate) == pytest.approx(reference, abs=0.06), rate


def test_silence_is_silent_and_said_so() -> None:
    heard = hear(np.zeros(96000, np.float32), 48000)
    for name in ("level", *BANDS, "onset", "percussive", "confidence", "tempo_bpm", "beat"):
        assert series(heard, name).max() == 0, name
    assert heard[-1].silence == 1


def test_after_the_song_the_hiss_is_not_turned_up() -> None:
    extractor = FeatureExtractor(48000)
    hear(struck(np.arange(0.1, 8.0, 0.5), 8.0, 48000), 48000, extractor)
    under_gate = hear(noise(30.0, 48000, -66.0), 48000, extractor)
    assert series(under_gate[100:], "level").max() == 0
    assert under_gate[100].silence == 1
    over_gate = hear(noise(1.0, 48000, -48.0), 48000, extractor)
    assert series(over_gate, "level").max() < 0.25


def test_the_gate_has_two_levels() -> None:
    between = -57.0
    assert hear(noise(2.0, 48000, between), 48000)[-1].silence == 1
    extractor = FeatureExtractor(48000)
    hear(noise(1.0, 48000, -30.0), 48000, extractor)
    assert hear(noise(2.0, 48000, between), 48000, extractor)[-1].silence == 0


def test_a_short_rest_is_no_silence() -> None:
    extractor = FeatureExtractor(48000)
    hear(noise(1.0, 48000), 48000, extractor)
    assert series(hear(np.zeros(14400, np.float32), 48000, extractor), "silence").max() == 0


@pytest.mark.parametrize(
    "bad",
    [np.nan, np.inf, -np.inf, 1e30, -1e30, 3.4e38],
)
def test_bad_samples_do_no_lasting_harm(bad: float) -> None:
    song = struck(np.arange(0.1, 8.0, 0.5), 8.0, 48000)
    spoilt = song.copy()
    spoilt[48000:48100] = bad
    heard, clean = hear(spoilt, 48000), hear(song, 48000)
    for one in heard:
        assert all(np.isfinite(value).all() for value in dataclasses.astuple(one))
    for name in ("level", "bass", "high", "onset", "percussive", "silence", "confidence"):
        values = series(heard, name)
        assert values.min() >= 0
        assert values.max() <= 1
    assert np.abs(series(heard[-90:], "bass") - series(clean[-90:], "bass")).max() < 0.35


def test_a_constant_offset_is_not_sound() -> None:
    heard = hear(np.full(96000, 0.4, np.float32), 48000)
    assert heard[-1].silence == 1
    assert heard[-1].level == 0


def test_hard_clipping_stays_in_range() -> None:
    heard = hear(np.sign(sine(80.0, 2.0, 48000)), 48000)
    assert series(heard, "level").max() <= 1
    assert series(heard[-50:], "level").min() > 0.9


def test_time_is_counted_in_hops() -> None:
    heard = hear(noise(2.0, 44100), 44100)
    assert [one.time_s for one in heard] == [(k + 1) * 470 / 44100 for k in range(len(heard))]
    assert FeatureExtractor(44100).do(np.zeros(470, np.float32), 7.5).time_s == 7.5


def test_the_same_samples_give_the_same_features() -> None:
    song = struck(np.arange(0.1, 3.0, 0.37), 3.0, 44100)
    assert hear(song, 44100) == hear(song, 44100)


@pytest.mark.parametrize("rate", RATES)
def test_a_hop_is_about_a_hundredth_of_a_second(rate: int) -> None:
    extractor = FeatureExtractor(rate)
    assert extractor.hop_s == pytest.approx(0.01067, rel=0.01)
    assert extractor.delay_s == pytest.approx(2 * extractor.hop_s)


@pytest.mark.parametrize(
    ("rate", "hop"), [(0, None), (7999, None), (192001, None), (-48000, 512), (48000, 0), (48000, 64), (48000, 4096)]
)
def test_unfit_parameters_are_refused(rate: int, hop: int | None) -> None:
    with pytest.raises(ValueError, match="expected"):
        FeatureExtractor(rate, hop)


@pytest.mark.parametrize("shape", [(511,), (512, 1), (0,)])
def test_a_hop_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        FeatureExtractor(48000).do(np.zeros(shape, np.float32))


@pytest.mark.parametrize("rate", RATES)
def test_an_impulse_shows_in_every_feature_within_two_hops_and_in_the_middle_of_its_delay(rate: int) -> None:
    extractor = FeatureExtractor(rate)
    at_s = 60.3 * extractor.hop_s
    samples = np.zeros(rate, np.float32)
    samples[round(at_s * rate) :][: max(1, rate // 2000)] += 0.8
    heard = hear(samples, rate)
    after = (series(heard, "time_s") - at_s) / extractor.hop_s
    for name in ("level", *BANDS, "percussive", "onset", "rms_db", "lufs", "flatness", "centroid"):
        values = series(heard, name)
        away = np.abs(values - values[50])
        shown = after[away > 0.5 * away.max()]
        assert 0.0 < shown[0] < 2.0, name
        if name in ("bass", "percussive", "rms_db"):  # the others have a release, or a longer memory
            middle = shown.mean() - 0.5  # a hop is stamped with its end
            assert middle * extractor.hop_s == pytest.approx(extractor.delay_s, abs=extractor.hop_s), name
