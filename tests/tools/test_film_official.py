"""The official FILM's flow: a SavedModel becomes a flow model that gives what the network gives.

A narrow network of the same build stands for the published one, whose weights nobody has here; the official code itself
is asked by tools/film/check_official.py.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

from artwalks_live.core.errors import ModelError, UsageError
from artwalks_live.nn.flow_model import FlowModel
from artwalks_live.nn.onnx_file import examine
from tests.tools.tensor_bundles import write_saved_model

torch = pytest.importorskip("torch", reason="the conversion needs the extra train (torch, onnx)")
pytest.importorskip("onnx", reason="the conversion needs the extra train (torch, onnx)")

from tools.film import convert_official, speed  # noqa: E402
from tools.film.official import Layout, OfficialFlow, load, variables  # noqa: E402
from tools.film.saved_model import SavedModel  # noqa: E402

NARROW = Layout(levels=6, depth=4, channels=3, convs=3, filters=(4, 6, 4, 8))


def narrow(seed: int = 0) -> OfficialFlow:
    """A narrow network whose weights keep signals alive: flows of a few pixels that differ from place to place."""
    network = OfficialFlow(NARROW).eval()
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            spread = 1.4 / parameter[0].numel() ** 0.5 if parameter.ndim == 4 else 0.1
            parameter.normal_(0, spread, generator=random)
    return network


def saved(network: OfficialFlow, folder: Path) -> Path:
    """The network as a SavedModel, the way to each variable as Keras has it."""
    rooms = {"extract_sublevels": "layer_with_weights-0", "_predictors": "layer_with_weights-1"}
    written = {}
    for wanted, parameter in variables(network):
        value = parameter.detach().numpy()
        value = np.ascontiguousarray(value.transpose(2, 3, 1, 0)) if value.ndim == 4 else value
        assert value.shape == wanted.shape
        written[rooms[wanted.path[0]], *wanted.path] = (wanted.name, value)
    return write_saved_model(folder, written)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel of the narrow network."""
    return saved(narrow(), tmp_path_factory.mktemp("official") / "saved_model")


@pytest.fixture(scope="module")
def converted(folder: Path) -> Path:
    """The flow model of that SavedModel."""
    output = folder.parent / "film-official.onnx"
    convert_official.convert(folder, output, style="style", layout=NARROW)
    return output


def pictures(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Two windows on one random picture, (H, W, 3) in [0, 1]."""
    whole = np.random.default_rng(5).random((height + 3, width + 2, 3), np.float32)
    return whole[:height, :width].copy(), whole[3:, 2:].copy()


def asked(network: OfficialFlow, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What the network itself gives, (h, w, 4), for pictures whose edge is repeated as far as it must be."""
    height, width = a.shape[:2]
    over = ((0, -height % NARROW.multiple), (0, -width % NARROW.multiple), (0, 0))
    given = [torch.from_numpy(np.pad(x, over, mode="edge").transpose(2, 0, 1)[None].copy()) for x in (a, b)]
    with torch.no_grad():
        flow: np.ndarray = network(*given).numpy()[0].transpose(1, 2, 0)
    return flow[:height, :width]


def test_the_published_layout_has_the_published_variables() -> None:
    with torch.device("meta"):
        network = OfficialFlow()
    shapes = {wanted.name: wanted.shape for wanted, _ in variables(network)}
    assert sum(parameter.numel() for parameter in network.parameters()) == 12_011_704
    assert len(shapes) == 56
    assert shapes["feat_net/sub_extractor/cfeat_conv_0/kernel"] == (3, 3, 3, 64)
    assert shapes["feat_net/sub_extractor/cfeat_conv_7/kernel"] == (3, 3, 512, 512)
    assert shapes["predict_flow/flow_predictor_0/conv_0/kernel"] == (3, 3, 128, 32)
    assert shapes["predict_flow/flow_predictor_1/conv_0/kernel"] == (3, 3, 384, 64)
    assert shapes["predict_flow/flow_predictor_2/conv_0/kernel"] == (3, 3, 896, 128)
    assert shapes["predict_flow/flow_predictor_shared/conv_0/kernel"] == (3, 3, 1920, 256)
    assert shapes["predict_flow/flow_predictor_shared/conv_4/bias"] == (2,)
    assert network.layout.multiple == 64


def test_weights_come_back_as_they_were_saved(folder: Path) -> None:
    found, given = load(SavedModel(folder), NARROW).state_dict(), narrow().state_dict()
    assert found.keys() == given.keys()
    for name, value in given.items():
        assert torch.equal(found[name], value), name


def test_the_official_code_gives_the_same_flow() -> None:
    """`OFFICIAL` is what google-research/frame-interpolation gave in TensorFlow 2.15.1 for these very numbers."""
    network = OfficialFlow(NARROW).eval()
    y, x, colour = np.mgrid[:64, :96, :3]
    a = 0.5 + 0.5 * np.sin(x * 0.21 + y * y * 0.004 + colour)
    b = 0.5 + 0.5 * np.sin((x - 3) * 0.21 + (y + 2) ** 2 * 0.004 + colour)
    with torch.no_grad():
        for i, (wanted, parameter) in enumerate(variables(network)):
            value = torch.from_numpy(waves(wanted.shape, i))
            parameter.copy_(value.permute(3, 2, 0, 1) if value.ndim == 4 else value)
    flow = asked(network, a.astype(np.float32), b.astype(np.float32))
    for (row, column), expected in OFFICIAL.items():
        np.testing.assert_allclose(flow[row, column], expected, atol=5e-5)


def waves(shape: tuple[int, ...], phase: int) -> np.ndarray:
    """Numbers as good as random, that any machine can make again."""
    i = np.arange(np.prod(shape), dtype=np.float64)
    value = np.cos(0.37 * i * i + phase).reshape(shape)
    return (value * (2 / np.sqrt(np.prod(shape[:3])) if len(shape) == 4 else 0.1 * value)).astype(np.float32)


OFFICIAL = {
    (0, 0): (2.25401, -0.82915, 2.38632, -1.20636),
    (7, 90): (-1.34124, 2.00461, -0.793831, 2.70217),
    (31, 40): (0.544902, -8.8735, 0.344677, -8.99825),
    (50, 13): (-0.953743, -1.57396, -0.930936, -1.49189),
    (63, 95): (-1.09843, 5.00736, -0.968823, 5.20774),
}


def test_coarse_flow_doubles_on_its_way_to_the_finest_scale() -> None:
    network = narrow()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        for level, chain in enumerate(network.predictors):
            chain[-1].bias.copy_(torch.tensor([1.0, 10.0]) * (level + 1))
        flow = network(torch.rand(1, 3, 32, 64), torch.rand(1, 3, 32, 64))
    x = sum(min(level + 1, 4) * 2.0**level for level in range(NARROW.levels))
    assert flow.shape == (1, 4, 32, 64)
    for channel, expected in enumerate((x, 10 * x, x, 10 * x)):
        assert torch.allclose(flow[0, channel], torch.tensor(expected))


def test_b_is_found_from_image_1_and_f_from_image_0() -> None:
    """FILM's backward flow, which reads image 0, is predict(features of image 1, those of image 0)."""
    network = narrow()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        middles = [network.extractor[0][0], network.extractor[0][2]]
        for layer in (*middles, *(layer for layer in network.predictors[0] if hasattr(layer, "weight"))):
            layer.weight[0, 0, layer.weight.shape[2] // 2, layer.weight.shape[3] // 2] = 1  # red of what is first
        flow = network(torch.full((1, 3, 32, 32), 0.25), torch.full((1, 3, 32, 32), 0.75))
    assert torch.allclose(flow[0, 0], torch.tensor(0.75))
    assert torch.allclose(flow[0, 2], torch.tensor(0.25))


def test_swapped_pictures_swap_the_flows() -> None:
    a, b = pictures(64, 32)
    network = narrow()
    np.testing.assert_allclose(asked(network, b, a), np.roll(asked(network, a, b), 2, -1), atol=1e-5)


@pytest.mark.parametrize("size", [(96, 64), (129, 67), (33, 95), (7, 5)], ids=str)
def test_the_flow_model_gives_what_the_network_gives(converted: Path, size: tuple[int, int]) -> None:
    a, b = pictures(*size)
    model = FlowModel.open(converted)
    found = model.flow(a, b)
    model.close()
    expected = asked(narrow(), a, b)
    assert found.crossover is None
    assert found.flow.shape == (size[1], size[0], 4)
    assert np.abs(expected).max() > 1
    assert expected.std(axis=(0, 1)).min() > 0.1
    np.testing.assert_allclose(found.flow, expected, atol=1e-4)


def test_the_file_says_what_it_is(converted: Path) -> None:
    file = examine(converted)
    model = FlowModel.open(converted)
    assert (model.name, model.multiple, len(model.version)) == ("film-official-style", NARROW.multiple, 12)
    assert file.opset == 18
    assert [str(port) for port in (*file.inputs, *file.outputs)] == [
        "image0 float32 (1, 3, H, W)",
        "image1 float32 (1, 3, H, W)",
        "flow float32 (1, 4, h, w)",
    ]


def test_the_same_weights_give_the_same_bytes(folder: Path, converted: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.onnx"
    line = convert_official.convert(folder, again, style="style", layout=NARROW)
    assert again.read_bytes() == converted.read_bytes()
    assert examine(again).sha256 in line
    other = tmp_path / "other.onnx"
    convert_official.convert(saved(narrow(1), tmp_path / "other"), other, style="style", layout=NARROW)
    assert FlowModel.open(other).version != FlowModel.open(again).version
    assert not list(tmp_path.glob(".*"))


def test_a_narrow_network_is_not_taken_for_the_published_one(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert_official.main([str(folder), "-o", str(tmp_path / "x.onnx"), "--style", "l1"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "cfeat_conv_0/kernel has shape (3, 3, 3, 3), expected (3, 3, 3, 64)" in said
    assert not list(tmp_path.iterdir())


def test_outputs_that_cannot_be_written_are_refused(folder: Path, tmp_path: Path) -> None:
    for output, line in (
        (tmp_path / "film.pt", "give a file's name that ends in"),
        (tmp_path / "none" / "film.onnx", "none is no folder to write film.onnx to"),
    ):
        with pytest.raises(UsageError, match=line):
            convert_official.convert(folder, output, layout=NARROW)
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(UsageError, match="give a file's name that ends in"):
        convert_official.convert(folder, tmp_path / "folder.onnx", layout=NARROW)
    with pytest.raises(ModelError, match="there is no such folder: give the folder of FILM's SavedModel"):
        convert_official.convert(tmp_path / "none", tmp_path / "film.onnx", layout=NARROW)


def test_two_networks_are_timed_in_turns(converted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--small", str(converted), "--official", str(converted), "--sizes", "40x30", "32x64", "--repeats", "1"]
    assert speed.main(words) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("40x30, 1 turns: film-official-style ")
    assert second.startswith("32x64, 1 turns: film-official-style ")
    assert "times as fast" in second


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--sizes", "640"], "--sizes 640: give WIDTHxHEIGHT"),
        (["--sizes", "0x9"], "--sizes 0x9: give WIDTHxHEIGHT"),
        (["--repeats", "0"], "--repeats 0: give 1 or more"),
        (["--official", "none.onnx"], "none.onnx does not exist"),
    ],
)
def test_what_cannot_be_timed_is_refused(
    converted: Path, words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert speed.main(["--small", str(converted), *words]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1
