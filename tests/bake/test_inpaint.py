"""Kandinsky inpainting as a fit, on a tiny pipeline of diffusers' own classes with random weights."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake import operators
from artwalks_live.bake.fit import fit
from artwalks_live.bake.inpaint import Kandinsky
from artwalks_live.bake.inset import Inset
from artwalks_live.core.errors import ModelError
from tests.bake.test_fit import landscape
from tools import random_models

GONE = [name for name in ("torch", "diffusers", "transformers") if importlib.util.find_spec(name) is None]
needs_diffusion = pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Kandinsky:
    os.environ["HF_HUB_OFFLINE"] = "1"
    operators.declare()
    folder = tmp_path_factory.mktemp("models")
    random_models.kandinsky(folder / "kandinsky")
    found = Kandinsky.of(random_models.kandinsky_inpaint(folder / "inpaint"), folder / "kandinsky")
    return replace(found, steps=2, pixels=64 * 128)


@needs_diffusion
@pytest.mark.parametrize("shape", [(40, 80), (100, 30)])
def test_a_frame_is_repainted_and_the_painting_is_not(model: Kandinsky, shape: tuple[int, int]) -> None:
    painting = landscape(*shape)
    size = (128, 80) if shape[0] < shape[1] else (100, 64)
    there = Inset.of(shape, size)
    fill = model.inpainting(painting, there)
    frame = fill(painting, there)
    assert frame.shape == (size[1], size[0], 3)
    assert np.array_equal(frame[there.painting], painting)
    assert np.array_equal(model.inpainting(painting, there)(painting, there), frame)
    other = model.inpainting(255 - painting, there)(painting, there)
    assert not np.array_equal(other, frame)


def test_a_model_that_is_not_here_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTWALKS_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"kandinsky-inpaint is not here .*models fetch kandinsky-inpaint.*outpaint"):
        fit(landscape(40, 80), (128, 80), "kandinsky")


@needs_diffusion
def test_another_pipeline_is_refused(model: Kandinsky) -> None:
    with pytest.raises(ModelError, match="this is a KandinskyV22PriorPipeline"):
        Kandinsky.of(model.prior, model.prior.parent)
