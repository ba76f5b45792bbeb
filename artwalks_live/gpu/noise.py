"""The two noise textures that passes read, and a keyframe's brush directions: made once, by the processor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Half = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]

GRAIN = 256  # texels a side
WAVES = 64


def grain_texture() -> Half:
    """Film grain that tiles: white noise low-passed to about the size of a silver clump.

    returns  (256, 256, 4) float16, four independent channels; x, y Gaussian with deviation 1, z, w uniform in [0, 1]
    """
    rng = np.random.default_rng(1839)  # the year of the daguerreotype; any constant serves
    white = rng.standard_normal((GRAIN, GRAIN, 2))
    radius = np.hypot(np.fft.fftfreq(GRAIN)[:, None], np.fft.fftfreq(GRAIN)[None, :])
    pass_band = np.exp(-((radius / 0.33) ** 2)) * (1 - np.exp(-((radius / 0.06) ** 2)))
    soft = np.fft.ifft2(np.fft.fft2(white, axes=(0, 1)) * pass_band[..., None], axes=(0, 1)).real
    soft /= soft.std(axis=(0, 1))
    return np.concatenate([soft, rng.random((GRAIN, GRAIN, 2))], axis=2).astype(np.float16)


def wave_texture() -> Half:
    """A slow swell that tiles: a smooth random vector field of one to four cycles a side.

    returns  (64, 64, 2) float16, each component with deviation 1
    """
    rng = np.random.default_rng(1831)
    white = rng.standard_normal((WAVES, WAVES, 2))
    cycles = np.hypot(np.fft.fftfreq(WAVES)[:, None], np.fft.fftfreq(WAVES)[None, :]) * WAVES
    pass_band = np.exp(-(((cycles - 2.0) / 1.2) ** 2)) * (cycles > 0)
    swell = np.fft.ifft2(np.fft.fft2(white, axes=(0, 1)) * pass_band[..., None], axes=(0, 1)).real
    even: Half = (swell / swell.std(axis=(0, 1))).astype(np.float16)
    return even


def strokes(image: npt.NDArray[np.uint8], width: int = 160) -> Half:
    """The direction of the brush strokes: the picture's structure tensor, smoothed, as a doubled angle.

    image    (H, W, 3 or more) uint8, sRGB-encoded
    returns  (h, w, 2) float16, coherence · (cos 2θ, sin 2θ), θ the direction along the strokes, +y down

    The doubled angle has no sign to choose, so it may be filtered and mixed. Knutsson 1989; Bigün & Granlund 1987.
    """
    step = max(1, image.shape[1] // (2 * width))
    red, green, blue = (image[::step, ::step, channel].astype(np.float32) / 255 for channel in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    dy, dx = np.gradient(luma)
    tensor = np.stack([dx * dx - dy * dy, 2 * dx * dy, dx * dx + dy * dy], axis=2)
    for _ in range(3):
        tensor = _box(_box(tensor, 4, 0), 4, 1)
    tensor = tensor[::2, ::2]
    # The gradient lies across the stroke: turning by 90° negates the doubled angle.
    coherence = -tensor[..., :2] / (tensor[..., 2:] + np.float32(1e-4))
    return coherence.astype(np.float16)


def _box(values: Floats, radius: int, axis: int) -> Floats:
    """Mean over 2·radius+1 samples along an axis, the edge repeated."""
    pad = [(0, 0)] * values.ndim
    pad[axis] = (radius + 1, radius)
    total = np.moveaxis(np.cumsum(np.pad(values, pad, mode="edge"), axis=axis, dtype=np.float64), axis, 0)
    span = 2 * radius + 1
    mean = (total[span:] - total[:-span]) / span
    return np.moveaxis(mean, 0, axis).astype(np.float32)
