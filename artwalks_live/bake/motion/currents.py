"""The current of a painting: how its paint may be carried, from its own strokes and what a person asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.motion.field import beginnings, current_field
from artwalks_live.bake.motion.grid import grid_size
from artwalks_live.bake.motion.hints import Arrow, hand_drawn, hinted
from artwalks_live.bake.motion.regions import moving, without_ghosts
from artwalks_live.bake.motion.signs import signed
from artwalks_live.bake.motion.strokes import Strokes, lab_of, strokes_of

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
VERSION = 1
_DOUBTFUL, _CLEAR = 0.1, 0.5  # coherence of strokes that have no say, and of those that have all
_DRIFT = 0.02  # the say of the mean direction, everywhere: where no stroke is clear, paint drifts with the rest
_SENSE = (0.06, 0.03)  # what might run either way runs to the right, or down


@dataclass(frozen=True, slots=True)
class CurrentRequest:
    """What a person asks of a current; nothing is an answer.

    mask        (H, W) uint8 of the picture's size, 128 and more where it shall move; None: found in the picture
    arrows      where paint shall go, in pixels of the picture
    directions  the same in words, of all that moves: "left to right, downwards"
    """

    mask: Bytes | None = None
    arrows: tuple[Arrow, ...] = ()
    directions: str = ""


def current_of(picture: Bytes, request: CurrentRequest | None = None) -> NDArray[np.float16]:
    """Find the current of a picture.

    picture  (H, W, 3) uint8 sRGB, of the canvas's size
    returns  (h, w, 4) float16 on the motion grid (long side 320): Mx, My in current px per frame, +y down, |M| <= 1;
             mask in [0, 1], M is exactly 0 where it is; offset in [0, 1). The same for the same picture and request.
             The mask is 0 everywhere if nothing in the picture may move.

    Raises UsageError for a mask, an arrow or a direction that cannot be used.
    """
    request = request or CurrentRequest()
    strokes, size = strokes_of(picture), grid_size(picture)
    hint = hinted(request.arrows, request.directions, picture.shape[:2], size)
    if request.mask is not None:
        moves = hand_drawn(request.mask, picture.shape[:2])
        field = _field(strokes, moves, hint)
    else:
        moves = moving(picture, strokes)
        moves = without_ghosts(moves, lab_of(picture, max(size)), _field(strokes, moves, hint))
        field = _field(strokes, moves, hint)
    return np.dstack([field, moves, beginnings(picture, np.hypot(field[..., 0], field[..., 1]))]).astype(np.float16)


def _field(strokes: Strokes, moves: Array, hint: Array | None) -> Array:
    heading, say = _heading(strokes, moves, hint)
    say = np.clip((say - _DOUBTFUL) / (_CLEAR - _DOUBTFUL), 0.0, 1.0) * (moves > 0)
    drift = (heading * say[..., None]).sum((0, 1))
    drift = drift / max(float(np.linalg.norm(drift)), 1e-6)
    wanted = say[..., None] * heading + _DRIFT * (moves > 0)[..., None] * drift
    return current_field(wanted.astype(np.float32), say + _DRIFT * (moves > 0), moves)


def _heading(strokes: Strokes, moves: Array, hint: Array | None) -> tuple[Array, Array]:
    """Where paint shall go (h, w, 2), and how much each place has a say (h, w).

    Near a hint, strokes keep to their own lines in its sense, and where none is clear the hint stands alone.
    """
    say = strokes.coherence
    if hint is None:
        return signed(strokes, moves, np.broadcast_to(np.array(_SENSE, np.float32), strokes.along.shape)), say
    own = signed(strokes, moves, hint)
    sure = np.linalg.norm(hint, axis=-1, keepdims=True)
    aligned = (strokes.along * hint).sum(-1, keepdims=True) / np.maximum(sure, 1e-6)
    # a stroke across the way that is asked for has no say: it would send the paint both ways
    clear = say[..., None] * np.abs(aligned)
    asked = clear * np.sign(aligned) * strokes.along * sure + (1 - clear) * hint
    wanted = (1 - sure) * own + asked
    length = np.maximum(np.linalg.norm(wanted, axis=-1, keepdims=True), 1e-6)
    return np.asarray(wanted / length, np.float32), np.maximum(say, sure[..., 0])
