#!/usr/bin/env python3
"""Measure the diffusion generators at the published models' real sizes, with random weights: no download.

    tools/measure_generators.py [--generators kandinsky,unclip,sd] [--size 1280x720] [--keyframes 5] [--batch N]
        [--device cuda] [--dtype float16] [--folder DIR]

Random weights take as long and as much memory as trained ones; the pictures are noise. Each model is built, saved as a
user's folder (up to 8 GB in float16, below --folder or a temporary folder) and used through the generator itself.
Per generator one line:

    load_s       bringing the model from the disk to the device
    plan_s       a leg's plan with even weights: embedding both paintings, and the looks
    keyframe_s   seconds per keyframe, with the batch that was used; the leg's first picture, which warms up, left out
    vram_gb      the most memory that torch held on the device

Without a GPU it says so and ends; --device cpu measures all the same, for whoever has the patience.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from artwalks_live.bake.keyframes import LegRequest, Picture, generator
from artwalks_live.bake.keyframes.painter import DiffusionGenerator
from artwalks_live.commands.options import size
from tools import random_models
from tools.random_models import REAL, TINY, Sizes

NAMES = ("kandinsky", "unclip", "sd")


def build(name: str, folder: Path, dtype: str, sizes: Sizes) -> dict[str, Any]:
    """Save a model of random weights. Returns the options that lead to it."""
    if name == "kandinsky":
        return {"model": str(random_models.kandinsky(folder / name, sizes, dtype))}
    if name == "unclip":
        return {"model": str(random_models.stable_unclip(folder / name, sizes, dtype))}
    model = random_models.stable_diffusion(folder / name, sizes, dtype)
    return {"model": str(model), "adapter": str(random_models.adapter(folder / "adapter", model, sizes, dtype))}


@contextmanager
def made_as(device: str, dtype: str) -> Iterator[None]:
    """Let torch make weights on that device and in that format: in float32 the largest would need 14 GB."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(before)


def painting(canvas: tuple[int, int], seed: int) -> Picture:
    """A picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (canvas[1], canvas[0], 3), np.uint8)
    return Picture(pixels, pixels, pixels)


def measure(name: str, options: dict[str, Any], canvas: tuple[int, int], keyframes: int, device: str) -> str:
    """Bake one leg's keyframes and say how long it took."""
    import torch

    maker = generator(name)
    assert isinstance(maker, DiffusionGenerator)
    prepared = maker.prepared({**options, "device": device})
    request = LegRequest(keyframes, "even", diffusion=prepared)
    # the patch generator's part, where a model paints over it, is measured elsewhere: here it stands still
    a, b = painting(canvas, 0), painting(canvas, 0 if name == "sd" else 1)
    on_gpu = device != "cpu"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    batch = maker.batch(request)
    loaded = time.perf_counter()
    plan = maker.plan(a, b, request)
    planned = time.perf_counter()
    maker.keyframe(a, b, request, plan, 0)
    begun = time.perf_counter()
    maker.keyframes(a, b, request, plan, range(keyframes))
    each = (time.perf_counter() - begun) / keyframes
    held = f"{torch.cuda.max_memory_allocated() / 1e9:.1f}" if on_gpu else "-"
    return (f"{name:10} {canvas[0]}x{canvas[1]}  steps {prepared.steps}  batch {batch}  load_s {loaded - start:.1f}  "
            f"plan_s {planned - loaded:.1f}  keyframe_s {each:.2f}  vram_gb {held}")  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description="Measure the diffusion generators with random weights.")
    parser.add_argument("--generators", default=",".join(NAMES), help="comma-separated (default: all)")
    parser.add_argument("--size", type=size, default=(1280, 720), help="of the canvas (default 1280x720)")
    parser.add_argument("--keyframes", type=int, default=5, help="of the leg (default 5)")
    parser.add_argument("--batch", type=int, default=0, help="pictures at once (default: the generator's own)")
    parser.add_argument("--steps", type=int, default=0, help="of denoising (default: the generator's own)")
    parser.add_argument("--device", default="cuda", help="cuda (default), cuda:N or cpu")
    parser.add_argument("--dtype", default="", help="float32, float16 or bfloat16 (default: float16, of a CPU float32)")
    parser.add_argument("--folder", type=Path, help="where the random weights go (default: a temporary folder)")
    parser.add_argument("--tiny", action="store_true", help="models of a few thousand weights: to try this tool")
    a = parser.parse_args(arguments)
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    if a.device != "cpu" and not torch.cuda.is_available():
        print(f"no GPU here (torch {torch.__version__}): nothing was measured; on a machine with one, run this again")
        return 0
    print(torch.cuda.get_device_name(a.device) if a.device != "cpu" else "CPU", f"torch {torch.__version__}", sep=", ")
    given = {name: value for name, value in (("batch", a.batch), ("steps", a.steps), ("dtype", a.dtype)) if value}
    dtype = a.dtype or ("float32" if a.device == "cpu" else "float16")
    with tempfile.TemporaryDirectory(dir=a.folder) as folder:
        for name in a.generators.split(","):
            with made_as(a.device, dtype):
                options = build(name, Path(folder) / name, dtype, TINY if a.tiny else REAL)
            print(measure(name, {**options, **given}, a.size, a.keyframes, a.device), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
