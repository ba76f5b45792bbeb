"""What of a painting may move by itself, without being asked: sky, water, mist, fields, ground of loose strokes.

Nothing here knows what a sky is. A place may move if moving it would not be noticed as a mistake:

    ghosts   carried along its strokes for the length of a life, it meets colours like its own. A church, a mast, a
             figure, a hard edge across the current do not, and would be seen twice
    figures  it does not belong to what is precious, as it is cut out from its ground (`bake/precious`)
    skin     it is not smooth and of the colour of skin
    things   it holds no small thing that is alone of its kind: a bird, a boat, a mast
    hard     it is not full of hard lines: a woodcut's outlines, mosaic, ornament
    blank    there is something to be seen moving
    dark     it is not a dark shape: cypresses, hulls, coats
    loose    strokes that run together speak for it
    airy     so do the colours of air and water

The votes are summed, settled along the painting's own edges (He et al., "Guided Image Filtering", 2010), cut, and drawn
in; the motion ends in a soft border inside. Rather too little than a moving face.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.motion.strokes import Strokes, Trace, lab_of
from artwalks_live.bake.precious import precious

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]
SOFT_PX = 12.0  # current px over which motion comes up inside the mask: about a life's travel
_REACH = 6  # cells either way that the ghosts look along a stroke: a life's travel
_GHOST = 4.2  # Lab distance between a shape and what a current brings in its place that is seen on calm ground
_HIDES = 14.0  # contrast that hides most; in a woodcut there is more, and nothing is hidden
_SEEN = 0.5  # ghosts of the field itself, above which a place stands still after all
_OUTSTANDING = 2.2  # or so many times what is usual in the picture: loose strokes are nowhere without
_THING = 0.0012  # of the picture: fewer places with ghosts are strokes
_VOTES = {
    "ghosts": 1.6,
    "figures": 2.4,
    "skin": 2.5,
    "things": 2.0,
    "hard": 1.5,
    "blank": 2.5,
    "dark": 1.5,
    "loose": -1.0,
    "airy": -0.5,
}
_CAP = 1.2  # what ghosts can weigh: strokes do not lead everywhere, and the field itself is looked at afterwards
_LEVEL = 1.6  # votes against that a place bears
_SETTLE, _SHARP = 6, 30.0  # radius in cells and contrast (Lab², squared) of the guided filter
_LEAST = 0.02  # of the picture: a smaller patch alone does not move
_STRIP = 0.03  # of a side: how wide a strip of frame or bare canvas at the edge may be
_HANGS = 0.3  # of the upper edge
_EROSION = 2  # cells


def moving(picture: Bytes, strokes: Strokes) -> Array:
    """Find what may move.

    picture  (H, W, 3) uint8 sRGB
    strokes  of it, (h, w)
    returns  (h, w) float32 in [0, 1]: 0 where the picture must stand still, 1 well inside what moves
    """
    lab = lab_of(picture, max(strokes.coherence.shape))
    against = votes(picture, lab, strokes)
    total = np.sum([_VOTES[name] * vote for name, vote in against.items()], axis=0, dtype=np.float32)
    settled = _guided(np.asarray(np.clip(0.5 + (_LEVEL - total) / 2.0, 0, 1), np.float32), lab[..., 0])
    return softened((settled > 0.5) & ~_strips(lab))


def votes(picture: Bytes, lab: Array, strokes: Strokes) -> dict[str, Array]:
    """What speaks for stillness at each place (h, w), by name; each about 1 where it is clear."""
    size = strokes.coherence.shape[::-1]
    solid = _solid(lab, strokes.energy)
    figures = cv2.resize(_standing(precious(picture)), size, interpolation=cv2.INTER_LINEAR)
    found = {
        "ghosts": np.minimum(ghosts(lab, strokes), _CAP),
        "figures": figures * (0.45 + 0.55 * solid),
        "skin": _skin(picture, size) * solid,
        "things": _things(lab[..., 0]),
        "hard": np.clip((np.sqrt(_soft(strokes.energy, 3.0)) - 6.0) / 3.0, 0, 1),
        "blank": np.clip(1.5 - np.sqrt(_soft(strokes.energy, 4.0)) / 0.1, 0, 1),
        "dark": np.clip((25.0 - _soft(lab[..., 0], 2.0)) / 10.0, 0, 1),
        "loose": np.clip(_soft(strokes.coherence, 4.0) - 0.2, 0, 1)
        + 0.5 * (1 - solid) * (1 - np.minimum(1, 1.5 * figures)),
        "airy": _airy(_soft(lab, 3.0)),
    }
    return {name: np.asarray(vote, np.float32) for name, vote in found.items()}


def softened(mask: NDArray[np.bool_], least: float = _LEAST, erosion: int = _EROSION) -> Array:
    """Draw a mask in by `erosion` cells, drop patches smaller than `least` of it, and let it come up softly inside.

    The canvas's edge is no border.
    """
    kept = cv2.erode(mask.astype(np.uint8), np.ones((2 * erosion + 1,) * 2, np.uint8), borderValue=1)
    if least:
        kept = cv2.morphologyEx(kept, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    kept = _large(kept, least * mask.size)
    if kept.all():
        return np.ones(mask.shape, np.float32)
    inside = cv2.distanceTransform(kept, cv2.DIST_L2, 5)
    up = np.clip(inside * (640 / max(mask.shape)) / SOFT_PX, 0, 1)
    return np.asarray(up * up * (3 - 2 * up), np.float32)


def _large(mask: Bytes, least: float) -> Bytes:
    """The patches of a mask (h, w) of 0 and 1 that have `least` cells."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    return np.isin(labels, [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= least]).astype(np.uint8)


def ghosts(lab: Array, strokes: Strokes) -> Array:
    """How much shapes along a place's strokes would show as ghosts within a life, (h, w): from 1 on they are seen."""
    traces = (Trace(strokes.along, side) for side in (1.0, -1.0))
    return _soft(cv2.dilate(_unlike(lab, traces), np.ones((5, 5), np.uint8)), 3.0)


def without_ghosts(moves: Array, lab: Array, field: Array) -> Array:
    """Take out of what moves where a field really shows ghosts, once it is known: strokes do not lead it everywhere.

    moves    (h, w) as `moving` gives it
    lab      the picture on the same grid
    field    (h, w, 2), |M| <= 1
    returns  (h, w), no larger
    """
    seen = _soft(_unlike(lab, (Trace(field, side) for side in (1.0, -1.0))), 3.0)
    inside = seen[moves > 0.2]
    bar = max(_SEEN, _OUTSTANDING * float(np.median(inside))) if inside.size else _SEEN
    things = _large((seen > bar).astype(np.uint8), _THING * seen.size)
    return softened((moves > 0) & (cv2.dilate(things, np.ones((9, 9), np.uint8)) == 0), erosion=0)


def _unlike(lab: Array, traces: Iterable[Trace]) -> Array:
    """Lab distance between the shapes at a place and the unlikest of those that traces meet, by what hides it.

    Shapes, not strokes: what is finer than a brush is meant to move.
    """
    shapes = _soft(lab, 2.5)
    worst = np.zeros(lab.shape[:2], np.float32)
    for trace in traces:
        for _ in range(_REACH):
            trace.advance()
            worst = np.maximum(worst, np.sqrt(((trace.read(shapes) - shapes) ** 2).sum(-1)))
    return np.asarray(worst / (_GHOST + 0.6 * np.minimum(_contrast(lab), _HIDES)), np.float32)


def _contrast(lab: Array) -> Array:
    """How far colours spread within a stroke's surroundings, (h, w) in Lab units: what hides ghosts."""
    return np.sqrt(np.maximum(_soft(((lab - _soft(lab, 4.0)) ** 2).sum(-1), 6.0), 0.0))


def _things(light: Array) -> Array:
    """Small things darker or lighter than their surroundings and alone there, (h, w) in [0, 1], as far as they go.

    In a crowd of their like they are texture. Light ones are more often spray, or sparks of paint.
    """
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    dark, bright = (cv2.morphologyEx(light, how, brush) for how in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))
    usual = _soft(np.maximum(dark, bright), 12.0)
    alone = (dark > 5.0 + 3.0 * usual) | (bright > 12.0 + 4.5 * usual)
    return _soft(cv2.dilate(alone.astype(np.float32), np.ones((2 * _REACH - 1,) * 2, np.uint8)), 1.5)


def _standing(figures: Array) -> Array:
    """Figures (h, w) without what hangs along the upper edge and does not reach the lower: that is a sky."""
    _, labels = cv2.connectedComponents((figures > 0.5).astype(np.uint8), connectivity=4)
    found = set(np.flatnonzero(np.bincount(labels[0], minlength=1) > _HANGS * labels.shape[1])) - set(labels[-1]) - {0}
    return np.where(np.isin(labels, list(found)), np.minimum(figures, 0.3), figures)


def _airy(lab: Array) -> Array:
    """Likeness to air and water, (h, w) in [0, 1]: bluish or grey, and not dark."""
    light, blue = np.clip((lab[..., 0] - 25.0) / 20.0, 0, 1), np.clip((6.0 - lab[..., 2]) / 10.0, 0, 1)
    return np.asarray(light * blue, np.float32)


def _solid(lab: Array, energy: Array) -> Array:
    """Where a painter hid the brush, (h, w) in [0, 1]: little gradient, or most of it in shapes and not in strokes."""
    shapes = _soft(lab, 2.0)
    gx, gy = (cv2.Scharr(shapes, cv2.CV_32F, dx, 1 - dx, scale=1 / 64) for dx in (1, 0))
    coarse = _soft((gx * gx + gy * gy).sum(-1), 5.0)
    loose = np.sqrt(_soft(energy, 5.0) / (coarse + np.float32(0.02)))
    calm = 1.3 - np.sqrt(_soft(energy, 4.0)) / 2.5
    return np.clip(np.maximum(calm, (2.6 - loose) / 0.8), 0, 1)


def _skin(picture: Bytes, size: tuple[int, int]) -> Array:
    """Likeness to skin of any tone, (h, w) in [0, 1]: near its locus in YCrCb (Hsu et al. 2002), and gathered."""
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    y, cr, cb = np.moveaxis(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32), -1, 0)
    near = np.exp(-(((cr - 152.0) / 11.0) ** 2 + ((cb - 108.0) / 12.0) ** 2) / 2.0) * np.clip(
        (y - 50.0) / 60.0, 0.0, 1.0
    )
    return _soft(np.asarray(near, np.float32), 3.0)


def _strips(lab: Array) -> NDArray[np.bool_]:
    """Strips of frame, bare canvas or shadow along the edges of a photograph."""
    found = np.zeros(lab.shape[:2], np.bool_)
    for turns in range(4):
        found = np.rot90(found)
        turned = np.rot90(lab, turns + 1)
        found[: _strip(turned)] = True
    return np.ascontiguousarray(found)


def _strip(rows: Array) -> int:
    """How many of the first rows of a picture (h, w, 3) in Lab are unlike those after them."""
    most = max(2, round(_STRIP * len(rows)))
    if len(rows) <= 2 * most:
        return 0
    outer, after = rows[:most], rows[most : 2 * most].mean(0)
    unlike = np.abs(outer - after).mean(1)
    usual = np.abs(rows[most : 2 * most] - after).mean(1).mean(0)
    odd = np.flatnonzero((unlike > 2.0 * usual + 4.0).any(-1))
    return int(odd[-1]) + 2 if len(odd) else 0


def _guided(guess: Array, guide: Array) -> Array:
    """The guess, bound to the edges of a guide (h, w): in each window it is the best line in the guide's values."""
    window = (2 * _SETTLE + 1,) * 2

    def mean(values: Array) -> Array:
        return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_REFLECT_101), np.float32)

    mean_guide, mean_guess = mean(guide), mean(guess)
    slope = (mean(guide * guess) - mean_guide * mean_guess) / (mean(guide * guide) - mean_guide**2 + _SHARP)
    return mean(slope) * guide + mean(mean_guess - slope * mean_guide)


def _soft(values: Array, sigma: float) -> Array:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)
