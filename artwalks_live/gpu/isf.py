"""ISF filters on the GPU: each takes the encoded picture and gives another, with buffers and a history of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.params import ParamTable
from artwalks_live.gpu import isf_sound, isf_source
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.gpu.isf_header import IsfPass
from artwalks_live.gpu.isf_source import RESULT
from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.surface import Surface


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a filter is drawn from.

    picture   the picture so far, RGBA8, sRGB-encoded
    a, b      the two keyframes: what transitions call startImage and endImage
    values    of all parameters;  bands, time_s   of the frame
    black     to apply after the filter: 0 unless it is the last one
    """

    picture: moderngl.Texture
    a: moderngl.Texture
    b: moderngl.Texture
    values: Mapping[str, float]
    bands: Sequence[float]
    time_s: float
    black: float


class IsfPrograms:
    """A filter compiled. Raises GraphicsError with the filter's file and line."""

    def __init__(self, ctx: moderngl.Context, one: Filter, params: ParamTable) -> None:
        vertex = isf_source.vertex(one, params)
        self.main = Program(ctx, isf_source.fragment(one, params), vertex)
        self.copy: Program | None = None
        if one.copies:
            try:
                self.copy = Program(ctx, isf_source.copy(one, params), isf_source.vertex(one, params, own=False))
            except BaseException:
                self.main.release()
                raise

    def release(self) -> None:
        self.main.release()
        if self.copy is not None:
            self.copy.release()


class IsfEffect:
    """One filter: its programs, the pictures it brings along, and its buffers.

    Render thread. Textures are allocated at the first frame in which it is on, and when a pass changes its size.

    Raises GraphicsError (file:line).
    """

    def __init__(self, ctx: moderngl.Context, one: Filter, params: ParamTable) -> None:
        self.filter = one
        self._ctx = ctx
        self.programs = IsfPrograms(ctx, one, params)
        self._textures: dict[str, moderngl.Texture] = {name: _texture(ctx, image) for name, image in one.images.items()}
        self._sounds = {each.name: each for each in one.header.inputs if each.type in ("audio", "audioFFT")}
        for name, each in self._sounds.items():
            self._textures[name] = _texture(ctx, np.zeros((1, each.width, 4), np.float16))
        self._images = [each.name for each in one.header.inputs if each.type == "image"]
        self._targets = {each.target: each for each in one.header.passes if each.target}
        self._buffers: dict[str, list[Surface]] = {}
        self._frame = 0

    def is_on(self, values: Mapping[str, float]) -> bool:
        """Whether there is anything to see of it."""
        return values[self.filter.mix.name] > 0.0

    def skip(self) -> None:
        """A frame is drawn without it: when it comes back it begins anew, at FRAMEINDEX 0 with black buffers."""
        self._frame = 0

    def draw(self, into: Surface, drawn: Drawn) -> None:
        """Draw every pass; the last into a surface."""
        if self._frame == 0:
            for surface in (surface for pair in self._buffers.values() for surface in pair):
                surface.framebuffer.clear()
        self._hear(drawn)
        textures = {**self._textures, **dict.fromkeys(self._images, drawn.picture), "isf_picture": drawn.picture}
        textures |= {name: drawn.a if name == "startImage" else drawn.b
                     for name in self._images if name in ("startImage", "endImage")}  # fmt: skip
        sizes = self._sizes(into, drawn.values)
        for name in self._targets:
            textures[name] = self._buffer(name, sizes[name])[0].texture
        for index, each in enumerate(self.filter.header.passes):
            self._draw_pass(index, each, into, textures, drawn)
        if self.programs.copy is not None:
            self._set(self.programs.copy, into, 0, last=True, black=drawn.black)
            textures[RESULT] = textures[self.filter.header.passes[-1].target]
            into.framebuffer.use()
            self.programs.copy.draw(textures)
        self._frame += 1

    def renewed(self, one: Filter, params: ParamTable) -> IsfEffect:
        """The effect with another text of its filter; what its buffers remember is kept if its header is the same.

        Raises GraphicsError (file:line); then this one is as it was.
        """
        if one.header != self.filter.header:
            fresh = IsfEffect(self._ctx, one, params)
            self.release()
            return fresh
        programs = IsfPrograms(self._ctx, one, params)
        self.programs.release()
        self.programs, self.filter = programs, one
        return self

    def release(self) -> None:
        """Free every GL object made here."""
        self.programs.release()
        for texture in self._textures.values():
            texture.release()
        for name in list(self._buffers):
            self._free(name)

    def _draw_pass(
        self, index: int, each: IsfPass, into: Surface, textures: dict[str, moderngl.Texture], drawn: Drawn
    ) -> None:
        program = self.programs.main
        if not each.target:
            self._set(program, into, index, last=True, black=drawn.black)
            into.framebuffer.use()
            program.draw(textures)
            return
        pair = self._buffers[each.target]
        surface = pair[-1]
        self._set(program, surface, index, last=False, black=0.0)
        surface.framebuffer.use()
        # What is drawn into must not be read: a buffer that is not kept has nothing to say in its own pass.
        textures[each.target] = pair[0].texture if len(pair) == 2 else drawn.picture
        program.draw(textures)
        pair.reverse()
        textures[each.target] = surface.texture

    def _set(self, program: Program, surface: Surface, index: int, *, last: bool, black: float) -> None:
        _, _, width, height = surface.framebuffer.viewport
        program.set("RENDERSIZE", (float(width), float(height)))
        program.set("PASSINDEX", index)
        program.set("FRAMEINDEX", self._frame)
        program.set("isf_last", last)
        program.set("isf_black", black)

    def _hear(self, drawn: Drawn) -> None:
        for name, each in self._sounds.items():
            row = (isf_sound.spectrum(drawn.bands, each.width) if each.type == "audioFFT"
                   else isf_sound.wave(drawn.bands, drawn.time_s, each.width))  # fmt: skip
            self._textures[name].write(row)

    def _sizes(self, into: Surface, values: Mapping[str, float]) -> dict[str, tuple[int, int]]:
        _, _, width, height = into.framebuffer.viewport
        known: dict[str, float] = {"WIDTH": width, "HEIGHT": height}
        for one in self.filter.header.inputs:
            if len(one.params) == 1:
                known[one.name] = values.get(one.params[0].name, one.params[0].default)
        return {
            name: (each.width.size(known) if each.width else width, each.height.size(known) if each.height else height)
            for name, each in self._targets.items()
        }

    def _buffer(self, name: str, size: tuple[int, int]) -> list[Surface]:
        """The surfaces of a target: what it holds first, what is drawn into last; one and the same if not kept."""
        each = self._targets[name]
        dtype = "f4" if each.float32 else "f1"
        found = self._buffers.get(name)
        fits = found is not None and found[0].texture.size == size and found[0].texture.dtype == dtype
        if not fits or len(self._buffers[name]) != 1 + each.persistent:
            self._free(name)
            self._buffers[name] = [Surface.make(self._ctx, size, dtype=dtype) for _ in range(1 + each.persistent)]
        return self._buffers[name]

    def _free(self, name: str) -> None:
        for surface in self._buffers.pop(name, []):
            surface.release()


def _texture(ctx: moderngl.Context, pixels: npt.NDArray[Any]) -> moderngl.Texture:
    """A texture that repeats its edge outside."""
    height, width, channels = pixels.shape
    kind = "f2" if pixels.dtype == np.float16 else "f1"
    made = ctx.texture((width, height), channels, np.ascontiguousarray(pixels), dtype=kind, alignment=1)
    made.repeat_x = made.repeat_y = False
    return made
