"""Reading the target back: full RGB, RGBA, or NV12 made on the GPU: half the bytes, and no work for the encoder."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.video import PixelFormat, pixel_shape
from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.surface import Surface

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Plane:
    """A part of the picture that is drawn from the target before it is read."""

    surface: Surface
    program: Program
    channels: int

    def release(self) -> None:
        self.surface.release()
        self.program.release()


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
        self._channels = 4 if pixel_format == "rgba" else 3
        self._planes = _planes(ctx, library, source.texture.size) if pixel_format == "nv12" else ()
        shape = pixel_shape(pixel_format, source.texture.size)
        self._buffers = [ctx.buffer(reserve=int(np.prod(shape))) for _ in range(depth)]
        self._arrays = [np.empty(shape, np.uint8) for _ in range(depth)]
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
        offset = 0
        for plane in self._planes:
            plane.surface.framebuffer.use()
            plane.program.draw({"u_picture": self._source.texture})
            offset += _ask(plane.surface, buffer, plane.channels, offset)
        if not self._planes:
            _ask(self._source, buffer, self._channels, 0)
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
        for plane in self._planes:
            plane.release()


def _planes(ctx: moderngl.Context, library: ShaderLibrary, size: tuple[int, int]) -> tuple[_Plane, ...]:
    width, height = size
    if width % 2 or height % 2:
        raise GraphicsError(f"{width}x{height}: 4:2:0 needs even sides: choose an even --size, or FFV1")
    return (
        _Plane(Surface.make(ctx, size, 1), Program(ctx, library.output("luma")), 1),
        _Plane(Surface.make(ctx, (width // 2, height // 2), 2), Program(ctx, library.output("chroma")), 2),
    )


def _ask(surface: Surface, buffer: moderngl.Buffer, channels: int, offset: int) -> int:
    """Have a whole surface, bars included, copied into the buffer from `offset` on; returns its bytes."""
    size: tuple[int, int] = surface.texture.size
    surface.framebuffer.read_into(buffer, (0, 0, *size), components=channels, alignment=1, write_offset=offset)
    return size[0] * size[1] * channels
