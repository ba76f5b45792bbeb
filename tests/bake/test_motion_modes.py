"""Sway made without a model: what hangs on strokes swings, what is held stands, and nothing is torn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.motion.elastic import bend
from artwalks_live.bake.motion.grid import STD
from artwalks_live.bake.motion.modes import modes_of
from artwalks_live.core.sway import FREQUENCIES_HZ, LATENCY_S, Oscillators, displacement
from tests.bake.swaying import Pixels, meadow, paint

Array = NDArray[np.float32]


def swing(modes: NDArray[np.float16]) -> Array:
    """How far each place swings when all modes play, rms, across and down: (h, w, 2)."""
    parts = modes[1:].astype(np.float32).reshape(len(modes) - 1, *modes.shape[1:3], 2, 2)
    return np.asarray(np.sqrt((parts**2).sum(axis=(0, 4)) / 2))


def lines(upright: bool) -> Pixels:
    """Many strokes, all upright or all lying."""
    draw = np.random.default_rng(5)
    picture = np.full((360, 640, 3), (90, 110, 140), np.uint8)
    for _ in range(1800):
        x, y = int(draw.integers(0, 640)), int(draw.integers(0, 360))
        colour = tuple(int(c) for c in draw.integers((20, 60, 90), (120, 200, 240)))
        to = (x + int(draw.integers(-4, 4)), y + 40) if upright else (x + 40, y + int(draw.integers(-4, 4)))
        cv2.line(picture, (x, y), to, colour, 2, cv2.LINE_AA)
    return picture


def test_grass_swings_across_and_most_at_its_free_ends() -> None:
    modes = modes_of(meadow(times=3))
    assert modes.shape == (16, 90, 160, 4) and modes.dtype == np.float16
    far = swing(modes)
    across, down = far[..., 0].mean(), far[..., 1].mean()
    assert across > 1.5 * down
    top, foot = far[50:65, 20:140].mean(), far[78:88, 20:140].mean()
    assert top > 2.0 * foot
    assert 0.5 < far[..., 0].max() < 4.0


def test_things_give_way_across_their_strokes() -> None:
    stems, water = swing(modes_of(lines(upright=True))), swing(modes_of(lines(upright=False)))
    middle = np.s_[25:65, 30:130]
    assert stems[middle][..., 0].mean() > 2.0 * stems[middle][..., 1].mean()
    assert water[middle][..., 1].mean() > 2.0 * water[middle][..., 0].mean()


def test_a_figure_before_strokes_stands() -> None:
    picture = lines(upright=True)
    cv2.ellipse(picture, (320, 170), (60, 80), 0, 0, 360, (222, 170, 140), -1, cv2.LINE_AA)
    far = swing(modes_of(picture)).max(axis=-1)
    assert not far[32:52, 72:88].any()
    assert far[32:52, 20:50].min() > 0.1 and far[32:52, 115:140].min() > 0.1


@pytest.mark.parametrize("picture", [meadow(), paint(), lines(upright=True), paint().transpose(1, 0, 2)])
def test_nothing_is_torn_and_the_frame_holds(picture: Pixels) -> None:
    modes = modes_of(np.ascontiguousarray(picture))
    edge = np.concatenate([modes[:, [0, -1]].ravel(), modes[:, :, [0, -1]].ravel()])
    assert not edge.any() and np.isfinite(modes).all()
    for time_s in np.arange(0.0, 149 / 30, 0.31):
        moved = displacement(modes, np.exp(2j * np.pi * FREQUENCIES_HZ * time_s))
        stretched = max(float(np.abs(np.gradient(moved, 4.0, axis=axis)).max()) for axis in (0, 1))
        assert stretched < 0.35
    assert np.abs(modes.astype(np.float32)).sum(axis=0).max() < 20.0


def test_a_painting_follows_the_drums_and_stands_still_after_them() -> None:
    """Measured on five shared paintings: .83 (174 bpm) to .88 (90 bpm); at rest after 1.7 to 2.2 s."""
    modes, oscillators = modes_of(meadow(times=3))[:, ::3, ::3], Oscillators()
    kicks = np.exp(-np.mod(np.arange(6 * 240) / 240, 60 / 128) / 0.15)
    pushed = [displacement(modes, oscillators.step(kick)) for kick in kicks]
    far = np.array([np.hypot(px[..., 0], px[..., 1]).mean() for px in pushed])
    late = round(LATENCY_S * 240)
    assert np.corrcoef(kicks[240:-late], far[240 + late :])[0, 1] >= 0.8
    for _ in range(3 * 240):
        after = oscillators.step()
    assert not displacement(modes, after).any()


def test_slow_frequencies_swing_far_and_hasty_ones_little() -> None:
    far = np.percentile(np.abs(modes_of(paint()).astype(np.float32)).max(axis=-1), 98, axis=(1, 2))
    expected = STD / (1 + (FREQUENCIES_HZ / 2.0) ** 2)
    assert np.corrcoef(np.log(far), np.log(expected))[0, 1] > 0.97
    assert far[1] > 4 * far[15] > 0


def test_an_empty_canvas_stands_still_and_small_ones_have_modes() -> None:
    assert not modes_of(np.full((90, 160, 3), 128, np.uint8)).any()
    small = modes_of(np.ascontiguousarray(meadow()[::6, ::6]))
    assert small.shape == (16, 24, 43, 4) and np.isfinite(small).all()


def test_the_same_painting_gives_the_same_modes() -> None:
    assert np.array_equal(modes_of(meadow()), modes_of(meadow()))


def test_a_sheet_bends_as_its_equations_say() -> None:
    draw = np.random.default_rng(0)
    h, w = 5, 7
    roots = draw.normal(size=(h, w, 2, 2))
    whole = roots @ roots.swapaxes(-1, -2) + 0.1 * np.eye(2)
    stiffness = np.stack([whole[..., 0, 0], whole[..., 0, 1], whole[..., 1, 1]], axis=-1)
    held, rates = draw.uniform(0.1, 1.0, (h, w)), np.array([0.0, 0.3])
    loads = draw.normal(size=(2, h, w, 1)) + 1j * draw.normal(size=(2, h, w, 1))
    bent = bend(stiffness, held, rates, loads)
    for turned in (bend(stiffness.swapaxes(0, 1)[..., ::-1], held.T, rates, loads.swapaxes(1, 2)),):
        assert turned.swapaxes(1, 2) == pytest.approx(bent)
    # forces balance: what holds the sheet and what its swing takes are the load, for the sheet itself only passes it on
    assert ((held + 1j * rates[:, None, None]) * bent[..., 0]).sum(axis=(1, 2)) == pytest.approx(
        loads[..., 0].sum(axis=(1, 2))
    )


def test_a_push_on_an_even_sheet_fades_with_distance_and_comes_later_when_it_is_fast() -> None:
    even = np.broadcast_to(np.array([1.0, 0.0, 1.0]), (21, 31, 3))
    loads = np.zeros((2, 21, 31, 1), np.complex128)
    loads[:, 10, 15] = 1.0
    slow, fast = bend(even, np.full((21, 31), 0.05), np.array([0.0, 0.2]), loads)[..., 0]
    assert slow.imag == pytest.approx(0.0, abs=1e-12)
    ray = np.abs(slow[10, 15:])
    assert (np.diff(ray) < 0).all() and slow[10, 5] == pytest.approx(slow[10, 25]) == pytest.approx(
        slow[0, 15], rel=0.5
    )
    assert (np.abs(fast) < np.abs(slow)).all()
    assert (np.diff(np.unwrap(np.angle(fast[10, 15:26]))) < 0).all()
