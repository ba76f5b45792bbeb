"""Keyframes: the pictures that a leg passes through between two paintings.

A generator first plans the whole leg (coarsely, so that the steps between its pictures come out even), then makes
each keyframe from the plan, on its own: so a killed bake resumes at the keyframe where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import UsageError, choices

if TYPE_CHECKING:
    from artwalks_live.bake.keyframes.options import Diffusion

Progress = Callable[[float], None]
Plan = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Picture:
    """One painting, framed for the walk.

    canvas  (H, W, 3) uint8 sRGB, the fitted painting at the size of the walk
    source  (Hs, Ws, 3) uint8 sRGB, the same framing at the painting's own resolution (same aspect, any size)
    whole   (Hw, Ww, 3) uint8 sRGB, the painting neither cropped nor padded, at most 1024 on its long side: what is
            shown may be a part, what is embedded is the whole
    """

    canvas: NDArray[np.uint8]
    source: NDArray[np.uint8]
    whole: NDArray[np.uint8]


@dataclass(frozen=True)
class PatchField:
    """Where each place of a keyframe comes from.

    painting  (h, w) uint8, 0 = A, 1 = B, the paintings of its leg
    x, y      (h, w) float32, the place in that painting, in pixels of a grid of the same size (h, w)
    """

    painting: NDArray[np.uint8]
    x: NDArray[np.float32]
    y: NDArray[np.float32]


@dataclass(frozen=True)
class LegRequest:
    """How one leg is to be walked.

    keyframes  how many are generated between the two paintings
    weights    'even' (steps of equal size), the name of a curve of `bake.concept`, or the weights: '0.2,0.5,0.8'
    chain      [0, 1]: 0 = every keyframe for itself, 1 = each grows out of the one before
    seed       same seed, same pictures
    diffusion  what a diffusion model is told besides; None for a generator that takes none of it
    clip       folder of the CLIP model in whose distance even steps are measured; "" measures them plainly, and a
               diffusion model always in its own
    """

    keyframes: int
    weights: str = "even"
    chain: float = 0.25
    seed: int = 0
    diffusion: Diffusion | None = None
    clip: str = ""


@dataclass(frozen=True)
class Generated:
    """One keyframe.

    image   (H, W, 3) uint8 sRGB, of the canvas's size
    weight  of painting B, in (0, 1)
    field   where its places come from; None where the generator cannot say
    """

    image: NDArray[np.uint8]
    weight: float
    field: PatchField | None


class Generator(Protocol):
    """What a bake asks of a maker of keyframes. `version` rises whenever its pictures change."""

    name: str
    version: int

    def plan(self, a: Picture, b: Picture, request: LegRequest, progress: Progress | None = None) -> Plan:
        """Lay out the leg, as arrays only (they go into an .npz); `weights` (keyframes,) is one of them."""

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        """Make keyframe i (0-based), independently of the others."""


@runtime_checkable
class Batching(Protocol):
    """A generator that paints several keyframes faster together than one by one."""

    def batch(self, request: LegRequest) -> int:
        """How many at once, 1 or more."""

    def keyframes(
        self, a: Picture, b: Picture, request: LegRequest, plan: Plan, indices: Sequence[int]
    ) -> list[Generated]:
        """Make these keyframes, in this order."""


def generator(name: str) -> Generator:
    """The generator of that name. Raises UsageError listing the valid names."""
    from artwalks_live.bake.keyframes import kandinsky, stable_diffusion, unclip
    from artwalks_live.bake.keyframes.patch import PatchGenerator

    made: dict[str, Callable[[], Generator]] = {
        "patch": PatchGenerator,
        "kandinsky": kandinsky.generator,
        "unclip": unclip.generator,
        "sd": stable_diffusion.generator,
    }
    if name not in made:
        raise UsageError(f"--generator {choices(name, made)}")
    return made[name]()
