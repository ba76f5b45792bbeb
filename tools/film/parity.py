"""Compare an exported network with torch, at sizes that are padded and at sizes that are not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.flow_model import FlowModel
from artwalks_live.nn.grid import padded, regrid, size_of, uncovered
from tools.film.network import FilmSmall

Picture = NDArray[np.float32]

SIZES = ((128, 128), (256, 384), (90, 160), (17, 33), (131, 257))  # (height, width)
TOLERANCE_PX, TOLERANCE = 1e-3, 1e-5


def difference_px(data: bytes, net: FilmSmall) -> float:
    """Run both on pictures of `SIZES`, with a rough flow and without. Returns the largest difference, in pixels.

    data  the ONNX file

    Raises ModelError when they are further apart than `TOLERANCE_PX` and `TOLERANCE` of the value.
    """
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "flow.onnx")
        path.write_bytes(data)
        model = FlowModel.open(path)
        for size in SIZES:
            a, b, rough = scene(size)
            for start in (None, rough):
                found = model.flow(a, b, start)
                assert found.crossover is not None
                for mine, theirs in zip((found.flow, found.crossover), by_torch(net, a, b, start), strict=True):
                    worst = max(worst, _apart(mine, theirs, size))
        model.close()
    return worst


def _apart(mine: Picture, theirs: Picture, size: tuple[int, int]) -> float:
    apart = np.abs(mine - theirs)
    if (apart > TOLERANCE_PX + TOLERANCE * np.abs(theirs)).any():
        raise ModelError(f"ONNX Runtime and torch are {apart.max():.2g} px apart at {size}: the export is broken")
    return float(apart.max())


def by_torch(net: FilmSmall, a: Picture, b: Picture, start: Picture | None = None) -> tuple[Picture, Picture]:
    """Flow and crossover as the network itself finds them; everything as for `FlowModel.flow`, up to 1280 pixels."""
    first, second = (padded(picture, net.shape.multiple) for picture in (a, b))
    over, seen = size_of(first), size_of(a)
    half = (over[0] // 2, over[1] // 2)
    rough = np.zeros((*half, 4), np.float32) if start is None else regrid(start, seen, half, over)
    with torch.no_grad():
        found = net(_tensor(first), _tensor(second), _tensor(rough))
    flow, crossover = (uncovered(value[0].permute(1, 2, 0).numpy(), over, seen) for value in found)
    return flow, crossover


def _tensor(maps: Picture) -> Tensor:
    return torch.from_numpy(maps).permute(2, 0, 1)[None].contiguous()


def scene(size: tuple[int, int]) -> tuple[Picture, Picture, Picture]:
    """Two soft pictures, the second moved a little, and a rough flow that is somewhat right: every scale answers."""
    chance = np.random.default_rng(size)
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    waves = chance.uniform(-0.3, 0.3, (8, 2, 3)).astype(np.float32)
    phases = chance.uniform(0, 6.3, (8, 3)).astype(np.float32)

    def at(dx: float, dy: float) -> Picture:
        angles = (x[..., None, None] + dx) * waves[:, 0] + (y[..., None, None] + dy) * waves[:, 1] + phases
        light: Picture = (0.5 + np.sin(angles).mean(2) * 0.5).astype(np.float32)
        return light

    rough = np.array([3, -2, -3, 2], np.float32) + chance.normal(0, 1, (size[0] // 4 + 1, size[1] // 4 + 1, 4))
    return at(0, 0), at(3, -2), rough.astype(np.float32)
