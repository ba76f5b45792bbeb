"""The walk pass, in NumPy: what the shader draws between two keyframes, as the reference it is tested against.

At phase t image A is read at x + t·B(x), image B at x + (1−t)·F(x), and the two are mixed with the weight
sigmoid(k·logit(t) − o) of B. The result is A exactly at t=0 and B exactly at t=1, whatever the flow says.
Between the anchors of a segment the same curve goes on: a piece shows its share of it.
Every map is sampled bilinearly at texel centres with its edge repeated, as a GPU samples with CLAMP_TO_EDGE. Pictures
are read by cubic convolution: bilinear reads blur all that has moved by a fraction of a pixel, nearly everything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import FlowShapeError

Array = NDArray[np.float32]
AnyArray = NDArray[Any]
Span = tuple[float, float]
WHOLE: Span = (0.0, 1.0)
_TAPS, _OUTER = (-1, 0, 1, 2), (0, 3)
_SHARP = np.float32(-0.75)  # Keys' a: of −.5, −.6, −.75 and −.9 the closest to twelve true in-betweens
EVENLY = np.float32(1e-3)  # of a crossover that has next to no share in a piece, how much passes evenly


def show(
    a: AnyArray,
    b: AnyArray,
    flow: AnyArray,
    crossover: AnyArray,
    t: float,
    *,
    strength: float = 1.0,
    span: Span = WHOLE,
) -> Array:
    """Draw the picture at phase t between two pictures.

    a, b       (H, W, 3) sRGB-encoded; uint8, or float in [0, 1]
    flow       (h, w, 4) Bx, By, Fx, Fy in pixels of its own grid, +y down
    crossover  (h', w', 2) o, k: the weight of B is sigmoid(k·logit(t) − o)
    t          phase; clamped to [0, 1], and exact at both ends
    span       where the two pictures stand in their segment (`Piece.span`), see `share_of_b`
    strength   scales the flow; 0 is a crossover without motion
    returns    (H, W, 3) float32, sRGB-encoded, [0, 1]

    Raises FlowShapeError when the pictures differ in size or a map has the wrong channels.
    About 1 s at 1280x720: a reference, not a player. Reda et al., "FILM", ECCV 2022, sec. 3, for the reads.
    """
    _check(a, b, flow, crossover)
    if t <= 0.0:
        return unit(a)
    if t >= 1.0:
        return unit(b)
    height, width = a.shape[:2]
    vectors = resize(flow, (width, height)) * _scale(flow, (width, height)) * np.float32(strength)
    read_a = warp(unit(a), vectors[..., 0:2] * np.float32(t))
    read_b = warp(unit(b), vectors[..., 2:4] * np.float32(1.0 - t))
    weight = share_of_b(resize(crossover, (width, height)), t, span)[..., None]
    return read_a + (read_b - read_a) * weight


def weight_of_b(crossover: AnyArray, t: float) -> Array:
    """Say how much of B each place shows at phase t.

    crossover  (h, w, 2) o, k
    returns    (h, w) float32, [0, 1]; exactly 0 at t=0 and 1 at t=1
    """
    if t <= 0.0 or t >= 1.0:
        return np.full(crossover.shape[:2], float(t >= 1.0), np.float32)
    logit = np.float32(np.log(t) - np.log1p(-t))
    offset, sharpness = crossover[..., 0].astype(np.float32), crossover[..., 1].astype(np.float32)
    # tanh form of the sigmoid: it saturates instead of overflowing
    weight: Array = 0.5 + 0.5 * np.tanh(0.5 * (sharpness * logit - offset))
    return weight


def share_of_b(crossover: AnyArray, t: float, span: Span = WHOLE) -> Array:
    """Say how much of its second picture each place of a piece shows, so that the segment crosses over as if whole.

    crossover  (h, w, 2) o, k, in the segment's phase
    t          phase of the piece; span = phases of the segment at which it begins and ends
    returns    (h, w) float32, [0, 1]; exactly 0 at t=0 and 1 at t=1

    The pictures at the ends are themselves mixed w0 : 1−w0 and w1 : 1−w1, so the share (w−w0)/(w1−w0) of them shows
    the weight w. A place that turns before the piece or after it finds the same in both, and passes evenly.
    """
    if span == WHOLE or t <= 0.0 or t >= 1.0:
        return weight_of_b(crossover, t)
    first, last = (weight_of_b(crossover, phase) for phase in span)
    now = weight_of_b(crossover, span[0] + t * (span[1] - span[0]))
    even = EVENLY * (1 - (last - first))
    return np.asarray((now - first + even * t) / (last - first + even), np.float32)


def warp(image: Array, flow_px: Array) -> Array:
    """Read each output pixel from where its flow points, sharply.

    image    (H, W, C) float32, [0, 1]
    flow_px  (H, W, 2) float32, (dx, dy) in pixels of this grid, +y down
    returns  (H, W, C) float32, [0, 1]; outside the image the edge is repeated

    Cubic convolution with a = −3/4 over the twelve nearest texels, as `shaders/lib/read_sharp.glsl`; Keys, "Cubic
    convolution interpolation for digital image processing", IEEE Trans. ASSP, 1981.

    Raises FlowShapeError when the sizes differ.
    """
    if image.shape[:2] != flow_px.shape[:2]:
        raise FlowShapeError(f"flow has size {_size(flow_px)}, the image {_size(image)}: resize the flow first")
    height, width = image.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow_px[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow_px[..., 1]
    return _sample(image, x, y)


def resize(grid: AnyArray, size: tuple[int, int]) -> Array:
    """Sample a map at the texel centres of another grid, at the same normalised place.

    grid     (h, w, C); values are carried over as they are: vectors are not rescaled
    size     (width, height) wanted
    returns  (height, width, C) float32
    """
    width, height = size
    field = grid.astype(np.float32)
    field = _lerp_axis(field, height, axis=0)
    return _lerp_axis(field, width, axis=1)


def unit(image: AnyArray) -> Array:
    """Bring a picture to float32 in [0, 1]; a uint8 picture keeps its 256 levels exactly."""
    if image.dtype == np.uint8:
        return np.asarray(image, np.float32) / np.float32(255.0)
    return np.asarray(image, np.float32)


def _lerp_axis(field: Array, count: int, axis: int) -> Array:
    have = field.shape[axis]
    if have == count:
        return field
    place = np.clip((np.arange(count) + 0.5) * (have / count) - 0.5, 0, have - 1)
    low = np.minimum(place.astype(np.intp), max(have - 2, 0))
    shape = [1] * field.ndim
    shape[axis] = count
    mix = (place - low).astype(np.float32).reshape(shape)
    first = field.take(low, axis=axis)
    second = field.take(np.minimum(low + 1, have - 1), axis=axis)
    mixed: Array = first + (second - first) * mix
    return mixed


def _sample(image: Array, x: Array, y: Array) -> Array:
    height, width, channels = image.shape
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x), np.floor(y)
    columns = [np.clip(left.astype(np.int32) + i, 0, width - 1) for i in _TAPS]
    rows = [np.clip(top.astype(np.int32) + i, 0, height - 1) * width for i in _TAPS]
    across, down = _cubic(x - left), _cubic(y - top)
    texels = image.reshape(-1, channels)
    total = np.zeros((*x.shape, channels), np.float32)
    weights = np.zeros(x.shape, np.float32)
    for j, row in enumerate(rows):
        for i, column in enumerate(columns):
            if i in _OUTER and j in _OUTER:  # a fiftieth of the weight at most, and a GPU needs four reads for them
                continue
            weight = across[i] * down[j]
            total += texels[row + column] * weight[..., None]
            weights += weight
    read: Array = np.clip(total / weights[..., None], 0, 1)
    return read


def _cubic(mix: Array) -> list[Array]:
    """The weights of the four texels around a place that lies `mix` beyond the second of them."""
    rest = 1 - mix
    first, last = _SHARP * mix * rest * rest, _SHARP * mix * mix * rest
    third = mix * (-_SHARP + mix * (-2 * _SHARP - (_SHARP + 2) * mix))
    return [first, 1 - first - third - last, third, last]


def _scale(flow: AnyArray, size: tuple[int, int]) -> Array:
    across, down = size[0] / flow.shape[1], size[1] / flow.shape[0]
    return np.array([across, down, across, down], np.float32)


def _check(a: AnyArray, b: AnyArray, flow: AnyArray, crossover: AnyArray) -> None:
    if a.ndim != 3 or a.shape[2] != 3 or a.shape != b.shape:
        raise FlowShapeError(f"keyframes have shapes {a.shape} and {b.shape}: both must be (H, W, 3) of one size")
    for name, value, channels in (("flow", flow, 4), ("crossover", crossover, 2)):
        if value.ndim != 3 or value.shape[2] != channels or 0 in value.shape:
            raise FlowShapeError(f"{name} has shape {value.shape}, expected (h, w, {channels}): bake again")


def _size(array: AnyArray) -> str:
    return f"{array.shape[1]}x{array.shape[0]}"
