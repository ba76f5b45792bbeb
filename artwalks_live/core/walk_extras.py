"""What a walk may hold beside its pictures: how a painting moves, how it looks, and the song that composed the walk.

All of it is optional: a walk without is written as ever, and an older program plays one that has it, and stands still.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from artwalks_live.core.walk_fields import Fields

MOTION = "motion"
"""The sub-folder of the bundle for the fields of motion."""
MOST_MODES = 16


@dataclass(frozen=True, slots=True)
class Motion:
    """How a painting moves while it is held: files of the bundle, "" where there is none, and their hashes.

    current   (h, w, 4) float16: Mx, My, mask, offset (core.currents)
    sway      (K, h, w, 4) float16: Re u, Im u, Re v, Im v of at most 16 modes (core.sway)
    """

    current: str = ""
    sway: str = ""
    sha256: tuple[str, str] = ("", "")

    def files(self) -> list[tuple[str, str]]:
        """(name, sha256) of each file that there is."""
        pairs = zip((self.current, self.sway), self.sha256, strict=True)
        return [(name, digest) for name, digest in pairs if name]


@dataclass(frozen=True, slots=True)
class Look:
    """What a painting is like to the eye, each in [0, 1]: its mean hue, how colourful it is, how restless."""

    hue: float
    colour: float
    energy: float


@dataclass(frozen=True, slots=True)
class Song:
    """The song that a walk was composed by; `times` are the seconds at which its keyframes are reached, one each."""

    title: str
    sha256: str
    duration_s: float
    times: tuple[float, ...]


def motion_json(motion: Motion) -> dict[str, Any]:
    return {
        "current": motion.current or None,
        "sway": motion.sway or None,
        "sha256": [digest or None for digest in motion.sha256],
    }


def look_json(look: Look) -> dict[str, Any]:
    return {"hue": look.hue, "colour": look.colour, "energy": look.energy}


def song_json(song: Song) -> dict[str, Any]:
    return {
        "title": song.title, "sha256": song.sha256, "duration_s": song.duration_s, "times": list(song.times),
    }  # fmt: skip


def painting_extras(painting: Any) -> dict[str, Any]:
    """The optional entries of a painting, those that it has."""
    extras: dict[str, Any] = {}
    if painting.embedding:
        extras["embedding"] = painting.embedding
    if painting.motion is not None:
        extras["motion"] = motion_json(painting.motion)
    if painting.look is not None:
        extras["look"] = look_json(painting.look)
    return extras


def motion_of(fields: Fields) -> Motion | None:
    """A painting's motion, None when it has none. Raises BundleError."""
    inner = _inner(fields, "motion")
    if inner is None:
        return None
    digests = inner.sequence("sha256", 2)
    names = []
    for name, digest in zip(("current", "sway"), digests, strict=True):
        there = inner.optional(name, None) is not None
        names.append((inner.file(name, MOTION, ".npy"), inner.digest("sha256", digest)) if there else ("", ""))
    return Motion(names[0][0], names[1][0], (names[0][1], names[1][1]))


def look_of(fields: Fields) -> Look | None:
    """A painting's look, None when it has none. Raises BundleError."""
    inner = _inner(fields, "look")
    if inner is None:
        return None
    hue, colour, energy = (inner.checked_real(each, inner.get(each), 0.0, 1.0) for each in ("hue", "colour", "energy"))
    return Look(hue, colour, energy)


def song_of(fields: Fields) -> Song | None:
    """The song of a walk, None when it was composed by none. Raises BundleError."""
    inner = _inner(fields, "song")
    if inner is None:
        return None
    times = tuple(inner.checked_real("times", value) for value in inner.sequence("times"))
    if any(after <= before for before, after in pairwise(times)):
        raise inner.fail("times do not increase")
    digest = inner.get("sha256")
    return Song(inner.text("title"), inner.digest("sha256", digest) if digest else "", inner.real("duration_s"), times)


def _inner(fields: Fields, name: str) -> Fields | None:
    value = fields.optional(name, None)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise fields.fail(f"{name} is {value!r}, expected an object")
    return fields.inside(name)
