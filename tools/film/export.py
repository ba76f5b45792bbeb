"""Write a trained network as the ONNX file that ships, its weights to train on from, and its card.

    python -m tools.film.export RUN [--hardware "2 CPU cores"] [--metrics FIGURES.json]

RUN is a folder of `tools.film.train` (the mean weights of its `state.pt` are taken), or a `.safetensors` written here.
Nothing is written unless the file passes the checker, is one that `artwalks bake` opens, and gives what torch gives.
The same weights give the same bytes. FIGURES.json is the line that `python -m tools.film.evaluate … --json` prints.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from artwalks_live.__main__ import Parser
from artwalks_live.core.errors import ArtwalksError, ModelError, UsageError
from tools.film import flow_file
from tools.film.card import Card, read_metrics
from tools.film.flow_file import Form, check_place, write_whole
from tools.film.network import FilmSmall, Shape
from tools.film.parity import difference_px
from tools.film.weights import Weights, read_weights, to_safetensors

PROGRAM = "export"
LEVELS = 6  # scales that ship: one more than are trained on, for motions of whole pictures; the weights are the same
MOST_LEVELS = 8
MOST_BYTES = 8_000_000

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "artwalks_live" / "models"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the three files. Returns 0, or 2 after one line on what was wrong."""
    options = _parser().parse_args(arguments)
    try:
        for line in export(options):
            print(line)
    except ArtwalksError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--name", default="film-small", help="default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="FILE.onnx", help="default: artwalks_live/models/NAME.onnx")
    parser.add_argument("--weights", type=Path, metavar="FILE.safetensors", help="default: tools/film/NAME.safetensors")
    parser.add_argument("--levels", type=int, default=LEVELS, help="scales of the pyramid; default: %(default)s")
    parser.add_argument("--hardware", default="", metavar="TEXT", help="what it was trained on, for the card")
    parser.add_argument("--data", default="", metavar="TEXT", help="what it was trained on besides our own textures")
    parser.add_argument("--metrics", type=Path, metavar="FILE.json", help="what tools.film.evaluate --json printed")
    return parser


def export(options: argparse.Namespace) -> list[str]:
    """Do all that `main` says. Returns lines to print. Raises UsageError, ModelError."""
    out = options.out or MODELS / f"{options.name}.onnx"
    safetensors = options.weights or ROOT / "tools" / "film" / f"{options.name}.safetensors"
    if not 1 <= options.levels <= MOST_LEVELS:
        raise UsageError(f"--levels {options.levels}: give 1 to {MOST_LEVELS}")
    check_place(out, ".onnx")
    check_place(safetensors, ".safetensors")
    metrics = read_metrics(options.metrics) if options.metrics else {}
    weights = read_weights(options.run)
    net = network(weights, options.levels)
    data = to_onnx(net, options.name, weights.version)
    if len(data) > MOST_BYTES:
        raise ModelError(f"the network has {len(data) / 1e6:.1f} MB: {MOST_BYTES / 1e6:.0f} MB may ship")
    apart = difference_px(data, net)
    card = Card(
        name=options.name, file=out.name, onnx=data, weights=weights, shape=net.shape, commit=_commit(),
        hardware=options.hardware, data=options.data, metrics=metrics, apart_px=apart,
    )  # fmt: skip
    files = {out: data, safetensors: to_safetensors(weights), out.with_suffix(".md"): card.text().encode()}
    for path, content in files.items():
        write_whole(path, content)
    lines = [f"{path}: {len(content) / 1e6:.2f} MB" for path, content in files.items()]
    return [*lines, f"sha256 {card.sha256}; ONNX Runtime and torch are at most {apart:.1e} px apart"]


def network(weights: Weights, levels: int) -> FilmSmall:
    """Build the network of these weights with so many scales, for use. Raises ModelError if they do not fit."""
    try:
        net = FilmSmall(Shape(**{**weights.shape, "levels": levels}))
        net.load_state_dict(weights.tensors)
    except (TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelError(f"{weights.path} is of another network than tools/film/network.py: {reason}") from None
    return net.eval().requires_grad_(False)


def to_onnx(net: FilmSmall, name: str, version: str) -> bytes:
    """Export a network as a flow model of one file with free sides."""
    inputs = {"image0": (3, 1), "image1": (3, 1), "start": (4, 2)}
    form = Form(name, version, net.shape.multiple, inputs, {"flow": 4, "crossover": 2})
    return flow_file.to_onnx(net, form)


def _commit() -> str:
    """The commit that this was exported at, where there is one."""
    words = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


if __name__ == "__main__":
    raise SystemExit(main())
