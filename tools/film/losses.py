"""What training asks of the network: the shown picture is right at every scale, and so are the flows behind it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SCALES = 5  # of the picture loss
CHARBONNIER = 1e-3  # below this a difference of pictures is noise


def laplacian(shown: Tensor, wanted: Tensor) -> Tensor:
    """Distance of two pictures, (N, 3, H, W), over the bands of a Laplacian pyramid; coarse bands count as much.

    After Niklaus & Liu, "Context-aware Synthesis for Video Frame Interpolation", CVPR 2018: crisper and closer than
    plain L1, and it needs no network to compare features with.
    """
    total = shown.new_zeros(())
    apart = shown - wanted
    for scale in range(SCALES):
        if scale == SCALES - 1 or min(apart.shape[-2:]) < 8:
            total = total + (2**scale) * charbonnier(apart)
            break
        smaller = functional.avg_pool2d(apart, 2)
        band = apart - functional.interpolate(smaller, apart.shape[-2:], mode="bilinear", align_corners=False)
        total = total + (2**scale) * charbonnier(band)
        apart = smaller
    return total


def charbonnier(apart: Tensor) -> Tensor:
    """Mean of a smooth absolute value."""
    distance: Tensor = (apart.square() + CHARBONNIER**2).sqrt()
    return distance.mean()


def flow_error(states: list[Tensor], flow: Tensor, seen: Tensor) -> Tensor:
    """Error of every scale's flow against the truth at half size; fine scales lead.

    The logarithm of 1 + the end-point error in pixels of the pictures: from 8 px to 4 is as good as from ½ px to
    nothing, so that a few motions that cannot be found do not drown all that can be made exact.

    states  as `FilmSmall.coarse_to_fine` gives them
    flow    (N, 4, h, w) pixels of the pictures;  seen (N, 2, h, w) whether the place is seen at each end
    """
    truth = torch.cat([flow[:, :2], flow[:, 2:]])
    weight = 0.1 + 0.9 * torch.cat([seen[:, :1], seen[:, 1:]])  # what is hidden moves on with its surface
    total, share = flow.new_zeros(()), 1.0
    for state in reversed(states):
        ratio = flow.shape[-1] // state.shape[-1]
        wanted, counts = (functional.avg_pool2d(x, ratio) if ratio > 1 else x for x in (truth, weight))
        apart = (state[:, :2] * (2 * ratio) - wanted).square().sum(1, keepdim=True)
        total = total + share * (torch.log1p((apart + 1e-3).sqrt()) * counts).mean() / counts.mean()
        share *= 0.7
    return total


def sight_error(state: Tensor, seen: Tensor) -> Tensor:
    """How wrong the visibilities are, where a place is seen at one end or both."""
    truth = torch.cat([seen[:, :1], seen[:, 1:]])
    some = torch.cat([seen.amax(1, keepdim=True)] * 2)
    return (functional.binary_cross_entropy_with_logits(state[:, 2:], truth, reduction="none") * some).mean()
