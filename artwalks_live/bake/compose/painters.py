"""Who paints the keyframes of a composed walk: pictures over several paintings, by weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose.mixture import Link, Mixture, Wanted
from artwalks_live.bake.estimators import own
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.core.errors import UsageError

Pixels = NDArray[np.uint8]


class Pictures(Protocol):
    """Pictures of these paintings. What they are made from goes from link to link through the store."""

    def alone(self, painting: int) -> Link:
        """The link of a keyframe that is a painting itself."""

    def link(self, wanted: Wanted, before: Link | None) -> Link:
        """The small picture after another one; as like it as it can be."""

    def lay(self, link: Link) -> Pixels:
        """The keyframe of a link, (H, W, 3) uint8 sRGB of the canvas's size."""

    def field(self, link: Link) -> PatchField | None:
        """Where its places come from, paintings by their number; None where that is not known."""


class Painter(Protocol):
    """A maker of such pictures. `version` rises whenever they change."""

    name: str
    version: int

    def over(self, canvases: Sequence[Pixels], seed: int) -> Pictures:
        """Prepare to paint from paintings, (H, W, 3) uint8 sRGB each, all of the canvas's size."""


class PatchPainter:
    """By analytic patch diffusion; see `mixture`."""

    name: str = "patch"
    version: int = 1

    def over(self, canvases: Sequence[Pixels], seed: int) -> Pictures:
        """See Painter."""
        return Mixture(canvases, seed)


def painter_named(name: str) -> Painter:
    """A painter by name, or one of your own as `module:callable`. Raises UsageError when there is none."""
    if ":" in name:
        return cast(Painter, own(name, "--generator"))
    if name != PatchPainter.name:
        raise UsageError(f"--generator {name}: walks are composed by patch or module:callable, which mix any number of "
                         "paintings by weight: leave it out")  # fmt: skip
    return PatchPainter()
