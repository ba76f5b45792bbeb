"""Whether the parts of a walk form a whole: a chain or a loop; paintings and keyframes point at one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artwalks_live.core.errors import BundleError

if TYPE_CHECKING:
    from artwalks_live.core.walk_format import Walk

FILE = "walk.json"


def broken(text: str) -> BundleError:
    """What is wrong with a walk, as an error of one line."""
    return BundleError(f"{FILE}: {text}: bake again")


def check(walk: Walk) -> None:
    """Raise BundleError in one line for the first thing that is wrong."""
    _check_chain(walk)
    _check_paintings(walk)


def _check_chain(walk: Walk) -> None:
    """Segment i leads from keyframe i to keyframe i+1; a loop's last one leads back to keyframe 0."""
    count = len(walk.keyframes)
    expected = count if walk.loop else count - 1
    if count < 2 or walk.length != expected:
        raise broken(
            f"{count} keyframes and {walk.length} segments, expected at least two keyframes "
            f"and {'as many segments' if walk.loop else 'one segment fewer'}"
        )
    for index, segment in enumerate(walk.segments):
        follower = (index + 1) % count
        if (segment.start, segment.end) != (index, follower):
            raise broken(
                f"segment {index}: leads from {segment.start} to {segment.end}, expected {index} to {follower}"
            )
    for index in range(1, count):
        if walk.keyframes[index].arc < walk.keyframes[index - 1].arc:
            raise broken(f"keyframe {index}: arc is less than that of the keyframe before")


def _check_paintings(walk: Walk) -> None:
    """Paintings and keyframes point at one another, in order; the walk begins (open: and ends) with a painting.

    Composed by a song a painting may return, or never be shown alone (such come last); the walk may end anywhere.
    """
    forward = [painting.keyframe for painting in walk.paintings]
    standing = [(index, each.painting) for index, each in enumerate(walk.keyframes) if each.painting is not None]
    backward: list[int | None] = [index for index, _ in standing]
    if walk.song is not None:
        first = {number: index for index, number in reversed(standing)}
        standing = sorted((index, number) for number, index in first.items())
        backward = [index for index, _ in standing] + [None] * (len(forward) - len(standing))
    if forward != backward or [number for _, number in standing] != list(range(len(standing))):
        raise broken(f"paintings are keyframes {forward}, but keyframes {backward} say so")
    ends = [0] if walk.loop or walk.song is not None else [0, len(walk.keyframes) - 1]
    if any(end not in forward for end in ends):
        raise broken(f"the walk does not begin {'' if walk.loop else 'and end '}with a painting")
    for index, keyframe in enumerate(walk.keyframes):
        if any(number >= len(forward) for number in keyframe.weights):
            raise broken(f"keyframe {index}: weights name a painting that does not exist")
        if keyframe.painting is not None and keyframe.weights.get(keyframe.painting, 0.0) < 0.999:
            raise broken(f"keyframe {index}: a painting must have the weight 1 of itself")
