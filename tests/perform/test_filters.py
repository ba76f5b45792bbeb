"""ISF filters of a show: which are found, and a take that knows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.errors import GraphicsError, UsageError
from artwalks_live.perform.filters import find_filters
from tests.perform.stagehand import artwalks, finished, frames, headless_environment
from tests.walks import make_walk

FILTER = """/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}, {"NAME": "fft", "TYPE": "audioFFT"},
{"NAME": "turn", "TYPE": "bool", "DEFAULT": true}]}*/
void main() {
    vec4 c = IMG_THIS_PIXEL(inputImage);
    gl_FragColor = turn ? vec4(c.gbr * (1.0 - 0.5 * IMG_NORM_PIXEL(fft, vec2(0.1)).r), 1.0) : c;
}
"""


def write(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(FILTER)


def test_a_named_file_is_on_and_folders_stand_ready(tmp_path: Path) -> None:
    write(tmp_path / "a", "One.fs", "two.fs")
    write(tmp_path / "own", "three.fs")
    found = find_filters([tmp_path / "a" / "two.fs", tmp_path / "a"], tmp_path / "own")
    assert [(one.name, one.mix.default) for one in found] == [("two", 1.0), ("one", 0.0), ("three", 0.0)]
    assert find_filters([], tmp_path / "none") == ()


def test_what_is_no_filter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"--isf .*empty: no \.fs file is in this folder"):
        find_filters([tmp_path / "empty"], tmp_path)
    with pytest.raises(UsageError, match=r"--isf .*gone\.fs: give an ISF filter \(a \.fs file that exists\)"):
        find_filters([tmp_path / "gone.fs"], tmp_path)
    (tmp_path / "bad.fs").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GraphicsError, match=r"bad\.fs: it is not UTF-8 text"):
        find_filters([tmp_path / "bad.fs"], tmp_path)


def test_a_performance_through_a_filter_is_rendered_again_from_its_take(tmp_path: Path) -> None:
    bundle, take = make_walk(tmp_path / "show.walk", (64, 36)).folder, tmp_path / "set.take"
    live, again, bare = (tmp_path / f"{name}.mkv" for name in ("live", "again", "bare"))
    write(tmp_path / "isf", "swap.fs")
    environment = {**headless_environment(), "ARTWALKS_CONFIG": str(tmp_path / "config")}
    common = ["--headless", "--fps", 20, "--seconds", 1, "--preset", "gallery"]
    isf = tmp_path / "isf" / "swap.fs"
    files = ["--record", live, "--take", take]
    finished(artwalks("perform", bundle, *common, "--isf", isf, *files, environment=environment))
    finished(artwalks("render", bundle, "--take", take, "-o", again, "--quiet", environment=environment))
    finished(artwalks("render", bundle, "--preset", "gallery", "--seconds", 0.2, "--fps", 20, "-o", bare, "--quiet",
                      environment=environment))  # fmt: skip
    np.testing.assert_array_equal(frames(live), frames(again))
    assert np.abs(frames(bare)[0].astype(int)[..., [1, 2, 0]] - frames(live)[0]).max() <= 2
    words = ("render", bundle, "--take", take, "--isf", isf, "-o", tmp_path / "no.mkv")
    _, err = finished(artwalks(*words, environment=environment), status=2)
    assert "--isf: a take has its own filters: leave it out" in err
    isf.write_text(FILTER.replace("0.5 *", "0.4 *"))
    words = ("render", bundle, "--take", take, "--seconds", 0.1, "-o", tmp_path / "edited.mkv")
    _, err = finished(artwalks(*words, environment=environment))
    assert "swap.fs was edited since the take: it is used as it is now" in err
    isf.unlink()
    _, err = finished(artwalks(*words, "--overwrite", environment=environment), status=2)
    assert "swap.fs, which is gone: put it back" in err


def test_a_broken_filter_stops_before_the_show_with_its_line(tmp_path: Path) -> None:
    bundle = make_walk(tmp_path / "show.walk", (64, 36)).folder
    write(tmp_path / "isf", "swap.fs")
    isf = tmp_path / "isf" / "swap.fs"
    isf.write_text(FILTER.replace("c.gbr", "d.gbr"))
    _, err = finished(artwalks("perform", bundle, "--headless", "--seconds", 1, "--isf", isf, "--no-take"), status=2)
    assert "swap.fs:5: " in err
    assert "Traceback" not in err
