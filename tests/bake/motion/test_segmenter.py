"""Masks from words: by networks made by hand, and by a tiny CLIPSeg with random weights."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake import operators
from artwalks_live.bake.motion.clipseg import ClipSeg
from artwalks_live.bake.motion.segmenter import (
    NothingFoundError,
    OnnxSegmenter,
    Segmentation,
    mask_of,
    refined,
    segmenter_of,
    words_of,
)
from artwalks_live.core.errors import ModelError, UsageError
from tests.nn.networks import looking, saved
from tools import random_models

GONE = [name for name in ("torch", "diffusers", "transformers", "accelerate") if importlib.util.find_spec(name) is None]
needs_diffusion = pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})")

RED, GREEN, BLUE, REST = (12.0, -6, -6, 0), (-6, 12.0, -6, 0), (-6, -6, 12.0, 0), (0, 0, 0, 4.0)
LABELS = {"artwalks.labels": "fire, tree ; wood,Sea;Water,rest"}
PATCHES = {"fire": (0, 0), "wood": (0, 160), "water": (120, 0)}


def painting() -> np.ndarray:
    """240 x 320: red, green, blue and black quarters with some grain."""
    picture = np.zeros((240, 320, 3), np.uint8)
    for channel, (y, x) in enumerate(PATCHES.values()):
        picture[y : y + 120, x : x + 160, channel] = 230
    grain = np.random.default_rng(1).integers(0, 20, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def network(folder: Path, rows: Sequence[Sequence[float]] = (RED, GREEN, BLUE, REST), **metadata: str) -> str:
    return str(saved(folder, looking(rows, stride=8, metadata=metadata or LABELS)))


def found(asked: Segmentation) -> np.ndarray:
    return mask_of(painting(), asked, segmenter_of(asked))


def quarters(*names: str) -> np.ndarray:
    mask = np.zeros((240, 320), bool)
    for y, x in (PATCHES[name] for name in names):
        mask[y : y + 120, x : x + 160] = True
    return mask


def overlap(mask: np.ndarray, wanted: np.ndarray) -> float:
    return float((wanted & (mask > 0)).sum() / (wanted | (mask > 0)).sum())


@pytest.mark.parametrize("words", ["fire", "wood", "WATER,  wood", "water, fire, wood"])
def test_words_pick_the_channels_of_their_labels(tmp_path: Path, words: str) -> None:
    mask = found(Segmentation(words, network(tmp_path), threshold=0.5, eroded=0))
    assert set(np.unique(mask)) == {0, 255}
    assert overlap(mask, quarters(*words_of(words.lower()))) > 0.97


def test_one_channel_needs_no_labels(tmp_path: Path) -> None:
    mask = found(Segmentation("what burns", network(tmp_path, [(20.0, 0, 0, -10)], name="x"), threshold=0.5, eroded=0))
    assert overlap(mask, quarters("fire")) > 0.97


def test_probabilities_and_logits_are_told_apart_or_said(tmp_path: Path) -> None:
    plain = OnnxSegmenter.of(Path(network(tmp_path, [(1.0, 0, 0, 0)], name="x"))).likely(painting(), ["fire"])
    assert plain.max() == pytest.approx(0.93, abs=0.05)
    assert plain.min() < 0.1
    said = network(tmp_path, [(1.0, 0, 0, 0)], **{"artwalks.activation": "sigmoid"})
    squashed = OnnxSegmenter.of(Path(said)).likely(painting(), ["fire"])
    assert squashed.min() == pytest.approx(0.51, abs=0.02)
    several = OnnxSegmenter.of(Path(network(tmp_path))).likely(painting(), ["fire", "wood", "water", "rest"])
    assert np.allclose(several, 1.0), "of all classes together it is sure"


def test_each_erosion_takes_two_pixels_more(tmp_path: Path) -> None:
    asked = Segmentation("water", network(tmp_path), threshold=0.5, eroded=0)
    areas = [found(replace(asked, eroded=times)).astype(bool) for times in range(6)]
    for times, area in enumerate(areas[1:], 1):
        ring = cv2.erode(areas[0].astype(np.uint8), np.ones((4 * times + 1,) * 2, np.uint8)).astype(bool)
        assert np.array_equal(area, ring)
    assert areas[5][-1, 0], "the picture's own frame is no edge"


def test_edges_are_the_pictures_own(tmp_path: Path) -> None:
    """A map that is off by four pixels snaps to where the colours change."""
    picture = np.full((200, 200, 3), 40, np.uint8)
    picture[:, 100:] = 200
    coarse = np.zeros((200, 200), np.float32)
    coarse[:, 96:] = 1.0
    edge = (refined(picture, cv2.GaussianBlur(coarse, (0, 0), 4)) >= 0.5).argmax(axis=1)
    assert np.abs(edge - 100).max() <= 1


def test_specks_go_and_pinholes_are_filled(tmp_path: Path) -> None:
    class Dotted:
        identity = "dotted"

        def likely(self, picture: np.ndarray, words: Sequence[str]) -> np.ndarray:
            sure = quarters("fire").astype(np.float32)
            sure[60:66, 60:66], sure[200:206, 200:206] = 0.0, 1.0
            return sure

    flat = np.full((240, 320, 3), 90, np.uint8)
    mask = mask_of(flat, Segmentation("fire", "x", threshold=0.5, eroded=0), Dotted())
    assert mask[63, 63] == 255
    assert mask[203, 203] == 0


def test_a_twin_is_looked_at_and_the_painting_is_masked(tmp_path: Path) -> None:
    asked = Segmentation("fire", network(tmp_path), threshold=0.5, eroded=0)
    mask = mask_of(painting(), asked, segmenter_of(asked), seen=painting()[:, ::-1])
    assert overlap(mask, quarters("wood")) > 0.9, "where the twin is red"


def test_words_that_name_nothing_or_everything(tmp_path: Path) -> None:
    asked = Segmentation("fire, water", network(tmp_path, [(0, 0, 0, -3.0)], name="x"))
    nothing = r"no such thing is found \(the likeliest place has 0.05 of 1\): use other words, or a lower --threshold$"
    with pytest.raises(NothingFoundError, match=f"^--words 'fire, water': {nothing}"):
        found(asked)
    asked = replace(asked, segmenter=network(tmp_path, [(0, 0, 0, 3.0)], name="x"))
    with pytest.raises(NothingFoundError, match=r"^--words 'fire, water': it is the whole picture: use fewer words"):
        found(asked)
    with pytest.raises(NothingFoundError, match=r"^--words 'fire': all that is found is eroded away: use less than"):
        picture = np.zeros((240, 320, 3), np.uint8)
        picture[100:116, 100:116, 0] = 255
        asked = Segmentation("fire", network(tmp_path, [(20.0, 0, 0, -10)], name="x"), eroded=5)
        mask_of(picture, asked, segmenter_of(asked))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"segmenter": ""}, "--words needs --segmenter: a folder of CLIPSeg, or an .onnx file"),
        ({"words": " "}, "--words is empty: name what moves, as in --words 'water, sky'"),
        ({"words": "sky,,sea"}, "--words 'sky,,sea': one word is empty: put one comma between two words"),
        ({"words": ",".join(map(str, range(33)))}, "--words has 33 words: use 32 at most"),
        ({"words": 78 * "x"}, "--words: 'xxxxxxxxxxxxxxxxxxxx'… has 78 characters: use 77 at most"),
        ({"threshold": 1.0}, "--threshold 1: use a value between 0 and 1"),
        ({"eroded": 6}, "--eroded 6: use 0 to 5"),
    ],
)
def test_what_cannot_be_asked(changed: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as told:
        replace(Segmentation("sky", "x.onnx"), **changed).check()  # type: ignore[arg-type]
    assert str(told.value) == said


def test_a_word_that_is_no_label_and_labels_that_are_no_channels(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--words: 'waters' is unknown: use one of fire, rest, sea, tree, water, "
                                         r"wood \(nearest: water\)$"):  # fmt: skip
        segmenter_of(Segmentation("fire, waters", network(tmp_path)))
    with pytest.raises(ModelError, match=r"net.onnx has 4 channels and no labels: name every channel in the met"):
        segmenter_of(Segmentation("fire", network(tmp_path, x="y")))
    with pytest.raises(ModelError, match=r"net.onnx has 4 channels and 2 labels: name every channel in the metadata"):
        segmenter_of(Segmentation("fire", network(tmp_path, labels="fire, tree")))
    with pytest.raises(ModelError, match="says activation = 'tanh' is unknown: use one of none, sigmoid, softmax"):
        segmenter_of(Segmentation("fire", network(tmp_path, activation="tanh", labels="fire, tree, sea")))


def test_a_segmenter_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has the inputs image .*, mask .*: a segmenter takes float32 \(1, 3, H, W\), "
                                         r"and gives float32 \(1, C, h, w\)$"):  # fmt: skip
        segmenter_of(Segmentation("sky", str(saved(tmp_path, looking([RED], masked=True)))))
    with pytest.raises(ModelError, match=r"gone.onnx does not exist"):
        segmenter_of(Segmentation("sky", str(tmp_path / "gone.onnx")))
    for name, said in (("net.pth", "a pickle file can run code"), ("a.b", "give a model's folder, or a name")):
        with pytest.raises(ModelError, match=f"{name}.*: {said}"):
            segmenter_of(Segmentation("sky", str(tmp_path / name)))
    with pytest.raises(ModelError, match=r"no CLIPSeg model \(config.json\) is there: give its folder"):
        segmenter_of(Segmentation("sky", str(tmp_path)))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "segformer"}), encoding="utf-8")
    with pytest.raises(ModelError, match=r"this is a segformer, and CLIPSeg is needed, or an .onnx file"):
        segmenter_of(Segmentation("sky", str(tmp_path)))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clipseg"}), encoding="utf-8")
    with pytest.raises(ModelError, match="its weights are missing: fetch the model again"):
        segmenter_of(Segmentation("sky", str(tmp_path)))


@pytest.fixture(scope="module")
def clipseg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["HF_HUB_OFFLINE"] = "1"
    operators.declare()
    return random_models.clipseg(tmp_path_factory.mktemp("clipseg") / "tiny")


@needs_diffusion
def test_clipseg_gives_what_transformers_own_class_gives(clipseg: Path) -> None:
    """Against the model called as its documentation has it, on a picture of its own size, which nothing resizes."""
    import torch
    from transformers import CLIPSegForImageSegmentation, CLIPTokenizer

    picture = cv2.resize(painting(), (64, 64), interpolation=cv2.INTER_AREA)
    words = ["sky", "waterfall", "a tree", "fog", "sea"]
    likely = ClipSeg.of(str(clipseg)).likely(picture, words)
    model = CLIPSegForImageSegmentation.from_pretrained(clipseg).eval()
    tokenizer = CLIPTokenizer.from_pretrained(clipseg)
    statistics = ((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))  # as its preprocessor_config.json says
    mean, deviation = (torch.tensor(values)[:, None, None] for values in statistics)
    pixels = (torch.from_numpy(picture).permute(2, 0, 1) / 255.0 - mean) / deviation
    with torch.no_grad():
        alone = [model(pixel_values=pixels[None], **tokenizer([word], return_tensors="pt")).logits for word in words]
    expected = torch.sigmoid(torch.stack([one.reshape(64, 64) for one in alone])).amax(dim=0).numpy()
    assert np.abs(likely - expected).max() < 1e-5
    assert np.ptp(likely) > 0.01, "it must not be the same everywhere"


@needs_diffusion
def test_clipseg_finds_more_with_more_words_and_a_mask_comes_of_it(clipseg: Path) -> None:
    model = ClipSeg.of(str(clipseg))
    one, two = (model.likely(painting(), words) for words in (["sky"], ["sky", "zebra"]))
    assert (two >= one - 1e-6).all()
    assert not np.allclose(one, two), "the words must steer it"
    likely = refined(painting(), one)
    asked = Segmentation("sky", str(clipseg), threshold=float(np.median(likely)), eroded=0)
    assert 0.2 < (mask_of(painting(), asked, segmenter_of(asked)) > 0).mean() < 0.8


@needs_diffusion
def test_a_clipseg_that_is_cut_short_or_another_is_told_by_content(clipseg: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(clipseg, tmp_path / "copy"))
    assert ClipSeg.of(str(copy)).identity == ClipSeg.of(str(clipseg)).identity
    prepared = copy / "preprocessor_config.json"
    prepared.write_text(prepared.read_text(encoding="utf-8").replace("64", "96"), encoding="utf-8")
    assert ClipSeg.of(str(copy)).likely(painting(), ["sky"]).shape == (96, 96)
    assert ClipSeg.of(str(copy)).identity != ClipSeg.of(str(clipseg)).identity
    prepared.write_text('{"size": 0}', encoding="utf-8")
    with pytest.raises(ModelError, match=r"preprocessor_config.json: size, image_mean and image_std cannot be read"):
        segmenter_of(Segmentation("sky", str(copy)))
    prepared.unlink()
    assert ClipSeg.of(str(copy)).likely(painting(), ["sky"]).shape == (352, 352), "CLIPSeg's own"
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(ModelError, match=r"model.safetensors has \d+ bytes, \d+ are expected: fetch the model again"):
        segmenter_of(Segmentation("sky", str(copy)))
