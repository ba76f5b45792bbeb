"""What draws an in-between: the renderer on a headless context, effects off, or the NumPy reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.core.pieces import plain
from artwalks_live.core.warp import show
from artwalks_live.gpu.context import describe, headless_context
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.renderer import Renderer
from artwalks_live.gpu.residency import Fetchers, Residency, ResidencyOptions
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.paths import shaders_dir

Pixels = NDArray[np.uint8]
ALONE = ResidencyOptions(ahead=0, behind=0)


@dataclass(frozen=True)
class Pair:
    """Two pictures of one size, (H, W, 3) uint8 sRGB, and the way between them."""

    a: Pixels
    b: Pixels
    baked: SegmentFlow


def draw_reference(pair: Pair, t: float) -> Pixels:
    """Draw the picture at phase t by NumPy, rounded to 8 bits as the target is."""
    drawn = show(pair.a, pair.b, pair.baked.flow, pair.baked.crossover, t)
    return (np.clip(drawn, 0, 1) * 255 + 0.5).astype(np.uint8)


class Screen:
    """The renderer that also performs and renders walks, on a walk of one segment at a time.

    name   what draws: `llvmpipe (LLVM 15.0.6, 256 bits), GL 4.5`
    """

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary) -> None:
        self.name = describe(ctx)
        self._ctx = ctx
        self._library = library

    def draw(self, pair: Pair, t: float) -> Pixels:
        """Draw the picture at phase t, all effects off: one draw of the walk pass into the 8-bit target.

        returns   (H, W, 3) uint8, of the pictures' size, odd ones too. About 0.3 s of software GL, most of it to
                  compile the programs
        """
        size = (pair.a.shape[1], pair.a.shape[0])
        maps = (pair.baked.flow, pair.baked.crossover)
        fetchers = Fetchers(lambda index: (pair.a, pair.b)[index], lambda index: maps)
        residency = Residency(self._ctx, Fit(size, size), Course.of(plain([(0, 1)])), fetchers, options=ALONE)
        try:
            renderer = Renderer(self._ctx, self._library, residency)
            try:
                renderer.prepare(())
                renderer.draw(_Still(t, self._library.params.defaults()), wait=True)
                return renderer.read("rgb24").copy()
            finally:
                renderer.release()
        finally:
            residency.release()


@contextmanager
def open_screen() -> Iterator[Screen]:
    """Open a headless context for as long as it is needed.

    Raises GraphicsError naming the packages that are missing when there is no GL here.
    """
    ctx = headless_context()
    try:
        yield Screen(ctx, ShaderLibrary.read(shaders_dir()))
    finally:
        ctx.release()


@dataclass(frozen=True)
class _Still:
    """The state of a show that stands at one phase, nothing on."""

    position: float
    values: Mapping[str, float]
    time_s: float = 0.0
    dt_s: float = 0.0
    black: float = 0.0
    seed: int = 0
    bands: tuple[float, ...] = (0.0,) * 8
    life: float = 0.0
    sway: tuple[complex, ...] = (0j,) * 16
