"""A whole leg, coarsely: from A to B place by place.

A chain of small pictures follows the front (`order`): each starts from the one before, with the newly taken places
turned to B and some noise added, and is painted anew by the denoiser, whose odds for A and B follow the front. Between
two pictures of the chain the change is spread over its places too, so the path is continuous and lands on B itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes import Picture
from artwalks_live.bake.keyframes.diffusion import Denoiser, schedule
from artwalks_live.bake.keyframes.order import front, order, ranks
from artwalks_live.bake.keyframes.palette import PalettePath

Array = NDArray[np.float32]
Pixel = TypeVar("Pixel", np.float32, np.uint8)
SMALL = 288  # height, for a 16:9 canvas, of the paintings that the leg works from
LEVELS = (16, 24, 32)  # heights, for a 16:9 canvas, at which the chain is painted
PATCH = 9
PULL = 12.0  # how strongly patches prefer their own place, at the first level; twice that later
LINKS = 16  # pictures in the chain, B counted


def grid(shape: tuple[int, int], level: int) -> tuple[int, int]:
    """The (h, w) with the canvas's aspect that holds as many pixels as a 16:9 picture of height `level`.

    Never finer than half the canvas.
    """
    scale = min(level / np.sqrt(shape[0] * shape[1] * 9 / 16), 0.5)
    return max(8, round(shape[0] * scale)), max(8, round(shape[1] * scale))


def encoded(picture: NDArray[np.uint8]) -> Array:
    """uint8 sRGB → float32 sRGB in [-1, 1]."""
    return picture.astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def reduced(picture: Picture) -> Array:
    """A painting at SMALL, sRGB in [-1, 1]: palettes and all coarse work are taken from it."""
    return encoded(reduce(picture.canvas, grid(picture.canvas.shape[:2], SMALL)))


def reduce(picture: NDArray[Pixel], shape: tuple[int, int]) -> NDArray[Pixel]:
    """The picture at (h, w): averaged over boxes when that is smaller, interpolated when larger."""
    smaller = shape[0] <= picture.shape[0]
    resized: NDArray[Pixel] = cv2.resize(
        picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    )
    return resized


@dataclass(frozen=True)
class Link:
    """One place on the path.

    weight   of B, and of its palette
    picture  (h, w, 3) float32, sRGB in [-1, 1]
    share    (h, w) in [0, 1], how much of each place is B's
    """

    weight: float
    picture: Array
    share: Array


@dataclass(frozen=True)
class Leg:
    """Two paintings, small, and the order in which places pass from one to the other.

    canvas          (H, W), the size of the walk
    a, b            (h, w, 3), sRGB in [-1, 1], at SMALL
    moments, stakes (h, w) at the chain's last level, as `order` gives them
    """

    canvas: tuple[int, int]

    a: Array
    b: Array
    palette: PalettePath
    moments: Array
    stakes: Array
    chain: float
    seed: int

    @classmethod
    def between(cls, a: Picture, b: Picture, chain: float, seed: int) -> Leg:
        """Prepare a leg between two paintings."""
        canvas = a.canvas.shape[:2]
        small = [reduced(picture) for picture in (a, b)]
        palette = PalettePath.between(*small)
        shape = grid(canvas, LEVELS[-1])
        met = [palette.move(reduce(picture, shape), i, 0.5) for i, picture in enumerate(small)]
        moments, stakes = order(met[0], met[1], np.random.default_rng((seed, 1)))
        return cls(canvas, small[0], small[1], palette, moments, stakes, chain, seed)

    def at(self, weight: float, shape: tuple[int, int]) -> tuple[Array, Array]:
        """Both paintings at a size (h, w) and at the palette of a weight."""
        pair = (self.a, self.b)
        small = [self.palette.move(reduce(picture, shape), i, weight) for i, picture in enumerate(pair)]
        return small[0], small[1]

    def walk(self, report: Callable[[float], None]) -> list[Link]:
        """The chain: from A itself to B itself, LINKS steps; the share done is reported after each."""
        shape = self.moments.shape
        nothing = np.zeros(shape, np.float32)
        links = [Link(0.0, reduce(self.a, shape), nothing)]
        for j in range(1, LINKS):
            links.append(self._next(links[-1], j / LINKS))
            report(j / LINKS)
        return [*links, Link(1.0, reduce(self.b, shape), nothing + 1.0)]

    def _next(self, last: Link, weight: float) -> Link:
        """The picture that follows: the new places turned to B, then noised and painted anew."""
        before, now = front(self.moments, self.stakes, last.weight), front(self.moments, self.stakes, weight)
        a, b = self.at(weight, self.moments.shape)
        fresh = np.clip((now - before) / np.maximum(1.0 - before, 1e-3), 0.0, 1.0)[..., None]
        onward = self.recolour(last, weight) * (1.0 - fresh) + b * fresh
        anew = a * (1.0 - now[..., None]) + b * now[..., None]
        noise = 0.35**self.chain
        picture = self.chain * onward + (1.0 - self.chain) * anew
        share = now
        for k, level in enumerate(LEVELS):
            sigmas = schedule(noise if k == 0 else 0.25 + 0.15 * (1.0 - self.chain), 0.04, 5 if k == 0 else 4)
            picture, share = self.paint(picture, weight, level, sigmas)
        return Link(weight, picture, share)

    def paint(self, picture: Array, weight: float, level: int, sigmas: Array) -> tuple[Array, Array]:
        """Denoise a picture (h, w, 3) at a level: the new picture and B's share of each place."""
        shape = grid(self.canvas, level)
        denoiser = self.denoiser(weight, level)
        noise = np.random.default_rng((self.seed, level)).standard_normal((*shape, 3), dtype=np.float32)
        return denoiser.sample(reduce(picture, shape), noise, sigmas)

    def denoiser(self, weight: float, level: int) -> Denoiser:
        """The denoiser of a level at a weight, its odds following the front."""
        shape = grid(self.canvas, level)
        odds = reduce(front(self.moments, self.stakes, weight), shape)
        a, b = self.at(weight, shape)
        return Denoiser.of(a, b, PATCH, odds, PULL * (1 if level == LEVELS[0] else 2))

    def recolour(self, link: Link, weight: float) -> Array:
        """A link's picture at the palette of another weight."""
        a, b = (self.palette.onward(link.picture, i, link.weight, weight) for i in (0, 1))
        return a + (b - a) * link.share[..., None]

    def path(self, links: list[Link], steps: int) -> list[Link]:
        """The links and, in `steps` steps from each to the next, places where only part of the change has happened."""
        places: list[Link] = []
        for last, following in pairwise(links):
            places.append(last)
            places.extend(self.partly(last, following, step / steps) for step in range(1, steps))
        return [*places, links[-1]]

    def partly(self, last: Link, following: Link, part: float) -> Link:
        """The picture when `part` of the change from one link to the next has happened, in the places' order."""
        weight = last.weight + part * (following.weight - last.weight)
        change = ((following.picture - last.picture) ** 2).mean(2) + np.float32(1e-6)
        change /= change.sum()
        gone = front(ranks(self.moments, change), change, part)[..., None]
        picture = self.recolour(last, weight) * (1.0 - gone) + self.recolour(following, weight) * gone
        return Link(weight, picture, last.share + gone[..., 0] * (following.share - last.share))
