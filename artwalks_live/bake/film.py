"""Flows by a learned network in the manner of FILM: the one that ships, or a flow model of your own.

The network gives the motion both ways as the walk pass reads it, and how far each picture can be seen. Between
keyframes made of the same paintings the patch fields overrule it where they prove better, and where the pictures do
not show the same thing at all each place crosses over at its own moment, as for any estimator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from artwalks_live.bake import crossover
from artwalks_live.bake.alignment import Pair, best, misfit, settle, surroundings, through_middle, trust
from artwalks_live.bake.dis import even_start, one_thread
from artwalks_live.bake.fields import Array, Pixels, fit, length, look, smoothstep
from artwalks_live.bake.flows import LONGEST, SegmentFlow
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.nn.flow_model import FlowModel
from artwalks_live.nn.model import load_runtime
from artwalks_live.nn.onnx_file import examine
from artwalks_live.paths import model_file

ASTRAY_PX = (2.0, 3.0)  # a search that is off by this much, in pixels of the grid, may be corrected
CLEARLY = 1.1  # ratio of what is left of the difference that counts as better
AGREE_PX = 1.5  # disagreement of network and search, pixels of the grid, that costs most of the trust
REST_PX = (2.0, 3.0)  # between keyframes, motion below this is none: to be read anew would only cost paint its edge
STRANGERS = (0.1, 0.3)  # share of the picture that shows different things: below it is one scene, above two
METHOD = 4  # goes up when what is done with a network's flows changes


class FilmFlow:
    """A flow model at work. The session is opened at the first estimate, so that naming it costs little.

    Raises ModelError when the file is no flow model, or ONNX Runtime is not there: before anything is baked.
    """

    def __init__(self, path: Path, name: str) -> None:
        load_runtime()
        self._path = path
        self._model: FlowModel | None = None
        self._sha256 = examine(path).sha256
        self.name = name
        self.version = (METHOD << 32) + int(self._sha256[:8], 16)  # other weights, other flows

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> FilmFlow:
        """The network that comes with the package."""
        return cls(model_file("film-small.onnx"), "film")

    @classmethod
    @lru_cache(maxsize=4)
    def of(cls, path: Path) -> FilmFlow:
        """A flow model of your own. Raises ModelError when the file is none."""
        return cls(path, path.stem)

    def estimate(
        self, a: Pixels, b: Pixels, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        """Find the flows between two keyframes.

        a, b      (H, W, 3) uint8 sRGB
        field_*   where the places of each came from, or None; both of the same leg's two paintings
        returns   maps on a grid of half the canvas, but 640 to 1280 on the long side (see `flows.grid_size`)

        Raises FlowShapeError when the keyframes differ in size, ModelError when the network's answer is no flow.
        """
        with one_thread():
            pair = Pair.of(a, b, field_a, field_b)
            found = self._ask(pair)
            if pair.has_fields:
                flow, maps = _judged(
                    pair, replace(found, motion=best(pair.a, pair.b, [found.motion, *_proven(pair, found)]))
                )
            else:
                flow, maps = _mixed(pair, found)
        return SegmentFlow(flow.astype(np.float16), maps.astype(np.float16))

    def _ask(self, pair: Pair) -> _Found:
        if self._model is None:
            self._model = FlowModel.open(self._path, sha256=self._sha256)
        pictures = [_enlarged(picture) for picture in (pair.work_a, pair.work_b)]
        size = (pictures[0].shape[1], pictures[0].shape[0])
        start = even_start(pictures[0], pictures[1])
        found = self._model.flow(pictures[0], pictures[1], start if self._model.takes_start else None)
        scale = np.array([pair.size[0] / size[0], pair.size[1] / size[1]] * 2, np.float32)
        maps = None if found.crossover is None else _on_grid(found.crossover, pair.size)
        flow, searched = (_on_grid(each, pair.size) * scale for each in (found.flow, start))
        motion = (flow[..., 2:] - flow[..., :2]) * np.float32(0.5)
        agreed = np.exp(-np.square(length(motion - searched[..., 2:]) / np.float32(AGREE_PX)))
        if self._model.takes_start:
            motion = _better(pair, motion, searched[..., 2:])
        plain = np.stack([np.zeros_like(agreed), np.ones_like(agreed)], axis=2)
        return _Found(motion, plain if maps is None else maps, agreed)


@dataclass(frozen=True)
class _Found:
    """What a network says, on the flow's grid.

    motion  (h, w, 2) px from A to B through each place of the mid-phase picture
    maps    (h, w, 2) o, k of the crossover: ordinary visibility
    agreed  (h, w) in [0, 1] how far a plain search found the same motion: two witnesses are better than one
    """

    motion: Array
    maps: Array
    agreed: Array

    @property
    def flow(self) -> Array:
        """The motion as flows of both reads, (h, w, 4) px."""
        return _both(self.motion)


def _mixed(pair: Pair, found: _Found) -> tuple[Array, Array]:
    """Flow and crossover of two pictures of which nothing is known.

    Of one scene, as in video, the network's own answer is best: it was trained on just that. The more the two show
    different things, once both have moved, the more is judged and staggered.
    """
    moved = [look(picture, found.motion * np.float32(sign)) for picture, sign in ((pair.a, -0.5), (pair.b, 0.5))]
    different = smoothstep(crossover.strange(*moved).mean(keepdims=True), *STRANGERS)
    if not different.any():
        return found.flow, found.maps
    flow, maps = _judged(pair, found)
    share = different[..., None]
    return found.flow + (flow - found.flow) * share, found.maps + (maps - found.maps) * share


def _judged(pair: Pair, found: _Found) -> tuple[Array, Array]:
    """Flow and crossover where what the pictures do not confirm is not believed."""
    asked = _resting(found.motion, *REST_PX)
    trusted = trust(pair, asked, found.agreed)
    around = surroundings(trusted)
    motion = _resting(settle(asked, trusted, around), REST_PX[0] / 2, REST_PX[0])
    return _both(motion), crossover.stagger(pair.meeting(motion, found.maps[..., 0] * around))


def _resting(motion: Array, low_px: float, high_px: float) -> Array:
    """Bring motion shorter than `low_px` to rest, and leave what is longer than `high_px`."""
    return motion * smoothstep(length(motion), low_px, high_px)[..., None]


def _proven(pair: Pair, found: _Found) -> tuple[Array, Array]:
    """The motion through the middle with what the patch fields know in its place, as seen from A and from B."""
    motion = found.motion
    forward, backward = look(motion, motion * np.float32(0.5)), look(-motion, motion * np.float32(-0.5))
    return through_middle(pair.known[0].overrule(forward), pair.known[1].overrule(backward))


def _enlarged(picture: Pixels) -> Pixels:
    """Bring a small picture to twice its size: flows come at half the size of what the network looks at."""
    height, width = picture.shape[:2]
    return fit(picture, (2 * width, 2 * height)) if 2 * max(width, height) <= LONGEST else picture


def _both(motion: Array) -> Array:
    """A motion from A to B as the flows of both reads: B = −M, F = M."""
    return np.concatenate([-motion, motion], axis=2)


def _better(pair: Pair, motion: Array, searched: Array) -> Array:
    """Take the network's motion where the two pictures meet clearly better along it than along what it started from.

    Where both nearly agree the search is the more exact: it was refined on these very pixels.
    """
    apart = motion - searched
    motion = searched + apart * smoothstep(length(apart), *ASTRAY_PX)[..., None]
    gain = misfit(pair.a, pair.b, motion) * np.float32(CLEARLY) < misfit(pair.a, pair.b, searched)
    chosen: Array = np.where(gain[..., None], motion, searched)
    return chosen


def _on_grid(maps: Array, size: tuple[int, int]) -> Array:
    resized: Array = cv2.resize(maps, size, interpolation=cv2.INTER_LINEAR)
    return resized
