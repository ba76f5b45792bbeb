"""When each place of a segment turns from A to B.

The weight of B is sigmoid(k·logit(t) − o). Where both keyframes show the same thing, moved, k is 1 and o is
ln(visibility of A / visibility of B): an ordinary, occlusion-aware cross-dissolve of aligned pictures. Where they
show different things a dissolve is a double exposure, so k is large and every place turns at its own moment
τ = sigmoid(o/k). The moments are a front that grows out of the places which already agree, waits at edges and
crosses smooth paint quickly; they are ranked by how much each place changes, so that every phase step changes the
picture equally.
"""

from __future__ import annotations

import numpy as np

from artwalks_live.bake.fields import (
    Array,
    blur,
    edge_strength,
    fit,
    follow_edges,
    length,
    look,
    luma,
    noise,
    smoothstep,
    weighted_rank,
)

SHARPNESS = 9.0        # k between different pictures: at mid-phase a ninth of the changing places is between the two
EARLIEST = 0.05        # the first and last moments: nothing turns on the keyframe itself
VISIBLE_PX = 1.5       # disagreement of the two flows that halves the visibility, pixels of the grid
FLOOR = 0.02           # a place is never wholly invisible: both hidden gives an even mix
FRONT_WIDTH = 160      # the front is grown on a grid this wide


def visibility(motion: Array, forward: Array, backward: Array) -> tuple[Array, Array]:
    """Say how far each keyframe can be trusted at mid-phase, by the agreement of the flows that end there.

    motion    (h, w, 2) from A to B through each place of the mid-phase picture, pixels of the grid
    forward   (h, w, 2) A → B on A's grid;  backward (h, w, 2) B → A on B's grid
    returns   visibility of A and of B, (h, w) float32 in [FLOOR, 1 + FLOOR]
    """
    seen = []
    for flow, half, sign in ((forward, -0.5, 1.0), (backward, 0.5, -1.0)):
        there = look(flow, motion * np.float32(half)) * np.float32(sign)
        error = length(there - motion) / VISIBLE_PX
        seen.append((np.exp(-error * error) + FLOOR).astype(np.float32))
    return seen[0], seen[1]


def stagger(a: Array, b: Array, visible_a: Array, visible_b: Array, seed: int) -> Array:
    """Give each place its offset and sharpness, from the two keyframes as they are read at mid-phase.

    a, b        (h, w, 3) float32 sRGB-encoded [0, 1], both already moved to mid-phase
    visible_*   (h, w) float32, as `visibility` gives them
    seed        of the smooth noise that decides where the growth begins
    returns     (h, w, 2) float32: o, k
    """
    apart = difference(a, b)
    sharp = smoothstep(apart, 0.04, 0.10)
    moment = moments(a, b, sharp, seed)
    k = 1.0 + (SHARPNESS - 1.0) * sharp
    o = (k - 1.0) * np.log(moment / (1.0 - moment)) + np.log(visible_a / visible_b) * (1.0 - sharp)
    return np.stack([o, k], axis=2).astype(np.float32)


def difference(a: Array, b: Array) -> Array:
    """Measure how differently two aligned pictures look around each place.

    returns  (h, w) float32, [0, 1]: RMS over channels and a small window; a shift of colour alone counts a third,
             since a slow change of palette needs no front
    """
    delta = a - b
    radius = max(1.5, a.shape[1] / 120)
    drift = blur(delta, 4 * radius)
    structure = _energy(delta - drift, radius)
    return np.sqrt(structure + _energy(delta, radius) / 9.0)


def moments(a: Array, b: Array, sharp: Array, seed: int) -> Array:
    """Order the places by when they turn.

    returns  (h, w) float32 in [EARLIEST, 1 − EARLIEST]; equal spans of it hold equal amounts of change
    """
    height, width = sharp.shape
    small = (min(width, FRONT_WIDTH), max(2, round(height * min(width, FRONT_WIDTH) / width)))
    arrival = fit(_grow(fit(a, small), fit(b, small), fit(sharp, small), seed), (width, height))
    arrival = follow_edges(arrival, luma(a), luma(b), radius_px=max(2, width // 80), eps=2e-4)
    change = np.abs(a - b).mean(axis=2) + 1e-3
    return np.float32(EARLIEST) + np.float32(1 - 2 * EARLIEST) * weighted_rank(arrival, change)


def _grow(a: Array, b: Array, sharp: Array, seed: int) -> Array:
    """Let B spread over the picture: the least time over all beginnings, travelling slowly across edges."""
    height, width = sharp.shape
    edges = np.maximum(edge_strength(a), edge_strength(b))
    slowness = (0.15 + edges / (edges.mean() + 1e-3)) * (0.5 + noise(seed + 1, (width, height), 24))
    arrival = (1.5 * noise(seed, (width, height), 5) + 0.6 * sharp) * np.float32(width / 4)
    steps: list[tuple[int, int, float]] = [(1, 0, 1.0), (0, 1, 1.0), (1, 1, 1.4142), (1, -1, 1.4142)]
    for _ in range(width):
        before = arrival.copy()
        for dx, dy, far in steps:
            _relax(arrival, slowness, dx, dy, np.float32(far))
        if np.array_equal(before, arrival):
            break
    return arrival


def _relax(arrival: Array, slowness: Array, dx: int, dy: int, far: np.float32) -> None:
    height, width = arrival.shape
    here = np.s_[max(0, -dy) : height - max(0, dy), 0 : width - dx]
    there = np.s_[max(0, dy) : height - max(0, -dy), dx:width]
    cost = (slowness[here] + slowness[there]) * (far * np.float32(0.5))
    first, second = arrival[here], arrival[there]
    reached = np.minimum(second, first + cost)
    np.minimum(first, second + cost, out=first)
    arrival[there] = np.minimum(reached, arrival[there])


def _energy(delta: Array, radius_px: float) -> Array:
    return blur(np.square(delta).mean(axis=2), radius_px)
