"""Videos with known motion, made by the tests: a picture that swings, and how far."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import noise

Pixels = NDArray[np.uint8]
Array = NDArray[np.float32]
WIDTH, HEIGHT = 256, 144


def meadow(seed: int = 1, times: int = 1) -> Pixels:
    """Blades of grass before a soft sky; so many times as large, and with as many more blades."""
    draw = np.random.default_rng(seed)
    width, height = WIDTH * times, HEIGHT * times
    sky = 150 + 80 * noise(seed, (width, height), 5)
    picture = np.stack([sky * 0.8, sky * 0.9, sky], axis=-1).astype(np.uint8)
    for _ in range(150 * times**2):
        x, top = int(draw.integers(0, width)), int(draw.integers(height // 3, height - 30))
        colour = tuple(int(c) for c in draw.integers((30, 80, 10), (120, 200, 80)))
        lean = int(draw.integers(-12, 12))
        cv2.line(picture, (x, height), (x + lean, top), colour, int(draw.integers(1, 4)), cv2.LINE_AA)
    return picture


def paint(seed: int = 2) -> Pixels:
    """A texture of daubs all over."""
    draw = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
    for _ in range(1500):
        centre = (int(draw.integers(0, WIDTH)), int(draw.integers(0, HEIGHT)))
        axes = (int(draw.integers(4, 12)), int(draw.integers(2, 5)))
        colour = tuple(int(c) for c in draw.integers(20, 235, 3))
        cv2.ellipse(picture, centre, axes, float(draw.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def waving(time_s: float) -> Array:
    """Grass in the wind: 0 at the ground, 5 px at the top of it; gusts run to the right. (H, W, 2) px."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    tall = np.clip((HEIGHT - y) / (HEIGHT * 0.6), 0, 1) ** 1.5 * _inside(x, y)

    def gust(t: float) -> Array:
        slow, fast = 2 * np.pi * 3 * t * 30 / 149, 2 * np.pi * 7 * t * 30 / 149
        return np.asarray(3.5 * np.sin(slow - x / 45) + 1.5 * np.sin(fast - x / 25 + 1), np.float32)

    return np.stack([tall * (gust(time_s) - gust(0.0)), np.zeros_like(x)], axis=-1)


def flowing(time_s: float) -> Array:
    """Water that sloshes: 6 px to and fro, and a swell that runs across. (H, W, 2) px."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    turn = 2 * np.pi * 30 / 149 * time_s
    along = 4.0 * np.sin(2 * turn) + 1.5 * (np.sin(5 * turn - y / 30) - np.sin(-y / 30))
    up = 2.0 * (np.sin(4 * turn - x / 40) - np.sin(-x / 40))
    return np.asarray(np.stack([along, up], axis=-1) * _inside(x, y)[..., None], np.float32)


def moved(picture: Pixels, px: Array) -> Pixels:
    """The picture, read at x − d. px: (H, W, 2) px of the picture."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    read = cv2.remap(picture, x - px[..., 0], y - px[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.uint8)


def _inside(x: Array, y: Array) -> Array:
    """Nothing moves at the edge of the picture."""
    edge = np.minimum(np.minimum(x, WIDTH - 1 - x), np.minimum(y, HEIGHT - 1 - y) + 1e3 * (y > HEIGHT / 2))
    return np.asarray(np.clip(edge / 24, 0, 1), np.float32)


def psnr(a: Pixels, b: Pixels) -> float:
    """Likeness in dB."""
    return float(10 * np.log10(255.0**2 / max(float(((a.astype(float) - b) ** 2).mean()), 1e-9)))


def ssim(a: Pixels, b: Pixels) -> float:
    """Structural similarity of the greys (Wang et al. 2004), 1 = the same."""
    x, y = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float32) for each in (a, b))

    def mean(z: Array) -> Array:
        return np.asarray(cv2.GaussianBlur(z, (0, 0), 1.5), np.float32)

    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    alike = (2 * mx * my + 6.5) * (2 * both + 58.5) / ((mx * mx + my * my + 6.5) * (vx + vy + 58.5))
    return float(alike.mean())
