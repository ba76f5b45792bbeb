"""Which files of a repository are taken: what a pipeline is loaded from, in safetensors, each network once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from artwalks_live.bake.models.catalogue import PICKLES
from artwalks_live.bake.models.hub import Remote
from artwalks_live.core.errors import ModelError

WEIGHTS, INDEX = ".safetensors", ".index."
PIPELINE = "model_index.json"
PLAIN, HALF = "", "fp16"
_WORDS = (".json", ".txt", ".model")  # configurations and vocabularies; nothing that runs
_PIECE = re.compile(r"-\d+-of-\d+")
_NO_FORM = {"safetensors", "index", "json"}

Network = tuple[str, str]


def chosen(repository: str, files: Iterable[Remote], patterns: tuple[str, ...], half: bool = False) -> list[Remote]:
    """The files to fetch.

    patterns  of names; none: every folder's configuration and weights, without single-file checkpoints beside a
              pipeline's folders
    half      take the weights in half precision where there are such, else the plain ones

    Raises ModelError when weights are there only as a pickle, or none match.
    """
    listed = list(files)
    pipeline = any(file.name == PIPELINE for file in listed)
    able = [file for file in listed if _fits(file.name, patterns)]
    weights = [file for file in able if file.name.endswith(WEIGHTS) and (_folder(file.name) or not pipeline)]
    if not patterns:
        _refuse_pickles(repository, able, {_folder(file.name) for file in weights})
    if not weights:
        raise ModelError(f"{repository} has no {WEIGHTS} that could be taken: choose another repository")
    forms = _forms(weights, half)
    words = [file for file in able if file.name.endswith(_WORDS) or PurePosixPath(file.name).stem == "LICENSE"]
    used = {_folder(file.name) for file in weights}
    near = [file for file in words if pipeline or _folder(file.name) in used or not _folder(file.name)]
    taken = [file for file in weights if _form(file.name) == forms[_network(file.name)]]
    taken += [file for file in near if INDEX not in file.name or forms.get(_network(file.name)) == _form(file.name)]
    return sorted(taken, key=lambda file: file.name)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _network(name: str) -> Network:
    """Folder and stem, the same for all forms and pieces of a network's weights."""
    return _folder(name), _PIECE.sub("", PurePosixPath(name).name).partition(".")[0]


def _form(name: str) -> str:
    """`fp16` of `model.fp16.safetensors`, "" of `model-00001-of-00002.safetensors`; the same of their indices."""
    words = _PIECE.sub("", PurePosixPath(name).name).split(".")[1:]
    return ".".join(word for word in words if word not in _NO_FORM)


def _forms(weights: Iterable[Remote], half: bool) -> dict[Network, str]:
    """The form of each network's weights that is taken."""
    there: dict[Network, set[str]] = {}
    for file in weights:
        there.setdefault(_network(file.name), set()).add(_form(file.name))
    order = (HALF, PLAIN) if half else (PLAIN, HALF)
    return {network: next((form for form in order if form in forms), min(forms)) for network, forms in there.items()}


def _refuse_pickles(repository: str, files: Iterable[Remote], safe: set[str]) -> None:
    """A folder whose weights are there as a pickle alone would be missing later."""
    for file in files:
        path = PurePosixPath(file.name)
        if path.suffix in PICKLES and path.name != "training_args.bin" and _folder(file.name) not in safe:
            if not _folder(file.name) and any(safe):
                continue  # an old single-file checkpoint beside the pipeline
            raise ModelError(
                f"{repository} keeps {file.name} as a pickle alone, which can run any program when it is opened: "
                f"choose a repository with {WEIGHTS}"
            )
