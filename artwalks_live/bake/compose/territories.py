"""Whose place is it: a picture is shared out among paintings by weight, in territories that the noise moves.

Every painting has a smooth field of its own, drawn from the latent's noise and fitted to the painting's forms. A place
belongs to the painting whose field is highest there, after each field was raised or lowered until the areas are as the
weights say (the dual of a semi-discrete transport). So weights and noise that move a little move the borders a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
WAVES = 4  # so many half-waves at most each way: a territory is a piece of the composition, not a speck
COUNT = (WAVES + 1) ** 2 - 1
"""Numbers that a field is drawn from."""
SOFT = 0.12  # how gradually one territory gives way to the next, in standard deviations of the fields
FORMS = 0.55  # how far a field follows the forms of its painting
ROUNDS = 60


def field(numbers: Sequence[float], painting: Array, shape: tuple[int, int]) -> Array:
    """The field of a painting.

    numbers   COUNT of the latent's, any scale
    painting  (h, w, 3), sRGB in [-1, 1]
    returns   (h, w) float32 of mean 0 and standard deviation 1
    """
    y, x = (np.cos(np.pi * np.outer(np.arange(WAVES + 1), (np.arange(n) + 0.5) / n)) for n in shape)
    strength = np.add.outer(np.arange(WAVES + 1), np.arange(WAVES + 1)).ravel()[1:] ** -1.0
    grid = np.concatenate([[0.0], np.asarray(numbers, np.float64) * strength]).reshape(WAVES + 1, WAVES + 1)
    smooth = _standard((y.T @ grid @ x).astype(np.float32))
    small = cv2.resize(painting, shape[::-1], interpolation=cv2.INTER_AREA).mean(2)
    return _standard(smooth + np.float32(FORMS) * (_led(smooth, small) - smooth) + np.float32(0.15) * _standard(small))


def _standard(values: Array) -> Array:
    made: Array = (values - values.mean()) / np.float32(values.std() + 1e-6)
    return made


def _led(values: Array, guide: Array) -> Array:
    """Values that follow the edges of a guide (h, w), by a guided filter (He et al., 2010)."""
    radius = max(2, min(guide.shape) // 8) | 1

    def mean(of: Array) -> Array:
        return np.asarray(cv2.blur(of, (radius, radius), borderType=cv2.BORDER_REFLECT_101))

    middle, level = mean(guide), mean(values)
    slope = (mean(guide * values) - middle * level) / (mean(np.square(guide)) - np.square(middle) + np.float32(0.004))
    led: Array = mean(slope) * guide + mean(level - slope * middle)
    return led


def shares(fields: Sequence[Array], weights: Sequence[float]) -> Array:
    """How much of each place is whose.

    fields    (h, w) each
    weights   > 0, summing to 1
    returns   (N, h, w) float32, summing to 1 at every place; each painting's mean is its weight
    """
    stack = np.stack(fields) / np.float32(SOFT)
    goal = np.log(np.asarray(weights, np.float32))
    raised = goal.copy()
    taken = stack
    for turn in range(ROUNDS):
        logits = stack + raised[:, None, None]
        taken = np.exp(logits - logits.max(0))
        taken /= taken.sum(0)
        had = np.log(np.maximum(taken.mean((1, 2)), np.float32(1e-6)))
        raised += np.float32(2.0 if turn < ROUNDS // 2 else 1.0) * (goal - had)
    return taken
