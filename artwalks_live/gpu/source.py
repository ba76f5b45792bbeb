"""What programs are made of: the vertex shader, the block of uniforms, texts whose lines know where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.params import Param, ParamTable

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


def constants(declared: Iterable[Param], params: ParamTable) -> list[str]:
    """Parameters that were added to a file during a show: the block has no place for them, their default stands."""
    added = (param for param in declared if param.name not in params)
    return [f"const float {param.uniform} = {param.default!r};" for param in added]


def pending(file: str, declared: Iterable[Param], params: ParamTable) -> str:
    """What of a file's parameters, edited during a show, waits for the next start, in one line; "" for nothing."""
    added = [f"{each.name} stands at its default {each.default:g}" for each in declared if each.name not in params]
    changed = [f"{each.name} keeps its range and default" for each in declared
               if each.name in params and params[each.name] != each]  # fmt: skip
    return f"{file}: until the next start {', '.join([*added, *changed])}" if added or changed else ""


def read_text(file: Path) -> str:
    """A shader's text. Raises GraphicsError."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise GraphicsError(f"{file}: {error.strerror}: reinstall the package") from None
