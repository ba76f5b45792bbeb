"""The current of a painting: how its paint may be carried, from its own strokes and what a person asks for."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.motion.field import beginnings, current_field
from artwalks_live.bake.motion.hints import Arrow, hand_drawn, hinted
from artwalks_live.bake.motion.regions import moving
from artwalks_live.bake.motion.signs import signed
from artwalks_live.bake.motion.strokes import Strokes, grid_size, strokes_of

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
VERSION = 1
_SENSE = (1.0, 0.5)  # a region that may run either way runs to the right, or down


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
    returns  (h, w, 4) float16 on the motion grid (long side 320): Mx, My in current px per frame with |M| <= 1, +y down;
             mask in [0, 1], M is exactly 0 where it is; offset in [0, 1). The same for the same picture and request.
             All of M is 0 where nothing in the picture may move.

    Raises UsageError for a mask, an arrow or a direction that cannot be used.
    """
    request = request or CurrentRequest()
    strokes = strokes_of(picture)
    moves = moving(picture, strokes) if request.mask is None else hand_drawn(request.mask, picture.shape[:2])
    size = grid_size(picture)
    heading, say = _heading(strokes, moves, hinted(request.arrows, request.directions, picture.shape[:2], size))
    field = current_field(heading, say * (moves > 0), moves)
    return np.dstack([field, moves, beginnings(picture, size)]).astype(np.float16)


def _heading(strokes: Strokes, moves: Array, hint: Array | None) -> tuple[Array, Array]:
    """Where paint shall go (h, w, 2), and how much each place has a say (h, w).

    Near a hint, strokes keep to their own lines in its sense, and where none is clear the hint stands alone.
    """
    own, say = signed(strokes, moves), strokes.coherence
    if hint is None:
        return _turned(own, np.broadcast_to(np.float32(_SENSE), own.shape), say, moves), say
    own = _turned(own, hint, say, moves)
    sure = np.linalg.norm(hint, axis=-1, keepdims=True)
    aligned = (strokes.along * hint).sum(-1, keepdims=True) / np.maximum(sure, 1e-6)
    # a stroke across the way that is asked for has no say: it would send the paint both ways
    clear = say[..., None] * np.abs(aligned)
    asked = clear * np.sign(aligned) * strokes.along * sure + (1 - clear) * hint
    wanted = (1 - sure) * own + asked
    length = np.maximum(np.linalg.norm(wanted, axis=-1, keepdims=True), 1e-6)
    return np.asarray(wanted / length, np.float32), np.maximum(say, sure[..., 0])


def _turned(heading: Array, sense: Array, say: Array, moves: Array) -> Array:
    """Turn each region as a whole, where most of it would run against a sense (h, w, 2)."""
    _, labels = cv2.connectedComponents((moves > 0).astype(np.uint8), connectivity=4)
    agrees = (heading * sense).sum(-1) * say * moves
    total = np.bincount(labels.ravel(), agrees.ravel())
    return np.where((total < 0)[labels][..., None], -heading, heading).astype(np.float32)
