"""Where shaders, presets and models lie: beside the package in a checkout, inside it in a wheel.

And where what is downloaded is kept: in the user's cache.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

BEAT_NETWORK = "beat-small.onnx"
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


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's cache: $ARTWALKS_CACHE, $XDG_CACHE_HOME/artwalks or ~/.cache/artwalks; it need not be there yet."""
    return _user_folder(environment, "CACHE", ".cache")


def calibration_file(environment: Mapping[str, str] = os.environ) -> Path:
    """What was calibrated on this machine: in $ARTWALKS_CONFIG, $XDG_CONFIG_HOME/artwalks or ~/.config/artwalks."""
    return _user_folder(environment, "CONFIG", ".config") / "calibration.toml"


def midi_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """What MIDI devices were taught: a folder beside the calibration, with a file for each; it need not be there."""
    return _user_folder(environment, "CONFIG", ".config") / "midi"


def user_presets_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's own presets, which stand before the shipped ones: `presets` beside the calibration."""
    return _user_folder(environment, "CONFIG", ".config") / "presets"


def user_isf_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's own ISF filters, `*.fs`: `isf` beside the calibration."""
    return _user_folder(environment, "CONFIG", ".config") / "isf"


def _user_folder(environment: Mapping[str, str], kind: str, hidden: str) -> Path:
    own, shared = environment.get(f"ARTWALKS_{kind}"), environment.get(f"XDG_{kind}_HOME")
    if own:
        return Path(own).expanduser().absolute()
    if shared and Path(shared).is_absolute():  # the XDG rules: a relative one is to be ignored
        return Path(shared) / "artwalks"
    return Path.home() / hidden / "artwalks"
