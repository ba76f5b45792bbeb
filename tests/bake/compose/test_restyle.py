"""Restyling by Stable Diffusion, on a tiny pipeline of diffusers' own classes with random weights."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake import operators
from artwalks_live.bake.compose.restyle import Restyler, Restyling
from artwalks_live.bake.restyling import sparing
from artwalks_live.core.errors import ModelError, UsageError
from tools import random_models

GONE = [name for name in ("torch", "diffusers", "transformers", "accelerate") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})")

ROUGH = np.random.default_rng(3).integers(0, 255, (4, 6, 3), dtype=np.uint8)
PICTURE = np.asarray(cv2.resize(ROUGH, (100, 70), interpolation=cv2.INTER_CUBIC))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["HF_HUB_OFFLINE"] = "1"
    operators.declare()
    return random_models.stable_diffusion(tmp_path_factory.mktemp("models") / "sd")


def test_the_usual_is_as_published() -> None:
    usual = Restyling(prompt="x")
    assert (usual.strength, usual.steps, usual.guidance, usual.seed) == (0.5, 12, 7.5, 42)


def test_a_picture_is_restyled_repeatably_by_seed_and_prompt(model: Path) -> None:
    restyler = Restyler(Restyling(str(model), "a red boat", steps=4))
    made = restyler(PICTURE)
    assert (made.shape, made.dtype) == (PICTURE.shape, np.uint8)
    assert np.array_equal(made, restyler(PICTURE))
    assert np.array_equal(made, restyler(PICTURE, 42))
    assert not np.array_equal(made, restyler(PICTURE, 43))
    assert not np.array_equal(made, restyler(np.ascontiguousarray(PICTURE[::-1])))
    assert not np.array_equal(made, Restyler(Restyling(str(model), "blue hills", steps=4))(PICTURE))


def test_it_is_what_diffusers_own_pipeline_paints(model: Path) -> None:
    import torch
    from diffusers import StableDiffusionImg2ImgPipeline

    picture = np.asarray(cv2.resize(PICTURE, (128, 64)))
    made = Restyler(Restyling(str(model), "a red boat", "fog", strength=0.75, steps=4, guidance=5.0, seed=7))(picture)
    pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(model, safety_checker=None)
    expected = pipeline(
        "a red boat", image=picture[None] / np.float32(255.0), negative_prompt="fog", strength=0.75,
        num_inference_steps=4, guidance_scale=5.0, generator=torch.Generator().manual_seed(7), output_type="np",
    ).images[0]  # fmt: skip
    assert np.abs(expected * 255 - made).max() <= 1


def test_the_less_strength_the_more_is_left(model: Path) -> None:
    def left(strength: float) -> float:
        restyler = Restyler(Restyling(str(model), "x", strength=strength, steps=4))
        here, there = (restyler(picture).astype(int) for picture in (PICTURE, np.ascontiguousarray(PICTURE[::-1])))
        return float(np.abs(here - there).mean())

    assert left(0.25) > 2 * left(1.0)


def test_a_large_picture_is_painted_smaller_and_fits_again(model: Path) -> None:
    picture = np.asarray(cv2.resize(PICTURE, (1280, 720)))
    made = Restyler(Restyling(str(model), "x", strength=0.5, steps=2))(picture)
    assert made.shape == picture.shape
    assert made.std() > 1


def test_out_of_memory_is_tried_once_more_in_parts() -> None:
    done: list[str] = []

    def paint() -> str:
        done.append("paint")
        if done.count("paint") <= short:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return "painted"

    short = 1
    assert sparing(paint, lambda: done.append("spare")) == "painted"
    assert done == ["paint", "spare", "paint"]
    done, short = [], 2
    with pytest.raises(RuntimeError, match="out of memory"):
        sparing(paint, lambda: done.append("spare"))
    with pytest.raises(RuntimeError, match="another fault"):
        sparing(lambda: faulty("another fault"), lambda: done.append("spare"))
    assert done == ["paint", "spare", "paint"]


def faulty(text: str) -> None:
    raise RuntimeError(text)


def test_its_key_is_of_options_and_content_and_of_no_path(model: Path, tmp_path: Path) -> None:
    key = Restyler(Restyling(str(model), "x")).key
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    assert Restyler(Restyling(str(copy), "x", device="cpu")).key == key
    assert Restyler(Restyling(str(model), "y")).key != key
    (copy / "scheduler" / "scheduler_config.json").write_text("{}", encoding="utf-8")
    assert Restyler(Restyling(str(copy), "x")).key != key


def test_what_cannot_restyle(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--restyle-prompt is empty: say what the picture is to become"):
        Restyler(Restyling(str(model)))
    with pytest.raises(ModelError, match=r"^sd is not here .*: artwalks models fetch sd; or leave --restyle out"):
        Restyler(Restyling(prompt="x"))
    with pytest.raises(ModelError, match=r"--restyle .*sd.ckpt: a pickle file can run code and is never opened"):
        Restyler(Restyling(str(tmp_path / "sd.ckpt"), "x"))
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    index = copy / "model_index.json"
    named = json.loads(index.read_text(encoding="utf-8")) | {"_class_name": "StableDiffusionXLPipeline"}
    index.write_text(json.dumps(named), encoding="utf-8")
    with pytest.raises(ModelError, match=r"--restyle .*: this is a StableDiffusionXLPipeline, and StableDiffusionPi"):
        Restyler(Restyling(str(copy), "x"))
    index.unlink()
    with pytest.raises(ModelError, match=r"--restyle .*: no diffusers pipeline \(model_index.json\) is there"):
        Restyler(Restyling(str(copy), "x"))
