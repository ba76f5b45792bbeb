"""In which order the places of a picture pass from A to B.

A front sweeps the picture as the weight of B rises. It should go round forms, not through them, and grow in
neighbourhoods: so orders are drawn at random, mostly constant within regions that follow the forms of both paintings,
and the one is kept whose front cuts least through what the paintings do not share. Progress is counted in how much
changes, not in area, so that equal weights are about equal steps.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
REGIONS = 40
ORDERS = 48  # orders drawn, of which the best is kept
LENGTH = 0.9  # how far a long front is forgiven for what it cuts: 1 = only the mean counts, 0 = only the sum
BROAD = 0.22  # how broad the noise of an order is, in heights
SOFT = 0.12  # how much of the change the front covers at a time


def ranks(values: Array, stakes: Array) -> Array:
    """How much is at stake at lower values than each place's, in (0, 1); stakes sum to 1."""
    flat = np.empty(values.size, np.float32)
    rising = np.argsort(values.ravel(), kind="stable")
    at_stake = stakes.ravel()[rising]
    flat[rising] = np.cumsum(at_stake) - 0.5 * at_stake
    return flat.reshape(values.shape)


def regions(a: Array, b: Array) -> NDArray[np.int64]:
    """Cut the canvas into about REGIONS pieces that follow the forms of both paintings (k-means, as SLIC does)."""
    height, width = a.shape[:2]
    y, x = np.meshgrid(np.arange(height) / height, np.arange(width) / height, indexing="ij")
    place = 2.4 * np.stack([y, x], axis=-1)
    colours = [cv2.GaussianBlur(picture, (0, 0), 1.0) for picture in (a, b)]
    features = np.concatenate([*colours, place], axis=2).astype(np.float32)
    rows = max(1, round(np.sqrt(REGIONS * height / width)))
    columns = max(1, round(REGIONS / rows))
    start_y = ((np.arange(rows) + 0.5) * height / rows).astype(int)
    start_x = ((np.arange(columns) + 0.5) * width / columns).astype(int)
    centres = features[start_y][:, start_x].reshape(-1, 8)
    flat = features.reshape(-1, 8)
    nearest = np.zeros(len(flat), np.int64)
    for _ in range(8):
        nearest = np.argmin((centres**2).sum(1) - 2.0 * flat @ centres.T, axis=1)
        for k in np.unique(nearest):
            centres[k] = flat[nearest == k].mean(0)
    return nearest.reshape(height, width)


def order(a: Array, b: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """When B takes over each place, and how much of the whole change that place is.

    a, b     (h, w, 3), at the middle palette
    returns  moments (h, w) in (0, 1): of several drawn orders the one whose front cuts least through forms;
             stakes (h, w), summing to 1: how different the paintings are there
    """
    difference = cv2.GaussianBlur(((a - b) ** 2).mean(2), (0, 0), 1.0)
    stakes = difference + 0.25 * difference.mean() + 1e-6
    stakes /= stakes.sum()
    forms = sum(cv2.GaussianBlur(_slope(picture), (0, 0), 1.0) for picture in (a, b))
    cost = np.sqrt(difference) + 0.5 * forms
    cut = regions(a, b)
    best, least = np.zeros_like(stakes), np.inf
    for _ in range(ORDERS):
        moments = _drawn(cut, stakes, rng)
        slope = _slope(moments[..., None])
        through = float((cost * slope).sum() / slope.sum() ** LENGTH)
        if through < least:
            best, least = moments, through
    return best, stakes


def _slope(picture: Array) -> Array:
    """Gradient magnitude (h, w) of a picture (h, w, C)."""
    down, across = np.gradient(picture, axis=(0, 1))
    slope: Array = np.sqrt((down**2 + across**2).sum(2))
    return slope


def _drawn(cut: NDArray[np.int64], stakes: Array, rng: np.random.Generator) -> Array:
    """One order at random: broad noise, mostly constant within each region, spread evenly over the change."""
    noise = rng.standard_normal(cut.shape).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), BROAD * min(cut.shape), borderType=cv2.BORDER_REFLECT_101)
    noise = (noise - noise.mean()) / noise.std()
    means = np.bincount(cut.ravel(), noise.ravel()) / np.maximum(np.bincount(cut.ravel()), 1)
    moments = means[cut].astype(np.float32)
    moments = (moments - moments.mean()) / (moments.std() + 1e-6)
    return ranks(cv2.GaussianBlur(moments, (0, 0), 0.6) + 0.35 * noise, stakes)


def front(moments: Array, stakes: Array, weight: float) -> Array:
    """How far B has taken over each place when `weight` of the change is done: (h, w) in [0, 1]."""
    if weight <= 0.0 or weight >= 1.0:
        return np.full_like(moments, min(max(weight, 0.0), 1.0))
    low, high = -SOFT, 1.0 + SOFT
    taken: Array = moments
    for _ in range(30):
        middle = 0.5 * (low + high)
        taken = np.clip((middle - moments) / SOFT + 0.5, 0.0, 1.0)
        taken *= taken * (3.0 - 2.0 * taken)
        low, high = (middle, high) if (taken * stakes).sum() < weight else (low, middle)
    return taken
