"""Grow a painting outwards until it fills a frame of another shape, out of nothing but itself.

The patch generator's machinery, asked another question: what would a diffusion model trained on the patches of this
one painting paint around it? The painting and its mirror image are the two that it knows. Each patch may be used so
much and no more (`transport`), what is precious hardly at all: a face is not repeated. A place sees what stands at
its own height, so sky goes on as sky and ground as ground. The coarse picture becomes whole pieces (`outlay`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.ground import ground
from artwalks_live.bake.inset import Inset
from artwalks_live.bake.keyframes.diffusion import KEYS, TEMPERATURE, patches, places, schedule, vote
from artwalks_live.bake.keyframes.leg import encoded, grid, reduce
from artwalks_live.bake.keyframes.transport import Balanced, assign, attend, balance
from artwalks_live.bake.outlay import MOST, Coarse, Outlay, laid
from artwalks_live.bake.precious import precious

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
_LEVELS = (16, 24, 32, 48, 64)  # heights, for a 16:9 frame, at which it is grown
_PATCH = 7
_SPARED = 4.0  # logarithm of how much less what is precious may be used
_TORN = 0.3  # how much less a patch that reaches over the painting's edge
_ROUNDS = 6


@dataclass(frozen=True)
class Pull:
    """How strongly a place keeps to its own side of the painting, and to its own height.

    slope   what it costs a piece to be moved up or down by the whole height, in squared colour difference
    """

    side: float
    level: float
    slope: float


BESIDE = Pull(side=12.0, level=800.0, slope=40.0)
ABOVE = Pull(side=60.0, level=40.0, slope=2.0)  # a sky may go on with any part of a sky


def outpainting(painting: Bytes, inset: Inset, most: int = MOST) -> Callable[[Bytes, Inset], Bytes]:
    """Find out how a painting goes on.

    painting  (h, w, 3) uint8 sRGB, at its size in the frame
    most      pixels that are laid, see `laid`
    returns   what lays a frame (H, W, 3) around the same painting at any size; the painting itself is as it was

    About 2 s of one core, and to lay 2 s more at 2560x1440, in 0.7 GB. No weights; the same bits every time.
    """
    spared = precious(painting)
    if inset.height == inset.size[1]:
        outlay = _grown(painting, inset, spared, BESIDE)
        return lambda picture, there: laid(picture, there, outlay, most)
    sideways = _turned(painting)
    outlay = _grown(sideways, inset.turned, np.ascontiguousarray(spared.T), ABOVE)
    return lambda picture, there: _turned(laid(_turned(picture), there.turned, outlay, most))


def _turned(picture: Bytes) -> Bytes:
    return np.ascontiguousarray(picture.swapaxes(0, 1))


def _grown(painting: Bytes, inset: Inset, spared: Array, pull: Pull) -> Outlay:
    """Grow to the left and to the right, coarse to fine."""
    calm = ground(painting, inset, spared)
    picture, field = encoded(calm), np.zeros((1, 1, 3), np.int32)
    for k, level in enumerate(_LEVELS):
        small = _Small.of(painting, inset, spared, level, pull)
        sigmas = schedule(0.6 if k == 0 else 0.3, 0.04, 6 if k == 0 else 4)
        picture, field = small.grown(reduce(picture, small.inset.size[::-1]), sigmas)
    return Outlay.of(painting, calm, Coarse(small.inset, field, spared, pull.slope))


@dataclass(frozen=True)
class _Small:
    """A painting and its frame at one size, cut into patches.

    inset     where the painting is, in a frame of (w, h)
    painting  (h, n, 3) float32, sRGB in [-1, 1]
    values    (2hn, patch) the patches of the painting, then those of its mirror image
    keys      (2hn, KEYS) their leading principal components; basis (patch, KEYS)
    free      (2hn,) how freely each may be used
    """

    inset: Inset
    painting: Array
    values: Array
    keys: Array
    basis: Array
    free: Array
    pull: Pull

    @classmethod
    def of(cls, painting: Bytes, inset: Inset, spared: Array, level: int, pull: Pull) -> _Small:
        """Reduce a painting (h, w, 3) to a level."""
        small = inset.at(grid(inset.size[::-1], level)[::-1])
        there = reduce(encoded(painting), (small.height, small.width))
        values = np.concatenate([patches(there, _PATCH), patches(np.ascontiguousarray(there[:, ::-1]), _PATCH)])
        centred = values - values.mean(0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        basis = np.ascontiguousarray(vectors[:, ::-1][:, :KEYS])
        free = np.exp(-_SPARED * cv2.resize(spared, (small.width, small.height), interpolation=cv2.INTER_LINEAR))
        if small.width > 3 * _PATCH:
            free[:, : _PATCH // 2] *= _TORN
            free[:, -(_PATCH // 2) :] *= _TORN
        both = np.concatenate([free.ravel(), free[:, ::-1].ravel()]).astype(np.float32)
        return cls(small, there, values, values @ basis, basis, both, pull)

    def grown(self, start: Array, sigmas: Array) -> tuple[Array, NDArray[np.int32]]:
        """Denoise a frame (h, w, 3) along sigmas, the painting held. Returns it and its field (see `_field`)."""
        shape = start.shape[:2]
        noise = np.random.default_rng(shape[0]).standard_normal((*shape, 3), dtype=np.float32)
        known = np.zeros(shape, np.uint8)
        known[self.inset.painting] = 1
        asked = cv2.erode(known, np.ones((_PATCH, _PATCH), np.uint8)).ravel() == 0
        state = start + sigmas[0] * noise
        for sigma, following in zip(sigmas, [*sigmas[1:], 0.0], strict=True):
            rows = np.zeros((len(asked), self.values.shape[1]), np.float32)
            rows[asked] = attend(self._plan(state, float(sigma), asked), self.values)
            clean = vote(rows, shape, _PATCH)
            state = clean + (state - clean) * np.float32(following / sigma)
            state[self.inset.painting] = self.painting + np.float32(following) * noise[self.inset.painting]
        chosen = np.zeros(len(asked), np.int64)
        chosen[asked] = assign(self._plan(state, 0.2, asked))
        return state, self._field(chosen.reshape(shape))

    def _plan(self, state: Array, sigma: float, asked: NDArray[np.bool_]) -> Balanced:
        """The balanced attention of the places asked over all patches, at a noise level."""
        scale = np.float32(1.0 / (sigma * sigma * TEMPERATURE))
        pull = np.array([2.0 * self.pull.side, 2.0 * self.pull.level], np.float32)
        there = places(self.painting.shape[:2])
        there = np.concatenate([there, np.abs(there - np.array([1.0, 0.0], np.float32))])
        queries = np.concatenate([patches(state, _PATCH)[asked] @ self.basis * scale, self._places()[asked] * pull], 1)
        logits = queries @ np.concatenate([self.keys, there], axis=1).T
        logits -= 0.5 * scale * (self.keys**2).sum(1) + 0.5 * (pull * there**2).sum(1) - np.log(self.free)
        return balance(logits, self.free / self.free.sum(), _ROUNDS)

    def _places(self) -> Array:
        """Each place of the frame as one of the painting, in [0, 1]: what is left of it is its left edge."""
        width, height = self.inset.size
        x = np.clip((np.arange(width) - self.inset.left) / max(1, self.inset.width - 1), 0.0, 1.0)
        return np.stack(np.meshgrid(x, np.linspace(0.0, 1.0, height)), axis=-1).reshape(-1, 2).astype(np.float32)

    def _field(self, chosen: NDArray[np.int64]) -> NDArray[np.int32]:
        """Which picture each place shows, and from how far away: (h, w, 3) of 0 or 1 (mirror image), dy, dx.

        The mirror image stands in the frame where the painting does.
        """
        mirror, place = np.divmod(chosen, self.inset.height * self.inset.width)
        y, x = np.divmod(place, self.inset.width)
        rows, columns = np.indices(chosen.shape)
        field = np.stack([mirror, y - rows, x + self.inset.left - columns], axis=-1).astype(np.int32)
        field[self.inset.painting] = 0
        return field
