"""What of a painting may move, by words: "water, waterfall, sky".

By CLIPSeg (Lüddecke & Ecker, "Image Segmentation Using Text and Image Prompts", CVPR 2022) in a local folder, or by a
network in ONNX:

    input     float32 (1, 3, H, W) sRGB [0, 1]; H and W free, or given
    output    float32 (1, C, h, w), logits or probabilities
    metadata  artwalks.labels: C names, with commas between; one name may be several words with ; between. Where C is 1
              there may be none: then the network knows one thing, and the words only say that it is wanted.
              artwalks.activation: softmax, sigmoid or none; unsaid, values outside [0, 1] are logits

What is found is refined along the picture's own edges, cut at a threshold, rid of specks, and eroded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Array, Pixels, fit, follow_edges, luma
from artwalks_live.core.errors import ModelError, UsageError, choices
from artwalks_live.nn.onnx_file import OnnxFile, plain
from artwalks_live.nn.picture_model import Form, PictureModel, checked, fact

VERSION = 1
FORM = Form("a segmenter", "float32 (1, C, h, w)")
MOST_WORDS, MOST_CHARACTERS = 32, 77
MOST_ERODED = 5
ACTIVATIONS = ("softmax", "sigmoid", "none")
_VIEW = 640  # pixels of the long side at which edges are followed
_RADIUS, _EDGE = (8, 20), 1e-3
_SPECK = 1e-3  # of the picture's area; what is smaller is dropped, or filled
_COLOUR = np.array([0.5, -0.5, 0.0], np.float32), np.array([0.25, 0.25, -0.5], np.float32)  # red-green, yellow-blue


class NothingFoundError(UsageError):
    """The words name nothing in this picture, or all of it: another picture of the same walk may have it."""


@dataclass(frozen=True)
class Segmentation:
    """How a mask is made of words.

    words      with commas between: 'water, sky'; what any of them names may move
    segmenter  a folder of CLIPSeg, its name, or an .onnx file
    threshold  (0, 1), of how sure the network must be
    eroded     0 to 5 times by 5x5 pixels of the canvas
    """

    words: str = ""
    segmenter: str = ""
    threshold: float = 0.4
    eroded: int = 1

    def check(self) -> None:
        """Raise UsageError on the first value that cannot be used. Nothing is read from the disk."""
        if not self.segmenter:
            raise UsageError("--words needs --segmenter: a folder of CLIPSeg, or an .onnx file")
        words_of(self.words)
        if not 0.0 < self.threshold < 1.0:
            raise UsageError(f"--threshold {self.threshold:g}: use a value between 0 and 1")
        if not 0 <= self.eroded <= MOST_ERODED:
            raise UsageError(f"--eroded {self.eroded}: use 0 to {MOST_ERODED}")


class Segmenter(Protocol):
    """A network that finds what words name."""

    @property
    def identity(self) -> str:
        """What tells it from others, by content."""

    def likely(self, picture: Pixels, words: Sequence[str]) -> Array:
        """How sure it is that a place is of any of the words, (h, w) float32 [0, 1], on any grid over the picture."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of an option, without repeats. Raises UsageError when there are none, or too many, or one is empty."""
    words = tuple(dict.fromkeys(" ".join(word.split()) for word in text.split(",")))
    if words == ("",):
        raise UsageError("--words is empty: name what moves, as in --words 'water, sky'")
    if "" in words:
        raise UsageError(f"--words {text!r}: one word is empty: put one comma between two words")
    if len(words) > MOST_WORDS:
        raise UsageError(f"--words has {len(words)} words: use {MOST_WORDS} at most")
    long = next((word for word in words if len(word) > MOST_CHARACTERS), None)
    if long is not None:
        raise UsageError(f"--words: {long[:20]!r}… has {len(long)} characters: use {MOST_CHARACTERS} at most")
    return words


def segmenter_of(asked: Segmentation) -> Segmenter:
    """Find a segmenter, check its form and that it knows the words; it is loaded when it is first used.

    Raises ModelError when it is not here or has another form, UsageError when it cannot know these words.
    """
    asked.check()
    if asked.segmenter.lower().endswith(".onnx"):
        found = OnnxSegmenter.of(Path(asked.segmenter))
        found.channels(words_of(asked.words))
        return found
    from artwalks_live.bake.motion.clipseg import ClipSeg

    return ClipSeg.of(asked.segmenter)


def mask_of(picture: Pixels, asked: Segmentation, segmenter: Segmenter, seen: Pixels | None = None) -> Pixels:
    """The mask of what words name.

    picture  (H, W, 3) uint8 sRGB, whose edges the mask follows
    seen     what the segmenter looks at instead, of the same framing: a natural-looking twin

    Returns (H, W) uint8, 0 or 255. Raises NothingFoundError where nothing is found or nothing would be still.
    """
    words = words_of(asked.words)
    likely = segmenter.likely(picture if seen is None else seen, words)
    height, width = picture.shape[:2]
    mask = _without_specks(refined(picture, likely) >= asked.threshold)
    named = f"--words {', '.join(words)!r}"
    if not mask.any():
        most = f"the likeliest place has {likely.max():.2f} of 1"
        raise NothingFoundError(f"{named}: no such thing is found ({most}): use other words, or a lower --threshold")
    if mask.all():
        raise NothingFoundError(f"{named}: it is the whole picture: use fewer words, or a higher --threshold")
    mask = cv2.erode(mask, np.ones((5, 5), np.uint8), iterations=asked.eroded) if asked.eroded else mask
    if not mask.any():
        raise NothingFoundError(f"{named}: all that is found is eroded away: use less than --eroded {asked.eroded}")
    return np.asarray(mask.reshape(height, width) * np.uint8(255))


def refined(picture: Pixels, likely: Array) -> Array:
    """Bring a coarse map (h, w) to a picture's size, its edges where the picture has some: (H, W), about [0, 1]."""
    height, width = picture.shape[:2]
    scale = min(1.0, _VIEW / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    seen = fit(picture, size).astype(np.float32) / np.float32(255.0)
    coarse = np.asarray(cv2.resize(likely, size, interpolation=cv2.INTER_LINEAR), np.float32)
    light, tints = luma(seen), [np.asarray(seen @ colour, np.float32) for colour in _COLOUR]
    radius = int(np.clip(max(size) / max(likely.shape) / 2.0, *_RADIUS))  # half a cell of the map
    kept = sum(follow_edges(coarse, light, tint, radius, _EDGE) for tint in tints) / np.float32(len(tints))
    return np.asarray(
        cv2.resize(np.asarray(kept, np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _without_specks(mask: NDArray[np.bool_]) -> Pixels:
    """Drop islands and fill holes smaller than a thousandth of the picture; (H, W) uint8, 0 or 1."""
    kept = mask.astype(np.uint8)
    least = max(1.0, _SPECK * mask.size)
    for _ in range(2):  # islands, then holes: the islands of the rest
        _, marks, facts, _ = cv2.connectedComponentsWithStats(kept, connectivity=4)
        small = facts[:, cv2.CC_STAT_AREA] < least
        small[0] = False
        kept = np.asarray(1 - kept * ~small[marks], np.uint8)
    return kept


@dataclass(frozen=True)
class OnnxSegmenter:
    """A segmenter in an ONNX file.

    labels  of its channels, each of one or more words; none where it has one channel and no name for it
    """

    file: OnnxFile
    labels: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, path: Path) -> OnnxSegmenter:
        """Examine a file. Raises ModelError when it has another form, or its labels do not fit its channels."""
        file = checked(path, FORM)
        listed = fact(file, "labels")
        labels = tuple(tuple(_plain_word(word) for word in label.split(";")) for label in listed.split(","))
        activation = fact(file, "activation")
        if activation and activation not in ACTIVATIONS:
            raise ModelError(f"{path} says activation = {choices(plain(activation)[:40], ACTIVATIONS)}")
        found = cls(file, labels if listed else ())
        shape = file.outputs[0].shape
        if shape is not None and isinstance(shape[1], int):
            found._check(shape[1])
        return found

    @property
    def identity(self) -> str:
        """The file's checksum."""
        return self.file.sha256

    def channels(self, words: Sequence[str]) -> list[int]:
        """The channels of words. Raises UsageError, with the labels that it knows, on a word that is none of them."""
        if not self.labels:
            return [0]
        places = {word: number for number, label in reversed(list(enumerate(self.labels))) for word in label}
        for word in words:
            if _plain_word(word) not in places:
                raise UsageError(f"--words: {choices(word, [plain(known) for known in places])}")
        return sorted({places[_plain_word(word)] for word in words})

    def likely(self, picture: Pixels, words: Sequence[str]) -> Array:
        """As the protocol has it. Raises ModelError when the network fails, or does not give what it says."""
        with PictureModel.of(self.file, FORM) as network:
            values = network.maps(picture).cells
        self._check(values.shape[2])
        wanted = values[..., self.channels(words)]
        match fact(self.file, "activation") or self._guessed(values):
            case "softmax":
                sure = np.exp(values - values.max(axis=2, keepdims=True))
                total = sure.sum(axis=2)
                return np.asarray(sure[..., self.channels(words)].sum(axis=2) / total, np.float32)
            case "sigmoid":
                return np.asarray(1.0 / (1.0 + np.exp(-np.clip(wanted.max(axis=2), -60.0, 60.0))), np.float32)
        return np.asarray(np.clip(wanted.max(axis=2), 0.0, 1.0), np.float32)

    def _guessed(self, values: Array) -> str:
        if values.min() >= 0.0 and values.max() <= 1.0 + 1e-5:
            return "none"
        return "softmax" if values.shape[2] > 1 else "sigmoid"

    def _check(self, channels: int) -> None:
        """Labels that are missing, or not one a channel."""
        if channels != max(1, len(self.labels)):
            said = f"{len(self.labels)} labels" if self.labels else "no labels"
            raise ModelError(f"{self.file.path} has {channels} channels and {said}: "
                             "name every channel in the metadata artwalks.labels, with commas between")  # fmt: skip


def _plain_word(word: str) -> str:
    return " ".join(word.lower().split())
