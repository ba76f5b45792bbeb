"""How to get from one keyframe to the next: backward flows, and the crossover that goes with them.

Estimators sit behind one small protocol and are found by name in `estimators.py`. What they find is the motion
*through* each place of the mid-phase picture: there, where the two pictures meet, they are aligned best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Pixels
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.core.errors import FlowShapeError

LONGEST = 1280  # flows are estimated, and kept, at no more than this many pixels on the long side
SHORTEST = 640  # and kept at no less, unless the canvas itself is smaller


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


def check_pair(a: Pixels, b: Pixels) -> None:
    """Raise FlowShapeError when two keyframes differ in size, or are no pictures."""
    if a.shape != b.shape or a.ndim != 3 or a.shape[2] != 3:
        raise FlowShapeError(f"keyframes have shapes {a.shape} and {b.shape}: both must be (H, W, 3) of one size")


def grid_size(canvas: tuple[int, int]) -> tuple[int, int]:
    """Choose the grid for a canvas, (width, height) both: half of it, but 640 to 1280 pixels on the long side."""
    long_side = max(canvas)
    wanted = min(LONGEST, max(long_side / 2, min(long_side, SHORTEST)))
    return max(1, round(canvas[0] * wanted / long_side)), max(1, round(canvas[1] * wanted / long_side))
