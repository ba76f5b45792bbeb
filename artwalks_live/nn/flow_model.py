"""A network that finds the flows between two pictures, ours or a stranger's, as an ONNX file.

    inputs   image0, image1  float32 (1, 3, H, W) RGB, sRGB-encoded, [0, 1]; H and W free
    outputs  flow            float32 (1, 4, h, w) Bx, By, Fx, Fy in pixels of the inputs, +y down; any grid
             crossover       float32 (1, 2, h, w) o, k; may be missing
    metadata artwalks.multiple: what both sides must be a multiple of (64), artwalks.name, artwalks.version

Pictures of any size go in: their edge is repeated up to the multiple, large ones are reduced first, and what comes
out covers the given pictures exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import FlowShapeError, ModelError
from artwalks_live.core.warp import unit
from artwalks_live.nn.model import Model
from artwalks_live.nn.onnx_file import OnnxFile, Port

Array = NDArray[np.float32]

LONGEST = 1280  # larger pictures are reduced to this many pixels on the long side
MULTIPLE = 64
MOST_PX = 32768  # a longer motion is no motion; the bundle's float16 could not hold it either

_INPUTS = ("image0", "image1")
_OUTPUTS = {"flow": 4, "crossover": 2}


@dataclass(frozen=True)
class ModelFlow:
    """What a network found between two pictures.

    flow       (h, w, 4) float32: Bx, By, Fx, Fy in pixels of the given pictures, +y down. The grid lies over the
               whole picture: cell (0, 0) begins in its corner, cell (h-1, w-1) ends in the opposite one.
    crossover  (h, w, 2) float32: o, k on the same grid; None if the network gives none
    """

    flow: Array
    crossover: Array | None


class FlowModel:
    """A flow network that is open. One at a time may use it."""

    def __init__(self, model: Model) -> None:
        metadata = model.file.metadata
        self.model = model
        self.name = metadata.get("artwalks.name") or model.file.path.stem
        self.version = metadata.get("artwalks.version", "")
        self.multiple = _multiple(model.file)
        self._outputs = tuple(port.name for port in model.file.outputs if port.name in _OUTPUTS)

    @classmethod
    def open(cls, path: Path, *, threads: int = 1, sha256: str | None = None) -> FlowModel:
        """Open a flow network; `threads` and `sha256` as for `Model.open`.

        Raises ModelError when the file is refused or is no flow network.
        """
        model = Model.open(path, threads=threads, sha256=sha256)
        _check(model.file)
        return cls(model)

    @property
    def sha256(self) -> str:
        """The checksum of the file."""
        return self.model.file.sha256

    def close(self) -> None:
        """Give the network's memory back."""
        self.model.close()

    def flow(self, a: NDArray[Any], b: NDArray[Any]) -> ModelFlow:
        """Find the flows between two pictures.

        a, b  (H, W, 3) RGB, sRGB-encoded; uint8, or float in [0, 1]; of any size

        At most 1280 pixels of the long side are looked at. Raises FlowShapeError when the pictures differ in size,
        ModelError when the network gives a wrong shape, values that are not finite, or motions that are none.
        """
        if a.shape != b.shape or a.ndim != 3 or a.shape[2] != 3 or 0 in a.shape:
            raise FlowShapeError(f"pictures have shapes {a.shape} and {b.shape}: both must be (H, W, 3) of one size")
        height, width = a.shape[:2]
        seen = _seen((height, width))
        pictures = [padded(reduced(unit(picture), seen), self.multiple) for picture in (a, b)]
        covered = (pictures[0].shape[0], pictures[0].shape[1])
        found = self._run(pictures)
        flow = uncovered(found["flow"], covered, seen)
        flow *= np.tile(np.array([width / seen[1], height / seen[0]], np.float32), 2)
        if np.abs(flow).max() > MOST_PX:
            raise ModelError(f"{self._file} gave a motion of {np.abs(flow).max():.3g} pixels: it is no flow network")
        crossover = found.get("crossover")
        return ModelFlow(flow, None if crossover is None else uncovered(crossover, covered, seen))

    @property
    def _file(self) -> Path:
        return self.model.file.path

    def _run(self, pictures: list[Array]) -> dict[str, Array]:
        """Maps as (h, w, C), checked."""
        feeds = {
            name: np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
            for name, picture in zip(_INPUTS, pictures, strict=True)
        }
        found = self.model.run(feeds, self._outputs)
        grid = found["flow"].shape[2:]
        for name, value in found.items():
            if value.dtype != np.float32 or value.shape != (1, _OUTPUTS[name], *grid) or 0 in grid or len(grid) != 2:
                raise ModelError(
                    f"{self._file} gave {name} as {value.dtype} {value.shape}: it must be float32 "
                    f"(1, {_OUTPUTS[name]}, h, w), on one grid"
                )
            if not np.isfinite(value).all():
                raise ModelError(f"{self._file} gave {name} with values that are not finite: use another network")
        return {name: value[0].transpose(1, 2, 0) for name, value in found.items()}


def _check(file: OnnxFile) -> None:
    """Refuse what is no flow network, by what the file says of its inputs and outputs."""
    has = {port.name for port in file.inputs}
    if has != set(_INPUTS):
        raise ModelError(
            f"{file.path} has the inputs {', '.join(sorted(has)) or 'none'}: a flow network has {' and '.join(_INPUTS)}"
        )
    outputs = {port.name: port for port in file.outputs}
    if "flow" not in outputs:
        raise ModelError(f"{file.path} has the outputs {', '.join(outputs) or 'none'}: a flow network has `flow`")
    for port in file.inputs:
        _check_port(file, port, (1, 3, None, None))
    for name, channels in _OUTPUTS.items():
        if name in outputs:
            _check_port(file, outputs[name], (1, channels, None, None))


def _check_port(file: OnnxFile, port: Port, wanted: tuple[int | None, ...]) -> None:
    """Sides must be free, for pictures of any size; an axis of which nothing is said may be what it should be."""
    shape = port.shape if port.shape is not None else (None,) * len(wanted)
    right = len(shape) == len(wanted) and all(
        not isinstance(have, int) or have == want for have, want in zip(shape, wanted, strict=True)
    )
    if port.type != "float32" or not right:
        raise ModelError(
            f"{file.path} has {port}: a flow network has float32 (1, {wanted[1]}, H, W) there, with sides that are free"
        )


def _multiple(file: OnnxFile) -> int:
    text = file.metadata.get("artwalks.multiple", str(MULTIPLE))
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= LONGEST):
        raise ModelError(f"{file.path} says artwalks.multiple = {text[:40]!r}: it must be 1 to {LONGEST}")
    return int(text)


def _seen(size: tuple[int, int]) -> tuple[int, int]:
    """The size, (height, width) both, at which pictures are looked at."""
    longest = max(size)
    if longest <= LONGEST:
        return size
    return max(1, round(size[0] * LONGEST / longest)), max(1, round(size[1] * LONGEST / longest))


def reduced(picture: Array, size: tuple[int, int]) -> Array:
    """Shrink a picture by averaging the area that each pixel covers.

    picture  (H, W, C);  size  (height, width), not larger
    """
    for axis in (0, 1):
        if size[axis] != picture.shape[axis]:
            picture = _shrunk(picture, axis, size[axis])
    return picture


def _shrunk(picture: Array, axis: int, length: int) -> Array:
    """Averages along one axis: differences of the running sum, which is linear inside a pixel."""
    total = np.cumsum(picture, axis, np.float64)
    total = np.concatenate([np.zeros_like(total.take([0], axis)), total], axis)
    ends = np.linspace(0.0, picture.shape[axis], length + 1)
    first = np.minimum(ends.astype(np.intp), picture.shape[axis] - 1)
    share = np.expand_dims(ends - first, [i for i in range(picture.ndim) if i != axis])
    sums = total.take(first, axis) * (1 - share) + total.take(first + 1, axis) * share
    means: Array = (np.diff(sums, axis=axis) * (length / picture.shape[axis])).astype(np.float32)
    return means


def padded(picture: Array, multiple: int) -> Array:
    """Repeat the right and lower edge up to a multiple of so many pixels."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, -height % multiple), (0, -width % multiple), (0, 0)), mode="edge")


def uncovered(values: Array, covered: tuple[int, int], seen: tuple[int, int]) -> Array:
    """Bring a grid that lies over the padded picture to one that lies over the picture.

    Where the picture's sides are whole numbers of cells this is a plain crop. Otherwise the cells grow a little
    smaller, so that the last one ends where the picture does, and are read linearly.

    values  (h, w, C) over a padded picture of the size `covered`, (height, width)
    returns (h', w', C) over its upper left corner of the size `seen`
    """
    for axis in (0, 1):
        have = values.shape[axis]
        cells = seen[axis] * have / covered[axis]
        count = max(1, int(np.ceil(cells - 1e-6)))
        if abs(cells - count) < 1e-6:
            values = values.take(np.arange(count), axis)
            continue
        at = np.clip((np.arange(count) + 0.5) * (cells / count) - 0.5, 0.0, have - 1)
        first = at.astype(np.intp)
        share = np.expand_dims((at - first).astype(np.float32), [i for i in range(values.ndim) if i != axis])
        values = values.take(first, axis) * (1 - share) + values.take(np.minimum(first + 1, have - 1), axis) * share
    return np.ascontiguousarray(values, np.float32)
