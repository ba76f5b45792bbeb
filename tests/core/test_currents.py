"""Paint carried along a current: what must hold exactly, and where it must come from."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.core.currents import carried, lives, lost, paths, velocities

Array = NDArray[np.float32]


def noise(height: int = 72, width: int = 128) -> Array:
    return np.random.default_rng(5).random((height, width, 3), dtype=np.float32)


def steady(x: float = 0.0, y: float = 0.0, offset: float = 0.0, height: int = 36, width: int = 64) -> Array:
    current = np.zeros((height, width, 4), np.float32)
    current[...] = x, y, 1.0, offset
    return current


def turning(height: int = 90, width: int = 160) -> Array:
    current = np.zeros((height, width, 4), np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    current[..., 0], current[..., 1] = -(y - height / 2) / 80, (x - width / 2) / 80
    return current


def test_nothing_is_carried_when_a_life_begins() -> None:
    painting = noise()
    assert np.array_equal(carried(painting, steady(0.8, -0.3), 0.0, 12.0), painting)
    assert np.array_equal(carried(painting, steady(0.8, -0.3, offset=0.25), 0.75, 12.0), painting)


@pytest.mark.parametrize("phase", [0.1, 0.5, 0.99])
def test_still_places_are_the_painting_bit_for_bit(phase: float) -> None:
    painting, current = noise(), steady(0.8, 0.2, offset=0.3)
    current[:, :32, :3] = 0.0
    shown = carried(painting, current.astype(np.float16), phase, 12.0)
    assert np.array_equal(shown[:, :63], painting[:, :63])  # column 63 already reads a little of the moving cell
    assert np.abs(shown[:, 70:100] - painting[:, 70:100]).max() > 0.1
    assert np.array_equal(carried(painting, current, phase, 0.0), painting)


def test_a_steady_current_carries_paint_its_travel() -> None:
    forward, backward, q = paths(steady(0.5, -1.0), 0.25, 16.0)
    assert np.allclose(q, 0.25)
    assert np.allclose(forward, [-0.5 * 4.0, 4.0], atol=1e-6)
    assert np.allclose(backward, [0.5 * 12.0, -12.0], atol=1e-6)
    painting = noise(128, 640)
    shown = carried(painting, steady(1.0, 0.0, height=64, width=320), 0.25, 16.0)
    wanted = 0.75 * painting[:, 96:196] + 0.25 * painting[:, 112:212]  # come from 4 px back, and from 12 px ahead
    assert np.allclose(shown[:, 100:200], wanted, atol=1e-4)


def test_paint_follows_a_whirl_round() -> None:
    height, width = 90, 160
    forward, _, q = paths(turning(height, width), 0.9, 100.0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    away = np.stack([x - width / 2, y - height / 2], -1)
    came = away + forward * width / 640  # current px to cells
    before, after = np.hypot(*np.moveaxis(away, -1, 0)), np.hypot(*np.moveaxis(came, -1, 0))
    inside = (before > 5) & (before < 35)
    assert np.abs(after - before)[inside].max() < 0.05  # turned by about 16 degrees, and no spiral
    assert np.abs(forward[inside]).max() > 30 and np.allclose(q, 0.9)


def test_where_a_life_ends_no_pixel_sees_the_jump() -> None:
    """Where q jumps from 1 to 0 within one cell, the picture must go on as smoothly as elsewhere."""
    ramp = np.broadcast_to(np.linspace(0, 1, 640, dtype=np.float32)[None, :, None], (64, 640, 3)) * 640
    current = steady(1.0, 0.0, height=32, width=320)
    current[..., 3] = np.linspace(0.2, 0.8, 320, dtype=np.float32)
    q = lives(current[0, :, 3], 0.5)
    assert (np.abs(np.diff(q)) > 0.9).any()
    along = carried(np.ascontiguousarray(ramp), current, 0.5, 12.0)[32, 20:620, 0]
    assert np.abs(np.diff(along) - 1.0).max() < 0.2


def test_the_mean_velocity_is_the_current_itself_when_a_path_has_no_length() -> None:
    current = turning()
    forward, _ = velocities(current, 0.0, 12.0)
    assert np.allclose(forward, current[..., :2], atol=1e-6)


def test_contrast_that_two_copies_lose_is_given_back_and_nothing_else() -> None:
    painting = noise(180, 320)
    current = steady(1.0, 0.0, height=90, width=160)
    plain, kept = (carried(painting, current, 0.5, 16.0, contrast) for contrast in (0.0, 1.0))
    inside = (slice(40, 140), slice(40, 280))
    assert plain[inside].std() < 0.75 * painting[inside].std()  # 1/sqrt 2, and nothing lost between pixels
    assert abs(kept[inside].std() / painting[inside].std() - 1.0) < 0.05
    assert abs(kept[inside].mean() - painting[inside].mean()) < 0.01
    assert np.array_equal(carried(painting, current, 0.0, 16.0, 1.0), painting)
    current[:, 80:, :3] = 0.0
    assert np.array_equal(carried(painting, current, 0.5, 16.0, 1.0)[:, 170:], painting[:, 170:])


def test_lost_contrast_is_that_of_a_mean_of_strangers() -> None:
    q = np.array([0.0, 0.5, 0.5, 0.25], np.float32)
    share = lost(q, np.array([9.0, 0.0, 100.0, 100.0], np.float32))
    assert np.allclose(share, [0.0, 0.0, np.sqrt(2) - 1, 1 / np.sqrt(0.625) - 1], atol=1e-5)
    assert share[0] == 0.0 and share[1] == 0.0


def test_paint_from_beyond_the_edge_is_the_mirror_image() -> None:
    painting = np.zeros((64, 640, 3), np.float32)
    painting[:] = np.arange(640, dtype=np.float32)[None, :, None]
    shown = carried(painting, steady(1.0, 0.0, height=32, width=320), 0.5, 20.0)
    # pixel 2 is the mean of what was 10 px to its left, the mirror image of pixel 7, and of pixel 12
    assert np.allclose(shown[:, 2], (7 + 12) / 2)
    assert np.allclose(shown[:, 639], (629 + 630) / 2)
