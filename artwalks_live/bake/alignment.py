"""Two keyframes on their flow's grid, and the judgement of a motion between them.

An estimator proposes; here the patch fields overrule it where they know better, motion that the pictures do not confirm
follows its trusted neighbours or rests, and every place is given its moment to cross over.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from artwalks_live.bake import crossover
from artwalks_live.bake.correspondence import Known, both_ways
from artwalks_live.bake.crossover import Meeting
from artwalks_live.bake.fields import Array, Pixels, blur, fit, inside, length, look, smoothstep
from artwalks_live.bake.flows import LONGEST, check_pair, grid_size
from artwalks_live.bake.keyframes import PatchField

NOISE = 0.005  # difference that paint without motion shows anyway
PRICE = 1.0  # difference that a motion across the whole picture would have to save
PRICE_UNPROVEN = 6.0  # the same where fields are known and do not prove it: most likely nothing moves there
CONFIRMED = 0.08  # difference of the two reads that costs most of a motion's trust
STRETCH = 0.35  # largest change of untrusted motion per pixel: more would look like torn rubber


@dataclass(frozen=True)
class Pair:
    """Two keyframes.

    a, b         (h, w, 3) float32 sRGB-encoded [0, 1], on the grid of the flow
    work_a, work_b  (H, W, 3) uint8, no longer than `flows.LONGEST`: what an estimator looks at
    known        motion that the patch fields prove, from A and from B
    home         (h, w) where painting B, which the leg is on its way to, stands in both: [0, 1]
    has_fields   whether the patch fields are known at all
    """

    a: Array
    b: Array
    work_a: Pixels
    work_b: Pixels
    known: tuple[Known, Known]
    home: Array
    has_fields: bool

    @classmethod
    def of(cls, a: Pixels, b: Pixels, field_a: PatchField | None, field_b: PatchField | None) -> Pair:
        """Bring two keyframes, (H, W, 3) uint8, to the grid. Raises FlowShapeError when they differ in size."""
        check_pair(a, b)
        size = grid_size((a.shape[1], a.shape[0]))
        work_a, work_b = _workable(a), _workable(b)
        known, home = (Known.nothing(size), Known.nothing(size)), np.zeros((size[1], size[0]), np.float32)
        if field_a is not None and field_b is not None:
            known, home = both_ways(field_a, field_b, size), _home(field_a, field_b, size)
        has_fields = field_a is not None and field_b is not None
        return cls(_to_unit(work_a, size), _to_unit(work_b, size), work_a, work_b, known, home, has_fields)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the grid."""
        return self.a.shape[1], self.a.shape[0]

    @property
    def seed(self) -> int:
        """A number that belongs to this pair of pictures, in this order."""
        return zlib.crc32(self.b.tobytes(), zlib.crc32(self.a.tobytes()))

    def apart(self, motion: Array) -> Array:
        """How differently the two look once both have moved to the middle, (h, w) in [0, 1]."""
        return crossover.difference(look(self.a, motion * np.float32(-0.5)), look(self.b, motion * np.float32(0.5)))

    def meeting(self, motion: Array, offset: Array) -> Meeting:
        """The two as they meet at mid-phase, moved along `motion`; `offset` as `Meeting` has it."""
        a, b = look(self.a, motion * np.float32(-0.5)), look(self.b, motion * np.float32(0.5))
        return Meeting(a, b, offset, self.home, self.seed)


def best(a: Array, b: Array, candidates: Sequence[Array]) -> Array:
    """Of several motions through the middle, (h, w, 2) px, take at each place the one whose two reads agree best.

    a, b  (h, w, 3) float32 sRGB-encoded [0, 1]
    """
    choice = np.argmin([misfit(a, b, motion) for motion in candidates], axis=0)
    motion = np.choose(choice[..., None], candidates)
    smooth: Array = np.stack([cv2.medianBlur(np.ascontiguousarray(part), 5) for part in np.moveaxis(motion, 2, 0)], 2)
    return smooth


def through_middle(forward: Array, backward: Array) -> tuple[Array, Array]:
    """Carry motion known on A's grid and on B's to the places it passes at mid-phase, (h, w, 2) px from A to B both.

    A forward vector at u passes the middle at u + F(u)/2: solved for u by fixed point, and likewise from B.
    """
    from_a, from_b = forward, -backward
    for _ in range(5):
        from_a = 0.5 * from_a + 0.5 * look(forward, from_a * np.float32(-0.5))
        from_b = 0.5 * from_b - 0.5 * look(backward, from_b * np.float32(0.5))
    return from_a, from_b


def trust(pair: Pair, motion: Array, seen: Array) -> Array:
    """Judge the motion through the middle, (h, w) float32 in [0, 1].

    seen     (h, w) in [0, 1], how far the estimator itself believes it

    Do both reads find the same, is it worth moving for it, and is it more than a chance island? What the patch
    fields prove need not look alike, but the estimator must not contradict it: pieces that were laid anew move by the
    fields and stand still to the eye.
    """
    price = PRICE_UNPROVEN if pair.has_fields else PRICE
    apart = pair.apart(motion)
    saved = crossover.difference(pair.a, pair.b) - apart
    gain = smoothstep(saved / (np.float32(price / motion.shape[1]) * length(motion) + np.float32(NOISE)), 0.5, 1.5)
    rest = np.exp(-np.square(length(motion)))
    believed = seen * np.exp(-np.square(apart / np.float32(CONFIRMED))) * np.maximum(gain, rest)
    supported: Array = believed * smoothstep(blur(believed, motion.shape[1] / 60), 0.1, 0.4)
    trusted: Array = np.maximum(supported, _proof(pair, motion) * smoothstep(seen, 0.3, 0.7))
    return trusted


def settle(motion: Array, trusted: Array, around: Array) -> Array:
    """Keep what is trusted, (h, w, 2) px; elsewhere follow the neighbours, rest, and never tear or leave the picture.

    around   (h, w) in [0, 1]: the trust around each place
    """
    return _pin(_calm(motion, trusted), around)


def surroundings(trusted: Array) -> Array:
    """The trust around each place, (h, w) in [0, 1]: 1 well inside what is trusted."""
    return smoothstep(blur(trusted, trusted.shape[1] / 40), 0.3, 0.7)


def misfit(a: Array, b: Array, motion: Array) -> Array:
    """How badly two pictures, (h, w, 3), meet along a motion through the middle: (h, w), of a small surrounding."""
    apart = np.abs(look(a, motion * np.float32(-0.5)) - look(b, motion * np.float32(0.5))).sum(axis=2)
    return blur(apart, 2.0)


def _proof(pair: Pair, motion: Array) -> Array:
    """Say where both fields prove the motion through the middle, (h, w) float32 in [0, 1]."""
    from_a, from_b = pair.known
    proven_a = look(from_a.sure.astype(np.float32), motion * np.float32(-0.5))
    proven_b = look(from_b.sure.astype(np.float32), motion * np.float32(0.5))
    proof: Array = np.minimum(proven_a * inside(motion * np.float32(-0.5)), proven_b * inside(motion * np.float32(0.5)))
    return proof


def _calm(flow_px: Array, trusted: Array) -> Array:
    """Let motion that is not trusted follow its trusted neighbours, and rest where it has none; never tear."""
    width = flow_px.shape[1]
    total, spread = np.zeros_like(trusted), np.zeros_like(flow_px)
    for reach, share in ((width / 160, 1.0), (width / 40, 0.1)):
        total += np.float32(share) * blur(trusted, reach)
        spread += np.float32(share) * blur(flow_px * trusted[..., None], reach)
    around = spread / (total + np.float32(0.01))[..., None]
    result: Array = around + (flow_px - around) * trusted[..., None]
    for _ in range(3):
        smooth = blur(result, width / 100)
        torn = np.clip(_stretch(result) / np.float32(STRETCH) - 1, 0, 1) * (1 - trusted)
        result = result + (smooth - result) * blur(torn, width / 200)[..., None]
    return result


def _pin(flow_px: Array, trusted: Array) -> Array:
    """Shorten motion that is not trusted so that no read leaves the picture, whose edge would smear inwards."""
    height, width = flow_px.shape[:2]
    across, down = (np.arange(n, dtype=np.float32) for n in (width, height))
    limit_x = (np.minimum(across, across[::-1]) + np.float32(0.5))[None, :]
    limit_y = (np.minimum(down, down[::-1]) + np.float32(0.5))[:, None]
    kept = np.stack([flow_px[..., 0].clip(-limit_x, limit_x), flow_px[..., 1].clip(-limit_y, limit_y)], axis=2)
    pinned: Array = kept + (flow_px - kept) * trusted[..., None]
    return pinned


def _stretch(flow_px: Array) -> Array:
    along, down = (np.asarray(np.gradient(flow_px, axis=axis), np.float32) for axis in (1, 0))
    return np.hypot(length(along), length(down))


def _home(field_a: PatchField | None, field_b: PatchField | None, size: tuple[int, int]) -> Array:
    """Where painting B, which a leg is on its way to, stands in both keyframes: (h, w) float32 in [0, 1]."""
    if field_a is None or field_b is None:
        return np.zeros((size[1], size[0]), np.float32)
    here = ((field_a.painting == 1) & (field_b.painting == 1)).astype(np.float32)
    home: Array = cv2.resize(here, size, interpolation=cv2.INTER_LINEAR)
    return home


def _workable(image: Pixels) -> Pixels:
    """Bring a picture to a size that can be searched: neither costly nor smaller than the search's patches."""
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    return fit(image, (max(16, round(width * scale)), max(16, round(height * scale))))


def _to_unit(image: Pixels, size: tuple[int, int]) -> Array:
    return fit(image, size).astype(np.float32) / np.float32(255.0)
