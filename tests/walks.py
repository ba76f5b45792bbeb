"""Small walks for the tests: real bundles of made pictures, written by the project's own code in milliseconds."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from artwalks_live.core import walk
from artwalks_live.core.walk import Keyframe, Painting, Segment, Walk

Pixels = npt.NDArray[np.uint8]
TITLES = ("Dawn", "Noon", "Dusk", "Night", "Storm")


def made_painting(number: int, size: tuple[int, int]) -> Pixels:
    """A picture unlike its fellows: two colours, a disc, stripes and a little grain. (H, W, 3) uint8."""
    width, height = size
    chance = np.random.default_rng(number)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    ground, figure = chance.uniform(0.1, 0.9, (2, 3))
    stripes = 0.5 + 0.5 * np.sin((x * np.cos(number) + y * np.sin(number)) * 30)
    disc = ((x - chance.uniform(0.4, 1.3)) ** 2 + (y - chance.uniform(0.3, 0.7)) ** 2) < 0.06
    picture = ground + (figure - ground) * np.where(disc, 1.0, stripes * 0.5)[..., None]
    picture = picture + chance.normal(0, 0.02, picture.shape)
    return np.asarray(np.clip(picture, 0, 1) * 255, np.uint8)


def make_walk(
    folder: Path, size: tuple[int, int] = (128, 72), paintings: int = 3, between: int = 1, loop: bool = False
) -> Walk:
    """Write a bundle: paintings with `between` cross-dissolved keyframes each leg, small flows, plain crossovers."""
    folder.mkdir(parents=True)
    pictures = [made_painting(number, size) for number in range(paintings)]
    keyframes: list[Keyframe] = []
    legs = paintings if loop else paintings - 1
    for leg in range(legs):
        after = (leg + 1) % paintings
        for step in range(between + 1):
            w = step / (between + 1)
            mixed = pictures[leg] * (1 - w) + pictures[after] * w
            weights = {leg: 1 - w, after: w} if step else {leg: 1.0}
            keyframes.append(_keyframe(folder, mixed.astype(np.uint8), None if step else leg, weights, len(keyframes)))
    if not loop:
        keyframes.append(_keyframe(folder, pictures[-1], paintings - 1, {paintings - 1: 1.0}, len(keyframes)))
    count = len(keyframes)
    segments = [_segment(folder, size, i, (i + 1) % count) for i in range(count if loop else count - 1)]
    given = [
        Painting(TITLES[i], "tests", "CC0-1.0", f"{i}.png", hashlib.sha256(bytes([i])).hexdigest(), i * (between + 1))
        for i in range(paintings)
    ]
    made = Walk(
        folder, size, loop, tuple(given), tuple(keyframes), tuple(segments), {"name": "test", "seed": 0, "options": {}}
    )
    walk.write(made)
    return made


def _keyframe(folder: Path, picture: Pixels, painting: int | None, weights: dict[int, float], arc: int) -> Keyframe:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    stored = walk.put(folder, "keyframes", data.tobytes(), ".png")
    return Keyframe(stored.name, stored.sha256, stored.bytes, painting, weights, float(arc))


def _segment(folder: Path, size: tuple[int, int], start: int, end: int) -> Segment:
    width, height = size[0] // 2, size[1] // 2
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    sway = np.stack([np.sin(y / 7 + start), np.cos(x / 9 + end)], axis=-1) * 1.5
    flow = np.concatenate([sway, -sway], axis=-1).astype(np.float16)
    crossover = np.stack([np.sin(x / 11) * 0.5, np.ones_like(x)], axis=-1).astype(np.float16)
    names = [walk.put(folder, "flows", _npy(a), suffix) for a, suffix in ((flow, ".npy"), (crossover, ".x.npy"))]
    return Segment(start, end, names[0].name, names[1].name, (names[0].sha256, names[1].sha256))


def _npy(array: npt.NDArray[np.float16]) -> bytes:
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()
