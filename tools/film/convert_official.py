"""Turn the official FILM, as its authors publish it, into a flow model for `artwalks bake --flow FILE.onnx`.

usage: python -m tools.film.convert_official SAVED_MODEL_FOLDER -o film-official.onnx [--style l1|vgg|style]

The folder is the one with saved_model.pb and variables/ in it; docs/official-film.md says where it is published and how
this was checked. Only features and flow are kept, 48 MB in float32. TensorFlow is not needed; torch and onnx are
(pip install 'artwalks-live[train]').
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from artwalks_live.core.errors import ArtwalksError, UsageError
from tools.film.official import Layout, OfficialFlow, load
from tools.film.saved_model import SavedModel

OPSET = 18
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

    Raises ModelError for a folder that is no such SavedModel, UsageError for an output that cannot be written.
    """
    if output.suffix != ".onnx" or output.is_dir():
        raise UsageError(f"{output}: the output is an ONNX file: give a name that ends in .onnx")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder to write {output.name} to: make it first")
    data = to_onnx(load(SavedModel(folder), layout), name=f"film-official-{style}" if style else "film-official")
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(output)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written ({error.strerror})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return f"{output}: {len(data) / 1e6:.1f} MB, sha256 {hashlib.sha256(data).hexdigest()}"


def to_onnx(network: OfficialFlow, *, name: str) -> bytes:
    """Export the network as a flow model of one file with free sizes: inputs image0 and image1, output flow."""
    import onnx

    side = network.layout.multiple
    pictures = (torch.zeros(1, 3, side, 2 * side), torch.zeros(1, 3, side, 2 * side))
    free = {2: "height", 3: "width"}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls this exporter old; the new one takes twenty times as long
        path = Path(folder, "flow.onnx")
        torch.onnx.export(
            network, pictures, path, input_names=["image0", "image1"], output_names=["flow"], opset_version=OPSET,
            dynamic_axes={"image0": free, "image1": free, "flow": free}, dynamo=False, external_data=False,
        )  # fmt: skip
        model = onnx.load(path)
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 1  # the exporter did not see it through
    facts = {"artwalks.multiple": str(side), "artwalks.name": name, "artwalks.version": network_version(network)}
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def network_version(network: OfficialFlow) -> str:
    """Name the weights by their content: the start of their SHA-256."""
    digest = hashlib.sha256()
    for parameter in network.parameters():
        digest.update(parameter.detach().numpy().tobytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    raise SystemExit(main())
