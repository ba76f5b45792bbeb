"""Enlarge pictures: by a Real-ESRGAN network, or by Lanczos where none is wanted. For keyframes, and for videos.

Keyframes are few, so a network that takes a minute each is affordable there; frames would be a hundred times dearer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fit import resize
from artwalks_live.bake.models import cached, convert
from artwalks_live.bake.models.catalogue import CATALOGUE, PICKLES, Entry
from artwalks_live.bake.models.record import file_sha256
from artwalks_live.core.errors import ModelError, UsageError, choices
from artwalks_live.nn.blend import blended
from artwalks_live.nn.onnx_file import OnnxFile, examine
from artwalks_live.nn.upscale_model import UpscaleModel
from artwalks_live.paths import cache_folder

Pixels = NDArray[np.uint8]
Size = tuple[int, int]

NONE, LANCZOS = "none", "lanczos"
NETWORKS = tuple(name for name, model in CATALOGUE.items() if model.checkpoints)
FILES = (".onnx", *convert.SUFFIXES)
STRENGTH = 0.5  # of denoising, as Real-ESRGAN's own program has it
METHOD = 1  # goes up when what is done with a network's pictures changes
_CONVERTED = "converted"


class Upscaler(Protocol):
    """What enlarges. `version` differs whenever its pictures do.

    megapixel_s   about how long a megapixel that is given takes on one core, in seconds
    memory_bytes  about how much it takes besides the pictures
    """

    name: str
    version: int
    megapixel_s: float
    memory_bytes: float

    def enlarge(self, picture: Pixels, size: Size) -> Pixels:
        """Bring an (H, W, 3) uint8 sRGB picture to (width, height)."""


class Lanczos:
    """Interpolation over eight pixels: nothing is invented."""

    name = LANCZOS
    version = 1
    megapixel_s, memory_bytes = 0.1, 0.0

    def enlarge(self, picture: Pixels, size: Size) -> Pixels:
        """See Upscaler."""
        return resize(picture, size)


class Learned:
    """A network at work, opened at the first picture. What it makes is brought to the size asked for by averaging."""

    def __init__(self, file: OnnxFile, name: str, threads: int = 1) -> None:
        self._file, self._threads = file, threads
        self._model: UpscaleModel | None = None
        self.name = name
        self.version = (METHOD << 32) + int(file.sha256[:8], 16)
        # measured: general-x4v3 18 to 35 s and 0.37 GB, x4plus 180 s and 1.0 GB
        self.megapixel_s, self.memory_bytes = 4e-6 * file.bytes, 3e8 + 12.0 * file.bytes

    @property
    def data(self) -> bytes:
        """The network as an ONNX file."""
        return self._file.data

    def enlarge(self, picture: Pixels, size: Size) -> Pixels:
        """See Upscaler. A picture that is large enough already is not touched by the network.

        Raises ModelError when the network cannot be opened or fails.
        """
        while picture.shape[1] < size[0] or picture.shape[0] < size[1]:
            if self._model is None:
                self._model = UpscaleModel.of(self._file, threads=self._threads)
            picture = self._model.enlarge(picture)
            if self._model.factor == 1:
                break
        return resize(picture, size)


def upscaler_named(name: str, option: str = "--upscale", threads: int = 1, cache: Path | None = None) -> Upscaler:
    """An upscaler: `lanczos`, a network of the catalogue, an ONNX file, or a checkpoint, which is converted once.

    name     of a network with two checkpoints perhaps with its denoise strength: `realesr-general-x4v3@0.3`
    option   how it was asked for, for messages
    threads  of one run on the CPU
    cache    the user's, by default `paths.cache_folder()`

    Raises UsageError for an unknown name or strength, ModelError for a network that is not here or cannot be used.
    """
    base, suffix = name.partition("@")[0], Path(name).suffix.lower()
    if name == LANCZOS:
        return Lanczos()
    if base in NETWORKS:
        file, known = _fetched(CATALOGUE[base], name, option, cache)
        return Learned(file, known, threads)
    if suffix == ".onnx":
        return Learned(examine(Path(name)), Path(name).stem, threads)
    if suffix in convert.SUFFIXES:
        return Learned(examine(_converted(Path(name), cache or cache_folder())), Path(name).stem, threads)
    if suffix in PICKLES:
        raise ModelError(f"{name} is a pickle, which can run any program when it is opened: {option} takes FILE.onnx, "
                         "FILE.safetensors, or a Real-ESRGAN FILE.pth")  # fmt: skip
    raise UsageError(f"{option} {choices(base, [*NETWORKS, LANCZOS])}, or a network FILE.onnx, FILE.pth")


def _fetched(model: Entry, name: str, option: str, cache: Path | None) -> tuple[OnnxFile, str]:
    """A network of the catalogue, its two checkpoints mixed where it has two; and its name."""
    share = _strength(name.partition("@")[2], option, name) if "@" in name else STRENGTH
    folder = cached.folder(model.name, cache, f"{option} {LANCZOS}")
    files = [examine(folder / Path(checkpoint.name).with_suffix(".onnx")) for checkpoint in model.checkpoints]
    if len(files) == 1:
        if "@" in name:
            raise UsageError(f"{option} {name}: only realesr-general-x4v3 has a denoise strength: leave out the @")
        return files[0], model.name
    return blended(files[0], files[1], share), f"{model.name}@{share:g}"


def _strength(text: str, option: str, name: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"{option} {name}: the denoise strength after @ is a number from 0 to 1")
    return share


def _converted(checkpoint: Path, cache: Path) -> Path:
    """The ONNX file of a checkpoint of the user's, kept in the cache under its checksum."""
    digest = file_sha256(checkpoint)
    if not digest:
        raise ModelError(f"{checkpoint} does not exist or cannot be read: give a checkpoint's file")
    target = cache / cached.FOLDER / _CONVERTED / f"{digest}.onnx"
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(f"{target.parent} cannot be made ({error.strerror}): set ARTWALKS_CACHE") from None
        convert.convert(checkpoint, target)
    return target
