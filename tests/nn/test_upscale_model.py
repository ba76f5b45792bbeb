"""Networks that enlarge, in ONNX: any whole factor, tiles without a seam, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.upscale_model import UpscaleModel
from tests.nn.networks import FREE, checked, model, port, saved, weight

LARGE: tuple[int | str | None, ...] = (1, 3, "h", "w")


def nearest(factor: float = 2.0) -> list[NodeProto]:
    """Nodes that repeat each pixel."""
    return [
        helper.make_node("Constant", [], ["scales"], value=weight("", [1, 1, factor, factor])),
        helper.make_node("Resize", ["image", "", "scales"], ["large"], mode="nearest",
                         coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    ]  # fmt: skip


def network(folder: Path, nodes: list[NodeProto] | None = None, **metadata: str) -> Path:
    made = model(
        nodes or nearest(), inputs=[port("image", FREE)], outputs=[port("large", LARGE)],
        metadata={f"artwalks.{name}": value for name, value in metadata.items()},
    )  # fmt: skip
    return saved(folder, checked(made))


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (63, 64), (200, 131)])
@pytest.mark.parametrize("factor", [1, 2, 3])
def test_any_size_comes_out_whole(tmp_path: Path, size: tuple[int, int], factor: int) -> None:
    given = picture(*size)
    with UpscaleModel.open(network(tmp_path, nearest(factor), tile="64", overlap="8", multiple="4")) as upscaler:
        assert (upscaler.factor, upscaler.tile, upscaler.overlap) == (factor, 64, 8)
        assert np.array_equal(upscaler.enlarge(given), given.repeat(factor, 0).repeat(factor, 1))


def test_a_stranger_says_nothing_of_itself(tmp_path: Path) -> None:
    with UpscaleModel.open(network(tmp_path)) as upscaler:
        assert (upscaler.name, upscaler.tile, upscaler.overlap, upscaler.multiple) == ("net", 256, 32, 1)
        assert upscaler.device == "CPU"


def test_a_pass_from_tile_to_tile_is_soft(tmp_path: Path) -> None:
    """A network that adds a tile's mean to it gives tiles of different brightness: no step between them shows."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=1),
        helper.make_node("Add", ["image", "mean"], ["large"]),
    ]
    given = np.repeat(np.repeat(np.linspace(0, 120, 200, dtype=np.uint8)[None, :, None], 100, 0), 3, 2)
    with UpscaleModel.open(network(tmp_path, nodes, tile="64", overlap="16")) as upscaler:
        made = upscaler.enlarge(given).astype(int)
    means = made[50, 10, 0] - int(given[50, 10, 0]), made[50, 190, 0] - int(given[50, 190, 0])
    assert means[1] - means[0] > 70  # that is what has to be passed
    assert np.abs(np.diff(made, axis=1)).max() <= 4
    assert np.abs(np.diff(made, axis=0)).max() == 0


SHORT = """
import resource, sys
import numpy as np
from pathlib import Path
from artwalks_live.core.errors import ModelError
from artwalks_live.nn.upscale_model import UpscaleModel
for copies in ("few", "many"):
    upscaler = UpscaleModel.open(Path(sys.argv[1], copies, "net.onnx"))
    # What a process has mapped before differs from machine to machine: the room left is what counts.
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (mapped + 800_000_000, hard))
    try:
        print(upscaler.enlarge(np.full((200, 200, 3), 7, np.uint8)).mean(), upscaler.tile)
    except ModelError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    upscaler.close()
"""


def greedy(folder: Path, copies: int) -> None:
    """A network that takes so many copies of a picture in memory."""
    nodes = [
        helper.make_node("Shape", ["image"], ["size"]),
        helper.make_node("Constant", [], ["copies"], value=numpy_helper.from_array(np.array([copies, 1, 1, 1]))),
        helper.make_node("Mul", ["size", "copies"], ["wanted"]),
        helper.make_node("Expand", ["image", "wanted"], ["all"]),
        helper.make_node("Constant", [], ["first"], value=numpy_helper.from_array(np.array([0]))),
        helper.make_node("ReduceMax", ["all", "first"], ["large"], keepdims=1),
    ]
    folder.mkdir()
    network(folder, nodes, overlap="8")


def test_where_memory_is_short_tiles_become_smaller(tmp_path: Path) -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("the memory that a process has mapped is read from Linux's /proc")
    greedy(tmp_path / "few", 2_500)  # 1.2 GB for the whole picture, 0.5 GB for 128x128
    greedy(tmp_path / "many", 50_000)
    done = subprocess.run([sys.executable, "-c", SHORT, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "7.0 128",
        f"{tmp_path / 'many' / 'net.onnx'} finds too little memory on the CPU: close other programs, "
        "or use a smaller network",
    ]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"tile": "0"}, "says artwalks.tile = '0': it must be 64 to 2048"),
        ({"overlap": "-1"}, "says artwalks.overlap = '-1': it must be 8 to 256"),
        ({"multiple": "x"}, "says artwalks.multiple = 'x': it must be 1 to 16"),
    ],
)
def test_what_it_says_of_itself_must_make_sense(tmp_path: Path, metadata: dict[str, str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        UpscaleModel.open(network(tmp_path, **metadata))


def test_what_is_no_upscaling_network(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has the inputs image0 .*, image1 .*: an upscaling network has one, float32"):
        UpscaleModel.open(saved(tmp_path, model()))
    nodes = [helper.make_node("Cast", ["image"], ["large"], to=TensorProto.DOUBLE)]
    made = model(nodes, inputs=[port("image", FREE)], outputs=[port("large", LARGE, TensorProto.DOUBLE)])
    with pytest.raises(ModelError, match=r"has the outputs large float64 .*: an upscaling network has one, float32"):
        UpscaleModel.open(saved(tmp_path, made))
    with pytest.raises(ModelError, match=r"turns 16x16 pixels into 24x24: .* enlarges by a whole number up to 8"):
        UpscaleModel.open(network(tmp_path, nearest(1.5)))
    nodes = [helper.make_node("Log", ["image"], ["large"])]
    with pytest.raises(ModelError, match="gave values that are not finite: use another network"):
        UpscaleModel.open(network(tmp_path, nodes))
    nodes = [helper.make_node("Transpose", ["image"], ["large"], perm=[0, 2, 3, 1])]
    made = model(nodes, inputs=[port("image", FREE)], outputs=[port("large", (1, "h", "w", 3))])
    with pytest.raises(ModelError, match=r"gave float32 \(1, 16, 16, 3\): an upscaling network gives \(1, 3, H, W\)"):
        UpscaleModel.open(saved(tmp_path, made))
