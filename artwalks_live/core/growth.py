"""A walk that grows while it is performed: what of it stays, and at which moment the show may go on in the larger one.

A painting is appended after the last one, so all up to the last painting stays as it was: pictures, flows, positions.
An open walk only gets longer. A loop's closing leg, from the last painting back to the first, gives way to two new
legs, so a show that stands in it, or is on its way through it, must come out of it first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from artwalks_live.core.errors import BundleError
from artwalks_live.core.timeline import State
from artwalks_live.core.walk_check import breaks
from artwalks_live.core.walk_format import Keyframe, Walk
from artwalks_live.core.walk_shape import WalkShape

_NEAR = 1e-6  # of a segment: what a spring's way may be off its target by rounding


@dataclass(frozen=True, slots=True)
class Growth:
    """The walk that a show goes on in: the fingerprint of its bundle, and its shape."""

    walk: str
    shape: WalkShape


def spliced(walk: Walk, tail: Walk) -> Walk:
    """Append an open walk to a walk.

    tail   from the walk's last painting through the new ones and, when the walk is a loop, on to its first
    """
    last, kept = len(walk.paintings) - 1, walk.stands[-1]
    new = len(tail.paintings) - (2 if walk.loop else 1)
    given = [last + number for number in range(new + 1)] + [0] * walk.loop
    arc = walk.keyframes[kept].arc

    def moved(keyframe: Keyframe) -> Keyframe:
        painting = None if keyframe.painting is None else given[keyframe.painting]
        weights = {given[number]: weight for number, weight in keyframe.weights.items()}
        return replace(keyframe, painting=painting, weights=weights, arc=round(arc + keyframe.arc, 6))

    keyframes = (*walk.keyframes[: kept + 1], *map(moved, tail.keyframes[1 : -1 if walk.loop else None]))
    count = len(keyframes)
    return replace(
        walk,
        paintings=walk.paintings
        + tuple(
            replace(painting, keyframe=kept + at)
            for painting, at in zip(tail.paintings[1 : new + 1], tail.stands[1 : new + 1], strict=True)
        ),
        keyframes=keyframes,
        segments=walk.segments[:kept]
        + tuple(replace(each, start=kept + each.start, end=(kept + each.end) % count) for each in tail.segments),
        versions={**walk.versions, **tail.versions},
    )


def check_grown(old: Walk, new: Walk) -> None:
    """See that `new` is `old` with paintings appended. Raises BundleError in one line when it is anything else."""
    kept = old.stands[-1]
    same = (
        (old.canvas, old.loop) == (new.canvas, new.loop)
        and len(new.paintings) >= len(old.paintings)
        and old.paintings == new.paintings[: len(old.paintings)]
        and old.keyframes[: kept + 1] == new.keyframes[: kept + 1]
        and old.segments[:kept] == new.segments[:kept]
        and (old == new or not breaks(old) + breaks(new))
    )
    if not same:
        raise BundleError(f"{new.folder} was baked anew and begins otherwise: the show goes on as it was")


def may_grow(state: State, shape: WalkShape) -> bool:
    """Whether a show that walks in `shape` can go on in a larger walk from this state, and no picture changes.

    On a loop it must be outside the closing leg, and so must the whole way of a spring that is pulling.
    """
    if not shape.loop:
        return True
    if state.trail.glide:
        return False  # its way is one over legs, and the closing one may be among them
    last = float(shape.paintings[-1])
    there = state.position + (state.way if state.target is not None else 0.0)
    return state.position <= last and -_NEAR <= there <= last + _NEAR
