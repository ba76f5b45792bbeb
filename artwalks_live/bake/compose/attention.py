"""The analytic denoiser of `keyframes.diffusion` over any number of paintings.

A place attends to the patches of those paintings only that have a claim to it: with territories that is one for most
places, so three paintings cost little more than one. The transport is balanced as `keyframes.transport` does it, over
the blocks that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.diffusion import FAITH, KEYS, TEMPERATURE, patches, places, vote
from artwalks_live.bake.keyframes.leg import PATCH, PULL

Array = NDArray[np.float32]
Ints = NDArray[np.int64]
CLAIM = 0.02  # odds from which a painting has a claim to a place
_TINY = np.float32(1e-30)


@dataclass(frozen=True, eq=False)
class Plan:
    """A balanced transport from places to patches: block i is u[rows i, None] * kernel i * v[i].

    rows      of each painting: the places that it has a claim to
    kernels   (len(rows), n) each
    u         (places,);  v (N, n)
    """

    rows: list[Ints]
    kernels: list[Array]
    u: Array
    v: Array

    @classmethod
    def balanced(cls, rows: list[Ints], logits: list[Array], budget: Array, rounds: int) -> Plan:
        """Scale exp(logits) so that every column spends its budget (N,), shared out evenly, and all rows are alike.

        logits   overwritten
        """
        count = logits[0].shape[1]
        most = np.full(count, -np.inf, np.float32)
        for at, block in zip(rows, logits, strict=True):
            most[at] = np.maximum(most[at], block.max(axis=1, initial=-np.inf))
        kernels = []
        for at, block in zip(rows, logits, strict=True):
            np.subtract(block, most[at, None], out=block)
            kernels.append(np.exp(block, out=block))
        each, row = budget[:, None] / np.float32(count), np.float32(1.0 / count)
        plan = cls(rows, kernels, np.empty(count, np.float32), np.broadcast_to(each, (len(rows), count)) * count)
        plan.u[:] = row / np.maximum(plan._over_columns(), _TINY)
        for _ in range(rounds):
            for i, (at, kernel) in enumerate(zip(rows, kernels, strict=True)):
                plan.v[i] = each[i] / np.maximum(plan.u[at] @ kernel, _TINY)
            plan.u[:] = row / np.maximum(plan._over_columns(), _TINY)
        return plan

    def _over_columns(self) -> Array:
        total = np.zeros_like(self.u)
        for at, kernel, v in zip(self.rows, self.kernels, self.v, strict=True):
            total[at] += kernel @ v
        return total

    def seen(self, values: Sequence[Array]) -> Array:
        """What each place sees: the plan's mean of the values, (n, D) of each painting, as (places, D)."""
        total = np.zeros((len(self.u), values[0].shape[1]), np.float32)
        for at, kernel, v, own in zip(self.rows, self.kernels, self.v, values, strict=True):
            total[at] += kernel @ (own * v[:, None])
        total *= (self.u * np.float32(len(self.u)))[:, None]
        return total

    def taken(self) -> Ints:
        """The patch, of all paintings' one after the other, that each place takes: where its row is largest."""
        best = np.full(len(self.u), -1.0, np.float32)
        patch = np.zeros(len(self.u), np.int64)
        for i, (at, kernel, v) in enumerate(zip(self.rows, self.kernels, self.v, strict=True)):
            weighed = kernel * v
            found = weighed.argmax(axis=1)
            most = weighed[np.arange(len(at)), found]
            wins = most > best[at]
            best[at[wins]], patch[at[wins]] = most[wins], found[wins] + i * kernel.shape[1]
        return patch


@dataclass(frozen=True, eq=False)
class Denoiser:
    """Paintings at one size and one palette, cut into patches.

    values  (n, size * size * 3) of each painting: its patches
    keys    (n, KEYS) of each: the patches' leading principal components, of all paintings together
    odds    (N, h, w), summing to 1: how much each place asks for each painting
    pull    how strongly a patch prefers its own place
    """

    shape: tuple[int, int]
    values: list[Array]
    keys: list[Array]
    basis: Array
    odds: Array
    pull: float

    @classmethod
    def of(cls, paintings: Sequence[Array], odds: Array, first: bool) -> Denoiser:
        """Cut paintings (h, w, 3), sRGB in [-1, 1], at one palette; `first`: for the first level of a picture."""
        values = [patches(painting, PATCH) for painting in paintings]
        some = np.concatenate([own[:: max(1, len(own) // 2000)] for own in values])
        some -= some.mean(0)
        _, vectors = np.linalg.eigh(some.T @ some)
        basis = np.ascontiguousarray(vectors[:, ::-1][:, :KEYS])
        shape = paintings[0].shape[0], paintings[0].shape[1]
        return cls(shape, values, [own @ basis for own in values], basis, odds, PULL if first else 2.0 * PULL)

    def plan(self, picture: Array, sigma: float, rounds: int) -> Plan:
        """The balanced attention of a noisy picture (h, w, 3) over all patches, at noise level sigma."""
        scale, pull = np.float32(1.0 / (sigma * sigma * TEMPERATURE)), np.float32(2.0 * self.pull)
        here = places(self.shape)
        queries = np.concatenate([patches(picture, PATCH) @ self.basis * scale, here * pull], axis=1)
        rows, logits = [], []
        for own, odds in zip(self.keys, self.odds.reshape(len(self.odds), -1), strict=True):
            at = np.flatnonzero(odds > CLAIM)
            block = queries[at] @ np.concatenate([own, here], axis=1).T
            block -= 0.5 * scale * (own**2).sum(1) + 0.5 * pull * (here**2).sum(1)
            block += (FAITH * np.log(np.minimum(odds[at], 1.0)))[:, None]
            rows.append(at)
            logits.append(block)
        weights = np.maximum(self.odds.mean((1, 2)), np.float32(1e-4))
        return Plan.balanced(rows, logits, weights / weights.sum(), rounds)

    def sample(self, picture: Array, noise: Array, sigmas: Array) -> Array:
        """Denoise a picture from sigmas[0] of noise (h, w, 3) down along sigmas, deterministically."""
        state: Array = picture + sigmas[0] * noise
        for sigma, following in zip(sigmas, [*sigmas[1:], 0.0], strict=True):
            clean = vote(self.plan(state, float(sigma), 6).seen(self.values), self.shape, PATCH)
            state = clean + (state - clean) * np.float32(following / sigma)
        return state

    def choose(self, picture: Array, sigma: float) -> Ints:
        """The patch (0 .. N * n) that each place takes, balanced, (h, w)."""
        return self.plan(picture, sigma, 10).taken().reshape(self.shape)
