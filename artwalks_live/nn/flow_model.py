"""A network that finds the flows between two pictures, ours or a stranger's, as an ONNX file.

    inputs   image0, image1  float32 (1, 3, H, W) RGB, sRGB-encoded, [0, 1]; H and W free
             start           float32 (1, 4, H/2, W/2) a rough flow to start from; may be missing; zeros where none is
    outputs  flow            float32 (1, 4, h, w) Bx, By, Fx, Fy in pixels of the inputs, +y down; any grid
             crossover       float32 (1, 2, h, w) o, k; may be missing
    metadata artwalks.multiple: what both sides must be a multiple of (64), artwalks.name, artwalks.version

Pictures of any size go in: their edge is repeated up to the multiple, large ones are reduced first, and what comes
out covers the given pictures exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import FlowShapeError, ModelError
from artwalks_live.core.warp import unit
from artwalks_live.nn.grid import Size, padded, reduced, regrid, size_of, uncovered
from artwalks_live.nn.model import Model
from artwalks_live.nn.onnx_file import OnnxFile, Port, examine, plain

Array = NDArray[np.float32]

LONGEST = 1280  # larger pictures are reduced to this many pixels on the long side
MULTIPLE = 64
MOST_PX = 32768  # a longer motion is no motion; the bundle's float16 could not hold it either

_INPUTS = {"image0": 3, "image1": 3}
_START = {"start": 4}
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
        file = examine(path)
        _check(file)
        return cls(Model.of(file, threads=threads, sha256=sha256))

    @property
    def sha256(self) -> str:
        """The checksum of the file."""
        return self.model.file.sha256

    def close(self) -> None:
        """Give the network's memory back."""
        self.model.close()

    @property
    def takes_start(self) -> bool:
        """Whether the network begins with a rough flow. It runs without one: then from standing still."""
        return any(port.name in _START for port in self.model.file.inputs)

    def flow(self, a: NDArray[Any], b: NDArray[Any], start: Array | None = None) -> ModelFlow:
        """Find the flows between two pictures.

        a, b   (H, W, 3) RGB, sRGB-encoded; uint8, or float in [0, 1]; of any size
        start  (h, w, 4) a rough flow in pixels of the given pictures, on any grid over them, for networks that take
               one; the others do not look at it

        At most 1280 pixels of the long side are looked at. Raises FlowShapeError when the pictures differ in size,
        ModelError when the network gives a wrong shape, values that are not finite, or motions that are none.
        """
        if a.shape != b.shape or a.ndim != 3 or a.shape[2] != 3 or 0 in a.shape:
            raise FlowShapeError(f"pictures have shapes {a.shape} and {b.shape}: both must be (H, W, 3) of one size")
        size = size_of(a)
        seen = _seen(size)
        pictures = [padded(reduced(unit(picture), seen), self.multiple) for picture in (a, b)]
        over = size_of(pictures[0])
        feeds = dict(zip(_INPUTS, pictures, strict=True))
        if self.takes_start:
            feeds["start"] = _start(start, size, seen, over)
        found = self._run(feeds)
        flow = uncovered(found["flow"], over, seen) * _scale(seen, size)
        if np.abs(flow).max() > MOST_PX:
            raise ModelError(f"{self._file} gave a motion of {np.abs(flow).max():.3g} pixels: it is no flow network")
        crossover = found.get("crossover")
        return ModelFlow(flow, None if crossover is None else uncovered(crossover, over, seen))

    @property
    def _file(self) -> Path:
        return self.model.file.path

    def _run(self, maps: dict[str, Array]) -> dict[str, Array]:
        """Maps as (h, w, C), in and out; what comes out is checked."""
        feeds = {name: np.ascontiguousarray(value.transpose(2, 0, 1)[None]) for name, value in maps.items()}
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
    """Refuse what is no flow network, by what the file says of itself."""
    _multiple(file)
    inputs, outputs = ({port.name: port for port in ports} for ports in (file.inputs, file.outputs))
    if set(inputs) - set(_START) != set(_INPUTS):
        raise ModelError(
            f"{file.path} has the inputs {_names(inputs)}: a flow network has image0 and image1, and perhaps start"
        )
    if "flow" not in outputs:
        raise ModelError(
            f"{file.path} has the outputs {_names(outputs)}: a flow network has flow, and perhaps crossover"
        )
    for ports, channels in ((inputs, _INPUTS | _START), (outputs, _OUTPUTS)):
        for name, count in channels.items():
            if name in ports:
                _check_port(file, ports[name], (1, count, None, None))


def _names(ports: Iterable[str]) -> str:
    return ", ".join(plain(name) for name in sorted(ports)) or "none"


def _check_port(file: OnnxFile, port: Port, wanted: tuple[int | None, ...]) -> None:
    """Sides must be free, for pictures of any size; an axis of which nothing is said may be what it should be."""
    shape = port.shape if port.shape is not None else (None,) * len(wanted)
    right = len(shape) == len(wanted) and all(
        not isinstance(have, int) or have == want for have, want in zip(shape, wanted, strict=True)
    )
    if port.type != "float32" or not right:
        raise ModelError(
            f"{file.path} has {plain(str(port))}: a flow network has float32 (1, {wanted[1]}, H, W), with free sides"
        )


def _multiple(file: OnnxFile) -> int:
    text = file.metadata.get("artwalks.multiple", str(MULTIPLE))
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= LONGEST):
        raise ModelError(f"{file.path} says artwalks.multiple = {text[:40]!r}: it must be 1 to {LONGEST}")
    return int(text)


def _seen(size: Size) -> Size:
    """The size, (height, width) both, at which pictures are looked at."""
    longest = max(size)
    if longest <= LONGEST:
        return size
    return max(1, round(size[0] * LONGEST / longest)), max(1, round(size[1] * LONGEST / longest))


def _scale(of: Size, to: Size) -> Array:
    """What brings Bx, By, Fx, Fy in pixels of one size to pixels of another."""
    return np.tile(np.array([to[1] / of[1], to[0] / of[0]], np.float32), 2)


def _start(given: Array | None, size: Size, seen: Size, over: Size) -> Array:
    """The rough flow as the network wants it: in its pixels, at half the size of the padded pictures."""
    half = (over[0] // 2, over[1] // 2)
    if given is None:
        return np.zeros((*half, 4), np.float32)
    if given.ndim != 3 or given.shape[2] != 4 or 0 in given.shape:
        raise FlowShapeError(f"the rough flow has shape {given.shape}: it must be (h, w, 4)")
    return regrid(given.astype(np.float32) * _scale(size, seen), seen, half, over)
