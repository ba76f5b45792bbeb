"""A loaded brush on a canvas: strokes of bristles that carry colour and stand up from the ground.

A stroke is a bundle of bristles. Each bristle is a thin tapered ribbon with a tint of its own, starts a little late,
runs dry a little early, and leaves paint of its own thickness. Paint covers what lies below it. At the end the
thickness is lit from the upper left, and that relief is what makes strokes of flat colour read as paint.

Lengths are fractions of the picture's height, so that a small picture is the large one seen from afar.
Layers of strokes from coarse to fine follow Hertzmann, "Painterly Rendering with Curved Brush Strokes", SIGGRAPH 1998.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from artwalks_live.demo.sketch import Sketch, drift

Array = npt.NDArray[np.float32]

_POINTS = 8  # points along a bristle: enough for a quarter turn without visible corners
_BATCH = 1500  # strokes prepared at a time: bounds the memory of their bristles
_SUBPIXEL_BITS = 4
_SAME_COLOUR = 0.48  # sum of the channels' differences at which a traced stroke ends


@dataclass(frozen=True, slots=True)
class Brush:
    """What the hand holds.

    width      of the stroke, in picture heights
    length     of the stroke, in widths
    tint       spread of lightness between strokes, in [0,1]
    hue        spread of colour between strokes, in [0,1]
    streak     spread of lightness between the bristles of one stroke, in [0,1]
    body       thickness of the paint, in [0,1]: 0.2 is thin, 1 is impasto
    dry        how early bristles run out, in [0,1]
    pickup     share of the colour taken up from the wet paint below, in [0,1]
    spacing    distance between the strokes of a layer, in widths
    bristles   per stroke; None chooses by the width
    """

    width: float
    length: float = 5.0
    tint: float = 0.03
    hue: float = 0.02
    streak: float = 0.04
    body: float = 0.5
    dry: float = 0.3
    pickup: float = 0.1
    spacing: float = 0.6
    bristles: int | None = None


class Canvas:
    """The picture while it is being painted: colour and thickness, 8 bit."""

    def __init__(self, size: tuple[int, int], ground: Array, seed: int) -> None:
        """Prime a canvas of size (width, height) pixels with one sRGB colour in [0,1]."""
        width, height = size
        self.height, self.width = height, width
        self.rng = np.random.default_rng(seed)
        self.paint = np.zeros((height, width, 4), np.uint8)
        tone = drift((height, width), 0.25, self.rng)[..., None] * 0.05
        self.paint[..., :3] = np.clip((ground + tone) * 255.0, 0, 255).astype(np.uint8)
        self.paint[..., 3] = 30

    @property
    def colour(self) -> Array:
        """The colours so far, (H, W, 3) float32 sRGB [0,1]."""
        return self.paint[..., :3].astype(np.float32) / np.float32(255.0)

    def lay(
        self, sketch: Sketch, brush: Brush, *, error: float = 0.05, detail: float = 0.0, cover: float = 1.0
    ) -> None:
        """Paint one layer: strokes along the sketch's flow where the canvas still differs from the sketch.

        error   colour distance under which a place is left alone (0 paints everywhere)
        detail  only where the sketch asks for at least this much
        cover   share of the candidates that are painted
        """
        width_px = max(brush.width * self.height, 1.5)
        goal = cv2.GaussianBlur(sketch.colour, (0, 0), max(width_px * 0.22, 0.3))
        start = self._candidates(sketch, brush, goal, error=error, detail=detail, cover=cover)
        if len(start) == 0:
            return
        colours = _at(goal, start)
        paths, counts = self._trace(sketch, brush, goal, start=start, colours=colours)
        self.stroke(paths, counts, colours, brush)

    def _candidates(
        self, sketch: Sketch, brush: Brush, goal: Array, *, error: float, detail: float, cover: float
    ) -> Array:
        """Jittered grid points that still want paint, in random order, (N, 2) pixels."""
        width_px = max(brush.width * self.height, 1.5)
        pitch = max(width_px * brush.spacing, 1.0)
        ys, xs = np.mgrid[pitch / 2 : self.height : pitch, pitch / 2 : self.width : pitch]
        points = np.stack([xs.ravel(), ys.ravel()], 1)
        points += self.rng.uniform(-pitch / 2, pitch / 2, points.shape)
        points = np.clip(points, 0, [self.width - 1, self.height - 1]).astype(np.float32)
        keep = self.rng.random(len(points)) < cover
        if error > 0:
            wrong = np.abs(goal - cv2.blur(self.colour, (3, 3))).sum(axis=2)
            side = max(int(pitch) | 1, 1)
            keep &= _at(cv2.blur(wrong, (side, side)), points) > error
        if detail > 0:
            keep &= _at(sketch.detail, points) >= detail
        points = points[keep]
        shuffled: Array = points[self.rng.permutation(len(points))]
        return shuffled

    def _trace(
        self, sketch: Sketch, brush: Brush, goal: Array, *, start: Array, colours: Array
    ) -> tuple[Array, npt.NDArray[np.intp]]:
        """Follow the flow from each start, both ways by chance, until the colour ends.

        returns paths (N, P, 2) pixels and the number of points of each that count
        """
        width_px = max(brush.width * self.height, 1.5)
        step = np.float32(width_px * brush.length / (_POINTS - 1))
        n = len(start)
        sign = np.where(self.rng.random(n) < 0.5, -1.0, 1.0).astype(np.float32)[:, None]
        place, heading = start.copy(), np.zeros_like(start)
        paths = np.empty((n, _POINTS, 2), np.float32)
        paths[:, 0] = start
        counts = np.full(n, 2, np.intp)
        alive = np.ones(n, bool)
        for k in range(1, _POINTS):
            way = _at(sketch.flow, place) * sign
            if k > 1:
                way *= np.where((way * heading).sum(axis=1, keepdims=True) < 0, -1.0, 1.0).astype(np.float32)
                way = 0.75 * way + 0.25 * heading
            heading = way / (np.linalg.norm(way, axis=1, keepdims=True) + 1e-6)
            place = place + heading * step
            paths[:, k] = place
            alive &= np.abs(_at(goal, place) - colours).sum(axis=1) < _SAME_COLOUR
            counts[alive] = k + 1
        return paths, counts

    def stroke(
        self, paths: Array, counts: npt.NDArray[np.intp], colours: Array, brush: Brush, widths: Array | None = None
    ) -> None:
        """Put down strokes in the order given.

        paths    (N, P, 2) pixels; counts (N,) how many of the P points count, at least 2
        colours  (N, 3) sRGB [0,1]; widths (N,) factors on the brush's width
        """
        for first in range(0, len(paths), _BATCH):
            part = slice(first, first + _BATCH)
            scale = np.ones(len(paths[part]), np.float32) if widths is None else widths[part]
            self._bundle(paths[part], counts[part], colours[part], brush, scale)

    def dab(
        self,
        points: npt.NDArray[np.floating],
        angles: npt.NDArray[np.floating] | float,
        colours: Array,
        brush: Brush,
        *,
        bend: npt.NDArray[np.floating] | float = 0.0,
        widths: npt.NDArray[np.floating] | None = None,
    ) -> None:
        """Place single strokes by hand, in the order given.

        points   (N, 2) their middles, in picture heights; angles (N,) radians
        colours  (N, 3) or (3,) sRGB [0,1]
        bend     (N,) radians by which a stroke turns from end to end
        widths   (N,) factors on the brush's width and length
        """
        n = len(points)
        scale = np.ones(n) if widths is None else np.asarray(widths)
        reach = np.linspace(-0.5, 0.5, _POINTS)
        turn = np.broadcast_to(np.asarray(angles), (n,))[:, None]
        turn = turn + np.broadcast_to(np.asarray(bend), (n,))[:, None] * reach
        step = np.stack([np.cos(turn), np.sin(turn)], -1) * (brush.width * brush.length / (_POINTS - 1))
        path = np.cumsum(step * scale[:, None, None], axis=1)
        path += np.asarray(points)[:, None] - path.mean(axis=1, keepdims=True)
        tints = np.broadcast_to(colours, (n, 3)).astype(np.float32)
        full = np.full(n, _POINTS, np.intp)
        self.stroke((path * self.height).astype(np.float32), full, tints, brush, scale.astype(np.float32))

    def draw(
        self,
        lines: Sequence[npt.NDArray[np.floating]],
        colours: Array,
        brush: Brush,
        widths: Sequence[float] | None = None,
    ) -> None:
        """Pull the brush along lines (P, 2) in picture heights: masts, trunks, stems. Its length is the line's own."""
        if not lines:
            return
        marks = np.linspace(0, 1, _POINTS)
        paths = np.empty((len(lines), _POINTS, 2), np.float32)
        for path, line in zip(paths, lines, strict=True):
            places = np.linspace(0, 1, len(line))
            path[:, 0] = np.interp(marks, places, line[:, 0]) * self.height
            path[:, 1] = np.interp(marks, places, line[:, 1]) * self.height
        tints = np.broadcast_to(colours, (len(lines), 3)).astype(np.float32)
        full = np.full(len(lines), _POINTS, np.intp)
        self.stroke(paths, full, tints, brush, None if widths is None else np.asarray(widths, np.float32))

    def _bundle(self, paths: Array, counts: npt.NDArray[np.intp], colours: Array, brush: Brush, scale: Array) -> None:
        """Split strokes into bristles and fill each as a tapered ribbon."""
        n = len(paths)
        width_px = max(brush.width * self.height, 1.2)
        b = brush.bristles or int(np.clip(round(width_px / 2.2), 2, 14))
        lane = (np.linspace(-1, 1, b) if b > 1 else np.zeros(1)).astype(np.float32)
        ribbons = self._ribbons(paths, counts, lane, width_px * scale, brush.dry)
        fixed = np.rint(ribbons * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        tints = np.rint(self._tints(paths, colours, lane, brush) * 255.0).astype(np.int32)
        orders = self.rng.permuted(np.tile(np.arange(b), (n, 1)), axis=1)
        fill, paint, smooth = cv2.fillPoly, self.paint, cv2.LINE_AA
        for ribbon, tint, order in zip(fixed, tints.tolist(), orders.tolist(), strict=True):
            for j in order:
                fill(paint, [ribbon[j]], tint[j], smooth, _SUBPIXEL_BITS)

    def _ribbons(self, paths: Array, counts: npt.NDArray[np.intp], lane: Array, width_px: Array, dry: float) -> Array:
        """Outlines of the bristles, (N, B, 2P, 2) pixels."""
        n, b = len(paths), len(lane)
        round_end = 0.10 * lane**2
        begin = round_end + self.rng.random((n, b)) * 0.10
        end = 1.0 - round_end - self.rng.random((n, b)) ** 2 * dry
        along = begin[..., None] + (end - begin)[..., None] * np.linspace(0, 1, _POINTS)
        place = along * (counts - 1)[:, None, None]
        low = np.minimum(place.astype(np.intp), (counts - 2)[:, None, None])
        rest = (place - low).astype(np.float32)[..., None]
        row = np.arange(n)[:, None, None]
        centre = paths[row, low] * (1 - rest) + paths[row, low + 1] * rest
        tangent = np.gradient(centre, axis=2)
        tangent /= np.linalg.norm(tangent, axis=3, keepdims=True) + 1e-6
        normal = np.stack([-tangent[..., 1], tangent[..., 0]], -1)
        ramp = np.linspace(0, 1, _POINTS, dtype=np.float32)
        splay = (0.75 + 0.25 * np.sin(np.pi * np.minimum(ramp * 1.6, 1.0) / 2)).astype(np.float32)
        taper = np.minimum(1.0, np.minimum(0.45 + ramp * 5, 0.25 + (1 - ramp) * 4)).astype(np.float32)
        wide = width_px[:, None, None, None]
        spine = centre + normal * (lane[None, :, None, None] * splay[None, None, :, None] * wide * 0.44)
        thick = self.rng.uniform(0.7, 1.3, (n, b, 1, 1)).astype(np.float32)
        half = normal * (np.maximum(wide * (0.85 / b) * thick, 0.45) * taper[None, None, :, None])
        outline: Array = np.concatenate([spine + half, (spine - half)[:, :, ::-1]], axis=2)
        return outline

    def _tints(self, paths: Array, colours: Array, lane: Array, brush: Brush) -> Array:
        """Colour and thickness of every bristle, (N, B, 4) in [0,1]."""
        n, b = len(colours), len(lane)
        rng = self.rng
        below = _at(self.paint, paths[:, 0])[:, :3] / np.float32(255.0)
        base = colours * (1 - brush.pickup) + below * brush.pickup
        lightness = base.mean(axis=1, keepdims=True)
        vivid = 0.35 + 0.65 * lightness  # darks keep together, or they turn to confetti
        base = base + rng.normal(0, brush.tint, (n, 1)) * vivid + rng.normal(0, brush.hue, (n, 3)) * vivid
        # the second colour on a brush that was dipped twice
        other = base + rng.normal(0, brush.streak * 0.5, (n, 3)) * vivid + rng.normal(0, brush.streak, (n, 1)) * vivid
        side = (lane[None] * rng.choice([-1.0, 1.0], (n, 1)) * 0.5 + 0.5)[..., None]
        mixed = base[:, None] * (1 - side) + other[:, None] * side
        mixed = mixed + rng.normal(0, brush.streak, (n, b, 1)) * vivid[:, None]
        ridge = 0.55 + 0.2 * np.abs(lane)[None] + rng.uniform(-0.25, 0.25, (n, b))
        thick = 0.12 + 0.88 * brush.body * ridge
        tints: Array = np.clip(np.concatenate([mixed, thick[..., None]], 2), 0, 1).astype(np.float32)
        return tints

    def finish(self, relief: float = 1.0) -> npt.NDArray[np.uint8]:
        """Light the paint from the upper left and varnish it: (H, W, 3) uint8 sRGB."""
        thick = self.paint[..., 3].astype(np.float32) / np.float32(255.0)
        ground = self._weave() * (1.0 - np.minimum(thick * 1.6, 1.0))
        fine = max(self.height / 1500.0, 0.35)
        surface = cv2.GaussianBlur(thick + 0.05 * ground, (0, 0), fine)
        broad = cv2.GaussianBlur(surface, (0, 0), fine * 3)
        surface = surface * 0.7 + broad * 0.8
        slope = cv2.Scharr(surface, -1, 1, 0) + cv2.Scharr(surface, -1, 0, 1)
        light = np.clip(slope * np.float32(0.055 * relief), -0.5, 0.5)[..., None]
        colour = self.colour
        lit = colour * (1.0 + light * 0.9) + np.maximum(light - 0.03, 0) * 0.22
        result: npt.NDArray[np.uint8] = np.rint(np.clip(lit, 0, 1) * 255).astype(np.uint8)
        return result

    def _weave(self) -> Array:
        """Linen: two crossed threads of uneven strength, (H, W) in [-1,1]."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        period = max(self.height / 260.0, 2.5)
        warp = np.sin(x * np.float32(2 * np.pi / period)) * np.sin(y * np.float32(np.pi / period))
        uneven: Array = warp.astype(np.float32) * (1 + 0.4 * drift((self.height, self.width), 0.02, self.rng))
        return uneven


def _at(field: npt.NDArray[np.generic], points: Array) -> npt.NDArray[np.float32]:
    """Read a field (H, W[, C]) at points (N, 2) pixels, nearest, the edge repeated."""
    height, width = field.shape[:2]
    x = np.clip(points[:, 0], 0, width - 1).astype(np.intp)
    y = np.clip(points[:, 1], 0, height - 1).astype(np.intp)
    value: Array = np.asarray(field[y, x], np.float32)
    return value
