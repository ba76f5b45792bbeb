"""Where cells lie over a picture: nothing is shifted by a fraction of a cell."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.nn.grid import padded, reduced, regrid, uncovered


def ramp(cells: tuple[int, int], over: tuple[float, float]) -> np.ndarray:
    """(h, w, 2): in each cell the place of its centre, x and y in pixels, when the grid lies over so many pixels."""
    y = (np.arange(cells[0]) + 0.5) * over[0] / cells[0]
    x = (np.arange(cells[1]) + 0.5) * over[1] / cells[1]
    return np.stack(np.meshgrid(x, y), -1).astype(np.float32)


@pytest.mark.parametrize("size", [(128, 256), (17, 33), (1, 1), (127, 129), (90, 160)])
def test_a_padded_picture_repeats_its_lower_and_right_edge(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).random((*size, 3), np.float32)
    found = padded(picture, 64)
    assert found.shape[0] % 64 == found.shape[1] % 64 == 0
    assert found.shape[0] - size[0] < 64 > found.shape[1] - size[1]
    np.testing.assert_array_equal(found[: size[0], : size[1]], picture)
    np.testing.assert_array_equal(
        found[size[0] :, : size[1]], np.broadcast_to(picture[-1:], found[size[0] :, : size[1]].shape)
    )
    np.testing.assert_array_equal(
        found[:, size[1] :], np.broadcast_to(found[:, size[1] - 1 : size[1]], found[:, size[1] :].shape)
    )


def test_whole_cells_are_cropped_bit_for_bit() -> None:
    grid = np.random.default_rng(1).random((64, 128, 4), np.float32)
    np.testing.assert_array_equal(uncovered(grid, (128, 256), (90, 160)), grid[:45, :80])
    np.testing.assert_array_equal(uncovered(grid, (128, 256), (128, 256)), grid)


@pytest.mark.parametrize("size", [(91, 161), (17, 33), (127, 255), (5, 201)])
def test_odd_sides_keep_every_place_where_it_is(size: tuple[int, int]) -> None:
    found = uncovered(ramp((64, 128), (128, 256)), (128, 256), size)
    cells = (-(-size[0] // 2), -(-size[1] // 2))
    assert found.shape == (*cells, 2)
    np.testing.assert_allclose(found, np.maximum(ramp(cells, size), 1.0), atol=1e-4)  # the first centre lies at 1 px


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (3, 1)])
def test_the_smallest_pictures_have_a_cell(size: tuple[int, int]) -> None:
    found = uncovered(ramp((64, 64), (128, 128)), (128, 128), size)
    assert found.shape == (-(-size[0] // 2), -(-size[1] // 2), 2)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("cells", [(20, 30), (64, 128), (7, 200)])
def test_a_grid_over_the_picture_goes_under_the_padding(cells: tuple[int, int]) -> None:
    """Inside the picture each place keeps its value, beyond it the edge is repeated."""
    found = regrid(ramp(cells, (90, 160)), (90, 160), (64, 128), (128, 256))
    half_a_cell = np.array([160 / cells[1] / 2, 90 / cells[0] / 2])
    wanted = np.clip(ramp((64, 128), (128, 256)), half_a_cell, np.array([160, 90]) - half_a_cell)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


@pytest.mark.parametrize("size", [(50, 40), (33, 77), (1, 1), (99, 80), (100, 79)])
def test_reducing_keeps_the_mean_and_flat_colour(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(2).random((100, 80, 3)).astype(np.float32)
    found = reduced(picture, size)
    assert found.shape == (*size, 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean((0, 1), np.float64), picture.mean((0, 1), np.float64), atol=1e-6)
    np.testing.assert_allclose(reduced(np.full((100, 80, 3), 0.3, np.float32), size), 0.3, atol=1e-6)


def test_half_the_size_is_the_mean_of_four() -> None:
    picture = np.random.default_rng(3).random((20, 12, 3)).astype(np.float32)
    boxes = picture.reshape(10, 2, 6, 2, 3).mean((1, 3))
    np.testing.assert_allclose(reduced(picture, (10, 6)), boxes, atol=1e-6)


def test_pixels_are_shared_by_the_part_that_is_covered() -> None:
    line = np.array([[0.0, 3.0, 6.0]], np.float32)[..., None]
    np.testing.assert_allclose(reduced(line, (1, 2))[0, :, 0], [(0 + 3 / 2) / 1.5, (3 / 2 + 6) / 1.5], atol=1e-6)


def test_the_same_size_is_left_alone() -> None:
    picture = np.zeros((5, 7, 3), np.float32)
    assert reduced(picture, (5, 7)) is picture
