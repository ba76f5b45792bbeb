#!/usr/bin/env python3
"""Bake legs of keyframes between paintings and measure them.

    tools/measure_keyframes.py FOLDER_OR_FILES... [--pairs wave:wanderer,kiss:starry | --pairs all]
        [--size 1024x576] [--keyframes 5] [--weights even] [--chain C] [--seed 0] [--sheet DIR] [--full] [--no-made-of]

A pair names two paintings by parts of their file names; `all` takes every pair once. Per leg one line:

    cpu_s   CPU seconds per keyframe: the leg's plan and its keyframes, over their number
    ratio   largest step over smallest between neighbouring images, paintings included, as the RMS of sRGB values
            box-reduced to 32x18 (goal: 2 or less)
    detail  gradient magnitude over (1-w) of A's + w of B's: mean and least over the keyframes (goals .75 and .5)
    made    mean distance of the keyframes' 7x7 patches, at half size, to the nearest patches of A and B, in their own
            colours and at the keyframe's palette, over that of the plain blend (goal: .6 or less; sampled places)

and at the end the worst and mean of each, as JSON. --sheet DIR writes a contact sheet per leg; --full every keyframe.
Run it with OPENBLAS_NUM_THREADS=1: in a bake each leg has one thread.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from artwalks_live.bake.keyframes import Generated, LegRequest, Picture, generator
from artwalks_live.bake.keyframes.palette import PalettePath

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}
SAMPLES = 300  # places per keyframe at which patches are compared


@dataclass(frozen=True)
class Figures:
    """What was measured of one leg."""

    pair: str
    cpu_s: float
    ratio: float
    detail_mean: float
    detail_least: float
    made: float
    weights: list[float]
    steps: list[float]


def load(path: Path, size: tuple[int, int]) -> Picture:
    """A painting, cropped to the canvas (centred, a little above the middle in upright paintings)."""
    image = Image.open(path).convert("RGB")
    width, height = size
    scale = min(image.width / width, image.height / height)
    wide, high = round(width * scale), round(height * scale)
    left, top = (image.width - wide) // 2, int((image.height - high) * (0.3 if image.height > image.width else 0.5))
    source = image.crop((left, top, left + wide, top + high))
    return Picture(np.asarray(source.resize(size, Image.Resampling.LANCZOS)), np.asarray(source), np.asarray(image))


def step(p: Bytes, q: Bytes) -> float:
    """How far apart two images are: RMS of sRGB values in [0, 1], box-reduced to 32x18."""
    small = [cv2.resize(image.astype(np.float32) / 255, (32, 18), interpolation=cv2.INTER_AREA) for image in (p, q)]
    return float(np.sqrt(np.mean((small[0] - small[1]) ** 2)))


def gradient(image: Bytes) -> float:
    """The mean gradient magnitude."""
    value = image.astype(np.float32)
    across, down = np.diff(value, axis=1)[:-1], np.diff(value, axis=0)[:, :-1]
    return float(np.sqrt((across**2 + down**2).sum(-1)).mean())


def patches(image: Array, rows: NDArray[np.int64] | None = None) -> Array:
    """The 7x7 patches (N, 147) of an image, all or those of the given rows."""
    views = np.lib.stride_tricks.sliding_window_view(image, (7, 7), axis=(0, 1))
    flat = views.reshape(-1, 147) if rows is None else views.reshape(views.shape[0] * views.shape[1], 3, 7, 7)[rows]
    return np.ascontiguousarray(flat.reshape(-1, 147))


def distances(queries: Array, paintings: list[Array]) -> Array:
    """RMS distance of each patch (N, 147) to its nearest in any of the paintings (H, W, 3)."""
    nearest = np.full(len(queries), np.inf, np.float32)
    for painting in paintings:
        keys = patches(painting)
        for part in np.array_split(keys, max(1, len(keys) // 65536)):
            squares = (part**2).sum(1)[None] - 2 * queries @ part.T
            nearest = np.minimum(nearest, squares.min(1))
    away: Array = np.sqrt(np.maximum(nearest + (queries**2).sum(1), 0) / 147)
    return away


def made_of(a: Bytes, b: Bytes, keyframe: Generated) -> tuple[float, float]:
    """The distance of a keyframe's patches to the paintings, and that of the plain blend's."""
    half = (a.shape[1] // 2, a.shape[0] // 2)
    pair = [cv2.resize(p.astype(np.float32), half, interpolation=cv2.INTER_AREA) for p in (a, b)]
    path = PalettePath.between(*(p / 127.5 - 1 for p in pair))
    moved = [(path.move(p / 127.5 - 1, i, keyframe.weight) + 1) * 127.5 for i, p in enumerate(pair)]
    image = cv2.resize(keyframe.image.astype(np.float32), half, interpolation=cv2.INTER_AREA)
    blend = (1 - keyframe.weight) * pair[0] + keyframe.weight * pair[1]
    count = (half[0] - 6) * (half[1] - 6)
    rows = np.random.default_rng(0).choice(count, min(SAMPLES, count), replace=False)
    both = np.concatenate([patches(image, rows), patches(blend, rows)])
    made, blended = np.split(distances(both, [*pair, *moved]), 2)
    return float(made.mean()), float(blended.mean())


def measure(names: tuple[Path, Path], options: argparse.Namespace) -> Figures:
    """Bake and measure one leg; write its sheet."""
    size = tuple(int(n) for n in options.size.split("x"))
    a, b = (load(path, (size[0], size[1])) for path in names)
    request = LegRequest(options.keyframes, options.weights, options.chain, options.seed)
    maker, start = generator("patch"), time.process_time()
    plan = maker.plan(a, b, request)
    made = [maker.keyframe(a, b, request, plan, i) for i in range(options.keyframes)]
    cpu_s = (time.process_time() - start) / max(1, options.keyframes)
    images = [a.canvas, *(keyframe.image for keyframe in made), b.canvas]
    steps = [step(p, q) for p, q in itertools.pairwise(images)]
    own = gradient(a.canvas), gradient(b.canvas)
    detail = [gradient(k.image) / ((1 - k.weight) * own[0] + k.weight * own[1]) for k in made]
    away = np.array([made_of(a.canvas, b.canvas, k) for k in made]) if options.made_of else np.ones((1, 2))
    pair = f"{names[0].stem} > {names[1].stem}"
    if options.sheet:
        write_sheet(options.sheet, pair, images, options.full)
    mean = away.mean(0)
    return Figures(
        pair, cpu_s, max(steps) / max(min(steps), 1e-9), float(np.mean(detail)), float(np.min(detail)),
        float(mean[0] / max(mean[1], 1e-9)), [round(k.weight, 3) for k in made], [round(s, 3) for s in steps],
    )  # fmt: skip


def write_sheet(folder: Path, pair: str, images: list[Bytes], full: bool) -> None:
    """One PNG: A, the keyframes and B, four in a row; with `full` also each keyframe by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    name = pair.replace(" > ", "__")
    width = 512
    height = round(images[0].shape[0] * width / images[0].shape[1])
    tiles = [cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA) for image in images]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 4)
    sheet = np.vstack([np.hstack(tiles[i : i + 4]) for i in range(0, len(tiles), 4)])
    Image.fromarray(sheet).save(folder / f"{name}.png")
    if full:
        for i, image in enumerate(images[1:-1]):
            Image.fromarray(image).save(folder / f"{name}_{i}.png")


def chosen(options: argparse.Namespace) -> list[tuple[Path, Path]]:
    """The pairs of files that the arguments name."""
    files = [p for arg in options.paintings for p in (sorted(arg.iterdir()) if arg.is_dir() else [arg])]
    files = [p for p in files if p.suffix.lower() in SUFFIXES]
    if options.pairs == "all":
        return list(itertools.combinations(files, 2))
    if options.pairs:
        wanted = [pair.split(":") for pair in options.pairs.split(",")]
        return [tuple(next(p for p in files if part in p.name) for part in pair) for pair in wanted]
    return list(itertools.pairwise(files))


def main() -> None:
    """Measure every pair asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", nargs="+", type=Path)
    parser.add_argument("--pairs")
    parser.add_argument("--size", default="1024x576")
    parser.add_argument("--keyframes", type=int, default=5)
    parser.add_argument("--weights", default="even")
    parser.add_argument("--chain", type=float, default=LegRequest(1).chain)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--no-made-of", dest="made_of", action="store_false")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    legs = []
    for names in chosen(options):
        legs.append(f := measure(names, options))
        goals = f"ratio {f.ratio:4.2f}  detail {f.detail_mean:.2f} {f.detail_least:.2f}  made {f.made:.2f}"
        print(f"{f.pair:46s} cpu_s {f.cpu_s:4.1f}  {goals}  w {f.weights}  steps {f.steps}", flush=True)
    report = {
        "legs": len(legs), "cpu_s": max(f.cpu_s for f in legs),
        "ratio_worst": max(f.ratio for f in legs), "ratio_mean": float(np.mean([f.ratio for f in legs])),
        "detail_mean_worst": min(f.detail_mean for f in legs), "detail_least": min(f.detail_least for f in legs),
        "made_worst": max(f.made for f in legs), "made_mean": float(np.mean([f.made for f in legs])),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    print(json.dumps(report))


if __name__ == "__main__":
    main()
