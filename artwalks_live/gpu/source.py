"""What programs are made of: the vertex shader, the block of uniforms, texts whose lines know where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.params import ParamTable

VERTEX = """#version 330
out vec2 v_uv;
void main() {
    v_uv = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(v_uv * 2.0 - 1.0, 0.0, 1.0);
}
"""

FRAME_UNIFORMS = (
    ("vec2", "u_size"), ("float", "u_time_s"), ("float", "u_dt_s"), ("float", "u_phase"), ("float", "u_logit"),
    ("float", "u_logit_a"), ("float", "u_logit_b"),
    ("float", "u_position"), ("float", "u_seed"), ("float", "u_black"), ("float", "u_fresh"),
)  # fmt: skip
SAMPLERS = (
    "u_a", "u_b", "u_flow", "u_crossover", "u_strokes_a", "u_strokes_b", "u_picture", "u_previous",
    "u_grain", "u_waves",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A fragment shader's text, and where each of its lines comes from: `shaders/lib/tent3.glsl:4`, or "".

    Drivers disagree about `#line`, and Mesa loses its file number in some messages; this table is always right.
    """

    text: str
    origins: tuple[str, ...]


def frame_block(params: ParamTable) -> str:
    """The declaration of the uniforms of the frame and of every parameter, as FrameBlock sends them."""
    fields = [f"    {kind} {name};" for kind, name in FRAME_UNIFORMS]
    fields += [f"    float {param.uniform};" for param in params.values()]
    return "\n".join(["layout(std140) uniform Frame {", *fields, "};"])


def read_text(file: Path) -> str:
    """A shader's text. Raises GraphicsError."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise GraphicsError(f"{file}: {error.strerror}: reinstall the package") from None
