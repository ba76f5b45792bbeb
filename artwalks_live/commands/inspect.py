"""`artwalks inspect`: what a walk is, whether all of it is there and unaltered, and its contact sheet."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from artwalks_live.commands.progress import Progress
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BundleError, UsageError
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_check import breaks, legs, pairs

Draw = Callable[[Walk, Path, Callable[[float], None]], tuple[int, int]]

HELP = "Check a walk, and draw its contact sheet."
EXAMPLES = """\
examples:
  artwalks inspect show.walk                     what it holds; every file's hash is checked
  artwalks inspect show.walk --sheet show.png    and a picture of it: a row for every leg
  artwalks inspect show.walk --motion move.png   and one of its motion: masks, flows as hues, modes
exit status: 0 when the walk is sound; 2 when a file is missing or altered
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("bundle", metavar="SHOW.walk", type=Path, help="the walk, as `artwalks bake` made it")
    add("--sheet", metavar="FILE.png", type=Path, help="draw a contact sheet")
    add("--motion", metavar="FILE.png", type=Path, help="draw what moves in each painting: masks, flows, modes")
    add("--quiet", action="store_true", help="say nothing but what is wrong")


def run(arguments: argparse.Namespace) -> int:
    """Print the summary, check every hash, draw the sheet. Raises BundleError when something is wrong with it."""
    a = arguments
    for option, path in (("--sheet", a.sheet), ("--motion", a.motion)):
        if path is not None and path.suffix.lower() != ".png":
            raise UsageError(f"{option} {path}: the sheet is a PNG, so name it like {path.with_suffix('.png').name}")
    walk = bundle.read(a.bundle)
    if not a.quiet:
        print("\n".join(summary(walk)))
    bar = Progress("check", 1.0, a.quiet)
    problems = bundle.verify(walk, bar.update)
    bar.finish()
    if problems:
        print("\n".join(f"  {problem}" for problem in problems))
        raise BundleError(f"{a.bundle}: {len(problems)} of its files are wrong: run its bake command again")
    if not a.quiet:
        print("files       all there, every hash is right")
    from artwalks_live.commands import motion_sheet, sheet

    if a.sheet is not None:
        _draw(walk, a.sheet, a.quiet, "--sheet", sheet.draw_sheet)
    if a.motion is not None:
        _draw(walk, a.motion, a.quiet, "--motion", motion_sheet.draw_motion)
    return 0


def summary(walk: Walk) -> Iterator[str]:
    """The walk in a few lines, names in the left column."""
    width, height = walk.canvas
    generated = sum(keyframe.painting is None for keyframe in walk.keyframes)
    grid_height, grid_width = bundle.load_flow(walk, 0).shape[:2]
    told = dict(walk.generator.get("options", {}))
    model = told.pop("diffusion", None)
    told |= model if isinstance(model, dict) else {}
    options = ", ".join(f"{name} {value}" for name, value in told.items())
    yield f"walk        {walk.folder} ({bundle.size_bytes(walk) / 1e6:.1f} MB), {bundle.fingerprint(walk)[:12]}"
    yield f"canvas      {width}x{height}, flows {grid_width}x{grid_height}"
    yield f"keyframes   {len(walk.keyframes)}: {len(walk.paintings)} paintings, {generated} generated"
    yield f"segments    {len(walk.segments)}{', a loop' if walk.loop else ''}"
    if breaks(walk):
        ways = [f"{a + 1}-{b + 1}" for a, b in pairs(walk)]
        yield f"legs        {len(ways)}, a graph: {', '.join(ways)}"
    yield f"generator   {walk.generator.get('name')}, seed {walk.generator.get('seed')}; {options}"
    yield f"versions    {', '.join(f'{name} {version}' for name, version in walk.versions.items())}"
    yield f"evenness    {_evenness(walk)}"
    for number, painting in enumerate(walk.paintings):
        by = ", ".join(part for part in (painting.artist, painting.licence) if part)
        heading = "paintings" if number == 0 else ""
        at = "-" if painting.keyframe is None else painting.keyframe
        yield f"{heading:<12}{at:>4}  {painting.title}{' — ' + by if by else ''}"


def leg_steps(walk: Walk) -> list[list[float]]:
    """The lengths of each leg's segments; the one that closes a loop has no arc and is left out."""
    arcs = [keyframe.arc for keyframe in walk.keyframes]
    return [[b - a for a, b in pairwise(arcs[start : end + 1])] for start, end in legs(walk)]


def _evenness(walk: Walk) -> str:
    ratios = [max(steps) / max(min(steps), 1e-6) for steps in leg_steps(walk) if len(steps) > 1]
    if not ratios:
        return "each leg is one step"
    worst = ratios.index(max(ratios))
    mean = sum(ratios) / len(ratios)
    before = walk.keyframes[legs(walk)[worst][0]].painting
    after = walk.paintings[before or 0].title
    return f"largest step of a leg / smallest: mean {mean:.2f}, worst {ratios[worst]:.2f} (after {after})"


def _draw(walk: Walk, path: Path, quiet: bool, option: str, draw: Draw) -> None:
    bar = Progress("sheet", len(walk.keyframes), quiet)
    try:
        size = draw(walk, path, bar.update)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"{option} {path} cannot be written ({why}): choose another place") from None
    finally:
        bar.finish()
    if not quiet:
        print("{:<12}{}, {}x{}".format(option.strip("-"), path, *size))
