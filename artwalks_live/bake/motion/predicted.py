"""Motion as a network predicts it: a current by a network of flow, sway by one of spectra.

    flow      (1, 2, h, w) u, v in pixels of that grid per frame of 1/30 s, +y down
    spectrum  (1, 4K, h, w) or (1, K, 4, h, w): Re u, Im u, Re v, Im v of K frequencies of 30/149 Hz, from 0 Hz on; the
              discrete Fourier transform, without a factor, of displacements in pixels of that grid
    metadata  artwalks.normalised = 1: divided by the published spread (and then gated as published);
              artwalks.frames: of the transform (149); artwalks.amplitudes = 1: no transform, each frequency's swing
              itself, in pixels

What a network sees is the painting, or its natural-looking twin of the same framing: places are the same in both.
Li et al., "Generative Image Dynamics", CVPR 2024; Holynski et al., "Animating Pictures with Eulerian Motion Fields",
CVPR 2021.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Array, Pixels, fit, length, noise, smoothstep
from artwalks_live.bake.motion.grid import CURRENT_SIDE, MODES_SIDE, STD, grid_size
from artwalks_live.core.currents import PX
from artwalks_live.core.errors import ModelError
from artwalks_live.core.walk_extras import MOST_MODES
from artwalks_live.nn.onnx_file import OnnxFile, plain
from artwalks_live.nn.picture_model import Form, Maps, PictureModel, checked, whole_fact

VERSION = 1
FLOW = Form("a network of flow", "float32 (1, 2, h, w), px per frame of its own grid", masked=True)
SPECTRUM = Form("a network of sway", "float32 (1, 4K, h, w) or (1, K, 4, h, w)", (4, 5), masked=True)
FRAMES = 149
MOST_SWING = 40.0  # current px that all modes of a place may add up to: more tears a painting
STILL = 0.02  # current px per frame below which a place stands still, where no mask says so
_NONSENSE = 640.0  # current px: a motion across the whole picture is none
_EDGE = 8.0  # current px over which motion rises inside the edge of the mask
_ROUNDED = np.float32(1.001)  # so that an arrow of length 1 is none longer in float16
_GATE = 0.05
_SCALE = 2.82


def check_predictor(path: Path) -> OnnxFile:
    """Examine a network of flow. Raises ModelError when it has another form."""
    file = checked(path, FLOW)
    shape = file.outputs[0].shape
    if shape is not None and isinstance(shape[1], int) and shape[1] != 2:
        raise ModelError(f"{path} gives {shape[1]} channels: {FLOW}")
    return file


def check_sway_model(path: Path) -> OnnxFile:
    """Examine a network of sway. Raises ModelError when it has another form, or says what cannot be."""
    file = checked(path, SPECTRUM)
    shape = file.outputs[0].shape or ()
    wrong = (len(shape) == 4 and isinstance(shape[1], int) and shape[1] % 4) or (
        len(shape) == 5 and isinstance(shape[2], int) and shape[2] != 4
    )
    if wrong:
        raise ModelError(f"{path} has the output {plain(str(file.outputs[0]))}: {SPECTRUM}")
    _facts(file)
    return file


def predicted_current(file: OnnxFile, seen: Pixels, mask: Pixels | None = None) -> NDArray[np.float16]:
    """A painting's current, as a network predicts it.

    file     as `check_predictor` gave it
    seen     (H, W, 3) uint8 sRGB, what the network looks at: the painting, or its twin
    mask     (H, W) uint8, 0 where it stands still; None: wherever the network says so

    Returns float16 (h, w, 4) on the motion grid: Mx, My in current px per frame, no longer than 1; mask; offset.
    Raises ModelError when the network fails, or what it gives is no flow.
    """
    with PictureModel.of(file, FLOW) as network:
        maps = network.maps(seen, mask)
    if maps.cells.shape[2] != 2:
        raise ModelError(f"{file.path} gave {maps.cells.shape[2]} channels: {FLOW}")
    size = grid_size(seen, CURRENT_SIDE)
    flow = _onto(maps.cells * _current_px(maps, seen), size)
    _refuse_nonsense(file, flow)
    return as_current(flow, mask)


def as_current(flow: Array, mask: Pixels | None) -> NDArray[np.float16]:
    """A current of a flow (h, w, 2) in current px per frame on the motion grid, and a mask (H, W) uint8 or None."""
    far = length(flow)
    height, width = far.shape
    if mask is None:
        share = smoothstep(far, STILL, 2.0 * STILL)
    else:
        share = _soft(mask, (width, height), _EDGE * CURRENT_SIDE / PX)
    flow = (flow / np.maximum(far * _ROUNDED, 1.0)[..., None]).astype(np.float32)
    offset = np.mod(noise(5, (width, height), 6) * 2.0, 1.0)[..., None].astype(np.float16)
    offset = np.where(offset >= 1.0, np.float16(0.0), offset)
    moving = (flow * share[..., None]).astype(np.float16)
    shown = np.where(np.abs(moving).max(axis=2) > 0.0, share, 0.0)[..., None]
    return np.concatenate([moving, shown.astype(np.float16), offset], axis=2)


def predicted_modes(file: OnnxFile, seen: Pixels, mask: Pixels | None = None) -> NDArray[np.float16]:
    """A painting's sway, as a network predicts it.

    Arguments as of `predicted_current`, with the file of `check_sway_model`. Returns float16 (K, h, w, 4) on the modes
    grid, K ≤ 16: Re u, Im u, Re v, Im v in current px; exactly 0 where the mask is. Raises ModelError.
    """
    frames, normalised, amplitudes = _facts(file)
    with PictureModel.of(file, SPECTRUM) as network:
        maps = network.maps(seen, mask)
    channels = maps.cells.shape[2]
    if channels % 4 or (maps.values.ndim == 4 and maps.values.shape[1] != 4):
        raise ModelError(f"{file.path} gave {maps.values.shape}: {SPECTRUM}")
    height, width = maps.cells.shape[:2]
    modes = np.moveaxis(maps.cells.reshape(height, width, channels // 4, 4), 2, 0)[:MOST_MODES]
    if normalised:
        modes = _gated(modes) * (np.array(STD[: len(modes)], np.float32) * _SCALE)[:, None, None, None]
    if not amplitudes:
        twice = np.array([1.0] + [2.0] * (len(modes) - 1), np.float32)  # the other half is its mirror
        modes = modes * (twice / np.float32(frames))[:, None, None, None]
    modes = modes * np.repeat(_current_px(maps, seen), 2)
    size = grid_size(seen, MODES_SIDE)
    fitted = np.stack([_onto(mode, size) for mode in modes])
    _refuse_nonsense(file, fitted)
    return _kept(fitted, None if mask is None else _soft(mask, size, _EDGE * MODES_SIDE / PX))


def _facts(file: OnnxFile) -> tuple[int, bool, bool]:
    """Frames of the transform, whether it is normalised, and whether there was none."""
    frames = whole_fact(file, "frames", FRAMES, 2 * MOST_MODES, 100_000)
    normalised, amplitudes = (bool(whole_fact(file, name, 0, 0, 1)) for name in ("normalised", "amplitudes"))
    if normalised and amplitudes:
        raise ModelError(f"{file.path} says both normalised and amplitudes: only a transform is normalised")
    return frames, normalised, amplitudes


def _gated(modes: Array) -> Array:
    """Take away what a whole channel has in common: S − sign S · min(|S|, max(median|S| − .05, 0))."""
    common = np.maximum(np.median(np.abs(modes), axis=(1, 2), keepdims=True) - _GATE, 0.0)
    return np.asarray(modes - np.sign(modes) * np.minimum(np.abs(modes), common), np.float32)


def _kept(modes: Array, share: Array | None) -> NDArray[np.float16]:
    """Held where a mask holds, and nowhere further than `MOST_SWING` when all modes pull together."""
    swing = np.sqrt(np.square(modes).sum(axis=3)).sum(axis=0)
    modes = modes * (MOST_SWING / np.maximum(swing, MOST_SWING))[None, ..., None]
    if share is not None:
        modes = modes * share[None, ..., None]
    return np.asarray(modes, np.float16)


def _current_px(maps: Maps, seen: Pixels) -> Array:
    """What brings (x, y) in pixels of the answer's grid to current px."""
    return np.array(maps.cell_px, np.float32) * np.float32(PX / max(seen.shape[:2]))


def _onto(cells: Array, size: tuple[int, int]) -> Array:
    """A grid over the whole picture brought to another one, linearly where it grows."""
    height, width = cells.shape[:2]
    smaller = min(width, size[0]), min(height, size[1])
    fitted = fit(cells, smaller)
    if smaller != size:
        fitted = cv2.resize(fitted, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(fitted, np.float32)


def _refuse_nonsense(file: OnnxFile, motion: Array) -> None:
    most = float(np.abs(motion).max())
    if most > _NONSENSE:
        raise ModelError(f"{file.path} gave a motion of {most / PX:.3g} times the picture's length: see its units")


def _soft(mask: Pixels, size: tuple[int, int], edge: float) -> Array:
    """A mask on a grid, [0, 1], rising over so many cells inside its edge.

    A cell moves only if it and its neighbours lie whole in the mask: read linearly, it is exactly 0 beyond.
    """
    whole = (fit(mask.astype(np.float32), size) > 254.5).astype(np.uint8)
    inner = cv2.erode(whole, np.ones((3, 3), np.uint8))  # the frame is no edge of the mask, here nor below
    if inner.all():
        return np.ones(inner.shape, np.float32)
    rim = cv2.copyMakeBorder(inner, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(rim, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return smoothstep(np.asarray(depth, np.float32), 0.0, edge)
