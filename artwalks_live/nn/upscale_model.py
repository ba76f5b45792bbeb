"""A network that enlarges pictures, as an ONNX file, run tile by tile so that any picture fits into memory.

    one input    float32 (1, 3, H, W) RGB, sRGB-encoded, [0, 1]; H and W free
    one output   float32 (1, 3, s·H, s·W), s whole, 1 to 8
    metadata     artwalks.name; artwalks.multiple (of both sides; 1), artwalks.overlap (32), artwalks.tile (256): pixels

Tiles overlap by at least twice `overlap`, so that each is used only where its borders do not reach, and a tile passes
into the next over a few pixels. Where `overlap` is as far as the network looks, the result is what one run would give.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.model import MemoryShortError, Model
from artwalks_live.nn.onnx_file import OnnxFile, examine, plain

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Report = Callable[[float], None]

IMAGE, LARGE = "image", "large"
SOFT = 8  # pixels of the given picture, to each side of a seam, over which one tile passes into the next
MOST_FACTOR = 8
MOST_SIDE = 32768
_DEFAULTS = {"multiple": (1, 1, 16), "overlap": (32, SOFT, 256), "tile": (256, 64, 2048)}


class UpscaleModel:
    """An upscaling network that is open. One at a time may use it.

    factor   by which it enlarges
    overlap  pixels that tiles share beyond what each is used for; `tile` pixels a side, at most
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.name = model.file.metadata.get("artwalks.name") or model.file.path.stem
        self.multiple = _fact(model.file, "multiple")
        self.overlap = _up(_fact(model.file, "overlap"), self.multiple)
        self.tile = _up(max(_fact(model.file, "tile"), 3 * self.overlap), self.multiple)
        self.factor = self._probed()

    @classmethod
    def open(cls, path: Path, *, threads: int = 1) -> UpscaleModel:
        """Open an upscaling network. Raises ModelError when the file is refused or is none."""
        return cls.of(examine(path), threads=threads)

    @classmethod
    def of(cls, file: OnnxFile, *, threads: int = 1) -> UpscaleModel:
        """Open a file that was examined; as `open`."""
        for kind, ports in (("input", file.inputs), ("output", file.outputs)):
            if len(ports) != 1 or ports[0].type != "float32":
                found = ", ".join(plain(str(port)) for port in ports) or "none"
                raise ModelError(f"{file.path} has the {kind}s {found}: an upscaling network has one, float32")
        return cls(Model.of(file, threads=threads))

    @property
    def device(self) -> str:
        """Where it runs, `CUDA` or `CPU`."""
        return self._model.device

    def close(self) -> None:
        """Give the network's memory back."""
        self._model.close()

    def __enter__(self) -> UpscaleModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def enlarge(self, picture: Pixels, report: Report = lambda _: None) -> Pixels:
        """Enlarge a picture by `factor`, tile by tile.

        picture  (H, W, 3) uint8 sRGB
        report   called with the share done, [0, 1]
        returns  (factor·H, factor·W, 3) uint8 sRGB; memory beyond it depends on the tile alone

        Where memory is short a smaller tile is tried, and kept. Raises MemoryShortError when the smallest is too large,
        ModelError when the network fails or gives values that are not finite.
        """
        while True:
            try:
                return self._enlarged(picture, report)
            except MemoryShortError:
                smaller = _up(max(self.tile // 2, 3 * self.overlap, _DEFAULTS["tile"][1]), self.multiple)
                if smaller >= self.tile:
                    raise
                self.tile = smaller

    def _enlarged(self, picture: Pixels, report: Report) -> Pixels:
        height, width = picture.shape[:2]
        more = ((0, -height % self.multiple), (0, -width % self.multiple), (0, 0))
        whole = np.pad(picture, more, mode="edge")
        rows, columns = (self._starts(side) for side in whole.shape[:2])
        result: Pixels = np.empty((whole.shape[0] * self.factor, whole.shape[1] * self.factor, 3), np.uint8)
        for number, y in enumerate(rows):
            strip = self._strip(whole[y : y + self.tile], columns)
            self._lay(strip, rows, number, result)
            report((number + 1) / len(rows))
        return result[: height * self.factor, : width * self.factor]

    def _strip(self, picture: Pixels, starts: list[int]) -> Pixels:
        """Enlarge a picture no higher than a tile."""
        height, width = picture.shape[:2]
        strip = np.empty((height * self.factor, width * self.factor, 3), np.uint8)
        for number, x in enumerate(starts):
            tile = self.raw(picture[:, x : x + self.tile].astype(np.float32) / np.float32(255.0))
            sideways = np.clip(tile, 0.0, 1.0).transpose(1, 0, 2) * np.float32(255.0)
            self._lay(sideways, starts, number, strip.transpose(1, 0, 2))
        return strip

    def raw(self, picture: Array) -> Array:
        """One run: (H, W, 3) float32, [0, 1], sides multiples of `multiple`, to (factor·H, factor·W, 3), unclipped."""
        feeds = {self._model.file.inputs[0].name: np.ascontiguousarray(picture.transpose(2, 0, 1)[None])}
        (given,) = self._model.run(feeds).values()
        if given.ndim != 4 or given.shape[:2] != (1, 3) or given.dtype != np.float32:
            raise ModelError(f"{self._file} gave {given.dtype} {given.shape}: an upscaling network gives (1, 3, H, W)")
        if not np.isfinite(given).all():
            raise ModelError(f"{self._file} gave values that are not finite: use another network")
        return np.asarray(given[0].transpose(1, 2, 0), np.float32)

    def _starts(self, side: int) -> list[int]:
        """Where the tiles begin along a side: evenly, the last one ending with the picture."""
        if side <= self.tile:
            return [0]
        count = -(-(side - 2 * self.overlap) // (self.tile - 2 * self.overlap))
        room = (side - self.tile) // self.multiple
        return [round(room * i / (count - 1)) * self.multiple for i in range(count)]

    def _lay(self, part: NDArray[Any], starts: list[int], number: int, result: Pixels) -> None:
        """Lay part `number` over what is there, along the first axis: it begins softly in the middle of what it shares.

        part, result  enlarged, in levels. One axis at a time: a corner would show the border of the tile beside it.
        """
        begins, first, share = starts[number], 0, np.ones(len(part), np.float32)
        if number:
            seam = (starts[number - 1] + self.tile - begins) // 2
            first = (seam - SOFT) * self.factor
            line = (np.arange(first, len(part)) + 0.5) / self.factor
            share = np.clip((line - seam + SOFT) / (2 * SOFT), 0.0, 1.0).astype(np.float32)
        top, soft = begins * self.factor + first, int((share < 1.0).sum())
        under = result[top : top + soft]
        mixed = under + (part[first : first + soft] - under.astype(np.float32)) * share[:soft, None, None]
        result[top : top + soft] = np.rint(mixed)
        result[top + soft : begins * self.factor + len(part)] = np.rint(part[first + soft :])

    @property
    def _file(self) -> Path:
        return self._model.file.path

    def _probed(self) -> int:
        """The factor, from a small run."""
        side = _up(16, self.multiple)
        high, wide = self.raw(np.zeros((side, side, 3), np.float32)).shape[:2]
        factor = int(high // side)
        if (high, wide) != (side * factor, side * factor) or not 1 <= factor <= MOST_FACTOR:
            raise ModelError(
                f"{self._file} turns {side}x{side} pixels into {wide}x{high}: "
                f"an upscaling network enlarges by a whole number up to {MOST_FACTOR}"
            )
        return factor


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _fact(file: OnnxFile, name: str) -> int:
    default, low, high = _DEFAULTS[name]
    text = file.metadata.get(f"artwalks.{name}", str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and low <= int(text) <= high):
        raise ModelError(f"{file.path} says artwalks.{name} = {text[:40]!r}: it must be {low} to {high}")
    return int(text)
