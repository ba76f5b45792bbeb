"""Triplets: two frames of true video and the true frame between them, drawn and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.decode import decode
from artwalks_live.core.errors import FlowShapeError, UsageError
from tools.film.estimate import Dissolve, Estimator
from tools.film.fidelity import endpoint_error, forward_motion, psnr, ssim
from tools.film.flo import read_flo
from tools.film.screen import Pair, Screen, draw_reference

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]
FRAMES = ("frame10.png", "frame10i11.png", "frame11.png")
TRUTH = "flow10.flo"


@dataclass(frozen=True)
class Triplet:
    """Three frames in a folder, and where the true flow of the first is, if anywhere."""

    folder: Path
    truth: Path | None

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.name


@dataclass(frozen=True)
class Figures:
    """What was measured of one triplet: PSNR in dB, SSIM, end-point error in pixels, milliseconds of the estimate.

    Without suffix: drawn by the shader (by the reference where there is no GL); `_reference`: by NumPy;
    `_dissolve`: the mean of the two frames.
    """

    name: str
    psnr: float
    ssim: float
    psnr_reference: float
    ssim_reference: float
    psnr_dissolve: float
    epe: float | None
    ms: float


@dataclass(frozen=True)
class Drawn:
    """A measured triplet: its figures, its pictures and the way between them, and the in-between as drawn."""

    figures: Figures
    pair: Pair
    middle: Pixels


def is_triplet(folder: Path) -> bool:
    """Whether a folder holds any frame of a triplet."""
    return any((folder / frame).exists() for frame in FRAMES)


def find_triplets(folder: Path, truth: Path | None) -> list[Triplet]:
    """The triplets NAME/frame10.png, frame10i11.png, frame11.png of a folder, or the folder itself as one, by name.

    truth   a folder with NAME/flow10.flo, instead of the one beside the frames

    Raises UsageError when a frame is missing, or `truth` holds no flow of any of them.
    """
    folders = (
        [folder.resolve()] if is_triplet(folder) else sorted(path for path in folder.iterdir() if is_triplet(path))
    )
    for each in folders:
        for frame in FRAMES:
            if not (each / frame).is_file():
                raise UsageError(f"{each} has no {frame}: a triplet is {', '.join(FRAMES)}")
    flows = [((truth / each.name) if truth else each) / TRUTH for each in folders]
    if truth and flows and not any(flow.is_file() for flow in flows):
        raise UsageError(f"--truth {truth} holds no NAME/{TRUTH} of these triplets: {folders[0].name}/{TRUTH} is one")
    return [Triplet(each, flow if flow.is_file() else None) for each, flow in zip(folders, flows, strict=True)]


def measure_each(triplets: Iterable[Triplet], estimator: Estimator, screen: Screen | None) -> Iterator[Drawn]:
    """Draw every in-between and compare it with the true one. Without a screen the reference stands in."""
    for triplet in triplets:
        yield measure(triplet, estimator, screen)


def measure(triplet: Triplet, estimator: Estimator, screen: Screen | None) -> Drawn:
    """Draw the in-between at mid-phase, by shader and by reference, and compare.

    Raises PaintingError for a frame that cannot be read, FlowShapeError for frames or a true flow of different
    sizes, UsageError for a file that is no flow.
    """
    a, middle, b = _frames(triplet)
    truth = None if triplet.truth is None else read_flo(triplet.truth)
    baked, ms = estimator.estimate(a, b)
    pair = Pair(a, b, baked)
    reference = draw_reference(pair, 0.5)
    shown = reference if screen is None else screen.draw(pair, 0.5)
    dissolve = draw_reference(Pair(a, b, Dissolve().estimate(a, b)), 0.5)
    figures = Figures(
        name=triplet.name,
        psnr=psnr(shown, middle),
        ssim=ssim(shown, middle),
        psnr_reference=psnr(reference, middle),
        ssim_reference=ssim(reference, middle),
        psnr_dissolve=psnr(dissolve, middle),
        epe=None if truth is None else _epe(pair, truth, triplet),
        ms=ms,
    )
    return Drawn(figures, pair, shown)


def heading() -> str:
    """The first line of the table."""
    return "triplet         shader dB    SSIM  reference dB    SSIM  dissolve dB  EPE px        ms"


def line(f: Figures) -> str:
    """One line of the table."""
    epe = "      -" if f.epe is None else f"{f.epe:7.3f}"
    drawn = f"{f.psnr:9.2f} {f.ssim:7.4f} {f.psnr_reference:13.2f} {f.ssim_reference:7.4f} {f.psnr_dissolve:12.2f}"
    return f"{f.name[:15]:15s} {drawn} {epe} {f.ms:9.0f}"


def mean(figures: Sequence[Figures]) -> Figures:
    """The mean of every figure; of the end-point error, over the triplets that have one."""

    def of(name: str) -> float:
        return float(np.mean([getattr(each, name) for each in figures]))

    known = [each.epe for each in figures if each.epe is not None]
    return Figures(
        name=f"mean of {len(figures)}",
        psnr=of("psnr"),
        ssim=of("ssim"),
        psnr_reference=of("psnr_reference"),
        ssim_reference=of("ssim_reference"),
        psnr_dissolve=of("psnr_dissolve"),
        epe=float(np.mean(known)) if known else None,
        ms=of("ms"),
    )


def as_json(figures: Sequence[Figures], flow: str, drawn_by: str) -> str:
    """All figures as one line of JSON, their means by the names that a check reads."""
    whole = mean(figures)
    means = {
        "psnr_mean": round(whole.psnr, 4),
        "ssim_mean": round(whole.ssim, 6),
        "pairs": len(figures),
        "ms_per_pair": round(whole.ms, 2),
        "psnr_reference_mean": round(whole.psnr_reference, 4),
        "ssim_reference_mean": round(whole.ssim_reference, 6),
        "psnr_dissolve_mean": round(whole.psnr_dissolve, 4),
        "epe_mean": None if whole.epe is None else round(whole.epe, 4),
    }
    each = {f.name: {key: value for key, value in vars(f).items() if key != "name"} for f in figures}
    return json.dumps({"flow": flow, "drawn_by": drawn_by, **means, "triplets": each}, allow_nan=False)


def _frames(triplet: Triplet) -> list[Pixels]:
    paths = [triplet.folder / frame for frame in FRAMES]
    frames = [decode(path).pixels for path in paths]
    for path, frame in zip(paths[1:], frames[1:], strict=True):
        if frame.shape != frames[0].shape:
            sizes = ["{1}x{0}".format(*each.shape) for each in (frame, frames[0])]
            raise FlowShapeError(f"{path} is {sizes[0]}, {FRAMES[0]} beside it {sizes[1]}: a triplet has one size")
    return frames


def _epe(pair: Pair, truth: Array, triplet: Triplet) -> float:
    size = (pair.a.shape[1], pair.a.shape[0])
    try:
        return endpoint_error(forward_motion(pair.baked.flow, size), truth)
    except FlowShapeError as error:
        raise FlowShapeError(f"{triplet.truth}: {error}") from None
