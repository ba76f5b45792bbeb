from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.lfo import SHAPES, Instant, Lfo, Waves


def over(lfo: Lfo, turns: list[float], seed: int = 0) -> list[float]:
    waves = Waves([lfo], seed)
    return [float(waves.at(Instant(turn * lfo.period_s))[0]) for turn in turns]


@pytest.mark.parametrize(
    ("shape", "at", "expected"),
    [
        ("sine", [0, 0.25, 0.5, 1], [0, 0.5, 1, 0]),
        ("triangle", [0, 0.25, 0.5, 0.75], [0, 0.5, 1, 0.5]),
        ("ramp", [0, 0.25, 0.75, 1], [0, 0.25, 0.75, 0]),
        ("saw", [0, 0.25, 0.75, 1], [1, 0.75, 0.25, 1]),
        ("square", [0, 0.49, 0.5, 0.99], [1, 1, 0, 0]),
    ],
)
def test_shapes_are_what_they_are_called(shape: str, at: list[float], expected: list[float]) -> None:
    assert over(Lfo(shape, period_s=8.0), at) == pytest.approx(expected)


def test_steps_stand_still_within_a_period_and_a_wanderer_never_leaps() -> None:
    turns = [k / 64 for k in range(64 * 50)]
    steps = over(Lfo("steps", period_s=2.0), turns)
    assert all(len(set(steps[k : k + 64])) == 1 for k in range(0, len(steps), 64))
    assert len(set(steps)) == 50 and 0.3 < np.mean(steps) < 0.7
    walk = over(Lfo("wander", period_s=2.0), turns)
    assert np.abs(np.diff(walk)).max() < 1.5 / 64 + 1e-9 and np.ptp(walk) > 0.7
    assert walk[::64] == steps[::64]


def test_random_shapes_are_the_shows_own_and_need_no_memory() -> None:
    lfo, turns = Lfo("wander", period_s=1.0), [0.5, 3.25, 1e6 + 0.5]
    assert over(lfo, turns) == over(lfo, turns) != over(lfo, turns, seed=1)
    assert over(lfo, turns[::-1]) == over(lfo, turns)[::-1]
    assert over(Lfo("wander", period_s=1.0, phase=0.5), [0.0]) != over(lfo, [0.5])


def test_beats_and_bars_are_periods_too() -> None:
    waves = Waves([Lfo("ramp", period_beats=2.0), Lfo("ramp", period_bars=2.0), Lfo("ramp", period_s=4.0, phase=0.5)])
    assert waves.at(Instant(1.0, 3.0, 3)) == pytest.approx([0.5, 0.5, 0.75])
    assert waves.at(Instant(3.0, 3.0, 4)) == pytest.approx([0.5, 0.375, 0.25])


def test_many_together_are_each_what_it_is_alone() -> None:
    lfos = [Lfo(shape, period_s=1.0 + k / 7, phase=k / 20) for k, shape in enumerate(SHAPES * 3)]
    together, alone = Waves(lfos, 5), [Waves([lfo], 5) for lfo in lfos]
    for tick in range(1000):
        now = Instant(tick / 240)
        values = together.at(now)
        assert values.min() >= 0.0 and values.max() <= 1.0
        assert values.tolist() == [float(one.at(now)[0]) for one in alone]
