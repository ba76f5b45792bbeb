"""A picture as an elastic sheet: what a load bends, where the sheet is held, and along what it is stiff.

    (−∇·D∇ + κ + iω) u = q

D (a tensor at each place) carries a push along the sheet, κ holds it in place, ω is how fast the load swings: the
faster, the less far it is carried and the later it arrives. Solved directly, by block elimination along the longer
side: 80x45 places for 16 loads' speeds take half a second, and there is nothing to converge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Complex = NDArray[np.complex128]


def bend(stiffness: Field, held: Field, rates: Field, loads: Complex) -> Complex:
    """Find how far each place gives way.

    stiffness  (h, w, 3) Dxx, Dxy, Dyy, in places²; positive definite
    held       (h, w) κ, above 0
    rates      (K,) ω, one for each load
    loads      (K, h, w, C)
    returns    (K, h, w, C)
    """
    if held.shape[0] > held.shape[1]:
        turned = bend(stiffness.swapaxes(0, 1)[..., ::-1], held.T, rates, loads.swapaxes(1, 2))
        return turned.swapaxes(1, 2)
    own, next_ = _blocks(stiffness, held)
    return _eliminate(own, next_, rates, loads.transpose(2, 0, 1, 3)).transpose(1, 2, 0, 3)


def _blocks(stiffness: Field, held: Field) -> tuple[Field, Field]:
    """The matrix in blocks of columns: each on itself (w, h, h), and with the one to its right (w−1, h, h).

    Bilinear finite elements: each cell between four places has the energy ½ gᵀDg of the gradient g in its middle, and
    that of its warp, without which a chessboard would cost nothing.
    """
    h, w = held.shape
    cell = (stiffness[:-1, :-1] + stiffness[1:, :-1] + stiffness[:-1, 1:] + stiffness[1:, 1:]) / 4
    own, next_ = np.zeros((w, h, h)), np.zeros((w - 1, h, h))
    own[:, np.arange(h), np.arange(h)] = held.T
    corners = [(0, 0), (1, 0), (0, 1), (1, 1)]  # row, column
    for a, (ay, ax) in enumerate(corners):
        for b, (by, bx) in enumerate(corners):
            if ax > bx:
                continue  # symmetric: only rightward couplings are kept
            energy = _coupling(cell, corners[a], corners[b])
            rows, columns = np.arange(h - 1) + ay, np.arange(h - 1) + by
            target = own[ax : ax + w - 1] if ax == bx else next_
            target[:, rows, columns] += energy.T
    return own, next_


def _coupling(cell: Field, a: tuple[int, int], b: tuple[int, int]) -> Field:
    """What two corners of every cell cost together, (h−1, w−1)."""
    (ay, ax), (by, bx) = ((y - 0.5, x - 0.5) for y, x in (a, b))
    xx, xy, yy = np.moveaxis(cell, -1, 0)
    bent = ax * bx * xx + (ax * by + ay * bx) * xy + ay * by * yy
    warped = 16 * ax * ay * bx * by * (xx + yy) / 12
    return np.asarray(bent + warped)


def _eliminate(own: Field, next_: Field, rates: Field, loads: Complex) -> Complex:
    """Block elimination, all rates at once. loads and result: (w, K, h, C)."""
    w, _, h, _ = loads.shape
    swinging = 1j * rates[:, None, None] * np.eye(h)
    inverses = np.empty((w, len(rates), h, h), np.complex128)
    reduced = loads.copy()
    inverses[0] = np.linalg.inv(own[0] + swinging)
    for x in range(1, w):
        carried = next_[x - 1].T @ inverses[x - 1]
        inverses[x] = np.linalg.inv(own[x] + swinging - carried @ next_[x - 1])
        reduced[x] -= carried @ reduced[x - 1]
    bent = np.empty_like(loads)
    bent[-1] = inverses[-1] @ reduced[-1]
    for x in range(w - 2, -1, -1):
        bent[x] = inverses[x] @ (reduced[x] - next_[x] @ bent[x + 1])
    return bent
