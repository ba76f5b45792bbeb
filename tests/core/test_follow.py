from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.audio import ArraySource, AudioClip, hop_length, mono
from artwalks_live.core.cues import Cues, Section
from artwalks_live.core.ear import Ear
from artwalks_live.core.fingerprint import ROW_S, Fingerprinter
from artwalks_live.core.follow import Follower
from artwalks_live.core.songclock import OwnSong
from artwalks_live.listen.bands import curves_of
from tests.songs import made_song

RATE = 22050
SONG = made_song(bars=20, rate_hz=RATE, seed=3)


@pytest.fixture(scope="module")
def cues() -> Cues:
    beats = tuple(k * 0.5 for k in range(80))
    section = Section(0.0, SONG.duration_s, "A", "groove", 0.5)
    return Cues("", "", SONG.duration_s, 4, ((0.0, 120.0),), beats, beats[::4], (section,), (), curves_of(SONG))


def played(start_s: float, seconds: float, speed: float = 1.0, noise: float = 0.0) -> np.ndarray:
    """The song as a record player gives it: pitch goes with the speed."""
    at = (start_s + np.arange(round(seconds * RATE)) / RATE * speed) * RATE
    sound = np.interp(at, np.arange(len(SONG.samples)), mono(SONG.samples), right=0.0)
    return (sound + np.random.default_rng(0).normal(0, noise, len(sound)) * sound.std()).astype(np.float32)


def follow(follower: Follower, sound: np.ndarray) -> list[tuple[float, float]]:
    """(time, place) at the end of each hop."""
    hop = hop_length(RATE)
    ends = range(hop, len(sound) + 1, hop)
    return [(end / RATE, follower.do(sound[end - hop : end].astype(np.float32), end / RATE)) for end in ends]


@pytest.mark.parametrize(("speed", "noise"), [(1.0, 0.0), (1.03, 0.1), (0.97, 0.1)])
def test_it_finds_the_place_and_stays_there(cues: Cues, speed: float, noise: float) -> None:
    told = follow(Follower(cues, RATE), played(11.3, 12.0, speed, noise))
    errors = [place - (11.3 + speed * time_s) for time_s, place in told if place >= 0.0 and time_s > 6.0]
    assert len(errors) > 500
    assert np.median(np.abs(errors)) < 0.04 and max(map(abs, errors)) < 0.25


def test_a_lifted_needle_is_found_again(cues: Cues) -> None:
    told = follow(Follower(cues, RATE), np.concatenate([played(4.0, 7.0), played(25.0, 7.0)]))
    late = [place - (25.0 + time_s - 7.0) for time_s, place in told if time_s > 12.0]
    assert np.median(np.abs(late)) < 0.05


def test_the_ear_says_where_the_song_is_hop_by_hop(cues: Cues) -> None:
    ear = Ear(ArraySource(AudioClip(played(11.3, 7.0)[:, None], RATE)), place=Follower(cues, RATE))
    heard = ear.poll(7.0)
    assert heard[0].song_s == -1.0 and heard[-1].song_s == pytest.approx(18.3, abs=0.1)
    whole = Ear(ArraySource(SONG), place=OwnSong(SONG.duration_s)).poll(2.0)
    assert [features.song_s for features in whole] == [features.time_s for features in whole]
    assert {features.song_s for features in Ear(ArraySource(SONG)).poll(1.0)} == {-1.0}


def test_another_song_noise_and_silence_are_not_taken_for_it(cues: Cues) -> None:
    chance = np.random.default_rng(1)
    noise = chance.normal(0, 0.1, 8 * RATE)
    told = follow(Follower(cues, RATE), noise)
    assert np.mean([place >= 0.0 for _, place in told]) < 0.2
    assert all(place == -1.0 for _, place in follow(Follower(cues, RATE), np.zeros(4 * RATE)))
    follower = Follower(cues, RATE)
    assert follow(follower, played(11.3, 6.0))[-1][1] > 0.0
    assert follow(follower, np.zeros(4 * RATE))[-1][1] == -1.0


def test_it_hears_the_same_whatever_the_hops_are() -> None:
    sound = played(3.0, 4.0)
    rows = []
    for hop in (137, 512, 4000):
        prints = Fingerprinter(RATE)
        parts = [(sound[k : k + hop], min(k + hop, len(sound)) / RATE) for k in range(0, len(sound), hop)]
        rows.append([row for part, end_s in parts for row in prints.do(part, end_s)])
    for other in rows[1:]:
        assert len(other) == len(rows[0]) == 40
        for a, b in zip(rows[0], other, strict=True):
            assert np.array_equal(a.chroma, b.chroma) and a.onset == b.onset
        assert [b.end_s for b in other] == pytest.approx([a.end_s for a in rows[0]])


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_a_tone_is_its_pitch_class_at_any_rate(rate: int) -> None:
    for note, hz in ((9, 440.0), (0, 523.25), (4, 329.63)):
        sound = 0.3 * np.sin(2 * np.pi * hz * np.arange(rate) / rate)
        row = Fingerprinter(rate).do(sound.astype(np.float32), 1.0)[-1]
        assert int(row.chroma.argmax()) == note and row.chroma[note] == 1.0
        assert row.level_db == pytest.approx(-13.5, abs=0.1)
        assert row.end_s == pytest.approx(1.0, abs=ROW_S / 100)


def test_silence_has_no_pitch() -> None:
    row = Fingerprinter(48000).do(np.zeros(4800, np.float32), 0.1)[-1]
    assert not row.chroma.any() and row.onset == 0.0 and row.level_db == -120.0
