"""The walk pass in torch: what the shader draws between two pictures, differentiable, for training through it.

The same formula as `artwalks_live.core.warp.show` and `shaders/passes/walk.frag`; a test holds the three together.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from tools.film.network import read


def reads(image0: Tensor, image1: Tensor, flow: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Read both pictures as at phase t.

    image0, image1  (N, 3, H, W) sRGB-encoded [0, 1]
    flow            (N, 4, h, w) Bx, By, Fx, Fy in pixels of the *pictures*, +y down
    t               (N, 1, 1, 1) phase in [0, 1]
    """
    size = (image0.shape[-2], image0.shape[-1])
    whole = resize(flow, size)
    return read(image0, whole[:, :2] * t), read(image1, whole[:, 2:] * (1 - t))


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
