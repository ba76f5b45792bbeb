"""Concept-weight curves: how much of painting B a keyframe holds at place x of its leg.

The curves are those of ArtWalks (Pennino et al. 2023, ArtWalks/icedoom888), all of them inverse-S: the keyframes
crowd near the half mix, where a mixture changes most. Theirs start and end a little off, and start at x = 0, with a
poor copy of A; ours are clamped and renormalised so that w(0) = 0 and w(1) = 1, and taken at the interior points
x = (i + 1) / (n + 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from artwalks_live.core.errors import UsageError, choices

_SQUEEZE = (1.86030624e-12, 10.7142857, -26.7857143, 27.7261905, -14.8035714, 4.14880952, 5.03549833e-15)
_EDGE = 1.0 / (1.0 + math.exp(7.5))  # the logit is infinite at its ends: read here, the curve starts at 0 and ends at 1


def _inside(x: float) -> float:
    return min(max(x, _EDGE), 1.0 - _EDGE)


def _logit(x: float) -> float:
    return math.log(_inside(x) / (1.0 - _inside(x))) / 15.0 + 0.5


def _squeeze(x: float) -> float:
    value = 0.0
    for coefficient in _SQUEEZE:
        value = value * x + coefficient
    return value


CURVES: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "logit": _logit,
    "sinh": lambda x: math.sinh(4.0 * x - 2.0) / 7.27 + 0.5,
    "squeezed_sinh": lambda x: math.sinh(4.0 * _squeeze(x) - 2.0) / 7.5 + 0.5,
    "squeezed_logit": lambda x: _logit(_squeeze(x)),
}


def weight(curve: str, x: float) -> float:
    """The weight of B at place x in [0, 1] of a leg: 0 at 0, 1 at 1. Raises UsageError on an unknown curve."""
    if curve not in CURVES:
        raise UsageError(f"--weights {choices(curve, [*CURVES, 'even'])}")
    raw = CURVES[curve]
    low, high = raw(0.0), raw(1.0)
    return min(max((raw(min(max(x, 0.0), 1.0)) - low) / (high - low), 0.0), 1.0)


def listed(text: str) -> tuple[float, ...] | None:
    """Weights that were given one by one, `0.2,0.5,0.8`; None when it is the name of a curve.

    Raises UsageError when they do not rise from keyframe to keyframe, inside (0, 1).
    """
    words = text.split(",")
    try:
        found = tuple(float(word) for word in words)
    except ValueError:
        if len(words) > 1:
            raise UsageError(f"--weights {text!r}: numbers between commas, or the name of a curve") from None
        return None
    for before, value in zip((0.0, *found), found, strict=False):
        if not 0.0 < value < 1.0:
            raise UsageError(f"--weights {value:g}: a keyframe between two paintings has a weight inside 0 and 1")
        if value <= before:
            raise UsageError(f"--weights {value:g} after {before:g}: weights rise from keyframe to keyframe")
    return found


def check(text: str, n: int) -> None:
    """Raise UsageError unless `text` is 'even', the name of a curve, or n weights one by one."""
    found = listed(text)
    if found is None and text not in (*CURVES, "even"):
        raise UsageError(f"--weights {choices(text, [*CURVES, 'even'])}, or numbers such as 0.2,0.5,0.8")
    if found is not None and len(found) != n:
        raise UsageError(f"--weights {text}: {len(found)} for {n} keyframes: give {n}, or --keyframes {len(found)}")


def weights(curve: str, n: int) -> tuple[float, ...]:
    """The weights of n keyframes between two paintings, at the interior points of the curve, or as they were given.

    Raises UsageError on an unknown curve, on weights that cannot be used or are not n, or n < 0.
    """
    if n < 0:
        raise UsageError(f"{n} keyframes: use 0 or more")
    if (given := listed(curve)) is not None:
        check(curve, n)
        return given
    return tuple(weight(curve, (i + 1) / (n + 1)) for i in range(n))
