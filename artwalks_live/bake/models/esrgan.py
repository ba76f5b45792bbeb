"""The two networks of Real-ESRGAN, as modules whose parameters have the names of the published checkpoints.

`Compact` is SRVGGNetCompact: convolutions at the small size with a PReLU after each, one pixel shuffle at the end,
added to the nearest-neighbour enlargement. `Residual` is RRDBNet of ESRGAN: residual-in-residual dense blocks, then
twice nearest-neighbour times two. For factors 2 and 1 it takes the picture in pieces of 2x2 or 4x4 pixels.
Wang et al., "Real-ESRGAN", ICCVW 2021; Wang et al., "ESRGAN", ECCVW 2018. Imports torch: only the process that converts
comes here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from artwalks_live.core.errors import ModelError

RGB = 3
MOST_PARAMETERS = 100_000_000
_SLOPE = 0.2  # of the leaky ReLU, and what is kept of each residual
_FACTORS = {3: 4, 12: 2, 48: 1}  # channels of a Residual's first convolution -> its factor
_BLOCK = re.compile(r"body\.(\d+)\.rdb1\.conv1\.weight")

Weights = Mapping[str, Tensor]


class Compact(nn.Module):
    """SRVGGNetCompact. In and out (1, 3, H, W) RGB in [0, 1]; out `factor` times as large."""

    multiple = 1

    def __init__(self, features: int, convolutions: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.body = nn.ModuleList([nn.Conv2d(RGB, features, 3, padding=1), nn.PReLU(features)])
        for _ in range(convolutions):
            self.body += [nn.Conv2d(features, features, 3, padding=1), nn.PReLU(features)]
        self.body.append(nn.Conv2d(features, RGB * factor**2, 3, padding=1))
        self.reach = convolutions + 2  # pixels that a result looks to each side

    def forward(self, image: Tensor) -> Tensor:
        """Enlarge."""
        inner = image
        for layer in self.body:
            inner = layer(inner)
        large = functional.pixel_shuffle(inner, self.factor)
        return large + functional.interpolate(image, scale_factor=float(self.factor), mode="nearest")


class _Dense(nn.Module):
    """Five convolutions, each over everything before it."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        for i in range(1, 5):
            setattr(self, f"conv{i}", nn.Conv2d(features + (i - 1) * growth, growth, 3, padding=1))
        self.conv5 = nn.Conv2d(features + 4 * growth, features, 3, padding=1)

    def forward(self, given: Tensor) -> Tensor:
        known = given
        for i in range(1, 5):
            known = torch.cat((known, functional.leaky_relu(getattr(self, f"conv{i}")(known), _SLOPE)), 1)
        new: Tensor = self.conv5(known) * _SLOPE
        return given + new


class _Block(nn.Module):
    """Three dense blocks in a residual."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (_Dense(features, growth) for _ in range(3))

    def forward(self, given: Tensor) -> Tensor:
        new: Tensor = self.rdb3(self.rdb2(self.rdb1(given))) * _SLOPE
        return given + new


class Residual(nn.Module):
    """RRDBNet. In and out as for `Compact`; both sides must be multiples of `multiple`."""

    def __init__(self, features: int, growth: int, blocks: int, factor: int) -> None:
        super().__init__()
        self.factor, self.multiple = factor, 4 // factor
        self.conv_first = nn.Conv2d(RGB * self.multiple**2, features, 3, padding=1)
        self.body = nn.Sequential(*(_Block(features, growth) for _ in range(blocks)))
        self.conv_body, self.conv_up1, self.conv_up2, self.conv_hr = (
            nn.Conv2d(features, features, 3, padding=1) for _ in range(4)
        )
        self.conv_last = nn.Conv2d(features, RGB, 3, padding=1)
        self.reach = 32 * self.multiple  # as far as it shows; in principle fifteen convolutions a block

    def forward(self, image: Tensor) -> Tensor:
        """Enlarge."""
        first = self.conv_first(_pieces(image, self.multiple))
        inner = first + self.conv_body(self.body(first))
        for layer in (self.conv_up1, self.conv_up2):
            inner = functional.interpolate(inner, scale_factor=2.0, mode="nearest")
            inner = functional.leaky_relu(layer(inner), _SLOPE)
        large: Tensor = self.conv_last(functional.leaky_relu(self.conv_hr(inner), _SLOPE))
        return large


def _pieces(image: Tensor, side: int) -> Tensor:
    """A pixel unshuffle, in slices: exporters do those for any size."""
    if side == 1:
        return image
    colours = [image[:, i : i + 1] for i in range(RGB)]
    return torch.cat([c[:, :, y::side, x::side] for c in colours for y in range(side) for x in range(side)], 1)


def network(weights: Weights, name: str) -> Compact | Residual:
    """The network that a checkpoint's tensors belong to, loaded and ready.

    Raises ModelError when they are of neither layout, one is missing or too many, or a value is not finite.
    """
    if sum(tensor.numel() for tensor in weights.values()) > MOST_PARAMETERS:
        raise ModelError(f"{name} has more than {MOST_PARAMETERS / 1e6:.0f} million parameters: it is no Real-ESRGAN")
    try:
        made = _residual(weights) if "conv_first.weight" in weights else _compact(weights)
        made.load_state_dict(dict(weights), strict=True)
    except (RuntimeError, KeyError, ValueError, IndexError, ZeroDivisionError) as error:
        why = " ".join(str(error).split())[:200]
        raise ModelError(
            f"{name} is of no layout known here ({why}): give a Real-ESRGAN checkpoint, SRVGGNetCompact or RRDBNet"
        ) from None
    if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
        raise ModelError(f"{name} holds weights that are not finite: download it again")
    return made.float().eval()


def _compact(weights: Weights) -> Compact:
    first = weights["body.0.weight"]
    convolutions = [key for key, tensor in weights.items() if tensor.ndim == 4]
    factor = round((len(weights[max(convolutions, key=_place)]) / RGB) ** 0.5)
    return Compact(len(first), len(convolutions) - 2, factor)


def _place(key: str) -> int:
    return int(key.split(".")[1])


def _residual(weights: Weights) -> Residual:
    first = weights["conv_first.weight"]
    blocks = 1 + max(int(found[1]) for key in weights if (found := _BLOCK.fullmatch(key)))
    return Residual(len(first), len(weights["body.0.rdb1.conv1.weight"]), blocks, _FACTORS[first.shape[1]])
