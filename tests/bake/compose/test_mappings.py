"""What a song makes of the latent: bands and chroma, by the whole song or by what has sounded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from artwalks_live.bake.compose import bands, chroma, latent
from artwalks_live.bake.compose.bands import BandOptions
from artwalks_live.bake.compose.chroma import ChromaOptions
from artwalks_live.bake.compose.moments import Moments
from artwalks_live.bake.compose.sound import ROW_S, Song
from artwalks_live.bake.compose.track import Latent, Track
from artwalks_live.core.errors import UsageError
from tests.bake.compose.songs import cut, louder, song_of, tone, tune

LATENT = Latent(paintings=4, noise=20, seed=3)
TRACKS: dict[str, Callable[[Song, bool], Track]] = {
    "bands": lambda song, causal: bands.track(song, BandOptions(), LATENT, causal),
    "chroma": lambda song, causal: chroma.track(song, ChromaOptions(), LATENT, causal),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", TRACKS)
def test_classes_are_shares_and_noise_keeps_its_bounds(name: str, causal: bool) -> None:
    track = TRACKS[name](tune(), causal)
    assert track.classes.shape == (321, 4) and track.noise.shape == (321, 20)
    assert (track.classes >= 0).all() and np.allclose(track.classes.sum(axis=1), 1.0)
    assert np.abs(track.noise).max() <= 1.0 and track.noise.std() > 0.1
    steps = np.sqrt((np.diff(track.noise, axis=0) ** 2).mean(axis=1))
    assert steps.max() < 0.15, "the noise must move, not leap"


@pytest.mark.parametrize("name", TRACKS)
def test_a_causal_latent_knows_nothing_of_what_comes(name: str) -> None:
    song = tune()
    whole, part = TRACKS[name](song, True), TRACKS[name](cut(song, 8.0), True)
    rows = int(8.0 / ROW_S)
    assert np.allclose(whole.noise[:rows], part.noise[:rows])
    known = TRACKS[name](cut(song, 8.0), False)
    assert not np.allclose(TRACKS[name](song, False).noise[:rows], known.noise[:rows]), "the whole song would"


@pytest.mark.parametrize("name", TRACKS)
def test_a_song_mastered_ten_decibels_softer_composes_the_same(name: str) -> None:
    song = tune()
    loud, soft = TRACKS[name](song, False), TRACKS[name](louder(song, 0.3162), False)
    assert np.abs(loud.noise - soft.noise).max() < 0.02
    assert np.abs(loud.classes - soft.classes).max() < 0.02


@pytest.mark.parametrize("causal", [False, True])
def test_silence_leaves_the_latent_of_the_bands_at_rest(causal: bool) -> None:
    silent = song_of(np.zeros(8000 * 6, np.float32))
    assert not TRACKS["bands"](silent, causal).noise.any()


def test_bands_lead_from_the_first_painting_to_the_last() -> None:
    track = TRACKS["bands"](tune(), False)
    assert track.classes[0].argmax() == 0 and track.classes[-1].argmax() == 3
    assert len(set(track.classes.argmax(axis=1).tolist())) == 4


def test_bands_grow_from_the_lowest_to_the_highest_frequency() -> None:
    at = bands.edges(BandOptions(), 4293)
    widths = np.diff(at)
    assert at[0] == 16 and at[-1] == 4292 and 200 < len(widths) < 400
    assert widths[0] == 1 and widths[-2] > 40


def test_neighbouring_bands_pull_alike() -> None:
    drawn = bands.vectors(BandOptions(), 100, LATENT)
    rough = bands.vectors(BandOptions(iterations=0), 100, LATENT)

    def alike(vectors: np.ndarray) -> float:
        return float((vectors[:-1] * vectors[1:]).mean() / (vectors**2).mean())

    assert alike(drawn) > 0.6 > abs(alike(rough)) + 0.4


def test_pitches_call_up_paintings_of_their_own() -> None:
    pitches = [tone(440.0 * 2 ** (step / 12), 6.0) for step in (0, 3, 6, 9)]  # a quarter of the circle of fifths apart
    track = TRACKS["chroma"](song_of(np.concatenate(pitches)), False)
    leaders = [int(track.classes[round(second / ROW_S)].argmax()) for second in (5, 11, 17, 23)]
    assert sorted(leaders) == [0, 1, 2, 3]
    quick = chroma.track(song_of(np.concatenate(pitches)), ChromaOptions(pitch_sensitivity=290.0), LATENT, False)
    assert quick.classes[round(6.8 / ROW_S)].argmax() == leaders[1] != track.classes[round(6.8 / ROW_S)].argmax()


def test_chroma_of_more_paintings_than_pitch_classes_is_refused() -> None:
    with pytest.raises(UsageError, match="--mapping chroma: an octave has 12 pitch classes and 13 paintings"):
        chroma.track(tune(), ChromaOptions(), Latent(13, 4, 0), False)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (BandOptions(max_frequency_level=20.0), "--max-frequency-level 20: use a value from 50 to 20000"),
        (BandOptions(low_frequency_skip=-1.0), "--low-frequency-skip -1: use a value from 0 to 10000"),
        (BandOptions(low_frequency_skip=5000.0), "--low-frequency-skip 5000 is not below --max-frequency-level 4292"),
        (BandOptions(frequency_band_growth_rate=0.9), "--frequency-band-growth-rate 0.9: use a value from 1 to 2"),
        (BandOptions(smoothing_factor=1.5), "--smoothing-factor 1.5: use a value from 0 to 1"),
        (BandOptions(iterations=-2), "--iterations -2: use a value from 0 to 1000"),
        (BandOptions(extra_detail=1.0), "--extra-detail 1: use a value from 0 to 0.99"),
        (BandOptions(truncation=0.0), "--truncation 0: use a value from 0.05 to 1"),
        (ChromaOptions(pitch_sensitivity=300.0), "--pitch-sensitivity 300: use a value from 0 to 299"),
        (ChromaOptions(tempo_sensitivity=2.0), "--tempo-sensitivity 2: use a value from 0 to 1"),
        (ChromaOptions(jitter=-0.5), "--jitter -0.5: use a value from 0 to 1"),
        (ChromaOptions(truncation=float("nan")), "--truncation nan: use a value from 0.05 to 1"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(options: BandOptions | ChromaOptions, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        options.check()


def test_a_score_weighs_all_paintings_and_lets_few_be_seen() -> None:
    song = tune(60.0)
    written = latent.score(song, TRACKS["bands"](song, False), Moments(), 3)
    assert written.weights.shape == (31, 4) and np.allclose(written.weights.sum(axis=1), 1.0, atol=1e-5)
    assert ((written.weights > 0).sum(axis=1) <= 3).all()
    assert written.standing[0] == 0 and written.standing[-1] == 3
    assert written.sha256 == latent.Score.unpacked(written.packed()).sha256


def test_a_painting_comes_and_goes_by_degrees() -> None:
    share = np.linspace(0.0, 1.0, 201)[:, None]
    ways = (1 - share) * np.array([[0.5, 0.3, 0.15, 0.05]]) + share * np.array([[0.05, 0.15, 0.3, 0.5]])
    assert np.abs(np.diff(latent.sparse(ways, 2), axis=0)).max() < 0.05
    assert np.allclose(latent.sparse(np.full((1, 4), 0.25), 3), [[1 / 3, 1 / 3, 1 / 3, 0.0]])
