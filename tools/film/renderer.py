"""The walk pass in torch: what the shader draws between two pictures, differentiable, for training through it.

The same formula as `artwalks_live.core.warp.show` and `shaders/passes/walk.frag`; a test holds the three together.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def reads(image0: Tensor, image1: Tensor, flow: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Read both pictures as at phase t.

    image0, image1  (N, 3, H, W) sRGB-encoded [0, 1]
    flow            (N, 4, h, w) Bx, By, Fx, Fy in pixels of the *pictures*, +y down
    t               (N, 1, 1, 1) phase in [0, 1]
    """
    size = (image0.shape[-2], image0.shape[-1])
    whole = resize(flow, size)
    return sharply(image0, whole[:, :2] * t), sharply(image1, whole[:, 2:] * (1 - t))


def sharply(image: Tensor, flow: Tensor) -> Tensor:
    """Read each place from where its flow points as `shaders/lib/read_sharp.glsl` does; the edge is repeated.

    image  (N, C, H, W);  flow (N, 2, H, W) in pixels of it
    """
    size = flow.new_tensor([image.shape[-1], image.shape[-2]]).view(1, 2, 1, 1)
    steps = [torch.arange(side, device=flow.device, dtype=flow.dtype) for side in (image.shape[-1], image.shape[-2])]
    here = torch.stack(torch.meshgrid(steps[0], steps[1], indexing="xy"))
    place = torch.minimum((here + flow).clamp_min(0), size - 1)
    base = place.detach().floor()
    f = place - base
    w0, w3 = -0.75 * f * (1 - f) ** 2, -0.75 * f * f * (1 - f)
    w2 = f * (0.75 + f * (1.5 - 1.25 * f))
    middle = 1 - w0 - w3
    at, low, high = base + w2 / middle, base - 1, base + 2
    taps = [
        (at[:, :1], at[:, 1:], middle[:, :1] * middle[:, 1:]),
        (low[:, :1], at[:, 1:], w0[:, :1] * middle[:, 1:]), (high[:, :1], at[:, 1:], w3[:, :1] * middle[:, 1:]),
        (at[:, :1], low[:, 1:], w0[:, 1:] * middle[:, :1]), (at[:, :1], high[:, 1:], w3[:, 1:] * middle[:, :1]),
    ]  # fmt: skip
    total, weights = torch.zeros_like(image), torch.zeros_like(place[:, :1])
    for x, y, weight in taps:
        grid = torch.cat([(x + 0.5) * (2 / size[:, :1]) - 1, (y + 0.5) * (2 / size[:, 1:]) - 1], 1).permute(0, 2, 3, 1)
        found = functional.grid_sample(image, grid, padding_mode="border", align_corners=False)
        total, weights = total + found * weight, weights + weight
    return (total / weights).clamp(0, 1)


def weight_of_b(crossover: Tensor, t: Tensor, size: tuple[int, int]) -> Tensor:
    """How much of picture 1 each place shows: sigmoid(k·logit(t) − o), (N, 1, H, W).

    crossover  (N, 2, h, w) o, k;  t (N, 1, 1, 1) in (0, 1)
    """
    maps = resize(crossover, size)
    return torch.sigmoid(maps[:, 1:] * torch.logit(t) - maps[:, :1])


def show(image0: Tensor, image1: Tensor, flow: Tensor, crossover: Tensor, t: Tensor) -> Tensor:
    """Draw the picture at phase t in (0, 1): (N, 3, H, W)."""
    first, second = reads(image0, image1, flow, t)
    return torch.lerp(first, second, weight_of_b(crossover, t, (image0.shape[-2], image0.shape[-1])))


def resize(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Sample maps at the texel centres of another grid; values are carried over as they are."""
    return maps if maps.shape[-2:] == size else functional.interpolate(maps, size, mode="bilinear", align_corners=False)
