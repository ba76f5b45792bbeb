"""Measure an estimator: on triplets of true video against the true frame, on a walk by how it holds together.

    python -m tools.film.evaluate SOURCE [--flow NAME] [--out FOLDER] [--truth FOLDER] [--limit N] [--json]

SOURCE is a folder of triplets (NAME/frame10.png, frame10i11.png, frame11.png).

Triplets: the in-between at t = 1/2, drawn by the shader itself (headless, effects off) and by the NumPy reference,
both rounded to 8 bits: PSNR over all pixels and channels and SSIM (11x11 Gaussian, sigma 1.5, mean of the channels),
of each triplet, then the mean. End-point error where NAME/flow10.flo is known: the motion through the middle,
carried to frame10 by a fixed point, at the pixels whose motion is known. `ms` is the estimate alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from artwalks_live.__main__ import Parser
from artwalks_live.core.errors import ArtwalksError, GraphicsError, UsageError
from tools.film import triplets
from tools.film.estimate import Estimator
from tools.film.screen import Screen, open_screen

PROGRAM = "evaluate"
DEFAULT = "dis"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print figures of every part of the source and their means. Returns the exit status: 0, or 2 for a mistake."""
    options = _parser().parse_args(arguments)
    try:
        _triplets(options)
    except ArtwalksError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="SOURCE")
    parser.add_argument("--flow", help="film, dis, FILE.onnx, module:callable, or none (the plain dissolve)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the in-between of each triplet: NAME.png")
    parser.add_argument(
        "--truth", type=Path, metavar="FOLDER", help="where NAME/flow10.flo lie, if not beside the frames"
    )
    parser.add_argument("--limit", type=int, default=10_000, metavar="N", help="measure no more than the first N")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of a table")
    return parser


def _triplets(options: argparse.Namespace) -> None:
    if not options.source.is_dir():
        raise UsageError(f"{options.source} is no folder: give a folder of triplets")
    found = triplets.find_triplets(options.source, options.truth)[: options.limit]
    if not found:
        raise UsageError(f"{options.source} holds no NAME/{triplets.FRAMES[0]}")
    name = options.flow or DEFAULT
    estimator = Estimator(name)
    figures: list[triplets.Figures] = []
    with ExitStack() as stack:
        screen = _screen(stack)
        _say(options, triplets.heading())
        for drawn in triplets.measure_each(found, estimator, screen):
            figures.append(drawn.figures)
            _say(options, triplets.line(drawn.figures))
            if options.out:
                _write(options.out / f"{drawn.figures.name}.png", drawn.middle)
    drawn_by = "the NumPy reference" if screen is None else f"the shader on {screen.name}"
    _say(options, triplets.line(triplets.mean(figures)))
    _say(options, f"flow {name}; drawn by {drawn_by}")
    if options.json:
        print(triplets.as_json(figures, name, "reference" if screen is None else "shader"))


def _screen(stack: ExitStack) -> Screen | None:
    try:
        return stack.enter_context(open_screen())
    except GraphicsError as error:
        print(f"{PROGRAM}: {error}; until then the NumPy reference stands in for the shader", file=sys.stderr)
        return None


def _say(options: argparse.Namespace, text: str) -> None:
    if not options.json:
        print(text, flush=True)


def _write(path: Path, pixels: triplets.Pixels) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, format="PNG")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from None


if __name__ == "__main__":
    raise SystemExit(main())
