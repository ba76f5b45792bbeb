"""What may move by itself, and what must not, on made pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.motion.regions import moving, softened, without_ghosts
from artwalks_live.bake.motion.strokes import lab_of, strokes_of
from tests.bake.brushwork import brushed, enlarged, level


def _sky() -> NDArray[np.uint8]:
    return enlarged(brushed(level()))


def _moves(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return moving(picture, strokes_of(picture))


def test_a_frame_along_the_edge_stands_still_and_so_does_a_bird() -> None:
    picture = _sky()
    picture[:, :16] = picture[100:116].transpose(1, 0, 2)[:360] // 2 + np.array([70, 60, 40], np.uint8)  # other strokes
    cv2.line(picture, (470, 100), (478, 108), (20, 20, 25), 4, cv2.LINE_AA)
    cv2.line(picture, (478, 108), (486, 100), (20, 20, 25), 4, cv2.LINE_AA)
    moves = _moves(picture)
    assert not moves[:, :8].any()
    assert not moves[50:54, 235:243].any()
    assert moves[:, 40:200].mean() > 0.8


def test_a_face_stands_still_wherever_it_is() -> None:
    """A smooth face with soft shading, which ghosts alone would let go."""
    picture = _sky().astype(np.float32)
    x, y = np.meshgrid(np.arange(640) - 400, np.arange(360) - 190)
    face = np.clip(1.4 - np.hypot(x / 90, y / 110) ** 4, 0, 1)[..., None]
    shaded = np.array([228, 182, 155], np.float32) * (1.0 - 0.0008 * x[..., None])
    moves = _moves(np.clip(face * shaded + (1 - face) * picture, 0, 255).astype(np.uint8))
    inside = cv2.resize(face[..., 0].astype(np.float32), (320, 180)) > 0.3
    assert not moves[inside].any()
    assert moves[:, 10:100].mean() > 0.6


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_bars_and_empty_pictures_do_not_move(grey: int) -> None:
    assert not _moves(np.full((180, 320, 3), grey, np.uint8)).any()


def test_what_a_field_would_show_twice_is_taken_out() -> None:
    picture = np.full((180, 320, 3), 150, np.uint8)
    picture[:, 150:190] = 90  # a tower across a level current
    lab = lab_of(picture, 320)
    field = np.zeros((180, 320, 2), np.float32)
    field[..., 0] = 1.0
    moves = without_ghosts(np.ones((180, 320), np.float32), lab, field)
    assert not moves[:, 148:152].any() and not moves[:, 188:192].any()
    assert (moves[:, :120] == 1.0).all() and (moves[:, 220:] == 1.0).all()
    field = field[..., ::-1].copy()  # up and down along it, it is not seen
    assert (without_ghosts(np.ones((180, 320), np.float32), lab, field) == 1.0).all()


def test_motion_comes_up_softly_inside_and_not_at_the_edge_of_the_canvas() -> None:
    mask = np.zeros((180, 320), np.bool_)
    mask[60:] = True
    mask[5:15, 5:15] = True  # too small to move alone
    moves = softened(mask)
    assert not moves[:62].any() and moves[-1].all()
    column = moves[62:, 160]
    assert (np.diff(column) >= 0).all() and 0 < column[0] < 0.2 and column[7] == 1.0 and np.diff(column).max() < 0.3
