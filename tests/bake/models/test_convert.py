"""Real-ESRGAN checkpoints become ONNX: both layouts, all factors, as in torch; and strangers' files run nothing."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="checkpoints are converted with the extra upscale (torch, onnx)")
pytest.importorskip("onnx", reason="checkpoints are converted with the extra upscale (torch, onnx)")
pytest.importorskip("safetensors", reason="checkpoints are converted with the extra upscale (torch, onnx)")

from artwalks_live.bake.models import converting, record  # noqa: E402
from artwalks_live.bake.models.catalogue import CATALOGUE, Checkpoint, Entry  # noqa: E402
from artwalks_live.bake.models.convert import convert  # noqa: E402
from artwalks_live.bake.models.esrgan import Compact, Residual, network  # noqa: E402
from artwalks_live.core.errors import ModelError  # noqa: E402
from artwalks_live.nn.blend import blended  # noqa: E402
from artwalks_live.nn.onnx_file import examine  # noqa: E402
from artwalks_live.nn.upscale_model import UpscaleModel  # noqa: E402
from tests.bake.models.checkpoints import Evil, compact, given_by_torch, lively, residual, saved  # noqa: E402
from tests.bake.models.hubserver import serving  # noqa: E402


def picture(height: int, width: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


def answer(capsys: pytest.CaptureFixture[str], checkpoint: Path, target: Path) -> dict[str, object]:
    """What the converting process says, run here: its parent is tested below."""
    converting.main(checkpoint, target)
    said: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return said


def test_the_layouts_have_the_published_names_and_sizes() -> None:
    general, large = Compact(64, 32, 4).state_dict(), Residual(64, 32, 23, 4).state_dict()
    assert sum(value.numel() for value in general.values()) == 1_213_296
    assert sum(value.numel() for value in large.values()) == 16_697_987
    assert {"body.0.weight", "body.1.weight", "body.66.bias"} <= set(general)
    assert {"conv_first.weight", "body.22.rdb3.conv5.bias", "conv_body.bias", "conv_up2.weight", "conv_hr.bias",
            "conv_last.weight"} <= set(large)  # fmt: skip
    assert Residual(64, 32, 23, 2).conv_first.weight.shape == (64, 12, 3, 3)


@pytest.mark.parametrize("layout", ["compact", "compact2", "residual4", "residual2", "residual1"])
@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_a_checkpoint_gives_in_onnx_what_it_gives_in_torch(
    layout: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = residual(int(layout[-1])) if layout.startswith("res") else compact(factor=2 if layout[-1] == "2" else 4)
    key = {"compact": "params", "residual4": "params_ema"}.get(layout, "")
    checkpoint, target = saved(made, tmp_path / name, key), tmp_path / "net.onnx"
    assert answer(capsys, checkpoint, target) == {"done": True}
    with UpscaleModel.open(target) as model:
        assert (model.factor, model.multiple, model.name) == (made.factor, made.multiple, "net")
        for size in ((16, 24), (28, 20)):
            given = picture(*size)
            wanted = given_by_torch(made, given)
            assert np.abs(wanted).max() > 0.5  # there is something to agree about
            assert np.abs(model.raw(given) - wanted).max() < 1e-3


@pytest.mark.parametrize(("layout", "size", "tile"), [("compact", 0, 64), ("residual", 4, 120), ("residual", 2, 216)])
def test_tiles_give_what_one_run_gives(layout: str, size: int, tile: int, tmp_path: Path) -> None:
    made = compact() if layout == "compact" else residual(size)
    (tmp_path / "net.onnx").write_bytes(converting.to_onnx(made, "net"))
    high, wide = (130, 171) if tile < 200 else (224, 243)
    given = (picture(high, wide) * 255).astype(np.uint8)
    with UpscaleModel.open(tmp_path / "net.onnx") as model:
        model.tile = 1024
        whole = model.enlarge(given)
        assert whole.shape == (high * made.factor, wide * made.factor, 3)
        even = np.pad(given, ((0, 0), (0, wide % made.multiple), (0, 0)), mode="edge") / np.float32(255)
        levels = np.clip(given_by_torch(made, even)[:, : wide * made.factor], 0, 1) * 255
        assert np.abs(whole - levels).max() < 0.51
        model.tile = tile
        shares: list[float] = []
        tiled = model.enlarge(given, shares.append)
    assert len(shares) > 1
    assert shares[-1] == 1.0
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_the_same_weights_give_the_same_bytes() -> None:
    assert converting.to_onnx(compact(), "a") == converting.to_onnx(compact(), "a")


def test_denoise_strength_lies_between_the_two_checkpoints(tmp_path: Path) -> None:
    two = [compact(seed=1), compact(seed=2)]
    for number, made in enumerate(two):
        (tmp_path / f"{number}.onnx").write_bytes(converting.to_onnx(made, "net"))
    a, b = (examine(tmp_path / f"{number}.onnx") for number in (0, 1))
    given = picture(16, 20)
    for share in (0.0, 0.3, 1.0):
        states = [made.state_dict() for made in two]
        between = compact()
        between.load_state_dict({name: share * states[0][name] + (1 - share) * states[1][name] for name in states[0]})
        with UpscaleModel.of(blended(a, b, share)) as model:
            assert np.abs(model.raw(given) - given_by_torch(between, given)).max() < 1e-4
    assert blended(a, b, 1.0).sha256 == a.sha256
    (tmp_path / "other.onnx").write_bytes(converting.to_onnx(compact(factor=2), "net"))
    with pytest.raises(ModelError, match="are not of one layout and cannot be mixed"):
        blended(a, examine(tmp_path / "other.onnx"), 0.5)


def test_a_pickle_that_would_run_a_program_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark, checkpoint = tmp_path / "it-ran", tmp_path / "evil.pth"
    torch.save({"params": {"body.0.weight": Evil(mark)}}, checkpoint)
    with pytest.raises(ModelError, match=r"evil\.pth holds more than tensors and was refused; nothing in it was run"):
        convert(checkpoint, tmp_path / "evil.onnx")
    checkpoint.write_bytes(pickle.dumps(Evil(mark)))  # as torch wrote them before it used zip
    assert "evil.pth" in str(answer(capsys, checkpoint, tmp_path / "evil.onnx")["error"])
    assert not mark.exists()
    assert not (tmp_path / "evil.onnx").exists()
    pickle.loads(checkpoint.read_bytes())  # it is a live one
    assert mark.exists()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1500])


def _text(path: Path) -> None:
    path.write_text("<html>not found</html>")


def _other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "a")


@pytest.mark.parametrize("damage", [_cut, _text, _other_zip])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_damaged_file_is_one_line(
    damage: object, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = saved(compact(), tmp_path / f"net{suffix}")
    damage(checkpoint)  # type: ignore[operator]
    said = answer(capsys, checkpoint, tmp_path / "net.onnx")
    assert str(said["error"]).startswith(f"net{suffix} ")
    assert not (tmp_path / "net.onnx").exists()


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"params": {}}, "is no checkpoint of a network alone"),
        ({"params": {"a": 1}}, "is no checkpoint of a network alone"),
        ([1, 2], "is no checkpoint of a network alone"),
        ({"a.weight": torch.zeros(3)}, r"is of no layout known here \('body\.0\.weight'\)"),
        ({"conv_first.weight": torch.zeros(8, 5, 3, 3)}, "is of no layout known here"),
        ({"body.0.weight": torch.zeros(1).expand(200_000_000)}, "has more than 100 million parameters"),
    ],
)
def test_what_is_no_real_esrgan(held: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(held, tmp_path / "net.pth")
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(answer(capsys, tmp_path / "net.pth", tmp_path / "net.onnx").get("error"))


def test_keys_are_loaded_strictly() -> None:
    state = compact().state_dict()
    with pytest.raises(ModelError, match=r"net is of no layout known here \(.*Missing key.*body\.4\.bias"):
        network({name: value for name, value in state.items() if name != "body.4.bias"}, "net")
    with pytest.raises(ModelError, match=r"Unexpected key.*extra\.weight"):
        network(state | {"extra.weight": torch.zeros(3)}, "net")
    with pytest.raises(ModelError, match="net holds weights that are not finite"):
        network(state | {"body.0.bias": torch.full((12,), float("nan"))}, "net")


def test_a_checkpoint_is_fetched_converted_and_kept_as_onnx(tmp_path: Path) -> None:
    from artwalks_live.bake.models.fetch import fetch
    from artwalks_live.bake.models.hub import Places

    path = saved(lively(Compact(4, 1, 2)), tmp_path / "tiny.pth")
    published = Checkpoint("v1/tiny.pth", path.stat().st_size, record.file_sha256(path))
    with serving() as hub:
        hub.releases["v1/tiny.pth"] = path.read_bytes()
        places = Places(tmp_path / "cache", hub.address, f"{hub.address}/releases")
        model = Entry("tiny", "", CATALOGUE["RealESRGAN_x4plus"].licence, 0.0, checkpoints=(published,))
        lines: list[str] = []
        folder = fetch(model, places, lambda share, doing: None, lines.append)
        assert fetch(model, places, lambda share, doing: None, lines.append) == folder
    assert lines[0] == f"tiny: 1 files, {published.bytes / 1e6:.1f} MB, licence BSD-3-Clause"
    assert {file.name for file in folder.iterdir()} == {"tiny.onnx", record.NAME, ".lock"}
    made = record.read(folder)
    assert made is not None
    assert record.verify(folder, made, lambda _: None) == []
