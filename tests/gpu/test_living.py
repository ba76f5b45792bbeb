"""Paintings that move: as the NumPy references say; and the painting itself, to the bit, wherever nothing moves it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from artwalks_live.core import currents, sway
from artwalks_live.core.errors import BundleError
from artwalks_live.gpu.residency import ResidencyOptions
from tests.gpu.scene import Scene, picture, scene

Array = npt.NDArray[Any]
CANVAS = (256, 144)
TRAVEL = 24.0
SWINGING = (0.4 + 0j, 0.8 - 0.3j, 0j, -0.5 + 0.6j) + (0j,) * 12


def whirl(size: tuple[int, int] = (128, 72)) -> Array:
    """A current that turns round the middle and ends before the edge: (h, w, 4) float16."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = (x - width / 2 + 0.5) / height, (y - height / 2 + 0.5) / height
    far = np.hypot(dx, dy)
    mask = np.clip((0.42 - far) / 0.15, 0, 1)
    speed = mask * np.minimum(far / 0.1, 1) / np.maximum(far, 1e-3)
    offset = 0.999 * y / height  # as many places begin anew at every instant
    return np.stack([-dy * speed, dx * speed, mask, offset], axis=2).astype(np.float16)


def stems(size: tuple[int, int] = (64, 36)) -> Array:
    """Four modes that bend to the side, more with height, and stand at the ground and in the left third."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    free = np.clip(1 - y / (height * 0.7), 0, 1) * np.clip(x / width - 0.33, 0, 1)
    modes = [np.stack([np.cos(k + x / 9), np.sin(k + x / 9), 0.3 * np.cos(y / 5), 0 * x], axis=2) for k in range(4)]
    bent: Array = (8 * np.stack(modes) * free[..., None]).astype(np.float16)
    return bent


@pytest.fixture(scope="module")
def stage() -> Iterator[Scene]:
    with scene(2, canvas=CANVAS, sharp=False, moving={0: (whirl(), stems())}) as made:
        yield made


def painting() -> Array:
    return picture(0, CANVAS).astype(np.float32)


@pytest.mark.parametrize("life", [0.0, 0.2, 0.5, 0.9])
def test_currents_carry_paint_as_the_reference_says(stage: Scene, life: float) -> None:
    expected = currents.carried(painting(), whirl(), life, TRAVEL)
    error = np.abs(stage.shoot(0.0, life=life, currents__travel=TRAVEL) - expected)
    assert error.mean() < 0.5
    assert np.percentile(error, 99.5) < 12  # paths are found on a coarser grid: hard edges lie a quarter pixel off
    assert np.abs(painting() - expected).max() > 60, "nothing moved, and the test proves nothing"


def test_modes_move_paint_as_the_reference_says(stage: Scene) -> None:
    moved = currents.spread(sway.displacement(stems(), np.array(SWINGING)), (CANVAS[1], CANVAS[0]))
    y, x = np.indices((CANVAS[1], CANVAS[0]), np.float32)
    expected = currents.read(painting(), np.stack([x, y], axis=2) - moved * (CANVAS[0] / currents.PX))
    error = np.abs(stage.shoot(0.0, sway=SWINGING, currents__amount=0.0) - expected)
    assert error.mean() < 0.5
    assert np.percentile(error, 99.5) < 8
    assert np.abs(painting() - expected).max() > 60


def test_where_nothing_moves_it_is_the_painting_to_the_bit(stage: Scene) -> None:
    still = currents.spread(whirl()[..., :2].astype(np.float32), (CANVAS[1], CANVAS[0])) == 0
    free = currents.spread(stems().transpose(1, 2, 0, 3).reshape(36, 64, -1).astype(np.float32), (CANVAS[1], CANVAS[0]))
    outside = still.all(axis=2) & (free == 0).all(axis=2)
    assert 0.2 < outside.mean() < 0.8
    for life in (0.1, 0.6):
        shown = stage.shoot(0.0, life=life, sway=SWINGING, currents__travel=TRAVEL)
        np.testing.assert_array_equal(shown[outside], stage.images[0][outside])


@pytest.mark.parametrize("life", [0.0, 0.3])
def test_with_nothing_to_move_it_is_the_painting_to_the_bit(stage: Scene, life: float) -> None:
    np.testing.assert_array_equal(stage.shoot(0.0, life=life, currents__amount=0.0), stage.images[0])
    np.testing.assert_array_equal(stage.shoot(1.0, life=life), stage.images[1])


def test_a_loop_closes_and_has_no_seam(stage: Scene) -> None:
    frames = [stage.shoot(0.0, life=i / 24, currents__travel=TRAVEL).astype(float) for i in range(24)]
    steps = [np.abs(after - before).mean() for before, after in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert steps[-1] <= 1.1 * max(steps[-2], steps[0]), "the loop is seen to close"
    np.testing.assert_array_equal(frames[0], stage.shoot(0.0, life=0.0, currents__travel=TRAVEL))
    assert min(steps) > 0.1


def test_motion_fades_out_on_the_way_to_the_next_painting(stage: Scene) -> None:
    """At the other end of the piece the picture is the same with and without; in between the change is gradual."""
    far = [
        np.abs(
            stage.shoot(phase, life=0.4, currents__travel=TRAVEL).astype(float)
            - stage.shoot(phase, currents__amount=0.0)
        ).mean()
        for phase in (0.0, 0.02, 0.5, 0.98, 1.0)
    ]
    assert far[0] > far[2] > far[3] >= far[4] == 0.0
    assert abs(far[0] - far[1]) < 0.5 * far[0]


def test_splatted_paint_goes_where_read_paint_comes_from_and_leaves_no_holes() -> None:
    with scene(2, canvas=CANVAS, sharp=False, moving={0: (whirl(), stems())}, splats=True) as splatted:
        shown = splatted.shoot(0.0, life=0.3, currents__travel=TRAVEL, sway=SWINGING).astype(float)
        still = splatted.shoot(0.0, life=0.3, currents__amount=0.0)
    np.testing.assert_array_equal(still, picture(0, CANVAS))
    with scene(2, canvas=CANVAS, sharp=False, moving={0: (whirl(), stems())}) as reading:
        read = reading.shoot(0.0, life=0.3, currents__travel=TRAVEL, sway=SWINGING).astype(float)
    assert np.abs(shown - read).mean() < 3.0
    dark = int(picture(0, CANVAS).min())
    assert shown.min() >= dark - 2, "a hole is darker than any paint"


def test_a_painting_whose_motion_cannot_be_read_stands_still_in_a_show_and_ends_a_render() -> None:
    class Lost(dict[int, Any]):
        def __getitem__(self, number: int) -> Any:
            raise BundleError("walk.json: painting 0: motion/x.npy is missing: bake again")

    with scene(2, canvas=CANVAS, moving=Lost({0: (None, None)})) as lost:
        until_s = time.monotonic() + 60
        while not lost.renderer.draw(lost.frame(0.0, life=0.4)):
            assert time.monotonic() < until_s, "the painting never came"
        np.testing.assert_array_equal(lost.renderer.read("rgb24"), lost.images[0])
    with (
        scene(2, canvas=CANVAS, moving=Lost({0: (None, None)})) as lost,
        pytest.raises(BundleError, match=r"motion/x\.npy is missing"),
    ):
        lost.shoot(0.0, life=0.4)


def test_motion_of_every_painting_near_fits_on_the_gpu() -> None:
    moving = {number: (whirl(), None if number % 2 else stems()) for number in range(6)}
    with scene(6, canvas=CANVAS, moving=moving, options=ResidencyOptions(ahead=1, behind=1)) as many:
        for position in (0.0, 5.0, 2.0, 3.0, 0.0):
            moved = many.shoot(position, life=0.4, currents__travel=TRAVEL)
            assert np.abs(moved.astype(float) - many.images[round(position)]).max() > 40
