"""Paint carried along a current: what must hold exactly, and where it must come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.core.currents import carried, paths, weight

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


def test_in_the_middle_of_a_life_paint_lies_where_it_was_painted() -> None:
    painting = noise()
    np.testing.assert_allclose(carried(painting, steady(0.8, -0.3), 0.0, 12.0), painting, atol=1e-6)
    np.testing.assert_allclose(carried(painting, steady(0.8, -0.3, offset=0.25), 0.75, 12.0), painting, atol=1e-6)


@pytest.mark.parametrize("life", [0.1, 0.5, 0.99])
def test_still_places_are_the_painting_bit_for_bit(life: float) -> None:
    painting, current = noise(), steady(0.8, 0.2, offset=0.3)
    current[:, :32, :3] = 0.0
    shown = carried(painting, current.astype(np.float16), life, 12.0)
    np.testing.assert_array_equal(shown[:, :63], painting[:, :63])  # column 63 reads a little of the moving cell
    assert np.abs(shown[:, 70:100] - painting[:, 70:100]).max() > 0.1
    np.testing.assert_allclose(carried(painting, current, life, 0.0), painting, atol=1e-6)


def test_a_steady_current_carries_paint_its_travel() -> None:
    first, second, age = paths(steady(0.5, -1.0), 0.25, 16.0)
    assert np.allclose(age, 0.25)
    assert np.allclose(first, [0.5 * 12.0, -12.0], atol=1e-3)  # 12 px before the middle of its life
    assert np.allclose(second, [-0.5 * 4.0, 4.0], atol=1e-3)
    painting, share = noise(128, 640), float(weight(np.array([0.4], np.float32))[0])
    shown = carried(painting, steady(1.0, 0.0, height=64, width=320), 0.4, 16.0)
    at = np.arange(100, 200, dtype=np.float64)
    wanted = share * _read(painting, at + 9.6) + (1 - share) * _read(painting, at - 6.4)
    np.testing.assert_allclose(shown[:, 100:200], wanted, atol=1e-3)
    assert 0.0 < share < 1.0


def _read(painting: Array, x: NDArray[Any]) -> Array:
    whole = np.floor(x).astype(int)
    part = (x - whole)[None, :, None].astype(np.float32)
    return np.asarray(painting[:, whole] * (1 - part) + painting[:, whole + 1] * part, np.float32)


def test_paint_follows_a_whirl_round() -> None:
    height, width = 90, 160
    _, second, _ = paths(turning(height, width), 0.9, 100.0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    away = np.stack([x - width / 2, y - height / 2], -1)
    came = away + second * width / 640  # current px to cells
    before, after = np.hypot(*np.moveaxis(away, -1, 0)), np.hypot(*np.moveaxis(came, -1, 0))
    inside = (before > 5) & (before < 35)
    assert np.abs(after - before)[inside].max() < 0.1  # turned by about 16 degrees, and no spiral
    assert np.abs(second[inside]).max() > 30


def test_where_a_life_ends_no_pixel_sees_the_jump() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 640, dtype=np.float32)[None, :, None], (64, 640, 3)) * 640
    current = steady(1.0, 0.0, height=32, width=320)
    current[..., 3] = np.linspace(0.2, 0.8, 320, dtype=np.float32)
    second = paths(current, 0.5, 12.0)[1][0, :, 0]
    assert np.abs(np.diff(second)).max() > 20, "no life ends here, and the test proves nothing"
    along = carried(np.ascontiguousarray(ramp), current, 0.5, 12.0)[32, 20:620, 0]
    assert np.abs(np.diff(along) - 1.0).max() < 0.3


def test_the_two_lives_share_a_place_between_them() -> None:
    age = np.linspace(0, 2, 81, dtype=np.float32)
    np.testing.assert_allclose(weight(age) + weight(np.mod(age + 1, 2)), 1.0, atol=1e-6)
    assert weight(age)[0] == 0.0 and weight(age)[40] == 1.0


def test_paint_from_beyond_the_edge_is_the_mirror_image() -> None:
    painting = np.zeros((64, 640, 3), np.float32)
    painting[:] = np.arange(640, dtype=np.float32)[None, :, None]
    shown = carried(painting, steady(1.0, 0.0, height=32, width=320), 0.5, 20.0)
    # pixel 2 is the mean of what was 10 px to its left, the mirror image of pixel 7, and of pixel 12
    assert np.allclose(shown[:, 2], (7 + 12) / 2)
    assert np.allclose(shown[:, 639], (629 + 630) / 2)
