"""Who paints the keyframes of a composed walk: pictures over several paintings, by weight."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose.mixture import Link, Mixture, Wanted
from artwalks_live.bake.compose.restyle import Restyler, Restyling
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


class Restyled:
    """Another painter, whose keyframes are painted over by words; paintings themselves never are."""

    def __init__(self, maker: Painter, restyler: Restyler) -> None:
        self._maker, self._restyler = maker, restyler
        self.name = f"{maker.name}, restyled"
        self.version = (int(restyler.key[:12], 16) << 16) + maker.version  # other options or model, other pictures

    def over(self, canvases: Sequence[Pixels], seed: int) -> Pictures:
        """See Painter."""
        return RestyledPictures(self._maker.over(canvases, seed), self._restyler)


class RestyledPictures:
    """See Restyled. The chain goes on from what was there before it was painted over, so it does not drift."""

    def __init__(self, pictures: Pictures, restyler: Restyler) -> None:
        self._restyler = restyler
        self._lay = pictures.lay
        self.alone, self.link, self.field = pictures.alone, pictures.link, pictures.field

    def lay(self, link: Link) -> Pixels:
        """See Pictures."""
        return self._restyler(self._lay(link))


@lru_cache(maxsize=4)
def painter_of(name: str, restyling: Restyling | None = None) -> Painter:
    """The painter of that name, what it paints painted over or not. Raises UsageError or ModelError."""
    maker = painter_named(name)
    return maker if restyling is None else Restyled(maker, Restyler(restyling))


def painter_named(name: str) -> Painter:
    """A painter by name, or one of your own as `module:callable`. Raises UsageError when there is none."""
    if ":" in name:
        return cast(Painter, own(name, "--generator"))
    if name != PatchPainter.name:
        raise UsageError(f"--generator {name}: walks are composed by patch or module:callable, which mix any number of "
                         "paintings by weight: leave it out")  # fmt: skip
    return PatchPainter()
