"""Masks, arrows and words of a person, and what is said to those that cannot be used."""

from __future__ import annotations

import math

import numpy as np
import pytest

from artwalks_live.bake.motion.hints import DIRECTIONS, Arrow, angle_of, arrow_of, hand_drawn, hinted
from artwalks_live.core.errors import UsageError

SHAPE = (360, 640)


def drawn(shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    mask[90:270, 160:480] = 255
    return mask


def test_there_are_twelve_directions() -> None:
    assert len(DIRECTIONS) == 12 and len(set(DIRECTIONS.values())) == 12
    assert angle_of("Left to  right") == 0.0 and angle_of("down") == 270.0
    assert angle_of("left to right, downwards") == 332.5 and angle_of("downwards,left to right") == 297.5


@pytest.mark.parametrize("text", ["leftwards", "left to right, right to left", "upwards, upwards", ","])
def test_another_direction_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is unknown: use one of .*left to right") as caught:
        angle_of(text)
    assert "\n" not in str(caught.value) and str(caught.value).startswith("--direction ")


def test_an_arrow_is_read() -> None:
    assert arrow_of("10,20, 30.5,40") == Arrow(10, 20, 30.5, 40)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3", "is no arrow: give x0,y0,x1,y1"),
        ("1,2,3,4,5", "is no arrow"),
        ("a,b,c,d", "is no arrow"),
        ("", "is no arrow"),
        ("1,2,nan,4", "leads nowhere"),
        ("5,6,5,6", "has no length"),
    ],
)
def test_what_is_no_arrow_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        arrow_of(text)


def test_an_arrow_outside_the_picture_is_refused() -> None:
    with pytest.raises(UsageError, match="--arrow 700,10,600,10 begins outside the picture: it is 640x360 pixels"):
        hinted([Arrow(700, 10, 600, 10)], "", SHAPE, (320, 180))
    with pytest.raises(UsageError, match="has no length"):
        hinted([Arrow(7, 10, 7, 10)], "", SHAPE, (320, 180))


def test_hints_spread_as_published() -> None:
    """exp(-(d/sigma)²), sigma the picture's height by the number of hints."""
    arrows = [Arrow(0, 180, 20, 180), Arrow(640, 180, 620, 180)]
    hint = hinted(arrows, "", SHAPE, (640, 360))
    assert hint is not None
    assert hint[180, 10, 0] > 0.99 and hint[180, 630, 0] < -0.99
    away = 219.5 - 20  # of column 219 from the first arrow's end, on row 180
    assert math.isclose(hint[180, 219, 0], math.exp(-((away / 180) ** 2)), abs_tol=0.01)
    assert np.abs(hint[180, 319:321]).max() < 0.01
    assert hinted([], "", SHAPE, (320, 180)) is None


def test_words_are_heard_where_no_arrow_is() -> None:
    hint = hinted([Arrow(0, 180, 20, 180)], "upwards", SHAPE, (320, 180))
    assert hint is not None
    assert np.allclose(hint[90, 318], (0.0, -1.0), atol=0.1) and hint[90, 4, 0] > 0.95


@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
def test_a_mask_may_have_colours_and_transparency(channels: int) -> None:
    mask = drawn()
    if channels:
        mask = np.repeat(mask[..., None], channels, -1)
    if channels in (2, 4):
        mask[..., :-1] = 255  # all white, and what shall not move is transparent
    moves = hand_drawn(mask, SHAPE)
    assert moves.shape == (180, 320) and moves[90, 160] == 1.0
    assert not moves[:45].any() and not moves[:, :80].any() and moves[45:135, 80:240].all()
    assert 0 < moves[45, 160] < 0.1  # it comes up softly, inside


def test_masks_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(UsageError, match="--mask is 320x180 and the picture 640x360: draw it at that size"):
        hand_drawn(np.zeros((180, 320), np.uint8), SHAPE)
    with pytest.raises(UsageError, match="--mask is empty, so nothing would move: paint white what shall"):
        hand_drawn(np.full(SHAPE, 100, np.uint8), SHAPE)
    with pytest.raises(UsageError, match="--mask is full, so nothing would stand still: paint black"):
        hand_drawn(np.full(SHAPE, 255, np.uint8), SHAPE)
    dot = np.zeros(SHAPE, np.uint8)
    dot[10, 10] = 255
    with pytest.raises(UsageError, match="--mask is too fine to move anything"):
        hand_drawn(dot, SHAPE)
