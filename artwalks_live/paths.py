"""Where shaders, presets and models lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def shaders_dir() -> Path:
    """The folder with `passes/` and `lib/`."""
    return _find("shaders")


def presets_dir() -> Path:
    """The folder with the shipped `*.toml`."""
    return _find("presets")


def models_dir() -> Path:
    """The folder with the shipped `*.onnx`."""
    return _PACKAGE / "models"


def model_file(name: str) -> Path:
    """A shipped network, `film-small.onnx` say."""
    return models_dir() / name
