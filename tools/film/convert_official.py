"""Turn the official FILM, as its authors publish it, into a flow model for `artwalks bake --flow FILE.onnx`.

usage: python -m tools.film.convert_official SAVED_MODEL_FOLDER -o film-official.onnx [--style l1|vgg|style]

The folder is the one with saved_model.pb and variables/ in it; docs/official-film.md says where it is published and how
this was checked. Only features and flow are kept, 48 MB in float32. TensorFlow is not needed; torch and onnx are
(pip install -e '.[cpu,train]').
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from artwalks_live.core.errors import ArtwalksError, UsageError
from tools.film.saved_model import SavedModel

if TYPE_CHECKING:
    from tools.film.official import Layout, OfficialFlow

STYLES = ("l1", "vgg", "style")


def main(argv: Sequence[str] | None = None) -> int:
    """Convert one model. Returns 0, or 2 after one line on what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="SAVED_MODEL_FOLDER")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--style", choices=STYLES, help="which of the three it is: a label, they are built alike")
    options = parser.parse_args(argv)
    try:
        print(convert(options.folder, options.output, style=options.style))
    except ArtwalksError as error:
        print(f"convert_official: {error}", file=sys.stderr)
        return 2
    return 0


def convert(folder: Path, output: Path, *, style: str | None = None, layout: Layout | None = None) -> str:
    """Write the flow model of a SavedModel; the same weights give the same bytes. Returns a line that says so.

    layout  the sizes of the network, when they are not the published ones

    Raises ModelError for a folder that is no such SavedModel, UsageError for an output that cannot be written, or when
    torch or onnx is missing.
    """
    for package in ("torch", "onnx"):
        if find_spec(package) is None:
            raise UsageError(f"{package} is not installed: pip install -e '.[cpu,train]'")
    from tools.film.flow_file import check_place, write_whole
    from tools.film.official import load

    check_place(output, ".onnx")
    name = f"film-official-{style}" if style else "film-official"
    data = as_flow_model(load(SavedModel(folder), layout), name)
    write_whole(output, data)
    return f"{output}: {len(data) / 1e6:.1f} MB, sha256 {hashlib.sha256(data).hexdigest()}"


def as_flow_model(network: OfficialFlow, name: str) -> bytes:
    """Export the network as an ONNX file."""
    from tools.film.flow_file import Form, to_onnx

    pictures = {"image0": (3, 1), "image1": (3, 1)}
    return to_onnx(network, Form(name, version(network), network.layout.multiple, pictures, {"flow": 4}))


def version(network: OfficialFlow) -> str:
    """Name the weights by their content: the start of their SHA-256."""
    digest = hashlib.sha256()
    for parameter in network.parameters():
        digest.update(parameter.detach().numpy().tobytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    raise SystemExit(main())
