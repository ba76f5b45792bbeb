"""Where keyframes stand in a song, and which of them are paintings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from artwalks_live.bake.compose import moments
from artwalks_live.bake.compose.moments import GAP, Moments
from artwalks_live.core.errors import AudioError, UsageError
from tests.bake.compose.songs import RATE_HZ, song_of

SONG = song_of(np.zeros(RATE_HZ * 30, np.float32))


@pytest.mark.parametrize(
    ("when", "apart_s"),
    [(Moments(), 2.0), (Moments("beats", 1), 0.5), (Moments("bars", 2), 4.0), (Moments("frames", 45), 1.5)],
)
def test_keyframes_stand_on_what_they_were_told_to(when: Moments, apart_s: float) -> None:
    at = moments.times(SONG, when)
    assert at[0] == 0.0 and at[-1] == 30.0
    assert np.allclose(np.diff(at)[:-1], apart_s, atol=1e-3)


def test_keyframes_on_beats_fall_on_bar_lines_where_they_can() -> None:
    late = replace(SONG, beats=SONG.beats[1:], downbeats=SONG.downbeats[1:])
    assert set(moments.times(late, Moments())[1:-1]) <= set(late.downbeats)


def test_three_minutes_have_sixty_to_a_hundred_keyframes_at_any_tempo() -> None:
    for bpm in (62, 75, 96, 112, 128, 140, 174, 200):
        song = song_of(np.zeros(RATE_HZ * 180, np.float32), 60 / bpm)
        assert 60 <= len(moments.times(song, Moments())) <= 130, bpm


def test_no_two_keyframes_are_nearer_than_can_be_seen() -> None:
    quick = song_of(np.zeros(RATE_HZ * 30, np.float32), 0.06)
    assert np.diff(moments.times(quick, Moments("beats", 1))).min() >= moments.LEAST_S - 1e-6


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (Moments("bar"), "--on 'bar' is unknown: use one of bars, beats, frames"),
        (Moments("beats", -1), "--every -1: use a whole number from 1 to 100000"),
    ],
)
def test_moments_that_are_none(when: Moments, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        when.check()


def test_a_song_of_less_than_a_bar_is_refused() -> None:
    with pytest.raises(AudioError, match="made: has 1 bars, less than a bar: give a longer song, or --on frames"):
        moments.times(song_of(np.zeros(RATE_HZ, np.float32)), Moments("bars", 1))
    with pytest.raises(AudioError, match=r"made: lasts 0.3 s, less than a bar: give a longer song"):
        moments.times(song_of(np.zeros(RATE_HZ // 3, np.float32)), Moments("frames", 1))


def test_more_keyframes_than_a_walk_may_have_are_refused() -> None:
    long = song_of(np.zeros(RATE_HZ * 700, np.float32))
    with pytest.raises(UsageError, match="--every 12: 1751 keyframes are more than 1500: use a larger number"):
        moments.times(long, Moments("frames", 12))


def test_paintings_stand_where_they_dominate_at_bar_lines_and_not_too_often() -> None:
    at = moments.times(SONG, Moments("beats", 1))
    weights = np.tile([[0.8, 0.2]], (len(at), 1))
    weights[20:40] = [0.4, 0.6]
    standing = moments.stands(SONG, at, weights)
    where = np.flatnonzero(standing >= 0)
    assert standing[0] == 0 and standing[-1] == 0 and len(where) > 3
    assert np.diff(where).min() >= GAP // 2
    middle = int(np.argmin(np.abs(at - SONG.sections[1])))
    assert standing[middle] == 1, "at a section's beginning a smaller weight is enough"
    inner = [k for k in where if 0 < k < len(at) - 1 and k != middle]
    assert all(min(abs(at[k] - bar) for bar in SONG.downbeats) < 0.01 and weights[k].max() > 0.7 for k in inner)


def test_every_painting_that_ever_leads_is_shown_once() -> None:
    at = moments.times(SONG, Moments("bars", 1))
    weights = np.tile([[0.5, 0.3, 0.2]], (len(at), 1))
    weights[5] = [0.3, 0.45, 0.25]
    weights[-1] = [0.9, 0.1, 0.0]
    standing = moments.stands(SONG, at, weights)
    assert 1 in standing and 2 not in standing


def test_a_painting_is_approached() -> None:
    standing = np.array([-1, -1, -1, 1, -1, -1, -1])
    drawn = moments.drawn(np.tile([[0.7, 0.3]], (7, 1)), standing)[:, 1]
    assert drawn[3] == 1.0 and drawn[0] == pytest.approx(0.3)
    assert (np.diff(drawn[:4]) > 0).all() and (np.diff(drawn[3:]) < 0).all()
