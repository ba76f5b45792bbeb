"""The crossover: one picture at every place and phase, an even pace, and plain visibility where nothing differs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from artwalks_live.bake import crossover
from artwalks_live.core.warp import show, weight_of_b

SIZE = (320, 180)


def paint(seed: int, grain: int = 12) -> np.ndarray:
    coarse = np.random.default_rng(seed).random((SIZE[1] // grain, SIZE[0] // grain, 3), dtype=np.float32)
    return cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC).clip(0, 1)


def plain() -> np.ndarray:  # fully visible
    return np.ones((SIZE[1], SIZE[0]), np.float32)


def staggered(a: np.ndarray, b: np.ndarray, seed: int = 7) -> np.ndarray:
    return crossover.stagger(meeting(a, b, seed=seed))


def meeting(a: np.ndarray, b: np.ndarray, **known: Any) -> crossover.Meeting:
    given: dict[str, Any] = {"offset": 0 * plain(), "home": 0 * plain(), "seed": 7}
    return crossover.Meeting(a=a, b=b, **{**given, **known})


def test_between_different_pictures_a_place_shows_mostly_one_of_them() -> None:
    cross = staggered(paint(1), paint(2))
    for t in (0.25, 0.5, 0.75):
        weight = weight_of_b(cross, t)
        assert ((weight < 0.1) | (weight > 0.9)).mean() > 0.6


def test_the_change_is_spread_evenly_over_the_segment() -> None:
    a, b = paint(1), paint(2)
    cross = staggered(a, b)
    still = np.zeros((*a.shape[:2], 4), np.float16)
    frames = [show(a, b, still, cross, i / 64) for i in range(65)]
    steps = [float(np.abs(q - p).mean()) for p, q in pairwise(frames)]
    assert max(steps) < 1.25 * np.mean(steps)
    assert min(steps) > 0.75 * np.mean(steps), "the walk would halt at its keyframes"


def test_every_phase_has_its_share_of_b() -> None:
    cross = staggered(paint(1), paint(2))
    for t in (0.2, 0.5, 0.8):
        assert weight_of_b(cross, t).mean() == pytest.approx(t, abs=0.08)


def test_places_that_agree_dissolve_plainly() -> None:
    a = paint(1)
    b = a.copy()
    b[:, 200:] = paint(2)[:, 200:]
    cross = staggered(a, b)
    assert np.abs(cross[:, :150, 1] - 1).max() < 0.05
    assert np.abs(cross[:, :150, 0]).max() < 0.1
    assert np.median(cross[:, 230:, 1]) > 4


def test_hidden_places_show_the_picture_that_sees_them() -> None:
    a = paint(1)
    hidden = plain()
    hidden[:, :100] = crossover.FLOOR
    cross = crossover.stagger(meeting(a, a, offset=np.log(hidden)))
    assert weight_of_b(cross, 0.5)[:, :80].min() > 0.9
    assert weight_of_b(cross, 0.5)[:, 120:].max() < 0.6


def test_values_fit_half_floats_and_moments_stay_inside() -> None:
    cross = staggered(paint(1), paint(2)).astype(np.float16).astype(np.float32)
    assert np.isfinite(cross).all()
    assert cross[..., 1].min() >= 0.99
    moment = 1 / (1 + np.exp(-cross[..., 0] / cross[..., 1]))
    assert moment.min() > 0.0005
    assert moment.max() < 0.9995


def test_a_change_of_palette_alone_is_a_wide_wash() -> None:
    a = paint(1) * 0.7
    cross = staggered(a, a + np.array([0.15, 0.1, 0.0], np.float32))
    assert 1.5 < np.median(cross[..., 1]) < 4


def test_growth_begins_where_the_coming_painting_is_at_home() -> None:
    home = 0 * plain()
    home[:, :40] = 1
    moment = crossover.stagger(meeting(paint(1), paint(2), home=home))
    turned = weight_of_b(moment, 0.2)
    assert turned[:, :60].mean() > 2 * turned[:, 160:].mean()


def test_fronts_are_soft_and_connected() -> None:
    """The takeover is a front, not scattered dots: half a segment in, few places differ from their neighbourhood."""
    turned = (weight_of_b(staggered(paint(1), paint(2)), 0.5) > 0.5).astype(np.uint8)
    alone = np.abs(cv2.medianBlur(turned, 5).astype(int) - turned).mean()
    assert alone < 0.02


def test_the_seed_decides_and_decides_the_same_way() -> None:
    a, b = paint(1), paint(2)
    assert np.array_equal(staggered(a, b, 3), staggered(a, b, 3))
    assert not np.array_equal(staggered(a, b, 3), staggered(a, b, 4))


def test_visibility_falls_where_the_flows_disagree() -> None:
    shape = (40, 60, 2)
    motion = np.zeros(shape, np.float32)
    backward = motion.copy()
    backward[:, 30:, 0] = 6
    seen_a, seen_b = crossover.visibility(motion, motion, backward, np.ones(shape[:2], np.float32))
    assert seen_a.min() > 0.99
    assert seen_b[:, :25].min() > 0.99
    assert seen_b[:, 35:].max() < 0.15
    unknown = crossover.visibility(motion, motion, backward, np.zeros(shape[:2], np.float32))
    assert np.array_equal(*unknown)
