"""Motion by networks, in stages that are each made once: twin → mask → motion.

Each stage is kept in the bundle's `.bake` under a hash of all that it depends on, so the same command makes nothing
anew, and another threshold neither paints the twin again nor what does not hang on the mask. A stage can be redone by
name.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import restyling
from artwalks_live.bake.fields import Pixels
from artwalks_live.bake.motion import predicted, segmenter
from artwalks_live.bake.motion.predicted import check_predictor, check_sway_model, predicted_current, predicted_modes
from artwalks_live.bake.motion.segmenter import Segmentation, Segmenter, mask_of, segmenter_of
from artwalks_live.bake.motion.twin import twin_of
from artwalks_live.bake.restyling import Img2Img, Restyling
from artwalks_live.bake.store import Store, key, pixels_sha256
from artwalks_live.core.errors import UsageError, choices
from artwalks_live.nn.onnx_file import OnnxFile

STAGES = ("twin", "mask", "current", "sway")
Note = Callable[[str], None]
Arrays = NDArray[Any]


@dataclass(frozen=True)
class Motion:
    """Which networks the user has, and what for.

    twin          how the natural-looking twin is painted; None: networks look at the painting
    segmentation  which words are masked, by what; None: no mask is made
    predictor     a network of flow (.onnx); '': no current is predicted
    sway_model    a network of spectra (.onnx); '': no sway is predicted
    redo          names of STAGES that are made again though they are kept; what hangs on them follows where they differ
    """

    twin: Restyling | None = None
    segmentation: Segmentation | None = None
    predictor: str = ""
    sway_model: str = ""
    redo: frozenset[str] = frozenset()

    def check(self) -> None:
        """Raise UsageError on the first value that cannot be used. Nothing is read from the disk."""
        for name in sorted(self.redo):
            if name not in STAGES:
                raise UsageError(f"--redo {choices(name, STAGES)}")
        if self.segmentation is not None:
            self.segmentation.check()
        if self.twin is not None:
            self.twin.check()
            if self.segmentation is None and not self.predictor and not self.sway_model:
                raise UsageError("--twin is of no use alone: add --words and --segmenter, --predictor or --sway-model")


@dataclass(frozen=True)
class Networks:
    """The networks of a `Motion`, found and examined, so that what is wrong with one is said before another works."""

    asked: Motion
    twin: Img2Img | None
    segmenter: Segmenter | None
    predictor: OnnxFile | None
    sway: OnnxFile | None

    @classmethod
    def of(cls, asked: Motion) -> Networks:
        """Raises UsageError or ModelError when an option or a model cannot be used."""
        asked.check()
        return cls(
            asked,
            None if asked.twin is None else Img2Img.of(asked.twin),
            None if asked.segmentation is None else segmenter_of(asked.segmentation),
            check_predictor(Path(asked.predictor)) if asked.predictor else None,
            check_sway_model(Path(asked.sway_model)) if asked.sway_model else None,
        )


@dataclass(frozen=True)
class Made:
    """What the networks gave of a painting; None where none was asked.

    twin     (H, W, 3) uint8 sRGB
    mask     (H, W) uint8, 0 or 255: the words', or the one that was given
    current  float16 (h, w, 4) on the motion grid
    sway     float16 (K, h, w, 4) on the modes grid
    anew     the stages that were made by this call, in order
    """

    twin: Pixels | None
    mask: Pixels | None
    current: NDArray[np.float16] | None
    sway: NDArray[np.float16] | None
    anew: tuple[str, ...]


def run(
    picture: Pixels, networks: Networks, store: Store, mask: Pixels | None = None, note: Note = lambda _: None
) -> Made:
    """Make what is asked of one painting, as far as it is not kept.

    picture  (H, W, 3) uint8 sRGB, at the canvas's size
    mask     (H, W) uint8 by hand, 0 where it stands still; it goes before the words'
    note     called with the name of each stage before it is made

    Raises UsageError on a mask of another size, NothingFoundError where the words name nothing, ModelError when a
    network fails.
    """
    if mask is not None and mask.shape != picture.shape[:2]:
        have, want = ("x".join(map(str, shape[1::-1])) for shape in (mask.shape, picture.shape))
        raise UsageError(f"the mask has {have} pixels and the picture {want}: both must be of one size")
    return _Run(picture, networks, store, note).made(mask)


class _Run:
    """One painting on its way through the stages."""

    def __init__(self, picture: Pixels, networks: Networks, store: Store, note: Note) -> None:
        self.picture, self.networks, self.store, self.note = picture, networks, store, note
        self.anew: list[str] = []

    def made(self, mask: Pixels | None) -> Made:
        """All stages."""
        twin = self.twin()
        seen = self.picture if twin is None else twin
        if mask is None:
            mask = self.mask(seen)
        seeing = [pixels_sha256(seen), "" if mask is None else pixels_sha256(mask)]
        current = self.motion(
            "current", self.networks.predictor, seeing, lambda file: predicted_current(file, seen, mask)
        )
        sway = self.motion("sway", self.networks.sway, seeing, lambda file: predicted_modes(file, seen, mask))
        return Made(twin, mask, current, sway, tuple(self.anew))

    def twin(self) -> Pixels | None:
        """The painting's twin."""
        model = self.networks.twin
        if model is None:
            return None
        facts = [restyling.VERSION, model.options.deciding(), model.identity, pixels_sha256(self.picture)]
        twin: Pixels = self.stage("twin", facts, lambda: twin_of(self.picture, model))
        return twin

    def mask(self, seen: Pixels) -> Pixels | None:
        """The mask of the words."""
        asked, network = self.networks.asked.segmentation, self.networks.segmenter
        if asked is None or network is None:
            return None
        options: Mapping[str, Any] = asdict(asked) | {"segmenter": network.identity}
        facts = [segmenter.VERSION, options, pixels_sha256(self.picture), pixels_sha256(seen)]
        mask: Pixels = self.stage("mask", facts, lambda: mask_of(self.picture, asked, network, seen))
        return mask

    def motion(self, name: str, file: OnnxFile | None, seeing: list[str], make: Callable[[OnnxFile], Arrays]) -> Any:
        """A current, or sway."""
        if file is None:
            return None
        return self.stage(name, [predicted.VERSION, file.sha256, *seeing], lambda: make(file))

    def stage(self, name: str, facts: list[Any], make: Callable[[], Arrays]) -> Any:
        """What is kept under these facts, or else is made and kept."""
        place = key("motion", name, *facts)
        kept = None if name in self.networks.asked.redo else self.kept(place, name)
        if kept is not None:
            return kept
        self.note(name)
        made = make()
        self.store.put_work(place, {name: made})
        self.anew.append(name)
        return made

    def kept(self, place: str, name: str) -> Arrays | None:
        """A stage's array; None where it is not there, or its file was cut short."""
        if not self.store.has_work(place):
            return None
        try:
            return self.store.work(place)[name]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
