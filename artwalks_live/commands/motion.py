"""`artwalks motion`: paintings of a walk are given motion, which is played while the walk stands on them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artwalks_live.commands.options import size
from artwalks_live.core.errors import UsageError

if TYPE_CHECKING:
    from artwalks_live.bake.motion.animate import MotionRequest
    from artwalks_live.bake.motion.stages import Motion

HELP = "Give paintings motion: paint that flows along its strokes, things that sway."
EXAMPLES = """\
examples:
  artwalks motion show.walk                                   every painting, by its own strokes
  artwalks motion show.walk --painting 2 --direction "left to right"
  artwalks motion show.walk --painting "The Great Wave" --mask sea.png --arrow 200,400,420,380
  artwalks motion show.walk --painting 3 --from-video reeds.mp4     it sways as the reeds do
  artwalks motion show.walk --words "water, sky" --segmenter clipseg/     by networks you have (docs/motion-models.md)
  artwalks motion mona.jpg -o mona.walk                       one painting alone, to hang on a wall
  artwalks motion show.walk --no-sway                         only currents; --still takes all motion away
  artwalks inspect show.walk --motion motion.png              look at what moves, and where to
played by the parameters currents.* and sway.* (docs/motion.md)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("bundle", metavar="SHOW.walk|PAINTING", type=Path, help="the walk, as `artwalks bake` made it; or one picture")
    add("-o", "--output", metavar="NEW.walk", type=Path, help="of one picture: the walk to make, that stands on it")
    add("--size", metavar="WxH", type=size, help="of one picture: the canvas (default 1280x720)")
    add("--fit", metavar="HOW", help="of one picture: how it is brought to the canvas, as for bake (default crop)")
    add("--painting", metavar="NUMBER|TITLE", action="append", default=[], help="only this one; may be given again")
    hand = parser.add_argument_group("by hand")
    add = hand.add_argument
    add("--mask", metavar="FILE.png", type=Path, help="what is black in it stands still; of the canvas's size")
    add("--arrow", metavar="X0,Y0,X1,Y1", action="append", default=[], help="paint flows that way, in pixels; again")
    add("--direction", metavar="WORDS", default="", help='as "left to right", "downwards", "right to left, upwards"')
    add("--from-video", metavar="FILE", type=Path, help="sway as what is seen in a short video does")
    add("--no-current", action="store_true", help="nothing flows")
    add("--no-sway", action="store_true", help="nothing sways")
    add("--still", action="store_true", help="nothing moves: take the motion away")
    _add_networks(parser.add_argument_group("by networks that you have (docs/motion-models.md)"))
    parser.add_argument("--quiet", action="store_true", help="say nothing but what is wrong")


def _add_networks(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--words", metavar="TEXT", default="", help='what may move: "water, waterfall, sky"; needs --segmenter')
    add("--segmenter", metavar="FOLDER|FILE.onnx", default="", help="CLIPSeg's folder, or a network of masks")
    add("--threshold", metavar="SHARE", type=float, help="how sure the segmenter must be (default 0.4)")
    add("--eroded", metavar="TIMES", type=int, help="by how much its masks are made smaller, 0 to 5 (default 1)")
    add("--predictor", metavar="FILE.onnx", default="", help="a network of flow")
    add("--sway-model", metavar="FILE.onnx", default="", help="a network of modes")
    add("--twin", metavar="FOLDER", help="networks look at a natural-looking twin, painted by this Stable Diffusion")
    add("--twin-prompt", metavar="TEXT", help="what the twin is a picture of")
    add("--twin-negative", metavar="TEXT", help="what it is not")
    add("--twin-strength", metavar="SHARE", type=float, help="how much of it is painted anew (default 0.6)")
    add("--twin-steps", metavar="N", type=int, help="of denoising (default 30)")
    add("--twin-guidance", metavar="G", type=float, help="how strongly the prompt rules (default 7.5)")
    add("--twin-seed", metavar="N", type=int, help="of its noise")
    add("--redo", metavar="STAGE", action="append", default=[], help="make a stage again: twin, mask, current, sway")


def run(arguments: argparse.Namespace) -> int:
    """Make the motion, with a progress bar, and say what moves now."""
    from artwalks_live.bake.motion.alone import hang
    from artwalks_live.bake.motion.animate import animate
    from artwalks_live.commands.progress import Progress

    a = arguments
    request = _request(a)
    bar = Progress("motion", 1.0, a.quiet)
    try:
        if a.bundle.is_file():
            hang(a.bundle, request.folder, a.size or (1280, 720), a.fit or "crop", bar.say)
        walk = animate(request, bar.update, bar.say)
    finally:
        bar.finish()
    if not a.quiet:
        flowing = sum(bool(each.motion and each.motion.current) for each in walk.paintings)
        swaying = sum(bool(each.motion and each.motion.sway) for each in walk.paintings)
        print(f"{request.folder}: of {len(walk.paintings)} paintings {flowing} flow and {swaying} sway")
    return 0


def _request(a: argparse.Namespace) -> MotionRequest:
    from artwalks_live.bake.motion.animate import MotionRequest

    if a.bundle.is_file() != (a.output is not None):
        wanted = "give -o NEW.walk too, the walk to make of it" if a.output is None else "-o is for a single picture"
        raise UsageError(f"{a.bundle}: is {'a picture' if a.output is None else 'no picture'}: {wanted}")
    if a.output is None and (a.size or a.fit):
        raise UsageError("--size and --fit are for a single picture: a walk has its canvas")
    return MotionRequest(
        a.output or a.bundle, tuple(a.painting), not (a.no_current or a.still), not (a.no_sway or a.still), a.mask,
        tuple(a.arrow), a.direction, a.from_video, _networks(a),
    )  # fmt: skip


def _networks(a: argparse.Namespace) -> Motion:
    from artwalks_live.bake.motion import stages
    from artwalks_live.bake.motion.segmenter import Segmentation
    from artwalks_live.bake.motion.twin import twin_options

    asked = {"threshold": a.threshold, "eroded": a.eroded}
    told: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if told and not a.words:
        raise UsageError(f"--{next(iter(told))} is about masks from words: give --words and --segmenter too")
    segmentation = Segmentation(a.words, a.segmenter, **told) if a.words or a.segmenter else None
    names = ("prompt", "negative", "strength", "steps", "guidance", "seed")
    twin = {name: getattr(a, f"twin_{name}") for name in names if getattr(a, f"twin_{name}") is not None}
    if twin and a.twin is None:
        raise UsageError(f"--twin-{next(iter(twin))} is about a twin: give --twin FOLDER too")
    painted = None if a.twin is None else replace(twin_options(a.twin), **twin)
    return stages.Motion(painted, segmentation, a.predictor, a.sway_model, frozenset(a.redo))
