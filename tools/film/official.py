"""The flow half of the official FILM, from its paper and published settings: cascaded features, residual flow.

Reda et al., "FILM: Frame Interpolation for Large Motion", ECCV 2022, sec. 3. The half that fuses warped features into a
new picture is left out: here the walk pass shows the pictures themselves. Ours is the one in network.py; this one gives
a home to the published weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from tools.film.network import double, read, swap
from tools.film.saved_model import SavedModel, Wanted

SLOPE = 0.2  # of the leaky ReLU


@dataclass(frozen=True)
class Layout:
    """Sizes of the network; the defaults are those of the published L1, VGG and Style models.

    levels     scales of the pyramid; the coarsest sees pictures of 1/2^(levels-1) the size
    depth      sizes at which the extractor looks at each scale: its channels double, its size halves
    channels   of the extractor's first size
    convs      3x3 convolutions of a flow predictor, before its two of 1x1
    filters    channels of the predictors, finest scale first; the last one serves all coarser scales
    """

    levels: int = 7
    depth: int = 4
    channels: int = 64
    convs: int = 3
    filters: tuple[int, ...] = (32, 64, 128, 256)

    @property
    def multiple(self) -> int:
        """Sides of the pictures must be a multiple of this."""
        return 1 << (self.levels - 1)

    def features(self, level: int) -> int:
        """Channels of the features of a scale: its own, and what finer scales see at its size."""
        return sum(self.channels << j for j in range(min(level, self.depth - 1) + 1))


class OfficialFlow(nn.Module):
    """Find the flows between two pictures, with the layers and order of the official network."""

    def __init__(self, layout: Layout | None = None) -> None:
        super().__init__()
        self.layout = layout = layout or Layout()
        self.extractor = nn.ModuleList()
        before = 3
        for size in range(layout.depth):
            wide = layout.channels << size
            self.extractor.append(nn.Sequential(*conv(before, wide), *conv(wide, wide)))
            before = wide
        self.predictors = nn.ModuleList(
            predictor(2 * layout.features(level), layout.convs, filters) for level, filters in enumerate(layout.filters)
        )

    def forward(self, image0: Tensor, image1: Tensor) -> Tensor:
        """Find the flow as the walk pass reads it.

        image0, image1  (N, 3, H, W) sRGB-encoded [0, 1]; sides multiples of `layout.multiple`
        returns         (N, 4, H, W) Bx, By, Fx, Fy in pixels of the pictures, +y down: at phase t image 0 is read at
                        x + t·B and image 1 at x + (1−t)·F. B is what FILM calls the backward flow (image 1 → 0), F the
                        forward flow; its own in-between halves both, its t being fixed at ½.
        """
        # Both directions are one batch; the first half is "from image 1 to image 0", which is B.
        features = self.features(torch.cat([image1, image0]))
        flow: Tensor | None = None
        for level in reversed(range(self.layout.levels)):
            here, there = features[level], swap(features[level])
            predict = self.predictors[min(level, len(self.predictors) - 1)]
            if flow is None:
                flow = predict(torch.cat([here, there], 1))
            else:
                flow = double(2 * flow)
                flow = flow + predict(torch.cat([here, read(there, flow)], 1))
        assert flow is not None
        return torch.cat(flow.chunk(2), 1)

    def features(self, images: Tensor) -> list[Tensor]:
        """Features of every scale, fine first: (N, layout.features(level), h, w)."""
        levels, depth = self.layout.levels, self.layout.depth
        found: list[list[Tensor]] = [[] for _ in range(levels)]
        for level in range(levels):
            seen = images
            for size in range(min(depth, levels - level)):
                if size:
                    seen = avg_pool2d(seen, 2)
                seen = self.extractor[size](seen)
                found[level + size].insert(0, seen)
            images = avg_pool2d(images, 2) if level + 1 < levels else images
        return [torch.cat(parts, 1) for parts in found]


def conv(inputs: int, outputs: int, size: int = 3) -> tuple[nn.Module, nn.Module]:
    """A convolution that keeps the size, and its leaky ReLU."""
    return nn.Conv2d(inputs, outputs, size, padding=size // 2), nn.LeakyReLU(SLOPE)


def predictor(inputs: int, convs: int, filters: int) -> nn.Sequential:
    """What finds the flow still missing between features and warped features."""
    layers = list(conv(inputs, filters))
    for _ in range(convs - 1):
        layers += conv(filters, filters)
    return nn.Sequential(*layers, *conv(filters, filters // 2, 1), nn.Conv2d(filters // 2, 2, 1))


def load(model: SavedModel, layout: Layout | None = None) -> OfficialFlow:
    """Give the network the weights of a SavedModel. Raises ModelError when one is missing or of another shape."""
    network = OfficialFlow(layout).eval()
    with torch.no_grad():
        for wanted, parameter in variables(network):
            value = torch.from_numpy(model.read(wanted).copy())
            parameter.copy_(value.permute(3, 2, 0, 1) if value.ndim == 4 else value)
    return network


def variables(network: OfficialFlow) -> Iterator[tuple[Wanted, Tensor]]:
    """Every parameter and the variable of the official network that fills it; kernels there are (h, w, in, out)."""
    for i, layer in enumerate(_convs(network.extractor)):
        yield from _pair(layer, f"feat_net/sub_extractor/cfeat_conv_{i}", ("extract_sublevels", "convs", str(i)))
    last = len(network.predictors) - 1
    for level, chain in enumerate(network.predictors):
        own = "shared" if level == last else str(level)
        for i, layer in enumerate(_convs(chain)):
            path = ("_predictors", str(level), "_convs", str(i))
            yield from _pair(layer, f"predict_flow/flow_predictor_{own}/conv_{i}", path)


def _convs(module: nn.Module) -> Iterator[nn.Conv2d]:
    return (layer for layer in module.modules() if isinstance(layer, nn.Conv2d))


def _pair(layer: nn.Conv2d, name: str, path: tuple[str, ...]) -> Iterator[tuple[Wanted, Tensor]]:
    out, into, height, width = layer.weight.shape
    assert layer.bias is not None
    yield Wanted(f"{name}/kernel", (*path, "kernel"), (height, width, into, out)), layer.weight
    yield Wanted(f"{name}/bias", (*path, "bias"), (out,)), layer.bias
