"""The renderer as a live show uses it: bad shaders, held pictures, and nothing left behind."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.errors import BundleError
from artwalks_live.core.pieces import plain
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.overlay import Overlay
from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.renderer import Renderer
from artwalks_live.gpu.residency import Residency
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.source import Source
from artwalks_live.paths import shaders_dir
from tests.gpu.scene import Disk, Scene, motion, picture


@contextmanager
def editable(folder: Path) -> Iterator[tuple[Scene, Disk, Path]]:
    """A scene whose shaders and disk a test may spoil."""
    shaders = folder / "shaders"
    shutil.copytree(shaders_dir(), shaders)
    ctx = headless_context()
    images, motions = [picture(0), picture(1), picture(2)], [motion(0), motion(1)]
    disk = Disk(images, motions)
    library = ShaderLibrary.read(shaders)
    residency = Residency(ctx, Fit((128, 72), (128, 72)), Course.of(plain([(0, 1), (1, 2)])), disk.fetchers)
    renderer = Renderer(ctx, library, residency)
    yield Scene(ctx, library, residency, renderer, images, motions), disk, shaders / "passes"
    disk.open.set()
    renderer.release()
    residency.release()
    ctx.release()


def test_a_shader_edited_in_the_show_is_used(tmp_path: Path) -> None:
    with editable(tmp_path) as (stage, _, passes):
        walk = passes / "walk.frag"
        walk.write_text(walk.read_text().replace("0).rgb, 1.0);", "0).bgr, 1.0);"))
        assert stage.renderer.reload("walk") is None
        np.testing.assert_array_equal(stage.shoot(0.0), stage.images[0][..., ::-1])


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("walk", "mix(a, b, weight)", "mix(a, b, wait)", r"^shaders/passes/walk\.frag:\d+: .*wait"),
        ("bloom", "return vec4(c * kept, 1.0)", "return c", r"^shaders/passes/bloom\.frag:\d+: "),
        ("grain", "//!ORDER 80", "//!ORDER 81", r"grain\.frag: the header changed: restart to use it"),
        ("zoom", "//!KIND warp", "//!KIND wrap", r"zoom\.frag:\d+: //!KIND 'wrap' is unknown"),
    ],
)
def test_a_bad_shader_keeps_the_last_good_program(tmp_path: Path, name: str, old: str, new: str, message: str) -> None:
    values = {"bloom__amount": 1.0, "grain__amount": 0.5, "zoom__pulse": 1.0}
    with editable(tmp_path) as (stage, _, passes):
        before = stage.shoot(0.4, **values)
        file = passes / f"{name}.frag"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        said = stage.renderer.reload(name)
        assert said is not None
        with pytest.raises(AssertionError, match=message):
            raise AssertionError(said)
        assert "\n" not in said
        np.testing.assert_array_equal(stage.shoot(0.4, **values), before)


def test_a_held_picture_is_said_to_be_held(tmp_path: Path) -> None:
    with editable(tmp_path) as (stage, disk, _):
        disk.failing["image", 2] = BundleError("gone")
        stage.shoot(0.5)
        assert not stage.renderer.draw(stage.frame(1.5))
        np.testing.assert_array_equal(stage.renderer.read("rgb24"), stage.images[1])


def test_before_the_first_picture_the_target_is_black(tmp_path: Path) -> None:
    with editable(tmp_path) as (stage, disk, _):
        disk.open.clear()
        assert not stage.renderer.draw(stage.frame(0.0))
        assert not stage.renderer.read("rgb24").any()


def alive(idle: Program) -> dict[str, int]:
    """How many GL objects of each kind exist in the current context: every name is asked about.

    idle   is drawn with first, because GL keeps a deleted program for as long as it is the current one
    """
    idle.draw({})
    gl = ctypes.CDLL("libGL.so.1")
    counts = {}
    for kind in ("Texture", "Buffer", "Framebuffer", "Program", "Shader", "VertexArray", "Query"):
        is_one = gl[f"glIs{kind}"]
        is_one.restype = ctypes.c_bool
        counts[kind] = sum(is_one(name) for name in range(1, 2000))
    return counts


def test_nothing_is_left_behind() -> None:
    ctx = headless_context()
    idle = Program(ctx, Source("#version 330\nvoid main() {}", ("",)))
    before = alive(idle)
    for _ in range(2):
        disk = Disk([picture(0), picture(1)], [motion(0)])
        library = ShaderLibrary.read(shaders_dir())
        residency = Residency(ctx, Fit((128, 72), (160, 100)), Course.of(plain([(0, 1)])), disk.fetchers)
        stage = Scene(ctx, library, residency, Renderer(ctx, library, residency), [], [])
        for name in ("rgb24", "rgba", "nv12"):
            stage.shoot(0.5, bloom__amount=1.0, feedback__amount=0.5)
            stage.renderer.read(name)
        assert stage.renderer.reload("bloom") is None
        overlay = Overlay(ctx, library)
        overlay.update(np.zeros((4, 4, 4), np.uint8))
        overlay.update(np.zeros((5, 4, 4), np.uint8))
        overlay.release()
        there = alive(idle)
        assert all(there[kind] > before[kind] for kind in ("Texture", "Buffer", "Framebuffer", "Program"))
        stage.renderer.release()
        residency.release()
        assert alive(idle) == before
    ctx.release()
