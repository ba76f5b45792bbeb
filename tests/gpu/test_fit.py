"""Where the picture lies in the target, and how keyframes reach that size."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.gpu.fit import Fit, resample
from tests.gpu.scene import picture, scene


@pytest.mark.parametrize(
    ("canvas", "size", "viewport"),
    [
        ((128, 72), (128, 72), (0, 0, 128, 72)),
        ((128, 72), (256, 144), (0, 0, 256, 144)),
        ((128, 72), (128, 128), (0, 28, 128, 72)),
        ((72, 128), (128, 128), (28, 0, 72, 128)),
        ((1280, 720), (640, 480), (0, 60, 640, 360)),
    ],
)
def test_the_aspect_is_kept_and_the_rest_is_bars(
    canvas: tuple[int, int], size: tuple[int, int], viewport: tuple[int, int, int, int]
) -> None:
    assert Fit(canvas, size).viewport == viewport


def test_the_right_size_is_left_alone() -> None:
    image = picture(1)
    assert resample(image, (128, 72)) is image


@pytest.mark.parametrize("size", [(64, 36), (100, 50), (192, 108), (256, 144)])
def test_a_flat_colour_stays_itself(size: tuple[int, int]) -> None:
    flat = np.full((72, 128, 3), (13, 128, 250), np.uint8)
    np.testing.assert_array_equal(resample(flat, size), np.full((size[1], size[0], 3), (13, 128, 250), np.uint8))


def test_shrinking_averages_light_not_codes() -> None:
    stripes = np.zeros((72, 128, 3), np.uint8)
    stripes[:, ::2] = 255
    small = resample(stripes, (32, 18))[:, 2:-2]
    assert np.abs(small.astype(int) - 188).max() <= 2  # half the light of white is 188 of 255, not 128


def test_enlarging_keeps_a_slope_straight() -> None:
    slope = np.broadcast_to(np.arange(0, 256, 2, dtype=np.uint8)[None, :, None], (72, 128, 3))
    large = resample(np.ascontiguousarray(slope), (256, 144))[0, 8:-8, 0].astype(float)
    expected = ((np.arange(256) + 0.5) / 2 - 0.5)[8:-8] * 2
    assert np.abs(large - expected).max() <= 0.51


def test_the_bars_are_black_and_the_picture_is_exact_between_them() -> None:
    with scene(2, size=(160, 100)) as stage:
        shown = stage.shoot(0.0)
        expected = resample(stage.images[0], (160, 90))
        np.testing.assert_array_equal(shown[5:95], expected)
        assert not shown[:5].any()
        assert not shown[95:].any()
        lit = stage.shoot(0.0, bloom__amount=2.0, feedback__amount=1.0, grain__amount=1.0)
        assert not lit[:5].any()
        assert not lit[95:].any()


@pytest.mark.parametrize("size", [(64, 36), (256, 144)])
def test_another_size_shows_the_same_picture(size: tuple[int, int]) -> None:
    with scene(2) as own:
        expected = resample(own.shoot(0.4), size).astype(float)
    with scene(2, size=size) as other:
        assert np.abs(other.shoot(0.4) - expected).mean() < 4
