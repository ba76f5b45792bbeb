"""Which of a repository's files are fetched."""

from __future__ import annotations

from artwalks_live.bake.models.catalogue import CATALOGUE
from artwalks_live.bake.models.choose import chosen
from artwalks_live.bake.models.hub import Remote


def names(files: list[str], patterns: tuple[str, ...] = (), half: bool = False) -> set[str]:
    return {file.name for file in chosen("o/n", [Remote(name, "", 1, "") for name in files], patterns, half)}


PIECES = [
    "model_index.json", "unet/config.json",
    "unet/model-00001-of-00002.safetensors", "unet/model-00002-of-00002.safetensors",
    "unet/model.safetensors.index.json",
    "unet/model.fp16-00001-of-00002.safetensors", "unet/model.fp16-00002-of-00002.safetensors",
    "unet/model.safetensors.index.fp16.json",
    "unet/model.bin.index.json", "unet/model.non_ema.safetensors",
    "vae/model.safetensors", "vae/config.json", "text/model.fp16.safetensors", "text/model.bin",
]  # fmt: skip
COMMON = {"model_index.json", "unet/config.json", "vae/model.safetensors", "vae/config.json",
          "text/model.fp16.safetensors"}  # fmt: skip


def test_plain_weights_in_pieces_and_half_ones_where_there_are_no_others() -> None:
    assert names(PIECES) == COMMON | {
        "unet/model-00001-of-00002.safetensors", "unet/model-00002-of-00002.safetensors",
        "unet/model.safetensors.index.json",
    }  # fmt: skip


def test_half_weights_where_they_are_wanted() -> None:
    assert names(PIECES, half=True) == COMMON | {
        "unet/model.fp16-00001-of-00002.safetensors", "unet/model.fp16-00002-of-00002.safetensors",
        "unet/model.safetensors.index.fp16.json",
    }  # fmt: skip


def test_one_network_without_a_pipeline() -> None:
    files = ["config.json", "model.safetensors", "model.bin", "README.md", "LICENSE", "extra/notes.json", "vocab.txt"]
    assert names(files) == {"config.json", "model.safetensors", "LICENSE", "vocab.txt"}


def test_the_patterns_of_the_catalogue_find_their_files() -> None:
    adapter = [
        "models/ip-adapter_sd15.bin", "models/ip-adapter_sd15.safetensors", "models/ip-adapter-plus_sd15.safetensors",
        "models/image_encoder/config.json", "models/image_encoder/model.safetensors",
        "models/image_encoder/pytorch_model.bin", "sdxl_models/ip-adapter_sdxl.safetensors",
    ]  # fmt: skip
    assert names(adapter, CATALOGUE["ip-adapter"].repositories[0].files) == {adapter[1], adapter[3], adapter[4]}
    clip = ["open_clip_config.json", "open_clip_model.safetensors", "open_clip_pytorch_model.bin", "model.safetensors",
            "config.json", "tokenizer.json", "vocab.json", "merges.txt"]  # fmt: skip
    assert names(clip, CATALOGUE["clip"].repositories[0].files) == set(clip) - {clip[2], clip[3], clip[4]}
