"""Keyframes made at half the walk's size and then enlarged, whoever makes them: what `bake --upscale` is.

The generator is shown the paintings at half the canvas; their own full-size frames stay the walk's keyframes, and only
a painting that is smaller than its frame is enlarged by the network, too. Flows and crossovers see pictures of the
walk's size and know nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from artwalks_live.bake.fit import resize
from artwalks_live.bake.keyframes import Batching, Generated, Generator, LegRequest, Picture, Plan, Progress
from artwalks_live.bake.upscale import FILES, LANCZOS, NONE, Learned, Pixels, Upscaler, upscaler_named
from artwalks_live.core.errors import BakeError
from artwalks_live.core.walk import write_file

_KEPT = "upscaler"
PART = 2  # by what each side is smaller: ArtWalks painted at 720p and enlarged to 2K


def enlarged(maker: Generator, upscale: str) -> Generator:
    """The generator itself where nothing is upscaled, else one whose pictures an upscaler has enlarged.

    Raises UsageError, ModelError as `upscaler_named`.
    """
    if upscale == NONE:
        return maker
    return (EnlargedBatches if isinstance(maker, Batching) else Enlarged)(maker, known_upscaler(upscale))


@lru_cache(maxsize=2)
def known_upscaler(upscale: str) -> Upscaler:
    """An upscaler by name; once a process, as its network is read and opened once."""
    return upscaler_named(upscale)


def made_at(canvas: tuple[int, int]) -> tuple[int, int]:
    """(width, height) at which keyframes of a canvas are made before they are enlarged."""
    return canvas[0] // PART, canvas[1] // PART


def seconds(upscale: str, pixels: int) -> float:
    """About how long a keyframe of so many pixels takes to be enlarged, on one core."""
    return 0.0 if upscale == NONE else known_upscaler(upscale).megapixel_s * pixels / 1e6 / PART**2


def memory_bytes(upscale: str) -> float:
    """About how much memory a worker takes to enlarge, whatever the size of the picture."""
    return 0.0 if upscale == NONE else known_upscaler(upscale).memory_bytes


def large_enough(painting: Pixels, canvas: tuple[int, int], crops: bool, upscale: str) -> Pixels:
    """A painting that is smaller than its frame, enlarged by the network; any other as it is.

    painting  (H, W, 3) uint8 sRGB
    canvas    (width, height) of the walk
    crops     whether the painting covers the canvas, else it lies in it
    """
    height, width = painting.shape[:2]
    scale = (max if crops else min)(canvas[0] / width, canvas[1] / height)
    if upscale in (NONE, LANCZOS) or scale <= 1.0:
        return painting
    return known_upscaler(upscale).enlarge(painting, (round(width * scale), round(height * scale)))


def network(upscale: str) -> list[object]:
    """What the frame of a painting that is too small depends on: name and version; nothing where no network is."""
    if upscale in (NONE, LANCZOS):
        return []
    upscaler = known_upscaler(upscale)
    return [upscaler.name, upscaler.version]


def keep(upscale: str, work: Path) -> None:
    """Let a network that was given as a file lie in a bundle's work folder, for paintings that are appended later."""
    folder, wanted = work / _KEPT, ""
    upscaler = known_upscaler(upscale) if Path(upscale).suffix.lower() in FILES else None
    if isinstance(upscaler, Learned):
        folder.mkdir(exist_ok=True)
        wanted = f"{upscaler.name}.onnx"
        write_file(folder / wanted, upscaler.data)
    for path in folder.glob("*.onnx"):
        if path.name != wanted:
            path.unlink(missing_ok=True)


def kept(upscale: str, work: Path) -> str:
    """How the upscaler is called that walk.json names: the file that `keep` left, or the name itself."""
    path = work / _KEPT / f"{upscale}.onnx"
    return str(path) if Path(upscale).name == upscale and path.is_file() else upscale


class Enlarged:
    """A generator at half the size, and an upscaler behind it."""

    def __init__(self, maker: Generator, upscaler: Upscaler) -> None:
        self._maker, self._upscaler = maker, upscaler
        self.name = f"{maker.name}, {upscaler.name}"
        self.version = (upscaler.version << 64) + maker.version

    def plan(self, a: Picture, b: Picture, request: LegRequest, progress: Progress | None = None) -> Plan:
        """See Generator."""
        return self._maker.plan(_small(a), _small(b), request, progress)

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        """See Generator. Raises BakeError when the picture is not of the size asked for."""
        return self._large(self._maker.keyframe(_small(a), _small(b), request, plan, i), a, i)

    def _large(self, made: Generated, like: Picture, i: int) -> Generated:
        height, width = like.canvas.shape[:2]
        wide, high = made_at((width, height))
        if made.image.dtype != np.uint8 or made.image.shape != (high, wide, 3):
            found = f"{made.image.dtype} {made.image.shape}"
            raise BakeError(f"generator {self._maker.name}: keyframe {i} is {found}, expected uint8 {(high, wide, 3)}")
        return replace(made, image=self._upscaler.enlarge(made.image, (width, height)))


class EnlargedBatches(Enlarged):
    """The same for a generator that paints several keyframes together."""

    _maker: Any

    def batch(self, request: LegRequest) -> int:
        """How many at once."""
        return int(self._maker.batch(request))

    def keyframes(
        self, a: Picture, b: Picture, request: LegRequest, plan: Plan, indices: Sequence[int]
    ) -> list[Generated]:
        """Make these keyframes, in this order."""
        made = self._maker.keyframes(_small(a), _small(b), request, plan, indices)
        return [self._large(each, a, i) for each, i in zip(made, indices, strict=True)]


def _small(picture: Picture) -> Picture:
    height, width = picture.canvas.shape[:2]
    return replace(picture, canvas=resize(picture.canvas, made_at((width, height))))
