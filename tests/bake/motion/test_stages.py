"""Twin, mask and motion, one after the other: what is made anew and what is kept."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake import operators
from artwalks_live.bake.motion.segmenter import NothingFoundError, Segmentation
from artwalks_live.bake.motion.stages import Made, Motion, Networks, run
from artwalks_live.bake.motion.twin import twin_options
from artwalks_live.bake.store import Store
from artwalks_live.core.errors import ModelError, UsageError
from tests.nn.networks import looking, saved
from tools import random_models

GONE = [name for name in ("torch", "diffusers", "transformers", "accelerate") if importlib.util.find_spec(name) is None]
needs_diffusion = pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})")
PICTURE = np.zeros((96, 160, 3), np.uint8)
PICTURE[:, 80:] = (240, 120, 60)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["HF_HUB_OFFLINE"] = "1"
    operators.declare()
    return random_models.stable_diffusion(tmp_path_factory.mktemp("models") / "sd")


@pytest.fixture
def asked(tmp_path: Path) -> Motion:
    """Red is what moves, to the right; and it swings."""
    red = saved(tmp_path, looking([(20.0, 0, 0, -10)], stride=4), "red.onnx")
    flow = saved(tmp_path, looking([(0, 0, 0, 0.2), (0, 0, 0, 0)]), "flow.onnx")
    sway = saved(tmp_path, looking([(0, 0, 0, 20.0)] * 8, metadata={"artwalks.frames": "149"}), "sway.onnx")
    segmentation = Segmentation("fire", str(red), threshold=0.5)
    return Motion(segmentation=segmentation, predictor=str(flow), sway_model=str(sway))


def made(asked: Motion, folder: Path, mask: np.ndarray | None = None, picture: np.ndarray = PICTURE) -> Made:
    return run(picture, Networks.of(asked), Store(folder / "x.walk"), mask)


def test_each_stage_is_made_once(asked: Motion, tmp_path: Path) -> None:
    first = made(asked, tmp_path)
    assert first.anew == ("mask", "current", "sway")
    assert first.twin is None
    assert first.mask is not None and first.mask.mean() == pytest.approx(255 * 0.49, abs=3)
    assert first.current is not None and (first.current[:, :40, :3] == 0).all() and first.current[..., 0].max() > 0.5
    assert first.sway is not None and first.sway.shape == (2, 96, 160, 4)
    again = made(asked, tmp_path)
    assert again.anew == ()
    for name in ("mask", "current", "sway"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert made(asked, tmp_path, picture=PICTURE + np.uint8(1)).anew == ("mask", "current", "sway")


def test_what_hangs_on_a_change_is_made_anew_and_nothing_else(asked: Motion, tmp_path: Path) -> None:
    made(asked, tmp_path)
    assert asked.segmentation is not None
    eroded = replace(asked, segmentation=replace(asked.segmentation, eroded=3))
    assert made(eroded, tmp_path).anew == ("mask", "current", "sway")
    same = replace(asked, segmentation=replace(asked.segmentation, threshold=0.51))
    assert made(same, tmp_path).anew == ("mask",), "another threshold, the same mask: nothing follows"
    slower = saved(tmp_path, looking([(0, 0, 0, 0.1), (0, 0, 0, 0)]), "slower.onnx")
    assert made(replace(asked, predictor=str(slower)), tmp_path).anew == ("current",)
    assert made(replace(asked, redo=frozenset({"sway"})), tmp_path).anew == ("sway",)


def test_a_stage_whose_file_was_cut_short_is_made_again(asked: Motion, tmp_path: Path) -> None:
    made(asked, tmp_path)
    for path in (tmp_path / "x.walk" / ".bake" / "work").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    assert made(asked, tmp_path).anew == ("mask", "current", "sway")


def test_a_mask_by_hand_goes_before_the_words(asked: Motion, tmp_path: Path) -> None:
    mask = np.zeros((96, 160), np.uint8)
    mask[:48] = 255
    found = made(asked, tmp_path, mask)
    assert found.anew == ("current", "sway")
    assert found.current is not None and (found.current[48:, :, :3] == 0).all() and found.current[20, 10, 0] > 0.5
    with pytest.raises(UsageError, match="the mask has 160x95 pixels and the picture 160x96: both must be of one size"):
        made(asked, tmp_path, mask[1:])


def test_words_that_name_nothing_in_this_picture(asked: Motion, tmp_path: Path) -> None:
    with pytest.raises(NothingFoundError, match=r"^--words 'fire': no such thing is found"):
        made(asked, tmp_path, picture=np.zeros_like(PICTURE))


def test_all_is_looked_at_before_anything_is_made(asked: Motion, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone.onnx does not exist"):
        Networks.of(replace(asked, sway_model=str(tmp_path / "gone.onnx")))
    with pytest.raises(UsageError, match=r"^--redo 'swing' is unknown: use one of current, mask, sway, twin"):
        Networks.of(replace(asked, redo=frozenset({"swing"})))
    with pytest.raises(UsageError, match=r"^--twin is of no use alone: add --words and --segmenter, --predictor or"):
        Networks.of(Motion(twin=twin_options("sd")))


@needs_diffusion
def test_the_twin_is_looked_at_in_the_paintings_place(asked: Motion, model: Path, tmp_path: Path) -> None:
    """Random weights paint no fire; so the predictor is one that shows what it was shown: red, as a flow."""
    seeing = saved(tmp_path, looking([(0.3, 0, 0, 0), (0, 0, 0, 0)]), "seeing.onnx")
    twin = replace(twin_options(str(model), "a photograph of fire"), steps=4)
    asked = Motion(twin, predictor=str(seeing))
    first = made(asked, tmp_path)
    assert first.anew == ("twin", "current")
    assert first.twin is not None and first.twin.shape == PICTURE.shape and not np.array_equal(first.twin, PICTURE)
    red = first.twin[..., 0].astype(np.float32) / 255
    assert first.current is not None
    shown = 0.3 * 640 / 160 * red
    assert np.abs(first.current[..., 0] - np.where(shown < 0.02, 0, np.minimum(shown, 1))).max() < 0.02
    assert made(asked, tmp_path).anew == ()
    assert made(replace(asked, twin=replace(twin, seed=1)), tmp_path).anew == ("twin", "current")
    assert made(replace(asked, predictor=asked.predictor, redo=frozenset({"twin"})), tmp_path).anew == ("twin",)


@needs_diffusion
def test_a_twin_keeps_the_framing(model: Path, tmp_path: Path) -> None:
    """What changes in one place of the painting changes there in the twin, whatever the sizes of model and picture."""
    rough = np.random.default_rng(3).integers(0, 255, (6, 9, 3), dtype=np.uint8)
    picture = np.asarray(cv2.resize(rough, (150, 100), interpolation=cv2.INTER_NEAREST))
    twin = replace(twin_options(str(model)), strength=0.25, steps=4)
    flow = saved(tmp_path, looking([(0, 0, 0, 0.2), (0, 0, 0, 0)]))
    other = picture.copy()
    other[:, 110:] = 255 - other[:, 110:]
    one, two = (made(Motion(twin, predictor=str(flow)), tmp_path, picture=given).twin for given in (picture, other))
    assert one is not None and two is not None
    assert one.shape == picture.shape
    apart = np.abs(one.astype(int) - two).mean(axis=(0, 2))
    assert apart[118:].mean() > 2 * apart[:90].mean()


@needs_diffusion
def test_a_twins_options_are_checked_by_their_names(model: Path) -> None:
    for changed, said in (
        ({"strength": 0.0}, "--twin-strength 0: use a value from 0.01 to 1"),
        ({"steps": 0}, "--twin-steps 0: use a value from 1 to 500"),
        ({"guidance": 31.0}, "--twin-guidance 31: use a value from 1 to 30"),
        ({"strength": 0.1, "steps": 5}, "--twin-strength 0.1 of --twin-steps 5 is not one step: raise either"),
        ({"seed": -1}, "--twin-seed -1: use 0 or more"),
        ({"prompt": " "}, "--twin-prompt is empty: say what the picture is to become"),
        ({"negative": 1001 * "x"}, "--twin-negative has 1001 characters: use 1000 at most"),
        ({"dtype": "float8"}, "--dtype 'float8' is unknown: use one of auto, bfloat16, float16, float32"),
        ({"model": ""}, "--twin is empty: give the folder of a Stable Diffusion model, or its name"),
        ({"prompt": 40 * "word "}, "--twin-prompt has 162 tokens, the model reads 77: shorten it"),
    ):
        with pytest.raises(UsageError) as told:
            Networks.of(Motion(replace(twin_options(str(model)), **changed), predictor="x.onnx"))  # type: ignore[arg-type]
        assert str(told.value).startswith(said)
