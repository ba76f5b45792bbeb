"""Write a torch network as a flow model: one ONNX file of the form that `artwalks bake --flow FILE.onnx` opens."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import nn

from artwalks_live.core.errors import UsageError
from tools.film.graph import tidied

OPSET = 18


@dataclass(frozen=True)
class Form:
    """What goes in and out of a flow network, and what its file says of itself (artwalks_live/nn/flow_model.py).

    multiple  what both sides of the pictures must be a multiple of
    inputs    by name, in the network's order: channels, and by what its sides are smaller than the pictures'
    outputs   by name, in the network's order: channels
    """

    name: str
    version: str
    multiple: int
    inputs: Mapping[str, tuple[int, int]]
    outputs: Mapping[str, int]


def to_onnx(network: nn.Module, form: Form) -> bytes:
    """Export a network with free sides; the same weights give the same bytes."""
    given, sides = [], {}
    for port, (channels, part) in form.inputs.items():
        given.append(torch.zeros(1, channels, form.multiple // part, 2 * form.multiple // part))
        sides[port] = {2: "H", 3: "W"} if part == 1 else {2: f"H/{part}", 3: f"W/{part}"}
    sides |= {port: {2: "h", 3: "w"} for port in form.outputs}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls this exporter old; the new one takes twenty times as long
        path = Path(folder, "flow.onnx")
        torch.onnx.export(
            network, tuple(given), path, input_names=list(form.inputs), output_names=list(form.outputs),
            opset_version=OPSET, dynamic_axes=sides, dynamo=False, external_data=False,
        )  # fmt: skip
        model = tidied(onnx.load(path))
    del model.graph.output[:]
    for port, channels in form.outputs.items():
        shape: list[int | str | None] = [1, channels, "h", "w"]
        model.graph.output.append(onnx.helper.make_tensor_value_info(port, onnx.TensorProto.FLOAT, shape))
    facts = {"artwalks.multiple": str(form.multiple), "artwalks.name": form.name, "artwalks.version": form.version}
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def check_place(path: Path, suffix: str) -> None:
    """Refuse before the work what could not be written after it. Raises UsageError."""
    if path.suffix != suffix or path.is_dir():
        raise UsageError(f"{path}: give a file's name that ends in {suffix}")
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no folder to write {path.name} to: make it first")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all. Raises UsageError."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)
