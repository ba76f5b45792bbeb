"""The measuring of the diffusion generators, tried with models of a few thousand weights."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tools import measure_generators

GONE = [name for name in ("torch", "diffusers", "transformers") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})")


def test_every_generator_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    tiny = ["--tiny", "--device", "cpu", "--size", "96x64", "--keyframes", "2", "--steps", "4", "--batch", "2"]
    assert measure_generators.main(tiny) == 0
    card, *lines = capsys.readouterr().out.splitlines()
    assert card.startswith("CPU, torch ")
    assert [line.split()[0] for line in lines] == ["kandinsky", "unclip", "sd"]
    for line in lines:
        numbers = r"load_s \d+\.\d  plan_s \d+\.\d  keyframe_s \d+\.\d\d  vram_gb -"
        assert re.search(rf"96x64  steps 4  batch 2  {numbers}", line)


def test_without_a_gpu_it_says_so_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert measure_generators.main([]) == 0
    assert capsys.readouterr().out.startswith("no GPU here (torch ")
