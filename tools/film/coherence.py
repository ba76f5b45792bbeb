"""Is an in-between one picture, is it crisp, is a cut hidden on the way? Figures of one segment, and of many.

Two figures are needed at mid-phase, in 255ths. *Coherence*: mean distance of its 7x7 patches to their nearest in the
two keyframes, at half size; a double exposure shows patches that neither has. *Detail*: its gradient magnitude over
the keyframes' mean; blur has less. Both would praise a hard cut, so a third: the largest *step* between neighbouring
pictures of 65 phases, over the mean step. The plain dissolve's coherence and detail stand beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.warp import unit
from tools.film.course import Course, draw, gradient
from tools.film.nearest import NearestPatch, patches
from tools.film.segments import Segment

Array = NDArray[np.float32]
PATCH = 7
QUERIES = 4000  # places asked per picture, evenly spread: exact nearest patches, sampled mean
COUNTED = 2.0  # a dissolve below this, in 255ths, hardly changes: nothing to measure


@dataclass(frozen=True)
class Figures:
    """What was measured of one segment; `ms` is None when its flow was baked."""

    name: str
    coherence: float
    dissolve: float
    detail: float
    detail_dissolve: float
    step: float
    ms: float | None

    @property
    def ratio(self) -> float:
        """The coherence over the dissolve's: below 1 is better than a dissolve."""
        return self.coherence / max(self.dissolve, 1e-6)

    @property
    def counts(self) -> bool:
        """Whether the two keyframes differ enough to be measured."""
        return self.dissolve >= COUNTED


def measure(segment: Segment, course: Course, queries: int = QUERIES) -> Figures:
    """Take the figures of one segment.

    queries   places at which patches are compared, evenly spread: fewer are faster and a little less sure
    """
    a, b = unit(segment.a), unit(segment.b)
    middle, blend = draw(segment, 0.5), (a + b) / np.float32(2)
    search = NearestPatch([_half(a), _half(b)], PATCH)
    sharp = max((gradient(a) + gradient(b)) / 2, 1e-9)
    return Figures(
        name=segment.name,
        coherence=_distance(middle, search, queries),
        dissolve=_distance(blend, search, queries),
        detail=gradient(middle) / sharp,
        detail_dissolve=gradient(blend) / sharp,
        step=course.largest_step,
        ms=segment.ms,
    )


def heading() -> str:
    """The first line of the table."""
    return "segment            coherence dissolve  ratio  detail (dissolve)    step       ms"


def line(f: Figures) -> str:
    """One line of the table; a segment that does not count is in brackets."""
    ms = "       -" if f.ms is None else f"{f.ms:8.0f}"
    name = f.name[:18] if f.counts else f"({f.name[:16]})"
    measured = f"{f.coherence:9.2f} {f.dissolve:8.2f} {f.ratio:6.3f} {f.detail:7.3f} {f.detail_dissolve:10.3f}"
    return f"{name:18s} {measured} {f.step:7.2f} {ms}"


def summary(figures: Sequence[Figures]) -> dict[str, Any]:
    """Means and worst values over the segments that count; None where there is none."""
    counted = [each for each in figures if each.counts]
    taken = [each.ms for each in figures if each.ms is not None]
    result: dict[str, Any] = {"segments": len(figures), "counted": len(counted)}
    for name in ("coherence", "dissolve", "ratio", "detail", "detail_dissolve", "step"):
        values = [getattr(each, name) for each in counted]
        result[f"{name}_mean"] = round(float(np.mean(values)), 4) if values else None
    for name, worst in (("ratio", max), ("step", max), ("detail", min)):
        values = [getattr(each, name) for each in counted]
        result[f"{name}_worst"] = round(worst(values), 4) if values else None
    return {**result, "ms_per_pair": round(float(np.mean(taken)), 2) if taken else None}


def summary_lines(whole: dict[str, Any]) -> list[str]:
    """The summary for people."""
    if not whole["counted"]:
        return [f"none of {whole['segments']} segments changes enough to be measured (dissolve under {COUNTED})"]
    means = (
        f"{whole['coherence_mean']:9.2f} {whole['dissolve_mean']:8.2f} {whole['ratio_mean']:6.3f} "
        f"{whole['detail_mean']:7.3f} {whole['detail_dissolve_mean']:10.3f} {whole['step_mean']:7.2f}"
    )
    ms = "       -" if whole["ms_per_pair"] is None else f"{whole['ms_per_pair']:8.0f}"
    worst = (
        f"worst: ratio {whole['ratio_worst']:.3f}, detail {whole['detail_worst']:.3f}, step {whole['step_worst']:.2f}"
    )
    return [f"{'mean of ' + str(whole['counted']):18s} {means} {ms}", worst]


def _half(picture: Array) -> Array:
    size = (max(PATCH, picture.shape[1] // 2), max(PATCH, picture.shape[0] // 2))
    half: Array = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return half


def _distance(picture: Array, search: NearestPatch, queries: int) -> float:
    return float(search.distances(patches(_half(picture), PATCH, queries)).mean() * 255)
