"""How to get from one keyframe to the next: backward flows, and the crossover that goes with them.

A flow estimator sits behind one small protocol, so that a learned network can take the place of the classical one.
Here: dense inverse search (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) between
photometrically matched keyframes, overruled by the exact correspondences of the patch fields where both keyframes
show the same place of the same painting. What comes out is the motion *through* each place of the mid-phase
picture, used for both reads: there, where the two pictures meet, they are aligned best.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import crossover
from artwalks_live.bake.correspondence import Known, both_ways
from artwalks_live.bake.crossover import Meeting
from artwalks_live.bake.fields import Array, Pixels, blur, fit, inside, length, look, smoothstep
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.core.errors import FlowShapeError, UsageError, choices

LONGEST = 1280  # flows are estimated, and kept, at no more than this many pixels on the long side
SHORTEST = 640  # and kept at no less, unless the canvas itself is smaller
NOISE = 0.005  # difference that paint without motion shows anyway
PRICE = 1.0  # difference that a motion across the whole picture would have to save
PRICE_UNPROVEN = 6.0  # the same where fields are known and do not prove it: most likely nothing moves there
CONFIRMED = 0.08  # difference of the two reads that costs most of a motion's trust
STRETCH = 0.35  # largest change of untrusted motion per pixel: more would look like torn rubber


@dataclass(frozen=True)
class SegmentFlow:
    """What the walk pass needs between two keyframes.

    flow       (h, w, 4) float16: Bx, By, Fx, Fy in pixels of this grid, +y down
    crossover  (h, w, 2) float16: o, k
    """

    flow: NDArray[np.float16]
    crossover: NDArray[np.float16]


class Flow(Protocol):
    """An estimator. `version` goes up when its results change, so that a bake knows what to do again."""

    name: str
    version: int

    def estimate(
        self, a: Pixels, b: Pixels, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        """Find the flows between two keyframes, (H, W, 3) uint8 sRGB; deterministic."""
        ...


class DisFlow:
    """Dense inverse search, helped by the patch fields. About 0.5 s of one core at 1280x720."""

    name = "dis"
    version = 3

    def estimate(
        self, a: Pixels, b: Pixels, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        """Find the flows between two keyframes.

        a, b      (H, W, 3) uint8 sRGB
        field_*   where the places of each came from, or None; both of the same leg's two paintings
        returns   maps on a grid of half the canvas, but 640 to 1280 on the long side (see `grid_size`)

        Raises FlowShapeError when the keyframes differ in size.
        """
        if a.shape != b.shape or a.ndim != 3 or a.shape[2] != 3:
            raise FlowShapeError(f"keyframes have shapes {a.shape} and {b.shape}: both must be (H, W, 3) of one size")
        with _one_thread():
            return _estimate(a, b, field_a, field_b)


FLOWS: dict[str, Flow] = {"dis": DisFlow()}


def flow(name: str) -> Flow:
    """Find an estimator by name. Raises UsageError with the valid names."""
    if name not in FLOWS:
        raise UsageError(f"--flow {choices(name, FLOWS)}")
    return FLOWS[name]


def grid_size(canvas: tuple[int, int]) -> tuple[int, int]:
    """Choose the grid for a canvas, (width, height) both: half of it, but 640 to 1280 pixels on the long side."""
    long_side = max(canvas)
    wanted = min(LONGEST, max(long_side / 2, min(long_side, SHORTEST)))
    return max(1, round(canvas[0] * wanted / long_side)), max(1, round(canvas[1] * wanted / long_side))


def _estimate(a: Pixels, b: Pixels, field_a: PatchField | None, field_b: PatchField | None) -> SegmentFlow:
    size = grid_size((a.shape[1], a.shape[0]))
    work_a, work_b = _workable(a), _workable(b)
    small_a, small_b = _to_unit(work_a, size), _to_unit(work_b, size)
    known = _known(field_a, field_b, size)
    found = _dis_both_ways(work_a, work_b, size)
    forward, backward = known[0].overrule(found[0]), known[1].overrule(found[1])

    motion = _mid_motion(forward, backward, small_a, small_b)
    price = PRICE if field_a is None or field_b is None else PRICE_UNPROVEN
    trust = _trust(motion, _Pair(small_a, small_b, forward, backward), price)
    trust = np.maximum(trust, _proof(motion, *known))
    around = smoothstep(blur(trust, size[0] / 40), 0.3, 0.7)
    motion = _pin(_calm(motion, trust), around)

    visible_a, visible_b = crossover.visibility(motion, forward, backward, around)
    meeting = Meeting(
        a=look(small_a, motion * np.float32(-0.5)),
        b=look(small_b, motion * np.float32(0.5)),
        visible_a=visible_a,
        visible_b=visible_b,
        home=_home(field_a, field_b, size),
        seed=_seed(small_a, small_b),
    )
    maps = np.concatenate([-motion, motion], axis=2), crossover.stagger(meeting)
    return SegmentFlow(maps[0].astype(np.float16), maps[1].astype(np.float16))


def _known(field_a: PatchField | None, field_b: PatchField | None, size: tuple[int, int]) -> tuple[Known, Known]:
    if field_a is None or field_b is None:
        return Known.nothing(size), Known.nothing(size)
    return both_ways(field_a, field_b, size)


def _home(field_a: PatchField | None, field_b: PatchField | None, size: tuple[int, int]) -> Array:
    """Where painting B, which a leg is on its way to, stands in both keyframes: (h, w) float32 in [0, 1]."""
    if field_a is None or field_b is None:
        return np.zeros((size[1], size[0]), np.float32)
    here = ((field_a.painting == 1) & (field_b.painting == 1)).astype(np.float32)
    home: Array = cv2.resize(here, size, interpolation=cv2.INTER_LINEAR)
    return home


def _proof(motion: Array, from_a: Known, from_b: Known) -> Array:
    """Say where both fields prove the motion through the middle, (h, w) float32 in [0, 1]."""
    proven_a = look(from_a.sure.astype(np.float32), motion * np.float32(-0.5))
    proven_b = look(from_b.sure.astype(np.float32), motion * np.float32(0.5))
    proof: Array = np.minimum(proven_a * inside(motion * np.float32(-0.5)), proven_b * inside(motion * np.float32(0.5)))
    return proof


def _dis_both_ways(a: Pixels, b: Pixels, size: tuple[int, int]) -> tuple[Array, Array]:
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


@dataclass(frozen=True)
class _Pair:
    """Two keyframes on the grid, (h, w, 3) in [0, 1], and the flows between them, (h, w, 2) px."""

    a: Array
    b: Array
    forward: Array
    backward: Array


def _trust(motion: Array, pair: _Pair, price: float) -> Array:
    """Judge the motion through the middle, (h, w) float32 in [0, 1].

    Do the flows that end there agree, do both reads find the same, and is it more than a chance island?
    """
    seen = np.maximum(*crossover.agreement(motion, pair.forward, pair.backward))
    apart = crossover.difference(look(pair.a, motion * np.float32(-0.5)), look(pair.b, motion * np.float32(0.5)))
    saved = crossover.difference(pair.a, pair.b) - apart
    gain = smoothstep(saved / (np.float32(price / motion.shape[1]) * length(motion) + np.float32(NOISE)), 0.5, 1.5)
    rest = np.exp(-np.square(length(motion)))
    trust = seen * np.exp(-np.square(apart / np.float32(CONFIRMED))) * np.maximum(gain, rest)
    supported: Array = trust * smoothstep(blur(trust, motion.shape[1] / 60), 0.1, 0.4)
    return supported


def _calm(flow_px: Array, trust: Array) -> Array:
    """Let motion that is not trusted follow its trusted neighbours, and rest where it has none; never tear."""
    width = flow_px.shape[1]
    total, spread = np.zeros_like(trust), np.zeros_like(flow_px)
    for reach, share in ((width / 160, 1.0), (width / 40, 0.1)):
        total += np.float32(share) * blur(trust, reach)
        spread += np.float32(share) * blur(flow_px * trust[..., None], reach)
    around = spread / (total + np.float32(0.01))[..., None]
    result: Array = around + (flow_px - around) * trust[..., None]
    for _ in range(3):
        smooth = blur(result, width / 100)
        torn = np.clip(_stretch(result) / np.float32(STRETCH) - 1, 0, 1) * (1 - trust)
        result = result + (smooth - result) * blur(torn, width / 200)[..., None]
    return result


def _pin(flow_px: Array, trust: Array) -> Array:
    """Shorten motion that is not trusted so that no read leaves the picture, whose edge would smear inwards."""
    height, width = flow_px.shape[:2]
    across, down = (np.arange(n, dtype=np.float32) for n in (width, height))
    limit_x = (np.minimum(across, across[::-1]) + np.float32(0.5))[None, :]
    limit_y = (np.minimum(down, down[::-1]) + np.float32(0.5))[:, None]
    kept = np.stack([flow_px[..., 0].clip(-limit_x, limit_x), flow_px[..., 1].clip(-limit_y, limit_y)], axis=2)
    pinned: Array = kept + (flow_px - kept) * trust[..., None]
    return pinned


def _stretch(flow_px: Array) -> Array:
    along, down = (np.asarray(np.gradient(flow_px, axis=axis), np.float32) for axis in (1, 0))
    return np.hypot(length(along), length(down))


def _mid_motion(forward: Array, backward: Array, a: Array, b: Array) -> Array:
    """Find the motion from A to B through each place of the mid-phase picture.

    A forward vector at u passes the middle at u + F(u)/2: solved for u by fixed point, and likewise from B. Of the
    candidates the one whose two reads agree best around each place is taken.
    """
    from_a, from_b = forward, -backward
    for _ in range(5):
        from_a = 0.5 * from_a + 0.5 * look(forward, from_a * np.float32(-0.5))
        from_b = 0.5 * from_b - 0.5 * look(backward, from_b * np.float32(0.5))
    candidates = [from_a, from_b, forward, -backward]
    costs = [_misfit(a, b, motion) for motion in candidates]
    best = np.argmin(costs, axis=0)
    motion = np.choose(best[..., None], candidates)
    smooth: Array = np.stack([cv2.medianBlur(np.ascontiguousarray(part), 5) for part in np.moveaxis(motion, 2, 0)], 2)
    return smooth


def _misfit(a: Array, b: Array, motion: Array) -> Array:
    apart = np.abs(look(a, motion * np.float32(-0.5)) - look(b, motion * np.float32(0.5))).sum(axis=2)
    return blur(apart, 2.0)


def _workable(image: Pixels) -> Pixels:
    """Bring a picture to a size that can be searched: neither costly nor smaller than the search's patches."""
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    return fit(image, (max(16, round(width * scale)), max(16, round(height * scale))))


def _to_unit(image: Pixels, size: tuple[int, int]) -> Array:
    return fit(image, size).astype(np.float32) / np.float32(255.0)


def _seed(a: Array, b: Array) -> int:
    """A number that belongs to this pair of pictures, in this order."""
    return zlib.crc32(b.tobytes(), zlib.crc32(a.tobytes()))


@contextmanager
def _one_thread() -> Iterator[None]:
    """OpenCV cuts its work by the number of threads, and DIS differs at the cuts: one thread, one result."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
