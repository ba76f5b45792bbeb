"""Small networks in ONNX, made for a test: good ones, and every kind that is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

FREE: tuple[int | str | None, ...] = (1, 3, "H", "W")
GRID: tuple[int | str | None, ...] = (1, 4, "h", "w")


def port(name: str, shape: Sequence[int | str | None] = FREE, kind: int = TensorProto.FLOAT) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))


def weight(name: str, values: Sequence[float]) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.float32), name)


def still(scale: float = 0.0) -> list[NodeProto]:
    """Nodes that give (1, 4, H, W): the difference of the pictures' red and green, times so much, both ways."""
    return [
        helper.make_node("Sub", ["image1", "image0"], ["apart"]),
        helper.make_node("Slice", ["apart", "from", "to", "axis"], ["two"]),
        helper.make_node("Concat", ["two", "two"], ["four"], axis=1),
        helper.make_node("Constant", [], ["scale"], value=weight("", [scale])),
        helper.make_node("Mul", ["four", "scale"], ["flow"]),
    ]


def model(
    nodes: Sequence[NodeProto] | None = None,
    *,
    inputs: Sequence[ValueInfoProto] | None = None,
    outputs: Sequence[ValueInfoProto] | None = None,
    weights: Sequence[TensorProto] = (),
    opset: int = 18,
    metadata: dict[str, str] | None = None,
) -> ModelProto:
    """A flow network by default; parts can be given instead."""
    ends = [numpy_helper.from_array(np.array([value]), name) for name, value in (("from", 0), ("to", 2), ("axis", 1))]
    graph = helper.make_graph(
        list(still() if nodes is None else nodes), "test",
        list(inputs or (port("image0"), port("image1"))), list(outputs or (port("flow", GRID),)),
        initializer=[*ends, *weights],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    helper.set_model_props(made, metadata or {})
    return made


def saved(folder: Path, made: ModelProto, name: str = "net.onnx") -> Path:
    """Write a model as it is, good or bad."""
    path = folder / name
    path.write_bytes(made.SerializeToString(deterministic=True))
    return path


def checked(made: ModelProto) -> ModelProto:
    """The model, if it is a good one."""
    onnx.checker.check_model(made, full_check=True)
    return made


def looking(
    rows: Sequence[Sequence[float]],
    *,
    stride: int = 1,
    shape: Sequence[int | str | None] = FREE,
    masked: bool = False,
    metadata: dict[str, str] | None = None,
) -> ModelProto:
    """A network of one picture: each row (r, g, b, 1) makes a channel, of averages over stride x stride pixels.

    masked  the answer is multiplied by a second input, of the same grid as the first
    """
    count = len(rows)
    values = np.array(rows, np.float32)
    kernel = np.repeat(np.repeat(values[:, :3, None, None], stride, 2), stride, 3) / stride**2
    weights = [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(values[:, 3].copy(), "bias")]
    answer = (1, count, "h", "w")
    inputs = [port("image", shape)]
    nodes = [helper.make_node("Conv", ["image", "kernel", "bias"], ["made"], strides=[stride, stride])]
    if masked:
        inputs.append(port("mask", (1, 1, *shape[2:])))
        nodes.append(helper.make_node("Mul", ["made", "mask"], ["maps"]))
    else:
        nodes.append(helper.make_node("Identity", ["made"], ["maps"]))
    return model(nodes, inputs=inputs, outputs=[port("maps", answer)], weights=weights, metadata=metadata)
