"""Anchors: pictures inside a segment whose motion is too long or too curved for one flow.

The walk pass moves every place along a straight line, and its flow is right at mid-phase: the longer a motion is and
the more it turns, the further the reads at other phases miss what they mean. An anchor is the picture as it should be
at its phase, drawn from the two keyframes alone, once and sharply; between two anchors the motion is short again.
Crossovers are the segment's own, carried along (`core.warp.share_of_b`), so that at every phase each place is mixed
as it would be without anchors. Most segments need none; those that do are tried, and keep them if they gain by it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from artwalks_live.bake import coherence
from artwalks_live.bake.fields import Array, Pixels, blur, fit
from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.bake.ways import Complex, Cut, Ways, as_complex, as_vectors, cut, grid, look, scaled, share
from artwalks_live.core.warp import WHOLE, Span, show, weight_of_b

CHOICES = ("auto", "none")
VERSION = 1  # goes up when anchors come out differently, so that a bake knows what to do again
FEW, MANY = (0.5,), (0.25, 0.5, 0.75)
MISSED = 0.003  # of the width: a read that far from where it should be is seen
FAR_MISSED = 0.012  # from here on one anchor, which leaves a quarter to a half of it, would not do
SHARE = 0.01  # of the picture that must be missed to be worth an anchor
GLANCE = 160  # width of the small grid on which most segments are found to need none
GLIMPSED = 0.7  # of SHARE: what must be missed there before the full grid is looked at
EARLY, LATE = 0.25, 0.75  # where straight reads miss most
CONFIRMED = 0.55  # difference along the ways over contrast: with more the pictures do not confirm the motion
ALIGNED = 0.5  # of the double exposure there: with no more left anchors are kept unseen
COHERENT = 0.95  # of the distance to the keyframes' patches: with no more anchors are kept
WIDTH = 256  # of the pictures in which that is measured
SHOWN = (0.15, 0.85)  # when a place that only one end of a piece sees turns to the other end, in the piece's phase
SHARPNESS = 5.0  # and how sharply: more would be a jolt, less a double exposure


@dataclass(frozen=True)
class DrawnAnchor:
    """A picture, (H, W, 3) uint8 sRGB, at a phase of its segment, and the maps of the piece that ends with it."""

    at: float
    image: Pixels
    maps: SegmentFlow


@dataclass(frozen=True)
class Anchored:
    """A segment with anchors, in order; `rest` is the piece from the last of them to the end."""

    anchors: tuple[DrawnAnchor, ...]
    rest: SegmentFlow


def place(a: Pixels, b: Pixels, whole: SegmentFlow) -> Anchored | None:
    """Place anchors where they make a segment better; None where they would not.

    a, b    its keyframes, (H, W, 3) uint8 sRGB
    whole   its flow and crossover as estimated

    Costs about 10 ms of one core where nothing moves far; otherwise twice what `dis` does at 1280x720.
    """
    width, height = whole.flow.shape[1], whole.flow.shape[0]
    glance = min(width, GLANCE), max(1, round(height * min(width, GLANCE) / width))
    if _Segment.of(a, b, whole, glance).missed(MISSED) < GLIMPSED * SHARE:
        return None
    segment = _Segment.of(a, b, whole, (width, height))
    if segment.missed(MISSED) < SHARE:
        return None
    apart, ghost = segment.compared()
    if apart > CONFIRMED:
        return None
    made = segment.with_anchors(MANY if segment.missed(FAR_MISSED) >= SHARE else FEW)
    return made if ghost < ALIGNED or _coherent(a, b, whole, made) < COHERENT else None


def draw(a: Pixels, b: Pixels, whole: SegmentFlow, stops: tuple[float, ...]) -> Anchored:
    """Draw anchors at given phases, whether they help or not; arguments as for `place`."""
    return _Segment.of(a, b, whole, (whole.flow.shape[1], whole.flow.shape[0])).with_anchors(stops)


def _coherent(a: Pixels, b: Pixels, whole: SegmentFlow, made: Anchored) -> float:
    """How far in-betweens with anchors are from the keyframes' patches, over how far they are without."""
    size = min(a.shape[1], WIDTH), max(8, round(a.shape[0] * min(a.shape[1], WIDTH) / a.shape[1]))
    pictures = [
        fit(x, size).astype(np.float32) / np.float32(255) for x in (a, *(each.image for each in made.anchors), b)
    ]
    ends = (0.0, *(each.at for each in made.anchors), 1.0)
    maps = (*(each.maps for each in made.anchors), made.rest)
    pairs = []
    for phase in (EARLY, LATE):
        i = bisect_right(ends, phase) - 1
        first, last = ends[i], ends[i + 1]
        t = (phase - first) / (last - first)
        piece = show(pictures[i], pictures[i + 1], maps[i].flow, maps[i].crossover, t, span=(first, last))
        pairs.append((show(pictures[0], pictures[-1], whole.flow, whole.crossover, phase), piece))
    before, after = coherence.compare((pictures[0], pictures[-1]), pairs)
    return after / before if before > 0 else 1.0


@dataclass(frozen=True)
class _Segment:
    """A segment at work: the keyframes as given and on the grid, (h, w, 3) float32 in [0, 1], and the maps there."""

    a: Pixels
    b: Pixels
    small_a: Array
    small_b: Array
    flow: Array
    crossover: Array
    ways: Ways
    cuts: dict[float, Cut]

    @classmethod
    def of(cls, a: Pixels, b: Pixels, whole: SegmentFlow, size: tuple[int, int]) -> _Segment:
        """On a grid of this (width, height); vectors are scaled with it."""
        height, width = whole.flow.shape[:2]
        scale = np.array([size[0] / width, size[1] / height] * 2, np.float32)
        flow = fit(whole.flow.astype(np.float32), size) * scale
        small_a, small_b = (fit(x, size).astype(np.float32) / np.float32(255) for x in (a, b))
        crossover = fit(whole.crossover.astype(np.float32), size)
        return cls(a, b, small_a, small_b, flow, crossover, Ways.of(flow), {})

    def missed(self, limit: float) -> float:
        """The share of the picture whose straight reads miss by more than `limit` of the width, at the worse phase."""
        return max(float((self._miss(phase) > limit).mean()) for phase in (EARLY, LATE))

    def compared(self) -> tuple[float, float]:
        """How alike the two pictures are along the ways, in the places that straight reads miss.

        returns  their difference along the ways where both are seen, over the contrast of what is compared: 1 for
                 things that have nothing to do with one another; and their double exposure, over that of straight reads
        """
        apart, ghost = [0.0, 0.0], [0.0, 0.0]
        contrasts = [_contrast(picture) for picture in (self.small_a, self.small_b)]
        for phase in (EARLY, LATE):
            there, missed = self._cut(phase), self._miss(phase) > MISSED
            mixed = weight_of_b(self.crossover, phase)
            carried, here = look(mixed, there.middle), grid(mixed.shape)
            both = np.sqrt(carried * (1 - carried)) * missed
            along, straight = self._apart(there.to_a, there.to_b), self._apart(*self._straight(phase))
            contrast = look(contrasts[0], here + there.to_a) + look(contrasts[1], here + there.to_b)
            apart[0] += float((along * both)[~there.hidden].sum())
            apart[1] += float((contrast * both)[~there.hidden].sum())
            ghost[0] += float((along * both).sum())
            ghost[1] += float((straight * np.sqrt(mixed * (1 - mixed)))[missed].sum())
        return apart[0] / max(apart[1], 1e-9), ghost[0] / max(ghost[1], 1e-9)

    def with_anchors(self, stops: tuple[float, ...]) -> Anchored:
        """Draw the pictures at these phases, and the pieces between."""
        pieces = [self._piece(span) for span in pairwise((0.0, *stops, 1.0))]
        anchors = (DrawnAnchor(at, self._picture(at), maps) for at, maps in zip(stops, pieces, strict=False))
        return Anchored(tuple(anchors), pieces[-1])

    def _cut(self, phase: float) -> Cut:
        if phase not in self.cuts:
            self.cuts[phase] = cut(self.ways, phase, self.small_a, self.small_b)
        return self.cuts[phase]

    def _apart(self, to_a: Complex, to_b: Complex) -> Array:
        here = grid(to_a.shape)
        apart: Array = np.abs(look(self.small_b, here + to_b) - look(self.small_a, here + to_a)).mean(axis=2)
        return apart

    def _straight(self, phase: float) -> tuple[Complex, Complex]:
        """From each place to where the walk pass reads A and B without anchors."""
        return scaled(as_complex(self.flow[..., :2]), phase), scaled(as_complex(self.flow[..., 2:]), 1 - phase)

    def _miss(self, phase: float) -> Array:
        """How far what is shown is read from where it should be, (h, w), in widths."""
        there, (to_a, to_b) = self._cut(phase), self._straight(phase)
        weight = weight_of_b(self.crossover, phase)
        missed = np.maximum(np.abs(to_a - there.to_a) * (1 - weight), np.abs(to_b - there.to_b) * weight)
        return np.asarray(missed / np.float32(weight.shape[1]), np.float32)

    def _moves(self, phase: float, ends: Span) -> list[Complex]:
        """How far what stands at each place at a phase has to go to where it stands at two others."""
        seen = self._cut(phase)
        turn, bend = (part.reshape(-1)[seen.number] for part in (self.ways.turn, self.ways.bend))
        way, now = seen.to_b - seen.to_a, share(turn, phase)
        return [
            way * (share(turn, end) - now) + scaled(bend, 4 * (end * (1 - end) - phase * (1 - phase))) for end in ends
        ]

    def _crossover(self, phase: float, span: Span) -> Array:
        """The segment's crossover, carried to where things stand at a phase, (h, w, 2) o, k.

        What was hidden at mid-phase has none of its own: it is shown from the end of the span that sees it.
        """
        seen = self._cut(phase)
        result = look(self.crossover, seen.middle)
        if not seen.hidden.any():
            return result
        here, alone = grid(seen.to_a.shape), blur(seen.hidden.astype(np.float32), 1.0)
        first, last = (
            _visible(self.ways, seen, self._cut(end), here + move)
            for end, move in zip(span, self._moves(phase, span), strict=True)
        )
        for only, at in ((last * (1 - first), SHOWN[0]), (first * (1 - last), SHOWN[1])):
            moment = span[0] + at * (span[1] - span[0])
            turning = np.array([SHARPNESS * np.log(moment / (1 - moment)), SHARPNESS], np.float32)
            result = result + (turning - result) * (only * alone)[..., None]
        return result

    def _piece(self, span: Span) -> SegmentFlow:
        """The maps of a piece: straight reads that are right in its middle."""
        middle = (span[0] + span[1]) / 2
        flow = np.concatenate([as_vectors(scaled(move, 2)) for move in self._moves(middle, span)], axis=2)
        return SegmentFlow(flow.astype(np.float16), self._crossover(middle, span).astype(np.float16))

    def _picture(self, phase: float) -> Pixels:
        """Draw the picture at a phase at full size: both keyframes read once, by a sampler that keeps them crisp."""
        there, (height, width) = self._cut(phase), self.a.shape[:2]
        scale = np.array([width / there.to_a.shape[1], height / there.to_a.shape[0]], np.float32)
        read_a = _read(self.a, as_vectors(there.to_a) * scale)
        read_b = _read(self.b, as_vectors(there.to_b) * scale)
        crossover = cv2.resize(self._crossover(phase, WHOLE), (width, height), interpolation=cv2.INTER_LINEAR)
        weight = weight_of_b(crossover, phase)[..., None]
        drawn: Pixels = np.clip(np.rint(read_a + (read_b - read_a) * weight), 0, 255).astype(np.uint8)
        return drawn


def _contrast(picture: Array) -> Array:
    """How much a picture differs from its surroundings, (h, w)."""
    contrast: Array = np.abs(picture - blur(picture, picture.shape[1] / 20)).mean(axis=2)
    return contrast


def _read(picture: Pixels, offset_px: Array) -> Array:
    """Read a picture where offsets point, given on a smaller grid in the picture's own pixels; (H, W, 3) float32."""
    height, width = picture.shape[:2]
    far = cv2.resize(offset_px, (width, height), interpolation=cv2.INTER_LINEAR)
    x = np.arange(width, dtype=np.float32) + far[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + far[..., 1]
    read: Array = cv2.remap(picture, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    return read


def _visible(ways: Ways, seen: Cut, there: Cut, places: Complex) -> Array:
    """How far what is seen in the middle of a piece can be seen at one of its ends, (h, w) in [0, 1].

    places   where it stands at that end: what moves there must be moving as it does
    """
    height, width = places.shape
    x = np.clip(np.rint(places.real), 0, width - 1).astype(np.intp)
    y = np.clip(np.rint(places.imag), 0, height - 1).astype(np.intp)
    way = ways.way.reshape(-1)
    apart = np.abs(way[there.number[y, x]] - way[seen.number])
    inside = (places.real > -1) & (places.real < width) & (places.imag > -1) & (places.imag < height)
    return blur((np.exp(-np.square(apart / np.float32(2))) * inside).astype(np.float32), 1.0)
