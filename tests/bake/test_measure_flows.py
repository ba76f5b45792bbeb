"""The measuring tool measures: a double exposure is incoherent, blur has no detail, a cut does not hide."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake.flows import SegmentFlow
from tools import measure_flows

SIZE = (96, 64)


def paint(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    return cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)


def uniform(o: float, k: float) -> SegmentFlow:
    """Nothing moves, and every place turns at the same time."""
    crossover = np.broadcast_to(np.array([o, k], np.float16), (SIZE[1], SIZE[0], 2)).copy()
    return SegmentFlow(np.zeros((SIZE[1], SIZE[0], 4), np.float16), crossover)


def test_a_plain_dissolve_is_its_own_measure() -> None:
    figures = measure_flows.measure(paint(1), paint(2), uniform(0, 1))
    assert figures.ratio == pytest.approx(1, abs=0.01)
    assert figures.detail == pytest.approx(figures.detail_dissolve, abs=0.01)
    assert figures.step == pytest.approx(1, abs=0.01)
    assert figures.counts


def test_a_hidden_cut_is_coherent_but_found() -> None:
    figures = measure_flows.measure(paint(1), paint(2), uniform(8, 60))
    assert figures.ratio < 0.05
    assert figures.step > 10


def test_pictures_that_hardly_differ_do_not_count() -> None:
    assert not measure_flows.measure(paint(1), paint(1), uniform(0, 1)).counts


def test_a_folder_of_pictures_is_measured_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(3):
        cv2.imwrite(str(tmp_path / f"{i}.png"), paint(i))
    strips = tmp_path / "strips"
    assert measure_flows.main([str(tmp_path), "--strips", str(strips)]) == 0
    printed = capsys.readouterr().out
    assert "0-1" in printed
    assert "mean of 2" in printed
    assert sorted(path.name for path in strips.iterdir()) == ["0-1.png", "1-2.png"]
    assert cv2.imread(str(strips / "0-1.png")).shape == (SIZE[1], 5 * SIZE[0], 3)
