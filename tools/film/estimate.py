"""The estimator under test: any that a bake takes, and `none`, which is the plain dissolve."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.estimators import flow_named
from artwalks_live.bake.flows import Flow, SegmentFlow
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.core.errors import FlowShapeError, UsageError

Pixels = NDArray[np.uint8]
NONE = "none"
WARM_UP = 64  # pixels a side


class Dissolve:
    """No motion, and every place turns evenly: what an estimator must be better than."""

    name = NONE
    version = 1

    def estimate(
        self, a: Pixels, b: Pixels, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        """Whatever the pictures: flow 0, o = 0, k = 1."""
        return SegmentFlow(np.zeros((2, 2, 4), np.float16), np.tile(np.array([0, 1], np.float16), (2, 2, 1)))


class Estimator:
    """An estimator by name, its results checked and its time taken.

    name   film, dis, FILE.onnx, module:callable, or none

    Raises UsageError when there is none of that name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._flow = _find(name)
        self._warm = False

    def estimate(self, a: Pixels, b: Pixels) -> tuple[SegmentFlow, float]:
        """Find the way between two pictures, without patch fields.

        a, b      (H, W, 3) uint8 sRGB
        returns   the maps, and the milliseconds of wall time that the estimate took (the opening of a model not
                  among them: a corner of the first pair is estimated beforehand)

        Raises FlowShapeError when what comes out cannot be drawn.
        """
        if not self._warm:
            self._flow.estimate(a[:WARM_UP, :WARM_UP].copy(), b[:WARM_UP, :WARM_UP].copy())
            self._warm = True
        begin = time.perf_counter()
        found = self._flow.estimate(a, b)
        spent_ms = (time.perf_counter() - begin) * 1000
        _check(found, self.name)
        return found, spent_ms


def _find(name: str) -> Flow:
    if name == NONE:
        return Dissolve()
    try:
        return flow_named(name)
    except UsageError as error:
        raise UsageError(f"{error}; {NONE} is the plain dissolve") from None


def _check(found: SegmentFlow, name: str) -> None:
    for what, maps, channels in (("flow", found.flow, 4), ("crossover", found.crossover, 2)):
        if maps.ndim != 3 or maps.shape[2] != channels or maps.dtype != np.float16:
            kind = f"{maps.dtype} {maps.shape}"
            raise FlowShapeError(f"--flow {name}: its {what} is {kind}, expected float16 (h, w, {channels})")
        if not np.isfinite(maps).all():
            raise FlowShapeError(f"--flow {name}: its {what} holds values that are not finite")
