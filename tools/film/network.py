"""The network: flows both ways and a visibility each, coarse to fine, by one set of weights at every scale.

After FILM (Reda et al., "FILM: Frame Interpolation for Large Motion", ECCV 2022): a feature pyramid whose extractor
is shared by all scales, and a predictor of residual flow shared by all scales and by both directions. Unlike FILM the
predictor sees a small local correlation of the warped features (as PWC-Net does), hands a hidden state up the pyramid
and gives visibility instead of features to fuse: what shows the picture is the walk pass, not a decoder.

Swapping the pictures swaps the flows, exactly: both directions are one batch through the same weights.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

GATE = 3  # the output that says how far a match, or the whole result, is believed; flow and visibility stand before it


@dataclass(frozen=True)
class Shape:
    """What makes a network of this kind; kept with the weights.

    levels     scales of the pyramid; the coarsest sees pictures of 1/2^(levels-1) the size
    half       channels of the features at half of a scale's size
    quarter    channels of the features at a quarter of it, where flow is predicted
    key        channels in which features are compared
    reach      correlation is taken at ±reach places of each of the two features
    hidden     channels handed from scale to scale
    width      channels of the predictor;  fine: of the last refinement, at half the picture's size
    """

    levels: int = 6
    half: int = 24
    quarter: int = 48
    key: int = 16
    reach: int = 2
    hidden: int = 32
    width: int = 64
    fine: int = 40

    @property
    def multiple(self) -> int:
        """Sides of the pictures must be a multiple of this."""
        return 4 << (self.levels - 1)

    def to_json(self) -> dict[str, int]:
        """Plain values, to be written beside the weights."""
        return asdict(self)


class FilmSmall(nn.Module):
    """Find the flows and visibilities between two pictures."""

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or Shape()
        self.at_half = nn.Sequential(conv(3, shape.half, 2), act(), conv(shape.half, shape.half), act())
        self.at_quarter = nn.Sequential(conv(shape.half, shape.quarter, 2), act(), conv(shape.quarter, shape.quarter))
        self.key = conv(shape.quarter, shape.key, size=1)
        self.focus = nn.Parameter(torch.tensor(5.0).log())
        places = (2 * shape.reach + 1) ** 2
        self.predictor = predictor(places + 2 * shape.quarter + shape.hidden + 8, shape.width, shape.hidden + 4, -2.0)
        self.refiner = predictor(2 * shape.half + shape.hidden + 6, shape.fine, 4, 3.0)

    def forward(self, image0: Tensor, image1: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
        """Find flow and crossover, as the walk pass reads them.

        image0, image1  (N, 3, H, W) sRGB-encoded [0, 1]; sides multiples of `shape.multiple`
        start           (N, 4, H/2, W/2) a rough flow to start from, like the one returned; zeros will do
        returns         flow (N, 4, H/2, W/2) Bx, By, Fx, Fy in pixels of the pictures, +y down;
                        crossover (N, 2, H/2, W/2) o, k, where o = ln(visibility 0 / visibility 1) and k = 1
        """
        flows = self.coarse_to_fine(image0, image1, start)
        return self.as_maps(flows[-1])

    @staticmethod
    def as_maps(state: Tensor) -> tuple[Tensor, Tensor]:
        """Bring the (2N, 3, h, w) state of both directions, at half size, to flow and crossover."""
        first, second = state.chunk(2)
        flow = torch.cat([first[:, :2], second[:, :2]], 1) * 2
        offset = functional.logsigmoid(first[:, 2:]) - functional.logsigmoid(second[:, 2:])
        return flow, torch.cat([offset, torch.ones_like(offset)], 1)

    def coarse_to_fine(self, image0: Tensor, image1: Tensor, start: Tensor) -> list[Tensor]:
        """Flow (in pixels of its own grid) and visibility logit of every scale, coarse first.

        returns  (2N, 3, h, w) each: the direction 1→0 of every pair, then 0→1; the last one at half size, the one
                 before at a quarter, and so on
        """
        halves, quarters = self.features(torch.cat([image0, image1]))
        starts = self.starts(start)
        states: list[Tensor] = []
        hidden: Tensor | None = None
        for level in reversed(range(self.shape.levels)):
            features = quarters[level]
            if hidden is None:
                n, _, height, width = features.shape
                hidden = features.new_zeros(n, self.shape.hidden, height, width)
                state = torch.cat([starts[-1], torch.zeros_like(starts[-1][:, :1])], 1)
            else:
                hidden, state = double(hidden), finer(states[-1], starts[level + 2], starts[level + 1])
            state, hidden = self.improve(features, state, hidden)
            states.append(state)
        assert hidden is not None
        states.append(self.refine(halves[0], finer(states[-1], starts[1], starts[0]), double(hidden), starts[0]))
        return states

    def starts(self, start: Tensor) -> list[Tensor]:
        """The rough flow of both directions at every scale, (2N, 2, h, w) in pixels of its own grid, fine first."""
        found = [torch.cat([start[:, :2], start[:, 2:]]) * 0.5]
        for _ in range(self.shape.levels):
            found.append(functional.avg_pool2d(found[-1], 2) * 0.5)
        return found

    def features(self, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Half- and quarter-size features of every scale of the pictures, fine first."""
        halves, quarters, picture = [], [], images - 0.5
        for level in range(self.shape.levels):
            if level:
                picture = functional.avg_pool2d(picture, 2)
            halves.append(self.at_half(picture))
            quarters.append(self.at_quarter(halves[-1]))
        return halves, quarters

    def improve(self, features: Tensor, state: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """One scale: meet half-way along the flow so far, match, and say what is still missing."""
        mine = read(features, state[:, :2].detach() * 0.5)
        places = correlation(self.key(mine), self.shape.reach)
        step = match(places, self.focus.exp(), self.shape.reach)
        given = torch.cat([places, step, mine, swap(mine), hidden, state, swap(state)], 1)
        change = self.predictor(given)
        believed = torch.sigmoid(change[:, GATE : GATE + 1].float())
        moved = torch.cat([state[:, :2] + step * believed, state[:, 2:]], 1)
        return moved + change[:, :3].float(), functional.leaky_relu(change[:, 4:], 0.1)

    def refine(self, features: Tensor, state: Tensor, hidden: Tensor, start: Tensor) -> Tensor:
        """The last step, at half size, without correlation: sub-pixel motion and crisp edges.

        Where what was found is no better than the rough flow, that is kept as it is: it was searched on these pixels.
        """
        mine = read(features, state[:, :2].detach() * 0.5)
        change: Tensor = self.refiner(torch.cat([mine, swap(mine), hidden, state, swap(state)], 1)).float()
        found = state + change[:, :GATE]
        flow = start + (found[:, :2] - start) * torch.sigmoid(change[:, GATE:])
        return torch.cat([flow, found[:, 2:]], 1)


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Conv2d:
    """A convolution that keeps the size, or divides it by the stride."""
    return nn.Conv2d(inputs, outputs, size, stride, size // 2)


def act() -> nn.Module:
    """The nonlinearity of every layer."""
    return nn.LeakyReLU(0.1)


def predictor(inputs: int, width: int, outputs: int, gate: float) -> nn.Sequential:
    """Four convolutions; the last starts near nothing, so that an untrained scale changes nothing.

    gate  where the output GATE starts: −2 is nearly closed, 3 nearly open
    """
    last = conv(width, outputs)
    nn.init.normal_(last.weight, std=1e-3)
    assert last.bias is not None
    nn.init.zeros_(last.bias)
    nn.init.constant_(last.bias[GATE], gate)
    return nn.Sequential(
        conv(inputs, width), act(), conv(width, width), act(), conv(width, width), act(), last
    )  # fmt: skip


def swap(both: Tensor) -> Tensor:
    """Exchange the two directions, which are the two halves of the batch."""
    first, second = both.chunk(2)
    return torch.cat([second, first])


def correlation(keys: Tensor, reach: int) -> Tensor:
    """How alike the pictures are at places shifted against each other, the same way from the middle.

    keys     (2N, C, h, w) both pictures' features, met half-way
    returns  (2N, (2·reach+1)², h, w) cosine of mine at x − d and the other's at x + d
    """
    keys = keys - keys.mean((2, 3), keepdim=True)  # what all places share tells nothing
    keys = keys / (keys.square().mean(1, keepdim=True) + 1e-6).sqrt()
    height, width = keys.shape[-2], keys.shape[-1]
    around = functional.pad(keys, (reach, reach, reach, reach))
    first, second = around.chunk(2)
    size = 2 * reach + 1
    found = []
    for dy in range(size):
        for dx in range(size):
            here = first[..., size - 1 - dy : size - 1 - dy + height, size - 1 - dx : size - 1 - dx + width]
            there = second[..., dy : dy + height, dx : dx + width]
            found.append((here * there).mean(1, keepdim=True))
    return torch.cat([torch.cat(found, 1), torch.cat(found[::-1], 1)])


def match(places: Tensor, focus: Tensor, reach: int) -> Tensor:
    """The change of flow that the correlation asks for: its soft best place, each weighed with its surroundings.

    Before anything is learned this is block matching; it gives the training something to improve.

    places   (2N, (2·reach+1)², h, w) as `correlation` gives it;  focus: how much the best outweighs the others
    returns  (2N, 2, h, w) float32 pixels of this grid
    """
    weights = torch.softmax(functional.avg_pool2d(places.float(), 5, 1, 2, count_include_pad=False) * focus, 1)
    steps = torch.arange(-reach, reach + 1, device=places.device, dtype=torch.float32)
    down = steps.repeat_interleave(2 * reach + 1).view(1, -1, 1, 1)
    across = steps.repeat(2 * reach + 1).view(1, -1, 1, 1)
    # both pictures are shifted by a step, and the flow is read by halves: twice the step, from mine back
    return -2 * torch.cat([(weights * across).sum(1, keepdim=True), (weights * down).sum(1, keepdim=True)], 1)


def read(image: Tensor, flow: Tensor) -> Tensor:
    """Read each place from where its flow points; the edge is repeated.

    image  (N, C, h, w);  flow (N, 2, h, w) in pixels of this grid, float32
    """
    height, width = image.shape[-2], image.shape[-1]
    x = torch.arange(image.shape[-1], device=flow.device, dtype=flow.dtype) + 0.5
    y = torch.arange(image.shape[-2], device=flow.device, dtype=flow.dtype)[:, None] + 0.5
    grid = torch.stack([(x + flow[:, 0]) * (2.0 / width) - 1, (y + flow[:, 1]) * (2.0 / height) - 1], -1)
    found = functional.grid_sample(image.to(flow.dtype), grid, padding_mode="border", align_corners=False)
    return found.to(image.dtype)


def double(grid: Tensor) -> Tensor:
    """Bring a map to twice its size, at the same normalised places."""
    return functional.interpolate(grid, scale_factor=2, mode="bilinear", align_corners=False)


def finer(state: Tensor, coarse: Tensor, fine: Tensor) -> Tensor:
    """Bring flow and visibility to twice the size, with the detail that the rough flow has there.

    So the network's part is what must be *changed* of the rough flow: nothing at all, where that is right.

    state         (2N, 3, h, w) flow in pixels of its own grid, and visibility logit
    coarse, fine  (2N, 2, h, w) and (2N, 2, 2h, 2w) the rough flow at both sizes, each in pixels of its own grid
    """
    bigger = double(torch.cat([state[:, :2] - coarse, state[:, 2:]], 1))
    return torch.cat([bigger[:, :2] * 2 + fine, bigger[:, 2:]], 1)
