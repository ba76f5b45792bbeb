"""The concept-weight curves: exact at the paintings, rising, and ArtWalks' own in between."""

from __future__ import annotations

from itertools import pairwise

import pytest

from artwalks_live.bake.concept import CURVES, weight, weights
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
