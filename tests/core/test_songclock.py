from __future__ import annotations

import random
from dataclasses import replace

import pytest

from artwalks_live.core.songclock import COAST_S, OwnSong, SongClock
from artwalks_live.core.timeline import TICK_HZ
from tests.core.test_show import hop

DT = 1.0 / TICK_HZ


def run(clock: SongClock, first_s: float, seconds: float, place: object, noise: float = 0.0) -> list[float]:
    """Ticks from first_s on; every 24th hears a hop that says where the song is. Returns the errors."""
    rng = random.Random(1)
    errors = []
    for k in range(round(seconds * TICK_HZ)):
        now_s = first_s + (k + 1) * DT
        true = place(now_s)  # type: ignore[operator]
        if k % 24 == 0 and true >= 0.0:
            clock.hear(replace(hop(now_s), song_s=true + rng.gauss(0, noise)), now_s)
        clock.step(now_s, DT)
        errors.append(clock.song_s - true)
    return errors


def test_a_file_is_followed_exactly() -> None:
    assert max(map(abs, run(SongClock(), 0.0, 5.0, lambda t: t))) < 1e-9


@pytest.mark.parametrize("speed", [0.97, 1.03])
def test_a_record_at_another_speed_is_learned_through_noise(speed: float) -> None:
    clock = SongClock()
    errors = run(clock, 0.0, 30.0, lambda t: 10 + speed * t, noise=0.02)
    assert clock.rate == pytest.approx(speed, abs=0.01)
    assert max(map(abs, errors[20 * TICK_HZ :])) < 0.03


def test_it_never_goes_back_but_where_the_needle_was_lifted() -> None:
    clock = SongClock()
    run(clock, 0.0, 2.0, lambda t: 10 + t)
    before = clock.song_s
    run(clock, 2.0, 0.1, lambda t: 9.7 + t)
    assert clock.song_s > before and clock.step_s > 0.0
    run(clock, 2.1, 0.1, lambda t: t + 50)
    assert clock.song_s == pytest.approx(52.2, abs=0.02)


def test_it_coasts_and_then_does_not_know() -> None:
    clock = SongClock()
    run(clock, 0.0, 1.0, lambda t: 10 + t)
    run(clock, 1.0, COAST_S - 0.5, lambda t: -1.0)
    assert clock.song_s == pytest.approx(10 + COAST_S + 0.5, abs=0.01)
    run(clock, COAST_S + 0.5, 1.0, lambda t: -1.0)
    assert not clock.known and clock.step_s == 0.0


def test_it_is_told_by_hand() -> None:
    clock = SongClock(0.0)
    run(clock, 0.0, 20.0, lambda t: -1.0)
    assert clock.song_s == pytest.approx(20.0)
    clock.tell(5.0, 20.0)
    run(clock, 20.0, 1.0, lambda t: -1.0)
    assert clock.song_s == pytest.approx(6.0)
    clock.tell(-1.0, 21.0)
    run(clock, 21.0, 0.1, lambda t: -1.0)
    assert not clock.known


def test_a_song_of_its_own_ends() -> None:
    place = OwnSong(3.0)
    assert place.do(None, 1.5) == 1.5 and place.do(None, 3.1) == -1.0
