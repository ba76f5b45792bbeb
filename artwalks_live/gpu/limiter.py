"""The flash limiter: between the finished frame and the target, and always last.

    frame ─ light: 48x27 cells ─ cells: what each would do ─ fields: share of each third ─ decide ─┬─ count
      └─────────────────────────────────── follow: the target, at once or slowly ─────────────────┘

shaders/limit/ says what is done and why. All state stays on the GPU, in textures of the cells' size and one of the
picture's: nothing is read back, nothing waits, and the same frames at the same distances in time give the same.
"""

from __future__ import annotations

import moderngl

from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.surface import Surface

LIMIT = "flash.limit"
CELLS, FIELDS = (48, 27), (33, 19)
_STATE = ("seen_ways", "seen_newer", "seen_older", "shown", "shown_ways", "shown_newer", "shown_older")


class Limiter:
    """Render thread. The Frame block must be bound. Cost: one draw of the picture's size and five tiny ones.

    target   what is shown; the limiter draws within its viewport
    size     of the picture in it, pixels
    input    where to draw the finished frame
    """

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary, target: Surface, size: tuple[int, int]) -> None:
        names = ("light", "cells", "fields", "decide", "count", "follow")
        self._programs = {name: Program(ctx, library.limit(name)) for name in names}
        small_sizes = {"light": CELLS, "cells": CELLS, "fields": FIELDS}
        self._small = {name: Surface.make(ctx, cells, dtype="f4") for name, cells in small_sizes.items()}
        self._decisions = [Surface.make(ctx, (1, 1), dtype="f4") for _ in range(2)]
        self._states = [_Layers(ctx, CELLS, len(_STATE), "f4") for _ in range(2)]
        self.input = Surface.make(ctx, size)
        self._kept = [_Layers(ctx, target.texture.size, 1, "f2", also=target) for _ in range(2)]
        self._fresh = True

    def skip(self) -> None:
        """A frame was drawn without the limiter: what it knows is out of date."""
        self._fresh = True

    def run(self) -> None:
        """Bring the frame in `input` to the target."""
        if self._fresh:
            self._decisions[0].framebuffer.clear()  # its w says that nothing was shown yet
            self._fresh = False
        (before, decision), (state, after) = self._decisions, self._states
        textures = {f"u_{name}": layer for name, layer in zip(_STATE, state.textures, strict=True)}
        textures |= {f"u_{name}": surface.texture for name, surface in self._small.items()}
        textures |= {"u_picture": self.input.texture, "u_before": before.texture, "u_decision": before.texture}
        (textures["u_kept"],) = self._kept[0].textures
        for name in ("light", "cells", "fields"):
            self._draw(name, self._small[name].framebuffer, textures)
        self._draw("decide", decision.framebuffer, textures)
        textures["u_decision"] = decision.texture
        self._draw("count", after.framebuffer, textures)
        self._draw("follow", self._kept[1].framebuffer, textures)
        self._decisions.reverse()
        self._states.reverse()
        self._kept.reverse()

    def release(self) -> None:
        """Free every GL object made here."""
        for program in self._programs.values():
            program.release()
        for surface in (*self._small.values(), *self._decisions, self.input):
            surface.release()
        for layers in (*self._states, *self._kept):
            layers.release()

    def _draw(self, name: str, into: moderngl.Framebuffer, textures: dict[str, moderngl.Texture]) -> None:
        into.use()
        self._programs[name].draw(textures)


class _Layers:
    """Several textures that are drawn into at once; `also` is one more that is somebody else's."""

    def __init__(
        self, ctx: moderngl.Context, size: tuple[int, int], count: int, dtype: str, also: Surface | None = None
    ) -> None:
        self.textures = [ctx.texture(size, 4, dtype=dtype) for _ in range(count)]
        shared = [] if also is None else [also.texture]
        self.framebuffer = ctx.framebuffer([*shared, *self.textures])
        if also is not None:
            self.framebuffer.viewport = also.framebuffer.viewport

    def release(self) -> None:
        self.framebuffer.release()
        for texture in self.textures:
            texture.release()
