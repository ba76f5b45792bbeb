"""When each place of a segment turns from A to B.

The weight of B is sigmoid(k·logit(t) − o). Where both keyframes show the same thing, moved, k is 1 and o is
ln(visibility of A / visibility of B): an ordinary, occlusion-aware cross-dissolve of aligned pictures. Where they
show different things a dissolve is a double exposure, so k is large and every place turns at its own moment
τ = sigmoid(o/k). The moments are a front that grows out of the places which already agree, waits at edges and
crosses smooth paint quickly; they are ranked by how much each place changes, so that every phase step changes the
picture equally.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artwalks_live.bake.fields import (
    Array,
    blur,
    edge_strength,
    fit,
    follow_edges,
    inside,
    length,
    look,
    luma,
    noise,
    smoothstep,
    weighted_rank,
)

SHARPNESS = 10.0  # k between different pictures: at mid-phase a tenth of the changing places is between the two
WASH = 3.0  # k where only the palette changes: the new colour passes over the picture as a wide wash
EARLIEST = 0.001  # the first and last moments: nothing turns on the keyframe itself
ASTRAY_PX = 1.5  # disagreement of motion and flow, pixels of the grid, that costs most of the agreement
FLOOR = 0.05  # a place is never wholly invisible: both hidden gives an even mix
STROKES = 0.2  # how far single strokes run ahead of the front or stay behind
FRONT_WIDTH = 160  # the front is grown on a grid this wide


def agreement(motion: Array, forward: Array, backward: Array) -> tuple[Array, Array]:
    """Ask both keyframes whether their own flow says what the motion says, (h, w) float32 in [0, 1] each.

    motion    (h, w, 2) from A to B through each place of the mid-phase picture, pixels of the grid
    forward   (h, w, 2) A → B on A's grid;  backward (h, w, 2) B → A on B's grid
    """
    from_a, from_b = motion * np.float32(-0.5), motion * np.float32(0.5)
    error_a = length(look(forward, from_a) - motion) / np.float32(ASTRAY_PX)
    error_b = length(look(backward, from_b) + motion) / np.float32(ASTRAY_PX)
    return np.exp(-np.square(error_a)) * inside(from_a), np.exp(-np.square(error_b)) * inside(from_b)


def visibility(motion: Array, forward: Array, backward: Array, trust: Array) -> tuple[Array, Array]:
    """Say how far each keyframe can be trusted at mid-phase: a place that only one of them sees is hidden in the other.

    trust     (h, w) in [0, 1] of the motion around each place; where it is 0, neither is preferred
    returns   visibility of A and of B, (h, w) float32 in (0, 1]
    """
    # softened: a hard edge of it would be drawn as an outline
    soft = (blur(seen, motion.shape[1] / 320) for seen in agreement(motion, forward, backward))
    seen_a, seen_b = (FLOOR + (1 - FLOOR) * seen for seen in soft)
    return seen_a**trust, seen_b**trust


@dataclass(frozen=True)
class Meeting:
    """Two keyframes as they meet at mid-phase, and what is known of them; all (h, w) or (h, w, 3) float32.

    a, b        sRGB-encoded [0, 1], both moved to mid-phase
    offset      ln(visibility of A / visibility of B): where only one of them sees what they both show
    home        [0, 1] where the painting that is coming already stood in A: from there it grows
    seed        of the smooth noise that decides where else the growth begins
    """

    a: Array
    b: Array
    offset: Array
    home: Array
    seed: int


def stagger(meeting: Meeting) -> Array:
    """Give each place its offset and sharpness: (h, w, 2) float32, o and k."""
    a, b = meeting.a, meeting.b
    sharp = strange(a, b)
    tinted = smoothstep(length(blur(a - b, a.shape[1] / 40)), 0.01, 0.06)
    moment = moments(meeting, sharp)
    own = np.maximum((SHARPNESS - 1.0) * sharp, np.float32(WASH - 1.0) * tinted)
    # near the keyframes logit(t) runs fast: a little less sharp there, so that early and late places do not snap. With
    # this law, and moments that reach nearly to the keyframes, a picture changes as fast beside them as half-way
    k = 1.0 + own * np.sqrt(4.0 * moment * (1.0 - moment))
    turn = k * np.log(moment / (1.0 - moment)) * np.tanh(own)
    o = turn + meeting.offset * (1.0 - sharp)
    return np.stack([o, k], axis=2)


def strange(a: Array, b: Array) -> Array:
    """Say where two aligned pictures, (h, w, 3), show different things, and not only a speck of it: (h, w), [0, 1]."""
    apart = smoothstep(difference(a, b), 0.05, 0.12)
    return apart * smoothstep(blur(apart, a.shape[1] / 20), 0.1, 0.4)


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


def moments(meeting: Meeting, sharp: Array) -> Array:
    """Order the places by when they turn.

    sharp    (h, w) [0, 1] where the two show different things
    returns  (h, w) float32 in [EARLIEST, 1 − EARLIEST]; equal spans of it hold equal amounts of change
    """
    a, b = meeting.a, meeting.b
    height, width = sharp.shape
    small = (min(width, FRONT_WIDTH), max(2, round(height * min(width, FRONT_WIDTH) / width)))
    late = 1.5 * noise(meeting.seed, small, 5) + 0.6 * fit(sharp, small) - fit(meeting.home, small)
    edges = np.maximum(edge_strength(fit(a, small)), edge_strength(fit(b, small)))
    arrival = fit(_grow(late * np.float32(small[0] / 4), edges, meeting.seed + 1), (width, height))
    arrival = follow_edges(arrival, luma(a), luma(b), radius_px=max(2, width // 80), eps=2e-4)
    arrival = arrival / (np.float32(arrival.std()) + np.float32(1e-6)) + np.float32(STROKES) * _strokes(a, b)
    change = np.abs(a - b).mean(axis=2) + np.float32(1e-3)
    return np.float32(EARLIEST) + np.float32(1 - 2 * EARLIEST) * weighted_rank(arrival, change)


def _strokes(a: Array, b: Array) -> Array:
    """Say which strokes turn first: dark ones of B come early, dark ones of A stay long; (h, w), about ±1."""
    fine, coarse = a.shape[1] / 640, a.shape[1] / 100
    rough = luma(b - a)
    detail = blur(rough, fine) - blur(rough, coarse)
    contrast = np.sqrt(blur(detail * detail, 2 * coarse)) + np.float32(0.02)
    turn: Array = np.tanh(detail / contrast)
    return turn


def _grow(late: Array, edges: Array, seed: int) -> Array:
    """Let B spread over the picture: the least time over all beginnings, travelling slowly across edges.

    late   (h, w) when growth may begin at each place, in steps of travel
    edges  (h, w) edge strength, any scale
    """
    height, width = late.shape
    slowness = (0.15 + edges / (edges.mean() + 1e-3)) * (0.5 + noise(seed, (width, height), 24))
    arrival = late.copy()
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
