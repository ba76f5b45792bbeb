"""CLIP embeddings by a tiny model of open_clip's own classes: random weights, saved as a user's folder would be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake.append import append
from artwalks_live.bake.bake import bake
from artwalks_live.bake.clip import CONFIG, Clip
from artwalks_live.bake.keyframes import LegRequest, Picture
from artwalks_live.bake.keyframes.patch import PatchGenerator
from artwalks_live.bake.way import shortest_way, way_length
from artwalks_live.core import walk as bundle
from artwalks_live.core.embedding import unpacked
from artwalks_live.core.errors import ModelError, UsageError
from tests.bake.bakery import contents, paint, request

TOLD = {
    "model_cfg": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "patch_size": 8, "head_width": 16},
        "text_cfg": {"context_length": 8, "vocab_size": 64, "width": 16, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.48, 0.45, 0.4], "std": [0.27, 0.26, 0.27]},
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIP in a folder."""
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    from artwalks_live.bake import clip

    try:
        open_clip = clip._library()
    except ModelError as error:
        pytest.skip(str(error))
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    torch.manual_seed(3)
    made = open_clip.CLIP(**TOLD["model_cfg"])
    save_file({name: values.contiguous() for name, values in made.state_dict().items()},
              folder / "open_clip_model.safetensors")  # fmt: skip
    (folder / CONFIG).write_text(json.dumps(TOLD), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    for number in range(4):
        paint(paintings / f"p{number}.png", number)
    return paintings


def noise(seed: int, shape: tuple[int, int] = (60, 90)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def test_embeddings_are_unit_vectors_alike_alone_and_together(model: Path) -> None:
    pictures = [noise(seed, (40 + seed, 90)) for seed in range(11)]
    together = Clip.of(str(model)).embed(pictures)
    alone = np.concatenate([Clip.of(str(model)).embed([picture]) for picture in pictures])
    assert together.shape == (11, 16)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert np.allclose(together, alone, atol=1e-5)
    assert len({tuple(np.round(vector, 4)) for vector in together}) == 11


def test_a_bake_keeps_the_embeddings_and_orders_by_them(model: Path, folder: Path) -> None:
    walk = bake(request(folder, metric="clip", clip=str(model), order="similar", loop=True))
    vectors = np.stack([unpacked(painting.embedding) for painting in walk.paintings])
    assert walk.versions["clip"].startswith("tiny-")
    assert walk.generator["options"]["metric"] == "clip"
    assert bundle.read(walk.folder) == walk
    distance = np.sqrt(((vectors[:, None] - vectors[None]) ** 2).mean(-1)).astype(float)
    lengths = [way_length([*way, way[0]], distance) for way in ([0, 1, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2])]
    assert lengths[0] == pytest.approx(min(lengths), abs=1e-3)
    before = contents(walk.folder)
    bake(request(folder, metric="clip", clip=str(model), order="similar", loop=True))
    assert contents(walk.folder) == before
    assert str(model) not in (walk.folder / "walk.json").read_text(encoding="utf-8")


def test_an_appended_painting_is_embedded_by_the_same_model(model: Path, folder: Path, tmp_path: Path) -> None:
    walk = bake(request(folder, metric="clip", clip=str(model), generator="patch", keyframes=0, flow="dis"))
    paint(tmp_path / "new.png", 9)
    grown = append([tmp_path / "new.png"], walk.folder)
    assert [len(unpacked(painting.embedding)) for painting in grown.paintings] == [16] * 5
    assert grown.paintings[:4] == walk.paintings
    assert bundle.read(walk.folder) == grown


def test_without_the_metric_nothing_changes(model: Path, folder: Path) -> None:
    plain = bake(request(folder))
    text = (plain.folder / "walk.json").read_text(encoding="utf-8")
    assert "embedding" not in text
    assert "metric" not in text
    named = bake(request(folder, folder=folder.parent / "clip.walk", metric="clip", clip=str(model)))
    assert [keyframe.image for keyframe in named.keyframes] == [keyframe.image for keyframe in plain.keyframes]


def test_even_steps_of_the_patch_generator_are_measured_in_its_distance(model: Path) -> None:
    a, b = noise(1, (24, 40)) // 3, 255 - noise(2, (24, 40)) // 3
    ends = [Picture(picture, picture, picture) for picture in (a, b)]
    asked = LegRequest(2)
    plain = PatchGenerator().plan(*ends, asked)
    clip = PatchGenerator().plan(*ends, replace(asked, clip=str(model)))
    assert not np.array_equal(plain["weights"], clip["weights"])
    assert np.all(np.diff([0.0, *clip["weights"], 1.0]) > 0.0)


def test_a_folder_that_is_none_is_one_line(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match=f"it has no {CONFIG}"):
        Clip.of(str(tmp_path))
    (tmp_path / CONFIG).write_text("{}", encoding="utf-8")
    (tmp_path / "open_clip_pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match=r"has no open_clip\*\.safetensors"):
        Clip.of(str(tmp_path))
    with pytest.raises(ModelError, match="is no folder"):
        bake(request(folder, metric="clip", clip="/no/such/folder"))
    with pytest.raises(UsageError, match="--metric 'lpips' is unknown: use one of clip, plain"):
        bake(request(folder, metric="lpips"))


def test_damaged_weights_are_one_line(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "half"
    copy.mkdir()
    (copy / CONFIG).write_text(json.dumps(TOLD), encoding="utf-8")
    whole = (model / "open_clip_model.safetensors").read_bytes()
    for data in (whole[: len(whole) // 2], b"", b"not a model at all"):
        (copy / "open_clip_model.safetensors").write_bytes(data)
        with pytest.raises(ModelError, match="half cannot be opened as an open_clip model") as caught:
            Clip.of(str(copy)).embed([noise(0)])
        assert "\n" not in str(caught.value)


# --- the way through a collection


@pytest.mark.parametrize("loop", [False, True])
def test_the_way_is_as_short_as_any_on_a_few_places(loop: bool) -> None:
    from itertools import permutations

    for seed in range(6):
        features = np.random.default_rng(seed).standard_normal((6, 3)).astype(np.float32)
        distance = np.sqrt(((features[:, None] - features[None]) ** 2).mean(-1)).astype(float)
        lengths = [way_length([*way, way[0]] if loop else way, distance) for way in map(list, permutations(range(6)))]
        way = shortest_way(features, loop)
        assert sorted(way) == list(range(6))
        assert way_length([*way, way[0]] if loop else way, distance) < 1.02 * min(lengths)
        assert way == shortest_way(features, loop)
    assert shortest_way(features[:2], loop) == [0, 1]
