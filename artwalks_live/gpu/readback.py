"""Reading the target back: full RGB, RGBA, or NV12 made on the GPU: half the bytes, and no work for the encoder."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.video import PixelFormat
from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.surface import Surface

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Plane:
    """A part of a picture in memory.

    surface    what is read
    channels   bytes per pixel of it
    program    draws the surface from the target first; None when it is the target
    """

    surface: Surface
    channels: int
    program: Program | None = None

    def release(self) -> None:
        """Free what was made for this plane."""
        if self.program is not None:
            self.program.release()
            self.surface.release()


def planes_of(ctx: moderngl.Context, library: ShaderLibrary, target: Surface) -> dict[PixelFormat, tuple[Plane, ...]]:
    """What each pixel format is read from; NV12 is there only when both sides are even.

    NV12 is BT.709 limited range, chroma sited left.
    """
    planes: dict[PixelFormat, tuple[Plane, ...]] = {"rgb24": (Plane(target, 3),), "rgba": (Plane(target, 4),)}
    width, height = target.texture.size
    if width % 2 == 0 and height % 2 == 0:
        planes["nv12"] = (
            Plane(Surface.make(ctx, (width, height), 1), 1, Program(ctx, library.output("luma"))),
            Plane(Surface.make(ctx, (width // 2, height // 2), 2), 2, Program(ctx, library.output("chroma"))),
        )
    return planes


class Readback:
    """A ring of pixel buffers between the target and the processor, row 0 on top.

    planes   what is read, one after the other
    shape    of the pixels together (core.video.pixel_shape)
    depth    reads that may be under way: with 2, start() frame n and then finish() frame n − 1, and nothing waits
    """

    def __init__(
        self, ctx: moderngl.Context, target: Surface, planes: tuple[Plane, ...], shape: tuple[int, ...], depth: int
    ) -> None:
        self._target = target
        self._planes = planes
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
        buffer, offset = self._buffers[self._started % len(self._buffers)], 0
        for plane in self._planes:
            framebuffer, (width, height) = plane.surface.framebuffer, plane.surface.texture.size
            if plane.program is not None:
                framebuffer.use()
                plane.program.draw({"u_picture": self._target.texture})
            # The whole of it: the target's own viewport leaves the bars out.
            whole = (0, 0, width, height)
            framebuffer.read_into(buffer, whole, components=plane.channels, alignment=1, write_offset=offset)
            offset += width * height * plane.channels
        self._started += 1

    def finish(self) -> Bytes:
        """The pixels of the oldest pending read; waits for the GPU only if it is not done.

        returns   a view, valid until `depth` more reads were finished
        """
        slot = self._finished % len(self._buffers)
        self._buffers[slot].read_into(self._arrays[slot])
        self._finished += 1
        return self._arrays[slot]

    def release(self) -> None:
        """Free the buffers."""
        for buffer in self._buffers:
            buffer.release()
