"""Attention balanced by optimal transport.

Plain softmax attention lets smooth patches win everywhere: grey mush. Here every place of the picture attends to the
patches of both paintings under a budget: all places weigh the same, every patch of A is used (1-w)/n in all and every
patch of B w/n. The denoiser is then the barycentric projection of an entropic optimal-transport plan (Cuturi,
"Sinkhorn distances", 2013). In scaling form it costs one exp and then only matrix-vector products.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Balanced = tuple[Array, Array, Array]  # kernel (N, M), u (N,), v (M,): the plan is u[:, None] * kernel * v
_TINY = np.float32(1e-30)


def balance(logits: Array, budget: Array, rounds: int) -> Balanced:
    """Scale exp(logits) so that its columns spend their budget and its rows are alike.

    logits   (N, M) float32, places by patches; overwritten
    budget   (M,) float32, what each patch may be used in all; sums to 1
    returns  the plan; its kernel is exp(logits - row maximum)
    """
    logits -= logits.max(axis=1, keepdims=True)
    kernel = np.exp(logits, out=logits)
    row = np.float32(1.0 / len(kernel))
    v = budget * np.float32(len(budget))
    u = row / np.maximum(kernel @ v, _TINY)
    for _ in range(rounds):
        v = budget / np.maximum(u @ kernel, _TINY)
        u = row / np.maximum(kernel @ v, _TINY)
    return kernel, u, v


def attend(plan: Balanced, values: Array) -> Array:
    """What each place sees: the plan's mean of the values (M, D), as (N, D)."""
    kernel, u, v = plan
    seen: Array = kernel @ (values * v[:, None])
    seen *= (u * np.float32(len(u)))[:, None]
    return seen


def assign(plan: Balanced) -> NDArray[np.int64]:
    """The patch that each place takes, (N,): where its row of the plan is largest."""
    kernel, _, v = plan
    taken: NDArray[np.int64] = np.argmax(kernel * v, axis=1)
    return taken
