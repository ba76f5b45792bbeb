"""Diffusion generators for tests, loaded by name in workers too: one that dies, one whose start costs nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence

from artwalks_live.bake.keyframes import Generated, LegRequest, Picture, Plan, kandinsky, stable_diffusion
from artwalks_live.bake.keyframes.painter import DiffusionGenerator
from tests.bake.twins import Dissolve


class DyingKandinsky(DiffusionGenerator):
    """Kandinsky; ends its whole process before keyframe 1 while the file $TWIN_DYING exists."""

    def __init__(self) -> None:
        super().__init__("kandinsky", kandinsky.find, kandinsky.load)

    def keyframes(
        self, a: Picture, b: Picture, request: LegRequest, plan: Plan, indices: Sequence[int]
    ) -> list[Generated]:
        if 1 in indices and os.path.exists(os.environ.get("TWIN_DYING", "")):
            os._exit(9)
        return super().keyframes(a, b, request, plan, indices)


class SdOverDissolve(DiffusionGenerator):
    """Stable Diffusion over a cross-dissolve."""

    def __init__(self) -> None:
        super().__init__("sd", stable_diffusion.find, stable_diffusion.load, Dissolve())
