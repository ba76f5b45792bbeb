"""What matters in a picture, as a map: where a crop must not cut.

Four plain cues, each a small map of its own, none of them learned: rarity of colour (a face among cypresses),
contrast of colour with the surroundings at several scales (a figure before fog), detail (a crowd, a hand), and heads
(the uppermost skin). A prior favours the middle, which is where painters put their subject. The weights were fitted
to windows that a person drew on ten well-known paintings, in three shapes each.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_SIDE = 160
_CUES = {"contrast": 0.45, "rarity": 0.6, "detail": 1.2, "heads": 0.25}
_HEAD = 0.1  # height of a head in a portrait, of the picture's; also what hair and hats take above a face
_HEADS = 0.45  # height down to which nothing is the less for being low
_PRIOR = 0.18  # what is left of the weight at the far edge of the picture


def saliency(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Say how much each place of a picture matters.

    pixels   (H, W, 3) uint8 sRGB
    returns  (h, w) float32, sums to 1; the long side is 160 at most
    """
    lab, small = _small_lab(pixels)
    cues = {"contrast": _contrast(lab), "rarity": _rarity(lab), "detail": _detail(lab), "heads": _heads(small)}
    total = sum(weight * _spread(cues[name]) for name, weight in _CUES.items())
    total = cv2.GaussianBlur(_with_headroom(np.asarray(total, np.float32)), (0, 0), 2.0)
    total = total * _prior(*lab.shape[:2]) + 1e-6
    result: NDArray[np.float32] = (total / total.sum()).astype(np.float32)
    return result


def _small_lab(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    height, width = pixels.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    return np.asarray(lab, np.float32), np.asarray(small, np.uint8)


def _spread(cue: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring a cue to [0, 1] so that a few peaks count, not a level everywhere: square above its median."""
    low, high = np.percentile(cue, (40.0, 99.0))
    spread: NDArray[np.float32] = np.clip((cue - low) / max(high - low, 1e-6), 0.0, 1.0) ** 2
    return spread


def _contrast(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance of a place's colour to that of its surroundings, over four scales (Itti et al. 1998, in Lab)."""
    total = np.zeros(lab.shape[:2], np.float32)
    for centre, surround in ((1.5, 8.0), (3.0, 16.0), (5.0, 28.0), (8.0, 48.0)):
        near, far = (cv2.GaussianBlur(lab, (0, 0), sigma) for sigma in (centre, surround))
        total += np.sqrt(((near - far) ** 2).sum(-1))
    return total


def _rarity(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Minus the logarithm of how often a colour occurs in the picture (12x12x12 cells of Lab, softened)."""
    cells = np.clip((lab + np.array([0.0, 60.0, 60.0])) / np.array([100.0, 120.0, 120.0]) * 11.999, 0, 11).astype(int)
    counts = np.zeros((12, 12, 12), np.float32)
    np.add.at(counts, tuple(cells.reshape(-1, 3).T), 1.0)
    for axis in range(3):
        counts = _soft(counts, axis)
    rare = -np.log(counts[tuple(np.moveaxis(cells, -1, 0))] / counts.sum() + 1e-4)
    return np.asarray(cv2.GaussianBlur(rare.astype(np.float32), (0, 0), 2.5), np.float32)


def _soft(counts: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Blur a histogram along one axis with (1, 2, 1)/4."""
    padded = np.pad(counts, [(1, 1) if i == axis else (0, 0) for i in range(3)])
    parts = [np.take(padded, np.arange(k, k + counts.shape[axis]), axis) for k in range(3)]
    return np.asarray((parts[0] + 2.0 * parts[1] + parts[2]) / 4.0, np.float32)


def _detail(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gradient of lightness, gathered over a neighbourhood."""
    light = lab[..., 0]
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    gradient = np.sqrt(across * across + down * down)  # cv2.magnitude rounds by where in memory a value happens to lie
    return np.asarray(cv2.GaussianBlur(gradient, (0, 0), 4.0), np.float32)


def _heads(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Likeness to skin of any tone (near its locus in YCrCb, Hsu et al. 2002), the uppermost in each column most.

    Of a body's bare places the head is the highest: neck, bosom and hands count for less below it.
    """
    y, cr, cb = np.moveaxis(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32), -1, 0)
    near = np.exp(-(((cr - 152.0) / 11.0) ** 2 + ((cb - 108.0) / 12.0) ** 2) / 2.0)
    skin = cv2.GaussianBlur(near * np.clip((y - 50.0) / 60.0, 0.0, 1.0), (0, 0), 2.0)
    ground = cv2.GaussianBlur(skin, (0, 0), 1.5 * _HEAD * len(skin))  # an orange sky is no face
    skin = np.maximum(skin - ground, 0.0)
    above = np.cumsum(cv2.GaussianBlur(skin, (0, 0), 5.0), axis=0) / (_HEAD * len(skin))
    return np.asarray(cv2.GaussianBlur(skin * np.exp(-(above**2)), (0, 0), 3.0), np.float32)


def _with_headroom(total: NDArray[np.float32]) -> NDArray[np.float32]:
    """What stands right above something that matters belongs to it: hair above a face, a mast above a boat."""
    raised = total.copy()
    reach = max(1, round(_HEAD * total.shape[0]))
    for rows in range(1, reach):
        fading = 1.0 - rows / reach
        raised[:-rows] = np.maximum(raised[:-rows], fading * total[rows:])
    return raised


def _prior(height: int, width: int) -> NDArray[np.float32]:
    """1 in the middle and a little above it, where heads are; `_PRIOR` at the sides and at the lower end."""
    across = 1.0 - (1.0 - _PRIOR) * np.linspace(-1.0, 1.0, width) ** 2
    down = 1.0 - (1.0 - _PRIOR) * (np.clip(np.linspace(0.0, 1.0, height) - _HEADS, 0.0, 1.0) / (1.0 - _HEADS)) ** 2
    return np.asarray(down[:, None] * across, np.float32)
