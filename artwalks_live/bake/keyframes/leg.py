"""A whole leg, coarsely: from A to B place by place, in steps of equal size.

Each place of the picture has its moment at which B takes it over (`order`): neighbouring places, and places of one
form, at about the same time. A chain of small pictures follows that front: each starts from the one before, with the
newly taken places turned to B and some noise added, and is painted anew by the denoiser, whose odds for A and B follow
the front. Between two pictures of the chain the change is spread over their places too, so the path is continuous, and
keyframes can be set along it at equal distances.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.keyframes.diffusion import Denoiser, schedule
from artwalks_live.bake.keyframes.palette import PalettePath

Array = NDArray[np.float32]
LEVELS = (16, 24, 32)  # heights, for a 16:9 canvas, at which the chain is painted
PATCH = 9
PULL = 12.0
REGIONS = 40
ORDERS = 48  # orders drawn, of which the best is kept
BROAD = 0.22  # how broad their noise is, in heights
SOFT = 0.12  # how much of the picture the front covers at a time
LINKS = 16  # pictures in the chain, B counted
BETWEEN = 8  # places on the path between two of them
METRIC = (32, 18)  # the size at which steps are compared


def grid(shape: tuple[int, int], level: int) -> tuple[int, int]:
    """The (h, w) with the canvas's aspect that holds as many pixels as a 16:9 picture of height `level`.

    Never finer than half the canvas.
    """
    scale = min(level / np.sqrt(shape[0] * shape[1] * 9 / 16), 0.5)
    return max(8, round(shape[0] * scale)), max(8, round(shape[1] * scale))


def reduce(picture: Array, shape: tuple[int, int]) -> Array:
    """The picture at (h, w): averaged over boxes when that is smaller, interpolated when larger."""
    smaller = shape[0] <= picture.shape[0]
    resized: Array = cv2.resize(
        picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    )
    return resized


def signature(picture: Array) -> Array:
    """What steps are measured on: the picture box-reduced to 32x18 (18x32 upright), as a vector."""
    upright = picture.shape[0] > picture.shape[1]
    size = METRIC[::-1] if upright else METRIC
    reduced: Array = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).ravel()
    return reduced


def ranks(values: Array, stakes: Array) -> Array:
    """How much is at stake at lower values than each place's, in (0, 1); stakes sum to 1."""
    flat = np.empty(values.size, np.float32)
    rising = np.argsort(values.ravel(), kind="stable")
    at_stake = stakes.ravel()[rising]
    flat[rising] = np.cumsum(at_stake) - 0.5 * at_stake
    return flat.reshape(values.shape)


def regions(a: Array, b: Array) -> NDArray[np.int64]:
    """Cut the canvas into about REGIONS pieces that follow the forms of both paintings (k-means, as SLIC does)."""
    height, width = a.shape[:2]
    y, x = np.meshgrid(np.arange(height) / height, np.arange(width) / height, indexing="ij")
    place = 2.4 * np.stack([y, x], axis=-1)
    colours = [cv2.GaussianBlur(picture, (0, 0), 1.0) for picture in (a, b)]
    features = np.concatenate([*colours, place], axis=2).astype(np.float32)
    rows = max(1, round(np.sqrt(REGIONS * height / width)))
    columns = max(1, round(REGIONS / rows))
    start_y = ((np.arange(rows) + 0.5) * height / rows).astype(int)
    start_x = ((np.arange(columns) + 0.5) * width / columns).astype(int)
    centres = features[start_y][:, start_x].reshape(-1, 8)
    flat = features.reshape(-1, 8)
    nearest = np.zeros(len(flat), np.int64)
    for _ in range(8):
        nearest = np.argmin((centres**2).sum(1) - 2.0 * flat @ centres.T, axis=1)
        for k in np.unique(nearest):
            centres[k] = flat[nearest == k].mean(0)
    return nearest.reshape(height, width)


def order(a: Array, b: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """When B takes over each place, and how much of the whole change that place is.

    a, b     (h, w, 3), at the middle palette
    returns  moments (h, w) in (0, 1): of several drawn orders the one whose front cuts least through forms;
             stakes (h, w), summing to 1: how different the paintings are there
    """
    difference = cv2.GaussianBlur(((a - b) ** 2).mean(2), (0, 0), 1.0)
    stakes = difference + 0.25 * difference.mean() + 1e-6
    stakes /= stakes.sum()
    forms = sum(cv2.GaussianBlur(_slope(picture), (0, 0), 1.0) for picture in (a, b))
    cost = np.sqrt(difference) + 0.5 * forms
    cut = regions(a, b)
    best, least = np.zeros_like(stakes), np.inf
    for _ in range(ORDERS):
        moments = _drawn(cut, stakes, rng)
        slope = _slope(moments[..., None])
        through = float((cost * slope).sum() / slope.sum())
        if through < least:
            best, least = moments, through
    return best, stakes


def _slope(picture: Array) -> Array:
    """Gradient magnitude (h, w) of a picture (h, w, C)."""
    down, across = np.gradient(picture, axis=(0, 1))
    slope: Array = np.sqrt((down**2 + across**2).sum(2))
    return slope


def _drawn(cut: NDArray[np.int64], stakes: Array, rng: np.random.Generator) -> Array:
    """One order at random: broad noise, mostly constant within each region, spread evenly over the change."""
    noise = rng.standard_normal(cut.shape).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), BROAD * min(cut.shape), borderType=cv2.BORDER_REFLECT_101)
    noise = (noise - noise.mean()) / noise.std()
    means = np.bincount(cut.ravel(), noise.ravel()) / np.maximum(np.bincount(cut.ravel()), 1)
    moments = means[cut].astype(np.float32)
    moments = (moments - moments.mean()) / (moments.std() + 1e-6)
    return ranks(cv2.GaussianBlur(moments, (0, 0), 0.6) + 0.35 * noise, stakes)


def front(moments: Array, stakes: Array, weight: float) -> Array:
    """How far B has taken over each place when `weight` of the change is done: (h, w) in [0, 1]."""
    if weight <= 0.0 or weight >= 1.0:
        return np.full_like(moments, min(max(weight, 0.0), 1.0))
    low, high = -SOFT, 1.0 + SOFT
    taken: Array = moments
    for _ in range(30):
        middle = 0.5 * (low + high)
        taken = np.clip((middle - moments) / SOFT + 0.5, 0.0, 1.0)
        taken *= taken * (3.0 - 2.0 * taken)
        low, high = (middle, high) if (taken * stakes).sum() < weight else (low, middle)
    return taken


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
    """Two paintings, and the order in which places pass from one to the other."""

    a: Array
    b: Array
    palette: PalettePath
    moments: Array
    stakes: Array
    chain: float
    seed: int

    @classmethod
    def between(cls, a: Array, b: Array, chain: float, seed: int) -> Leg:
        """Prepare a leg between two paintings (H, W, 3), sRGB in [-1, 1]."""
        palette = PalettePath.between(a, b)
        shape = grid(a.shape[:2], LEVELS[-1])
        small = [palette.move(reduce(picture, shape), i, 0.5) for i, picture in enumerate((a, b))]
        moments, stakes = order(small[0], small[1], np.random.default_rng((seed, 1)))
        return cls(a, b, palette, moments, stakes, chain, seed)

    def at(self, weight: float, shape: tuple[int, int]) -> tuple[Array, Array]:
        """Both paintings at a size (h, w) and at the palette of a weight."""
        pair = (self.a, self.b)
        small = [self.palette.move(reduce(picture, shape), i, weight) for i, picture in enumerate(pair)]
        return small[0], small[1]

    def walk(self) -> list[Link]:
        """The chain: from A itself to B itself, LINKS steps."""
        shape = self.moments.shape
        nothing = np.zeros(shape, np.float32)
        links = [Link(0.0, reduce(self.a, shape), nothing)]
        for j in range(1, LINKS):
            links.append(self._next(links[-1], j / LINKS))
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
        shape = grid(self.a.shape[:2], level)
        denoiser = self.denoiser(weight, level)
        noise = np.random.default_rng((self.seed, level)).standard_normal((*shape, 3), dtype=np.float32)
        return denoiser.sample(reduce(picture, shape), noise, sigmas)

    def denoiser(self, weight: float, level: int) -> Denoiser:
        """The denoiser of a level at a weight, its odds following the front."""
        shape = grid(self.a.shape[:2], level)
        odds = reduce(front(self.moments, self.stakes, weight), shape)
        a, b = self.at(weight, shape)
        return Denoiser.of(a, b, PATCH, odds, PULL * (1 if level == LEVELS[0] else 2))

    def recolour(self, link: Link, weight: float) -> Array:
        """A link's picture at the palette of another weight."""
        a, b = (self.palette.onward(link.picture, i, link.weight, weight) for i in (0, 1))
        return a + (b - a) * link.share[..., None]

    def path(self, links: list[Link]) -> list[Link]:
        """The links with BETWEEN places between each two of them, where only part of the change has happened."""
        places: list[Link] = []
        for last, following in pairwise(links):
            places.append(last)
            for step in range(1, BETWEEN):
                places.append(self.partly(last, following, step / BETWEEN))
        return [*places, links[-1]]

    def partly(self, last: Link, following: Link, part: float) -> Link:
        """The picture when `part` of the places have gone on from one link to the next."""
        weight = last.weight + part * (following.weight - last.weight)
        gone = front(self.moments, self.stakes, part)[..., None]
        picture = self.recolour(last, weight) * (1.0 - gone) + self.recolour(following, weight) * gone
        return Link(weight, picture, last.share + gone[..., 0] * (following.share - last.share))


def even_choice(signatures: Array, count: int) -> list[int]:
    """Which `count` places of a path to stop at so that the steps, ends included, are most alike.

    signatures  (M, D), the first and last are the paintings
    returns     increasing indices strictly inside the path

    For every smallest step allowed, dynamic programming finds the least largest step; the best ratio wins.
    """
    squares = (signatures**2).sum(1)
    product = signatures @ signatures.T
    distance = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2.0 * product, 0.0) / signatures.shape[1])
    whole = float(distance[0, -1])
    best, best_ratio = [round((i + 1) * (len(squares) - 1) / (count + 1)) for i in range(count)], np.inf
    if whole < 1e-6 or count == 0:
        return best
    for least in np.linspace(0.05, 1.0, 96) * whole:
        stops, largest = _least_largest(distance, count, float(least))
        if stops is not None and largest / least < best_ratio:
            best, best_ratio = stops, largest / float(least)
    return best


def _least_largest(distance: Array, count: int, least: float) -> tuple[list[int] | None, float]:
    """The stops whose largest step is least when no step may be smaller than `least`."""
    size = len(distance)
    step = np.where(np.triu(np.ones((size, size), bool), 1) & (distance >= least), distance, np.inf)
    reached, came = step[0], []
    for _ in range(count):
        through = np.maximum(reached[:, None], step)
        came.append(np.argmin(through, axis=0))
        reached = np.min(through, axis=0)
    if not np.isfinite(reached[-1]):
        return None, np.inf
    stops = [size - 1]
    for previous in reversed(came):
        stops.append(int(previous[stops[-1]]))
    return stops[:0:-1], float(reached[-1])
