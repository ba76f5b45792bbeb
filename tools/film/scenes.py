"""Training scenes, made on the fly: layers of texture moving over one another, with exact in-betweens at any instant.

A layer is a texture with a shape. From instant 0 to 1 it moves, turns, grows and bends evenly, and passes its own
place at ½. So the picture at every instant is known exactly, and so are the flows and the occlusions at ½. What a walk
shows is mostly one picture becoming *another*: some scenes have two looks — the palette, contrast, light and strokes
of one end are not those of the other — and each end of the pair is drawn in its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.dis import even_start
from tools.film.textures import Random, Textures, fractal

Array = NDArray[np.float32]
SOFT = 0.5  # share of scenes drawn at half the resolution: small pictures are enlarged before the network sees them
UNAIDED = 0.15  # share of scenes without a rough flow to start from, so that the network does not merely believe it


@dataclass(frozen=True)
class Scene:
    """One example; pictures are (H, W, 3) float32 sRGB-encoded [0, 1].

    first, last     the two ends as the network sees them, with grain
    middle          at ½, in the look of the first end, and of the last
    other           at the phase `phase`, likewise in both looks
    flow            (H/2, W/2, 4) float32: at ½, where each place was at the two ends, doubled: what B and F should be
                    in pixels of the pictures
    seen            (H/2, W/2, 2) float32: whether it can be seen at the ends, 0 or 1
    start           (H/2, W/2, 4) float32: a rough flow, found by search, as the network is given one
    turn            (H/2, W/2) float32 in (0, 1): when each place crosses over, for scenes of two looks; else ½
    two_looks       whether the ends look different
    """

    first: Array
    last: Array
    middle: tuple[Array, Array]
    other: tuple[Array, Array]
    phase: float
    flow: Array
    seen: Array
    start: Array
    turn: Array
    two_looks: bool


@dataclass(frozen=True)
class Motion:
    """How a layer stands at instant τ = t − ½: where a place of the picture comes from in the layer."""

    centre: Array  # (2,) pixels
    velocity: Array  # (2,) pixels over the whole time
    turn: float  # radians over the whole time
    growth: float  # logarithm of the scale over the whole time
    bend: Array  # (k, 5): wave vector, phase, displacement: smooth waves that grow with τ

    def source(self, x: Array, y: Array, tau: float) -> tuple[Array, Array]:
        """Where the layer is read for the places x, y of the picture."""
        cx, cy = self.centre
        px, py = x - (cx + self.velocity[0] * tau), y - (cy + self.velocity[1] * tau)
        scale = np.exp(-self.growth * tau)
        c, s = np.cos(-self.turn * tau) * scale, np.sin(-self.turn * tau) * scale
        bx, by = self._bent(x, y)
        return cx + c * px - s * py + bx * tau, cy + s * px + c * py + by * tau

    def place(self, u: Array, v: Array, tau: float) -> tuple[Array, Array]:
        """The reverse: where in the picture the places u, v of the layer stand; by fixed point for the bend."""
        cx, cy = self.centre
        scale = np.exp(self.growth * tau)
        c, s = np.cos(self.turn * tau) * scale, np.sin(self.turn * tau) * scale
        x, y = u, v
        for _ in range(5 if len(self.bend) else 1):
            bx, by = self._bent(x, y)
            px, py = u - bx * tau - cx, v - by * tau - cy
            x = cx + self.velocity[0] * tau + c * px - s * py
            y = cy + self.velocity[1] * tau + s * px + c * py
        return x, y

    def _bent(self, x: Array, y: Array) -> tuple[Array | float, Array | float]:
        bx: Array | float = 0.0
        by: Array | float = 0.0
        for kx, ky, phase, dx, dy in self.bend:
            wave = np.sin(kx * x + ky * y + phase)
            bx, by = bx + dx * wave, by + dy * wave
        return bx, by


@dataclass(frozen=True)
class Layer:
    """A texture (S, S, 4) uint8 RGBA in both looks, whose middle is the layer's middle; and its motion."""

    looks: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    motion: Motion
    zoom: float  # texture pixels per picture pixel


@dataclass(frozen=True)
class Look:
    """What a style does to colours (H, W, 3) [0, 1]: a matrix, an offset, a curve."""

    matrix: Array
    offset: Array
    gamma: float

    def __call__(self, colours: Array) -> Array:
        turned = colours @ self.matrix.T + self.offset
        graded: Array = np.clip(turned, 0, 1) ** np.float32(self.gamma)
        return graded


def make(random: Random, textures: Textures, size: tuple[int, int]) -> Scene:
    """Make one scene of the given (width, height), both even."""
    two_looks = random.random() < 0.3
    layers = _layers(random, textures, size, two_looks)
    phase = float(random.uniform(0.08, 0.92))
    grades = _grades(random, two_looks)
    drawn = {tau: _draw(layers, size, tau, two_looks) for tau in (-0.5, 0.0, phase - 0.5, 0.5)}
    flow, seen = _truth(layers, size, {tau: drawn[tau][2] for tau in (-0.5, 0.0, 0.5)})

    def graded(tau: float) -> tuple[Array, Array]:
        """Both looks at τ; a light that changes over a scene of one look is between its ends."""
        a, b = drawn[tau][0], drawn[tau][1]
        if two_looks:
            return grades[0](a), grades[1](b)
        mixed = grades[0](a) * np.float32(0.5 - tau) + grades[1](a) * np.float32(0.5 + tau)
        return mixed, mixed

    grain = random.uniform(0, 0.012) if random.random() < 0.5 else 0.0
    first, last = graded(-0.5)[0], graded(0.5)[1]
    turn = _turn(random, size) if two_looks else np.full((size[1] // 2, size[0] // 2), 0.5, np.float32)
    first, last = _noisy(random, first, grain), _noisy(random, last, grain)
    start = np.zeros_like(flow) if random.random() < UNAIDED else _start(first, last)
    return Scene(first, last, graded(0.0), graded(phase - 0.5), phase, flow, seen, start, turn, two_looks)


def _start(first: Array, last: Array) -> Array:
    pixels = [np.rint(picture * 255).astype(np.uint8) for picture in (first, last)]
    return even_start(pixels[0], pixels[1])


def _layers(random: Random, textures: Textures, size: tuple[int, int], two_looks: bool) -> list[Layer]:
    width, height = size
    reach = _reach(random, width)
    camera = _motion(random, size, np.array([width / 2, height / 2], np.float32), reach, gentle=True)
    cut = _Cutter(random, textures, max(size), two_looks, 0.5 if random.random() < SOFT else 1.0)
    found = [cut.layer(camera, 0.0)]
    for _ in range(int(random.integers(0, 7))):
        centre = random.uniform([0, 0], [width, height]).astype(np.float32)
        own = _motion(random, size, centre, _reach(random, width), gentle=False)
        share = random.choice([0.0, 1.0, random.random()])
        motion = Motion(own.centre, own.velocity + camera.velocity * np.float32(share), own.turn, own.growth, own.bend)
        radius = width * random.uniform(0.04, 0.35)
        found.append(cut.layer(motion, radius))
    return found


def _reach(random: Random, width: int) -> float:
    """Pixels moved over the whole time: mostly a few, up to a quarter of the width."""
    return float(np.exp(random.uniform(np.log(0.2), np.log(width / 4)))) if random.random() > 0.1 else 0.0


def _motion(random: Random, size: tuple[int, int], centre: Array, reach: float, *, gentle: bool) -> Motion:
    direction = random.uniform(0, 2 * np.pi)
    velocity = reach * np.array([np.cos(direction), np.sin(direction) * 0.7])
    twist = min(1.0, reach / 12) * (0.3 if gentle else 1.0)
    turn = random.normal(0, 0.12) * twist if random.random() < 0.6 else 0.0
    growth = random.normal(0, 0.12) * twist if random.random() < 0.6 else 0.0
    waves = []
    if random.random() < (0.3 if gentle else 0.5):
        for _ in range(int(random.integers(1, 4))):
            angle, period = random.uniform(0, 2 * np.pi), size[0] * random.uniform(0.25, 1.5)
            most = min(reach * 0.5, period / 14)  # steeper, and the layer would fold over itself
            k = 2 * np.pi / period
            waves.append([k * np.cos(angle), k * np.sin(angle), random.uniform(0, 6.3), *random.normal(0, most, 2)])
    return Motion(
        centre.astype(np.float32), velocity.astype(np.float32), turn, growth,
        np.array(waves, np.float32).reshape(-1, 5),
    )  # fmt: skip


@dataclass(frozen=True)
class _Cutter:
    """Cuts the layers of one scene, whose longer side is `extent`, out of textures.

    zoom  texture pixels per picture pixel, at least
    """

    random: Random
    textures: Textures
    extent: int
    two_looks: bool
    zoom: float

    def layer(self, motion: Motion, radius: float) -> Layer:
        """Cut one: the whole ground where the radius is 0, else a shape of about that radius."""
        across = 1.6 * self.extent if radius == 0 else 2.4 * radius
        side = int(np.clip(across * self.zoom, 48, 448))
        paint = self.textures.draw(self.random, side)
        other = _restyled(self.random, paint, self.textures) if self.two_looks else paint
        alpha = np.full((side, side), 255, np.uint8) if radius == 0 else _shape(self.random, side)
        return Layer((np.dstack([paint, alpha]), np.dstack([other, alpha])), motion, side / across)


def _shape(random: Random, side: int) -> NDArray[np.uint8]:
    """An opaque shape that leaves a margin: blob, polygon, ellipse, bar, twigs or holes."""
    mask = np.zeros((side, side), np.uint8)
    middle, radius = side / 2, side / 2.4
    kind = random.integers(6)
    if kind in (0, 1):  # a blob or a polygon: a closed line at varying distance
        angles = np.linspace(0, 2 * np.pi, 200 if kind == 0 else int(random.integers(3, 9)), endpoint=False)
        waves = sum(random.normal(0, 0.35 / n) * np.cos(n * angles + random.uniform(0, 6.3)) for n in range(1, 7))
        far = radius * np.clip(0.75 + waves, 0.25, 1)
        points = np.stack([middle + far * np.cos(angles), middle + far * np.sin(angles)], 1)
        cv2.fillPoly(mask, [(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    elif kind in (2, 3):
        axes = radius * random.uniform(0.15 if kind == 3 else 0.5, 1, 2)
        cv2.ellipse(mask, (side // 2, side // 2), (int(axes[0]), int(axes[1])), random.uniform(0, 180), 0, 360, 255, -1,
                    cv2.LINE_AA)  # fmt: skip
    elif kind == 4:  # twigs: thin lines
        for _ in range(int(random.integers(2, 9))):
            a, b = (middle + random.uniform(-0.7, 0.7, (2, 2)) * radius).astype(int)
            cv2.line(mask, a.tolist(), b.tolist(), 255, int(random.integers(1, max(2, side // 20) + 1)), cv2.LINE_AA)
    else:
        holes = fractal(random, side, 0.0) > random.uniform(-0.3, 0.6)
        y, x = np.mgrid[:side, :side] - middle
        mask = ((np.hypot(x, y) < radius) & holes).astype(np.uint8) * 255
        mask = cv2.GaussianBlur(mask, (0, 0), 0.8)
    return mask


def _restyled(random: Random, paint: NDArray[np.uint8], textures: Textures) -> NDArray[np.uint8]:
    """The same motif by another hand: smoothed, re-laid in patches of another texture's strokes, re-lit."""
    made = paint.astype(np.float32)
    side = paint.shape[0]
    if random.random() < 0.5:
        made = cv2.GaussianBlur(made, (0, 0), random.uniform(0.5, 2.5))
    if random.random() < 0.6:  # the strokes of something else over it
        strokes = textures.draw(random, side).astype(np.float32)
        strokes -= cv2.GaussianBlur(strokes, (0, 0), 6)
        made += strokes * random.uniform(0.3, 1.2)
    if random.random() < 0.5:  # patches that sit a little off: small pieces carried by a rough field
        amount = random.uniform(0.5, 2.5)
        y, x = np.mgrid[:side, :side].astype(np.float32)
        dx, dy = (fractal(random, side, 0.5) * amount for _ in range(2))
        made = cv2.remap(made, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    if random.random() < 0.5:  # another light
        made *= 1 + 0.25 * fractal(random, side, 0.0)[..., None]
    return np.clip(made, 0, 255).astype(np.uint8)


def _grades(random: Random, two_looks: bool) -> tuple[Look, Look]:
    """The palette at either end: far apart for two looks, else the same or nearly."""
    if two_looks:
        return _look(random, 0.12), _look(random, 0.45)
    base = _look(random, 0.15)
    if random.random() < 0.7:
        return base, base
    near = _look(random, 0.05)
    matrix = base.matrix @ near.matrix
    return base, Look(matrix.astype(np.float32), base.offset + near.offset, base.gamma * near.gamma)


def _look(random: Random, amount: float) -> Look:
    matrix = np.eye(3) * random.normal(1, amount) + random.normal(0, amount / 2, (3, 3))
    offset = random.normal(0, amount / 2, 3) + (0.5 - matrix @ np.full(3, 0.5)) * 0.8
    return Look(matrix.astype(np.float32), offset.astype(np.float32), float(np.exp(random.normal(0, amount))))


def _draw(
    layers: list[Layer], size: tuple[int, int], tau: float, two_looks: bool
) -> tuple[Array, Array, NDArray[np.uint8]]:
    """The scene at an instant in both looks, and which layer is on top at each place."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pictures = [np.zeros((height, width, 3), np.float32) for _ in range(2 if two_looks else 1)]
    top = np.zeros((height, width), np.uint8)
    for index, layer in enumerate(layers):
        u, v = layer.motion.source(x, y, tau)
        side = layer.looks[0].shape[0]
        u = ((u - layer.motion.centre[0]) * layer.zoom + (side - 1) / 2).astype(np.float32)
        v = ((v - layer.motion.centre[1]) * layer.zoom + (side - 1) / 2).astype(np.float32)
        border = cv2.BORDER_REFLECT if index == 0 else cv2.BORDER_CONSTANT
        for picture, look in zip(pictures, layer.looks, strict=False):
            read = cv2.remap(look, u, v, cv2.INTER_CUBIC, borderMode=border).astype(np.float32) / np.float32(255)
            alpha = read[..., 3:]
            np.add(picture, (read[..., :3] - picture) * alpha, out=picture)
        top[alpha[..., 0] > 0.5] = index
    return pictures[0], pictures[-1], top


def _truth(layers: list[Layer], size: tuple[int, int], tops: dict[float, NDArray[np.uint8]]) -> tuple[Array, Array]:
    """Flows and visibility at ½, on half the size."""
    width, height = size
    y, x = np.mgrid[: height // 2, : width // 2].astype(np.float32) * 2 + np.float32(0.5)
    top = tops[0.0][::2, ::2]
    flow, seen = np.zeros((*x.shape, 4), np.float32), np.zeros((*x.shape, 2), np.float32)
    for index, layer in enumerate(layers):
        here = top == index
        if not here.any():
            continue
        for end, tau in enumerate((-0.5, 0.5)):
            px, py = layer.motion.place(x[here], y[here], tau)
            flow[here, 2 * end] = 2 * (px - x[here])
            flow[here, 2 * end + 1] = 2 * (py - y[here])
            ix, iy = np.rint(px).astype(int), np.rint(py).astype(int)
            inside = (ix >= 0) & (ix < width) & (iy >= 0) & (iy < height)
            there = tops[tau][np.clip(iy, 0, height - 1), np.clip(ix, 0, width - 1)]
            seen[here, end] = inside & (there == index)
    return flow, seen


def _turn(random: Random, size: tuple[int, int]) -> Array:
    """When each place crosses over: smooth noise with steep fronts, (H/2, W/2) in (0.1, 0.9)."""
    side = max(size) // 2
    noise = fractal(random, side, random.uniform(0.0, 0.3))[: size[1] // 2, : size[0] // 2]
    turn: Array = (0.1 + 0.8 / (1 + np.exp(-1.7 * noise))).astype(np.float32)
    return turn


def _noisy(random: Random, picture: Array, amount: float) -> Array:
    if amount == 0.0:
        return picture
    grain = random.standard_normal(picture.shape).astype(np.float32) * np.float32(amount)
    noisy: Array = np.clip(picture + grain, 0, 1)
    return noisy
