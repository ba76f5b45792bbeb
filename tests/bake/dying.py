"""Diffusion generators that end their whole process before keyframe 1 while the file $TWIN_DYING exists."""

from __future__ import annotations

import os
from collections.abc import Sequence

from artwalks_live.bake.keyframes import Generated, LegRequest, Picture, Plan, kandinsky
from artwalks_live.bake.keyframes.painter import DiffusionGenerator


class DyingKandinsky(DiffusionGenerator):
    """Kandinsky, but for that."""

    def __init__(self) -> None:
        super().__init__("kandinsky", kandinsky.find, kandinsky.load)

    def keyframes(
        self, a: Picture, b: Picture, request: LegRequest, plan: Plan, indices: Sequence[int]
    ) -> list[Generated]:
        if 1 in indices and os.path.exists(os.environ.get("TWIN_DYING", "")):
            os._exit(9)
        return super().keyframes(a, b, request, plan, indices)
