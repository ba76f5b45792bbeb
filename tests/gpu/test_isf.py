"""ISF filters in the styles found in the wild, drawn over a walk and checked by arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from artwalks_live.core.errors import GraphicsError
from artwalks_live.gpu.isf_filter import Filter, read_filter
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.io.picture import read_pixels
from artwalks_live.paths import shaders_dir
from tests.gpu.scene import Scene, scene

FOLDER = Path(__file__).parent / "isf"
FILES = sorted(FOLDER.glob("*.fs"))
Array = npt.NDArray[np.float64]
LUMA = np.array([0.299, 0.587, 0.114])


def load(name: str, on: bool = True) -> Filter:
    return read_filter(FOLDER / f"{name}.fs", on, read_pixels)


@contextmanager
def filtered(*names: str) -> Iterator[Scene]:
    with scene(2, filters=[load(name) for name in names]) as stage:
        yield stage


def shoot(stage: Scene, **options: float) -> Array:
    """The picture on the first keyframe, in [0, 1]."""
    return stage.shoot(0.0, **options) / 255.0


def near(a: Array, b: Array, levels: float = 1.01) -> None:
    assert np.abs(a - b).max() * 255 <= levels


def painting(stage: Scene) -> Array:
    return stage.images[0] / 255.0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_filter_runs_and_changes_the_picture_when_it_is_on(file: Path) -> None:
    one = read_filter(file, False, read_pixels)
    with scene(2, filters=[one]) as stage:
        np.testing.assert_array_equal(stage.shoot(0.0), stage.images[0])
        values = {one.mix.name.replace(".", "__"): 1.0, "loud": 0.9}
        events = {p.name.replace(".", "__"): 1.0 for p in one.params if p.name.endswith((".drop", ".wipe"))}
        stage.shoot(0.5, **values, **events)
        stage.shoot(0.5, time_s=1.1, **values)
        assert (stage.shoot(0.0, time_s=1.2, **values) != stage.images[0]).any()


def test_a_color_a_bool_and_floats_reach_the_shader() -> None:
    with filtered("Tint") as stage:
        assert [p for p in stage.library.params if p.startswith("tint.")] == [
            "tint.mix", "tint.wash_color.r", "tint.wash_color.g", "tint.wash_color.b", "tint.wash_color.a",
            "tint.strength", "tint.keep_blacks",
        ]  # fmt: skip
        luma = (painting(stage) @ LUMA)[..., None]
        washed = np.array([1.0, 0.6, 0.2]) * luma
        near(shoot(stage), painting(stage) * 0.3 + washed * 0.7)
        blue = {"tint__wash_color__r": 0.0, "tint__wash_color__b": 1.0, "tint__strength": 1.0, "tint__keep_blacks": 0.0}
        near(shoot(stage, **blue), np.array([0.0, 0.6, 1.0]) * (1 - luma) + luma)
        near(shoot(stage, tint__mix=0.5), painting(stage) * 0.65 + washed * 0.35)


def test_passes_have_their_sizes_and_a_vertex_shader_its_varyings() -> None:
    with filtered("Soft Blur") as stage:
        soft, sharp = shoot(stage), shoot(stage, soft_blur__amount=0.0)
        near(sharp, painting(stage))
        rough = [np.abs(np.diff(picture, axis=axis)).mean() for axis in (0, 1) for picture in (soft, sharp)]
        assert rough[0] < 0.7 * rough[1]
        assert rough[2] < 0.7 * rough[3]
        assert np.abs(soft.mean((0, 1)) - sharp.mean((0, 1))).max() < 0.02


def test_a_persistent_buffer_remembers_and_an_event_lasts_one_frame() -> None:
    with filtered("Echo Trails") as stage:
        first = shoot(stage, echo_trails__linger=0.9)
        near(first, painting(stage))
        other = stage.images[1] / 255.0
        second = stage.shoot(1.0, echo_trails__linger=0.9) / 255.0
        near(second, np.maximum(other, 0.9 * painting(stage)))
        wiped = stage.shoot(1.0, echo_trails__wipe=1.0) / 255.0
        near(wiped, other)
        stage.shoot(0.0, echo_trails__wipe=1.0, echo_trails__linger=0.9)  # held down: no second event
        held = stage.shoot(1.0, echo_trails__wipe=1.0, echo_trails__linger=0.9) / 255.0
        near(held, np.maximum(other, 0.9 * np.maximum(painting(stage), 0.9 * other)))
        stage.shoot(0.0, echo_trails__mix=0.0)
        near(stage.shoot(1.0) / 255.0, other)  # begins anew


def test_a_spectrum_is_heard_and_a_generator_is_laid_over_by_its_alpha() -> None:
    with filtered("SpectrumBars") as stage:
        quiet, loud = shoot(stage), shoot(stage, loud=1.0)
        near(quiet[40:], painting(stage)[40:])  # a wave at rest is a line through the middle
        assert (loud[-20:] == 1.0).all(2).mean() > 0.6
        near(loud[:10], painting(stage)[:10])
        black = shoot(stage, loud=1.0, black=1.0)
        assert not black.any()


def test_an_imported_picture_stands_upright_and_a_long_has_its_own_values() -> None:
    with filtered("paper_overlay") as stage:
        assert stage.library.params["paper_overlay.blend_mode"].high == 2
        assert "2 Paper only" in stage.library.params["paper_overlay.blend_mode"].help
        paper = shoot(stage, paper_overlay__blend_mode=2.0)
        corners = [paper[3, 3], paper[3, -3], paper[-3, 3]]
        assert corners[0][0] > corners[0][2] + 0.3  # the red mark is at the upper left
        assert all(corner[0] < corner[2] + 0.3 for corner in corners[1:])
        near(shoot(stage), painting(stage) * paper, 1.6)
        near(shoot(stage, paper_overlay__blend_mode=1.0), 1 - (1 - painting(stage)) * (1 - paper), 1.6)


def test_a_point_is_a_place_counted_from_the_lower_left() -> None:
    with filtered("kaleido-6") as stage:
        values = {"kaleido_6__sides": 0.0, "kaleido_6__center__x": 0.5, "kaleido_6__center__y": 0.25}
        two = shoot(stage, **values)
        assert stage.library.params["kaleido_6.sides"].default == 2  # the index of 6
        middle = round(72 * 0.75)  # a quarter from below
        assert np.abs(two[middle - 10 : middle] - two[middle : middle + 10][::-1]).mean() < 0.02
        assert np.abs(two[8:18] - two[18:28][::-1]).mean() > 0.02  # but not about a quarter from above


def test_one_texel_of_floats_is_a_memory() -> None:
    with filtered("Drop") as stage:
        near(shoot(stage), painting(stage))
        stage.shoot(0.0, drop__drop=1.0)
        rings = [np.abs(stage.shoot(0.0, time_s=2 + n / 30) / 255.0 - painting(stage)) for n in range(12)]
        reach = [np.nonzero(ring[36].max(1) > 0.02)[0].max() for ring in (rings[2], rings[11])]
        assert reach[1] > reach[0]  # the ring has grown
        late = [stage.shoot(0.0, time_s=3 + n, dt_s=1.0) for n in range(6)][-1]
        near(late / 255.0, painting(stage))


def test_the_first_version_of_the_format_is_read() -> None:
    with filtered("old_feedback") as stage:
        one = load("old_feedback")
        assert one.header.passes[0].persistent
        assert one.header.passes[0].width is not None
        assert one.header.passes[0].width.size({"WIDTH": 128}) == 64
        stage.shoot(1.0)
        later = shoot(stage)
        assert (later >= painting(stage) - 0.005).all()


def test_a_transition_is_given_the_keyframes() -> None:
    with filtered("wipe_transition") as stage:
        wiped = shoot(stage)
        near(wiped[:, 66:], painting(stage)[:, 66:])
        near(wiped[:, :62], stage.images[1][:, :62] / 255.0)


def test_filters_follow_one_another_and_black_comes_after_them() -> None:
    with filtered("Tint", "kaleido-6", "Echo Trails") as stage:
        alone = shoot(stage, kaleido_6__mix=0.0, echo_trails__mix=0.0)
        assert np.abs(shoot(stage) - alone).mean() > 0.02
        half = shoot(stage, kaleido_6__mix=0.0, echo_trails__mix=0.0, black=0.5)
        near(half, alone / 2)
        assert not shoot(stage, black=1.0, flash__limit=1.0).any()


def test_upright_with_bars_beside_the_picture() -> None:
    with scene(2, canvas=(128, 72), size=(160, 72), filters=[load("kaleido-6", on=False), load("Tint")]) as stage:
        wide = stage.shoot(0.0, tint__strength=0.0)
        np.testing.assert_array_equal(wide[:, 16:-16], stage.images[0])
        assert not wide[:, :16].any()


def write(folder: Path, header: str, body: str = "void main() { gl_FragColor = vec4(1.0); }") -> Path:
    file = folder / "odd.fs"
    file.write_text(f"/*{header}*/\n{body}\n")
    return file


PICTURE = '{"NAME": "inputImage", "TYPE": "image"}'


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ('{"INPUTS": [}', r"odd\.fs:1: not valid JSON: Expecting value"),
        ('{\n "INPUTS": [\n  {"NAME": "a", "TYPE": "float"},\n ]}', r"odd\.fs:[34]: not valid JSON"),
        ('{\n"INPUTS": [{"NAME": "a",\n"TYPE": "flaot"}]}', r"odd\.fs:3: input a: TYPE 'flaot' .*\(nearest: float\)"),
        ('{"INPUTS": [{"NAME": "9a", "TYPE": "float"}]}', r"odd\.fs:1: NAME of an input: '9a' is not a name"),
        ('{"INPUTS": [\n{"NAME": "a", "TYPE": "float"},\n{"NAME": "a", "TYPE": "bool"}]}', r"a is declared twice"),
        ('{"INPUTS": {"a": 1}}', r"odd\.fs:1: INPUTS must be a list of objects"),
        ('{"INPUTS": [{"NAME": "a", "TYPE": "float",\n"MIN": 3, "MAX": 1}]}', r"odd\.fs:2: .*MIN 3 must lie below"),
        ('{"INPUTS": [{"NAME": "a", "TYPE": "color",\n\n"DEFAULT": [1, 2]}]}', r"odd\.fs:3: .* must be 4 numbers"),
        ('{"INPUTS": [{"NAME": "a", "TYPE": "long",\n"VALUES": ["x"]}]}', r"odd\.fs:2: .*list of whole numbers"),
        ('{"INPUTS": [{"NAME": "a", "TYPE": "long",\n"VALUES": [1, 2], "DEFAULT": 7}]}', r"none of its VALUES"),
        ('{"PASSES": [\n{"TARGET": "b",\n"WIDTH": "$WIDHT / 2"}]}', r"odd\.fs:3: .*WIDHT.*\(nearest: WIDTH\)"),
        ('{"PASSES": [{"TARGET": "b",\n"WIDTH": "open(1)"}]}', r"odd\.fs:2: pass b: WIDTH .*no arithmetic"),
        ('{"PASSES": [{"TARGET": "b",\n"WIDTH": "3 +"}]}', r"odd\.fs:2: pass b: WIDTH '3 \+' cannot be read"),
        ('{"PASSES": [{"PERSISTENT": true}]}', r"odd\.fs:1: a PERSISTENT pass needs a TARGET"),
        ('{"IMPORTED": {"p": {"PATH": "../x.png"}}}', r"odd\.fs:1: imported p: .* leads out of the filter's folder"),
        ('{"IMPORTED": {"p": {"PATH": "gone.png"}}}', r"gone\.png: cannot be read \(No such file"),
        ("not json", r"odd\.fs:1: no ISF header"),
    ],
)
def test_a_broken_header_is_refused_with_its_line(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(GraphicsError, match=message) as caught:
        read_filter(write(tmp_path, header), True, read_pixels)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("void main() {\n  gl_FragColor = vec4(amuont);\n}", r"^odd\.fs:3: .*amuont"),
        ("void main() {\n\n  gl_FragColor = IMG_THIS_PIXEL(image)\n}", r"^odd\.fs:[45]: "),
        ("vec4 f() { return vec4(1.0); }", r"^odd\.fs:1: the filter has no void main"),
    ],
)
def test_a_broken_shader_is_refused_with_its_line(tmp_path: Path, body: str, message: str) -> None:
    one = read_filter(write(tmp_path, f'{{"INPUTS": [{PICTURE}]}}', body), True, read_pixels)
    with pytest.raises(GraphicsError, match=message) as caught, scene(2, filters=[one]):
        pass
    assert "\n" not in str(caught.value)


def test_a_broken_vertex_shader_is_refused_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, f'{{"INPUTS": [{PICTURE}]}}')
    file.with_suffix(".vs").write_text("void main() {\n isf_vertShaderInit();\n wobble = 1.0;\n}\n")
    one = read_filter(file, True, read_pixels)
    with pytest.raises(GraphicsError, match=r"^odd\.vs:3: .*wobble"), scene(2, filters=[one]):
        pass


def test_names_that_are_taken_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphicsError, match=r"Tint\.fs: parameters tint\.… are .*Tint\.fs already: rename"):
        ShaderLibrary.read(shaders_dir()).with_filters([load("Tint"), load("Tint")])
    file = tmp_path / "Zoom.fs"
    file.write_text('/*{"INPUTS": []}*/ void main() { gl_FragColor = vec4(1.0); }')
    with pytest.raises(GraphicsError, match=r"Zoom\.fs: parameters zoom\.… are the house's own already"):
        ShaderLibrary.read(shaders_dir()).with_filters([read_filter(file, True, read_pixels)])
