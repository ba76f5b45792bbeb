"""Flows by dense inverse search (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016).

The classical estimator, between photometrically matched keyframes: no weights, half a second, and for video hard to
beat at its price. Between two different paintings it finds what looks alike, which is not always what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np

from artwalks_live.bake import crossover
from artwalks_live.bake.alignment import Pair, best, settle, surroundings, through_middle, trust
from artwalks_live.bake.fields import Array, Pixels, blur, fit
from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.bake.keyframes import PatchField


class DisFlow:
    """Dense inverse search, helped by the patch fields. About 0.5 s of one core at 1280x720."""

    name = "dis"
    version = 6

    def estimate(
        self, a: Pixels, b: Pixels, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        """Find the flows between two keyframes.

        a, b      (H, W, 3) uint8 sRGB
        field_*   where the places of each came from, or None; both of the same leg's two paintings
        returns   maps on a grid of half the canvas, but 640 to 1280 on the long side (see `flows.grid_size`)

        Raises FlowShapeError when the keyframes differ in size.
        """
        with one_thread():
            pair = Pair.of(a, b, field_a, field_b)
            found = both_ways(pair.work_a, pair.work_b, pair.size)
            forward, backward = pair.known[0].overrule(found[0]), pair.known[1].overrule(found[1])
            motion = best(pair.a, pair.b, [*through_middle(forward, backward), forward, -backward])
            trusted = trust(pair, motion, np.maximum(*crossover.agreement(motion, forward, backward)))
            around = surroundings(trusted)
            motion = settle(motion, trusted, around)
            visible = crossover.visibility(motion, forward, backward, around)
            maps = crossover.stagger(pair.meeting(motion, np.log(visible[0] / visible[1])))
        flow = np.concatenate([-motion, motion], axis=2)
        return SegmentFlow(flow.astype(np.float16), maps.astype(np.float16))


def rough(a: Pixels, b: Pixels, size: tuple[int, int]) -> Array:
    """Find the motion through the middle as well as a search can: where a learned network starts from.

    a, b     (H, W, 3) uint8 sRGB, sides of at least 16
    returns  (h, w, 2) float32 px of the grid, from A to B
    """
    forward, backward = both_ways(a, b, size)
    small = [fit(picture, size).astype(np.float32) / np.float32(255) for picture in (a, b)]
    return best(small[0], small[1], [*through_middle(forward, backward), forward, -backward])


def even_start(a: Pixels, b: Pixels) -> Array:
    """Find the rough motion twice, once on its head: where the search errs by its order, the two err opposite ways.

    a, b     (H, W, 3) uint8 sRGB, sides of at least 16
    returns  (h, w, 4) float32 Bx, By, Fx, Fy in pixels of the pictures, on half their size: B = −F
    """
    size = (a.shape[1], a.shape[0])
    half = (-(-size[0] // 2), -(-size[1] // 2))
    turned = rough(_on_its_head(a), _on_its_head(b), half)[::-1, ::-1]
    motion = (rough(a, b, half) - turned) * np.float32(0.5)
    motion = motion * np.array([size[0] / motion.shape[1], size[1] / motion.shape[0]], np.float32)
    return np.concatenate([-motion, motion], axis=2)


def _on_its_head(picture: Pixels) -> Pixels:
    return np.ascontiguousarray(picture[::-1, ::-1])


def both_ways(a: Pixels, b: Pixels, size: tuple[int, int]) -> tuple[Array, Array]:
    """Search from A to B and back: (h, w, 2) px of a grid of `size` (width, height), each on its own picture's grid."""
    grey_a, grey_b = _matched_greys(a, b)
    found = []
    for first, second in ((grey_a, grey_b), (grey_b, grey_a)):
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        vectors = fit(search.calc(first, second, None), size)
        found.append(vectors * np.array([size[0] / a.shape[1], size[1] / a.shape[0]], np.float32))
    return found[0], found[1]


def _matched_greys(a: Pixels, b: Pixels) -> tuple[Pixels, Pixels]:
    """Bring both to their common local brightness and contrast, so that a change of palette is not motion."""
    greys = [cv2.cvtColor(x, cv2.COLOR_RGB2GRAY).astype(np.float32) for x in (a, b)]
    wide = a.shape[1] / 12
    means = [blur(x, wide) for x in greys]
    spreads = [np.sqrt(blur((x - m) ** 2, wide)) + 2.0 for x, m in zip(greys, means, strict=True)]
    mean, spread = (means[0] + means[1]) / 2, (spreads[0] + spreads[1]) / 2
    both = [mean + (x - m) * (spread / s) for x, m, s in zip(greys, means, spreads, strict=True)]
    return both[0].clip(0, 255).astype(np.uint8), both[1].clip(0, 255).astype(np.uint8)


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV cuts its work by the number of threads, and DIS differs at the cuts: one thread, one result."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
