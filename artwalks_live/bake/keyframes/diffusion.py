"""The analytic denoiser: what a diffusion model trained on the patches of two paintings would paint.

For a finite training set the ideal denoiser is known in closed form: a softmax-weighted mean of the training samples.
Restricted to local patches it makes new pictures, as each place mixes and matches freely (Kamb and Ganguli, "An
analytic theory of creativity in convolutional diffusion models", 2024; sampler after Karras et al., 2022). Queries
are the noisy picture's patches, keys and values the paintings' patches: it is attention, and `transport` balances it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.transport import Balanced, assign, attend, balance

Array = NDArray[np.float32]
TEMPERATURE = 2.0
FAITH = np.float32(20.0)  # how strongly places keep to their odds
KEYS = 40  # dimensions that patches are compared in


def patches(picture: Array, size: int) -> Array:
    """Every size x size patch of a picture (h, w, 3), mirrored at its edges, as rows (h*w, size*size*3)."""
    pad = size // 2
    framed = cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
    views = np.lib.stride_tricks.sliding_window_view(framed, (size, size), axis=(0, 1))
    return np.ascontiguousarray(views.transpose(0, 1, 3, 4, 2)).reshape(picture.shape[0] * picture.shape[1], -1)


def vote(rows: Array, shape: tuple[int, int], size: int) -> Array:
    """Lay the patches of all places over one another and average: (h*w, size*size*3) → (h, w, 3)."""
    height, width = shape
    pad = size // 2
    total = np.zeros((height + 2 * pad, width + 2 * pad, 3), np.float32)
    count = np.zeros((height + 2 * pad, width + 2 * pad, 1), np.float32)
    tiles = rows.reshape(height, width, size, size, 3)
    for dy in range(size):
        for dx in range(size):
            total[dy : dy + height, dx : dx + width] += tiles[:, :, dy, dx]
            count[dy : dy + height, dx : dx + width] += 1.0
    inner = np.s_[pad : pad + height, pad : pad + width]
    mean: Array = total[inner] / count[inner]
    return mean


def places(shape: tuple[int, int]) -> Array:
    """The place (x, y) in [0, 1] of every pixel, (h*w, 2)."""
    y, x = np.meshgrid(np.linspace(0, 1, shape[0]), np.linspace(0, 1, shape[1]), indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Denoiser:
    """The paintings at one size and one palette, cut into patches.

    size    edge of a patch, odd
    values  (2n, size*size*3): the n patches of A, then those of B
    keys    (2n, KEYS): the patches' leading principal components
    basis   (size*size*3, KEYS)
    odds    (h, w) in [0, 1], how much each place asks for B
    pull    how strongly a patch prefers its own place
    """

    shape: tuple[int, int]
    size: int
    values: Array
    keys: Array
    basis: Array
    odds: Array
    pull: float

    @classmethod
    def of(cls, a: Array, b: Array, size: int, odds: Array, pull: float) -> Denoiser:
        """Cut the paintings a, b (h, w, 3), sRGB in [-1, 1], already at one palette."""
        values = np.concatenate([patches(a, size), patches(b, size)])
        centred = values[:: max(1, len(values) // 4000)]
        centred = centred - centred.mean(0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        basis = np.ascontiguousarray(vectors[:, ::-1][:, :KEYS])
        return cls(a.shape[:2], size, values, values @ basis, basis, odds, pull)

    def plan(self, picture: Array, sigma: float, rounds: int) -> Balanced:
        """The balanced attention of a noisy picture (h, w, 3) over all patches, at noise level sigma."""
        scale = np.float32(1.0 / (sigma * sigma * TEMPERATURE))
        here = places(self.shape)
        there = np.concatenate([here, here])
        pull = np.float32(2.0 * self.pull)
        queries = np.concatenate([patches(picture, self.size) @ self.basis * scale, here * pull], axis=1)
        keys = np.concatenate([self.keys, there], axis=1)
        bias = 0.5 * scale * (self.keys**2).sum(1) + 0.5 * pull * (there**2).sum(1)
        logits = queries @ keys.T
        logits -= bias
        n = len(self.values) // 2
        odds = np.clip(self.odds.reshape(-1, 1), 0.005, 0.995)
        logits[:, :n] += FAITH * np.log(1.0 - odds)
        logits[:, n:] += FAITH * np.log(odds)
        return balance(logits, self.budget(), rounds)

    def budget(self) -> Array:
        """How much each patch may be used: (1-w)/n for those of A, w/n for those of B."""
        n = len(self.values) // 2
        weight = min(max(float(self.odds.mean()), 1e-4), 1.0 - 1e-4)
        return np.repeat(np.array([(1.0 - weight) / n, weight / n], np.float32), n)

    def clean(self, picture: Array, sigma: float) -> tuple[Array, Array]:
        """The clean picture expected behind clean + sigma * noise, and B's share of each place (h, w)."""
        plan = self.plan(picture, sigma, 6)
        share = attend(plan, self._belongs())[:, 0].reshape(self.shape)
        return vote(attend(plan, self.values), self.shape, self.size), share

    def _belongs(self) -> Array:
        n = len(self.values) // 2
        return np.repeat(np.array([[0.0], [1.0]], np.float32), n, axis=0)

    def choose(self, picture: Array, sigma: float) -> NDArray[np.int64]:
        """The patch (0..2n) that each place takes, balanced, (h, w)."""
        return assign(self.plan(picture, sigma, 10)).reshape(self.shape)

    def sample(self, picture: Array, noise: Array, sigmas: Array) -> tuple[Array, Array]:
        """Denoise a picture from sigmas[0] of noise (h, w, 3) down along sigmas, deterministically.

        Returns the picture and B's share of each place (h, w).
        """
        state = picture + sigmas[0] * noise
        share = self.odds
        for sigma, following in zip(sigmas, [*sigmas[1:], 0.0], strict=True):
            clean, share = self.clean(state, float(sigma))
            state = clean + (state - clean) * np.float32(following / sigma)
        return state, share


def schedule(high: float, low: float, steps: int) -> Array:
    """Noise levels from high to low in even log steps."""
    return np.exp(np.linspace(np.log(high), np.log(low), steps)).astype(np.float32)
