"""Every shader file: its header, its parameters, and that it compiles alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import moderngl
import pytest

from artwalks_live.core.errors import GraphicsError
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.programs import Program, explain
from artwalks_live.gpu.shaders import Recipe, ShaderLibrary
from artwalks_live.gpu.source import FRAME_UNIFORMS, SAMPLERS, Source
from artwalks_live.paths import shaders_dir

LIBRARY = ShaderLibrary.read(shaders_dir())
PASSES = [each.name for each in LIBRARY.passes]
LIB = sorted(file.stem for file in (shaders_dir() / "lib").glob("*.glsl"))
IDENTITY = "vec4 odd(vec4 c, vec2 uv) { return c; }"
OUTPUT = sorted(file.stem for file in (shaders_dir() / "output").glob("*.frag"))


@pytest.fixture(scope="module")
def ctx() -> Iterator[moderngl.Context]:
    made = headless_context()
    yield made
    made.release()


def recipes(name: str) -> Iterator[Recipe]:
    """Every program in which a pass stands alone."""
    each = LIBRARY[name]
    if each.kind == "warp":
        yield Recipe("walk", warps=(name,))
    elif each.kind == "point":
        yield Recipe("", points=(name,), encode=not each.history)
    else:
        yield Recipe(name)
        yield from (Recipe(name, stage.name, encode=False) for stage in each.stages)


def own_text(name: str) -> str:
    """A pass without its comments."""
    return re.sub(r"//.*", "", LIBRARY[name].text)


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_compiles_alone(ctx: moderngl.Context, name: str) -> None:
    for recipe in recipes(name):
        Program(ctx, LIBRARY.source(recipe)).release()


@pytest.mark.parametrize("name", LIB)
def test_a_library_function_compiles_alone(ctx: moderngl.Context, tmp_path: Path, name: str) -> None:
    library = with_pass(tmp_path, f'//!KIND point\n//!ORDER 1\n#include "{name}"\n{IDENTITY}')
    Program(ctx, library.source(Recipe("", points=("odd",)))).release()


@pytest.mark.parametrize("name", LIB)
def test_a_library_file_defines_the_function_of_its_name(name: str) -> None:
    text = (shaders_dir() / "lib" / f"{name}.glsl").read_text()
    assert text.startswith("//")
    assert re.search(rf"^\w+ {name}\(", text, re.MULTILINE)
    used = [f.name for f in shaders_dir().rglob("*.*") if f'#include "{name}"' in f.read_text()]
    assert used or name in ("srgb_decode", "write_linear"), f"{name} is used nowhere"


@pytest.mark.parametrize("name", OUTPUT)
def test_an_output_shader_compiles(ctx: moderngl.Context, name: str) -> None:
    Program(ctx, LIBRARY.output(name)).release()


@pytest.mark.parametrize("name", PASSES)
def test_parameters_and_uniforms_match(name: str) -> None:
    code = own_text(name)
    declared = {param.uniform for param in LIBRARY[name].params}
    for uniform in declared:
        assert re.search(rf"\b{uniform}\b", code), f"{uniform} is declared and never read"
    known = declared | {n for _, n in FRAME_UNIFORMS} | set(SAMPLERS) | {f"u_{s.name}" for s in LIBRARY[name].stages}
    assert set(re.findall(r"\bu_\w+", code)) <= known


def test_every_effect_is_off_by_default() -> None:
    for each in LIBRARY.passes:
        assert each.kind == "walk" or each.when, f"{each.name} has no //!WHEN: it would always run"
        assert all(LIBRARY.params[name].default == 0 for name in each.when)


def test_the_table_in_the_readme_is_complete() -> None:
    table = (shaders_dir() / "README.md").read_text()
    for name in [name for _, name in FRAME_UNIFORMS] + list(SAMPLERS):
        assert f"`{name}`" in table
    for each in LIBRARY.passes:
        assert f"`{each.name}`" in table


def test_dropping_a_file_adds_an_effect(ctx: moderngl.Context, tmp_path: Path) -> None:
    library = with_pass(
        tmp_path,
        "//!KIND point\n//!ORDER 65\n//!WHEN odd.amount\n"
        "//!PARAM odd.amount | float | 0 .. 1 | 0 | | 0 | swaps red and blue\n"
        "vec4 odd(vec4 colour, vec2 uv) { return mix(colour, colour.bgra, u_odd_amount); }",
    )
    assert [each.name for each in library.passes].index("odd") == PASSES.index("drift") + 1
    assert library.params["odd.amount"].uniform == "u_odd_amount"
    Program(ctx, library.source(Recipe("walk", points=("odd",)))).release()


def test_an_error_names_the_file_and_its_line(ctx: moderngl.Context, tmp_path: Path) -> None:
    library = with_pass(tmp_path, '//!KIND point\n//!ORDER 1\n#include "tent3"\n' + IDENTITY.replace("c;", "nothing;"))
    with pytest.raises(GraphicsError, match=r"^shaders/passes/odd\.frag:4: .*nothing.*$"):
        Program(ctx, library.source(Recipe("", points=("odd",))))


@pytest.mark.parametrize(
    "line",
    [
        "0:2(9): error: `nothing' undeclared",  # Mesa
        "0(2) : error C1503: undefined variable nothing",  # NVIDIA
        "ERROR: 0:2: Use of undeclared identifier 'nothing'",  # Apple, AMD, Intel
    ],
)
def test_every_drivers_way_of_saying_so_is_understood(line: str) -> None:
    said = explain(f"GLSL Compiler failed\n\nfragment_shader\n====\n{line}\nmore", Source("", ("", "lib/a.glsl:7")))
    assert said.startswith("lib/a.glsl:7: ")
    assert said.endswith(("nothing", "undeclared", "'nothing'"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("//!ORDER 1", r"odd\.frag:1: //!KIND '' is unknown: use one of point, spatial, walk, warp"),
        ("//!KIND pointt\n//!ORDER 1", r"odd\.frag:1: //!KIND 'pointt' is unknown.*nearest: point"),
        ("//!KIND point", r"odd\.frag:1: //!ORDER needs a number"),
        ("//!KIND point\n//!ORDER soon", r"odd\.frag:2: //!ORDER needs a number, not 'soon'"),
        ("//!KIND point\n//!ORDER 1\n//!PASS 2", r"odd\.frag:3: //!PASS is unknown"),
        ("//!KIND point\n//!ORDER 1\n//!PARAM a.b | float", r"odd\.frag:3: 2 fields in a PARAM line"),
        ("//!KIND point\n//!ORDER 1\n//!WHEN no.such", r"odd\.frag: //!WHEN.*no\.such"),
        ("//!KIND walk\n//!ORDER 1", r"exactly one pass of kind walk"),
        ('//!KIND point\n//!ORDER 1\n#include "nowhere"', r"nowhere\.glsl: No such file"),
    ],
)
def test_a_bad_header_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        with_pass(tmp_path, text).source(Recipe("", points=("odd",)))
    assert "\n" not in str(caught.value)


def with_pass(folder: Path, text: str) -> ShaderLibrary:
    """The shipped library with one more pass, `odd`."""
    copy = folder / "shaders"
    shutil.copytree(shaders_dir(), copy)
    (copy / "passes" / "odd.frag").write_text(text)
    return ShaderLibrary.read(copy)
