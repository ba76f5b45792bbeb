"""One palette for a picture of several paintings: the weighted barycentre of theirs.

For Gaussians of colour the barycentre in the sense of optimal transport is a Gaussian again; its covariance is a fixed
point (Álvarez-Esteban et al., "A fixed-point approach to barycenters in Wasserstein space", 2016) and the map to it
is linear. Of two paintings it is the path of `keyframes.palette`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Matrix = NDArray[np.float64]
Affine = tuple[Matrix, Matrix]
FLOOR = 1e-4  # variance added to each colour axis, so that a flat picture has a palette too
ROUNDS = 12


def _power(matrix: Matrix, exponent: float) -> Matrix:
    values, vectors = np.linalg.eigh(matrix)
    made: Matrix = (vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T
    return made


@dataclass(frozen=True, eq=False)
class Palettes:
    """The palettes of several paintings: mean colours (N, 3) and covariances (N, 3, 3), sRGB in [-1, 1]."""

    means: Matrix
    covariances: Matrix

    @classmethod
    def of(cls, paintings: Sequence[Array]) -> Palettes:
        """Measure paintings (h, w, 3), sRGB in [-1, 1]."""
        flat = [np.asarray(painting, np.float64).reshape(-1, 3) for painting in paintings]
        covariances = [np.cov(colours.T) + FLOOR * np.eye(3) for colours in flat]
        return cls(np.stack([colours.mean(0) for colours in flat]), np.stack(covariances))

    def maps(self, weights: Sequence[float] | Matrix) -> list[Affine]:
        """For each painting the matrix (3, 3) and shift (3,) that take its colours to the barycentre's."""
        shares = np.asarray(weights, np.float64)
        target = np.tensordot(shares, self.covariances, 1)
        for _ in range(ROUNDS):
            root, inverse = _power(target, 0.5), _power(target, -0.5)
            mean = sum(w * _power(root @ c @ root, 0.5) for w, c in zip(shares, self.covariances, strict=True))
            target = inverse @ mean @ mean @ inverse
        centre = shares @ self.means
        made = []
        for mean_colour, covariance in zip(self.means, self.covariances, strict=True):
            root, inverse = _power(covariance, 0.5), _power(covariance, -0.5)
            matrix = inverse @ _power(root @ target @ root, 0.5) @ inverse
            made.append((matrix, centre - matrix @ mean_colour))
        return made


def moved(picture: Array, affine: Affine) -> Array:
    """Colours (…, 3) taken to another palette, clipped to [-1, 1]."""
    matrix, shift = affine
    flat = picture.reshape(-1, 3) @ matrix.T.astype(np.float32) + shift.astype(np.float32)
    return np.clip(flat, -1.0, 1.0, out=flat).reshape(picture.shape)


def onward(picture: Array, before: Affine, after: Affine) -> Array:
    """Colours of a painting that are at one palette, taken to another one of the same painting's."""
    back = np.linalg.inv(before[0])
    return moved(picture, (after[0] @ back, after[1] - after[0] @ back @ before[1]))
