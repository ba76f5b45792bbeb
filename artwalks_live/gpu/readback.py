"""Reading the target back: full RGB, RGBA, or NV12 made on the GPU: half the bytes, and no work for the encoder."""

from __future__ import annotations

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.video import PixelFormat, pixel_shape
from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.surface import Surface

Bytes = npt.NDArray[np.uint8]
_COMPONENTS: dict[PixelFormat, int] = {"rgb24": 3, "rgba": 4, "nv12": 1}


class Readback:
    """A ring of pixel buffers between the target and the processor, row 0 on top.

    source   the target
    depth    reads that may be under way: with 2, start() frame n and then finish() frame n − 1, and nothing waits

    NV12 is BT.709 limited range with chroma sited left. Raises GraphicsError for NV12 of an odd size.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        library: ShaderLibrary,
        source: Surface,
        pixel_format: PixelFormat,
        *,
        depth: int = 2,
    ) -> None:
        self._source = source
        self._size = source.texture.size
        self._pixel_format = pixel_format
        self._shape = pixel_shape(pixel_format, self._size)
        self._packed: Surface | None = None
        self._pack: Program | None = None
        if pixel_format == "nv12":
            width, height = self._size
            if width % 2 or height % 2:
                raise GraphicsError(f"{width}x{height}: 4:2:0 needs even sides: choose an even --size, or FFV1")
            self._packed = Surface.make(ctx, (self._shape[1], self._shape[0]), 1)
            self._pack = Program(ctx, library.output("nv12"))
        count = int(np.prod(self._shape))
        self._buffers = [ctx.buffer(reserve=count) for _ in range(depth)]
        self._arrays = [np.empty(self._shape, np.uint8) for _ in range(depth)]
        self._started = self._finished = 0

    @property
    def pending(self) -> int:
        """Reads started and not finished."""
        return self._started - self._finished

    def start(self) -> None:
        """Ask for the target as it is now; returns at once. At most `depth` reads may be pending."""
        if self.pending == len(self._buffers):
            raise GraphicsError(f"{self.pending} reads are pending already: finish one first")
        buffer = self._buffers[self._started % len(self._buffers)]
        read_from = self._source
        if self._packed is not None and self._pack is not None:
            self._packed.framebuffer.use()
            self._pack.draw({"u_picture": self._source.texture})
            read_from = self._packed
        viewport = (0, 0, *read_from.texture.size)
        read_from.framebuffer.read_into(buffer, viewport, components=_COMPONENTS[self._pixel_format], alignment=1)
        self._started += 1

    def finish(self) -> Bytes:
        """The pixels of the oldest pending read; waits for the GPU only if it is not done.

        returns   a view of shape core.video.pixel_shape, valid until `depth` more reads were finished
        """
        slot = self._finished % len(self._buffers)
        self._buffers[slot].read_into(self._arrays[slot])
        self._finished += 1
        return self._arrays[slot]

    def release(self) -> None:
        """Free the buffers."""
        for buffer in self._buffers:
            buffer.release()
        if self._packed is not None and self._pack is not None:
            self._packed.release()
            self._pack.release()
