"""The export: the file gives what torch gives, the same weights give the same bytes, and mistakes are one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.flow_model import FlowModel
from artwalks_live.nn.onnx_file import examine
from tools.film import export
from tools.film.network import FilmSmall, Shape
from tools.film.parity import difference_px
from tools.film.weights import read_weights

TINY = Shape(levels=2, half=4, quarter=8, key=4, reach=1, hidden=5, width=10, fine=6)
LEVELS = 3


def lively(shape: Shape = TINY, seed: int = 0) -> FilmSmall:
    """A network that was never trained, whose flows are some pixels long."""
    torch.manual_seed(seed)
    net = FilmSmall(shape)
    for name, value in net.named_parameters():
        if name in ("predictor.6.weight", "refiner.6.weight"):
            torch.nn.init.normal_(value, std=0.2)
    return net.eval().requires_grad_(False)


def state_of(net: FilmSmall) -> dict[str, Any]:
    """What `tools.film.train` keeps."""
    options = {"hours": 1.5, "batch": 6, "size": (192, 128), "rate": 8e-4, "seed": 7, "flow_weight": 0.1}
    other = {name: value + 1 for name, value in net.state_dict().items()}
    return {
        "net": other, "mean": net.state_dict(), "optimizer": {}, "shape": net.shape.to_json(), "seen": 600,
        "steps": 100, "elapsed": 5400.0, "options": options,
    }  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a training."""
    return trained(tmp_path / "run")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ONNX file of such a run, card and weights beside it; tests only read them."""
    folder = tmp_path_factory.mktemp("export")
    return exported(trained(folder / "run"), folder / "out")


def trained(folder: Path) -> Path:
    folder.mkdir()
    torch.save(state_of(lively()), folder / "state.pt")
    return folder


def exported(run: Path, folder: Path, *more: str) -> Path:
    """Export into a folder; gives the ONNX file."""
    folder.mkdir(exist_ok=True)
    out = folder / "net.onnx"
    words = [str(run), "--out", str(out), "--weights", str(folder / "net.safetensors"), "--levels", str(LEVELS)]
    assert export.main([*words, "--name", "tiny", *more]) == 0
    return out


def shipping() -> FilmSmall:
    """The network that `run` exports: the mean weights, with more scales."""
    net = FilmSmall(Shape(**{**TINY.to_json(), "levels": LEVELS}))
    net.load_state_dict(lively().state_dict())
    return net.eval().requires_grad_(False)


def test_the_file_says_what_it_is(out: Path) -> None:
    file = examine(out)
    assert file.opset == 18
    assert [str(port) for port in file.inputs] == [
        "image0 float32 (1, 3, H, W)", "image1 float32 (1, 3, H, W)", "start float32 (1, 4, H/2, W/2)",
    ]  # fmt: skip
    assert [str(port) for port in file.outputs] == ["flow float32 (1, 4, h, w)", "crossover float32 (1, 2, h, w)"]
    assert file.metadata["artwalks.multiple"] == "16"
    assert file.metadata["artwalks.name"] == "tiny"
    assert file.metadata["artwalks.version"] == read_weights(out.parent.with_name("run")).version


def test_it_gives_what_torch_gives(out: Path) -> None:
    """At five sizes, straight through ONNX Runtime: nothing of ours in between."""
    net = shipping()
    session = onnxruntime.InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    chance = np.random.default_rng(0)
    for height, width in ((16, 16), (16, 48), (64, 32), (80, 112), (128, 96)):
        feeds = {name: chance.random((1, 3, height, width), np.float32) for name in ("image0", "image1")}
        feeds["start"] = chance.normal(0, 4, (1, 4, height // 2, width // 2)).astype(np.float32)
        wanted = net(*map(torch.from_numpy, feeds.values()))
        assert float(wanted[0].abs().mean()) > 0.5
        for mine, theirs in zip(session.run(["flow", "crossover"], feeds), wanted, strict=True):
            np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("size", [(16, 32), (17, 33), (90, 50), (1, 1), (31, 47)])
def test_padding_is_the_edge_repeated(out: Path, size: tuple[int, int]) -> None:
    """Through FlowModel, against torch on pictures padded by NumPy and read back by NumPy."""
    model, net = FlowModel.open(out), shipping()
    chance = np.random.default_rng(1)
    a, b = (chance.random((*size, 3), np.float32) for _ in range(2))
    missing = [(0, -side % 16) for side in size]
    given = [torch.from_numpy(np.pad(x, (*missing, (0, 0)), mode="edge").transpose(2, 0, 1)[None]) for x in (a, b)]
    flow, crossover = net(*given, torch.zeros(1, 4, given[0].shape[-2] // 2, given[0].shape[-1] // 2))
    found = model.flow(a, b)
    assert found.crossover is not None
    for mine, theirs in ((found.flow, flow), (found.crossover, crossover)):
        wanted = theirs[0].permute(1, 2, 0).numpy()
        for axis in (0, 1):  # cells of two pixels; the last of an odd side would reach out: all are a little smaller
            at = (np.arange(mine.shape[axis]) + 0.5) * size[axis] / mine.shape[axis] / 2 - 0.5
            places = np.arange(wanted.shape[axis])
            wanted = np.apply_along_axis(lambda line, at=at, places=places: np.interp(at, places, line), axis, wanted)
        np.testing.assert_allclose(mine, wanted, rtol=1e-5, atol=1e-3)


def test_a_file_of_other_weights_is_noticed(out: Path) -> None:
    data, net = out.read_bytes(), shipping()
    assert difference_px(data, net) < 1e-3
    dict(net.named_parameters())["refiner.6.bias"].add_(0.01)
    with pytest.raises(
        ModelError, match=r"ONNX Runtime and torch are 0\.02\d? px apart at \(128, 128\): the export is broken"
    ):
        difference_px(data, net)


def test_the_same_weights_give_the_same_bytes(out: Path, run: Path, tmp_path: Path) -> None:
    again = exported(run, tmp_path / "again")
    from_weights = exported(out.with_suffix(".safetensors"), tmp_path / "from")
    for suffix in (".onnx", ".safetensors"):
        contents = {path.with_suffix(suffix).read_bytes() for path in (out, again, from_weights)}
        assert len(contents) == 1


def test_weights_can_be_trained_on_from(out: Path, run: Path) -> None:
    """All of them, as float32, with the shape and what is known of the training."""
    weights = read_weights(out.with_suffix(".safetensors"))
    net = FilmSmall(Shape(**weights.shape))
    net.load_state_dict(dict(weights.tensors))
    for name, value in lively().state_dict().items():
        assert torch.equal(net.state_dict()[name], value)
    assert weights.training["hours"] == 1.5
    assert (weights.training["steps"], weights.training["scenes"], weights.training["seed"]) == (100, 600, 7)
    assert weights.training["options"]["size"] == [192, 128]
    assert weights.version == read_weights(run).version


def test_the_card(run: Path, tmp_path: Path) -> None:
    figures = {"psnr_mean": 35.25, "pairs": 6, "drawn_by": "shader", "epe_mean": None, "triplets": {}}
    (tmp_path / "figures.json").write_text(json.dumps(figures))
    out = exported(
        run, tmp_path / "out", "--hardware", "one abacus", "--data", "three prints", "--metrics",
        str(tmp_path / "figures.json"),
    )  # fmt: skip
    card = out.with_suffix(".md").read_text()
    said = [
        "# tiny", "net.onnx", hashlib.sha256(out.read_bytes()).hexdigest(), f"{out.stat().st_size} bytes",
        "levels 3, half 4, quarter 8", f"{sum(p.numel() for p in lively().parameters()):,}",
        "1.50 hours, 100 steps, seed 7", "one abacus", "textures of three prints", "35.25", "drawn by the shader",
        "Licence: MIT",
    ]  # fmt: skip
    assert [words for words in said if words not in card] == []
    assert "None" not in card


def test_no_path_of_this_machine_is_in_the_files(out: Path) -> None:
    for path in (out, out.with_suffix(".md"), out.with_suffix(".safetensors")):
        content = path.read_bytes()
        for secret in (str(export.ROOT), str(out.parent.parent), str(Path.home())):
            assert secret == "/" or secret.encode() not in content


def altered(**changes: Any) -> Callable[[Path], None]:
    """Keep a state with parts of it changed."""
    return lambda run: torch.save(state_of(lively()) | changes, run / "state.pt")


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in lively().state_dict().items() if key != name}


def written(content: bytes) -> Callable[[Path], None]:
    def write(run: Path) -> None:
        (run / "state.pt").write_bytes(content)

    return write


class Evil:
    """What a pickle could run; it is not run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run!",)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda run: (run / "state.pt").unlink(), "state.pt does not exist: give a folder of tools.film.train"),
        (written(b""), "holds no weights of tools.film.train ("),
        (written(b"a text"), "holds no weights of tools.film.train ("),
        (written(b"PK\x03\x04" + bytes(100)), "holds no weights of tools.film.train ("),
        (lambda run: torch.save(Evil(), run / "state.pt"), "holds no weights of tools.film.train ("),
        (lambda run: torch.save([1], run / "state.pt"), "holds no weights of tools.film.train ("),
        (altered(mean={}), "is of another network than tools/film/network.py: "),
        (altered(mean=without("key.bias")), "is of another network than tools/film/network.py: "),
        (altered(shape={"levels": 2, "depth": 3}), "is of another network than tools/film/network.py: "),
        (altered(shape=Shape().to_json()), "is of another network than tools/film/network.py: "),
        (altered(shape=TINY.to_json() | {"half": "4"}), "holds no weights of tools.film.train ("),
        (altered(elapsed=float("nan")), "holds no weights of tools.film.train ("),
        (altered(mean=lively().state_dict() | {"key.bias": torch.full((4,), torch.nan)}), "key.bias is not finite"),
    ],
)
def test_a_run_that_cannot_be_exported(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None], message: str
) -> None:
    spoil(run)
    refused([str(run)], tmp_path, capsys, message)


@pytest.mark.parametrize("cut", [0, 7, 60, -5])
def test_weights_that_are_cut_off(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], cut: int) -> None:
    whole = out.with_suffix(".safetensors").read_bytes()
    path = tmp_path / "cut.safetensors"
    path.write_bytes(whole[:cut])
    refused([str(path)], tmp_path, capsys, "cut.safetensors holds no weights of tools.film.train (")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "net.bin"], "net.bin: give a file's name that ends in .onnx"),
        (["--out", "none/net.onnx"], "none is no folder to write net.onnx to: make it first"),
        (["--weights", "net.onnx"], "net.onnx: give a file's name that ends in .safetensors"),
        (["--metrics", "none.json"], "--metrics none.json cannot be read ("),
        (["--levels", "0"], "--levels 0: give 1 to 8"),
        (["--levels", "9"], "--levels 9: give 1 to 8"),
    ],
)
def test_options_that_cannot_be_used(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    refused([str(run), *words], tmp_path, capsys, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [("no json", "is no JSON ("), ("[]", "has no psnr_mean"), ('{"psnr_mean": "35"}', "has no psnr_mean")],
)
def test_figures_that_are_none(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    path = tmp_path / "figures.json"
    path.write_text(content)
    refused([str(run), "--metrics", str(path)], tmp_path, capsys, message)


def test_a_network_too_large_to_ship(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(state_of(FilmSmall(Shape(levels=1, width=400))), run / "state.pt")
    refused([str(run)], tmp_path, capsys, "MB: 8 MB may ship")


def refused(words: list[str], folder: Path, capsys: pytest.CaptureFixture[str], message: str) -> None:
    """Status 2, one line that says so, and nothing written."""
    given = {"--out": str(folder / "net.onnx"), "--weights": str(folder / "net.safetensors"), "--levels": "3"}
    extra = [word for key, value in given.items() if key not in words for word in (key, value)]
    assert export.main([*words, *extra]) == 2
    out, line = capsys.readouterr()
    assert out == ""
    assert line.startswith("export: ")
    assert line.count("\n") == 1
    assert message in line
    assert not list(folder.glob("net.*"))
