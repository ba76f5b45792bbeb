"""Small Real-ESRGAN checkpoints with random weights and the official names, and torch's own idea of what they give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from artwalks_live.bake.models.esrgan import Compact, Residual

Network = Compact | Residual


def lively(network: Network, seed: int = 0) -> Network:
    """Weights under which a signal keeps its size, as trained ones do: fresh ones of torch's let it die away."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, a=0.2)
            torch.nn.init.normal_(module.bias, std=0.01)
    return network.eval().requires_grad_(False)


def compact(seed: int = 0, factor: int = 4) -> Network:
    return lively(Compact(12, 3, factor), seed)


def residual(factor: int = 4) -> Network:
    return lively(Residual(8, 4, 2, factor))


def given_by_torch(network: Network, picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1] → enlarged, unclipped."""
    with torch.no_grad():
        made = network(torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)[None])))
    return made[0].numpy().transpose(1, 2, 0)


def saved(network: Network, path: Path, key: str = "params") -> Path:
    """As Real-ESRGAN publishes it; key "": the bare tensors."""
    state = network.state_dict()
    if path.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(state, path)
    else:
        torch.save({key: state} if key else state, path)
    return path


class Evil:
    """What a pickle can hold: to unpickle it runs a program, here one that writes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, (f"touch '{self.mark}'",)
