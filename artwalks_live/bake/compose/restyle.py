"""Keyframes of a composed walk, restyled: Stable Diffusion paints over them, by a prompt.

As DIGCREA restyles its latent walk: strength .5, 12 steps, guidance 7.5, seed 42, one seed for all, so that what does
not change in the pictures does not flicker in what is painted.
"""

from __future__ import annotations

from artwalks_live.bake.fields import Pixels
from artwalks_live.bake.restyling import VERSION, Img2Img, Restyling
from artwalks_live.bake.store import key

__all__ = ["Restyler", "Restyling"]


class Restyler:
    """Paints pictures over. The model is found at once, and loaded when it first paints.

    options  as `Restyling` has them; its defaults are DIGCREA's

    Raises UsageError or ModelError, before anything is painted, when the options or the model cannot be used.
    """

    def __init__(self, options: Restyling) -> None:
        self._model = Img2Img.of(options)

    @property
    def key(self) -> str:
        """A hash of all that its pictures depend on besides the picture and the seed given: options and model."""
        return key("restyle", VERSION, self._model.options.deciding(), self._model.identity)

    def __call__(self, image: Pixels, seed: int | None = None) -> Pixels:
        """Paint over a picture, (H, W, 3) uint8 sRGB, to one of the same size. `seed` instead of the options' own.

        Raises ModelError when the model fails, or finds too little memory.
        """
        return self._model.paint(image, seed)
