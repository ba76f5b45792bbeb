"""The card of a network: what it is, how it was trained, how it was measured, what it may be used for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artwalks_live.core.errors import UsageError
from tools.film.network import Shape
from tools.film.weights import Weights

_MEANS = {
    "pairs": "pairs of true video, in-between against the true frame",
    "psnr_mean": "PSNR, dB",
    "ssim_mean": "SSIM",
    "psnr_dissolve_mean": "PSNR of a plain dissolve, dB",
    "epe_mean": "end-point error, px",
    "ms_per_pair": "time of one pair on that machine, ms",
}


@dataclass(frozen=True)
class Card:
    """All that a card says. `onnx` are the file's bytes; `apart_px` is how far ONNX Runtime and torch are apart."""

    name: str
    file: str
    onnx: bytes
    weights: Weights
    shape: Shape
    commit: str
    hardware: str
    data: str
    metrics: Mapping[str, Any]
    apart_px: float

    @property
    def sha256(self) -> str:
        """The checksum of the ONNX file."""
        return hashlib.sha256(self.onnx).hexdigest()

    def text(self) -> str:
        """The card in Markdown."""
        training = self.weights.training
        return "\n".join(
            [
                f"# {self.name}",
                "",
                "Finds the flows between two pictures, both ways, and where each of them can be trusted. A small",
                'network after FILM (Reda et al., "FILM: Frame Interpolation for Large Motion", ECCV 2022), trained',
                "from scratch by this project; no weights of others went into it.",
                "",
                "| | |",
                "|---|---|",
                *(f"| {name} | {value} |" for name, value in (self._file() | self._training(training)).items()),
                "",
                "## Measured",
                "",
                *self._measured(),
                "",
                "Licence: MIT, as the project's.",
                "",
            ]
        )

    def _file(self) -> dict[str, str]:
        return {
            "file": f"{self.file}, {len(self.onnx)} bytes",
            "sha256": self.sha256,
            "inputs": "`image0`, `image1`: float32 (1, 3, H, W) RGB, sRGB-encoded, [0, 1], sides multiples of "
            f"{self.shape.multiple}; `start`: float32 (1, 4, H/2, W/2) a rough flow, like `flow`, or zeros",
            "outputs": "`flow`: float32 (1, 4, H/2, W/2) Bx, By, Fx, Fy in pixels of the inputs; "
            "`crossover`: float32 (1, 2, H/2, W/2) o, k",
            "architecture": "tools/film/network.py, "
            + ", ".join(f"{key} {value}" for key, value in self.shape.to_json().items()),
            "parameters": f"{self.weights.parameters:,}",
            "weights": f"version {self.weights.version}",
        }

    def _training(self, training: Mapping[str, Any]) -> dict[str, str]:
        runs = [*training.get("before", []), training]
        data = "scenes made as training goes on (tools/film/scenes.py)"
        return {
            "trained on": data + (f", with textures of {self.data}" if self.data else ""),
            "trained for": "; then ".join(
                f"{run['hours']:.2f} hours, {run['steps']:,} steps, seed {run['seed']}" for run in runs
            ),
            "trained with": "; then ".join(
                ", ".join(f"{key} {value}" for key, value in run["options"].items()) for run in runs
            ),
            "hardware": self.hardware or "not said",
            "commit": self.commit,
        }

    def _measured(self) -> list[str]:
        lines = [f"- ONNX Runtime against torch: at most {self.apart_px:.1e} px apart, five sizes"]
        drawn = self.metrics.get("drawn_by")
        by = f" (drawn by the {drawn})" if drawn else ""
        return lines + [
            f"- {text}{by if key == 'psnr_mean' else ''}: {self.metrics[key]:g}"
            for key, text in _MEANS.items()
            if self.metrics.get(key) is not None
        ]


def read_metrics(path: Path) -> dict[str, Any]:
    """What `tools.film.evaluate --json` printed. Raises UsageError when it is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--metrics {path} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UsageError(
            f"--metrics {path} is no JSON ({error}): give what tools.film.evaluate --json prints"
        ) from None
    known = found if isinstance(found, dict) else {}
    numbers = {key: known[key] for key in _MEANS if isinstance(known.get(key), int | float)}
    if "psnr_mean" not in numbers:
        raise UsageError(f"--metrics {path} has no psnr_mean: give what tools.film.evaluate --json prints")
    return numbers | {"drawn_by": str(known.get("drawn_by", ""))}
