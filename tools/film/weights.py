"""Trained weights and what is known of their training, from a run's state or a `.safetensors` file."""

from __future__ import annotations

import hashlib
import json
import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from artwalks_live.core.errors import ModelError

STATE = "state.pt"
FACTS = "artwalks"  # one entry of the file's metadata: safetensors writes several in any order


@dataclass(frozen=True)
class Weights:
    """The weights of one network.

    path      where they were read, for messages
    tensors   name -> float32, sorted by name
    shape     what `network.Shape` is made of
    training  hours, steps, seed and options of the training, as JSON values; `before`: those of the trainings whose
              weights it began with, in order
    """

    path: Path
    tensors: Mapping[str, Tensor]
    shape: Mapping[str, int]
    training: Mapping[str, Any]

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return sum(tensor.numel() for tensor in self.tensors.values())

    @property
    def version(self) -> str:
        """A name of just these values: the start of their SHA-256."""
        digest = hashlib.sha256()
        for name, tensor in self.tensors.items():
            digest.update(f"{name} {tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
        return digest.hexdigest()[:12]


def read_weights(path: Path) -> Weights:
    """Read the mean weights of a run's folder, or those of a `.safetensors` file.

    Raises ModelError when there is no such thing, it is damaged, or a weight is not finite.
    """
    try:
        weights = _read_state(path / STATE) if path.suffix != ".safetensors" else _read_safetensors(path)
    except FileNotFoundError as error:
        raise ModelError(f"{error.filename or path} does not exist: give a folder of tools.film.train") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}): may you open it?") from None
    except (
        SafetensorError,
        pickle.UnpicklingError,
        EOFError,
        RuntimeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(f"{path} holds no weights of tools.film.train ({reason})") from None
    broken = [name for name, tensor in weights.tensors.items() if not bool(torch.isfinite(tensor).all())]
    if broken:
        raise ModelError(f"{path}: {broken[0]} is not finite: train again with a lower --rate")
    return weights


def to_safetensors(weights: Weights) -> bytes:
    """The weights as a file; the same weights give the same bytes."""
    facts = {"shape": dict(weights.shape), "training": dict(weights.training)}
    return save(dict(weights.tensors), {FACTS: json.dumps(facts, sort_keys=True)})


def _read_state(path: Path) -> Weights:
    state = torch.load(path, map_location="cpu", weights_only=True)
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in state["options"].items()}
    training = {
        "hours": round(state["elapsed"] / 3600, 3), "steps": state["steps"], "scenes": state["seen"],
        "seed": options["seed"], "options": options, "before": state.get("before", []),
    }  # fmt: skip
    return _weights(path, state["mean"], state["shape"], training)


def _read_safetensors(path: Path) -> Weights:
    path.stat()  # safe_open's own message names no file
    with safe_open(path, framework="pt") as file:
        facts = json.loads((file.metadata() or {})[FACTS])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no mapping
    return _weights(path, tensors, facts["shape"], facts["training"])


def _weights(path: Path, tensors: dict[str, Tensor], shape: dict[str, int], training: dict[str, Any]) -> Weights:
    plain = {name: tensors[name].detach().float().contiguous() for name in sorted(tensors)}
    if not all(isinstance(side, int) for side in shape.values()) or not math.isfinite(training["hours"]):
        raise ValueError("its shape or its hours are no numbers")
    return Weights(path, plain, dict(shape), dict(training))
