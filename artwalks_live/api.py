"""The project in four functions, for a line of Python where a shell will not do.

    import artwalks_live.api as aw

    walk = aw.bake(["paintings/"], "show.walk", size=(1280, 720), loop=True)
    done = aw.perform(walk, audio="song.flac", seconds=60)
    aw.render(walk, "master.mp4", take=done.take, size=(2560, 1440))

    again = aw.load("show.walk")
    print([painting.title for painting in again.paintings], again.length)

Mistakes raise a subclass of `artwalks_live.core.errors.ArtwalksError`, one line each. Paths may be strings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any

from artwalks_live.bake.bake import bake as _bake
from artwalks_live.bake.request import BakeRequest
from artwalks_live.core import walk as _walk
from artwalks_live.core.audio import parse_audio
from artwalks_live.core.clock import frame_rate
from artwalks_live.core.walk import Walk
from artwalks_live.perform.live import perform as _perform
from artwalks_live.perform.offline import Rendered, RenderOptions
from artwalks_live.perform.offline import render as _render
from artwalks_live.perform.options import Doors, Performed, PerformOptions

AnyPath = str | PathLike[str]


def bake(
    paintings: Sequence[AnyPath] | AnyPath,
    output: AnyPath,
    *,
    size: tuple[int, int] = (1280, 720),
    progress: Callable[[float, str], None] = lambda share, doing: None,
    note: Callable[[str], None] = lambda line: None,
    **options: Any,
) -> Walk:
    """Make a walk of paintings, or what is missing of it; see `artwalks bake --help`.

    paintings   files and folders
    size        (width, height) of the canvas, even
    progress    told the share done in [0, 1] and what is being done
    note        told what will be baked, and what was odd about a painting
    options     keyframes, fit, generator, flow, weights, chain, order, loop, seed: as the fields of BakeRequest

    Raises UsageError, PaintingError, BakeError.
    """
    several = [paintings] if isinstance(paintings, (str, PathLike)) else list(paintings)
    request = BakeRequest(tuple(Path(path) for path in several), Path(output), canvas=size, **options)
    return _bake(request, progress, note)


def load(bundle: AnyPath) -> Walk:
    """Open a walk and check it. Raises BundleError."""
    return _walk.read(Path(bundle))


def perform(walk: Walk | AnyPath, *, audio: str = "none", fps: str | Fraction = "60", **options: Any) -> Performed:
    """Perform a walk until it is ended or its seconds are over; see `artwalks perform --help`.

    audio     as of `--audio`: none, live, live:NAME[:CHANNELS], or a file
    options   cues, preset, monitor, headless, size, record, take, resume, watch, reads, seconds, seed, quiet: as the
              fields of PerformOptions; osc, osc_out, link, midi: as those of Doors

    Raises ArtwalksError before the show; during it nothing stops the picture. Call it from the main thread.
    """
    for name in ("cues", "record", "take", "watch"):
        if options.get(name) is not None:
            options[name] = Path(options[name])
    doors = Doors(**{entry.name: options.pop(entry.name) for entry in fields(Doors) if entry.name in options})
    return _perform(PerformOptions(_folder(walk), parse_audio(audio), fps=_rate(fps), doors=doors, **options))


def render(walk: Walk | AnyPath, output: AnyPath, *, fps: str | Fraction | None = None, **options: Any) -> Rendered:
    """Write a walk, or a performance of it, as a master; see `artwalks render --help`.

    output    .mp4, .mov, .mkv, or numbered pictures folder/%05d.png
    options   take, audio, cues, preset, size, seconds, codec, reads, alpha, seed, overwrite: as the fields of
              RenderOptions

    Raises ArtwalksError.
    """
    for name in ("take", "audio", "cues"):
        if options.get(name) is not None:
            options[name] = Path(options[name])
    return _render(RenderOptions(_folder(walk), Path(output), fps=None if fps is None else _rate(fps), **options))


def _folder(walk: Walk | AnyPath) -> Path:
    return walk.folder if isinstance(walk, Walk) else Path(walk)


def _rate(fps: str | Fraction) -> Fraction:
    return frame_rate(str(fps))
