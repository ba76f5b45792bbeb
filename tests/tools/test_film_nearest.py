"""The search for the nearest patch is exact: it finds what comparing everything with everything finds."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tools.film.nearest import LEAF, NearestPatch, patches

Array = npt.NDArray[np.float32]


def smooth(seed: int, size: tuple[int, int]) -> Array:
    cells = np.random.default_rng(seed).random((size[1] // 9 + 2, size[0] // 9 + 2, 3), np.float32)
    return cv2.resize(cells, size, interpolation=cv2.INTER_CUBIC)


def noise(seed: int, size: tuple[int, int]) -> Array:
    return np.random.default_rng(seed).random((size[1], size[0], 3), np.float32)


def two_colours(seed: int, size: tuple[int, int]) -> Array:
    """Most patches are equal to thousands of others, to the bit."""
    picture = np.zeros((size[1], size[0], 3), np.float32)
    picture[: size[1] // 2, seed : size[0] // 2] = 0.75
    return picture


def by_comparing_all(queries: Array, pictures: list[Array], side: int) -> Array:
    every = np.concatenate([patches(picture, side, 10**9) for picture in pictures])
    return np.sqrt([np.square(every - query).mean(axis=1).min() for query in queries])


@pytest.mark.parametrize("paint", [smooth, noise, two_colours])
@pytest.mark.parametrize("query", [smooth, noise, two_colours])
def test_it_finds_what_comparing_all_finds(paint, query) -> None:  # type: ignore[no-untyped-def]
    size = (60, 47)
    pictures = [paint(1, size), paint(2, size)]
    search = NearestPatch(pictures, 7)
    assert len(search._leaves) > 2 * 54 * 41 // LEAF  # the tree is more than one box
    asked = patches(query(3, size), 7, 60)
    np.testing.assert_allclose(search.distances(asked), by_comparing_all(asked, pictures, 7), atol=2e-6)


def test_a_patch_of_the_pictures_is_at_no_distance() -> None:
    pictures = [smooth(1, (50, 40)), smooth(2, (50, 40))]
    np.testing.assert_array_equal(NearestPatch(pictures, 7).distances(patches(pictures[1], 7, 50)), 0)


def test_pictures_of_a_single_patch() -> None:
    pictures = [noise(1, (7, 7)), noise(2, (7, 7))]
    found = NearestPatch(pictures, 7).distances(patches(pictures[0] + 0.25, 7, 5))
    assert found == pytest.approx(0.25, abs=1e-6)


def test_queries_are_spread_over_the_picture() -> None:
    picture = np.arange(40 * 30, dtype=np.float32).reshape(30, 40, 1)
    chosen = patches(picture, 1, 100)[:, 0]
    assert len(chosen) == 100
    assert np.ptp(np.diff(chosen)) == 0
    assert len(patches(picture, 1, 5000)) == 1200
