"""Pictures of prompts by tiny pipelines of diffusers' own classes with random weights."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake import operators
from artwalks_live.bake.painter import DiffusionPainter
from artwalks_live.core.errors import ModelError
from tools import random_models

GONE = [name for name in ("torch", "diffusers", "transformers") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["HF_HUB_OFFLINE"] = "1"
    operators.declare()
    folder = tmp_path_factory.mktemp("models")
    random_models.kandinsky(folder / "kandinsky")
    random_models.stable_diffusion(folder / "sd")
    return folder


@pytest.mark.parametrize("name", ["kandinsky", "sd"])
def test_a_prompt_is_painted_seeded_at_a_multiple_of_64(models: Path, name: str) -> None:
    painter = DiffusionPainter.of(models / name, steps=2)
    made = painter.paint("a ship", (70, 120), 3)
    assert made.shape == (128, 64, 3)
    assert made.dtype == np.uint8
    assert np.array_equal(painter.paint("a ship", (70, 120), 3), made)
    assert not np.array_equal(painter.paint("a ship", (70, 120), 4), made)


def test_a_folder_without_a_pipeline_and_a_pickled_one_are_refused(models: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no diffusers pipeline"):
        DiffusionPainter.of(tmp_path)
    with pytest.raises(ModelError, match="this is a KandinskyV22PriorPipeline"):
        DiffusionPainter.of(models / "kandinsky" / "prior")
