"""What moves the modes: played they loop, driven they follow the drums, left alone they stand exactly still."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.core.sway import (
    FREQUENCIES_HZ,
    LATENCY_S,
    LOOP_S,
    MODES,
    PUSH_LIMIT,
    TICK_S,
    Oscillators,
    displacement,
)

Floats = NDArray[np.float64]
TICKS_A_LOOP = 1192
PUBLISHED_STD = (34.36, 13.72, 8.8, 7.26, 5.94, 5.33, 5.2, 4.94, 4.59, 4.52, 3.87, 3.49, 3.28, 2.89, 2.45, 2.32)


def drums(bpm: float, seconds: float, release_s: float) -> Floats:
    """Kicks as a route gives them: up at once on the beat, down with a time constant."""
    time_s = np.arange(round(seconds / TICK_S)) * TICK_S
    return np.asarray(np.exp(-np.mod(time_s, 60 / bpm) / release_s))


def made_modes(places: int = 300) -> NDArray[np.float32]:
    """Modes of the published spread over frequencies, in place after place at another phase."""
    draw = np.random.default_rng(3)
    size = np.array(PUBLISHED_STD)[:, None, None] / 17.0
    modes = size * np.exp(1j * draw.normal(0.0, 1.2, (MODES, 1, places))) * draw.uniform(0.2, 1.0, places)
    modes[0] = np.abs(modes[0])
    return np.stack([modes.real, modes.imag, 0.3 * modes.real, 0.3 * modes.imag], axis=-1).astype(np.float32)


def driven(pushes: Floats, oscillators: Oscillators, amount: float = 1.0) -> NDArray[np.complex128]:
    return np.array([oscillators.step(push, amount=amount) for push in pushes])


def moved_px(modes: NDArray[np.float32], amplitudes: NDArray[np.complex128]) -> Floats:
    return np.array([np.hypot(*np.moveaxis(displacement(modes, each), -1, 0)).mean() for each in amplitudes])


@pytest.mark.parametrize(("bpm", "release_s"), [(90.0, 0.15), (128.0, 0.15), (174.0, 0.12)])
def test_the_displacement_follows_the_kicks_and_stands_still_within_three_seconds(bpm: float, release_s: float) -> None:
    pushes, oscillators, modes = drums(bpm, 6.0, release_s), Oscillators(), made_modes()
    moved = moved_px(modes, driven(pushes, oscillators))
    late = round(LATENCY_S / TICK_S)
    alike = np.corrcoef(pushes[240:-late], moved[240 + late :])[0, 1]
    assert alike >= 0.8
    assert np.ptp(moved[240:]) > 0.4 * moved.max() > 0.5
    after = driven(np.zeros(720), oscillators)
    assert after[0].any() and not after[-1].any()


@pytest.mark.parametrize("amount", [0.5, 1.0, 5.0])
def test_rest_is_reached_even_from_a_push_held_on_at_full_amount_and_nothing_is_seen_of_it(amount: float) -> None:
    oscillators = Oscillators()
    driven(np.ones(480), oscillators, amount)
    after = driven(np.zeros(720), oscillators, amount)
    assert not after[-1].any()
    last = np.abs(after[np.flatnonzero(after.any(axis=1))[-1]])
    assert last.max() * 64.0 < 1 / 50


def test_a_push_held_on_leans_by_just_its_size_and_a_pushed_mode_swings_at_its_own_frequency() -> None:
    oscillators = Oscillators()
    assert driven(np.full(960, -0.7), oscillators)[-1] == pytest.approx(np.full(MODES, -0.7 + 0j), abs=1e-6)
    swing = driven(np.zeros(240), oscillators)
    turned = np.unwrap(np.angle(swing), axis=0)
    assert np.diff(turned, axis=0)[:200] / TICK_S / (2 * math.pi) == pytest.approx(
        np.broadcast_to(FREQUENCIES_HZ, (200, MODES)), abs=1e-9
    )


def test_played_modes_turn_and_loop_exactly() -> None:
    oscillators = Oscillators()
    played = np.array([oscillators.step(play=1.0) for _ in range(3 * TICKS_A_LOOP)])
    assert round(LOOP_S / TICK_S, 9) == TICKS_A_LOOP
    assert played[2 * TICKS_A_LOOP :] == pytest.approx(played[TICKS_A_LOOP : 2 * TICKS_A_LOOP], abs=1e-12)
    assert played[TICKS_A_LOOP - 1] == pytest.approx(np.ones(MODES))
    when_s = 1.5 * LOOP_S
    at = played[round(when_s / TICK_S) - 1]
    assert at == pytest.approx(np.exp(2j * np.pi * FREQUENCIES_HZ * when_s))


def test_playing_comes_and_goes_smoothly_and_leaves_nothing() -> None:
    oscillators = Oscillators()
    levels = [abs(oscillators.step(play=float(n < 240))[0]) for n in range(480)]
    assert np.abs(np.diff([0.0, *levels])).max() < 0.009
    assert levels[239] == 1.0 and levels[-1] == 0.0 and not oscillators.step().any()


def test_amount_magnifies_and_nothing_moves_without_it() -> None:
    once, thrice, never = Oscillators(), Oscillators(), Oscillators()
    for push in (0.5, 1.0, 0.2):
        assert thrice.step(push, 0.5, 3.0) == pytest.approx(3.0 * once.step(push, 0.5))
        assert not never.step(push, 0.5, 0.0).any()


def test_what_no_hand_can_do_does_no_harm() -> None:
    oscillators = Oscillators()
    for push in (math.nan, math.inf, -math.inf):
        assert not oscillators.step(push).any()
    for _ in range(480):
        amplitudes = oscillators.step(1e300, 0.0, 1.0)
    assert amplitudes == pytest.approx(np.full(MODES, PUSH_LIMIT))
    for _ in range(2400):
        amplitudes = oscillators.step(0.0, damping_per_s=-5.0)
    assert np.abs(amplitudes).max() < PUSH_LIMIT


def test_another_tick_is_the_same_motion() -> None:
    fine, coarse = Oscillators(1 / 480), Oscillators()
    for n in range(480):
        a = [fine.step(float(n < 100), 0.8) for _ in range(2)][1]
        assert a == pytest.approx(coarse.step(float(n < 100), 0.8), abs=1e-9)


def test_displacement_is_the_sum_of_the_modes_as_they_stand() -> None:
    draw = np.random.default_rng(0)
    modes = draw.normal(size=(5, 3, 4, 4)).astype(np.float16)
    amplitudes = draw.normal(size=16) + 1j * draw.normal(size=16)
    whole = modes.astype(np.float64)
    u = ((whole[..., 0] + 1j * whole[..., 1]) * amplitudes[:5, None, None]).real.sum(axis=0)
    v = ((whole[..., 2] + 1j * whole[..., 3]) * amplitudes[:5, None, None]).real.sum(axis=0)
    assert displacement(modes, amplitudes) == pytest.approx(np.stack([u, v], axis=-1), abs=1e-4)
    assert not displacement(modes, np.zeros(16, np.complex128)).any()
