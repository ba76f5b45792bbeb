#!/usr/bin/env python3
"""Measure the in-betweens of a walk: are they one picture, are they crisp, is there a hidden cut?

usage: tools/measure_flows.py SHOW.walk | FOLDER_OF_PICTURES  [--flow dis] [--strips FOLDER] [--limit N]

For a bundle its own baked flows are measured; for a folder of equal-sized pictures, in name order, they are estimated.
Per segment, at mid-phase and in 255ths: coherence (mean distance from 7x7 patches of the in-between to their nearest
in the two neighbours, at half size), the dissolve's coherence, their ratio; detail (gradient magnitude over the
neighbours' mean); the largest step between frames over the mean step, 64 phases. Segments whose dissolve is under
2/255 are shown in brackets and not counted. With --strips the phases 0, ¼, ½, ¾, 1 of each segment are written
as PNG.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from artwalks_live.bake.flows import SegmentFlow, flow
from artwalks_live.core import walk
from artwalks_live.core.errors import ArtwalksError, UsageError
from artwalks_live.core.warp import show, unit

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]
PATCH = 7
PHASES = 64
QUERIES = 4000  # places asked per picture, evenly spread: exact nearest patches, sampled mean
COUNTED = 2.0  # a dissolve below this, in 255ths, hardly changes: nothing to measure


@dataclass(frozen=True)
class Segment:
    """Two neighbouring keyframes, (H, W, 3) uint8 sRGB, and what was baked between them."""

    name: str
    a: Pixels
    b: Pixels
    flow: SegmentFlow
    seconds: float


@dataclass(frozen=True)
class Figures:
    coherence: float
    dissolve: float
    detail: float
    detail_dissolve: float
    step: float

    @property
    def ratio(self) -> float:
        return self.coherence / max(self.dissolve, 1e-6)

    @property
    def counts(self) -> bool:
        return self.dissolve >= COUNTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of every segment and their means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--flow", default="dis")
    parser.add_argument("--strips", type=Path)
    parser.add_argument("--limit", type=int, default=1000, help="measure no more than this many segments")
    options = parser.parse_args(arguments)
    print("segment            coherence dissolve  ratio  detail (dissolve)  step  bake s")
    counted = []
    for segment in _segments(options.source, options.flow, options.limit):
        figures = measure(segment.a, segment.b, segment.flow)
        print(_line(segment.name, figures, segment.seconds), flush=True)
        if figures.counts:
            counted.append(figures)
        if options.strips:
            _write_strip(options.strips, segment)
    if counted:
        mean = Figures(*(float(np.mean([getattr(f, n) for f in counted])) for n in Figures.__annotations__))
        print(_line(f"mean of {len(counted)}", mean, 0.0))
        print(
            f"mean ratio {np.mean([f.ratio for f in counted]):.3f}  worst ratio {max(f.ratio for f in counted):.3f}  "
            f"least detail {min(f.detail for f in counted):.3f}  largest step {max(f.step for f in counted):.2f}"
        )
    return 0


def measure(a: Pixels, b: Pixels, baked: SegmentFlow) -> Figures:
    """Take the three figures of one segment, and the plain dissolve's beside them."""
    middle = show(a, b, baked.flow, baked.crossover, 0.5)
    blend = (unit(a) + unit(b)) / np.float32(2)
    patches = np.concatenate([_patches(unit(a)), _patches(unit(b))])
    sharp = (_gradient(unit(a)) + _gradient(unit(b))) / 2
    return Figures(
        _coherence(middle, patches),
        _coherence(blend, patches),
        _gradient(middle) / sharp,
        _gradient(blend) / sharp,
        _largest_step(a, b, baked),
    )


def _coherence(image: Array, patches: Array) -> float:
    """Mean RMS distance of the image's patches to their nearest among `patches`, in 255ths."""
    every = _patches(image)
    queries = every[:: max(1, len(every) // QUERIES)]
    nearest = np.empty(len(queries), np.float32)
    squares = (patches * patches).sum(axis=1)
    for start in range(0, len(queries), 1024):
        part = queries[start : start + 1024]
        far = squares[None] - 2 * (part @ patches.T)
        nearest[start : start + 1024] = far.min(axis=1) + (part * part).sum(axis=1)
    return float(np.sqrt(np.maximum(nearest, 0) / patches.shape[1]).mean() * 255)


def _patches(image: Array) -> Array:
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    windows = np.lib.stride_tricks.sliding_window_view(half, (PATCH, PATCH), axis=(0, 1))
    return np.ascontiguousarray(windows.reshape(-1, 3 * PATCH * PATCH))


def _gradient(image: Array) -> float:
    luma = image @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return float(np.hypot(*np.gradient(luma)).mean())


def _largest_step(a: Pixels, b: Pixels, baked: SegmentFlow) -> float:
    half = (max(2, a.shape[1] // 2), max(2, a.shape[0] // 2))
    small_a, small_b = (cv2.resize(x, half, interpolation=cv2.INTER_AREA) for x in (a, b))
    frames = (show(small_a, small_b, baked.flow, baked.crossover, i / PHASES) for i in range(PHASES + 1))
    before = next(frames)
    steps = []
    for frame in frames:
        steps.append(float(np.abs(frame - before).mean()))
        before = frame
    return max(steps) / max(float(np.mean(steps)), 1e-9)


def _segments(source: Path, name: str, limit: int) -> Iterator[Segment]:
    if (source / "walk.json").exists():
        yield from _of_bundle(source, limit)
        return
    pictures = sorted(p for p in source.iterdir() if p.suffix.lower() in {".png", ".jpg", ".jpeg"})
    if len(pictures) < 2:
        raise UsageError(f"{source}: two pictures or more are needed, found {len(pictures)}")
    for first, second in list(pairwise(pictures))[:limit]:
        a, b = _read(first), _read(second)
        begin = time.process_time()
        baked = flow(name).estimate(a, b, None, None)
        yield Segment(f"{first.stem}-{second.stem}", a, b, baked, time.process_time() - begin)


def _of_bundle(folder: Path, limit: int) -> Iterator[Segment]:
    show_walk = walk.read(folder)
    for i, part in enumerate(show_walk.segments[:limit]):
        a, b = (_read(show_walk.path(show_walk.keyframes[k].image)) for k in (part.start, part.end))
        baked = SegmentFlow(walk.load_flow(show_walk, i), walk.load_crossover(show_walk, i))
        yield Segment(f"{part.start}-{part.end}", a, b, baked, 0.0)


def _read(path: Path) -> Pixels:
    data: Any = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if data is None:
        raise UsageError(f"{path}: not a picture that can be read")
    return np.ascontiguousarray(data[..., ::-1])


def _write_strip(folder: Path, segment: Segment) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frames = [show(segment.a, segment.b, segment.flow.flow, segment.flow.crossover, t) for t in (0, 0.25, 0.5, 0.75, 1)]
    strip = (np.concatenate(frames, axis=1).clip(0, 1) * 255 + 0.5).astype(np.uint8)
    cv2.imwrite(str(folder / f"{segment.name}.png"), strip[..., ::-1])


def _line(name: str, f: Figures, seconds: float) -> str:
    text = (
        f"{f.coherence:8.2f} {f.dissolve:8.2f} {f.ratio:7.3f} {f.detail:7.3f} {f.detail_dissolve:9.3f} "
        f"{f.step:7.2f} {seconds:6.2f}"
    )
    return f"{name:18s} {text}" if f.counts else f"({name})".ljust(19) + text


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except ArtwalksError as error:
        print(f"measure_flows: {error}", file=sys.stderr)
        raise SystemExit(2) from None
