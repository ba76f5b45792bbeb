"""The segments of a walk, or of a folder of pictures: two pictures each, and the way between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.decode import decode
from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.core import walk
from artwalks_live.core.errors import FlowShapeError, UsageError
from artwalks_live.core.walk import Walk
from artwalks_live.io.images import load_pixels
from tools.film.estimate import Estimator
from tools.film.screen import Pair

Pixels = NDArray[np.uint8]
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}


@dataclass(frozen=True)
class Part:
    """A way without a stop: drawn from phase `start` of its segment to phase `end`."""

    start: float
    end: float
    pair: Pair


@dataclass(frozen=True)
class Segment:
    """From one keyframe to the next.

    parts   in order of phase, from 0 to 1; one, or more where anchors lie in between
    ms      what the estimate took; None when it was baked
    """

    name: str
    parts: tuple[Part, ...]
    ms: float | None

    @property
    def a(self) -> Pixels:
        """The picture at phase 0, (H, W, 3) uint8 sRGB."""
        return self.parts[0].pair.a

    @property
    def b(self) -> Pixels:
        """The picture at phase 1."""
        return self.parts[-1].pair.b

    @property
    def anchors(self) -> tuple[float, ...]:
        """The phases at which an anchor is shown."""
        return tuple(part.start for part in self.parts[1:])


@dataclass(frozen=True)
class Source:
    """What is to be measured: its segments, read and estimated one by one.

    flow   how the ways were found, for people; `baked` when it is the bundle's own
    loop   whether the last segment ends where the first begins
    """

    segments: Iterator[Segment]
    count: int
    flow: str
    loop: bool


def is_bundle(path: Path) -> bool:
    """Whether a path is meant as a walk bundle."""
    return path.suffix == ".walk" or (path / walk.FILE).exists()


def of_bundle(folder: Path, estimator: Estimator | None, limit: int) -> Source:
    """The segments of a bundle with their baked flows; with an estimator they are found again from the keyframes.

    Raises BundleError for what is not a whole walk.
    """
    show = walk.read(folder)
    count = min(limit, len(show.segments))
    if not count:
        raise UsageError(f"{folder} has no segments: a walk of one painting holds still")
    segments = _baked(show, count) if estimator is None else _found_again(show, count, estimator)
    flow = baked_by(show) if estimator is None else estimator.name
    return Source(segments, count, flow, show.loop and count == len(show.segments))


def baked_by(show: Walk) -> str:
    """The name of the estimator that a bundle was baked with, as far as it says."""
    return next((name for name in ("film", "dis") if name in show.versions), "baked")


def of_folder(folder: Path, estimator: Estimator, limit: int) -> Source:
    """The pictures of a folder in name order, the way from each to the next one found by the estimator.

    Raises UsageError when there are fewer than two; FlowShapeError at the first of another size than its fellows.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if len(paths) < 2:
        raise UsageError(f"{folder} holds no triplets, no walk, and of pictures {len(paths)}: two or more are needed")
    return Source(_between(paths[: limit + 1], estimator), min(limit, len(paths) - 1), estimator.name, False)


def _baked(show: Walk, count: int) -> Iterator[Segment]:
    pieces = iter(enumerate(show.pieces))
    for segment in show.segments[:count]:
        phases = [0.0, *(anchor.at for anchor in segment.anchors), 1.0]
        parts = []
        for (start, end), (number, piece) in zip(pairwise(phases), pieces, strict=False):
            maps = SegmentFlow(walk.load_flow(show, number), walk.load_crossover(show, number))
            parts.append(Part(start, end, Pair(load_pixels(show, piece.a), load_pixels(show, piece.b), maps)))
        yield Segment(f"{segment.start}-{segment.end}", tuple(parts), None)


def _found_again(show: Walk, count: int, estimator: Estimator) -> Iterator[Segment]:
    for part in show.segments[:count]:
        a, b = (load_pixels(show, k) for k in (part.start, part.end))
        yield _estimated(f"{part.start}-{part.end}", a, b, estimator)


def _between(paths: list[Path], estimator: Estimator) -> Iterator[Segment]:
    b = decode(paths[0]).pixels
    for first, second in pairwise(paths):
        a, b = b, decode(second).pixels
        if a.shape != b.shape:
            sizes = ["{1}x{0}".format(*each.shape) for each in (b, a)]
            raise FlowShapeError(f"{second} is {sizes[0]}, {first.name} before it {sizes[1]}: all must be of one size")
        yield _estimated(f"{first.stem}-{second.stem}", a, b, estimator)


def _estimated(name: str, a: Pixels, b: Pixels, estimator: Estimator) -> Segment:
    baked, ms = estimator.estimate(a, b)
    return Segment(name, (Part(0.0, 1.0, Pair(a, b, baked)),), ms)
