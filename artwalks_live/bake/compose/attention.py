"""The analytic denoiser of `keyframes.diffusion` over any number of paintings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.diffusion import FAITH, KEYS, TEMPERATURE, patches, places, vote
from artwalks_live.bake.keyframes.leg import PATCH, PULL
from artwalks_live.bake.keyframes.transport import Balanced, assign, attend, balance

Array = NDArray[np.float32]
LEAST = 0.005  # odds of a place that asks for another painting


@dataclass(frozen=True, eq=False)
class Denoiser:
    """Paintings at one size and one palette, cut into patches.

    values  (N * n, size * size * 3): the n patches of each painting, one painting after the other
    keys    (N * n, KEYS): the patches' leading principal components
    odds    (N, h, w), summing to 1: how much each place asks for each painting
    pull    how strongly a patch prefers its own place
    """

    shape: tuple[int, int]
    values: Array
    keys: Array
    basis: Array
    odds: Array
    pull: float

    @classmethod
    def of(cls, paintings: Sequence[Array], odds: Array, first: bool) -> Denoiser:
        """Cut paintings (h, w, 3), sRGB in [-1, 1], at one palette; `first`: for the first level of a picture."""
        values = np.concatenate([patches(painting, PATCH) for painting in paintings])
        centred = values[:: max(1, len(values) // 4000)]
        centred = centred - centred.mean(0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        basis = np.ascontiguousarray(vectors[:, ::-1][:, :KEYS])
        shape = paintings[0].shape[0], paintings[0].shape[1]
        return cls(shape, values, values @ basis, basis, odds, PULL if first else 2.0 * PULL)

    def plan(self, picture: Array, sigma: float, rounds: int) -> Balanced:
        """The balanced attention of a noisy picture (h, w, 3) over all patches, at noise level sigma."""
        scale = np.float32(1.0 / (sigma * sigma * TEMPERATURE))
        here = places(self.shape)
        there = np.concatenate([here] * len(self.odds))
        pull = np.float32(2.0 * self.pull)
        queries = np.concatenate([patches(picture, PATCH) @ self.basis * scale, here * pull], axis=1)
        keys = np.concatenate([self.keys, there], axis=1)
        logits = queries @ keys.T
        logits -= 0.5 * scale * (self.keys**2).sum(1) + 0.5 * pull * (there**2).sum(1)
        n = len(here)
        asked = FAITH * np.log(np.clip(self.odds.reshape(len(self.odds), n), LEAST, 1.0 - LEAST))
        for i, odds in enumerate(asked):
            logits[:, i * n : (i + 1) * n] += odds[:, None]
        return balance(logits, self.budget(), rounds)

    def budget(self) -> Array:
        """How much each patch may be used: w_i/n for those of painting i."""
        weights = np.maximum(self.odds.mean((1, 2)), np.float32(1e-4))
        n = self.shape[0] * self.shape[1]
        return np.repeat(weights / weights.sum() / np.float32(n), n)

    def sample(self, picture: Array, noise: Array, sigmas: Array) -> Array:
        """Denoise a picture from sigmas[0] of noise (h, w, 3) down along sigmas, deterministically."""
        state: Array = picture + sigmas[0] * noise
        for sigma, following in zip(sigmas, [*sigmas[1:], 0.0], strict=True):
            seen = attend(self.plan(state, float(sigma), 6), self.values)
            clean = vote(seen, self.shape, PATCH)
            state = clean + (state - clean) * np.float32(following / sigma)
        return state

    def choose(self, picture: Array, sigma: float) -> NDArray[np.int64]:
        """The patch (0 .. N * n) that each place takes, balanced, (h, w)."""
        return assign(self.plan(picture, sigma, 10)).reshape(self.shape)
