"""What enlarges keyframes: which names there are, and that a picture comes out at its size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import helper, numpy_helper

from artwalks_live.bake.fit import resize
from artwalks_live.bake.models import cached, record
from artwalks_live.bake.models.catalogue import CATALOGUE
from artwalks_live.bake.models.record import Kept, Record
from artwalks_live.bake.upscale import Lanczos, Learned, upscaler_named
from artwalks_live.core.errors import ModelError, UsageError
from artwalks_live.nn.onnx_file import examine
from tests.nn.networks import model, port, saved
from tests.nn.test_upscale_model import LARGE, nearest, network, picture


def test_lanczos_is_the_fits_own() -> None:
    made = upscaler_named("lanczos")
    assert isinstance(made, Lanczos)
    assert np.array_equal(made.enlarge(picture(20, 30), (60, 40)), resize(picture(20, 30), (60, 40)))


@pytest.mark.parametrize(
    ("factor", "size", "runs"),
    [(2, (60, 40), 1), (4, (60, 40), 1), (2, (100, 60), 2), (2, (30, 20), 0), (1, (60, 40), 1)],
)
def test_a_network_runs_until_the_picture_is_large_enough(
    factor: int, size: tuple[int, int], runs: int, tmp_path: Path
) -> None:
    given = picture(20, 30)
    made = Learned(examine(network(tmp_path, nearest(factor))), "net").enlarge(given, size)
    assert np.array_equal(made, resize(given.repeat(factor**runs, 0).repeat(factor**runs, 1), size))


def test_other_weights_are_another_version(tmp_path: Path) -> None:
    versions = set()
    for factor in (2, 3):
        made = upscaler_named(str(network(tmp_path, nearest(factor))))
        assert made.name == "net"
        versions.add(made.version)
    assert len(versions) == 2


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("lanzcos", UsageError, r"^--upscale 'lanzcos' is unknown: use one of .* \(nearest: lanczos\), or a network"),
        ("", UsageError, "--upscale '' is unknown"),
        ("realesr-general@0.5", UsageError, r"nearest: realesr-general-x4v3"),
        ("lanczos@0.5", UsageError, "--upscale 'lanczos' is unknown"),
        ("realesr-general-x4v3@nan", UsageError, "the denoise strength after @ is a number from 0 to 1"),
        ("none.onnx", ModelError, "none.onnx does not exist"),
        ("model.ckpt", ModelError, r"^model\.ckpt is a pickle, .*: --upscale takes FILE\.onnx, FILE\.safetensors,"),
        ("none.pth", ModelError, "none.pth does not exist or cannot be read"),
    ],
)
def test_what_is_no_upscaler(name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        upscaler_named(name)


def tinted(folder: Path, name: str, share: float) -> Path:
    """A network that doubles a picture and multiplies it by its one weight."""
    nodes = [*nearest(), helper.make_node("Mul", ["large", "share"], ["bright"])]
    weights = [numpy_helper.from_array(np.array([share], np.float32), "share")]
    made = model(nodes, inputs=[port("image")], outputs=[port("bright", LARGE)], weights=weights)
    folder.mkdir(parents=True, exist_ok=True)
    return saved(folder, made, name)


def fetched(cache: Path, name: str, shares: tuple[float, ...]) -> None:
    """Let a network of the catalogue be in the cache."""
    folder, files = cached.place(CATALOGUE[name], cache), {}
    for checkpoint, share in zip(CATALOGUE[name].checkpoints, shares, strict=True):
        path = tinted(folder, checkpoint.name.replace(".pth", ".onnx"), share)
        files[path.name] = Kept(path.stat().st_size, record.file_sha256(path))
    record.write(folder, Record(name, "", (), files))


def test_a_network_of_the_catalogue(tmp_path: Path) -> None:
    absent = r"^realesr-general-x4v3 is not here \(about 10 MB\): artwalks models fetch .*; or --upscale lanczos$"
    with pytest.raises(ModelError, match=absent):
        upscaler_named("realesr-general-x4v3", cache=tmp_path)
    fetched(tmp_path, "realesr-general-x4v3", (1.0, 0.5))
    for name, share in (("", 0.75), ("@0", 0.5), ("@1", 1.0), ("@0.2", 0.6)):
        made = upscaler_named(f"realesr-general-x4v3{name}", cache=tmp_path)
        assert made.name == f"realesr-general-x4v3{name or '@0.5'}"
        bright = made.enlarge(np.full((8, 8, 3), 200, np.uint8), (16, 16))
        assert np.all(bright == round(200 * share))


def test_only_one_has_a_denoise_strength(tmp_path: Path) -> None:
    fetched(tmp_path, "RealESRGAN_x2plus", (1.0,))
    assert upscaler_named("RealESRGAN_x2plus", cache=tmp_path).name == "RealESRGAN_x2plus"
    with pytest.raises(UsageError, match=r"RealESRGAN_x2plus@0\.5: only realesr-general-x4v3 has a denoise strength"):
        upscaler_named("RealESRGAN_x2plus@0.5", cache=tmp_path)


def test_a_checkpoint_of_ones_own_is_converted_once(tmp_path: Path) -> None:
    (tmp_path / "mine.pth").write_bytes(b"a checkpoint that was converted before")
    digest = record.file_sha256(tmp_path / "mine.pth")
    tinted(tmp_path / "models" / "converted", f"{digest}.onnx", 1.0)
    assert upscaler_named(str(tmp_path / "mine.pth"), cache=tmp_path).name == "mine"
