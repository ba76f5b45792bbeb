"""The walk as values, and those values as `walk.json`. Pure: no file is opened here; `walk.py` does that.

    Walk ─┬─ paintings  (given pictures: provenance, and the keyframe each of them is)
          ├─ keyframes  (every image the walk passes through, in walk order)
          └─ segments   (keyframe i to i+1: a flow and a crossover; a loop has one more, last to first)
              └─ anchors (pictures inside a segment, each with the flow and crossover of the way to it)

Position is a float, and position k is exactly keyframe k. In a graph the legs follow one another, each with keyframes
of its own for the paintings at its ends (the same image); between two that do not continue there is no segment, but a
break.

`decode` accepts only what this program can play and says in one line what is wrong; unknown keys are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from artwalks_live.core.embedding import checked
from artwalks_live.core.errors import BundleError
from artwalks_live.core.pieces import Maps, Picture, Piece
from artwalks_live.core.walk_check import FILE, broken, check, is_plain
from artwalks_live.core.walk_extras import (
    Look,
    Motion,
    Song,
    look_of,
    motion_of,
    painting_extras,
    song_json,
    song_of,
)
from artwalks_live.core.walk_fields import Fields

PLAIN, FORMAT = 1, 2
"""The format of a chain or a loop, and the newest: that of a graph and of what is composed (walk_check.py)."""
KEYFRAMES, FLOWS = "keyframes", "flows"
MAX_SIDE = 16384
NEAREST = 1e-3  # the shortest phase between two pictures of a segment


@dataclass(frozen=True, slots=True)
class Painting:
    """A picture that was given. `source` is the name of the file it came from; it is never opened.

    keyframe    the first that it is; None where the walk never shows it exactly
    embedding   its unit vector in the space of the CLIP model that `versions` names, as base64 of float16; or ""
    motion, look   how it moves while it is held, and what it is like to the eye, where that was baked
    """

    title: str
    artist: str
    licence: str
    source: str
    source_sha256: str
    keyframe: int | None
    embedding: str = ""
    motion: Motion | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Keyframe:
    """An image that the walk passes through.

    image      bundle-relative name of an 8-bit sRGB PNG of the canvas' size
    painting   index of the painting that it is, None for a generated one
    weights    painting index -> weight in [0, 1]; they sum to 1
    arc        length of the walk up to here, in RMS of sRGB values (core metric of the bake)
    """

    image: str
    sha256: str
    bytes: int
    painting: int | None
    weights: Mapping[int, float]
    arc: float


@dataclass(frozen=True, slots=True)
class Anchor:
    """A picture inside a segment, where the way from keyframe to keyframe is too long or too curved for one flow.

    at          phase of the segment at which the walk shows exactly this picture, in (0, 1)
    image       as a keyframe's; so are sha256 and bytes
    flow, crossover, maps_sha256   of the way *to* it, from the anchor before or from the segment's first keyframe
    """

    at: float
    image: str
    sha256: str
    bytes: int
    flow: str
    crossover: str
    maps_sha256: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Segment:
    """From one keyframe to the next. `sha256` is that of the flow's file, then of the crossover's.

    anchors   in order of `at`; the segment's own flow and crossover are those of the way that is left after them
    """

    start: int
    end: int
    flow: str
    crossover: str
    sha256: tuple[str, str]
    anchors: tuple[Anchor, ...] = ()


@dataclass(frozen=True)
class Walk:
    """A whole walk. Position is a float: keyframe + phase, in [0, length]; modulo length when it loops.

    folder      where the bundle lies
    canvas      (width, height) of every keyframe, pixels
    generator   {"name", "seed", "options"} as baked
    versions    what made it: {"artwalks": "…", "numpy": "…"}
    song        that composed it: when each keyframe is reached
    """

    folder: Path
    canvas: tuple[int, int]
    loop: bool
    paintings: tuple[Painting, ...]
    keyframes: tuple[Keyframe, ...]
    segments: tuple[Segment, ...]
    generator: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    song: Song | None = None

    @property
    def length(self) -> int:
        """The last position: the number of segments, breaks counted as if they were some."""
        return len(self.keyframes) - (not self.loop)

    @property
    def stands(self) -> tuple[int, ...]:
        """The first keyframe of each painting, in the order of the paintings; those that have none are left out."""
        return tuple(painting.keyframe for painting in self.paintings if painting.keyframe is not None)

    @property
    def painting_positions(self) -> tuple[float, ...]:
        """The same as positions."""
        return tuple(map(float, self.stands))

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """Every picture that is drawn: the keyframes, then the anchors in walk order."""
        return (
            *(Picture(f"keyframe {i}", k.image, k.sha256, k.bytes) for i, k in enumerate(self.keyframes)),
            *(Picture(where, each.image, each.sha256, each.bytes) for where, each in self._anchors()),
        )

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What is drawn where, in walk order; its numbers are those of `pictures`."""
        pieces: list[Piece] = []
        number = len(self.keyframes)
        for segment in self.segments:
            index = segment.start
            before, start = index, float(index)
            for anchor in segment.anchors:
                pieces.append(Piece(before, number, start, index + anchor.at))
                before, start, number = number, index + anchor.at, number + 1
            pieces.append(Piece(before, segment.end, start, index + 1.0))
        return tuple(pieces)

    @cached_property
    def maps(self) -> tuple[Maps, ...]:
        """The flow and crossover of each piece."""
        every: list[Maps] = []
        for index, segment in enumerate(self.segments):
            for i, each in enumerate(segment.anchors):
                every.append(Maps(f"segment {index}: anchor {i}", each.flow, each.crossover, each.maps_sha256))
            every.append(Maps(f"segment {index}", segment.flow, segment.crossover, segment.sha256))
        return tuple(every)

    def _anchors(self) -> Iterator[tuple[str, Anchor]]:
        for index, segment in enumerate(self.segments):
            yield from ((f"segment {index}: anchor {i}", each) for i, each in enumerate(segment.anchors))

    def path(self, name: str) -> Path:
        """Where a file of the bundle lies; `name` as in walk.json."""
        return self.folder / name


def encode(walk: Walk) -> bytes:
    """The walk as JSON: fixed order, one entry per line, no dates; the same walk gives the same bytes."""
    lists = {
        "paintings": [_painting_json(painting) for painting in walk.paintings],
        "keyframes": [_keyframe_json(keyframe) for keyframe in walk.keyframes],
        "segments": [_segment_json(segment) for segment in walk.segments],
    }
    lines = [
        f' "format": {PLAIN if is_plain(walk) else FORMAT}',
        f' "canvas": {_line(list(walk.canvas))}',
        f' "loop": {_line(walk.loop)}',
        f' "generator": {_line(walk.generator)}',
        f' "versions": {_line(walk.versions)}',
    ]
    if walk.song is not None:
        lines.append(f' "song": {_line(song_json(walk.song))}')
    for name, entries in lists.items():
        lines.append(f' "{name}": [\n  ' + ",\n  ".join(map(_line, entries)) + "\n ]")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _painting_json(painting: Painting) -> dict[str, Any]:
    given = ("title", "artist", "licence", "source", "source_sha256", "keyframe")
    return {name: getattr(painting, name) for name in given} | painting_extras(painting)


def _keyframe_json(keyframe: Keyframe) -> dict[str, Any]:
    return {
        "image": keyframe.image,
        "sha256": keyframe.sha256,
        "bytes": keyframe.bytes,
        "painting": keyframe.painting,
        "weights": {str(index): weight for index, weight in sorted(keyframe.weights.items())},
        "arc": keyframe.arc,
    }


def _segment_json(segment: Segment) -> dict[str, Any]:
    return {
        "from": segment.start,
        "to": segment.end,
        "flow": segment.flow,
        "crossover": segment.crossover,
        "sha256": list(segment.sha256),
        "anchors": [_anchor_json(anchor) for anchor in segment.anchors],
    }


def _anchor_json(anchor: Anchor) -> dict[str, Any]:
    return {name: getattr(anchor, name) for name in Anchor.__slots__} | {"maps_sha256": list(anchor.maps_sha256)}


def decode(data: bytes, folder: Path) -> Walk:
    """Read walk.json; the reverse of `encode`.

    Raises BundleError when it is not JSON, of a newer format, lacks a field, names a file outside its
    sub-folders, or when its parts do not form one chain or, from format 2 on, a graph without dead ends.
    """
    top = Fields(_parse(data), FILE)
    version = top.whole("format", 1)
    if version > FORMAT:
        raise BundleError(f"{FILE}: format {version} is newer than this program reads ({FORMAT}): update artwalks-live")
    walk = Walk(
        folder=folder,
        canvas=_canvas(top),
        loop=top.flag("loop"),
        generator=top.mapping("generator"),
        versions={str(name): str(value) for name, value in top.mapping("versions").items()},
        paintings=tuple(_painting(entry) for entry in top.entries("paintings", "painting")),
        keyframes=tuple(_keyframe(entry) for entry in top.entries("keyframes", "keyframe")),
        segments=tuple(_segment(entry) for entry in top.entries("segments", "segment")),
        song=song_of(top),
    )
    if walk.song is not None and len(walk.song.times) != len(walk.keyframes):
        raise broken(f"song: {len(walk.song.times)} times for {len(walk.keyframes)} keyframes")
    check(walk, plain=version == PLAIN)
    if len({len(painting.embedding) for painting in walk.paintings} - {0}) > 1:
        raise broken("the paintings' embeddings are of different lengths")
    return walk


def _parse(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{FILE}: not valid JSON ({error}): restore the file or bake again") from None
    if not isinstance(value, dict):
        raise BundleError(f"{FILE}: holds {type(value).__name__}, not an object: restore the file or bake again")
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _canvas(top: Fields) -> tuple[int, int]:
    width, height = top.sequence("canvas", 2)
    for side in (width, height):
        if not isinstance(side, int) or isinstance(side, bool) or not 1 <= side <= MAX_SIDE:
            raise top.fail(f"canvas is [{width!r}, {height!r}], expected two sides of 1 to {MAX_SIDE} pixels")
    return width, height


def _painting(fields: Fields) -> Painting:
    return Painting(
        title=fields.text("title"),
        artist=fields.text("artist"),
        licence=fields.text("licence"),
        source=fields.text("source"),
        source_sha256=fields.digest("source_sha256", fields.get("source_sha256")),
        keyframe=None if fields.get("keyframe") is None else fields.whole("keyframe", 0),
        embedding=checked(fields),
        motion=motion_of(fields),
        look=look_of(fields),
    )


def _keyframe(fields: Fields) -> Keyframe:
    weights = {}
    for key, value in fields.mapping("weights").items():
        if not key.isdecimal() or not key.isascii() or len(key) > 9:
            raise fields.fail(f"weights name {key!r}, expected the number of a painting")
        weights[int(key)] = fields.checked_real(f"weight {key}", value, 0.0, 1.0)
    if abs(sum(weights.values()) - 1.0) > 1e-3:
        raise fields.fail(f"weights sum to {sum(weights.values()):g}, expected 1")
    return Keyframe(
        image=fields.file("image", KEYFRAMES, ".png"),
        sha256=fields.digest("sha256", fields.get("sha256")),
        bytes=fields.whole("bytes", 1),
        painting=None if fields.get("painting") is None else fields.whole("painting", 0),
        weights=weights,
        arc=fields.real("arc"),
    )


def _segment(fields: Fields) -> Segment:
    flow, crossover = fields.sequence("sha256", 2)
    return Segment(
        start=fields.whole("from", 0),
        end=fields.whole("to", 0),
        flow=fields.file("flow", FLOWS, ".npy"),
        crossover=fields.file("crossover", FLOWS, ".npy"),
        sha256=(fields.digest("sha256", flow), fields.digest("sha256", crossover)),
        anchors=_anchors(fields),
    )


def _anchors(fields: Fields) -> tuple[Anchor, ...]:
    """The anchors of a segment. Raises BundleError unless each is later than the one before."""
    anchors = tuple(_anchor(entry) for entry in fields.entries("anchors", "anchor"))
    places = [anchor.at for anchor in anchors]
    if any(after - before < NEAREST for before, after in pairwise([0.0, *places, 1.0])):
        raise fields.fail(f"anchors lie at {places}, expected phases between 0 and 1, in order, {NEAREST:g} apart")
    return anchors


def _anchor(fields: Fields) -> Anchor:
    flow, crossover = fields.sequence("maps_sha256", 2)
    return Anchor(
        at=fields.real("at"),
        image=fields.file("image", KEYFRAMES, ".png"),
        sha256=fields.digest("sha256", fields.get("sha256")),
        bytes=fields.whole("bytes", 1),
        flow=fields.file("flow", FLOWS, ".npy"),
        crossover=fields.file("crossover", FLOWS, ".npy"),
        maps_sha256=(fields.digest("maps_sha256", flow), fields.digest("maps_sha256", crossover)),
    )
