"""Time the flow network that ships against one of the official FILM's size.

usage: python -m tools.film.speed [--small FILE.onnx] [--official FILE.onnx] [--sizes 640x360 …] [--threads 1]
                                  [--repeats 5]

Without --official, a network of the published layout with random weights stands in: time does not depend on them.
Both are asked through the same FlowModel, in one process and on so many threads, in turns after one warm-up each;
medians of the turns are printed, by the clock and of the processor alone, which others on the machine disturb less.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import ArtwalksError, UsageError
from artwalks_live.nn.flow_model import FlowModel
from artwalks_live.paths import model_file

SIZES = ("640x360", "1280x720")


@dataclass(frozen=True)
class Turn:
    """Seconds of one flow, by the clock and of the processor."""

    wall_s: float
    cpu_s: float


def main(argv: Sequence[str] | None = None) -> int:
    """Time both. Returns 0, or 2 after one line on what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=Path, default=model_file("film-small.onnx"), metavar="FILE.onnx")
    parser.add_argument("--official", type=Path, metavar="FILE.onnx")
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="WxH")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(argv)
    try:
        for name in ("threads", "repeats"):
            if getattr(options, name) < 1:
                raise UsageError(f"--{name} {getattr(options, name)}: give 1 or more")
        sizes = [_size(text) for text in options.sizes]
        with tempfile.TemporaryDirectory() as folder:
            official = options.official or _random_official(Path(folder))
            models = [FlowModel.open(path, threads=options.threads) for path in (options.small, official)]
            for size in sizes:
                print(compare(models[0], models[1], size, options.repeats), flush=True)
    except ArtwalksError as error:
        print(f"speed: {error}", file=sys.stderr)
        return 2
    return 0


def compare(small: FlowModel, official: FlowModel, size: tuple[int, int], repeats: int) -> str:
    """Time both at one size, (width, height). Returns the line to print."""
    a, b = np.random.default_rng(0).integers(0, 256, (2, size[1], size[0], 3), np.uint8)
    turns: dict[FlowModel, list[Turn]] = {small: [], official: []}
    for repeat in range(repeats + 1):
        for model, taken in turns.items():
            turn = _turn(model, a, b)
            if repeat:  # the first is the warm-up
                taken.append(turn)
    wall = [median(turn.wall_s for turn in taken) for taken in turns.values()]
    cpu = [median(turn.cpu_s for turn in taken) for taken in turns.values()]
    told = [f"{model.name} {wall[i]:.3g} s (processor {cpu[i]:.3g} s)" for i, model in enumerate(turns)]
    times = f"{wall[1] / wall[0]:.1f} times as fast (processor {cpu[1] / cpu[0]:.1f})"
    return f"{size[0]}x{size[1]}, {repeats} turns: {told[0]}, {told[1]}: {times}"


def _turn(model: FlowModel, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Turn:
    wall, cpu = time.perf_counter(), time.process_time()
    model.flow(a, b)
    return Turn(time.perf_counter() - wall, time.process_time() - cpu)


def _random_official(folder: Path) -> Path:
    import torch

    from tools.film.convert_official import as_flow_model
    from tools.film.official import OfficialFlow

    torch.manual_seed(0)
    path = folder / "random.onnx"
    path.write_bytes(as_flow_model(OfficialFlow().eval(), "film-official (random weights)"))
    return path


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal() and 0 < int(width) <= 8192 and 0 < int(height) <= 8192):
        raise UsageError(f"--sizes {text}: give WIDTHxHEIGHT, 1 to 8192 each, like 640x360")
    return int(width), int(height)


if __name__ == "__main__":
    raise SystemExit(main())
