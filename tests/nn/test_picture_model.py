from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.picture_model import Form, PictureModel, checked, fact, whole_fact
from tests.nn.networks import FREE, looking, model, port, saved

FORM = Form("a looker", "float32 (1, C, h, w)", masked=True)
PLAIN = Form("a looker", "float32 (1, C, h, w)")
RED = [(1.0, 0.0, 0.0, 0.0)]


def slope(height: int, width: int) -> np.ndarray:
    """Red grows to the right, green downwards."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, width).round()
    picture[..., 1] = np.linspace(0, 255, height).round()[:, None]
    return picture


@pytest.mark.parametrize("size", [(96, 200), (33, 17), (400, 1300), (8, 8)])
def test_what_is_seen_lies_where_it_is_in_the_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    with PictureModel.open(saved(tmp_path, looking([*RED, (0.0, 1.0, 0.0, 0.0)], stride=4)), PLAIN) as network:
        maps = network.maps(slope(*size))
    high, wide = maps.cells.shape[:2]
    x, y = (np.arange(wide) + 0.5) / wide, (np.arange(high) + 0.5) / high
    step = max(4.0 / min(size[0], 512), 4.0 / min(size[1], 512))
    assert np.abs(maps.cells[..., 0] - x).max() < 1.5 * step
    assert np.abs(maps.cells[..., 1] - y[:, None]).max() < 1.5 * step


def test_a_pixel_of_the_answer_is_measured_in_pixels_of_the_picture(tmp_path: Path) -> None:
    with PictureModel.open(saved(tmp_path, looking(RED, stride=4)), PLAIN) as network:
        assert network.maps(slope(512, 1024)).cell_px == pytest.approx((8.0, 8.0))
        assert network.maps(slope(100, 90)).cell_px == pytest.approx((4.0, 4.0)), "the repeated edge does not count"


def test_given_sides_squeeze_the_picture_and_its_pixels(tmp_path: Path) -> None:
    made = saved(tmp_path, looking(RED, stride=8, shape=(1, 3, 64, 64)))
    with PictureModel.open(made, PLAIN) as network:
        maps = network.maps(slope(32, 256))
    assert maps.cells.shape == (8, 8, 1)
    assert maps.cell_px == pytest.approx((32.0, 4.0))
    assert np.abs(maps.cells[..., 0] - (np.arange(8) + 0.5) / 8).max() < 0.01


def test_a_second_input_is_the_mask_or_everywhere(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    with PictureModel.open(saved(tmp_path, looking([(0, 0, 0, 1)], masked=True)), FORM) as network:
        assert (network.maps(slope(64, 64)).cells == 1.0).all()
        assert np.array_equal(network.maps(slope(64, 64), mask).cells[..., 0] * 255, mask)


def test_metadata_counts_with_and_without_its_prefix(tmp_path: Path) -> None:
    file = checked(saved(tmp_path, looking(RED, metadata={"labels": " sky ", "artwalks.longest": "64"})), PLAIN)
    assert (fact(file, "labels"), fact(file, "activation"), whole_fact(file, "longest", 512, 16, 99)) == ("sky", "", 64)
    with PictureModel.of(file, PLAIN) as network:
        assert network.maps(slope(64, 128)).cells.shape == (32, 64, 1)


@pytest.mark.parametrize("says", ["0", "-3", "many", "9999999"])
def test_a_size_that_cannot_be_is_refused(tmp_path: Path, says: str) -> None:
    made = saved(tmp_path, looking(RED, metadata={"artwalks.multiple": says}))
    with pytest.raises(ModelError, match=rf"net.onnx says multiple = '{says}': it must be 1 to 1024"):
        PictureModel.open(made, PLAIN)


TAKES = r"a looker takes float32 \(1, 3, H, W\), and gives float32 \(1, C, h, w\)"
IDENTITY = [helper.make_node("Identity", ["image"], ["maps"])]


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        ([port("image"), port("mask", (1, 1, "H", "W"))], [port("maps", FREE)], "has the inputs image .*, mask .*"),
        ([port("image")], [port("maps", FREE), port("image", FREE)], "has the inputs image .* and the outputs maps"),
        ([port("image", (1, 1, "H", "W"))], [port("maps", FREE)], r"has the input image float32 \(1, 1, H, W\)"),
        ([port("image", (1, 3, 64, "W"))], [port("maps", FREE)], r"has the input image float32 \(1, 3, 64, W\)"),
        ([port("image", (1, "H", "W", 3))], [port("maps", FREE)], r"has the input image float32 \(1, H, W, 3\)"),
        ([port("image", FREE, TensorProto.UINT8)], [port("maps", FREE, TensorProto.UINT8)], "has the input image uint"),
        ([port("image")], [port("maps", (1, "n"))], r"has the output maps float32 \(1, n\)"),
    ],
)
def test_another_form_is_refused_and_the_right_one_said(
    tmp_path: Path, inputs: list[object], outputs: list[object], said: str
) -> None:
    made = model(IDENTITY, inputs=inputs, outputs=outputs)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=f"net.onnx {said}.*: {TAKES}"):
        checked(saved(tmp_path, made), PLAIN)


def test_a_mask_of_another_size_than_the_picture_is_refused(tmp_path: Path) -> None:
    made = model(IDENTITY, inputs=[port("image"), port("mask", (1, 1, 64, 64))], outputs=[port("maps", FREE)])
    with pytest.raises(ModelError, match=r"has inputs of different sizes, image .*, and perhaps float32"):
        checked(saved(tmp_path, made), FORM)


def test_what_comes_out_is_looked_at(tmp_path: Path) -> None:
    nodes = [helper.make_node("Log", ["image"], ["maps"])]
    network = PictureModel.open(saved(tmp_path, model(nodes, inputs=[port("image")], outputs=[port("maps")])), PLAIN)
    with pytest.raises(ModelError, match=r"net.onnx gave values that are not finite: use another network"):
        network.maps(np.zeros((32, 32, 3), np.uint8))
    nodes = [helper.make_node("Flatten", ["image"], ["maps"])]
    made = model(nodes, inputs=[port("image")], outputs=[port("maps", ("a", "b", "c", "d"))])
    network = PictureModel.open(saved(tmp_path, made), PLAIN)
    with pytest.raises(ModelError, match=rf"net.onnx gave float32 \(1, 3072\): {TAKES}"):
        network.maps(np.zeros((32, 32, 3), np.uint8))
