"""A network that looks at one picture and answers with maps over it: a segmenter, or one that predicts motion.

    first input   float32 (1, 3, H, W) RGB, sRGB-encoded, [0, 1]; H and W free, or both given
    second input  float32 (1, 1, H, W) what may move, [0, 1]; only for networks of motion, and may be missing
    output        float32 (1, C, h, w) on any grid over the picture; a spectrum may have (1, K, 4, h, w)
    metadata      artwalks.multiple: what free sides must be a multiple of (32); artwalks.longest: the long side at
                  which a picture is looked at (512); facts of the kind of network. A key counts without its prefix, too

A picture of any size goes in: with free sides it keeps its shape, with given ones it is squeezed to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.grid import Array, Size, reduced, regrid, size_of, uncovered
from artwalks_live.nn.model import Model
from artwalks_live.nn.onnx_file import OnnxFile, Port, examine, plain

_PREFIX = "artwalks."
_MULTIPLE, _LONGEST = (32, 1, 1024), (512, 16, 4096)


@dataclass(frozen=True)
class Form:
    """What a kind of network must look like.

    kind     as messages call it: "a segmenter"
    output   in words: "float32 (1, C, h, w)"
    ranks    of the output
    masked   whether it may have the second input
    """

    kind: str
    output: str
    ranks: tuple[int, ...] = (4,)
    masked: bool = False

    def __str__(self) -> str:
        more = ", and perhaps float32 (1, 1, H, W)" if self.masked else ""
        return f"{self.kind} takes float32 (1, 3, H, W){more}, and gives {self.output}"


@dataclass(frozen=True)
class Maps:
    """What a network answered.

    values  as it came, without the batch: float32 (C, h, w) or (K, 4, h, w)
    cells   (h, w, C) float32, all channels as one axis, over the whole given picture and nothing else
    cell_px (x, y): a pixel of the answer's own grid, in pixels of the given picture
    """

    values: Array
    cells: Array
    cell_px: tuple[float, float]


class PictureModel:
    """A network of one picture that is open. One at a time may use it."""

    def __init__(self, model: Model, form: Form) -> None:
        self.form = form
        self._model = model
        self._multiple = whole_fact(model.file, "multiple", *_MULTIPLE)
        self._longest = whole_fact(model.file, "longest", *_LONGEST)

    @classmethod
    def open(cls, path: Path, form: Form, *, threads: int = 1) -> PictureModel:
        """Open a file. Raises ModelError when it is refused, or has another form: the message says which is meant."""
        return cls.of(checked(path, form), form, threads=threads)

    @classmethod
    def of(cls, file: OnnxFile, form: Form, *, threads: int = 1) -> PictureModel:
        """Open a file that was checked; as `open`."""
        return cls(Model.of(file, threads=threads), form)

    @property
    def file(self) -> OnnxFile:
        """What the file says of itself."""
        return self._model.file

    def close(self) -> None:
        """Give the network's memory back."""
        self._model.close()

    def __enter__(self) -> PictureModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def maps(self, picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None) -> Maps:
        """Look at a picture once.

        picture  (H, W, 3) uint8 sRGB
        mask     (H, W) uint8, 255 where something may move; None: everywhere. Networks without that input do not see it

        Raises ModelError when the network fails, or gives another shape or values that are not finite.
        """
        size = size_of(np.asarray(picture, np.uint8))
        seen, over = self._sizes(size)
        layers = [picture]
        if len(self.file.inputs) > 1:
            layers.append(np.full((*size, 1), 255, np.uint8) if mask is None else mask[..., None])
        feeds = {port.name: _prepared(layer, seen, over) for port, layer in zip(self.file.inputs, layers, strict=True)}
        (given,) = self._model.run(feeds).values()
        values = self._sound(given)[0]
        flat = values.reshape(-1, *values.shape[-2:]).transpose(1, 2, 0)
        high, wide = values.shape[-2:]
        cell = over[1] / wide * size[1] / seen[1], over[0] / high * size[0] / seen[0]
        return Maps(values, uncovered(np.ascontiguousarray(flat), over, seen), cell)

    def _sizes(self, size: Size) -> tuple[Size, Size]:
        """The size at which the picture is looked at, and with the repeated edge that the network wants."""
        sides = _sides(self.file.inputs[0])
        if sides is not None:
            return sides, sides
        shrink = min(1.0, self._longest / max(size))
        seen = max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))
        return seen, (_up(seen[0], self._multiple), _up(seen[1], self._multiple))

    def _sound(self, given: NDArray[Any]) -> Array:
        right = given.ndim in self.form.ranks and given.shape[0] == 1 and given.size > 0
        if given.dtype != np.float32 or not right:
            raise ModelError(f"{self.file.path} gave {given.dtype} {given.shape}: {self.form}")
        if not np.isfinite(given).all():
            raise ModelError(f"{self.file.path} gave values that are not finite: use another network")
        return np.asarray(given, np.float32)


def checked(path: Path, form: Form) -> OnnxFile:
    """Examine a file. Raises ModelError, which says the form that is meant, when it is refused or has another."""
    file = examine(path)
    most = 2 if form.masked else 1
    inputs, outputs = file.inputs, file.outputs
    if not 1 <= len(inputs) <= most or len(outputs) != 1:
        raise ModelError(f"{path} has the inputs {_told(inputs)} and the outputs {_told(outputs)}: {form}")
    for port, channels in zip(inputs, (3, 1), strict=False):
        if not _is_layer(port, channels):
            raise ModelError(f"{path} has the input {_told((port,))}: {form}")
    (output,) = outputs
    rank = None if output.shape is None else len(output.shape)
    if output.type != "float32" or (rank is not None and rank not in form.ranks):
        raise ModelError(f"{path} has the output {_told(outputs)}: {form}")
    if len({_sides(port) for port in inputs}) != 1:
        raise ModelError(f"{path} has inputs of different sizes, {_told(inputs)}: {form}")
    return file


def fact(file: OnnxFile, name: str, default: str = "") -> str:
    """What the metadata says under `artwalks.NAME`, or else NAME; stripped."""
    return file.metadata.get(_PREFIX + name, file.metadata.get(name, default)).strip()


def whole_fact(file: OnnxFile, name: str, default: int, low: int, high: int) -> int:
    """A whole number in the metadata. Raises ModelError outside of `low` to `high`."""
    text = fact(file, name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and low <= int(text) <= high):
        raise ModelError(f"{file.path} says {name} = {plain(text)[:40]!r}: it must be {low} to {high}")
    return int(text)


def _is_layer(port: Port, channels: int) -> bool:
    """Whether an input takes (1, channels, H, W); an axis of which nothing is said may be what it should be."""
    if port.type != "float32" or (port.shape is not None and len(port.shape) != 4):
        return False
    shape = port.shape or (None,) * 4
    fixed = [isinstance(side, int) for side in shape[2:]]
    named = all(not isinstance(have, int) or have == want for have, want in zip(shape, (1, channels), strict=False))
    return named and len(set(fixed)) == 1 and all(side != 0 for side in shape[2:])


def _sides(port: Port) -> Size | None:
    """Height and width that an input insists on; None where they are free."""
    height, width = (port.shape or (None,) * 4)[2:]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _prepared(layer: NDArray[np.uint8], seen: Size, over: Size) -> Array:
    values = layer.astype(np.float32) / np.float32(255.0)
    size = size_of(values)
    smaller = min(size[0], seen[0]), min(size[1], seen[1])
    values = reduced(values, smaller)
    if smaller != seen:
        values = regrid(values, smaller, seen, smaller)
    if over != seen:
        more = ((0, over[0] - seen[0]), (0, over[1] - seen[1]), (0, 0))
        values = np.pad(values, more, mode="edge")
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _told(ports: tuple[Port, ...]) -> str:
    return ", ".join(plain(str(port)) for port in ports) or "none"
