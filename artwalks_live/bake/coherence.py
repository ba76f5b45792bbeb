"""Coherence: whether an in-between shows what its two keyframes show, or double exposures of it.

The measure is the distance from small patches of the in-between to their nearest patches in the keyframes. A double
exposure, a torn form or a blur is far from anything in them; the mean is taken over the places where two in-betweens
of the same phase differ, so that it says which of the two is better there.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from artwalks_live.bake.fields import Array

PATCH = 5
KEPT = 16  # principal components that patches are compared in, of 75
QUERIES = 300  # places asked per pair of in-betweens
DIFFERENT = 0.02  # mean difference around a place that counts, of 1
BATCH = 100  # places compared at once: 100 x 70,000 distances are 28 MB


def compare(keyframes: tuple[Array, Array], pairs: Iterable[tuple[Array, Array]]) -> tuple[float, float]:
    """Measure two ways of passing between keyframes where they differ: the mean distance of the first, of the second.

    keyframes  (h, w, 3) float32 in [0, 1]; about 256 wide
    pairs      in-betweens of the two ways at the same phases, likewise
    returns    RMS per value, (0, 0) where they do not differ; about 0.05 s of one core per pair at 256x144
    """
    every = np.concatenate([_patches(picture) for picture in keyframes])
    mean = every.mean(axis=0)
    sample = every[::37] - mean
    basis = np.linalg.eigh(sample.T @ sample)[1][:, -KEPT:]
    known = (every - mean) @ basis
    totals, count = np.zeros(2), 0
    for pair in pairs:
        places = _differing(*pair)
        count += len(places)
        for i, picture in enumerate(pair):
            totals[i] += _distances((_patches(picture)[places] - mean) @ basis, known)
    return float(totals[0]) / max(count, 1), float(totals[1]) / max(count, 1)


def _differing(first: Array, second: Array) -> np.ndarray:
    """Numbers of the patches around places where two pictures differ, evenly thinned out."""
    apart = cv2.blur(np.abs(first - second).mean(axis=2), (PATCH, PATCH))
    edge = PATCH // 2
    places = np.flatnonzero(apart[edge:-edge, edge:-edge] > DIFFERENT)
    return places[:: max(1, len(places) // QUERIES)]


def _distances(asked: Array, known: Array) -> float:
    """The sum of the distances from each patch asked to the nearest one known."""
    one, total = np.ones((len(asked), 1), np.float32), 0.0
    # |q − k|² = |q|² + (q, 1)·(−2k, |k|²): the second part is one product
    table = np.concatenate([-2 * known, np.square(known).sum(axis=1, keepdims=True)], axis=1).T
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        product = np.concatenate([part, one[: len(part)]], axis=1) @ table
        nearest = product.min(axis=1) + np.square(part).sum(axis=1)
        total += float(np.sqrt(np.maximum(nearest, 0)).sum())
    return total / float(np.sqrt(3 * PATCH * PATCH))


def _patches(picture: Array) -> Array:
    windows = np.lib.stride_tricks.sliding_window_view(picture, (PATCH, PATCH), axis=(0, 1))
    return windows.reshape(-1, 3 * PATCH * PATCH)
