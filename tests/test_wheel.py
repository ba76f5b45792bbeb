"""A built wheel, installed elsewhere, carries shaders and presets and runs the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.perform.stagehand import frames
from tests.walks import made_painting

ROOT = Path(__file__).resolve().parent.parent


def run(words: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    [wheel] = folder.glob("*.whl")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-index"]
    run([*pip, "--target", str(site), str(wheel)], folder)
    return site


def test_it_carries_every_shader_and_preset(site: Path) -> None:
    for name in ("shaders", "presets"):
        ours = {path.relative_to(ROOT) for path in (ROOT / name).rglob("*") if path.is_file()}
        there = {path.relative_to(site / "artwalks_live") for path in (site / "artwalks_live" / name).rglob("*")}
        assert ours, name
        assert ours <= there


def test_it_carries_the_network_and_its_card(site: Path) -> None:
    for path in (ROOT / "artwalks_live" / "models").iterdir():
        assert (site / "artwalks_live" / "models" / path.name).read_bytes() == path.read_bytes()
    code = "from artwalks_live import paths; print(paths.model_file('film-small.onnx').is_file())"
    assert run([sys.executable, "-c", code], site, PYTHONPATH=str(site)).strip() == "True"


def test_it_finds_them_from_anywhere(site: Path, tmp_path: Path) -> None:
    code = "from artwalks_live import paths; print(paths.shaders_dir(), paths.presets_dir())"
    out = run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(site))
    assert out.split() == [str(site / "artwalks_live" / "shaders"), str(site / "artwalks_live" / "presets")]


def test_its_command_runs(site: Path, tmp_path: Path) -> None:
    out = run([sys.executable, "-m", "artwalks_live", "--help"], tmp_path, PYTHONPATH=str(site))
    assert "artwalks bake paintings/ -o show.walk" in out


def test_it_bakes_and_renders_away_from_the_checkout(site: Path, tmp_path: Path) -> None:
    for number in range(2):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), made_painting(number, (160, 90)))
    words = [sys.executable, "-m", "artwalks_live"]
    code = "import artwalks_live; print(artwalks_live.__file__)"
    where = run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(site))
    assert Path(where.strip()).is_relative_to(site)
    bake = ["bake", "0.png", "1.png", "-o", "show.walk", "--keyframes", "0", "--size", "128x72", "--quiet"]
    run([*words, *bake], tmp_path, PYTHONPATH=str(site))
    render = ["render", "show.walk", "--preset", "vj", "--seconds", "0.5", "--fps", "30", "-o", "master.mkv", "--quiet"]
    run([*words, *render], tmp_path, PYTHONPATH=str(site))
    assert len(frames(tmp_path / "master.mkv")) == 15
