"""The shader library: reads `shaders/`, and composes the passes into as few programs as the picture allows.

A pass is one file in `shaders/passes/`, and dropping it there is all it takes. Its header says what it is:

    //!KIND warp       vec2 name(vec2 uv)                where the walk is read
    //!KIND walk       vec4 walk(vec2 uv)                the two keyframes, mixed; sRGB-encoded
    //!KIND point      vec4 name(vec4 colour, vec2 uv)   one pixel's colour, linear light
    //!KIND spatial    vec4 name(vec2 uv)                reads u_picture anywhere, linear light
    //!ORDER 40        its place in the chain
    //!WHEN a.b c.d    the parameters that are all zero when the pass has nothing to do
    //!PARAM …         one tunable (core.params.parse_param); the uniform is declared from this line
    //!STAGE name 0.5  a spatial pass's own smaller picture, drawn first by `vec4 name(vec2 uv)`, read as u_name
    //!HISTORY         a point pass whose result is kept, and is `u_previous` in the next frame

A full-screen draw costs more than the arithmetic in it, so warps and points are compiled into the program of the pass
whose pixels they touch; only spatial passes and histories make a draw of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast, get_args

from artwalks_live.core.errors import GraphicsError, PresetError, choices
from artwalks_live.core.params import MARK, Param, ParamTable, parse_param
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.gpu.source import SAMPLERS, Source, constants, frame_block, read_text

Kind = Literal["warp", "walk", "point", "spatial"]

_DIRECTIVE = re.compile(r"//!([A-Z]+)\s*(.*)")
_INCLUDE = re.compile(r'#include\s+"(\w+)"')


@dataclass(frozen=True, slots=True)
class Stage:
    """A smaller picture of a spatial pass: drawn by the function of that name at `scale` of the picture's size."""

    name: str
    scale: float


@dataclass(frozen=True, slots=True)
class Pass:
    """One file of `shaders/passes/`, its header read."""

    name: str
    kind: Kind
    order: float
    when: tuple[str, ...]
    history: bool
    stages: tuple[Stage, ...]
    params: tuple[Param, ...]
    text: str

    @property
    def breaks(self) -> bool:
        """Whether the pass needs the picture so far as a texture, so that it begins or ends a draw."""
        return self.kind == "spatial" or self.history


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one program does to each pixel.

    head     the pass that gives the colour: walk, a spatial pass, or "" to copy u_picture
    stage    draw this stage of `head` instead of its result
    warps, points   passes compiled in, in the order they are applied
    encode   write the target (sRGB-encoded, black applied) rather than linear light
    """

    head: str
    stage: str = ""
    warps: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    encode: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The passes compiled into it."""
        return (*self.warps, *((self.head,) if self.head else ()), *self.points)


@dataclass(frozen=True, slots=True)
class ShaderLibrary:
    """All passes of a folder, in the order of the chain, and the parameters they declare.

    sharp   how the walk reads its pictures: by five reads each, or softly by one
    filters ISF filters that follow the passes, in their order
    splats  how paintings move: their paint splatted where it goes, or read from where it comes
    """

    folder: Path
    passes: tuple[Pass, ...]
    params: ParamTable
    sharp: bool = True
    filters: tuple[Filter, ...] = ()
    splats: bool = False

    @classmethod
    def read(cls, folder: Path) -> ShaderLibrary:
        """Read every pass in `folder/passes`.

        Raises GraphicsError (file:line) on a header that cannot be used, PresetError on a parameter declared twice.
        """
        files = sorted((folder / "passes").glob("*.frag"))
        passes = tuple(sorted((read_pass(file) for file in files), key=lambda each: (each.order, each.name)))
        if [each.name for each in passes if each.kind == "walk"] != ["walk"]:
            raise GraphicsError(f"{folder / 'passes'}: exactly one pass of kind walk is needed, named walk.frag")
        files = [file for room in ("motion", "limit") for file in sorted((folder / room).glob("*.frag"))]
        own = [param for file in files for param in read_params(file)]
        params = ParamTable([*(param for each in passes for param in each.params), *own])
        for each in passes:
            for name in each.when:
                params.lookup(name, f"{each.name}.frag: //!WHEN")
        return cls(folder, passes, params)

    def with_filters(self, filters: Iterable[Filter]) -> ShaderLibrary:
        """The library with ISF filters after its passes.

        Raises GraphicsError when two filters, or a filter and a pass, would have parameters of the same name.
        """
        added = tuple(filters)
        rooms = {name.partition(".")[0]: "the house's own" for name in self.params}
        for each in added:
            if each.name in rooms:
                where = rooms[each.name]
                raise GraphicsError(f"{each.file}: parameters {each.name}.… are {where} already: rename the file")
            rooms[each.name] = str(each.file)
        params = [*self.params.values(), *(param for each in added for param in each.params)]
        return replace(self, params=ParamTable(params), filters=(*self.filters, *added))

    def __getitem__(self, name: str) -> Pass:
        for each in self.passes:
            if each.name == name:
                return each
        raise GraphicsError(f"shader pass {choices(name, (each.name for each in self.passes))}")

    def reread(self, name: str) -> ShaderLibrary:
        """The library with one pass read again from its file; its parameters stay as they were (`pending` says so).

        Raises GraphicsError when what else its header says changed, which a running show cannot follow.
        """
        old, new = self[name], read_pass(self.folder / "passes" / f"{name}.frag")
        if replace(new, text=old.text, params=old.params) != old:
            raise GraphicsError(f"{name}.frag: the header changed: restart to use it")
        return replace(self, passes=tuple(new if each.name == name else each for each in self.passes))

    def source(self, recipe: Recipe) -> Source:
        """Compose the fragment shader of a recipe."""
        return _Composer(self).compose(recipe)

    def limit(self, name: str) -> Source:
        """Compose a shader of `shaders/limit/`, which declares its own samplers and outputs, and has its own `main`."""
        return _Composer(self).compose_whole("limit", f"{name}.frag")

    def motion(self, name: str) -> Source:
        """Compose a shader of `shaders/motion/`, whole in the same way; of `splat.vert` the vertex shader."""
        return _Composer(self).compose_whole("motion", name if "." in name else f"{name}.frag")

    def output(self, name: str) -> Source:
        """Compose a shader of `shaders/output/`, which takes the finished target (u_picture) elsewhere."""
        return _Composer(self).compose_output(name)


class _Composer:
    """Gathers one program's text: the declarations, each file once, and `main`; and remembers whose line is whose."""

    def __init__(self, library: ShaderLibrary) -> None:
        self._library = library
        self._included: set[str] = set()
        self._lines: list[str] = []
        self._origins: list[str] = []

    def compose(self, recipe: Recipe) -> Source:
        names = recipe.names
        stages = [stage.name for name in names for stage in self._library[name].stages]
        self._add(self._declarations(stages))
        for name in ("srgb_decode", "write_encoded", "write_linear"):
            self._include(name)
        for name in names:
            self._add("\n".join(constants(self._library[name].params, self._library.params)))
            self._add(self._library[name].text, f"shaders/passes/{name}.frag")
        self._add(self._main(recipe))
        return self._done()

    def compose_output(self, name: str) -> Source:
        self._add("#version 330\nin vec2 v_uv;\nout vec4 o_colour;\nuniform sampler2D u_picture;")
        self._add(read_text(self._library.folder / "output" / f"{name}.frag"), f"shaders/output/{name}.frag")
        self._add(f"void main() {{ o_colour = {name}(); }}")
        return self._done()

    def compose_whole(self, room: str, file: str) -> Source:
        given = "in vec2 v_uv;\n" if file.endswith(".frag") else ""
        self._add(f"#version 330\n{given}{self._sharp}\n{frame_block(self._library.params)}")
        self._add(read_text(self._library.folder / room / file), f"shaders/{room}/{file}")
        return self._done()

    def _done(self) -> Source:
        return Source("\n".join(self._lines) + "\n", tuple(self._origins))

    def _include(self, name: str) -> None:
        if name not in self._included:
            self._included.add(name)
            self._add(read_text(self._library.folder / "lib" / f"{name}.glsl"), f"shaders/lib/{name}.glsl")

    def _add(self, text: str, file: str = "") -> None:
        for name in _INCLUDE.findall(text):
            self._include(name)
        for number, line in enumerate(_INCLUDE.sub("", text).splitlines(), start=1):
            self._lines.append(line)
            self._origins.append(f"{file}:{number}" if file else "")

    def _declarations(self, stages: list[str]) -> str:
        samplers = [f"uniform sampler2D {name};" for name in (*SAMPLERS, *(f"u_{stage}" for stage in stages))]
        block = frame_block(self._library.params)
        return "\n".join(["#version 330", "in vec2 v_uv;", "out vec4 o_colour;", self._sharp, block, *samplers])

    @property
    def _sharp(self) -> str:
        return f"const bool SHARP = {str(self._library.sharp).lower()};"

    def _main(self, recipe: Recipe) -> str:
        lines = ["vec2 uv = v_uv;"]
        lines += [f"{self._guard(name)}uv = {name}(uv);" for name in reversed(recipe.warps)]
        call = f"{recipe.stage or recipe.head}(uv)" if recipe.head else "texture(u_picture, v_uv)"
        lines.append(f"vec4 colour = {call};")
        encoded = recipe.head == "walk"
        if encoded and (recipe.points or not recipe.encode):
            lines.append("colour.rgb = srgb_decode(colour.rgb);")
            encoded = False
        lines += [f"{self._guard(name)}colour = {name}(colour, v_uv);" for name in recipe.points]
        if recipe.encode:
            lines.append("o_colour = write_encoded(colour);" if encoded else "o_colour = write_linear(colour);")
        else:
            lines.append("o_colour = colour;")
        return "\n    ".join(["void main() {", *lines]) + "\n}"

    def _guard(self, name: str) -> str:
        """A condition on uniforms: a pass that has nothing to do is left out, and need not be neutral at zero."""
        when = self._library[name].when
        if not when:
            return ""
        return f"if ({' || '.join(f'{self._library.params[p].uniform} != 0.0' for p in when)}) "


def read_params(file: Path) -> tuple[Param, ...]:
    """The parameters that a shader file declares. Raises GraphicsError with file:line."""
    lines = enumerate(read_text(file).splitlines(), start=1)
    found = ((number, _DIRECTIVE.match(line)) for number, line in lines)
    return tuple(_param(match[2], f"{file.name}:{number}") for number, match in found if match and match[1] == "PARAM")


def read_pass(file: Path) -> Pass:
    """Read a pass and its header. Raises GraphicsError with file:line."""
    text = read_text(file)
    found: dict[str, list[tuple[str, str]]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = _DIRECTIVE.match(line)
        if match:
            found.setdefault(match[1], []).append((match[2].strip(), f"{file.name}:{number}"))
    for mark in found.keys() - {"KIND", "ORDER", "WHEN", "PARAM", "STAGE", "HISTORY"}:
        raise GraphicsError(f"{found[mark][0][1]}: //!{mark} is unknown: see shaders/README.md")
    kind, where = found.get("KIND", [("", f"{file.name}:1")])[0]
    if kind not in get_args(Kind):
        raise GraphicsError(f"{where}: //!KIND {choices(kind, get_args(Kind))}")
    order, where = found.get("ORDER", [("", f"{file.name}:1")])[0]
    return Pass(
        name=file.stem,
        kind=cast(Kind, kind),
        order=_number(order, where, "//!ORDER"),
        when=tuple(name for names, _ in found.get("WHEN", []) for name in names.split()),
        history="HISTORY" in found,
        stages=tuple(_stage(value, at) for value, at in found.get("STAGE", [])),
        params=tuple(_param(value, at) for value, at in found.get("PARAM", [])),
        text=text,
    )


def _param(value: str, where: str) -> Param:
    try:
        return parse_param(f"{MARK} {value}", where)
    except PresetError as error:
        raise GraphicsError(str(error)) from None


def _stage(value: str, where: str) -> Stage:
    name, _, scale = value.partition(" ")
    return Stage(name, _number(scale, where, "//!STAGE name scale"))


def _number(value: str, where: str, what: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise GraphicsError(f"{where}: {what} needs a number, not {value!r}") from None
