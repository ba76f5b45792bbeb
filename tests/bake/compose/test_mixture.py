"""Pictures of several paintings: palettes, territories, and the patch diffusion over all of them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.compose import territories
from artwalks_live.bake.compose.mixture import TURNS, Link, Mixture, Wanted
from artwalks_live.bake.compose.palettes import Palettes, moved, onward
from artwalks_live.bake.keyframes.leg import encoded
from artwalks_live.bake.keyframes.palette import PalettePath
from artwalks_live.bake.metric import distance

SHAPE = (40, 64)
COLOURS = ((200, 60, 40), (40, 160, 60), (50, 70, 190))


def painting(seed: int) -> NDArray[np.uint8]:
    """Coarse forms in one colour range, and strokes on them."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(-60, 60, (4, 6, 3)).astype(np.float32)
    forms = cv2.resize(coarse, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    strokes = cv2.GaussianBlur(chance.normal(0, 60, (*SHAPE, 1)).astype(np.float32), (9, 1), 0)[..., None]
    made: NDArray[np.uint8] = np.clip(np.array(COLOURS[seed]) + forms + strokes, 0, 255).astype(np.uint8)
    return made


@pytest.fixture(scope="module")
def mixture() -> Mixture:
    return Mixture([painting(seed) for seed in range(3)], seed=5)


def wanted(weights: Sequence[float], turn: float = 0.0) -> Wanted:
    chance = np.random.default_rng(1)
    first, second = chance.standard_normal((2, 3, territories.COUNT))
    turns = np.cos(turn) * np.ones(TURNS) + np.sin(turn) * np.arange(TURNS)
    waves = np.cos(turn) * first + np.sin(turn) * second
    return Wanted({i: w for i, w in enumerate(weights) if w > 0}, waves, turns)


def test_the_palette_of_two_is_the_one_of_a_leg() -> None:
    a, b = encoded(painting(0)), encoded(painting(1))
    path, palettes = PalettePath.between(a, b), Palettes.of([a, b])
    for weight in (0.0, 0.3, 1.0):
        maps = palettes.maps([1.0 - weight, weight])
        for i, picture in enumerate((a, b)):
            assert np.abs(moved(picture, maps[i]) - path.move(picture, i, weight)).max() < 2e-3


def test_all_paintings_meet_at_one_palette_and_go_on_from_there() -> None:
    pictures = [0.5 * encoded(painting(seed)) for seed in range(3)]
    palettes = Palettes.of(pictures)
    maps = palettes.maps([0.2, 0.5, 0.3])
    met = Palettes.of([moved(picture, map_) for picture, map_ in zip(pictures, maps, strict=True)])
    assert np.abs(met.means - met.means[0]).max() < 0.01
    assert np.abs(met.covariances - met.covariances[0]).max() < 2e-3
    other = palettes.maps([0.6, 0.2, 0.2])
    assert np.abs(onward(moved(pictures[1], maps[1]), maps[1], other[1]) - moved(pictures[1], other[1])).max() < 1e-3


@pytest.mark.parametrize("weights", [(0.2, 0.5, 0.3), (0.9, 0.08, 0.02), (0.34, 0.33, 0.33)])
def test_territories_are_as_large_as_their_weights(weights: tuple[float, ...]) -> None:
    numbers = wanted(weights).waves
    fields = [territories.field(numbers[i], encoded(painting(i)), (18, 32)) for i in range(3)]
    shares = territories.shares(fields, weights)
    assert np.abs(shares.sum(axis=0) - 1.0).max() < 1e-5
    assert np.abs(shares.mean(axis=(1, 2)) - weights).max() < 0.01
    assert (np.abs(np.diff(shares, axis=2)) > 0.5).mean() < 0.2, "they are pieces, not specks"


def test_a_little_more_weight_moves_the_borders_a_little() -> None:
    numbers = wanted((0.4, 0.3, 0.3)).waves
    fields = [territories.field(numbers[i], encoded(painting(i)), (18, 32)) for i in range(3)]
    before = territories.shares(fields, (0.4, 0.3, 0.3))
    after = territories.shares(fields, (0.42, 0.3, 0.28))
    assert np.abs(after - before).mean() < 0.03


def test_a_painting_alone_is_itself(mixture: Mixture) -> None:
    link = mixture.alone(1)
    image, field = mixture.lay(link), mixture.field(link)
    assert np.array_equal(image, painting(1))
    assert (field.painting == 1).all() and np.array_equal(field.x[0], np.arange(field.x.shape[1]))


def test_every_painting_has_about_the_share_of_its_weight(mixture: Mixture) -> None:
    weights = (0.25, 0.45, 0.3)
    link = mixture.link(wanted(weights), None)
    image, field = mixture.lay(link), mixture.field(link)
    shares = [(field.painting == i).mean() for i in range(3)]
    assert image.shape == (*SHAPE, 3) and image.std() > 20
    assert np.abs(np.array(shares) - weights).max() < 0.2


def test_neighbouring_keyframes_of_a_chain_are_alike(mixture: Mixture) -> None:
    first = mixture.link(wanted((0.5, 0.3, 0.2)), None)
    near = mixture.link(wanted((0.48, 0.3, 0.22), 0.1), first)
    far = mixture.link(wanted((0.2, 0.3, 0.5), 1.5), first)
    images = [mixture.lay(link) for link in (first, near, far)]
    assert distance(images[0], images[1]) < 0.5 * distance(images[0], images[2])


def test_the_same_link_twice_and_through_the_store_is_the_same(mixture: Mixture) -> None:
    before = mixture.alone(0)
    made = mixture.link(wanted((0.6, 0.4, 0.0)), before)
    other = Mixture([painting(seed) for seed in range(3)], 5)
    again = other.link(wanted((0.6, 0.4, 0.0)), Link.unpacked(before.packed()))
    assert made.paintings == (0, 1)
    assert np.array_equal(mixture.lay(made), mixture.lay(Link.unpacked(again.packed())))
