"""Directions of strokes and their signs, on strokes that were painted with known ones."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.bake.motion.grid import grid_size
from artwalks_live.bake.motion.signs import signed
from artwalks_live.bake.motion.strokes import Strokes, strokes_of
from tests.bake.brushwork import brushed, enlarged, level, whirl

NO_SENSE = np.zeros((180, 320, 2), np.float32)


@pytest.mark.parametrize("angle", [0, 30, 90, 140])
def test_strokes_are_found_along_their_direction(angle: float) -> None:
    strokes = strokes_of(enlarged(brushed(level(angle))))
    aligned = np.abs((strokes.along * level(angle)).sum(-1))
    assert np.median(aligned) > 0.99 and np.percentile(aligned, 5) > 0.9
    assert np.median(strokes.coherence) > 0.4


def test_a_whirl_of_strokes_is_found_whole() -> None:
    strokes = strokes_of(enlarged(brushed(whirl())))
    aligned = np.abs((strokes.along * whirl()).sum(-1))
    assert np.median(aligned) > 0.98 and (aligned > 0.9).mean() > 0.85


def test_nothing_is_coherent_where_there_is_no_stroke() -> None:
    grain = np.random.default_rng(2).integers(126, 130, (360, 640, 3)).astype(np.uint8)
    assert np.median(strokes_of(grain).coherence) < 0.15
    assert strokes_of(np.full((90, 160, 3), 128, np.uint8)).coherence.max() == 0.0


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((720, 1280), (320, 180)),
        ((90, 160), (160, 90)),
        ((1280, 720), (180, 320)),
        ((10, 1000), (320, 8)),
        ((5, 9), (9, 5)),
    ],
)
def test_the_grid_is_never_larger_than_the_picture(shape: tuple[int, int], size: tuple[int, int]) -> None:
    assert grid_size(np.zeros((*shape, 3), np.uint8)) == size


def _scrambled(along: np.ndarray, seed: int = 0) -> np.ndarray:
    return along * np.random.default_rng(seed).choice([-1.0, 1.0], along.shape[:2])[..., None].astype(np.float32)


def test_a_whirl_gets_one_sense_whatever_the_signs_were() -> None:
    away = np.ones((180, 320), np.float32)
    found = signed(Strokes(_scrambled(whirl()), 0.8 * away, away), away, NO_SENSE)
    agrees = (found * whirl()).sum(-1)
    assert max((agrees > 0).mean(), (agrees < 0).mean()) > 0.999


def test_what_does_not_count_does_not_turn_the_rest() -> None:
    """A still band of strokes of all kinds lies across a level sky: right of it the sense is that of the left."""
    along, weight = level(), np.ones((180, 320), np.float32)
    along[:, 120:160] = np.random.default_rng(3).standard_normal((180, 40, 2))
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    weight[:150, 120:160] = 0.0
    along[150:] = level()[150:]
    found = signed(Strokes(_scrambled(along), 0.8 * np.ones_like(weight), weight), weight, NO_SENSE)
    agrees = (found * level()).sum(-1)[weight > 0]
    assert max((agrees > 0).mean(), (agrees < 0).mean()) > 0.99


@pytest.mark.parametrize("sense", [(0.06, 0.03), (-0.06, 0.0)])
def test_a_sense_decides_what_nothing_else_does(sense: tuple[float, float]) -> None:
    """Two level seas with nothing between them both run as told; a whirl that is told so stays one."""
    weight = np.ones((180, 320), np.float32)
    weight[:, 140:180] = 0.0
    told = np.broadcast_to(np.array(sense, np.float32), (180, 320, 2))
    found = signed(Strokes(_scrambled(level()), weight, weight), weight, told)
    assert ((found[..., 0] * sense[0])[weight > 0] > 0).all()
    everywhere = np.ones_like(weight)
    agrees = (signed(Strokes(_scrambled(whirl()), 0.8 * everywhere, weight), everywhere, told) * whirl()).sum(-1)
    assert max((agrees > 0).mean(), (agrees < 0).mean()) > 0.99
