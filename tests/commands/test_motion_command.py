"""`artwalks motion` and `artwalks inspect --motion`: the command line, and what is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artwalks_live.__main__ import main
from artwalks_live.commands.motion_sheet import hues, wheel
from artwalks_live.core import walk as bundle
from tests.bake.motion.moving import make_moving


def test_motion_is_given_told_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_moving(tmp_path / "show.walk").folder
    assert main(["inspect", str(folder), "--motion", str(tmp_path / "none.png"), "--quiet"]) == 2
    assert "nothing in it moves: `artwalks motion" in capsys.readouterr().err
    assert main(["motion", str(folder), "--painting", "1"]) == 0
    assert "of 2 paintings 1 flow and 1 sway" in capsys.readouterr().out
    assert main(["inspect", str(folder), "--motion", str(tmp_path / "sheet.png")]) == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        drawn = np.asarray(sheet)
    assert f"motion      {tmp_path / 'sheet.png'}, {drawn.shape[1]}x{drawn.shape[0]}" in capsys.readouterr().out
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 500
    assert main(["motion", str(folder), "--still", "--quiet"]) == 0
    assert all(painting.motion is None for painting in bundle.read(folder).paintings)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--threshold", "0.3"], "--threshold is about masks from words: give --words and --segmenter too"),
        (["--twin-seed", "3"], "--twin-seed is about a twin: give --twin FOLDER too"),
        (["--words", "sky"], "--words needs --segmenter"),
        (["--predictor", "nowhere.onnx"], "nowhere.onnx"),
        (["--redo", "mas"], "--redo 'mas' is unknown"),
        (["--painting", "Dawm"], "nearest: Dawn"),
    ],
)
def test_mistakes_end_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    folder = make_moving(tmp_path / "show.walk").folder
    assert main(["motion", str(folder), *words, "--quiet"]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") <= 2


def test_what_is_no_walk_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["motion", str(tmp_path / "none.walk")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_hues_tell_directions_and_brightness_how_far() -> None:
    shown = hues(np.array([[[1.0, 0.0], [-1.0, 0.0], [0.5, 0.0], [0.0, 0.0]]]), 1.0)[0].astype(int)
    assert shown[0].argmax() == 0, "to the right is red"
    assert abs(shown[0] - shown[1]).max() > 150 and shown[2].max() < 0.6 * shown[0].max() and not shown[3].any()
    assert wheel(32).shape == (32, 32, 3)
