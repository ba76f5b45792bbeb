"""`artwalks bake`: paintings into a walk."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artwalks_live.commands.options import size
from artwalks_live.core.errors import UsageError

if TYPE_CHECKING:
    from artwalks_live.commands.progress import Progress
    from artwalks_live.core.walk import Walk

HELP = "Turn paintings into a walk."
EXAMPLES = """\
examples:
  artwalks bake paintings/ -o show.walk
  artwalks bake kiss.jpg wave.jpg night.jpg -o show.walk --order given --loop
  artwalks bake paintings/ -o master.walk --size 2k --keyframes 9
  artwalks bake paintings/ -o upright.walk --size 1080x1920 --fit outpaint
  artwalks bake paintings/ -o dream.walk --generator kandinsky --weights sinh --negative "text, frame"
  artwalks bake paintings/ -o show.walk --legs similar:2             not only a chain: legs between those alike, too
  artwalks bake night.jpg -o show.walk --append                      one more, after the last
  artwalks bake paintings/ -o show.walk --ray 192.168.1.10:6379      on all machines of a Ray cluster
stopped by Ctrl-C or a power cut, the same command goes on where it was; with a painting added, only its legs are baked.
a file paintings.toml beside the paintings names them:  ["kiss.jpg"]  title = "…"  artist = "…"  licence = "…"
"""
WHOLE = "pad (black bars), blur, mirror, outpaint (grown on, no weights) or kandinsky (repainted)"
HOW = ("keyframes", "canvas", "fit", "generator", "upscale", "flow", "anchors", "weights", "chain", "order", "loop",
       "seed", "metric", "clip", "legs")  # fmt: skip
"""Options that decide how the walk becomes, by their names in BakeRequest."""
DIFFUSION = ("model", "adapter", "steps", "guidance", "strength", "prompt", "negative", "mix", "latents", "device",
             "dtype", "batch")  # fmt: skip
"""Options of the diffusion generators, by their names in `Diffusion`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("paintings", metavar="PAINTINGS", nargs="+", type=Path, help="folders and files")
    add("-o", "--output", metavar="SHOW.walk", type=Path, required=True, help="the walk: a folder, made or continued")
    add(
        "--append",
        action="store_true",
        help="after the last painting of the walk that is there; `perform --watch` goes on in it",
    )
    add(
        "--workers",
        "--jobs",
        metavar="N",
        type=int,
        default=0,
        help="processes at work (default: one a core, or one a GPU)",
    )
    add(
        "--ray",
        metavar="ADDRESS",
        default="",
        help="let a Ray cluster do the work: auto, HOST:6379 or ray://HOST:10001 (docs/cluster.md)",
    )
    add(
        "--background",
        action="store_true",
        help="lowest priority, one worker; ends when the pipe at its input closes, with the program that holds it",
    )
    add("--quiet", action="store_true", help="say nothing but what is wrong")
    # what is not given is not there afterwards: the defaults are BakeRequest's
    how = parser.add_argument_group("how (with --append: as the walk was baked)", argument_default=argparse.SUPPRESS)
    add = how.add_argument
    add("--keyframes", metavar="N", type=int, help="pictures between two paintings (default 5)")
    add("--size", metavar="WxH", type=size, dest="canvas", help="2k, 4k or WxH (default 1280x720)")
    add("--fit", metavar="HOW", help=f"crop (to what matters; default) or centre; whole: {WHOLE}")
    add(
        "--generator",
        metavar="NAME",
        help="maker of keyframes: patch (default), kandinsky, unclip, sd, or module:callable",
    )
    add("--flow", metavar="NAME|FILE", help="film (learned; default), dis, a flow model FILE.onnx, or module:callable")
    add(
        "--anchors",
        metavar="WHEN",
        help="auto (pictures inside long or turning motions, where they help; default) or none",
    )
    add(
        "--upscale",
        metavar="MODEL",
        help="make keyframes at half the size and enlarge them: by a network of `artwalks models list`, FILE.onnx, "
        "FILE.pth, or lanczos; paintings stay their own",
    )
    add(
        "--weights",
        metavar="CURVE",
        help="even (steps of equal size; default), linear, sinh, logit, squeezed_sinh, squeezed_logit, or 0.2,0.5,0.8",
    )
    add("--chain", metavar="0..1", type=float, help="how much of a keyframe lives on in the next")
    add("--order", metavar="HOW", help="name (default), given, similar (neighbours alike) or random")
    add("--metric", metavar="HOW", help="what alike means, for similar and even: plain (default) or clip")
    add("--clip", metavar="FOLDER|NAME", help="the CLIP model: an open_clip folder, or a fetched one (default clip)")
    add(
        "--legs",
        metavar="WHICH",
        help="chain (default), all, similar:K (and to the K most similar), or by number: 1-4,2-6, or a file of these; "
        "the walk is then a graph, and `perform` chooses",
    )
    add("--loop", action="store_true", help="walk back from the last painting to the first")
    add("--seed", metavar="N", type=int, help="same seed, same pictures (default 0)")
    add_diffusion(parser)


def add_diffusion(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the diffusion generators; what is usual for each is in `bake.keyframes.options`."""
    how = parser.add_argument_group("how a model paints (--generator kandinsky, unclip or sd; not with --append)",
                                    argument_default=argparse.SUPPRESS)  # fmt: skip
    add = how.add_argument
    add("--model", metavar="FOLDER|NAME", help="diffusers folder, or name of a fetched model (kandinsky, karlo, …)")
    add("--adapter", metavar="FOLDER|NAME", help="sd: the IP-Adapter that steers it by both paintings")
    add("--steps", metavar="N", type=int, help="of denoising (kandinsky 50, unclip 25, sd 30)")
    add("--guidance", metavar="1..30", type=float, help="how strongly the paintings rule (4, 8, 7)")
    add("--strength", metavar="0..1", type=float, help="sd: how much of the patch-mixed picture is painted anew (0.5)")
    add("--prompt", metavar="TEXT", help="unclip, sd: what to paint besides the paintings")
    add("--negative", metavar="TEXT", help="what to keep away from: text, frame, signature, …")
    add("--mix", metavar="HOW", help="of the paintings' embeddings: linear (kandinsky, sd) or slerp (unclip)")
    add("--latents", metavar="HOW", help="one noise for the whole walk (default), or two: each painting its own")
    add("--device", metavar="NAME", help="auto (default), cpu, cuda, cuda:1 or mps")
    add("--dtype", metavar="NAME", help="auto (float16 on a GPU; default), float32, float16 or bfloat16")
    add("--batch", metavar="N", type=int, help="pictures painted at once (default: 4 on a GPU, 1 on a CPU)")


def run(arguments: argparse.Namespace) -> int:
    """Bake, with a progress bar; a summary and the next command at the end."""
    from artwalks_live.bake import background
    from artwalks_live.commands.progress import Progress
    from artwalks_live.core.walk import size_bytes

    a = arguments
    if a.background:
        background.end_with_input()
        background.give_way()
    start = time.monotonic()
    bar = Progress("bake", 1.0, a.quiet)
    try:
        walk = _bake(a, bar)
    except KeyboardInterrupt:
        bar.finish()
        print("artwalks bake: stopped: run the same command again and it goes on where it was", file=sys.stderr)
        return 130
    finally:
        bar.finish()
    if not a.quiet:
        seconds, count = time.monotonic() - start, sum(each.painting is None for each in walk.keyframes)
        name = shlex.quote(str(a.output))
        print(
            f"{a.output}: {len(walk.paintings)} paintings, {count} keyframes, {len(walk.segments)} segments, "
            f"{size_bytes(walk) / 1e6:.0f} MB, in {seconds:.1f} s"
        )
        print(f"next: artwalks perform {name} --audio SONG")
    return 0


def _bake(a: argparse.Namespace, bar: Progress) -> Walk:
    """Make the walk, or append to the one that is there."""
    from artwalks_live.bake.append import append
    from artwalks_live.bake.bake import bake
    from artwalks_live.bake.request import BakeRequest

    workers = 1 if a.background and not a.workers else a.workers
    given: dict[str, Any] = {name: value for name, value in vars(a).items() if name in HOW}
    diffusion = {name: value for name, value in vars(a).items() if name in DIFFUSION}
    if diffusion:
        given["diffusion"] = diffusion
    if not a.append:
        _follow_story(a, given, bar)
        return bake(BakeRequest(tuple(a.paintings), a.output, workers=workers, ray=a.ray, **given), bar.update, bar.say)
    if given:
        name = "size" if "canvas" in given else next(iter({**given.pop("diffusion", {}), **given}))
        raise UsageError(f"--{name}: with --append a painting is baked as the walk was: leave it out")
    return append(a.paintings, a.output, bar.update, bar.say, workers=workers, ray=a.ray)


def _follow_story(a: argparse.Namespace, given: dict[str, Any], bar: Progress) -> None:
    """Take order and loop from the story.toml of a folder, where they are not given, and say what is planned."""
    from artwalks_live.bake import story

    told = story.read(a.paintings[0]) if len(a.paintings) == 1 else None
    if told is not None:
        given.setdefault("order", told.order)
        given.setdefault("loop", told.loop)
        bar.say(f"the story {told.title}")
