"""A texture and the framebuffer that draws into it."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl


@dataclass(frozen=True, slots=True)
class Surface:
    """Something to draw into and then to read."""

    texture: moderngl.Texture
    framebuffer: moderngl.Framebuffer

    @classmethod
    def make(cls, ctx: moderngl.Context, size: tuple[int, int], channels: int = 4, dtype: str = "f1") -> Surface:
        """Allocate a black one; reading it outside repeats its edge. dtype: f1 (8 bit) or f2 (half float)."""
        texture = ctx.texture(size, channels, dtype=dtype)
        texture.repeat_x = texture.repeat_y = False
        framebuffer = ctx.framebuffer([texture])
        framebuffer.clear()
        return cls(texture, framebuffer)

    def release(self) -> None:
        """Free both."""
        self.framebuffer.release()
        self.texture.release()
