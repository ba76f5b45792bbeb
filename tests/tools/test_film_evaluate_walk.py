"""Walks and folders: a double exposure is incoherent, blur has no detail, a cut does not hide, a strip is drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.core import walk
from artwalks_live.core.walk import Anchor
from artwalks_live.core.warp import show
from tests.tools.scenes import Knowing, Pixels, save, save_triplet, view
from tests.walks import make_walk
from tools.film import coherence, course, evaluate, segments
from tools.film.screen import Pair
from tools.film.segments import Part, Segment

SIZE = (96, 64)
KNOWING = "tests.tools.scenes:Knowing"


def paint(seed: int) -> Pixels:
    coarse = np.random.default_rng(seed).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    return cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)


def turning(a: Pixels, b: Pixels, o: float, k: float) -> Segment:
    """Nothing moves, and every place turns at the same time."""
    crossover = np.tile(np.array([o, k], np.float16), (2, 2, 1))
    baked = SegmentFlow(np.zeros((2, 2, 4), np.float16), crossover)
    return Segment("a-b", (Part(0.0, 1.0, Pair(a, b, baked)),), None)


def figures(segment: Segment) -> coherence.Figures:
    return coherence.measure(segment, course.run(segment))


def test_a_plain_dissolve_is_its_own_measure() -> None:
    found = figures(turning(paint(1), paint(2), 0, 1))
    assert found.ratio == pytest.approx(1, abs=0.01)
    assert found.detail == pytest.approx(found.detail_dissolve, abs=0.01)
    assert found.step == pytest.approx(1, abs=0.01)
    assert found.counts


def test_a_hidden_cut_is_coherent_but_found() -> None:
    found = figures(turning(paint(1), paint(2), 8, 60))
    assert found.ratio < 0.05
    assert found.step > 10


def test_blur_has_no_detail() -> None:
    soft = [cv2.GaussianBlur(paint(seed), (0, 0), 4) for seed in (1, 2)]
    pair = turning(paint(1), paint(2), 0, 1).parts[0].pair
    dull = Pair(soft[0], soft[1], pair.baked)
    through = Segment("dull", (Part(0.0, 0.25, pair), Part(0.25, 0.75, dull), Part(0.75, 1.0, pair)), None)
    assert figures(through).detail < 0.5


def test_pictures_that_hardly_differ_do_not_count() -> None:
    found = figures(turning(paint(1), paint(1), 0, 1))
    assert not found.counts
    assert coherence.line(found).startswith("(a-b)")
    whole = coherence.summary([found])
    assert whole["ratio_mean"] is None
    assert "none of 1 segments" in coherence.summary_lines(whole)[0]


def test_the_course_is_drawn_as_the_reference_draws() -> None:
    a, b = view(1, 0), view(1, 1)
    pair = Pair(a, b, Knowing().estimate(a, b))
    brush = course.Brush(pair)
    for t in (0.0, 0.01, 0.3, 0.99, 1.0):
        expected = show(a, b, pair.baked.flow, pair.baked.crossover, t)
        assert np.abs(brush.draw(t) - expected).mean() < 1e-3
    assert np.abs(brush.draw(0.3) - brush.draw(0.5)).mean() > 0.01


def test_anchors_are_shown_at_their_phase() -> None:
    a, middle, b = (paint(seed) for seed in (1, 2, 3))
    still = turning(a, b, 0, 1).parts[0].pair.baked
    segment = Segment("s", (Part(0.0, 0.25, Pair(a, middle, still)), Part(0.25, 1.0, Pair(middle, b, still))), None)
    assert segment.anchors == (0.25,)
    np.testing.assert_array_equal(course.draw(segment, 0.25) * 255, middle)
    np.testing.assert_array_equal(course.draw(segment, 1.0) * 255, b)
    way = course.run(segment)
    half = cv2.resize(middle, (48, 32), interpolation=cv2.INTER_AREA)
    assert way.brightness[16] == pytest.approx((half @ [0.2126, 0.7152, 0.0722]).mean(), abs=0.01)


def measured(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert evaluate.main([*map(str, arguments), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for i in range(3):
        save(tmp_path / "pictures" / f"{i}.png", view(7, i))
    return tmp_path / "pictures"


def test_a_folder_of_pictures(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, pictures, "--flow", KNOWING)
    assert list(found["each"]) == ["0-1", "1-2"]
    assert found["flow"] == KNOWING
    assert found["ratio_mean"] < 0.7  # not less: at the edges the true motion reads beyond the picture
    assert found["ms_per_pair"] >= 0
    assert found["continuity"]["keyframes"]["jump"]["mean"] < 0.1
    none = measured(capsys, pictures, "--flow", "none", "--limit", 1)
    assert none["segments"] == 1
    assert none["ratio_mean"] == pytest.approx(1, abs=0.01)
    assert "keyframes" not in none["continuity"]


def test_a_bundle_has_flows_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "show.walk"
    make_walk(folder, paintings=3, between=1)
    found = measured(capsys, folder, "--queries", 200)
    assert list(found["each"]) == ["0-1", "1-2", "2-3", "3-4"]
    assert found["flow"] == "baked"
    assert found["ms_per_pair"] is None
    again = measured(capsys, folder, "--queries", 200, "--flow", "none")
    assert again["flow"] == "none"
    assert again["coherence_mean"] != found["coherence_mean"]


def test_the_anchors_of_a_bundle_are_part_of_its_segments(tmp_path: Path) -> None:
    plain = make_walk(tmp_path / "show.walk", paintings=3, between=0)
    last, maps = plain.keyframes[2], plain.segments[0]
    anchor = Anchor(0.3, last.image, last.sha256, last.bytes, maps.flow, maps.crossover, maps.sha256)
    walk.write(replace(plain, segments=(plain.segments[0], replace(plain.segments[1], anchors=(anchor,)))))
    first, second = segments.of_bundle(plain.folder, None, 10).segments
    assert first.anchors == ()
    assert second.anchors == (0.3,)
    np.testing.assert_array_equal(second.parts[0].pair.b, second.b)
    assert not np.array_equal(second.a, second.b)
    np.testing.assert_array_equal(course.draw(second, 0.3) * 255, second.b)


def test_a_loop_is_followed_past_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_walk(tmp_path / "ring.walk", paintings=3, between=0, loop=True)
    arguments = (tmp_path / "ring.walk", "--queries", 50)
    assert evaluate.main([str(each) for each in arguments]) == 0
    text = capsys.readouterr().out
    assert "2-0" in text
    assert "continuity" in text


def test_strips_are_drawn(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "strips"
    assert evaluate.main([str(pictures), "--flow", KNOWING, "--strips", str(out), "--queries", "50"]) == 0
    assert "mean of 2" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == ["0-1.png", "1-2.png", "best-strip.png"]
    strip, best = (cv2.imread(str(out / name))[..., ::-1] for name in ("0-1.png", "best-strip.png"))
    assert best.shape[1] <= 1600
    a, b = view(7, 0), view(7, 1)
    between = (course.draw(segment_of(a, b), 0.5) * 255 + 0.5).astype(np.uint8)
    assert all(contains(strip, tile) for tile in (a, b, between))
    assert not contains(strip, view(7, 0.5)[:, ::-1].copy())


def test_strips_of_triplets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_triplet(tmp_path / "triplets" / "Gull")
    out = tmp_path / "strips"
    assert evaluate.main([str(tmp_path / "triplets"), "--flow", "dis", "--strips", str(out)]) == 0
    assert (out / "Gull.png").exists()
    assert "Gull" in capsys.readouterr().out


def segment_of(a: Pixels, b: Pixels) -> Segment:
    return Segment("s", (Part(0.0, 1.0, Pair(a, b, Knowing().estimate(a, b))),), None)


def contains(strip: Pixels, tile: Pixels) -> bool:
    """Whether a tile lies in a strip, pixel for pixel."""
    unlike = cv2.matchTemplate(np.ascontiguousarray(strip), tile, cv2.TM_SQDIFF)
    y, x = np.unravel_index(unlike.argmin(), unlike.shape)
    return bool((strip[y : y + tile.shape[0], x : x + tile.shape[1]] == tile).all())


def mistake(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert evaluate.main([str(each) for each in arguments]) == 2
    message = capsys.readouterr().err
    assert message.startswith("evaluate: ")
    assert message.count("\n") == 1
    return message


def test_a_source_that_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "does not exist" in mistake(capsys, tmp_path / "nowhere")
    assert "does not exist" in mistake(capsys, tmp_path / "nowhere.walk")
    (tmp_path / "file").write_text("text")
    assert "is no folder" in mistake(capsys, tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert "of pictures 0" in mistake(capsys, tmp_path / "empty", "--flow", "none")
    (tmp_path / "half.walk").mkdir()
    assert "walk.json" in mistake(capsys, tmp_path / "half.walk")


def test_pictures_of_two_sizes(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(pictures / "2.png", view(7, 2, (98, 61)))
    assert "2.png is 98x61, 1.png before it 97x61" in mistake(capsys, pictures, "--flow", "none", "--queries", 10)


def test_an_unknown_estimator_of_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_walk(tmp_path / "show.walk")
    assert "'dix' is unknown" in mistake(capsys, tmp_path / "show.walk", "--flow", "dix")


@pytest.mark.parametrize("option", ["--out", "--truth"])
def test_options_of_triplets_are_for_triplets(pictures: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert "are for triplets" in mistake(capsys, pictures, "--flow", "none", option, pictures)


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_limit_that_is_no_number(pictures: Path, capsys: pytest.CaptureFixture[str], value: str) -> None:
    with pytest.raises(SystemExit) as stop:
        evaluate.main([str(pictures), f"--limit={value}"])
    assert stop.value.code == 2
    assert "no number of at least 1" in capsys.readouterr().err
