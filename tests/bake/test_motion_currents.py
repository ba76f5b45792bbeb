"""Currents of made paintings: they follow the strokes, things in them stand still, and nothing tears."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.motion.currents import CurrentRequest, current_of
from artwalks_live.bake.motion.field import beginnings, current_field
from artwalks_live.bake.motion.hints import Arrow
from artwalks_live.core.currents import TRAVEL_PX, carried
from tests.bake.brushwork import brushed, enlarged, level, whirl

SLOPING = enlarged(brushed(level(20.0)))
ALL_BUT_A_LINE = np.where(np.arange(640)[None] == 320, 0, np.full((360, 1), 255)).astype(np.uint8)
DISC = ((200, 110), 34)  # of a figure, in grid cells


@cache
def whirling() -> NDArray[np.uint8]:
    return enlarged(brushed(whirl()))


@cache
def with_a_figure() -> NDArray[np.uint8]:
    """Level strokes, and on them a dark disc with a face-coloured one in it."""
    picture = enlarged(brushed(level()))
    (x, y), radius = DISC
    cv2.circle(picture, (2 * x, 2 * y), 2 * radius, (40, 25, 20), -1, cv2.LINE_AA)
    cv2.circle(picture, (2 * x, 2 * y - 10), radius, (225, 180, 155), -1, cv2.LINE_AA)
    return picture


@cache
def current(name: str) -> NDArray[np.float32]:
    return current_of({"whirl": whirling, "figure": with_a_figure}[name]()).astype(np.float32)


def _inside_disc(margin: int) -> NDArray[np.bool_]:
    (x, y), radius = DISC
    across, down = np.meshgrid(np.arange(320) - x, np.arange(180) - y)
    return np.hypot(across, down) < radius + margin


@pytest.mark.parametrize("name", ["whirl", "figure"])
def test_a_current_is_what_the_bundle_keeps(name: str) -> None:
    values = current(name)
    assert values.shape == (180, 320, 4)
    assert np.isfinite(values).all()
    assert np.hypot(values[..., 0], values[..., 1]).max() <= 1.0 + 1e-3
    assert values[..., 2].min() >= 0 and values[..., 2].max() <= 1 and not values[values[..., 2] == 0][:, :2].any()
    assert values[..., 3].min() >= 0 and values[..., 3].max() < 1


def test_a_current_is_the_same_whenever_it_is_found() -> None:
    found = current_of(whirling().copy())
    assert found.dtype == np.float16 and np.array_equal(found.astype(np.float32), current("whirl"))


def test_a_whirl_turns_with_its_strokes() -> None:
    field, moves = current("whirl")[..., :2], current("whirl")[..., 2]
    speed = np.hypot(field[..., 0], field[..., 1])
    assert (moves > 0.9).mean() > 0.5
    lively = (moves > 0.9) & (speed > 0.2)
    aligned = (field * whirl()).sum(-1)[lively] / speed[lively]
    assert abs(np.median(aligned)) > 0.98 and (np.sign(aligned) == np.sign(np.median(aligned))).mean() > 0.95
    assert 0.95 < np.percentile(speed[moves > 0.5], 90) <= 1.001


def test_a_figure_stands_still_in_a_moving_sky() -> None:
    found = current("figure")
    assert not found[_inside_disc(2)][:, :3].any()
    around = ~_inside_disc(24)
    assert found[around][:, 2].mean() > 0.6
    assert np.median(found[around & (found[..., 2] > 0.9)][:, 0]) > 0.5  # to the right, as nothing says otherwise
    picture = with_a_figure().astype(np.float32)
    shown = carried(picture, found.astype(np.float32), 0.4)
    still = cv2.resize(_inside_disc(0).astype(np.uint8), (640, 360), interpolation=cv2.INTER_NEAREST) > 0
    assert np.array_equal(shown[still], picture[still])
    assert np.abs(shown - picture)[:, :200].mean() > 1.5


@pytest.mark.parametrize("name", ["whirl", "figure"])
def test_no_paint_is_torn_or_stretched(name: str) -> None:
    """Within a life no neighbouring places part to twice their distance, or meet, for lack of room."""
    field, moves = current(name)[..., :2], current(name)[..., 2]
    divergence = np.gradient(field[..., 0], axis=1) + np.gradient(field[..., 1], axis=0)
    grown = np.abs(divergence) * TRAVEL_PX / 2  # 2 current px to a cell
    assert np.percentile(grown[moves > 0], 99) < 0.5 and grown.max() < 1.2


def test_nothing_moves_where_nothing_may() -> None:
    skin = np.full((180, 320, 3), (225, 180, 155), np.uint8)
    found = current_of(skin)
    assert not found[..., :3].any()


def test_a_field_slides_along_what_is_still_and_slows_down_before_it() -> None:
    moves = np.ones((90, 160), np.float32)
    moves[30:60, 60:100] = 0.0
    wanted = np.zeros((90, 160, 2), np.float32)
    wanted[..., 0] = moves
    field = current_field(wanted, moves.copy(), moves)
    assert not field[moves == 0].any()
    assert field[15, 80, 0] > 0.8  # past it
    assert field[45, 55, 0] < 0.7 * field[45, 20, 0]  # before it
    assert field[27, 80, 0] > field[45, 57, 0]  # nearer alongside than in front


def test_a_level_lake_does_not_come_to_rest() -> None:
    moves = np.zeros((90, 160), np.float32)
    moves[30:60, 40:120] = 1.0
    wanted = np.zeros((90, 160, 2), np.float32)
    wanted[..., 0] = moves
    assert current_field(wanted, moves.copy(), moves)[45, 80, 0] > 0.9


def test_lives_begin_at_other_times_in_other_places_and_gently() -> None:
    picture = whirling()
    found = beginnings(picture, np.ones((180, 320), np.float32))
    assert found.min() >= 0 and 0.5 < found.max() < 1
    assert np.hypot(*np.gradient(found)).max() / 2 * TRAVEL_PX < 0.3
    shares = np.histogram(found, 10, (0, 1))[0] / found.size
    assert shares.min() > 0.07 and shares.max() < 0.13, "as much begins at every instant"
    assert not np.array_equal(found, beginnings(255 - picture, np.ones((180, 320), np.float32)))


def _mean_heading(request: CurrentRequest, columns: slice = slice(None)) -> tuple[float, float]:
    found = current_of(SLOPING, request).astype(np.float32)[:, columns]
    weighted = (found[..., :2] * found[..., 2:3]).sum((0, 1))
    length = float(np.hypot(*weighted))
    return float(weighted[0]) / length, float(weighted[1]) / length


def test_words_turn_the_strokes_and_do_not_cross_them() -> None:
    x, y = _mean_heading(CurrentRequest(ALL_BUT_A_LINE, directions="right to left"))
    assert x < -0.85 and y < -0.15  # along the strokes, in the sense that was asked for
    x, y = _mean_heading(CurrentRequest(ALL_BUT_A_LINE, directions="upwards"))
    assert y < -0.3


def test_arrows_are_heard_where_they_are() -> None:
    request = CurrentRequest(ALL_BUT_A_LINE, arrows=(Arrow(80, 180, 40, 180), Arrow(560, 180, 600, 180)))
    assert _mean_heading(request, columns=slice(0, 80))[0] < -0.8
    assert _mean_heading(request, columns=slice(240, 320))[0] > 0.8


def test_a_drawn_mask_is_where_it_moves() -> None:
    mask = np.zeros((360, 640), np.uint8)
    mask[100:260, 200:440] = 255
    found = current_of(with_a_figure(), CurrentRequest(mask=mask)).astype(np.float32)
    assert not found[:50][..., :3].any() and not found[:, :100][..., :3].any() and not found[:, 220:][..., :3].any()
    assert found[90, 160, 2] == 1.0 and found[50, 160, 2] < 0.3
