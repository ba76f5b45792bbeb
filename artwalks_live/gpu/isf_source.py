"""An ISF filter's text, as GLSL 1.20 or 3.30 as people write it, made into the house's GLSL 3.30; lines stay lines.

What filters call by name is put before their text; what GLSL 3.30 has no more is exchanged in it, word by word.
Textures here have their upper row first and ISF counts from below: every read turns its place over, and `gl_FragCoord`
too, so that nothing is drawn twice for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.params import ParamTable
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.gpu.isf_header import Input
from artwalks_live.gpu.source import Source, constants, frame_block

RESULT = "isf_result"  # sampler of the copy that a filter needs whose last pass has a TARGET
_MAIN = re.compile(r"\bvoid(\s+)main(\s*)\(\s*(?:void)?\s*\)")
_VERSION = re.compile(r"^[ \t]*#\s*(version|extension)\b.*$", re.MULTILINE)
_WORDS = (
    (re.compile(r"\bgl_FragColor\b"), "isf_FragColor"),
    (re.compile(r"\bgl_FragData\s*\[\s*0\s*\]"), "isf_FragColor"),
    (re.compile(r"\bgl_FragCoord\b"), "isf_FragCoord"),
    (re.compile(r"\b(?:texture2D|texture2DRect|texture)(?=\s*\()"), "isf_read"),
    (re.compile(r"\b(?:texture2DLod|textureLod)(?=\s*\()"), "isf_read_lod"),
    (re.compile(r"\btexelFetch(?=\s*\()"), "isf_fetch"),
    (re.compile(r"\bsampler2DRect\b"), "sampler2D"),
)

_SHARED = """uniform vec2 RENDERSIZE;
uniform int PASSINDEX;
uniform int FRAMEINDEX;
#define TIME u_time_s
#define TIMEDELTA u_dt_s
#define DATE vec4(2000.0, 1.0, 1.0, u_time_s)
#define vv_FragNormCoord isf_FragNormCoord
vec4 isf_read(sampler2D picture, vec2 place) { return texture(picture, vec2(place.x, 1.0 - place.y)); }
vec4 isf_read_lod(sampler2D picture, vec2 place, float level) {
    return textureLod(picture, vec2(place.x, 1.0 - place.y), level);
}
vec4 isf_fetch(sampler2D picture, ivec2 place, int level) {
    return texelFetch(picture, ivec2(place.x, textureSize(picture, level).y - 1 - place.y), level);
}
vec2 IMG_SIZE(sampler2D picture) { return vec2(textureSize(picture, 0)); }
vec4 IMG_NORM_PIXEL(sampler2D picture, vec2 place) { return isf_read(picture, place); }
vec4 IMG_PIXEL(sampler2D picture, vec2 place) { return isf_read(picture, place / IMG_SIZE(picture)); }"""

_FRAGMENT = """out vec4 o_colour;
in vec2 isf_FragNormCoord;
uniform float isf_black;
uniform bool isf_last;
vec4 isf_FragColor = vec4(0.0);
vec4 isf_FragCoord = vec4(isf_FragNormCoord * RENDERSIZE, gl_FragCoord.zw);
vec4 isf_read(sampler2D picture, vec2 place, float bias) {
    return texture(picture, vec2(place.x, 1.0 - place.y), bias);
}
vec4 IMG_THIS_PIXEL(sampler2D picture) { return isf_read(picture, isf_FragNormCoord); }
vec4 IMG_THIS_NORM_PIXEL(sampler2D picture) { return isf_read(picture, isf_FragNormCoord); }"""

_VERTEX = """out vec2 isf_FragNormCoord;
void isf_vertShaderInit() {
    vec2 place = vec2(gl_VertexID & 1, gl_VertexID >> 1);  // four corners: what a .vs clamps there stays right between
    isf_FragNormCoord = vec2(place.x, 1.0 - place.y);
    gl_Position = vec4(place * 2.0 - 1.0, 0.0, 1.0);
}
void vv_vertShaderInit() { isf_vertShaderInit(); }"""


def fragment(one: Filter, params: ParamTable) -> Source:
    """The fragment shader of a filter: one text for all its passes."""
    body = _translated(one.text, "in")
    if not _MAIN.search(one.text):
        raise GraphicsError(f"{one.file.name}:{one.header.end}: the filter has no void main()")
    lines = [(line, "") for line in _prelude(one, params, _FRAGMENT)]
    lines += _own(_without_header(body, one.header.end), one.file)
    lines += [(line, "") for line in _main(one).splitlines()]
    return _source(lines)


def vertex(one: Filter, params: ParamTable, own: bool = True) -> Source:
    """Its vertex shader: its own `.vs`, or, without one or when not `own`, one that only fills the picture."""
    lines = [(line, "") for line in _prelude(one, params, _VERTEX)]
    if one.vertex and own:
        lines += _own(_translated(one.vertex, "out"), one.file.with_suffix(".vs"))
        lines.append(("void main() { isf_main(); }", ""))
    else:
        lines.append(("void main() { isf_vertShaderInit(); }", ""))
    return _source(lines)


def copy(one: Filter, params: ParamTable) -> Source:
    """The fragment shader that brings a buffer to the picture, for a filter whose last pass has a TARGET."""
    lines = [*_prelude(one, params, _FRAGMENT), f"uniform sampler2D {RESULT};"]
    lines.append(f"void isf_main() {{ isf_FragColor = IMG_THIS_PIXEL({RESULT}); }}")
    return _source([(line, "") for line in (*lines, *_main(one).splitlines())])


def _main(one: Filter) -> str:
    """The result is mixed with the picture; black, which a filter must not light up, comes after the last one."""
    share = f"u_{one.mix.name.replace('.', '_')}"
    whole = "vec4(mix(isf_before.rgb, isf_FragColor.rgb, clamp(isf_FragColor.a, 0.0, 1.0) * {0}), isf_before.a)"
    mixed = whole if one.generates else "mix(isf_before, isf_FragColor, {0})"
    return f"""void main() {{
    isf_main();
    if (isf_last) {{
        vec4 isf_before = IMG_THIS_PIXEL(isf_picture);
        isf_FragColor = {mixed.format(share)};
        isf_FragColor.rgb *= 1.0 - isf_black;
    }}
    o_colour = isf_FragColor;
}}"""


def _prelude(one: Filter, params: ParamTable, part: str) -> list[str]:
    head = one.header
    names = [each.name for each in head.inputs if not each.params]
    names += [name for name, _ in head.imported]
    names += list(dict.fromkeys(each.target for each in head.passes if each.target))
    samplers = [f"uniform sampler2D {name};" for name in dict.fromkeys((*names, "isf_picture"))]
    values = constants(head.params, params) + [_value(each) for each in head.inputs if each.params]
    return ["#version 330", *frame_block(params).splitlines(), *_SHARED.splitlines(), *samplers, *values,
            *part.splitlines()]  # fmt: skip


def _value(each: Input) -> str:
    """An input as the shader knows it: a variable of its own name, from the block's floats."""
    floats = [param.uniform for param in each.params]
    if each.type == "color":
        return f"vec4 {each.name} = vec4({', '.join(floats)});"
    if each.type == "point2D":
        return f"vec2 {each.name} = vec2({', '.join(floats)});"
    if each.type in ("bool", "event"):
        return f"bool {each.name} = {floats[0]} > 0.5;"
    if each.type == "long" and each.values:
        listed = ", ".join(map(str, each.values))
        last = len(each.values) - 1
        return f"int {each.name} = int[]({listed})[clamp(int({floats[0]} + 0.5), 0, {last})];"
    if each.type == "long":
        return f"int {each.name} = int(floor({floats[0]} + 0.5));"
    return f"float {each.name} = {floats[0]};"


def _translated(text: str, varying: str) -> str:
    text = _VERSION.sub("", text)
    text = _MAIN.sub(lambda found: f"void{found[1]}isf_main{found[2]}()", text)
    text = re.sub(r"\bvarying\b", varying, text)
    text = re.sub(r"^([ \t]*)(?:in|out)(\s+vec2\s+(?:isf|vv)_FragNormCoord\s*;)", r"\1//\2", text, flags=re.MULTILINE)
    for word, now in _WORDS:
        text = word.sub(now, text)
    return text


def _without_header(text: str, lines: int) -> str:
    """The text with the header's lines left empty: the lines after it keep their numbers."""
    all_lines = text.split("\n")
    rest = all_lines[lines - 1].partition("*/")[2]
    return "\n".join([*("" for _ in range(lines - 1)), rest, *all_lines[lines:]])


def _own(text: str, file: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        yield line.rstrip("\r"), f"{file.name}:{number}"


def _source(lines: list[tuple[str, str]]) -> Source:
    return Source("\n".join(line for line, _ in lines) + "\n", tuple(origin for _, origin in lines))
