"""`artwalks render`: a walk, or a performance of it, as a master."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from artwalks_live.commands.options import add_hearing, add_isf, frame_rate, hearing, positive_seconds, size

HELP = "Write a walk, or a performance of it, as a master."
EXAMPLES = """\
examples:
  artwalks render show.walk --audio song.flac --size 2k -o master.mp4     the song, from start to end, with its sound
  artwalks render show.walk --audio song.flac --cues song.cues -o master.mp4
                                                                          paintings land on its sections and drops
  artwalks render show.walk --take 'show 2026-11-20 21-04-09.take' --size 2k -o master.mp4
                                                                          last night's performance, at 2560x1440
  artwalks render show.walk --seconds 60 --codec prores -o master.mov     H.265, ProRes and FFV1 by --codec
  artwalks render show.walk --seconds 10 -o 'frames/%05d.png'             numbered pictures
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("bundle", metavar="SHOW.walk", type=Path, help="the walk, as `artwalks bake` made it")
    add(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        required=True,
        help=".mp4, .mov, .mkv, or numbered pictures: folder/%%05d.png",
    )
    add("--take", metavar="FILE", type=Path, help="the performance to reproduce, as `perform` logged it")
    add("--audio", metavar="FILE", type=Path, help="the song to walk to; it sounds in the master")
    add(
        "--cues",
        metavar="SONG.cues",
        type=Path,
        help="what `artwalks listen` found in the song: paintings arrive by it",
    )
    add_hearing(parser)
    add("--preset", metavar="NAME|FILE", help="default: song with cues, vj with sound, gallery without")
    add("--size", metavar="WxH", type=size, help="2k (2560x1440), 4k, or WxH; default: the take's or the walk's")
    add("--fps", metavar="RATE", type=frame_rate, help="default: the take's, else 60")
    add(
        "--seconds",
        metavar="N",
        type=positive_seconds,
        help="default: as long as the take, else the song, else once through the walk",
    )
    add("--codec", metavar="NAME", help="h264, h265, prores or ffv1; default: by the file's suffix")
    add(
        "--reads",
        metavar="HOW",
        default="auto",
        help="sharp or plain (softer, faster) where pictures move, or splat (sharp; the paint of held paintings is "
        "splatted: slow without a graphics card); default: as in the take, else sharp",
    )
    add("--alpha", action="store_true", help="numbered pictures with their alpha channel")
    add_isf(parser)
    add("--seed", type=int, default=0, help="of grain and other chance (default 0)")
    add("--overwrite", action="store_true", help="write over files that exist")
    add("--quiet", action="store_true", help="no progress bar")


def run(arguments: argparse.Namespace) -> int:
    """Render, with a progress bar."""
    from artwalks_live.commands.progress import counting
    from artwalks_live.core.clock import rate_name
    from artwalks_live.perform.offline import RenderOptions, render

    a = arguments
    options = RenderOptions(
        bundle=a.bundle, output=a.output, take=a.take, audio=a.audio, cues=a.cues, preset=a.preset, size=a.size,
        fps=a.fps, seconds=a.seconds, codec=a.codec, reads=a.reads, alpha=a.alpha, seed=a.seed, overwrite=a.overwrite,
        hearing=hearing(a), isf=tuple(a.isf),
    )  # fmt: skip
    with counting("render", a.quiet) as show:
        made = render(options, show, lambda line: None if a.quiet else print(line, file=sys.stderr))
    if not a.quiet:
        wide, high = made.size
        rate = rate_name(made.fps)
        print(f"{made.path}: {made.counts.written} frames, {wide}x{high} at {rate} fps, {made.seconds:.2f} s")
    return 0
