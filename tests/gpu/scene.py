"""A small walk in memory, and a renderer on it: what the tests of this room share."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.pieces import Piece, plain
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.gpu.renderer import Renderer
from artwalks_live.gpu.residency import Fetchers, Residency, ResidencyOptions
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.paths import shaders_dir

Array = npt.NDArray[Any]


def picture(seed: int, size: tuple[int, int] = (128, 72)) -> Array:
    """A picture with smooth parts, edges and every level: discs of colour over a gradient, (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[0:height, 0:width] / height
    image = np.stack([x / x.max(), y / y.max(), 1 - x / x.max()], 2) * rng.uniform(0.3, 1, 3)
    for _ in range(24):
        centre, radius = rng.uniform(0, 1, 2) * (width / height, 1), rng.uniform(0.03, 0.2)
        image[np.hypot(x - centre[0], y - centre[1]) < radius] = rng.uniform(0, 1, 3)
    return (image * 255 + 0.5).astype(np.uint8)


def motion(seed: int, size: tuple[int, int] = (64, 36)) -> tuple[Array, Array]:
    """A smooth flow of a few pixels and a staggered crossover, both float16."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[0:height, 0:width] / height
    waves = [np.sin(rng.uniform(2, 6) * x + rng.uniform(2, 6) * y + rng.uniform(0, 6)) for _ in range(6)]
    flow = np.stack(waves[:4], 2) * 3.0
    crossover = np.stack([2 * waves[4], 2.5 + waves[5]], 2)
    return flow.astype(np.float16), crossover.astype(np.float16)


@dataclass
class Frame:
    """The part of a FrameState that a renderer reads."""

    position: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)
    time_s: float = 1.0
    dt_s: float = 1 / 30
    black: float = 0.0
    seed: int = 0
    bands: tuple[float, ...] = (0.0,) * 8
    life: float = 0.0
    sway: tuple[complex, ...] = (0j,) * 16


@dataclass
class Scene:
    """A context, a library, a walk and a renderer, with a camera."""

    ctx: moderngl.Context
    library: ShaderLibrary
    residency: Residency
    renderer: Renderer
    images: list[Array]
    motions: list[tuple[Array, Array]]

    def frame(
        self,
        position: float,
        *,
        time_s: float = 1.0,
        dt_s: float = 1 / 30,
        sway: Sequence[complex] = (0j,) * 16,
        **values: float,
    ) -> Frame:
        """A frame's state; parameters as keywords with a double underscore for the point, `life` and `sway` as such."""
        life = values.pop("life", 0.0)
        named = {name.replace("__", "."): value for name, value in values.items()}
        black = named.pop("black", 0.0)
        bands = (named.pop("loud", 0.0),) * 8
        assert named.keys() <= self.library.params.keys()
        return Frame(position, {**self.library.params.defaults(), **named}, time_s, dt_s, black, bands=bands,
                     life=life, sway=tuple(sway))  # fmt: skip

    def shoot(self, position: float, **options: Any) -> Array:
        """Draw and read back, (H, W, 3) uint8."""
        assert self.renderer.draw(self.frame(position, **options), wait=True)
        return self.renderer.read("rgb24").copy()


@contextmanager
def scene(
    keyframes: int = 3,
    *,
    canvas: tuple[int, int] = (128, 72),
    size: tuple[int, int] | None = None,
    options: ResidencyOptions | None = None,
    pieces: Sequence[Piece] | None = None,
    sharp: bool = True,
    filters: Sequence[Filter] = (),
    moving: Mapping[int, tuple[Array | None, Array | None]] | None = None,
    splats: bool = False,
) -> Iterator[Scene]:
    """A walk of random pictures on a headless context; everything is released at the end.

    pieces   of a walk with anchors; otherwise keyframe to keyframe
    moving   current and modes of pictures that move, by their number
    """
    ctx = headless_context()
    pieces = pieces or plain((i, i + 1) for i in range(keyframes - 1))
    images = [picture(seed, canvas) for seed in range(1 + max(max(piece.a, piece.b) for piece in pieces))]
    motions = [motion(seed) for seed in range(len(pieces))]
    library = replace(ShaderLibrary.read(shaders_dir()), sharp=sharp, splats=splats).with_filters(filters)
    course = replace(Course.of(pieces), motions={number: number for number in moving or {}})
    residency = Residency(
        ctx,
        Fit(canvas, size or canvas),
        course,
        Fetchers(images.__getitem__, motions.__getitem__, (moving or {}).__getitem__),
        options=options,
    )
    renderer = Renderer(ctx, library, residency)
    try:
        yield Scene(ctx, library, residency, renderer, images, motions)
    finally:
        renderer.release()
        residency.release()
        ctx.release()


class Disk:
    """A disk in memory whose reads can be held back, counted, and made to fail."""

    def __init__(self, images: list[Array], motions: list[tuple[Array, Array]]) -> None:
        self.fetchers = Fetchers(self._image, self._segment)
        self.open = threading.Event()
        self.open.set()
        self.failing: dict[tuple[str, int], Exception] = {}
        self.reads: list[tuple[str, int]] = []
        self._images, self._motions = images, motions

    def _image(self, index: int) -> Array:
        return self._read("image", index, self._images[index])

    def _segment(self, index: int) -> tuple[Array, Array]:
        self._read("segment", index, self._motions[index][0])
        return self._motions[index]

    def _read(self, kind: str, index: int, array: Array) -> Array:
        assert self.open.wait(10), "the test never opened the disk"
        self.reads.append((kind, index))
        if (kind, index) in self.failing:
            raise self.failing[kind, index]
        return array
