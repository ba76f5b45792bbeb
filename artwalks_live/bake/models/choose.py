"""Which files of a repository are taken: what a pipeline is loaded from, in safetensors, each network once."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from artwalks_live.bake.models.catalogue import PICKLES
from artwalks_live.bake.models.hub import Remote
from artwalks_live.core.errors import ModelError

WEIGHTS = ".safetensors"
PIPELINE = "model_index.json"
_WORDS = (".json", ".txt", ".model")  # configurations and vocabularies; nothing that runs


def chosen(repository: str, files: Iterable[Remote], patterns: tuple[str, ...]) -> list[Remote]:
    """The files to fetch.

    patterns  of names; none: every folder's configuration and weights. Half-precision and other variants are left out
              where the plain weights are, and so are single-file checkpoints beside a pipeline's folders.

    Raises ModelError when weights are there only as a pickle, or none match.
    """
    listed = list(files)
    names = {file.name for file in listed}
    able = [file for file in listed if _fits(file.name, patterns)]
    weights = [file for file in able if file.name.endswith(WEIGHTS) and not _spare(file.name, names)]
    if not patterns:
        _refuse_pickles(repository, able, {_folder(file.name) for file in weights})
    if not weights:
        raise ModelError(f"{repository} has no {WEIGHTS} that could be taken: choose another repository")
    words = [file for file in able if file.name.endswith(_WORDS) or PurePosixPath(file.name).stem == "LICENSE"]
    used = {_folder(file.name) for file in weights}
    return sorted(weights + _of_use(words, used, PIPELINE in names), key=lambda file: file.name)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _spare(name: str, names: set[str]) -> bool:
    """Whether weights are another form of those beside them."""
    if PIPELINE in names and not _folder(name):
        return True
    stem, _, variant = PurePosixPath(name).name.removesuffix(WEIGHTS).partition(".")
    return bool(variant) and any(_folder(other) == _folder(name) and _plain(other, stem) for other in names)


def _plain(name: str, stem: str) -> bool:
    """Whether a name is the plain form of weights, whole or in numbered pieces."""
    base = PurePosixPath(name).name
    return base.endswith(WEIGHTS) and base.removesuffix(WEIGHTS).split("-0")[0] == stem


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


def _of_use(words: Iterable[Remote], used: set[str], pipeline: bool) -> list[Remote]:
    """Without the index files of variants, and of a pipeline everything that is no picture or demonstration."""
    kept = [file for file in words if ".index." not in file.name or _plain_index(file.name)]
    return [file for file in kept if pipeline or _folder(file.name) in used or not _folder(file.name)]


def _plain_index(name: str) -> bool:
    """Whether an index is that of plain weights: `model.safetensors.index.json`, not `model.fp16.…` or `….bin.…`."""
    return PurePosixPath(name).name.count(".") == 3 and ".safetensors.index." in name
