"""What of a painting gives way and what holds still: its strokes as the fibres of an elastic sheet.

Loose is what is drawn in many strokes: foliage, grass, hair, water, cloth. Held are faces and skin, figures that stand
out and are smooth, long straight lines (horizons, masts, walls), the picture's frame, and a little the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from artwalks_live.bake.fields import Array, Pixels, blur, fit, smoothstep
from artwalks_live.bake.saliency import saliency
from artwalks_live.core.currents import PX

DERIVE_PX, GATHER_PX = 1.2, 7.0
LINE_PX = 100.0  # a straight line so long, that is not one stroke of many, was drawn with a ruler
RICH = 3.0  # contrast of strokes, of Lab a px, in a painting that is full of them
SPOT_PX = 8  # what is smaller does not stand alone, half its width
OUTLINE_PX = 12  # what is narrower is the outline of something
FRAME = 0.07  # of the long side: where the sheet hangs in its frame


@dataclass(frozen=True, slots=True)
class Sheet:
    """A painting as a sheet, on one grid.

    loose      (h, w) [0, 1] how far wind gets hold of it
    held       (h, w) [0, 1] how fast it stands; 1 is immovable
    strokes    (h, w, 3) xx, xy, yy of the unit tensor across the strokes: trace 1
    coherence  (h, w) [0, 1] how far strokes agree
    light      (h, w) [0, 1] brightness, to keep to the painting's edges by
    """

    loose: Array
    held: Array
    strokes: Array
    coherence: Array
    light: Array

    def fitted(self, size: tuple[int, int]) -> Sheet:
        """The same on another grid."""
        fields = (self.loose, self.held, self.strokes, self.coherence, self.light)
        return Sheet(*(np.asarray(fit(field, size), np.float32) for field in fields))


def sheet_of(picture: Pixels, size: tuple[int, int]) -> Sheet:
    """Look at a painting. picture: (H, W, 3) uint8 sRGB; size: (width, height) of the grid."""
    view = _view(picture)
    lab: Array = cv2.cvtColor(view.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    tensor, fine = _strokes(lab)
    trace = tensor[..., 0] + tensor[..., 2] + 1e-6
    coherence = np.hypot(tensor[..., 0] - tensor[..., 2], 2 * tensor[..., 1]) / trace
    skin = _skin(view)
    loose = _loose(lab, fine, coherence) * (1 - skin)
    held = _held(view, _salient(picture, (view.shape[1], view.shape[0])), loose, skin)
    fields = [np.clip(fit(np.asarray(x, np.float32), size), 0, 1) for x in (loose, held, coherence, lab[..., 0] / 100)]
    return Sheet(fields[0], fields[1], np.asarray(fit(tensor / trace[..., None], size), np.float32), *fields[2:])


def _held(view: Pixels, salient: Array, loose: Array, skin: Array) -> Array:
    """A figure stands for all that it is well drawn; but a spot that stands out alone goes with what is around it."""
    things = np.maximum(salient * (1 - 0.9 * loose), skin * (0.35 + 0.65 * salient))
    things = _closed(_opened(np.asarray(things, np.float32), SPOT_PX), OUTLINE_PX)
    return blur(np.maximum(things, _lines(view) * (1 - loose)), 9.0)


def _view(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    scale = PX / max(height, width)
    return np.asarray(fit(picture, (max(16, round(width * scale)), max(16, round(height * scale)))), np.uint8)


def _strokes(lab: Array) -> tuple[Array, Array]:
    """The structure tensor, gathered (h, w, 3), and how strong the finest strokes are, (h, w).

    Contrast counts as the eye takes it, against the brightness around: a cypress is painted as richly as the sky.
    """
    soft = cv2.GaussianBlur(lab, (0, 0), DERIVE_PX)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=1 / 8)
    weber = (blur(lab[..., 0], 12.0) + 30.0) / 80.0
    tensor = np.stack([(gx * gx).sum(-1), (gx * gy).sum(-1), (gy * gy).sum(-1)], axis=-1)
    fine = np.sqrt(tensor[..., 0] + tensor[..., 2]) / weber
    usual = np.float32(np.median(fine) + 1e-3)
    tensor = tensor / (weber * (fine + usual))[..., None]  # one hard edge does not outweigh all strokes beside it
    return blur(tensor, GATHER_PX), fine


def _loose(lab: Array, fine: Array, coherence: Array) -> Array:
    capped = np.minimum(fine, 3 * np.median(fine) + 0.5)
    texture = blur(_opened(blur(capped.astype(np.float32), 6.0), OUTLINE_PX), 6.0)  # an outline is not many strokes
    texture = texture / max(float(np.percentile(texture, 92)), RICH)
    green = smoothstep(blur(lab[..., 2] * 0.5 - lab[..., 1], 4.0), 4.0, 18.0)
    brushed = smoothstep(coherence, 0.1, 0.45)
    return np.asarray(smoothstep(texture, 0.25, 0.95) * (0.35 + 0.65 * np.maximum(brushed, green)), np.float32)


def _skin(view: Pixels) -> Array:
    """Likeness to bare skin: its colour, and smooth."""
    y, cr, cb = np.moveaxis(cv2.cvtColor(view, cv2.COLOR_RGB2YCrCb).astype(np.float32), -1, 0)
    near = np.exp(-(((cr - 152.0) / 11.0) ** 2 + ((cb - 108.0) / 12.0) ** 2) / 2.0)
    bare = _opened(blur(near * np.clip((y - 50.0) / 60.0, 0.0, 1.0), 4.0), 12)
    return smoothstep(blur(bare, 4.0), 0.3, 0.65)


def _opened(field: Array, reach_px: int) -> Array:
    """Take away what is narrower than twice the reach."""
    return np.asarray(cv2.morphologyEx(field, cv2.MORPH_OPEN, _disc(reach_px)), np.float32)


def _closed(field: Array, reach_px: int) -> Array:
    """Fill gaps that are narrower than twice the reach."""
    return np.asarray(cv2.morphologyEx(field, cv2.MORPH_CLOSE, _disc(reach_px)), np.float32)


def _disc(radius_px: int) -> Pixels:
    side = 2 * radius_px + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _salient(picture: Pixels, size: tuple[int, int]) -> Array:
    map_ = saliency(picture)
    low, high = np.percentile(map_, [65.0, 97.0])
    return np.asarray(np.clip((fit(map_, size) - low) / max(high - low, 1e-9), 0, 1), np.float32)


def _lines(view: Pixels) -> Array:
    """Long straight lines, as wide as what hangs on them."""
    grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(cv2.GaussianBlur(grey, (0, 0), 1.0))[0]
    drawn = np.zeros(grey.shape, np.uint8)
    for x0, y0, x1, y1 in found.reshape(-1, 4) if found is not None else []:
        if np.hypot(x1 - x0, y1 - y0) >= LINE_PX:
            cv2.line(drawn, (round(x0), round(y0)), (round(x1), round(y1)), 255, 9)
    return blur(drawn.astype(np.float32) / np.float32(255), 4.0)


def frame(size: tuple[int, int], wide: float = FRAME) -> Array:
    """1 well inside the picture, falling smoothly to exactly 0 at its edge; (h, w). wide: of the long side."""
    across, down = (np.minimum(np.arange(n), np.arange(n)[::-1]) / (wide * max(size)) for n in size)
    return smoothstep(np.minimum(across, down[:, None]).astype(np.float32), 0.0, 1.0)
