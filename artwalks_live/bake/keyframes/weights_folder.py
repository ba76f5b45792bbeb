"""A diffusion model's folder: found whole and harmless before anything is read from it by torch, and known by content.

    FOLDER/model_index.json            which pipeline this is
    FOLDER/unet/config.json, *.safetensors, …
    FOLDER/prior, FOLDER/decoder       two such folders, for Kandinsky

Pickle files are never read, whatever they are called: with `use_safetensors` torch does not come to see them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from artwalks_live.bake.models import cached
from artwalks_live.core.errors import ModelError

INDEX = "model_index.json"
UNUSED = ("safety_checker", "feature_extractor", "image_processor")
"""Parts that are not loaded: the user's own paintings are what is mixed, and pictures are prepared here."""
PICKLES = (".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle")
_HEADER_LIMIT = 100 << 20  # as the format itself has it
_SAMPLES, _SAMPLE_BYTES = 16, 4096
_HALF = ".fp16."


def located(name: str, option: str = "--model") -> Path:
    """The folder of a model that is called by its folder or by its name. Raises ModelError when it is not here."""
    path = Path(name)
    if path.is_file() or path.suffix.lower() in PICKLES:
        refuse_file(path, option)
    return cached.folder(name, instead="bake with --generator patch")


def pipeline_of(folder: Path, wanted: Sequence[str], option: str = "--model") -> str:
    """The class name of the pipeline in a folder.

    Raises ModelError when the folder is none, holds another pipeline, pickle files only, or files that are cut short.
    """
    refuse_file(folder, option)
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        name = index["_class_name"]
    except (OSError, ValueError, KeyError, TypeError):
        inside = ", ".join(sorted(path.name for path in folder.iterdir())[:5]) if folder.is_dir() else "nothing"
        raise ModelError(f"{option} {folder}: no diffusers pipeline ({INDEX}) is there, but {inside}") from None
    if name not in wanted:
        raise ModelError(f"{option} {folder}: this is a {name}, and {' or '.join(wanted)} is needed")
    for component, kind in sorted(index.items()):
        if component in UNUSED or not isinstance(kind, list) or kind[:1] == [None]:
            continue
        if not (folder / component).is_dir():
            raise ModelError(f"{option} {folder}: {component} is missing: fetch the model again")
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in UNUSED:
            check_weights(path, option)
    return str(name)


def part(folder: Path, name: str, option: str = "--model") -> Path:
    """The sub-folder of that name, or the only one whose name ends with it (`kandinsky-2-2-prior`)."""
    refuse_file(folder, option)
    ending = [path for path in sorted(folder.iterdir()) if path.is_dir() and path.name.endswith(f"-{name}")]
    found = [folder / name] if (folder / name).is_dir() else ending
    if len(found) != 1:
        raise ModelError(f"{option} {folder}: a folder {name} is expected in it")
    return found[0]


def refuse_file(path: Path, option: str) -> None:
    """Raise ModelError for anything but a folder."""
    if path.suffix.lower() in PICKLES:
        raise ModelError(f"{option} {path}: a pickle file can run code and is never opened: "
                         "give a diffusers folder of safetensors files")  # fmt: skip
    if path.is_file():
        raise ModelError(f"{option} {path} is one file: give the diffusers folder (the one with {INDEX})")
    if not path.is_dir():
        raise ModelError(f"{option} {path}: there is no such folder")


def check_weights(component: Path, option: str) -> None:
    """Raise ModelError when a component's weights are pickled, incomplete, or in several files of which one is gone."""
    files = sorted(component.glob("*.safetensors"))
    pickled = sorted(path.name for path in component.iterdir() if path.suffix.lower() in PICKLES)
    if pickled and not files:
        raise ModelError(f"{option} {component}: only {pickled[0]} is there, a pickle file, which can run code "
                         "and is never opened: get the model as safetensors")  # fmt: skip
    if (component / "config.json").is_file() and not files:
        raise ModelError(f"{option} {component}: its weights are missing: fetch the model again")
    for index in component.glob("*.safetensors.index*.json"):
        try:
            names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise ModelError(f"{option} {index}: this list of weights cannot be read: fetch the model again") from None
        gone = sorted(str(name) for name in names if not (component / str(name)).is_file())
        if gone:
            raise ModelError(f"{option} {component}: {gone[0]} is missing: fetch the model again")
    for file in files:
        header_of(file, option)


def header_of(file: Path, option: str) -> bytes:
    """The header of a safetensors file. Raises ModelError when it is none, or shorter or longer than it says."""
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = stream.read(length) if 2 <= length <= min(size, _HEADER_LIMIT) else b""
        tensors: dict[str, Any] = json.loads(header)
        end = max((entry["data_offsets"][1] for name, entry in tensors.items() if name != "__metadata__"), default=0)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise ModelError(f"{option} {file}: this is no whole safetensors file: fetch the model again") from None
    if size != 8 + length + end:
        raise ModelError(f"{option} {file} has {size} bytes, {8 + length + end} are expected: fetch the model again")
    return header


def identity(*folders: Path) -> str:
    """Tell models apart by content, in milliseconds: settings, headers, sizes and samples of the weights."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in _files(folder):
            digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(_samples(path) if path.suffix == ".safetensors" else path.read_bytes())
    return digest.hexdigest()[:32]


def weights_count(*folders: Path) -> int:
    """How many weights are in these folders: in memory each takes the bytes of the format that is computed in."""
    headers = (json.loads(header_of(path, "--model")) for folder in folders for path in _weights(folder))
    shapes = (entry["shape"] for header in headers for name, entry in header.items() if name != "__metadata__")
    return sum(math.prod(shape) for shape in shapes)


def variant(folder: Path) -> dict[str, str]:
    """What tells diffusers and transformers that a folder has its weights in float16 files alone."""
    return {"variant": "fp16"} if all(_HALF in path.name for path in _weights(folder)) else {}


def _weights(folder: Path) -> list[Path]:
    """A folder's files of weights; those in float16 only where there are no others."""
    files = [path for path in folder.rglob("*.safetensors") if not set(path.relative_to(folder).parts) & set(UNUSED)]
    return [path for path in files if _HALF not in path.name] or files


def _files(folder: Path) -> Iterator[Path]:
    kinds = (".safetensors", ".json", ".txt", ".model")
    yield from sorted(path for path in folder.rglob("*") if path.suffix in kinds and path.is_file())


def _samples(file: Path) -> bytes:
    """The header of a file and blocks from all over it: two trainings of one network differ in every one of them."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        read = [stream.read(min(length, _HEADER_LIMIT))]
        for index in range(_SAMPLES):
            stream.seek(max(0, size - _SAMPLE_BYTES) * index // (_SAMPLES - 1))
            read.append(stream.read(_SAMPLE_BYTES))
    return b"".join(read)
