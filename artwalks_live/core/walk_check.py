"""Whether the parts of a walk form a whole: a chain or a loop, or a graph in which no painting is a dead end.

Plain (format 1): segment i leads from keyframe i to i+1, every painting is one keyframe, in order, and the walk begins
and ends with one. Else (format 2) there may be breaks, a painting may be several keyframes or, in a walk that was
composed, none, and a loop may be a single keyframe.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from artwalks_live.core.errors import BundleError

if TYPE_CHECKING:
    from artwalks_live.core.walk_format import Walk

FILE = "walk.json"


def broken(text: str) -> BundleError:
    """A BundleError about walk.json."""
    return BundleError(f"{FILE}: {text}: bake again")


def check(walk: Walk, *, plain: bool) -> None:
    """Raise BundleError in one line for the first thing that does not fit.

    plain   only what format 1 can say
    """
    if plain:
        _check_chain(walk)
        _check_order(walk)
    else:
        _check_runs(walk)
        _check_stands(walk)
    _check_arcs(walk)
    _check_weights(walk)
    if not plain:
        _check_reached(walk)


def is_plain(walk: Walk) -> bool:
    """Whether format 1 can say it; what is wrong in any format may count as either."""
    count = len(walk.keyframes)
    numbers = [keyframe.painting for keyframe in walk.keyframes if keyframe.painting is not None]
    if count < 2 or numbers != list(range(len(walk.paintings))) or breaks(walk):
        return False
    return walk.keyframes[0].painting is not None and (walk.loop or walk.keyframes[-1].painting is not None)


def breaks(walk: Walk) -> tuple[int, ...]:
    """The keyframes after which there is a break: no segment leads on from them, and another leg begins next."""
    return tuple(before.end for before, after in pairwise(walk.segments) if after.start != before.end)


def legs(walk: Walk) -> tuple[tuple[int, int], ...]:
    """(first, last) keyframe of each leg, in walk order: from painting to painting, without one between.

    What leads nowhere is none: the beginning of a composed walk, say, before its first painting.
    """
    found = []
    begun: int | None = None
    for segment in walk.segments:
        start, end = segment.start, segment.start + 1
        begun = start if walk.keyframes[start].painting is not None else begun
        if begun is not None and walk.keyframes[end % len(walk.keyframes)].painting is not None:
            found.append((begun, end))
            begun = None
    return tuple(found)


def unreached(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """The paintings, of so many, that no way of these legs leads to from the first one."""
    beside: dict[int, set[int]] = {number: set() for number in range(count)}
    for a, b in pairs:
        beside[a].add(b)
        beside[b].add(a)
    seen, wave = {0}, {0}
    while wave:
        wave = {there for here in wave for there in beside[here]} - seen
        seen |= wave
    return [number for number in range(count) if number not in seen]


def _check_chain(walk: Walk) -> None:
    """Segment i leads from keyframe i to keyframe i+1; a loop's last one leads back to keyframe 0."""
    count = len(walk.keyframes)
    expected = count if walk.loop else count - 1
    if count < 2 or len(walk.segments) != expected:
        raise broken(
            f"{count} keyframes and {len(walk.segments)} segments, expected at least two keyframes "
            f"and {'as many segments' if walk.loop else 'one segment fewer'}"
        )
    for index, segment in enumerate(walk.segments):
        follower = (index + 1) % count
        if (segment.start, segment.end) != (index, follower):
            raise broken(
                f"segment {index}: leads from {segment.start} to {segment.end}, expected {index} to {follower}"
            )


def _check_order(walk: Walk) -> None:
    """Paintings and keyframes point at one another, in order; the walk begins (open: and ends) with a painting."""
    forward = [painting.keyframe for painting in walk.paintings]
    backward = [index for index, keyframe in enumerate(walk.keyframes) if keyframe.painting is not None]
    numbers = [walk.keyframes[index].painting for index in backward]
    if forward != backward or numbers != list(range(len(forward))):
        raise broken(f"paintings are keyframes {forward}, but keyframes {backward} say so")
    ends = [0] if walk.loop else [0, len(walk.keyframes) - 1]
    if any(end not in forward for end in ends):
        raise broken(f"the walk does not begin {'' if walk.loop else 'and end '}with a painting")


def _check_runs(walk: Walk) -> None:
    """Every keyframe has a segment, each leads to the next one, and where there is none both sides are paintings."""
    count = len(walk.keyframes)
    if not walk.segments or (walk.loop and len(walk.segments) != count):
        expected = "as many segments" if walk.loop else "at least one segment"
        raise broken(f"{count} keyframes and {len(walk.segments)} segments, expected {expected}")
    follower, at = 0, 0
    for index, segment in enumerate(walk.segments):
        starts = (follower, follower + 1) if index and not walk.loop else (follower,)
        end = 0 if walk.loop and segment.start == count - 1 else segment.start + 1
        if segment.start not in starts or segment.end != end or end >= count:
            raise broken(
                f"segment {index}: leads from {segment.start} to {segment.end}, "
                f"expected {' or '.join(map(str, starts))} to the next"
            )
        follower, at = segment.start + 1, segment.end
    if at != (0 if walk.loop else count - 1):
        raise broken(f"keyframe {at + 1}: no segment leads there")
    for before in breaks(walk):
        for index in (before, before + 1):
            if walk.keyframes[index].painting is None:
                raise broken(f"keyframe {index}: a leg ends or begins here, and not with a painting")


def _check_stands(walk: Walk) -> None:
    """A painting is the first of the keyframes that say so, and they all show the same image."""
    first: dict[int, int] = {}
    for index, keyframe in enumerate(walk.keyframes):
        if keyframe.painting is not None:
            if keyframe.painting >= len(walk.paintings):
                raise broken(f"keyframe {index}: painting {keyframe.painting} does not exist")
            before = walk.keyframes[first.setdefault(keyframe.painting, index)]
            if before.image != keyframe.image:
                raise broken(f"keyframe {index}: painting {keyframe.painting} is shown as {before.image} before")
    for number, painting in enumerate(walk.paintings):
        if painting.keyframe != first.get(number):
            raise broken(
                f"painting {number}: keyframe is {painting.keyframe}, the first that says so {first.get(number)}"
            )


def _check_arcs(walk: Walk) -> None:
    for index, (before, keyframe) in enumerate(pairwise(walk.keyframes), 1):
        if keyframe.arc < before.arc:
            raise broken(f"keyframe {index}: arc is less than that of the keyframe before")


def _check_weights(walk: Walk) -> None:
    for index, keyframe in enumerate(walk.keyframes):
        if any(number >= len(walk.paintings) for number in keyframe.weights):
            raise broken(f"keyframe {index}: weights name a painting that does not exist")
        if keyframe.painting is not None and keyframe.weights.get(keyframe.painting, 0.0) < 0.999:
            raise broken(f"keyframe {index}: a painting must have the weight 1 of itself")


def _check_reached(walk: Walk) -> None:
    """Where there are breaks, every painting can be walked to from every other; legs lead both ways."""
    if not breaks(walk):
        return
    for number in unreached(len(walk.paintings), list(pairs(walk))):
        raise broken(f"painting {number}, {walk.paintings[number].title!r}, cannot be walked to: no leg leads there")


def pairs(walk: Walk) -> Iterator[tuple[int, int]]:
    """The paintings at the ends of each leg, in walk order."""
    for first, last in legs(walk):
        a, b = walk.keyframes[first].painting, walk.keyframes[last % len(walk.keyframes)].painting
        assert a is not None and b is not None
        yield a, b
