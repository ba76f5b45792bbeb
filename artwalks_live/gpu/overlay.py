"""An overlay: words that the window shows over the picture and the target never holds."""

from __future__ import annotations

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.shaders import ShaderLibrary


class Overlay:
    """Shows a panel given as an array, pixel for pixel, blended over a framebuffer."""

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary) -> None:
        self._ctx = ctx
        self._program = Program(ctx, library.output("overlay"))
        self._texture: moderngl.Texture | None = None

    def update(self, panel: npt.NDArray[np.uint8]) -> None:
        """Replace the panel: (h, w, 4) uint8, straight alpha, row 0 on top. A panel of the same size is only copied."""
        size = (panel.shape[1], panel.shape[0])
        if self._texture is None or self._texture.size != size:
            self._free()
            self._texture = self._ctx.texture(size, 4)
            self._texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._texture.write(np.ascontiguousarray(panel))

    def draw(self, framebuffer: moderngl.Framebuffer, window_size: tuple[int, int], left: int, top: int) -> None:
        """Draw the panel with its upper left corner at (left, top) of a window of that size; call after show_on."""
        if self._texture is None:
            return
        width, height = self._texture.size
        framebuffer.use()
        framebuffer.viewport = (left, window_size[1] - top - height, width, height)
        self._ctx.enable(moderngl.BLEND)
        self._program.draw({"u_picture": self._texture})
        self._ctx.disable(moderngl.BLEND)

    def release(self) -> None:
        """Free the texture and the program."""
        self._free()
        self._program.release()

    def _free(self) -> None:
        if self._texture is not None:
            self._texture.release()
            self._texture = None
