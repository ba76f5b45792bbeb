"""Where models lie, and what is said of one that is not there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from artwalks_live.bake.models import cached, record
from artwalks_live.bake.models.catalogue import CATALOGUE, entry
from artwalks_live.bake.models.record import Kept, Record
from artwalks_live.core.errors import ModelError
from artwalks_live.paths import cache_folder


def keep(folder: Path, files: dict[str, bytes]) -> Record:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    kept = {name: Kept(len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    made = Record("sd", "a licence", ("somewhere",), kept)
    record.write(folder, made)
    return made


def test_the_cache_is_where_the_environment_says() -> None:
    assert cache_folder({"ARTWALKS_CACHE": "/a/b", "XDG_CACHE_HOME": "/c"}) == Path("/a/b")
    assert cache_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/artwalks")
    assert cache_folder({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / "artwalks"


def test_a_folder_of_the_users_is_taken_as_it_is(tmp_path: Path) -> None:
    assert cached.folder(tmp_path) == tmp_path
    assert cached.folder(str(tmp_path)) == tmp_path


def test_a_model_that_was_fetched_is_found_by_its_name(tmp_path: Path) -> None:
    made = keep(cached.place(entry("sd"), tmp_path), {"unet/model.safetensors": b"12345", "model_index.json": b"{}"})
    assert cached.folder("sd", tmp_path) == tmp_path / "models" / "sd"
    assert record.read(tmp_path / "models" / "sd") == made
    assert cached.place(entry("owner/name"), tmp_path) == tmp_path / "models" / "owner--name"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("kandinsky", r"^kandinsky is not here \(about 14 GB\): artwalks models fetch kandinsky; or bake with patch$"),
        ("owner/name", r"^owner/name is not here: artwalks models fetch owner/name; or bake with patch$"),
        ("kandinski", r"^model 'kandinski' is unknown: .* \(nearest: kandinsky\), or owner/name of the hub$"),
        ("v1-5-pruned.ckpt", r"^v1-5-pruned\.ckpt is a pickle, .* use the model's \.safetensors instead$"),
        ("owner/name.bin", r"is a pickle"),
        ("./nowhere", r"^\./nowhere is no folder: give a model's folder, or a name: kandinsky, "),
        ("", r"^model '' is unknown"),
        ("a/b/c", r"^model 'a/b/c' is unknown"),
        ("../etc", r"is no folder"),
    ],
)
def test_what_is_not_there_is_one_line(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        cached.folder(name, tmp_path, "bake with patch")


def test_what_is_there_in_part_or_was_altered_is_not_taken(tmp_path: Path) -> None:
    folder = cached.place(entry("sd"), tmp_path)
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_bytes(b"{}")
    with pytest.raises(ModelError, match=r"sd is here only in part \(about 6 GB\): artwalks models fetch sd$"):
        cached.folder("sd", tmp_path)
    keep(folder, {"unet/model.safetensors": b"12345"})
    (folder / "unet" / "model.safetensors").write_bytes(b"1234")
    with pytest.raises(ModelError, match=r"sd: .*safetensors has gone or been altered: artwalks models fetch sd"):
        cached.folder("sd", tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"name": 1}', b'{"files": {"a": 1}}', b"\xff"])
def test_a_damaged_record_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / record.NAME).write_bytes(content)
    assert record.read(tmp_path) is None


def test_verify_reads_every_file(tmp_path: Path) -> None:
    made = keep(tmp_path, {"a": b"12345", "b": b"67890", "c": b"xyz"})
    blocks: list[int] = []
    assert record.verify(tmp_path, made, blocks.append) == []
    assert sum(blocks) == made.bytes == 13
    (tmp_path / "a").write_bytes(b"1234x")
    (tmp_path / "b").unlink()
    assert record.verify(tmp_path, made, blocks.append) == ["a was altered", "b has gone, or has another size"]


def test_every_name_of_the_catalogue_is_whole() -> None:
    for name, model in CATALOGUE.items():
        assert name == model.name
        assert bool(model.repositories) != bool(model.checkpoints)
        assert all(len(checkpoint.sha256) == 64 for checkpoint in model.checkpoints)
