"""The walk as values, and those values as `walk.json`. Pure: no file is opened here; `walk.py` does that.

    Walk ─┬─ paintings  (given pictures: provenance, and the keyframe each of them is)
          ├─ keyframes  (every image the walk passes through, in walk order)
          └─ segments   (keyframe i to i+1: a flow and a crossover; a loop has one more, last to first)

`decode` accepts only what this program can play and says in one line what is wrong; unknown keys are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artwalks_live.core.errors import BundleError

FORMAT = 1
FILE = "walk.json"
KEYFRAMES, FLOWS = "keyframes", "flows"
MAX_SIDE = 16384
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Painting:
    """A picture that was given. `source` is the name of the file it came from; it is never opened."""

    title: str
    artist: str
    licence: str
    source: str
    source_sha256: str
    keyframe: int


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
class Segment:
    """From one keyframe to the next. `sha256` is that of the flow's file, then of the crossover's."""

    start: int
    end: int
    flow: str
    crossover: str
    sha256: tuple[str, str]
    anchors: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """A whole walk. Position is a float: segment + phase, in [0, length]; modulo length when it loops.

    folder      where the bundle lies
    canvas      (width, height) of every keyframe, pixels
    generator   {"name", "seed", "options"} as baked
    versions    what made it: {"artwalks": "…", "numpy": "…"}
    """

    folder: Path
    canvas: tuple[int, int]
    loop: bool
    paintings: tuple[Painting, ...]
    keyframes: tuple[Keyframe, ...]
    segments: tuple[Segment, ...]
    generator: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """The number of segments."""
        return len(self.segments)

    @property
    def painting_positions(self) -> tuple[float, ...]:
        """The position of each painting, in the order of the walk."""
        return tuple(float(painting.keyframe) for painting in self.paintings)

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
        f' "format": {FORMAT}',
        f' "canvas": {_line(list(walk.canvas))}',
        f' "loop": {_line(walk.loop)}',
        f' "generator": {_line(walk.generator)}',
        f' "versions": {_line(walk.versions)}',
    ]
    for name, entries in lists.items():
        lines.append(f' "{name}": [\n  ' + ",\n  ".join(map(_line, entries)) + "\n ]")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _painting_json(painting: Painting) -> dict[str, Any]:
    return {name: getattr(painting, name) for name in Painting.__slots__}


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
        "anchors": list(segment.anchors),
    }


def decode(data: bytes, folder: Path) -> Walk:
    """Read walk.json; the reverse of `encode`.

    Raises BundleError when it is not JSON, of a newer format, lacks a field, names a file outside its two
    sub-folders, or when its parts do not form one chain.
    """
    top = _Fields(_parse(data), FILE)
    version = top.whole("format", 1)
    if version > FORMAT:
        raise BundleError(
            f"{FILE}: format {version} is newer than this program reads ({FORMAT}): update artwalks-live"
        )
    walk = Walk(
        folder=folder,
        canvas=_canvas(top),
        loop=top.flag("loop"),
        generator=top.mapping("generator"),
        versions={str(name): str(value) for name, value in top.mapping("versions").items()},
        paintings=tuple(_painting(entry) for entry in top.entries("paintings", "painting")),
        keyframes=tuple(_keyframe(entry) for entry in top.entries("keyframes", "keyframe")),
        segments=tuple(_segment(entry) for entry in top.entries("segments", "segment")),
    )
    _check_chain(walk)
    _check_paintings(walk)
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


class _Fields:
    """One JSON object whose fields are taken out by type; every refusal names the place and the value."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values = values
        self._where = where

    def fail(self, text: str) -> BundleError:
        return BundleError(f"{self._where}: {text}: bake again")

    def get(self, name: str) -> Any:
        if name not in self._values:
            raise self.fail(f"{name} is missing")
        return self._values[name]

    def whole(self, name: str, low: int) -> int:
        value = self.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise self.fail(f"{name} is {value!r}, expected a whole number of at least {low}")
        return value

    def real(self, name: str, low: float = 0.0) -> float:
        return self.checked_real(name, self.get(name), low)

    def checked_real(self, name: str, value: object, low: float = 0.0, high: float = 1e9) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise self.fail(f"{name} is {value!r}, expected a number from {low:g} to {high:g}")
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if not isinstance(value, bool):
            raise self.fail(f"{name} is {value!r}, expected true or false")
        return value

    def text(self, name: str) -> str:
        return self.checked_text(name, self.get(name))

    def checked_text(self, name: str, value: object) -> str:
        # titles are printed: control characters could steer a terminal, lone surrogates cannot be encoded
        if not isinstance(value, str) or not value.isprintable():
            raise self.fail(f"{name} is {value!r}, expected one line of text")
        return value

    def digest(self, name: str, value: object) -> str:
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise self.fail(f"{name} is {value!r}, expected 64 hexadecimal digits")
        return value

    def file(self, name: str, folder: str, suffix: str) -> str:
        """A bundle-relative name: directly inside `folder`, plain characters, so it cannot lead elsewhere."""
        value = self.text(name)
        head, _, tail = value.partition("/")
        if head != folder or not _NAME.fullmatch(tail) or not tail.endswith(suffix):
            raise self.fail(f"{name} is {value!r}, which is not {folder}/NAME{suffix} inside the bundle")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.get(name)
        if not isinstance(value, dict):
            raise self.fail(f"{name} is {value!r}, expected an object")
        return value

    def sequence(self, name: str, length: int | None = None) -> list[Any]:
        value = self.get(name)
        if not isinstance(value, list) or length not in (None, len(value)):
            raise self.fail(f"{name} is not a list" + (f" of {length}" if length else ""))
        return value

    def entries(self, name: str, each: str) -> list[_Fields]:
        values = self.sequence(name)
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.fail(f"{each} {index} is {value!r}, expected an object")
        return [_Fields(value, f"{self._where}: {each} {index}") for index, value in enumerate(values)]


def _canvas(top: _Fields) -> tuple[int, int]:
    width, height = top.sequence("canvas", 2)
    for side in (width, height):
        if not isinstance(side, int) or isinstance(side, bool) or not 1 <= side <= MAX_SIDE:
            raise top.fail(f"canvas is [{width!r}, {height!r}], expected two sides of 1 to {MAX_SIDE} pixels")
    return width, height


def _painting(fields: _Fields) -> Painting:
    return Painting(
        title=fields.text("title"),
        artist=fields.text("artist"),
        licence=fields.text("licence"),
        source=fields.text("source"),
        source_sha256=fields.digest("source_sha256", fields.get("source_sha256")),
        keyframe=fields.whole("keyframe", 0),
    )


def _keyframe(fields: _Fields) -> Keyframe:
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


def _segment(fields: _Fields) -> Segment:
    flow, crossover = fields.sequence("sha256", 2)
    return Segment(
        start=fields.whole("from", 0),
        end=fields.whole("to", 0),
        flow=fields.file("flow", FLOWS, ".npy"),
        crossover=fields.file("crossover", FLOWS, ".npy"),
        sha256=(fields.digest("sha256", flow), fields.digest("sha256", crossover)),
        anchors=tuple(fields.sequence("anchors")),
    )


def _broken(text: str) -> BundleError:
    return BundleError(f"{FILE}: {text}: bake again")


def _check_chain(walk: Walk) -> None:
    """Segment i leads from keyframe i to keyframe i+1; a loop's last one leads back to keyframe 0."""
    count = len(walk.keyframes)
    expected = count if walk.loop else count - 1
    if count < 2 or walk.length != expected:
        raise _broken(
            f"{count} keyframes and {walk.length} segments, expected at least two keyframes "
            f"and {'as many segments' if walk.loop else 'one segment fewer'}"
        )
    for index, segment in enumerate(walk.segments):
        follower = (index + 1) % count
        if (segment.start, segment.end) != (index, follower):
            raise _broken(
                f"segment {index}: leads from {segment.start} to {segment.end}, expected {index} to {follower}"
            )
    for index in range(1, count):
        if walk.keyframes[index].arc < walk.keyframes[index - 1].arc:
            raise _broken(f"keyframe {index}: arc is less than that of the keyframe before")


def _check_paintings(walk: Walk) -> None:
    """Paintings and keyframes point at one another, in order; the walk begins (open: and ends) with a painting."""
    forward = [painting.keyframe for painting in walk.paintings]
    backward = [index for index, keyframe in enumerate(walk.keyframes) if keyframe.painting is not None]
    numbers = [walk.keyframes[index].painting for index in backward]
    if forward != backward or numbers != list(range(len(forward))):
        raise _broken(f"paintings are keyframes {forward}, but keyframes {backward} say so")
    ends = [0] if walk.loop else [0, len(walk.keyframes) - 1]
    if any(end not in forward for end in ends):
        raise _broken(f"the walk does not begin {'' if walk.loop else 'and end '}with a painting")
    for index, keyframe in enumerate(walk.keyframes):
        if any(number >= len(forward) for number in keyframe.weights):
            raise _broken(f"keyframe {index}: weights name a painting that does not exist")
        if keyframe.painting is not None and keyframe.weights.get(keyframe.painting, 0.0) < 0.999:
            raise _broken(f"keyframe {index}: a painting must have the weight 1 of itself")
