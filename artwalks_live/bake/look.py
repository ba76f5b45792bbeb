"""What a painting is like to the eye, in three numbers, so that a show can choose it by the music."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.walk_extras import Look

SIDE = 256  # pixels of the longer side: strokes count, the grain of the canvas does not
FULL_COLOUR = 60.0  # mean chroma in CIELAB of a painting that counts as wholly colourful
FULL_ENERGY = 14.0  # mean step of lightness from pixel to pixel of one that counts as wholly restless


def look_of(picture: NDArray[np.uint8]) -> Look:
    """The look of a picture (H, W, 3) uint8 sRGB.

    hue      its mean hue in CIELAB, weighted by chroma, as part of a turn from red (40 degrees there)
    colour   its mean chroma
    energy   how much its lightness changes from place to place, and how much contrast there is at all

    Each is rounded to a ten-thousandth: the same on every machine.
    """
    scale = SIDE / max(picture.shape[:2])
    size = (max(8, round(picture.shape[1] * scale)), max(8, round(picture.shape[0] * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    light, a, b = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2LAB))
    chroma = np.hypot(a, b)
    turn = np.arctan2(float(b.mean()), float(a.mean())) / (2.0 * np.pi) - 40.0 / 360.0
    steps = 0.5 * float(np.abs(np.diff(light, axis=0)).mean() + np.abs(np.diff(light, axis=1)).mean())
    energy = 0.7 * min(steps / FULL_ENERGY, 1.0) + 0.3 * min(float(light.std()) / 30.0, 1.0)
    hue = round(float(turn) % 1.0, 4)
    return Look(hue if hue < 1.0 else 0.0, round(min(float(chroma.mean()) / FULL_COLOUR, 1.0), 4), round(energy, 4))
