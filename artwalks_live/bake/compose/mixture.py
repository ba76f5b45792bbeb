"""A picture of several paintings at once, by analytic patch diffusion with balanced attention.

What `keyframes.patch` does between two paintings, for any number of them with weights: the denoiser's budget lets every
patch of painting i be used w_i/n times in all, its odds follow territories that the latent's noise moves, and all are
at the palette of the weighted barycentre. A chain of small pictures goes through the song; each starts from the one
before (SDEdit), and is turned into whole pieces of the paintings that are laid at full size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose import territories
from artwalks_live.bake.compose.attention import Denoiser
from artwalks_live.bake.compose.palettes import Affine, Palettes, moved, onward
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.bake.keyframes.compose import laid, outlines, sources
from artwalks_live.bake.keyframes.diffusion import schedule
from artwalks_live.bake.keyframes.field import Pieces, common_shifts, cost_volume, settle, shifts_of
from artwalks_live.bake.keyframes.leg import encoded, grid, reduce
from artwalks_live.bake.keyframes.patch import FIELD_LEVEL, LABEL_SCALE, decoded

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]
MOST = 3  # paintings in one picture: of more, none is left to be seen
LEVELS = (16, 24, 32)  # heights, for a 16:9 canvas, at which the chain is painted
FINEST = 48  # and at which pieces are found
SMALL = 288
CHAIN = 0.5  # how much of a picture lives on in the next
KEPT = np.float32(0.06)  # what it is worth that a piece stands where it stood in the picture before
TURNS = 4
"""Numbers that turn the grain from which pictures grow."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a picture is to be made of.

    weights   painting → weight > 0, at most MOST of them, summing to 1
    waves     (N, territories.COUNT) of the latent, for every painting
    turns     (TURNS,) of the latent
    """

    weights: Mapping[int, float]
    waves: NDArray[np.float64]
    turns: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Link:
    """One picture of the chain, small; what the next one starts from.

    paintings   which ones it is made of, in the order of `shares` and of the pieces' shifts
    weights     theirs
    picture     (h, w, 3) sRGB in [-1, 1];  shares (K, h, w)
    pieces      the whole pieces that it is laid from
    """

    paintings: tuple[int, ...]
    weights: tuple[float, ...]
    picture: Array
    shares: Array
    pieces: Pieces

    def packed(self) -> dict[str, NDArray[np.generic]]:
        """As arrays only."""
        return {
            "paintings": np.array(self.paintings, np.int32), "weights": np.array(self.weights, np.float64),
            "picture": self.picture, "shares": self.shares, "shifts": self.pieces.shifts, "labels": self.pieces.labels,
        }  # fmt: skip

    @classmethod
    def unpacked(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Link:
        """The reverse."""
        a = {name: np.asarray(array) for name, array in arrays.items()}
        pieces = Pieces(a["shifts"], a["labels"])
        return cls(tuple(a["paintings"].tolist()), tuple(a["weights"].tolist()), a["picture"], a["shares"], pieces)


@dataclass(frozen=True, eq=False)
class _Mix:
    """The paintings of a picture, the maps of their colours to its palette, and whose each place is (K, h, w)."""

    chosen: tuple[int, ...]
    maps: list[Affine]
    shares: Array


class Mixture:
    """Paintings that pictures are made of.

    canvases   (H, W, 3) uint8 sRGB each, all of the walk's size
    """

    def __init__(self, canvases: Sequence[Pixels], seed: int) -> None:
        self._canvases, self._seed = canvases, seed
        self.shape = canvases[0].shape[:2]

    @cached_property
    def _small(self) -> list[Array]:
        return [encoded(reduce(canvas, grid(self.shape, SMALL))) for canvas in self._canvases]

    @cached_property
    def _palettes(self) -> Palettes:
        return Palettes.of(self._small)

    def alone(self, painting: int) -> Link:
        """The link of a keyframe that is a painting itself."""
        shape, fine = grid(self.shape, LEVELS[-1]), self._fine
        pieces = Pieces(np.zeros((1, 3), np.int32), np.zeros(fine, np.int32))
        whole = np.ones((1, *shape), np.float32)
        return Link((painting,), (1.0,), reduce(self._small[painting], shape), whole, pieces)

    def link(self, wanted: Wanted, before: Link | None) -> Link:
        """Paint the next small picture of the chain and find its pieces."""
        chosen = tuple(sorted(wanted.weights))
        weights = tuple(wanted.weights[painting] for painting in chosen)
        if len(chosen) == 1:
            return self.alone(chosen[0])
        shape = grid(self.shape, LEVELS[-1])
        fields = [territories.field(wanted.waves[i], self._small[i], shape) for i in chosen]
        mix = _Mix(chosen, self._maps(chosen, weights), territories.shares(fields, weights))
        picture = self._start(mix, before)
        noise = 0.35 ** (CHAIN if before is not None else 0.0)
        for k, level in enumerate(LEVELS):
            sigmas = schedule(noise if k == 0 else 0.25 + 0.15 * (1.0 - CHAIN), 0.04, 5 if k == 0 else 4)
            denoiser = self._denoiser(mix, level)
            picture = denoiser.sample(reduce(picture, denoiser.shape), self._grain(wanted, denoiser.shape), sigmas)
        return Link(chosen, weights, picture, mix.shares, self._pieces(mix, picture, wanted, before))

    def lay(self, link: Link) -> Pixels:
        """A keyframe at full size."""
        maps = self._maps(link.paintings, link.weights)
        full = [moved(encoded(self._canvases[i]), map_) for i, map_ in zip(link.paintings, maps, strict=True)]
        return decoded(laid(full, sources(link.pieces, outlines(link.pieces, self.shape))))

    def field(self, link: Link) -> PatchField:
        """Where the places of a keyframe come from, paintings by their number in the walk."""
        shape = grid(self.shape, FIELD_LEVEL)
        painting, dy, dx = sources(link.pieces, outlines(link.pieces, shape))
        y, x = np.indices(shape, np.float32)
        numbers = np.array(link.paintings, np.uint8)[painting.astype(int)]
        inside_x = np.clip(x + dx, 0, shape[1] - 1).astype(np.float32)
        return PatchField(numbers, inside_x, np.clip(y + dy, 0, shape[0] - 1).astype(np.float32))

    @property
    def _fine(self) -> tuple[int, int]:
        height, width = grid(self.shape, FINEST)
        return height * LABEL_SCALE, width * LABEL_SCALE

    def _maps(self, chosen: Sequence[int], weights: Sequence[float]) -> list[Affine]:
        every = np.zeros(len(self._canvases))
        every[list(chosen)] = weights
        maps = self._palettes.maps(every)
        return [maps[i] for i in chosen]

    def _at(self, mix: _Mix, shape: tuple[int, int]) -> list[Array]:
        return [moved(reduce(self._small[i], shape), map_) for i, map_ in zip(mix.chosen, mix.maps, strict=True)]

    def _denoiser(self, mix: _Mix, level: int) -> Denoiser:
        shape = grid(self.shape, level)
        odds = np.stack([reduce(share, shape) for share in mix.shares])
        return Denoiser.of(self._at(mix, shape), odds, level == LEVELS[0])

    def _start(self, mix: _Mix, before: Link | None) -> Array:
        """What the picture grows from: the one before, but anew where a place has changed hands."""
        chosen, shares = mix.chosen, mix.shares
        shape = shares.shape[1], shares.shape[2]
        anew = np.zeros((*shape, 3), np.float32)
        for share, part in zip(shares, self._at(mix, shape), strict=True):
            anew += share[..., None] * part
        if before is None:
            return anew
        then = self._maps(before.paintings, before.weights)
        now = self._maps_at(before.paintings, mix)
        kept = np.zeros_like(anew)
        fresh = np.zeros(shape, np.float32)
        for i, share, old, new in zip(before.paintings, before.shares, then, now, strict=True):
            kept += share[..., None] * onward(before.picture, old, new)
            fresh += np.maximum(share - (shares[chosen.index(i)] if i in chosen else 0.0), 0.0)
        onto = np.clip(fresh, 0.0, 1.0)[..., None]
        lived = kept * (1.0 - onto) + anew * onto
        return np.asarray(CHAIN * lived + (1.0 - CHAIN) * anew, np.float32)

    def _maps_at(self, old: Sequence[int], mix: _Mix) -> list[Affine]:
        """The maps of the paintings before to the palette of now, or nearly, of one that is not in it any more."""
        known = dict(zip(mix.chosen, mix.maps, strict=True))
        if all(i in known for i in old):
            return [known[i] for i in old]
        every = np.zeros(len(self._canvases))
        every[list(mix.chosen)] = 1.0 / len(mix.chosen)
        spare = self._palettes.maps(every)
        return [known.get(i, spare[i]) for i in old]

    def _grain(self, wanted: Wanted, shape: tuple[int, int]) -> Array:
        """Gaussian noise of variance 1 that turns smoothly as the latent moves."""
        turn = np.concatenate([[1.0], wanted.turns])
        turn /= np.linalg.norm(turn)
        rng = np.random.default_rng((self._seed, shape[0]))
        grains = rng.standard_normal((len(turn), *shape, 3), dtype=np.float32)
        return np.asarray(np.tensordot(turn.astype(np.float32), grains, 1))

    def _pieces(self, mix: _Mix, picture: Array, wanted: Wanted, before: Link | None) -> Pieces:
        """Paint the picture at the finest level, and find the pieces of paintings that it is made of."""
        denoiser = self._denoiser(mix, FINEST)
        grain = self._grain(wanted, denoiser.shape)
        picture = denoiser.sample(reduce(picture, denoiser.shape), grain, schedule(0.2, 0.04, 3))
        field = shifts_of(denoiser.choose(picture, 0.3))
        fine = self._at(mix, self._fine)
        spread = np.repeat(np.repeat(field, LABEL_SCALE, 0), LABEL_SCALE, 1).astype(np.float32)
        target = laid(fine, (spread[..., 0], spread[..., 1] * LABEL_SCALE, spread[..., 2] * LABEL_SCALE))
        shifts = common_shifts(field, len(mix.chosen)) * np.array([1, LABEL_SCALE, LABEL_SCALE], np.int32)
        volume = cost_volume(target, fine, shifts)
        if before is not None:
            _remember(volume, shifts, mix.chosen, before)
        return Pieces(shifts, settle(volume, len(mix.chosen)))


def _remember(volume: Array, shifts: NDArray[np.int32], chosen: Sequence[int], before: Link) -> None:
    """Make it cheaper that the same piece of the same painting stands where it stood before."""
    stood = before.pieces.shifts[before.pieces.labels]
    painting = np.array(before.paintings)[stood[..., 0]]
    for k, (number, dy, dx) in enumerate(shifts):
        same = (painting == chosen[number]) & (np.abs(stood[..., 1] - dy) <= 2) & (np.abs(stood[..., 2] - dx) <= 2)
        volume[k] -= KEPT * cv2.blur(same.astype(np.float32), (3, 3))
