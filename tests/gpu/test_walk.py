"""The walk pass: exact on the paintings, and elsewhere what the NumPy reference says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from artwalks_live.core import warp
from artwalks_live.core.pieces import Piece, locate
from tests.gpu.scene import Scene, scene

# 8-bit rounding is half a level; llvmpipe filters with weights of 1/256, which at an edge of full contrast is one more.
MEAN_LEVELS, MOST_LEVELS = 0.5, 3.0


@pytest.fixture(scope="module")
def stage() -> Iterator[Scene]:
    with scene(3) as made:
        yield made


@pytest.mark.parametrize("keyframe", [0, 1, 2])
def test_a_painting_is_shown_pixel_for_pixel(stage: Scene, keyframe: int) -> None:
    np.testing.assert_array_equal(stage.shoot(float(keyframe)), stage.images[keyframe])


def test_exactness_does_not_depend_on_strength(stage: Scene) -> None:
    np.testing.assert_array_equal(stage.shoot(1.0, flow__strength=2.0), stage.images[1])


@pytest.mark.parametrize("strength", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("t", [0.03, 0.25, 0.5, 0.75, 0.97])
def test_it_draws_what_the_reference_says(stage: Scene, t: float, strength: float) -> None:
    flow, crossover = stage.motions[1]
    expected = 255 * warp.show(stage.images[1], stage.images[2], flow, crossover, t, strength=strength)
    error = np.abs(stage.shoot(1 + t, flow__strength=strength) - expected)
    assert error.mean() < MEAN_LEVELS
    assert error.max() < MOST_LEVELS


def test_the_flow_moves_the_picture(stage: Scene) -> None:
    """Guards the test above: without flow the same comparison is far out of tolerance."""
    flow, crossover = stage.motions[1]
    still = 255 * warp.show(stage.images[1], stage.images[2], np.zeros_like(flow), crossover, 0.5)
    assert np.abs(stage.shoot(1.5) - still).max() > 20


def test_beyond_the_ends_an_open_walk_stays(stage: Scene) -> None:
    np.testing.assert_array_equal(stage.shoot(-3.0), stage.images[0])
    np.testing.assert_array_equal(stage.shoot(99.0), stage.images[2])


@pytest.mark.parametrize("black", [0.0, 0.5, 1.0])
def test_black_darkens_the_encoded_picture(stage: Scene, black: float) -> None:
    expected = stage.images[0] * (1 - black)
    assert np.abs(stage.shoot(0.0, black=black) - expected).max() <= 0.51


def test_anchors_are_exact_and_between_them_the_reference_holds() -> None:
    """A segment of two pieces of different length: the position stays one float, each picture lies where it is put."""
    pieces = (Piece(0, 2, 0.0, 0.25), Piece(2, 1, 0.25, 1.0))
    with scene(pieces=pieces) as stage:
        for position, number in ((0.0, 0), (0.25, 2), (1.0, 1)):
            np.testing.assert_array_equal(stage.shoot(position), stage.images[number])
        for position in (0.0625, 0.2, 0.4, 0.9):
            index, phase = locate(pieces, position)
            a, b = (stage.images[number] for number in (pieces[index].a, pieces[index].b))
            expected = 255 * warp.show(a, b, *stage.motions[index], phase, span=pieces[index].span)
            error = np.abs(stage.shoot(position) - expected)
            assert error.mean() < MEAN_LEVELS
            assert error.max() < MOST_LEVELS


def test_plain_reads_are_softer_and_as_exact_on_the_paintings() -> None:
    shown = []
    for sharp in (True, False):
        with scene(3, sharp=sharp) as stage:
            np.testing.assert_array_equal(stage.shoot(1.0), stage.images[1])
            shown.append(stage.shoot(1.5).astype(int))
    steps = [np.abs(np.diff(each, axis=1)).mean() for each in shown]
    assert steps[1] < 0.97 * steps[0]
    assert np.abs(shown[0] - shown[1]).mean() < 6, "the same picture"
