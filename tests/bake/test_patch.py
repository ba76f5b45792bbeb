"""Keyframes by patch diffusion: even, crisp, made of the paintings, the same every time."""

from __future__ import annotations

import io
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.keyframes import Generated, LegRequest, Picture, Plan, generator
from artwalks_live.bake.keyframes.leg import encoded, reduced
from artwalks_live.bake.keyframes.palette import PalettePath
from artwalks_live.core.errors import UsageError
from tools.measure_keyframes import gradient, made_of, step

Bytes = NDArray[np.uint8]
HIGH, WIDE = 45, 80


def dunes(high: int = HIGH, wide: int = WIDE) -> Bytes:
    """Warm waves under a pale sun."""
    y, x = np.mgrid[0:high, 0:wide] / high
    wave = 0.5 + 0.5 * np.sin(22 * y + 3 * np.sin(4 * x) + 2 * x)
    image = np.stack([180 + 60 * wave, 110 + 70 * wave, 40 + 50 * wave], axis=-1)
    image[(y - 0.3) ** 2 + (x - 1.3) ** 2 < 0.03] = (250, 245, 210)
    return image.astype(np.uint8)


def night(high: int = HIGH, wide: int = WIDE) -> Bytes:
    """Blue strokes with stars and a dark tower."""
    y, x = np.mgrid[0:high, 0:wide] / high
    stroke = 0.5 + 0.5 * np.sin(30 * x + 5 * np.cos(6 * y))
    image = np.stack([20 + 30 * stroke, 40 + 50 * stroke, 110 + 90 * stroke], axis=-1)
    for centre_y, centre_x in ((0.2, 0.3), (0.35, 0.8), (0.15, 1.4), (0.5, 1.1)):
        image[(y - centre_y) ** 2 + (x - centre_x) ** 2 < 0.004] = (240, 230, 150)
    image[(y > 0.45) & (np.abs(x - 0.45) < 0.1)] = (15, 20, 25)
    return image.astype(np.uint8)


def picture(image: Bytes) -> Picture:
    return Picture(image, image, image)


def bake(a: Bytes, b: Bytes, request: LegRequest) -> tuple[Plan, list[Generated]]:
    maker = generator("patch")
    plan = maker.plan(picture(a), picture(b), request)
    return plan, [maker.keyframe(picture(a), picture(b), request, plan, i) for i in range(request.keyframes)]


REQUEST = LegRequest(4)


@pytest.fixture(scope="module")
def leg() -> tuple[Plan, list[Generated]]:
    """One leg, walked once for all tests that only look at it."""
    return bake(dunes(), night(), REQUEST)


def test_a_keyframe_is_a_picture_of_the_canvas_with_rising_weights(leg: tuple[Plan, list[Generated]]) -> None:
    plan, made = leg
    assert all(k.image.shape == (HIGH, WIDE, 3) and k.image.dtype == np.uint8 for k in made)
    assert [k.weight for k in made] == plan["weights"].tolist()
    assert all(p < q for p, q in pairwise([0.0, *plan["weights"], 1.0]))


def test_the_walk_is_even(leg: tuple[Plan, list[Generated]]) -> None:
    images = [dunes(), *(k.image for k in leg[1]), night()]
    steps = [step(p, q) for p, q in pairwise(images)]
    assert max(steps) <= 2.0 * min(steps)


def test_detail_is_kept(leg: tuple[Plan, list[Generated]]) -> None:
    own = gradient(dunes()), gradient(night())
    detail = [gradient(k.image) / ((1 - k.weight) * own[0] + k.weight * own[1]) for k in leg[1]]
    assert float(np.mean(detail)) >= 0.75
    assert min(detail) >= 0.5


def test_keyframes_are_made_of_the_paintings(leg: tuple[Plan, list[Generated]]) -> None:
    made, blend = np.mean([made_of(dunes(), night(), k) for k in leg[1]], axis=0)
    assert made <= 0.6 * blend


def test_b_takes_over_place_by_place(leg: tuple[Plan, list[Generated]]) -> None:
    shares = [float(k.field.painting.mean()) for k in leg[1] if k.field]
    assert len(shares) == 4
    assert all(p < q for p, q in pairwise([0.0, *shares, 1.0]))


def test_the_field_says_where_places_come_from(leg: tuple[Plan, list[Generated]]) -> None:
    path = PalettePath.between(reduced(picture(dunes())), reduced(picture(night())))
    for keyframe in leg[1]:
        field = keyframe.field
        assert field is not None
        high, wide = field.painting.shape
        assert field.x.min() >= 0
        assert field.x.max() <= wide - 1
        assert field.y.min() >= 0
        assert field.y.max() <= high - 1
        pair = [path.move(encoded(p()), i, keyframe.weight) for i, p in enumerate((dunes, night))]
        small = [cv2.resize(p, (wide, high), interpolation=cv2.INTER_AREA) for p in pair]
        read = [cv2.remap(p, field.x, field.y, cv2.INTER_LINEAR) for p in small]
        shown = np.where(field.painting[..., None] == 1, read[1], read[0])
        image = cv2.resize(encoded(keyframe.image), (wide, high), interpolation=cv2.INTER_AREA)
        assert np.median(np.abs(shown - image)) < 0.06


def test_the_same_seed_gives_the_same_bytes_and_each_keyframe_stands_alone(leg: tuple[Plan, list[Generated]]) -> None:
    maker = generator("patch")
    plan = maker.plan(picture(dunes()), picture(night()), REQUEST)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **plan)
    file.seek(0)
    with np.load(file, allow_pickle=False) as kept:
        again = maker.keyframe(picture(dunes()), picture(night()), REQUEST, dict(kept), 2)
    assert np.array_equal(again.image, leg[1][2].image)
    assert again.weight == leg[1][2].weight


def test_another_seed_gives_another_walk(leg: tuple[Plan, list[Generated]]) -> None:
    _, other = bake(dunes(), night(), LegRequest(1, "linear", seed=5))
    _, first = bake(dunes(), night(), LegRequest(1, "linear", seed=0))
    assert step(other[0].image, first[0].image) > 0.01


def test_a_curve_sets_the_weights() -> None:
    plan, made = bake(dunes(), night(), LegRequest(2, "linear"))
    assert plan["weights"].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert step(made[0].image, dunes()) < step(made[1].image, dunes())


@pytest.mark.parametrize("chain", [0.0, 1.0])
def test_chained_or_not_the_walk_lands(chain: float) -> None:
    _, made = bake(dunes(), night(), LegRequest(3, chain=chain))
    steps = [step(p, q) for p, q in pairwise([dunes(), *(k.image for k in made), night()])]
    assert max(steps) <= 2.0 * min(steps)


def test_between_a_painting_and_itself_there_is_that_painting() -> None:
    plan, made = bake(dunes(), dunes(), LegRequest(2))
    assert all(np.abs(k.image.astype(int) - dunes()).max() <= 1 for k in made)
    assert 0.0 < plan["weights"][0] < plan["weights"][1] < 1.0


def test_flat_colours_meet_half_way() -> None:
    red, blue = np.full((HIGH, WIDE, 3), (200, 30, 30), np.uint8), np.full((HIGH, WIDE, 3), (20, 40, 220), np.uint8)
    _, made = bake(red, blue, LegRequest(1))
    assert made[0].image.std(axis=(0, 1)).max() < 2.0
    assert made[0].image.mean(axis=(0, 1)) == pytest.approx([110, 35, 125], abs=12)


@pytest.mark.parametrize(("high", "wide"), [(80, 45), (30, 90), (18, 32)])
def test_any_canvas_will_do(high: int, wide: int) -> None:
    _, made = bake(dunes(high, wide), night(high, wide), LegRequest(2))
    assert all(k.image.shape == (high, wide, 3) for k in made)


def test_no_keyframes_are_none() -> None:
    plan, made = bake(dunes(), night(), LegRequest(0))
    assert plan["weights"].shape == (0,)
    assert made == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (LegRequest(3, chain=1.5), "--chain 1.5: use a number from 0"),
        (LegRequest(3, chain=float("nan")), "--chain nan: use a number from 0"),
        (LegRequest(-1), "--keyframes -1: use 0 or more"),
        (LegRequest(3, "sinus"), "--weights 'sinus' is unknown: use one of even, linear"),
    ],
)
def test_a_wrong_request_is_refused(wrong: LegRequest, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        generator("patch").plan(picture(dunes()), picture(night()), wrong)


def test_an_unknown_generator_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--generator 'patsh' is unknown: .* kandinsky, .* \(nearest: patch\)"):
        generator("patsh")
