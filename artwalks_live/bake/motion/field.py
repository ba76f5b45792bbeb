"""From strokes to a current: a smooth field that follows them, and neither tears nor stretches the paint."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import weighted_rank

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
Matrix = NDArray[np.float64]
_SOLVED = 160  # the long side that the field is solved on
_STRETCH = 64.0  # cells²: paint stops over 8 cells of 4 px where its way is barred
_BEND = 3.0  # cells²: how smooth the field is; alongside what stands still it comes to speed within 2 cells
_ROUNDS, _ENOUGH = 300, 1e-3  # of conjugate gradients, and the residual that ends them
_FASTEST = 90  # the percentile of speeds in the mask that becomes 1 px/frame
_LIVES = 1 / 6  # of the long side: how far apart lives begin at other times
_LIVES_SOFT = 4.0  # cells of 2 px by which the spread is smoothed: of a px to the next they differ by .02 at most


def current_field(wanted: Array, say: Array, moves: Array) -> Array:
    """Make a field that follows headings where they have a say, smooth and with little divergence.

    Minimises  sum say |M - wanted / say|² + 64 (div M)² + 3 |grad M|²,  with M = 0 where nothing moves: paint slides
    along still things at once, and slows down well before those that bar its way. (To forbid divergence altogether
    would leave a lake with level strokes at rest: no such field goes one way only and stays between its shores.)

    wanted   (h, w, 2), headings times how much each place has a say
    say      (h, w) in [0, 1]
    moves    (h, w) in [0, 1], 0 where nothing moves
    returns  (h, w, 2) float32, |M| <= 1, 1 at the 90th percentile inside; all zeros where nothing moves
    """
    height, width = say.shape
    scale = min(1.0, _SOLVED / max(height, width))
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    free = cv2.resize((moves > 0).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
    weight, load = (cv2.resize(a, size, interpolation=cv2.INTER_AREA).astype(np.float64) for a in (say, wanted))
    solved = _solved(weight, load, free[..., None].astype(np.float64)).astype(np.float32)
    field = cv2.resize(solved, (width, height), interpolation=cv2.INTER_CUBIC) * moves[..., None]
    return _paced(np.asarray(field, np.float32), moves)


def _paced(field: Array, moves: Array) -> Array:
    """Scale a field to 1 at the 90th percentile of its speeds, and hold the few that are faster."""
    speed = np.hypot(field[..., 0], field[..., 1])
    inside = speed[moves > 0.5]
    fastest = float(np.percentile(inside, _FASTEST)) if inside.size else 0.0
    if fastest < 1e-4:
        return np.zeros_like(field)
    return np.asarray(field / np.maximum(speed, fastest)[..., None], np.float32)


def _solved(weight: Matrix, wanted: Matrix, free: Matrix) -> Matrix:
    """Conjugate gradients with the diagonal as preconditioner, among fields that are 0 where `free` (h, w, 1) is."""
    diagonal = weight[..., None] + 2.0 * _STRETCH + 4.0 * _BEND
    field = np.zeros_like(wanted)
    rest = wanted * free
    step = rest / diagonal
    gain = float((rest * step).sum())
    goal = gain * _ENOUGH**2
    along = step
    for _ in range(_ROUNDS):
        if gain <= goal:
            break
        pushed = free * (weight[..., None] * along + _stiffness(along))
        length = gain / float((along * pushed).sum())
        field, rest = field + length * along, rest - length * pushed
        step = rest / diagonal
        gain, before = float((rest * step).sum()), gain
        along = step + (gain / before) * along
    return field


def _stiffness(field: Matrix) -> Matrix:
    """What resists stretching and bending: the gradient of half the last two terms of the energy."""
    x, y = field[..., 0], field[..., 1]
    # the divergence at the corners between four cells
    source = 0.5 * (
        (x[:-1, 1:] - x[:-1, :-1] + x[1:, 1:] - x[1:, :-1]) + (y[1:] - y[:-1])[:, 1:] + (y[1:] - y[:-1])[:, :-1]
    )
    half = 0.5 * _STRETCH * source
    force = np.zeros_like(field)
    force[:-1, 1:, 0] += half
    force[:-1, :-1, 0] -= half
    force[1:, 1:, 0] += half
    force[1:, :-1, 0] -= half
    force[1:, 1:, 1] += half
    force[:-1, 1:, 1] -= half
    force[1:, :-1, 1] += half
    force[:-1, :-1, 1] -= half
    down, across = _BEND * np.diff(field, axis=0), _BEND * np.diff(field, axis=1)
    force[1:] += down
    force[:-1] -= down
    force[:, 1:] += across
    force[:, :-1] -= across
    return force


def beginnings(picture: Bytes, speed: Array) -> Array:
    """When the lives of paint begin, (h, w) float32 in [0, 1): smooth noise, the same for the same picture.

    Its values are spread evenly over what moves, so that as much of it begins anew at every instant: a picture whose
    places agreed would pulse.

    speed  (h, w) >= 0, how fast each place moves
    """
    height, width = speed.shape
    cells = _LIVES * max(speed.shape)
    noise = np.random.default_rng(zlib.crc32(picture.tobytes())).standard_normal((height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), cells / 2, borderType=cv2.BORDER_REFLECT_101)
    even = weighted_rank(np.asarray(soft, np.float32), speed + np.float32(1e-4))
    return np.asarray(0.999 * cv2.GaussianBlur(even, (0, 0), _LIVES_SOFT * width / 320), np.float32)
