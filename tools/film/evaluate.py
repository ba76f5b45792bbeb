"""Measure an estimator: on triplets of true video against the true frame, on a walk by how it holds together.

    python -m tools.film.evaluate SOURCE [--flow NAME] [--out FOLDER] [--truth FOLDER] [--strips FOLDER]
                                         [--limit N] [--queries N] [--json]

SOURCE is a folder of triplets (NAME/frame10.png, frame10i11.png, frame11.png), a walk bundle, or a folder of
equal-sized pictures in name order.

Triplets: the in-between at t = 1/2, drawn by the shader itself (headless, effects off) and by the NumPy reference,
both rounded to 8 bits: PSNR over all pixels and channels and SSIM (11x11 Gaussian, sigma 1.5, mean of the channels),
of each triplet, then the mean. End-point error where NAME/flow10.flo is known: the motion through the middle,
carried to frame10 by a fixed point, at the pixels whose motion is known. `ms` is the estimate alone.

Walks and pictures: coherence, detail and step of each segment (tools/film/coherence.py says what they are; those
whose dissolve is under 2/255 are in brackets and not counted), then what shows where a keyframe or a quarter of a
segment is passed (tools/film/continuity.py). A bundle's own flows are measured unless --flow asks for others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from artwalks_live.__main__ import Parser
from artwalks_live.core.errors import ArtwalksError, GraphicsError, UsageError
from tools.film import coherence, continuity, course, segments, triplets
from tools.film.estimate import Estimator
from tools.film.screen import Screen, open_screen
from tools.film.segments import Part, Segment
from tools.film.strips import Strips, save_png

PROGRAM = "evaluate"
DEFAULT = "film"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print figures of every part of the source and their means. Returns the exit status: 0, or 2 for a mistake."""
    options = _parser().parse_args(arguments)
    try:
        _evaluate(options)
    except ArtwalksError as error:
        _notice(str(error))
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="SOURCE")
    parser.add_argument("--flow", metavar="NAME", help="film, dis, FILE.onnx, module:callable, or none (a dissolve)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="triplets: write each in-between, NAME.png")
    parser.add_argument("--truth", type=Path, metavar="FOLDER", help="triplets: where NAME/flow10.flo lie")
    parser.add_argument(
        "--strips", type=Path, metavar="FOLDER", help="draw each at five phases, by film, dis, dissolve"
    )
    parser.add_argument("--limit", type=_count, default=10_000, metavar="N", help="measure no more than the first N")
    parser.add_argument("--queries", type=_count, default=coherence.QUERIES, metavar="N", help="patches compared each")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of a table")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 1")
    return int(text)


def _evaluate(options: argparse.Namespace) -> None:
    folder = options.source
    if segments.is_bundle(folder):
        estimator = Estimator(options.flow) if options.flow else None
        _walk(options, segments.of_bundle(folder, estimator, options.limit))
    elif not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise UsageError(f"{folder} {what}: give a folder of triplets or of pictures, or a walk")
    elif found := triplets.find_triplets(folder, options.truth):
        _triplets(options, found[: options.limit])
    else:
        _walk(options, segments.of_folder(folder, Estimator(options.flow or DEFAULT), options.limit))


def _triplets(options: argparse.Namespace, found: list[triplets.Triplet]) -> None:
    estimator = Estimator(options.flow or DEFAULT)
    strips = Strips(options.strips, estimator.name, _notice) if options.strips else None
    figures: list[triplets.Figures] = []
    with ExitStack() as stack:
        screen = _screen(stack)
        _say(options, triplets.heading())
        for drawn in triplets.measure_each(found, estimator, screen):
            f = drawn.figures
            figures.append(f)
            _say(options, triplets.line(f))
            if options.out:
                save_png(options.out / f"{f.name}.png", Image.fromarray(drawn.middle))
            if strips:
                strips.add(Segment(f.name, (Part(0.0, 1.0, drawn.pair),), f.ms), f.psnr - f.psnr_dissolve)
    _say(options, triplets.line(triplets.mean(figures)))
    _say(options, f"flow {estimator.name}; drawn by {f'the shader on {screen.name}' if screen else 'NumPy'}")
    if options.json:
        print(triplets.as_json(figures, estimator.name, "shader" if screen else "reference"))


def _screen(stack: ExitStack) -> Screen | None:
    try:
        return stack.enter_context(open_screen())
    except GraphicsError as error:
        _notice(f"{error}; until then the NumPy reference stands in for the shader")
        return None


def _walk(options: argparse.Namespace, source: segments.Source) -> None:
    if options.out or options.truth:
        raise UsageError("--out and --truth are for triplets: --strips FOLDER draws the segments of a walk")
    strips = Strips(options.strips, source.flow, _notice) if options.strips else None
    figures: list[coherence.Figures] = []
    courses: list[course.Course] = []
    _say(options, coherence.heading())
    for segment in source.segments:
        courses.append(course.run(segment))
        figures.append(coherence.measure(segment, courses[-1], options.queries))
        _say(options, coherence.line(figures[-1]))
        if strips:
            strips.add(segment, figures[-1].counts - figures[-1].ratio)
    points = continuity.examine(courses, [each.name for each in figures], source.loop)
    summary = coherence.summary(figures)
    for text in (*coherence.summary_lines(summary), f"flow {source.flow}", "", *continuity.as_lines(points)):
        _say(options, text)
    if options.json:
        each = {f.name: {key: value for key, value in vars(f).items() if key != "name"} for f in figures}
        whole = {"flow": source.flow, **summary, "continuity": continuity.as_dict(points), "each": each}
        print(json.dumps(whole, allow_nan=False))


def _say(options: argparse.Namespace, text: str) -> None:
    if not options.json:
        print(text, flush=True)


def _notice(text: str) -> None:
    print(f"{PROGRAM}: {text}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
