"""Pictures whose motion is known, an estimator that knows it, and folders of them: for the tests of the evaluation."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.bake.keyframes import PatchField

Pixels = npt.NDArray[np.uint8]
MOTION_PX = (6, -4)  # what every picture here moves from one frame to the next
SIZE = (97, 61)  # odd on purpose


def view(seed: int, step: float, size: tuple[int, int] = SIZE) -> Pixels:
    """A smooth picture of coloured waves after `step` times the motion, (H, W, 3) uint8."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float64)
    x, y = x - step * MOTION_PX[0], y - step * MOTION_PX[1]
    waves = np.zeros((size[1], size[0], 3))
    for _ in range(5):
        along, down = chance.uniform(-0.35, 0.35, 2)
        waves += np.sin(along * x + down * y + chance.uniform(0, 6))[..., None] * chance.uniform(-0.1, 0.1, 3)
    return (np.clip(0.5 + waves, 0, 1) * 255 + 0.5).astype(np.uint8)


class Knowing:
    """Gives the true motion of `view`, on a grid of half the size."""

    name = "knowing"
    version = 1

    def estimate(
        self, a: Pixels, b: Pixels, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        height, width = (max(1, side // 2) for side in a.shape[:2])
        scale = np.array([width / a.shape[1], height / a.shape[0]])
        forward = np.array(MOTION_PX) * scale
        flow = np.tile(np.concatenate([-forward, forward]), (height, width, 1))
        return SegmentFlow(flow.astype(np.float16), np.tile(np.array([0, 1], np.float16), (height, width, 1)))


class Broken(Knowing):
    """Gives a motion that is nowhere."""

    def estimate(
        self, a: Pixels, b: Pixels, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        found = super().estimate(a, b)
        return SegmentFlow(found.flow * np.float16(np.inf), found.crossover)


def save(path: Path, picture: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture[..., ::-1])


def save_triplet(folder: Path, seed: int = 0, size: tuple[int, int] = SIZE) -> Path:
    """Write frame10, frame10i11 and frame11; returns the folder."""
    for step, name in ((0.0, "frame10"), (0.5, "frame10i11"), (1.0, "frame11")):
        save(folder / f"{name}.png", view(seed, step, size))
    return folder


def save_flow(path: Path, vectors: npt.NDArray[np.float32]) -> None:
    """Write a .flo file, (H, W, 2)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack("<fii", 202021.25, vectors.shape[1], vectors.shape[0])
    path.write_bytes(head + vectors.astype("<f4").tobytes())


def true_flow(size: tuple[int, int] = SIZE) -> npt.NDArray[np.float32]:
    """The motion of every pixel of `view`."""
    return np.tile(np.array(MOTION_PX, np.float32), (size[1], size[0], 1))
