"""Flows from a network in ONNX, ours or a stranger's: any size goes in, and what comes out lies over the pictures."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from artwalks_live.core.errors import FlowShapeError, ModelError
from artwalks_live.nn.flow_model import LONGEST, FlowModel
from artwalks_live.paths import model_file
from tests.nn.networks import GRID, checked, model, port, saved, still, weight

SIZES = [(1, 1), (1, 2), (17, 33), (64, 64), (65, 63), (90, 160)]


def pictures(size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    a, b = (chance.integers(0, 256, (*size, 3), dtype=np.uint8) for _ in range(2))
    return a, b


def opened(folder: Path, made: ModelProto) -> FlowModel:
    return FlowModel.open(saved(folder, made))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("multiple", [None, "1", "7", "32"])
def test_each_place_gets_its_own_flow(tmp_path: Path, size: tuple[int, int], multiple: str | None) -> None:
    """The test's network gives twice the difference of the pictures, pixel by pixel: nothing may be shifted."""
    a, b = pictures(size)
    net = opened(tmp_path, checked(model(still(2.0), metadata={"artwalks.multiple": multiple} if multiple else {})))
    found = net.flow(a, b)
    apart = (b.astype(np.float32) - a.astype(np.float32))[..., :2] / 255 * 2
    assert found.flow.dtype == np.float32
    assert found.crossover is None
    np.testing.assert_allclose(found.flow, np.concatenate([apart, apart], 2), atol=1e-6)


def test_floats_are_the_same_pictures(tmp_path: Path) -> None:
    a, b = pictures((20, 30))
    net = opened(tmp_path, model(still(1.0)))
    np.testing.assert_array_equal(net.flow(a, b).flow, net.flow(a / 255.0, b.astype(np.float32) / 255).flow)


def sizes_seen() -> ModelProto:
    """A network whose flow says how large its inputs were: 1/width, 1/height, both ways, on a grid of 1/8."""
    nodes = [
        helper.make_node("AveragePool", ["image0"], ["small"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Slice", ["small", "from", "to", "axis"], ["two"]),
        helper.make_node("Concat", ["two", "two"], ["four"], axis=1),
        helper.make_node("Mul", ["four", "nothing"], ["zero"]),
        helper.make_node("Shape", ["image0"], ["sides"], start=2),
        helper.make_node("Cast", ["sides"], ["long"], to=TensorProto.FLOAT),
        helper.make_node("Reciprocal", ["long"], ["yx"]),
        helper.make_node("Split", ["yx"], ["y", "x"], num_outputs=2),
        helper.make_node("Concat", ["x", "y", "x", "y"], ["xyxy"], axis=0),
        helper.make_node("Unsqueeze", ["xyxy", "two_more"], ["column"]),
        helper.make_node("Add", ["zero", "column"], ["flow"]),
        helper.make_node("Slice", ["four", "from", "to", "axis"], ["crossover"]),
    ]
    axes = helper.make_tensor("two_more", TensorProto.INT64, [2], [1, 2])
    return model(
        nodes, weights=[weight("nothing", [0.0]), axes], metadata={"artwalks.multiple": "16"},
        outputs=[port("flow", GRID), port("crossover", (1, 2, "h", "w"))],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("size", "seen"),
    [((720, 1280), (720, 1280)), ((1440, 2560), (720, 1280)), ((2000, 500), (1280, 320)), ((3, 2000), (2, 1280))],
)
def test_large_pictures_are_reduced_and_the_vectors_scaled_back(
    tmp_path: Path, size: tuple[int, int], seen: tuple[int, int]
) -> None:
    """In pixels of the given pictures a flow of one padded width is as much longer as they are larger."""
    flat = np.full((*size, 3), 51, np.uint8)
    found = opened(tmp_path, checked(sizes_seen())).flow(flat, flat)
    height, width = (-(-side // 16) * 16 for side in seen)
    assert found.flow.shape == (-(-seen[0] // 8), -(-seen[1] // 8), 4)
    wanted = np.tile([size[1] / seen[1] / width, size[0] / seen[0] / height], 2)
    np.testing.assert_allclose(found.flow, np.broadcast_to(wanted, found.flow.shape), rtol=1e-5)
    assert found.crossover is not None
    np.testing.assert_allclose(found.crossover, np.full((*found.flow.shape[:2], 2), 0.2), atol=1e-6)
    assert max(seen) <= LONGEST


def starting() -> ModelProto:
    """A network that gives the rough flow back."""
    nodes = [helper.make_node("Identity", ["start"], ["flow"])]
    given = [port("image0"), port("image1"), port("start", (1, 4, "h", "w"))]
    return model(nodes, inputs=given, metadata={"artwalks.multiple": "32"})


def test_a_rough_flow_is_brought_to_the_networks_grid(tmp_path: Path) -> None:
    net = opened(tmp_path, checked(starting()))
    assert net.takes_start
    a, b = pictures((50, 70))
    rough = np.random.default_rng(1).normal(0, 5, (25, 35, 4)).astype(np.float32)
    np.testing.assert_allclose(net.flow(a, b, rough).flow, rough, atol=1e-5)
    np.testing.assert_array_equal(net.flow(a, b).flow, np.zeros_like(rough))
    flat = np.broadcast_to(np.array([4, -2, 1, 3], np.float32), (7, 9, 4))
    np.testing.assert_allclose(net.flow(a, b, flat).flow, np.broadcast_to(flat[0, 0], (25, 35, 4)), atol=1e-5)


def test_a_rough_flow_is_in_pixels_of_the_given_pictures(tmp_path: Path) -> None:
    """It goes to the reduced picture and back: the same vectors come out."""
    flat = np.zeros((100, 2000, 3), np.uint8)
    rough = np.broadcast_to(np.array([10, -20, 30, 40], np.float32), (5, 100, 4))
    found = opened(tmp_path, starting()).flow(flat, flat, rough).flow
    np.testing.assert_allclose(found, np.broadcast_to(rough[0, 0], found.shape), rtol=1e-5)


def test_networks_that_take_no_rough_flow_do_not_look_at_it(tmp_path: Path) -> None:
    a, b = pictures((20, 30))
    net = opened(tmp_path, model(still(1.0)))
    assert not net.takes_start
    np.testing.assert_array_equal(net.flow(a, b, np.full((2, 2, 4), np.nan, np.float32)).flow, net.flow(a, b).flow)


@pytest.mark.parametrize("shape", [(4, 4, 3), (4, 4), (0, 4, 4)])
def test_a_rough_flow_of_another_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    a, b = pictures((20, 30))
    with pytest.raises(FlowShapeError, match="the rough flow has shape"):
        opened(tmp_path, starting()).flow(a, b, np.zeros(shape, np.float32))


def test_its_names(tmp_path: Path) -> None:
    net = opened(tmp_path, model(metadata={"artwalks.name": "mine", "artwalks.version": "3"}))
    assert (net.name, net.version, net.multiple, len(net.sha256)) == ("mine", "3", 64, 64)
    plain = opened(tmp_path, model())
    assert (plain.name, plain.version) == ("net", "")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (model(inputs=[port("image0"), port("other")]), "has the inputs image0, other: a flow network has image0 and"),
        (model(inputs=[port("image0")]), "has the inputs image0: "),
        (model(inputs=[port("image0"), port("image1"), port("more")]), "has the inputs image0, image1, more: "),
        (model(outputs=[port("four", GRID)]), "has the outputs four: a flow network has flow, and perhaps crossover"),
        (
            model(inputs=[port("image0", (1, 1, "H", "W")), port("image1")]),
            r"has image0 float32 \(1, 1, H, W\): a flow",
        ),
        (model(inputs=[port("image0", ("H", "W", 3)), port("image1")]), r"has image0 float32 \(H, W, 3\): a flow"),
        (model(inputs=[port("image0"), port("image1", (2, 3, "H", "W"))]), r"has image1 float32 \(2, 3, H, W\)"),
        (
            model(inputs=[port("image0"), port("image1", (1, 3, 64, 64))]),
            r"has image1 .*\(1, 3, H, W\), with free sides",
        ),
        (model(inputs=[port("image0", kind=TensorProto.INT64), port("image1")]), "has image0 int64"),
        (model(inputs=[port("image0", kind=TensorProto.UINT8), port("image1")]), "has image0 uint8"),
        (model(inputs=[port("image0", kind=TensorProto.FLOAT16), port("image1")]), "has image0 float16"),
        (model(outputs=[port("flow", (1, 2, "h", "w"))]), r"has flow float32 \(1, 2, h, w\): .*\(1, 4, H, W\)"),
        (model(outputs=[port("flow", GRID, TensorProto.DOUBLE)]), "has flow float64"),
        (
            model(outputs=[port("flow", GRID), port("crossover", GRID)]),
            r"crossover float32 \(1, 4, h, w\): .*\(1, 2, H",
        ),
        (model(metadata={"artwalks.multiple": "0"}), "says artwalks.multiple = '0': it must be 1 to 1280"),
        (model(metadata={"artwalks.multiple": "-8"}), "says artwalks.multiple = '-8'"),
        (model(metadata={"artwalks.multiple": "９"}), "says artwalks.multiple = "),
        (model(metadata={"artwalks.multiple": "9" * 5000}), "says artwalks.multiple = '999"),
        (model(metadata={"artwalks.multiple": "1.5"}), "says artwalks.multiple = '1.5'"),
    ],
)
def test_what_is_no_flow_network(tmp_path: Path, made: ModelProto, message: str) -> None:
    path = saved(tmp_path, made)
    with pytest.raises(ModelError, match=message) as caught:
        FlowModel.open(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 400 + len(str(path))


def test_an_axis_of_which_nothing_is_said_may_be_right(tmp_path: Path) -> None:
    bare = helper.make_tensor_value_info("image1", TensorProto.FLOAT, None)
    made = model(inputs=[port("image0", ("N", "C", None, None)), bare], outputs=[port("flow", ("N", None, "h", "w"))])
    a, b = pictures((9, 8))
    assert opened(tmp_path, made).flow(a, b).flow.shape == (9, 8, 4)


@pytest.mark.parametrize(
    ("scale", "message"), [(np.nan, "not finite"), (np.inf, "not finite"), (1e30, "no flow network")]
)
def test_numbers_that_are_none(tmp_path: Path, scale: float, message: str) -> None:
    a, b = pictures((20, 30))
    with pytest.raises(ModelError, match=rf"net\.onnx gave .*{message}"):
        opened(tmp_path, model(still(scale))).flow(a, b)


def test_pictures_that_hold_no_numbers(tmp_path: Path) -> None:
    a = np.full((20, 30, 3), np.nan, np.float32)
    with pytest.raises(ModelError, match="flow with values that are not finite"):
        opened(tmp_path, model(still(1.0))).flow(a, a)


@pytest.mark.parametrize(
    ("flow", "crossover"),
    [("image0", None), ("two", None), ("four", "small"), ("flat", None)],
    ids=["channels", "fewer channels", "two grids", "rank"],
)
def test_results_of_another_shape_than_was_said(tmp_path: Path, flow: str, crossover: str | None) -> None:
    nodes = [
        *still(1.0)[:3],
        helper.make_node("AveragePool", ["two"], ["small"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["four", "line"], ["flat"]),
        helper.make_node("Identity", [flow], ["flow"]),
        helper.make_node("Identity", [crossover or "two"], ["crossover"]),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("flow", "crossover")]
    made = model(nodes, outputs=outputs, weights=[helper.make_tensor("line", TensorProto.INT64, [1], [-1])])
    a, b = pictures((20, 30))
    with pytest.raises(
        ModelError, match=r"net\.onnx gave (flow|crossover) as float32 \(.*\): it must be float32 \(1, [42]"
    ):
        opened(tmp_path, made).flow(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [((4, 4, 3), (4, 5, 3)), ((4, 4), (4, 4)), ((4, 4, 4), (4, 4, 4)), ((0, 4, 3), (0, 4, 3))],
)
def test_pictures_that_are_no_pair(tmp_path: Path, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    with pytest.raises(FlowShapeError, match="both must be"):
        opened(tmp_path, model()).flow(np.zeros(a, np.uint8), np.zeros(b, np.uint8))


SHIPPED = model_file("film-small.onnx")


@pytest.fixture(scope="module")
def shipped() -> FlowModel:
    return FlowModel.open(SHIPPED)


def painted(size: tuple[int, int], seed: int) -> np.ndarray:
    """Soft forms, (H, W, 3) float32."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)[..., None, None]
    waves = chance.uniform(-0.25, 0.25, (10, 2, 3)).astype(np.float32)
    forms: np.ndarray = (
        0.5 + 0.5 * np.sin(x * waves[:, 0] + y * waves[:, 1] + chance.uniform(0, 6, (10, 3))).mean(2)
    ).astype(np.float32)
    return forms


def test_the_shipped_card_names_the_shipped_file() -> None:
    card = SHIPPED.with_suffix(".md").read_text(encoding="utf-8")
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() in card
    assert f"film-small.onnx, {SHIPPED.stat().st_size} bytes" in card
    assert "Licence: MIT" in card


def test_the_shipped_network_leaves_what_stands_still(shipped: FlowModel) -> None:
    picture = painted((180, 320), 0)
    found = shipped.flow(picture, picture)
    assert np.abs(found.flow).mean() < 0.1
    assert found.crossover is not None
    assert np.abs(found.crossover[..., 0]).mean() < 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (17, 33), (2, 3), (97, 161)])
def test_the_shipped_network_takes_any_size(shipped: FlowModel, size: tuple[int, int]) -> None:
    found = shipped.flow(*pictures(size))
    assert found.flow.shape == (-(-size[0] // 2), -(-size[1] // 2), 4)
    assert np.isfinite(found.flow).all()
    assert found.crossover is not None
    assert found.crossover.shape == (*found.flow.shape[:2], 2)
    np.testing.assert_array_equal(found.crossover[..., 1], 1)


@pytest.mark.parametrize("kind", ["black", "white", "black to white", "noise"])
def test_the_shipped_network_stays_sane_on_hard_pictures(shipped: FlowModel, kind: str) -> None:
    a, b = pictures((64, 96))
    if kind != "noise":
        a, b = a * 0, b * 0 + (255 if "to" in kind else 0)
        a, b = (a + 255, b + 255) if kind == "white" else (a, b)
    found = shipped.flow(a, b)
    assert np.abs(found.flow).max() < 96
    assert found.crossover is not None
    assert np.isfinite(found.crossover).all()


def test_swapping_the_pictures_swaps_the_flows(shipped: FlowModel) -> None:
    a, b = painted((96, 160), 1), painted((96, 160), 2)
    rough = np.random.default_rng(3).normal(0, 3, (48, 80, 4)).astype(np.float32)
    there, back = shipped.flow(a, b, rough), shipped.flow(b, a, np.roll(rough, 2, 2))
    np.testing.assert_allclose(there.flow, np.roll(back.flow, 2, 2), atol=1e-3)
    assert there.crossover is not None
    assert back.crossover is not None
    np.testing.assert_allclose(there.crossover[..., 0], -back.crossover[..., 0], atol=1e-3)


def test_the_same_pictures_give_the_same_numbers(shipped: FlowModel) -> None:
    a, b = painted((70, 90), 1), painted((70, 90), 2)
    first = shipped.flow(a, b)
    again = FlowModel.open(SHIPPED, threads=2).flow(a, b)
    np.testing.assert_array_equal(first.flow, again.flow)
