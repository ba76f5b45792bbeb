"""Live coding on a stage: files are saved while a show runs, good and bad, and the picture follows or stays."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from artwalks_live.core import preset
from artwalks_live.core.params import ParamTable
from artwalks_live.core.show import PARAMS, Show, Start
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.paths import presets_dir, shaders_dir
from artwalks_live.perform.edits import Edits, Looker
from artwalks_live.perform.filters import find_filters
from artwalks_live.perform.stage import Stage, Tables
from tests.walks import make_walk

FILTER = """/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"},
  {"NAME": "share", "TYPE": "float", "DEFAULT": 1.0}]}*/
void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage) * vec4(vec3(share), 1.0); }
"""


@dataclass
class Play:
    """A show on a stage whose every file a test may edit."""

    stage: Stage
    show: Show
    edits: Edits
    folder: Path
    told: list[str]
    index: int = 0

    def frame(self) -> npt.NDArray[np.uint8]:
        """One frame of the show, (H, W, 3)."""
        self.edits.frame(self.show)
        self.index += 1
        self.stage.renderer.draw(self.show.frame(self.index, self.index / 30, 1 / 30), wait=True)
        return self.stage.renderer.read("rgb24").copy()

    def until(self, holds: Callable[[], bool]) -> None:
        """Draw until something holds."""
        waiting = threading.Event()
        for _ in range(2000):
            self.frame()
            if holds():
                return
            waiting.wait(0.005)
        raise AssertionError(f"it never came to hold: {self.edits.faults}, {self.told}")

    def write(self, name: str, old: str, new: str) -> None:
        """Edit a file as editors do: another file, renamed over it."""
        file = self.folder / name
        text = file.read_text()
        assert old in text
        other = file.with_name(".editing")
        other.write_text(text.replace(old, new))
        other.replace(file)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    shutil.copytree(shaders_dir(), tmp_path / "shaders")
    (tmp_path / "presets").mkdir()
    shutil.copy(presets_dir() / "osc.toml", tmp_path / "presets" / "osc.toml")
    (tmp_path / "dim.fs").write_text(FILTER)
    filters = find_filters([tmp_path / "dim.fs"], tmp_path / "none")
    shaders = ShaderLibrary.read(tmp_path / "shaders").with_filters(filters)
    params = ParamTable([*PARAMS, *shaders.params.values()])
    files = {"osc": tmp_path / "presets" / "osc.toml"}
    tables = Tables(shaders, params, preset.load_files(files.values(), params), files)
    ctx = headless_context()
    told: list[str] = []
    with Stage(make_walk(tmp_path / "show.walk", (64, 36)), replace(tables), ctx) as stage:
        edits = Edits(stage, told.append, tmp_path / "presets", every_s=0.002)
        yield Play(stage, stage.show(Start("osc")), edits, tmp_path, told)
        edits.close()
    ctx.release()


def test_a_saved_pass_is_seen_and_two_errors_in_a_row_keep_the_last_good_one(play: Play) -> None:
    first = play.frame()
    good, broken = "0).rgb, 1.0);", "0).rgb, 1.0) * nothing;"
    play.write("shaders/passes/walk.frag", good, "0).bgr, 1.0);")
    play.until(lambda: bool((play.frame() != first).any()))
    np.testing.assert_array_equal(play.frame(), first[..., ::-1])
    play.write("shaders/passes/walk.frag", "0).bgr, 1.0);", broken)
    play.until(lambda: bool(play.edits.faults))
    assert play.edits.faults[0].startswith("shaders/passes/walk.frag:")
    assert "nothing" in play.edits.faults[0]
    play.write("shaders/passes/walk.frag", broken, "0).rgb, 1.0) * nobody;")
    play.until(lambda: any("nobody" in fault for fault in play.edits.faults))
    assert len(play.edits.faults) == 1
    np.testing.assert_array_equal(play.frame(), first[..., ::-1])
    play.write("shaders/passes/walk.frag", "0).rgb, 1.0) * nobody;", good)
    play.until(lambda: not play.edits.faults)
    np.testing.assert_array_equal(play.frame(), first)


def test_a_saved_filter_is_seen_and_an_error_names_its_line(play: Play) -> None:
    first = play.frame()
    play.write("dim.fs", "vec3(share), 1.0)", "vec3(0.5 * share), 1.0)")
    play.until(lambda: play.frame().max() <= first.max() / 2 + 1)
    play.write("dim.fs", "0.5 * share", "0.5 * shade")
    play.until(lambda: bool(play.edits.faults))
    assert play.edits.faults[0].startswith("dim.fs:3: ")
    play.write("dim.fs", '"TYPE": "float"', '"TYPE": "flaot"')
    play.until(lambda: any("nearest: float" in fault for fault in play.edits.faults))
    assert play.edits.faults[0].startswith("dim.fs:2: ")
    assert play.frame().max() <= first.max() / 2 + 1
    (play.folder / "dim.fs").write_text(FILTER)
    play.until(lambda: not play.edits.faults)
    np.testing.assert_array_equal(play.frame(), first)


def test_a_new_tunable_stands_at_its_default_until_the_next_start_and_that_is_said(play: Play) -> None:
    first = play.frame()
    new = '{"NAME": "gain", "TYPE": "float", "DEFAULT": 0.25}, {"NAME": "share"'
    play.write("dim.fs", '{"NAME": "share"', new)
    play.until(lambda: bool(play.told))
    assert play.told == ["dim.fs: until the next start dim.gain stands at its default 0.25"]
    play.write("dim.fs", "vec3(share), 1.0)", "vec3(share * gain), 1.0)")
    play.until(lambda: play.frame().max() <= first.max() / 4 + 1)
    line = "//!PARAM grain.amount | float | 0 .. 1   | 0   |   | 0.1 | how strong the grain is"
    added = "//!PARAM grain.lift | float | 0 .. 1 | 0.5 | | 0 | how light it is"
    play.write("shaders/passes/grain.frag", line, f"{line.replace('0 .. 1 ', '0 .. 2 ')}\n{added}")
    play.until(lambda: len(play.told) > 1 and "grain" in play.told[-1])
    assert play.told[-1] == (
        "grain.frag: until the next start grain.lift stands at its default 0.5, "
        "grain.amount keeps its range and default"
    )
    assert not play.edits.faults


def test_a_library_function_is_reloaded_with_all_that_include_it(play: Play) -> None:
    black = "vec4(colour.rgb * (1.0 - u_black), colour.a)"
    play.frame()
    play.write("shaders/lib/write_encoded.glsl", black, "vec4(colour.rgb * 0.0, colour.a)")
    play.until(lambda: not play.frame().any())
    play.write("shaders/lib/write_encoded.glsl", "vec4(colour.rgb * 0.0, colour.a)", "vec4(oops)")
    play.until(lambda: bool(play.edits.faults))
    assert play.edits.faults[0].startswith("shaders/lib/write_encoded.glsl:")
    assert not play.frame().any()


def test_a_saved_preset_is_played_and_a_wrong_one_is_not(play: Play) -> None:
    play.frame()
    play.write("presets/osc.toml", "[values]", "[values]\ndim.share = 0.25")
    play.until(lambda: play.show.bases()["dim.share"] == 0.25)
    play.write("presets/osc.toml", "dim.share", "dim.shear")
    play.until(lambda: bool(play.edits.faults))
    assert "osc.toml:" in play.edits.faults[0]
    assert "nearest: dim.share" in play.edits.faults[0]
    assert play.show.bases()["dim.share"] == 0.25
    play.write("presets/osc.toml", "dim.shear = 0.25", "dim.share = 0.75")
    play.until(lambda: not play.edits.faults and play.show.bases()["dim.share"] == 0.75)


def test_what_is_new_is_said_to_wait(play: Play) -> None:
    play.frame()
    text = (play.folder / "shaders/passes/alpha.frag").read_text()
    (play.folder / "shaders/passes/beta.frag").write_text(text)
    (play.folder / "shine.fs").write_text(FILTER)
    play.until(lambda: len(play.told) == 2)
    assert sorted(play.told) == [
        "beta.frag is new: it joins the chain at the next start",
        "shine.fs is new: it can be turned on after the next start",
    ]
    assert not play.edits.faults


def test_a_file_is_told_of_once_when_it_rests(tmp_path: Path) -> None:
    looker = Looker([tmp_path])
    file = tmp_path / "a.frag"
    file.write_text("")
    assert [looker.look() for _ in range(3)] == [[], [], []]  # empty: still being written
    file.write_text("one")
    assert [looker.look() for _ in range(3)] == [[], [file], []]
    (tmp_path / ".a.frag").write_text("hidden")
    (tmp_path / "a.txt").write_text("no shader")
    assert [looker.look() for _ in range(2)] == [[], []]
