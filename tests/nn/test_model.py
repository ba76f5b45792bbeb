"""One network in ONNX Runtime: it runs, gives its memory back, and says in one line why it cannot."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from onnx import helper

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.model import Model
from artwalks_live.paths import model_file
from tests.nn.networks import checked, model, port, saved, still

PICTURE = np.full((1, 3, 4, 6), 0.25, np.float32)
FEEDS = {"image0": PICTURE, "image1": PICTURE * 3}


def test_a_network_runs(tmp_path: Path) -> None:
    with Model.open(saved(tmp_path, checked(model(still(2.0)))), threads=2) as net:
        assert net.device in ("CPU", "CUDA")
        found = net.run(FEEDS)
    assert list(found) == ["flow"]
    np.testing.assert_allclose(found["flow"], np.full((1, 4, 4, 6), 1.0), atol=1e-6)


def test_outputs_can_be_chosen(tmp_path: Path) -> None:
    made = model(outputs=[port("flow"), port("apart"), port("two")])
    with Model.open(saved(tmp_path, made)) as net:
        assert list(net.run(FEEDS, ("two",))) == ["two"]
        assert list(net.run(FEEDS)) == ["flow", "apart", "two"]


def test_what_is_opened_is_what_was_examined(tmp_path: Path) -> None:
    path = saved(tmp_path, model())
    net = Model.open(path)
    path.unlink()
    assert net.run(FEEDS)["flow"].shape == (1, 4, 4, 6)
    net.close()


def test_the_checksum_must_be_the_one_that_was_meant(tmp_path: Path) -> None:
    path = saved(tmp_path, model())
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    assert Model.open(path, sha256=right).file.sha256 == right
    with pytest.raises(
        ModelError, match=rf"is not the file that was meant \(sha256 {right[:12]}…, not 000000000000…\)"
    ):
        Model.open(path, sha256="0" * 64)


def test_a_closed_network_does_not_run(tmp_path: Path) -> None:
    net = Model.open(saved(tmp_path, model()))
    net.close()
    net.close()
    with pytest.raises(ModelError, match="was closed"):
        net.run(FEEDS)


@pytest.mark.parametrize(
    "made",
    [
        model([helper.make_node("Nonsense", ["image0"], ["flow"])]),
        model([helper.make_node("Add", ["image0", "nowhere"], ["flow"])]),
        model([helper.make_node("Conv", ["image0"], ["flow"])]),
        model([*still(), *still()]),
    ],
    ids=["operator", "input", "too few inputs", "twice"],
)
def test_what_onnx_runtime_refuses(tmp_path: Path, made: object, capfd: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, made)  # type: ignore[arg-type]
    with pytest.raises(ModelError) as caught:
        Model.open(path)
    line = str(caught.value)
    assert line.startswith(f"{path} is refused by ONNX Runtime ")
    assert line.isprintable()
    assert capfd.readouterr() == ("", "")  # its log is silent: the line says it


def test_what_fails_while_it_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    net = Model.open(saved(tmp_path, model()))
    feeds = {"image0": PICTURE, "image1": np.zeros((1, 3, 5, 6), np.float32)}
    with pytest.raises(ModelError, match=r"net\.onnx failed to run: "):
        net.run(feeds)
    with pytest.raises(ModelError, match=r"net\.onnx failed to run: "):
        net.run({"image0": PICTURE})
    with pytest.raises(ModelError, match=r"net\.onnx failed to run: "):
        net.run({"image0": PICTURE.astype(np.float64), "image1": PICTURE})
    assert capfd.readouterr() == ("", "")


def test_one_thread_and_two_give_the_same_numbers() -> None:
    chance = np.random.default_rng(0)
    feeds = {name: chance.random((1, 3, 128, 256), np.float32) for name in ("image0", "image1")}
    feeds["start"] = np.zeros((1, 4, 64, 128), np.float32)
    results = []
    for threads in (1, 2):
        with Model.open(model_file("film-small.onnx"), threads=threads) as net:
            results.append(net.run(feeds))
    for name, value in results[0].items():
        np.testing.assert_array_equal(value, results[1][name])


def test_onnx_runtime_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, model())
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"cannot be loaded \(.*\): pip install 'artwalks-live\[cpu\]'"):
        Model.open(path)
    monkeypatch.setitem(sys.modules, "onnxruntime", ModuleType("onnxruntime"))
    with pytest.raises(ModelError, match="is hollow: pip uninstall -y onnxruntime onnxruntime-gpu, then pip install"):
        Model.open(path)
