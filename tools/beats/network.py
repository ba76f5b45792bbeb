"""The beat network: dilated causal convolutions over the hops (Davies & Böck, "Temporal convolutional networks for
musical audio beat tracking", EUSIPCO 2019, here causal), and the same network as a step from one hop to the next.

    inputs     (T, 128): core/beatinput.py; T even
    outputs    (T, 2) logits: a beat, and a downbeat, DELAY hops before

Two hops are taken at a time, side by side: half the layers' work for the same sound, and nothing of its timing is lost.
The step has no memory of its own: what each layer gave in the past comes in as `past` and what it gives now goes out
as `now`, so that one ring buffer in the caller is all the state there is.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

HOPS = 2
"""Taken at a time."""
N_INPUTS = 128
DELAY = 3
"""Hops after a beat at whose place in the outputs it stands: what follows an onset tells much about it."""


class Layer(nn.Module):
    """A residual layer: three taps, `dilation` steps apart, the last one now."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dilation = dilation
        self.taps = nn.Conv1d(channels, channels, 3, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)
        self.drop = nn.Dropout1d(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, T) to the same."""
        y: torch.Tensor = functional.elu(self.taps(functional.pad(x, (2 * self.dilation, 0))))
        z: torch.Tensor = self.mix(self.drop(y))
        return x + z

    def step(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """x (1, C) now; before (1, C), what the taps give of the past, bias and all; to (1, C)."""
        y = functional.elu(torch.addmm(before, x, self.taps.weight.detach()[:, :, 2].T))
        return x + _product(self.mix, y)

    def past_weight(self) -> torch.Tensor:
        """(2·C, C): of the two taps that lie in the past, side by side."""
        return self.taps.weight.detach()[:, :, :2].permute(2, 1, 0).flatten(0, 1)


class BeatNetwork(nn.Module):
    """See the module. `dilations` of the layers, 1, 2, 4 …; the farthest look is twice their sum, in steps."""

    def __init__(self, channels: int = 40, layers: int = 9, dropout: float = 0.1) -> None:
        super().__init__()
        self.channels = channels
        self.enter = nn.Conv1d(HOPS * N_INPUTS, channels, 1)
        self.layers = nn.ModuleList(Layer(channels, 2**i, dropout) for i in range(layers))
        self.leave = nn.Conv1d(channels, HOPS * 2, 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(B, T, 128) to (B, T, 2) logits."""
        pairs = inputs.reshape(len(inputs), -1, HOPS * N_INPUTS)
        x = functional.elu(self.enter(pairs.transpose(1, 2)))
        for layer in self.layers:
            x = layer(x)
        logits: torch.Tensor = self.leave(functional.elu(x))
        return logits.transpose(1, 2).reshape(len(inputs), -1, 2)

    def step(self, inputs: torch.Tensor, past: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Two hops.

        inputs   (2, 128)
        past     (layers, 2·C): what came into layer i, 2·dilation and dilation steps before
        returns  (2, 2) likeness in (0, 1), and (layers, C): what came into each layer now, to be kept
        """
        x = functional.elu(_product(self.enter, inputs.reshape(1, -1)))
        now = []
        layers = [layer for layer in self.layers if isinstance(layer, Layer)]
        # What lies in the past is known for all layers at once: one product.
        weight = torch.stack([layer.past_weight() for layer in layers])
        bias = torch.stack([_bias(layer.taps) for layer in layers])[:, None]
        before = torch.baddbmm(bias, past[:, None], weight).unbind(0)
        for layer, each in zip(layers, before, strict=True):
            now.append(x)
            x = layer.step(x, each)
        logits = _product(self.leave, functional.elu(x))
        return torch.sigmoid(logits).reshape(HOPS, 2), torch.cat(now)


def _bias(conv: nn.Conv1d) -> torch.Tensor:
    assert conv.bias is not None
    return conv.bias.detach()


def _product(conv: nn.Conv1d, x: torch.Tensor) -> torch.Tensor:
    """A convolution at one step, its taps side by side in x (1, taps·C): one product, at which runtimes are quick."""
    return torch.addmm(_bias(conv), x, conv.weight.detach().permute(2, 1, 0).flatten(0, 1))


def dilations(network: BeatNetwork) -> list[int]:
    """Of the layers, from the first to the last."""
    return [2**i for i in range(len(network.layers))]
