"""The way of every place through a segment, and what stands where at any phase of it.

A flow says where each place of the mid-phase picture stands in A and in B, not how it got there. Between the two it is
taken to turn and grow evenly: where the motion turns by an angle the way is an arc and not its chord, which would
shrink what turns. Vectors are complex numbers here, x + iy in pixels of the flow's grid: turning and growing by a
factor is a multiplication, and the even way from p to q is p + (q − p)·(exp(s·turn) − 1)/(exp(turn) − 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Array, blur

Complex = NDArray[np.complex64]
Numbers = NDArray[np.intp]

COARSE = 160  # turns are measured on a grid this wide: an estimator's flow is too rough to be differentiated finely
REACH = 2.5  # grid points of that grid from which a place at the edge of a motion takes its turn
MOST_TURN, MOST_GROWTH = 2.2, 0.7  # radians, and the logarithm of the growth: more is an accident of the flow


@dataclass(frozen=True)
class Ways:
    """The ways through each place of the mid-phase grid, all (h, w) complex, pixels.

    start  from the place to where it stands in A;  way  from there to where it stands in B
    turn   growth + i·angle from A to B, of the picture around the place
    bend   how far the middle of the way lies from the middle of the even one; grows and goes as 4s(1−s)
    """

    start: Complex
    way: Complex
    turn: Complex
    bend: Complex

    @classmethod
    def of(cls, flow_px: NDArray[Any]) -> Ways:
        """From a flow (h, w, 4) Bx, By, Fx, Fy.

        One that is the same both ways, B = −F, knows the chord only and leaves the arc to us; of any other the middle
        of the way is where it says.
        """
        start, end = (scaled(as_complex(flow_px[..., part]), 0.5) for part in (np.s_[:2], np.s_[2:]))
        turn = _turn(start, end)
        bend = np.zeros_like(start)
        if np.any(start + end):
            bend = -(start + (end - start) * share(turn, 0.5))
        return cls(start, end - start, turn, bend)

    def at(self, phase: float) -> Complex:
        """How far from its place of the mid-phase grid each one stands at a phase."""
        return self.start + self.way * share(self.turn, phase) + scaled(self.bend, 4 * phase * (1 - phase))


@dataclass(frozen=True)
class Cut:
    """What stands at each place of the picture at one phase, all (h, w).

    number  of the place of the mid-phase grid whose way comes here, counted by rows
    middle  where that way is at mid-phase, complex pixels of the grid
    to_a    from here to where it stands in A, complex pixels; to_b likewise
    hidden  bool, whether it was hidden at mid-phase: no way comes here, and that of what lies behind is taken
    """

    number: Numbers
    middle: Complex
    to_a: Complex
    to_b: Complex
    hidden: NDArray[np.bool_]


def share(turn: Complex, phase: float) -> Complex:
    """How much of its way from A to B something has gone that turns and grows evenly."""
    small = np.abs(turn) < 1e-3
    safe = np.where(small, np.complex64(1), turn)
    series = phase + np.float32(phase * (phase - 1) / 2) * turn
    return np.where(small, series, np.expm1(np.float32(phase) * safe) / np.expm1(safe)).astype(np.complex64)


def cut(ways: Ways, phase: float, a: Array, b: Array) -> Cut:
    """Find what stands where at a phase.

    a, b   the two pictures on the grid, (h, w, 3) float32: where two ways meet, the one they confirm is in front
    """
    here = grid(ways.start.shape)
    stand = here + ways.at(phase)
    oddness = np.abs(ways.way - _around(ways.way))
    front, back, empty = _arrivals(stand, oddness)
    back = _filled(back, empty, oddness)
    cuts = [_cut(ways, phase, stand, number, empty) for number in (front, back)]
    apart = [blur(np.abs(look(a, here + each.to_a) - look(b, here + each.to_b)).sum(axis=2), 1.5) for each in cuts]
    in_front = (apart[0] <= apart[1] + np.float32(0.02)) & ~empty
    return Cut(*(np.where(in_front, getattr(cuts[0], name), getattr(cuts[1], name)) for name in Cut.__annotations__))


def _cut(ways: Ways, phase: float, stand: Complex, number: Numbers, hidden: NDArray[np.bool_]) -> Cut:
    """Follow the given ways; a place beside one is taken to turn and grow with it."""
    here = grid(stand.shape)
    beside = here - stand.reshape(-1)[number]
    turn, start, way = (part.reshape(-1)[number] for part in (ways.turn, ways.start, ways.way))
    home = here.reshape(-1)[number]
    return Cut(
        number=number,
        middle=home + beside * np.exp(np.float32(0.5 - phase) * turn),
        to_a=home + start + beside * np.exp(np.float32(-phase) * turn) - here,
        to_b=home + start + way + beside * np.exp(np.float32(1 - phase) * turn) - here,
        hidden=hidden,
    )


def _arrivals(stand: Complex, oddness: Array) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Which way comes to each place: the oddest, the least odd, and where none does."""
    height, width = stand.shape
    order = np.argsort(oddness, axis=None, kind="stable")
    column, row = np.floor(stand.real).reshape(-1)[order], np.floor(stand.imag).reshape(-1)[order]
    over, down = stand.real.reshape(-1)[order] - column, stand.imag.reshape(-1)[order] - row
    cells = []
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):  # every place that the way comes near, so that no gaps open
        x, y = column + dx, row + dy
        near = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (over >= dx * 1e-3) & (down >= dy * 1e-3)
        cells.append(np.where(near, y * width + x, height * width).astype(np.intp))
    found = []
    for way in (np.s_[:], np.s_[::-1]):
        number = np.full(height * width + 1, -1, np.intp)
        number[np.stack(cells, axis=1)[way]] = order[way, None]  # of several the last one stays
        found.append(number[:-1].reshape(height, width))
    return found[0], found[1], found[0] < 0


def _filled(number: Numbers, empty: NDArray[np.bool_], oddness: Array) -> Numbers:
    """Give empty places the nearest way of those that move as their surroundings do."""
    if not empty.any() or empty.all():
        return np.maximum(number, 0)
    odd = np.where(empty, np.float32(0), oddness.reshape(-1)[number])
    known = (~empty).astype(np.float32)
    reach = number.shape[1] / 8
    usual = blur(odd, reach) / (blur(known, reach) + np.float32(1e-3))
    source = ~empty & (odd <= usual + np.float32(0.5))
    if not source.any():
        source = ~empty
    holes = (~source).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(holes, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(nearest.max()) + 1, np.intp)
    table[nearest[source]] = number[source]
    return np.where(empty, table[nearest], number)


def _turn(start: Complex, end: Complex) -> Complex:
    """Measure how the picture around each place turns and grows from A to B: growth + i·angle.

    What is sheared or torn does not turn. At the edge of a motion the derivative sees both sides of it; there the turn
    is that of a neighbour whose motion, carried on to here, is the motion here.
    """
    height, width = start.shape
    small = min(width, COARSE), max(4, round(height * min(width, COARSE) / width))
    if min(small) < 4:
        return np.zeros_like(start)
    step = width / small[0]
    (turn_a, shear_a), (turn_b, shear_b) = (_derivative(_fit(part, small) / np.float32(step)) for part in (start, end))
    turn = np.log(_factor(turn_b) / _factor(turn_a))
    shear = np.abs(shear_b - shear_a) / (np.abs(turn) + np.float32(0.02))
    turn = turn * np.clip(1.5 - 2 * shear, 0, 1)
    both = np.concatenate([as_vectors(turn), as_vectors(turn_b - turn_a)], axis=2)
    both = np.stack([_median(part) for part in np.moveaxis(both, 2, 0)], axis=2)
    if np.abs(both[..., :2]).max() < 0.01:
        return np.zeros_like(start)
    found = _of_neighbour(end - start, cv2.resize(both, (width, height), interpolation=cv2.INTER_LINEAR), step * REACH)
    growth, angle = np.clip(found.real, -MOST_GROWTH, MOST_GROWTH), np.clip(found.imag, -MOST_TURN, MOST_TURN)
    return np.asarray(growth + 1j * angle, np.complex64)


def _factor(derivative: Complex) -> Complex:
    """By what the surroundings are turned and grown; where they are crushed to nothing, as if they were not."""
    factor = 1 + derivative
    return np.where(np.abs(factor) < 0.1, np.complex64(1), factor)


def _of_neighbour(way: Complex, both: Array, reach_px: float) -> Complex:
    """Take the turn from the neighbour that explains the motion here best; `both` is turn and derivative, as reals."""
    here = grid(way.shape)
    best = np.full(way.shape, np.inf, np.float32)
    found = np.zeros_like(way)
    for number in range(8):
        off = np.complex64(reach_px * np.exp(0.25j * np.pi * number))
        there = look(both, here + off)
        turn, derivative = as_complex(there[..., :2]), as_complex(there[..., 2:])
        miss = np.abs(as_complex(look(as_vectors(way), here + off)) - derivative * off - way)
        found, best = np.where(miss < best, turn, found), np.minimum(miss, best)
    return found


def _derivative(field: Complex) -> tuple[Complex, Complex]:
    """Split the change of a field per grid point into turn and growth, and shear."""
    across, down = np.gradient(field, axis=1), np.gradient(field, axis=0)
    return scaled(across - 1j * down, 0.5), scaled(across + 1j * down, 0.5)


def _around(field: Complex) -> Complex:
    """The motion of the wide surroundings."""
    height, width = field.shape
    small = cv2.resize(as_vectors(field), (40, max(4, round(40 * height / width))), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 6.0)
    return as_complex(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _fit(field: Complex, size: tuple[int, int]) -> Complex:
    return as_complex(cv2.resize(as_vectors(field), size, interpolation=cv2.INTER_AREA))


def _median(field: Array) -> Array:
    for _ in range(3):
        field = cv2.medianBlur(np.ascontiguousarray(field, np.float32), 5)
    return field


def grid(shape: tuple[int, ...]) -> Complex:
    """The places of a grid, (h, w) complex."""
    rows, columns = np.indices(shape[:2], np.float32)
    return np.asarray(columns + 1j * rows, np.complex64)


def look(field: Array, places: Complex) -> Array:
    """Read a field, (h, w) or (h, w, C), at places, its edge repeated."""
    x, y = (np.ascontiguousarray(part, np.float32) for part in (places.real, places.imag))
    read: Array = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return read


def scaled(numbers: Complex, factor: float) -> Complex:
    """Numbers times a real factor."""
    return np.asarray(numbers * np.float32(factor), np.complex64)


def as_complex(vectors: NDArray[Any]) -> Complex:
    """(h, w, 2) to (h, w) complex."""
    return np.asarray(vectors[..., 0] + 1j * vectors[..., 1].astype(np.float32), np.complex64)


def as_vectors(numbers: Complex) -> Array:
    """(h, w) complex to (h, w, 2)."""
    return np.stack([numbers.real, numbers.imag], axis=-1).astype(np.float32)
