"""Programs: recipes compiled, their samplers numbered, and the one block of uniforms that all of them share."""

from __future__ import annotations

import re
from collections.abc import Mapping

import moderngl
import numpy as np

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.params import ParamTable
from artwalks_live.gpu.source import FRAME_UNIFORMS, VERTEX, Source

_BLOCK = 0  # binding point of the Frame block
_SAMPLER_2D = 0x8B5E
# "0:12(5): error: …" (Mesa), "0(12) : error C…: …" (NVIDIA), "ERROR: 0:12: …" (Apple, AMD, Intel)
_MESSAGE = re.compile(r"(?:ERROR: *)?\d+[:(](\d+)\)?(?:\(\d+\))?\s*:\s*(.*)")


class Program:
    """One compiled fragment shader, ready to fill a viewport.

    vertex     its vertex shader, for four corners; None: the one that only fills the viewport, by one large triangle
    points     its vertex shader is for so many points, rather than corners
    bindings   (sampler, texture unit) of every sampler that the compiled program really reads

    Raises GraphicsError with the shader's own file and line when it does not compile.
    """

    def __init__(self, ctx: moderngl.Context, source: Source, vertex: Source | None = None, points: int = 0) -> None:
        try:
            self._program = ctx.program(
                vertex_shader=VERTEX if vertex is None else vertex.text, fragment_shader=source.text
            )
        except moderngl.Error as error:
            wrong = vertex if vertex is not None and "vertex_shader" in str(error) else source
            raise GraphicsError(explain(str(error), wrong)) from None
        bindings: list[tuple[str, int]] = []
        self._plain: dict[str, moderngl.Uniform] = {}
        for member in (self._program[name] for name in self._program):
            if isinstance(member, moderngl.UniformBlock):
                member.binding = _BLOCK
            elif isinstance(member, moderngl.Uniform):
                if member.gl_type != _SAMPLER_2D:  # type: ignore[attr-defined]
                    self._plain[member.name] = member
                    continue
                member.value = len(bindings)
                bindings.append((member.name, len(bindings)))
        self.bindings = tuple(bindings)
        self._shape = (moderngl.TRIANGLES, 3) if vertex is None else (moderngl.TRIANGLE_STRIP, 4)
        if points:
            self._shape = (moderngl.POINTS, points)
        self._nothing = ctx.vertex_array(self._program, [])

    def set(self, name: str, value: float | tuple[float, ...] | tuple[tuple[float, ...], ...]) -> None:
        """Set a uniform outside the Frame block; one that the compiled program does not read is passed over."""
        if name in self._plain:
            self._plain[name].value = value

    def draw(self, textures: Mapping[str, moderngl.Texture]) -> None:
        """Fill the current viewport, or draw the points, reading these textures."""
        for name, unit in self.bindings:
            textures[name].use(unit)
        self._nothing.render(self._shape[0], vertices=self._shape[1])

    def release(self) -> None:
        self._nothing.release()
        self._program.release()


class FrameBlock:
    """The uniforms of the frame and every parameter, in one std140 buffer: one write a frame serves all programs."""

    head = 1 + len(FRAME_UNIFORMS)  # u_size is two floats and comes first, so nothing needs padding

    def __init__(self, ctx: moderngl.Context, params: ParamTable) -> None:
        self._names = tuple(params)
        size = -(-(self.head + len(self._names)) // 4) * 4
        self._data = np.zeros(size, np.float32)
        self._sent = np.full(size, np.nan, np.float32)
        self._buffer = ctx.buffer(reserve=self._data.nbytes, dynamic=True)

    def send(self, frame: tuple[float, ...], values: Mapping[str, float]) -> None:
        """Bind the block, and write it if anything changed. `frame`: as FRAME_UNIFORMS, u_size as two numbers."""
        self._data[: self.head] = frame
        self._data[self.head : self.head + len(self._names)] = [values[name] for name in self._names]
        if not np.array_equal(self._data, self._sent):
            self._buffer.write(self._data)
            self._sent[:] = self._data
        self._buffer.bind_to_uniform_block(_BLOCK)

    def release(self) -> None:
        self._buffer.release()


def explain(message: str, source: Source) -> str:
    """Turn a driver's log into one line that names the shader's own file and line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    for match in filter(None, map(_MESSAGE.match, lines)):
        if 0 < int(match[1]) <= len(source.origins):
            return f"{source.origins[int(match[1]) - 1] or 'shaders'}: {match[2].strip()}"
    return f"shaders: {lines[-1] if lines else 'a program does not link'}"
