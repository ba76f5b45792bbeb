"""Flows by a learned network in the manner of FILM: the one that ships, or a flow model of your own.

The network gives the motion both ways as the walk pass reads it, and how far each picture can be seen. Between
keyframes made of the same paintings the patch fields overrule it where they prove better, and where the pictures do
not show the same thing at all each place crosses over at its own moment, as for any estimator.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from artwalks_live.bake import crossover
from artwalks_live.bake.alignment import Pair, best, settle, surroundings, through_middle, trust
from artwalks_live.bake.dis import one_thread
from artwalks_live.bake.fields import Array, Pixels, look
from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.bake.keyframes import PatchField
from artwalks_live.nn.flow_model import FlowModel
from artwalks_live.nn.onnx_file import examine
from artwalks_live.paths import model_file

METHOD = 1  # goes up when what is done with a network's flows changes


class FilmFlow:
    """A flow model at work. The session is opened at the first estimate, so that naming it costs little."""

    def __init__(self, path: Path, name: str) -> None:
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
            backward, forward, offset = self._ask(pair)
            motion, skew = (forward - backward) * np.float32(0.5), (forward + backward) * np.float32(0.5)
            if pair.has_fields:
                motion = best(pair.a, pair.b, [motion, *_proven(pair, motion)])
            trusted = trust(pair, motion, np.ones(motion.shape[:2], np.float32))
            motion = settle(motion, trusted, surroundings(trusted))
            maps = crossover.stagger(pair.meeting(motion, offset * surroundings(trusted)))
            bent = skew * trusted[..., None]
        flow = np.concatenate([bent - motion, bent + motion], axis=2)
        return SegmentFlow(flow.astype(np.float16), maps.astype(np.float16))

    def _ask(self, pair: Pair) -> tuple[Array, Array, Array]:
        """The network's flows, (h, w, 2) px of the grid each, and its offset of the crossover, (h, w)."""
        if self._model is None:
            self._model = FlowModel.open(self._path, sha256=self._sha256)
        found = self._model.flow(pair.work_a, pair.work_b)
        scale = np.array([pair.size[0] / pair.work_a.shape[1], pair.size[1] / pair.work_a.shape[0]] * 2, np.float32)
        flow = _on_grid(found.flow, pair.size) * scale
        if found.crossover is None:
            return flow[..., :2], flow[..., 2:], np.zeros(flow.shape[:2], np.float32)
        return flow[..., :2], flow[..., 2:], _on_grid(found.crossover, pair.size)[..., 0]


def _proven(pair: Pair, motion: Array) -> tuple[Array, Array]:
    """The motion through the middle with what the patch fields know in its place, as seen from A and from B."""
    forward, backward = look(motion, motion * np.float32(0.5)), look(-motion, motion * np.float32(-0.5))
    return through_middle(pair.known[0].overrule(forward), pair.known[1].overrule(backward))


def _on_grid(maps: Array, size: tuple[int, int]) -> Array:
    resized: Array = cv2.resize(maps, size, interpolation=cv2.INTER_LINEAR)
    return resized
