"""Moving paint splatted where it goes: a point for each texel of a painting, in each of its two lives, added up.

The other way to draw what `carry.frag` reads: paint keeps its mass, and what lies under it shows when it has gone; it
costs some times as much (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Mapping

import moderngl

from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.surface import Surface


class Splat:
    """Render thread. `size` of the picture, pixels."""

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary, size: tuple[int, int]) -> None:
        self._ctx = ctx
        vertex = library.motion("splat.vert")
        self._points = Program(ctx, library.motion("splat"), vertex, points=size[0] * size[1])
        self._settle = Program(ctx, library.motion("settle"))
        self._sums = Surface.make(ctx, size, dtype="f2")

    def draw(self, picture: Surface, textures: Mapping[str, moderngl.Texture], life: float) -> None:
        """Draw a painting as it stands; `textures` as for carry.frag, its paths drawn for the way forward."""
        ctx, points = self._ctx, self._points
        self._sums.framebuffer.use()
        self._sums.framebuffer.clear()
        points.set("u_life", life)
        ctx.enable(moderngl.BLEND | moderngl.PROGRAM_POINT_SIZE)
        ctx.blend_func = moderngl.ONE, moderngl.ONE
        for second in (0.0, 1.0):
            points.set("u_second", second)
            points.draw(textures)
        ctx.disable(moderngl.BLEND | moderngl.PROGRAM_POINT_SIZE)
        ctx.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA  # as the overlay expects to find it
        picture.framebuffer.use()
        self._settle.draw({**textures, "u_sum": self._sums.texture})

    def release(self) -> None:
        """Free every GL object made here."""
        self._points.release()
        self._settle.release()
        self._sums.release()
