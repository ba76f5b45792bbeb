"""Coherence: a clean in-between is near to its keyframes' patches, a double exposure and a blur are not."""

from __future__ import annotations

import cv2
import numpy as np

from artwalks_live.bake.coherence import compare
from tests.bake.turning import texture

A = texture(3, 160)
B = np.roll(A, 20, axis=1)
CLEAN = np.roll(A, 10, axis=1)


def test_a_double_exposure_is_worse_than_a_moved_picture() -> None:
    clean, double = compare((A, B), [(CLEAN, (A + B) / 2)])
    assert clean < 0.5 * double


def test_a_blur_is_worse_than_a_moved_picture() -> None:
    clean, blurred = compare((A, B), [(CLEAN, cv2.GaussianBlur(CLEAN, (0, 0), 2.5))])
    assert clean < 0.5 * blurred


def test_only_where_they_differ_counts() -> None:
    half = CLEAN.copy()
    half[:, 80:] = ((A + B) / 2)[:, 80:]
    whole, part = compare((A, B), [((A + B) / 2, half)])
    assert part < 0.5 * whole
    assert compare((A, B), [(CLEAN, CLEAN)]) == (0.0, 0.0)
