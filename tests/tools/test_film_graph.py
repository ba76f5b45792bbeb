"""A tidied graph gives what the exported one gave, with fewer nodes and in faster forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from tests.nn.networks import checked
from tools.film.graph import tidied

Arrays = dict[str, np.ndarray]


def graph(
    nodes: Sequence[NodeProto], inputs: Sequence[str], weights: Arrays | None = None, opset: int = 18
) -> ModelProto:
    """A model with maps of free sides as inputs; an input called grid is one of GridSample. The output is `y`."""
    shapes = {name: ("N", "h", "w", 2) if name == "grid" else (1, int(name[1:] or 3), "H", "W") for name in inputs}
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * 4)
    constants = [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()]
    made = helper.make_graph(list(nodes), "test", ports, [out], initializer=constants)
    return checked(helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=9))


def results(made: ModelProto, feeds: Arrays) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
    [value] = session.run(["y"], feeds)
    return np.asarray(value)


def tidied_gives_the_same(made: ModelProto, feeds: Arrays, tolerance: float = 0.0) -> Counter[str]:
    """Check both against each other; gives how many nodes of each kind are left."""
    after = checked(tidied(made))
    np.testing.assert_allclose(results(after, feeds), results(made, feeds), rtol=0, atol=tolerance)
    assert not any(node.name or node.doc_string for node in after.graph.node)
    return Counter(node.op_type for node in after.graph.node)


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def constant(name: str, values: Sequence[float]) -> NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.array(values, np.float32)))


def test_what_depends_on_nothing_is_computed() -> None:
    nodes = [
        constant("a", [2.0]), constant("b", [3.0]),
        helper.make_node("Mul", ["a", "b"], ["ab"]),
        helper.make_node("Neg", ["ab"], ["c"]),
        helper.make_node("Add", ["x", "c"], ["y"]),
    ]  # fmt: skip
    assert tidied_gives_the_same(graph(nodes, ["x"]), {"x": random(1, 3, 4, 5)}) == {"Add": 1}


def test_a_large_result_is_left_to_be_computed() -> None:
    nodes = [helper.make_node("Expand", ["one", "shape"], ["big"]), helper.make_node("Add", ["x", "big"], ["y"])]
    weights = {"one": np.ones(1, np.float32), "shape": np.array([1, 3, 200, 200])}
    left = tidied_gives_the_same(graph(nodes, ["x"], weights), {"x": random(1, 3, 200, 200)})
    assert left == {"Expand": 1, "Add": 1}


def test_the_same_thing_is_computed_once() -> None:
    """Also when it is only seen after others were found to be the same; attributes make a difference."""
    nodes = [
        helper.make_node("LeakyRelu", ["x"], ["a"], alpha=0.1),
        helper.make_node("LeakyRelu", ["x"], ["b"], alpha=0.1),
        helper.make_node("LeakyRelu", ["x"], ["c"], alpha=0.2),
        helper.make_node("Neg", ["a"], ["na"]),
        helper.make_node("Identity", ["b"], ["ib"]),
        helper.make_node("Neg", ["ib"], ["nb"]),
        helper.make_node("Add", ["na", "nb"], ["both"]),
        helper.make_node("Add", ["both", "c"], ["y"]),
        helper.make_node("Exp", ["x"], ["unused"]),
    ]
    left = tidied_gives_the_same(graph(nodes, ["x"]), {"x": random(1, 3, 4, 5)})
    assert left == {"LeakyRelu": 2, "Neg": 1, "Add": 2}


def test_an_output_keeps_its_name() -> None:
    nodes = [
        helper.make_node("Neg", ["x"], ["a"]),
        helper.make_node("Neg", ["x"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["c"]),
        helper.make_node("Identity", ["c"], ["y"]),
    ]
    assert tidied_gives_the_same(graph(nodes, ["x"]), {"x": random(1, 3, 4, 5)}) == {"Neg": 1, "Add": 1, "Identity": 1}


def test_nodes_of_several_outputs_are_merged_whole() -> None:
    nodes = [
        helper.make_node("Split", ["x4"], ["a", "b"], axis=1, num_outputs=2),
        helper.make_node("Split", ["x4"], ["c", "d"], axis=1, num_outputs=2),
        helper.make_node("Concat", ["a", "d", "b", "c"], ["y"], axis=1),
    ]
    left = tidied_gives_the_same(graph(nodes, ["x4"]), {"x4": random(1, 4, 3, 3)})
    assert left == {"Split": 1, "Concat": 1}


def reading(opset: int = 18, **options: Any) -> ModelProto:
    mode = "linear" if opset >= 20 else "bilinear"
    node = helper.make_node("GridSample", ["x", "grid"], ["y"], **{"mode": mode, "padding_mode": "border"} | options)
    return graph([node], ["x", "grid"], opset=opset)


@pytest.mark.parametrize("opset", [18, 20])
def test_reads_stay_inside_instead_of_repeating_the_edge(opset: int) -> None:
    grid = random(1, 40, 50, 2) * 1.5
    grid[0, 0, :7] = np.array([[-1, -1], [1, 1], [0, 0], [-5, 5], [0.999, -0.999], [1 - 1 / 7, 1 - 1 / 5], [-1, 0]])
    made = reading(opset)
    left = tidied_gives_the_same(made, {"x": random(1, 3, 5, 7), "grid": grid}, 2e-6)
    assert left["GridSample"] == 1
    [node] = [node for node in tidied(made).graph.node if node.op_type == "GridSample"]
    assert helper.get_node_attr_value(node, "padding_mode") == b"zeros"


@pytest.mark.parametrize("options", [{"align_corners": 1}, {"padding_mode": "zeros"}, {"mode": "nearest"}])
def test_other_reads_are_left_alone(options: dict[str, Any]) -> None:
    made = reading(**options)
    assert [node.SerializeToString() for node in tidied(made).graph.node] == [
        node.SerializeToString() for node in made.graph.node
    ]


def test_two_reads_of_one_size_share_their_bounds() -> None:
    nodes = [
        helper.make_node("GridSample", ["x", "grid"], ["a"], mode="bilinear", padding_mode="border"),
        helper.make_node("Neg", ["grid"], ["other_way"]),
        helper.make_node("GridSample", ["x", "other_way"], ["b"], mode="bilinear", padding_mode="border"),
        helper.make_node("Add", ["a", "b"], ["y"]),
    ]
    feeds = {"x": random(1, 3, 5, 7), "grid": random(1, 9, 9, 2)}
    left = tidied_gives_the_same(graph(nodes, ["x", "grid"]), feeds, 5e-6)
    assert (left["Shape"], left["Reciprocal"] + left["Div"], left["GridSample"]) == (1, 1, 2)


def test_the_logarithm_of_a_sigmoid_stays_finite() -> None:
    nodes = [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("Log", ["s"], ["y"])]
    made = graph(nodes, ["x"])
    feeds = {"x": random(1, 3, 4, 5) * 2}
    assert tidied_gives_the_same(made, feeds, 1e-5) == {"Neg": 2, "Softplus": 1}
    far = np.full((1, 3, 1, 1), -300, np.float32)
    assert np.isneginf(results(made, {"x": far})).all()
    np.testing.assert_allclose(results(tidied(made), {"x": far}), far)


def stacked(count: int, donor: str = "x") -> tuple[ModelProto, Arrays]:
    """Two convolutions of one weight, each over a stack of maps with so many channels in all."""
    first = f"x{count - 3}"
    nodes = [
        helper.make_node("Concat", [first, donor], ["a"], axis=1),
        helper.make_node("Conv", ["a", "w", "bias"], ["ca"], pads=[1, 1, 1, 1], group=1),
        helper.make_node("Concat", [donor, first], ["b"], axis=1),
        helper.make_node("Conv", ["b", "w"], ["cb"], pads=[1, 1, 1, 1], group=1),
        helper.make_node("Add", ["ca", "cb"], ["y"]),
    ]
    weights = {"w": random(4, count, 3, 3, seed=1), "bias": random(4, seed=2)}
    return graph(nodes, [first, "x"], weights), {first: random(1, count - 3, 6, 7), "x": random(1, 3, 6, 7)}


@pytest.mark.parametrize("count", [17, 18, 19])
def test_stacks_get_a_number_of_channels_that_is_a_multiple_of_four(count: int) -> None:
    made, feeds = stacked(count)
    left = tidied_gives_the_same(made, feeds, 1e-4)
    assert left == {"Concat": 2, "Slice": 2, "Conv": 2, "Add": 1}
    widths = [weight.dims[1] for weight in tidied(made).graph.initializer if len(weight.dims) == 4]
    assert widths == [20]


def test_a_stack_that_is_a_multiple_of_four_is_left_alone() -> None:
    made, feeds = stacked(20)
    assert tidied_gives_the_same(made, feeds) == {"Concat": 2, "Conv": 2, "Add": 1}


def test_the_same_model_gives_the_same_bytes() -> None:
    made, _ = stacked(17)
    assert tidied(made).SerializeToString(deterministic=True) == tidied(made).SerializeToString(deterministic=True)
