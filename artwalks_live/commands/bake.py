"""`artwalks bake`: paintings into a walk."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path

from artwalks_live.commands.options import size

HELP = "Turn paintings into a walk."
EXAMPLES = """\
examples:
  artwalks bake paintings/ -o show.walk
  artwalks bake kiss.jpg wave.jpg night.jpg -o show.walk --order given --loop
  artwalks bake paintings/ -o master.walk --size 2k --keyframes 9
  artwalks bake paintings/ -o upright.walk --size 1080x1920 --fit pad
stopped by Ctrl-C or a power cut, the same command goes on where it was; with a painting added, only its legs are baked.
a file paintings.toml beside the paintings names them:  ["kiss.jpg"]  title = "…"  artist = "…"  licence = "…"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("paintings", metavar="PAINTINGS", nargs="+", type=Path, help="folders and files")
    add("-o", "--output", metavar="SHOW.walk", type=Path, required=True, help="the walk: a folder, made or continued")
    add("--keyframes", metavar="N", type=int, default=5, help="pictures between two paintings (default 5)")
    add("--size", metavar="WxH", type=size, default=(1280, 720), help="2k, 4k or WxH (default 1280x720)")
    add("--fit", metavar="HOW", default="crop", help="crop (to what matters; default) or pad (whole, black bars)")
    add("--generator", metavar="NAME", default="patch", help="maker of keyframes: patch (default), or module:callable")
    add("--flow", metavar="NAME|FILE", default="film",
        help="film (learned; default), dis, a flow model FILE.onnx, or module:callable")
    add("--weights", metavar="CURVE", default="even",
        help="even (steps of equal size; default), linear, sinh, logit, squeezed_sinh or squeezed_logit")
    add("--chain", metavar="0..1", type=float, help="how much of a keyframe lives on in the next")
    add("--order", metavar="HOW", default="name", help="name (default), given, similar (neighbours alike) or random")
    add("--loop", action="store_true", help="walk back from the last painting to the first")
    add("--seed", metavar="N", type=int, default=0, help="same seed, same pictures (default 0)")
    add("--quiet", action="store_true", help="say nothing but what is wrong")


def run(arguments: argparse.Namespace) -> int:
    """Bake, with a progress bar; a summary and the next command at the end."""
    from artwalks_live.bake.bake import bake
    from artwalks_live.bake.request import BakeRequest
    from artwalks_live.commands.progress import Progress
    from artwalks_live.core.walk import size_bytes

    a = arguments
    chain = {} if a.chain is None else {"chain": a.chain}
    request = BakeRequest(
        sources=tuple(a.paintings), folder=a.output, keyframes=a.keyframes, canvas=a.size, fit=a.fit, weights=a.weights,
        generator=a.generator, flow=a.flow, order=a.order, loop=a.loop, seed=a.seed, **chain,
    )  # fmt: skip
    start = time.monotonic()
    bar = Progress("bake", 1.0, a.quiet)
    try:
        walk = bake(request, bar.update, bar.say)
    except KeyboardInterrupt:
        bar.finish()
        print("artwalks bake: stopped: run the same command again and it goes on where it was", file=sys.stderr)
        return 130
    finally:
        bar.finish()
    if not a.quiet:
        seconds, count = time.monotonic() - start, len(walk.keyframes) - len(walk.paintings)
        name = shlex.quote(str(a.output))
        print(f"{a.output}: {len(walk.paintings)} paintings, {count} keyframes, {walk.length} segments, "
              f"{size_bytes(walk) / 1e6:.0f} MB, in {seconds:.1f} s")
        print(f"next: artwalks perform {name} --audio SONG")
    return 0
