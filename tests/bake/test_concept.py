"""The concept-weight curves: exact at the paintings, rising, and ArtWalks' own in between."""

from __future__ import annotations

from itertools import pairwise

import pytest

from artwalks_live.bake.concept import CURVES, check, weight, weights
from artwalks_live.core.errors import UsageError


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_starts_on_a_and_ends_on_b(curve: str) -> None:
    assert weight(curve, 0.0) == 0.0
    assert weight(curve, 1.0) == 1.0


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_rises_and_treats_both_paintings_alike(curve: str) -> None:
    values = [weight(curve, x / 64) for x in range(65)]
    assert all(p <= q for p, q in pairwise(values))
    assert max(abs(p + q - 1.0) for p, q in zip(values, reversed(values), strict=True)) < 2e-3


def test_the_keyframes_stand_at_the_interior_points() -> None:
    assert weights("linear", 4) == pytest.approx((0.2, 0.4, 0.6, 0.8))
    assert weights("linear", 0) == ()


def test_sinh_is_artwalks_own() -> None:
    assert weights("sinh", 4) == pytest.approx((0.292, 0.444, 0.556, 0.708), abs=2e-3)


def test_logit_crowds_at_the_middle() -> None:
    assert weights("logit", 3) == pytest.approx((0.4268, 0.5, 0.5732), abs=1e-3)


def test_an_unknown_curve_is_refused_with_the_valid_names() -> None:
    with pytest.raises(UsageError, match=r"--weights 'sinus' is unknown: use one of even, linear, logit, sinh"):
        weights("sinus", 5)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(UsageError, match="-1 keyframes"):
        weights("linear", -1)


def test_weights_may_be_given_one_by_one() -> None:
    assert weights("0.1, 0.25,0.9", 3) == (0.1, 0.25, 0.9)
    assert weights("0.4", 1) == (0.4,)
    for good in ("even", "sinh", "0.1,0.2"):
        check(good, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("0.2,1.5", r"--weights 1\.5: a keyframe between two paintings has a weight inside 0 and 1"),
        ("-0.1,0.5", r"--weights -0\.1: a keyframe"),
        ("0,0.5", "--weights 0: a keyframe"),
        ("nan,0.5", "--weights nan: a keyframe"),
        ("0.5,0.5", r"--weights 0\.5 after 0\.5: weights rise from keyframe to keyframe"),
        ("0.1,0.2,0.3", r"--weights 0\.1,0\.2,0\.3: 3 for 2 keyframes: give 2, or --keyframes 3"),
        ("0.1,half", r"--weights '0\.1,half': numbers between commas, or the name of a curve"),
    ],
)
def test_weights_that_cannot_be_used(given: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        weights(given, 2)
