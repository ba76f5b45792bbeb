"""CLIPSeg as an ONNX file, from a tiny one with random weights."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake import operators
from artwalks_live.bake.motion.clipseg import ClipSeg
from artwalks_live.bake.motion.segmenter import Segmentation, segmenter_of
from tools import random_models

NEEDED = ("torch", "diffusers", "transformers", "accelerate", "onnx")
GONE = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(GONE), reason=f"needs the extras diffusion and train ({', '.join(GONE)})")


def test_words_become_channels_and_give_what_torch_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tools.export_clipseg import main

    os.environ["HF_HUB_OFFLINE"] = "1"
    operators.declare()
    folder, out = random_models.clipseg(tmp_path / "tiny"), tmp_path / "water.onnx"
    assert main([str(folder), "--words", "water, sky", "-o", str(out)]) == 0
    assert "2 words; at most" in capsys.readouterr().out
    picture = np.random.default_rng(5).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for words in (["sky"], ["water"], ["sky", "water"]):
        found = segmenter_of(Segmentation(", ".join(words), str(out)))
        assert np.abs(found.likely(picture, words) - ClipSeg.of(str(folder)).likely(picture, words)).max() < 1e-4
    assert not np.allclose(found.likely(picture, ["sky"]), found.likely(picture, ["water"]))
    assert main([str(folder), "--words", "water,", "-o", str(out)]) == 2
    assert capsys.readouterr().err.startswith("export_clipseg: --words 'water,': one word is empty")
    assert main([str(folder), "--words", "water", "-o", str(tmp_path / "water.pt")]) == 2
    assert "give a file's name that ends in .onnx" in capsys.readouterr().err
