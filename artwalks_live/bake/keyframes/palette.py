"""The colours of a leg: from A's to B's along the Gaussian optimal-transport path.

Both paintings are moved to the palette at weight w, so that a keyframe mixes forms, not colours, and the palette
drifts evenly from one painting's to the other's. For Gaussians the optimal transport (Monge-Kantorovich) map is
linear and has a closed form; see Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping", 2007.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_FLOOR = 1e-4  # variance added to each colour axis, so that a flat picture has a palette too


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The square root of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    root: NDArray[np.float64] = (vectors * np.sqrt(np.maximum(values, 1e-12))) @ vectors.T
    return root


def _transport(c: NDArray[np.float64], d: NDArray[np.float64]) -> NDArray[np.float64]:
    """The linear map that takes covariance c to d with the least movement."""
    root = _root(c)
    inverse = np.linalg.inv(root)
    moved: NDArray[np.float64] = inverse @ _root(root @ d @ root) @ inverse
    return moved


@dataclass(frozen=True)
class PalettePath:
    """The colours of both paintings at every weight.

    means  the mean colours of A and B, (3,) each
    maps   the transport maps A→B and B→A, (3, 3) each
    """

    means: tuple[NDArray[np.float64], NDArray[np.float64]]
    maps: tuple[NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def between(cls, a: Array, b: Array) -> PalettePath:
        """Measure the palettes of a, b (H, W, 3), sRGB-encoded in [-1, 1]."""
        flat = [np.asarray(picture, np.float64).reshape(-1, 3) for picture in (a, b)]
        means = (flat[0].mean(0), flat[1].mean(0))
        ca, cb = (np.cov(colours.T) + _FLOOR * np.eye(3) for colours in flat)
        return cls(means, (_transport(ca, cb), _transport(cb, ca)))

    def affine(self, painting: int, weight: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The map, matrix (3, 3) and shift (3,), that takes a painting's colours to the palette of `weight` (of B)."""
        away = weight if painting == 0 else 1.0 - weight
        matrix = (1.0 - away) * np.eye(3) + away * self.maps[painting]
        target = (1.0 - weight) * self.means[0] + weight * self.means[1]
        return matrix, target - matrix @ self.means[painting]

    def move(self, picture: Array, painting: int, weight: float) -> Array:
        """The painting's colours (…, 3) at the palette of `weight`; its own colours at its own end."""
        return _apply(picture, *self.affine(painting, weight))

    def onward(self, picture: Array, painting: int, weight: float, to: float) -> Array:
        """Colours of a painting (…, 3) that are at the palette of `weight`, taken to that of another weight."""
        matrix, shift = self.affine(painting, weight)
        back = np.linalg.inv(matrix)
        onward, further = self.affine(painting, to)
        return _apply(picture, onward @ back, further - onward @ back @ shift)


def _apply(picture: Array, matrix: NDArray[np.float64], shift: NDArray[np.float64]) -> Array:
    moved = picture.reshape(-1, 3) @ matrix.T.astype(np.float32) + shift.astype(np.float32)
    return np.clip(moved, -1.0, 1.0, out=moved).reshape(picture.shape)
