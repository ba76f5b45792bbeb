"""Tidy an exported graph: the same result, fewer nodes, and forms that ONNX Runtime is fast at.

torch's exporter writes each number as a node of its own and asks for shapes again and again, and two of its idioms
cost far more than others of the same meaning. Measured in ONNX Runtime 1.31 on one CPU thread, FilmSmall at 1280x720:

- reading with the edge repeated takes five times as long as reading zeros there, with the grid kept inside;
- a convolution over channels that are no multiple of four stays out of the blocked layout: a few channels whose
  weights are zero bring it in.

Nothing here knows the network. Only operators of the default domain are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDED = 1 << 14  # larger constants are left to be computed
ALIGNED = 4  # channels, for the blocked layout


@dataclass
class Graph:
    """Nodes in order, and the constants by name; `opset` of the default domain."""

    nodes: list[NodeProto]
    constants: dict[str, NDArray[Any]]
    opset: int

    def value(self, name: str, value: NDArray[Any]) -> str:
        """Keep a constant of ours; no name of the exporter ends like this."""
        self.constants[f"{name}_of_tidied"] = value
        return f"{name}_of_tidied"


def tidied(model: onnx.ModelProto) -> onnx.ModelProto:
    """Give a model of the same inputs, outputs and results, to be run rather than read. Has no nested graphs."""
    [opset] = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    source = onnx.GraphProto()
    source.CopyFrom(model.graph)  # its nodes are altered
    constants = {weight.name: numpy_helper.to_array(weight) for weight in source.initializer}
    graph = Graph([], constants, opset)
    for node in source.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(helper.get_node_attr_value(node, "value"))
        else:
            graph.nodes.append(node)
    graph.nodes = list(finite_logarithms(inner_reads(graph)))
    fold_and_merge(graph, {port.name for port in source.output})
    align(graph, channels(rebuilt(model, graph)))
    return rebuilt(model, graph)


def inner_reads(graph: Graph) -> Iterator[NodeProto]:
    """Write `GridSample` that repeats the edge as one that never leaves the picture.

    Centres of the outermost pixels lie at ±(1 − 1/size) in a grid over [−1, 1].
    """
    for node in graph.nodes:
        if node.op_type != "GridSample" or not repeats_the_edge(node):
            yield node
            continue
        image, grid, out = node.input[0], node.input[1], node.output[0]
        one, back = graph.value("one", np.ones(1, np.float32)), graph.value("x_then_y", np.array([1, 0]))
        yield helper.make_node("Shape", [image], [f"{out}_sides"], start=2)
        yield helper.make_node("Gather", [f"{out}_sides", back], [f"{out}_sides_xy"])
        yield helper.make_node("Cast", [f"{out}_sides_xy"], [f"{out}_sides_f"], to=onnx.TensorProto.FLOAT)
        yield helper.make_node("Div", [one, f"{out}_sides_f"], [f"{out}_half"])
        yield helper.make_node("Sub", [one, f"{out}_half"], [f"{out}_last"])
        yield helper.make_node("Neg", [f"{out}_last"], [f"{out}_first"])
        yield helper.make_node("Max", [grid, f"{out}_first"], [f"{out}_from"])
        yield helper.make_node("Min", [f"{out}_from", f"{out}_last"], [f"{out}_grid"])
        mode = "linear" if graph.opset >= 20 else "bilinear"
        yield helper.make_node("GridSample", [image, f"{out}_grid"], [out], mode=mode, padding_mode="zeros")


def repeats_the_edge(node: NodeProto) -> bool:
    """Whether a GridSample is bilinear, with texel centres between the corners, and its edge is repeated."""
    given = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    linear = given.get("mode", b"linear") in (b"linear", b"bilinear")
    return linear and given.get("padding_mode") == b"border" and not given.get("align_corners", 0)


def finite_logarithms(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    """Write log(sigmoid(x)) as −softplus(−x), which is finite for any finite x."""
    sigmoids: dict[str, str] = {}
    for node in nodes:
        if node.op_type == "Sigmoid":
            sigmoids[node.output[0]] = node.input[0]
        if node.op_type != "Log" or node.input[0] not in sigmoids:
            yield node
            continue
        out = node.output[0]
        yield helper.make_node("Neg", [sigmoids[node.input[0]]], [f"{out}_negative"])
        yield helper.make_node("Softplus", [f"{out}_negative"], [f"{out}_positive"])
        yield helper.make_node("Neg", [f"{out}_positive"], [out])


def fold_and_merge(graph: Graph, outputs: set[str]) -> None:
    """Compute what depends on nothing, and everything only once. `outputs` keep their names."""
    same: dict[str, str] = {}  # a value's other name
    seen: dict[tuple[Any, ...], list[str]] = {}
    for name in graph.constants:
        same[name] = seen.setdefault(content(graph.constants[name]), [name])[0]
    kept = []
    for node in graph.nodes:
        node.input[:] = [same.get(name, name) for name in node.input]
        mine = list(node.output)
        if folded(graph, node):
            same |= {name: seen.setdefault(content(graph.constants[name]), [name])[0] for name in mine}
            continue
        attributes = tuple(sorted(each.SerializeToString(deterministic=True) for each in node.attribute))
        first = seen.setdefault((node.op_type, tuple(node.input), attributes, len(mine)), mine)
        if node.op_type == "Identity":
            first = list(node.input)
        if first is mine or outputs & set(mine):
            kept.append(node)
        else:
            same |= dict(zip(mine, first, strict=True))
    graph.nodes = kept


def content(value: NDArray[Any]) -> tuple[Any, ...]:
    """What makes two constants the same."""
    return value.dtype.str, value.shape, value.tobytes()


def folded(graph: Graph, node: NodeProto) -> bool:
    """Replace a node by its result if that depends on constants alone and is small."""
    if not node.input or any(name and name not in graph.constants for name in node.input):
        return False
    feeds = {name: graph.constants[name] for name in node.input if name}
    types = {name: helper.np_dtype_to_tensor_dtype(value.dtype) for name, value in feeds.items()}
    inputs = [helper.make_tensor_value_info(name, types[name], value.shape) for name, value in feeds.items()]
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output]
    opset = helper.make_opsetid("", graph.opset)
    alone = helper.make_model(helper.make_graph([node], "alone", inputs, outputs), opset_imports=[opset])
    results = [np.asarray(value) for value in ReferenceEvaluator(alone).run(None, feeds)]
    if any(value.size > FOLDED for value in results):
        return False
    graph.constants.update(zip(node.output, results, strict=True))
    return True


def align(graph: Graph, known: dict[str, int]) -> None:
    """Give convolutions over stacked maps a number of channels that is a multiple of four.

    The spare channels are some of a map that is in the stack already; their weights are zero.

    known  channels of values, where known
    """
    stacks = {node.output[0]: node for node in graph.nodes if is_stack(node)}
    nodes: list[NodeProto] = []
    for node in graph.nodes:
        stack = stacks.get(node.input[0]) if node.op_type == "Conv" else None
        weight = graph.constants.get(node.input[1]) if stack else None
        spare = -weight.shape[1] % ALIGNED if weight is not None else 0
        donor = next((name for name in stack.input if known.get(name, 0) >= spare), "") if stack and spare else ""
        if stack and donor:
            nodes += widened(graph, node, stack, donor, spare)
        nodes.append(node)
    graph.nodes = nodes


def is_stack(node: NodeProto) -> bool:
    """Whether a node puts channels together."""
    return node.op_type == "Concat" and bool(helper.get_node_attr_value(node, "axis") == 1)


def widened(graph: Graph, conv: NodeProto, stack: NodeProto, donor: str, spare: int) -> list[NodeProto]:
    """Make a convolution read a wider stack; gives the nodes that go before it."""
    wide, more, weights = f"{stack.output[0]}_wide", f"{stack.output[0]}_spare", f"{conv.input[1]}_wide"
    start, end, axis = (graph.value(f"spare_{n}", np.array([n], np.int64)) for n in (0, spare, 1))
    weight = graph.constants[conv.input[1]]
    graph.constants[weights] = np.pad(weight, ((0, 0), (0, spare), (0, 0), (0, 0)))
    conv.input[0], conv.input[1] = wide, weights
    return [
        helper.make_node("Slice", [donor, start, end, axis], [more]),
        helper.make_node("Concat", [*stack.input, more], [wide], axis=1),
    ]


def channels(model: onnx.ModelProto) -> dict[str, int]:
    """The number of channels of every map of which it is known."""
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    found = {}
    for port in (*inferred.value_info, *inferred.input):
        dims = port.type.tensor_type.shape.dim
        if len(dims) == 4 and dims[1].dim_value:
            found[port.name] = dims[1].dim_value
    return found


def rebuilt(model: onnx.ModelProto, graph: Graph) -> onnx.ModelProto:
    """The model with these nodes and constants instead, without those that no output needs."""
    wanted = {port.name for port in model.graph.output}
    nodes: list[NodeProto] = []
    for node in reversed(graph.nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            plain = NodeProto()
            plain.CopyFrom(node)
            plain.ClearField("name")  # where in the source it was written: of no use here
            plain.ClearField("doc_string")
            nodes.insert(0, plain)
    weights = [numpy_helper.from_array(value, name) for name, value in graph.constants.items() if name in wanted]
    new = onnx.ModelProto()
    new.CopyFrom(model)
    for field in ("node", "initializer", "value_info"):
        new.graph.ClearField(field)
    new.graph.node.extend(nodes)
    new.graph.initializer.extend(weights)
    return new
