"""Where the picture lies in the target, and how a keyframe is brought to that size.

A keyframe is resampled once, when it is loaded, and not in every frame: so the walk pass always reads pixels one to
one, a target of another size costs nothing per frame, and the best kernel is affordable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_STRIP = 64  # output rows resampled at a time: the working set stays in the cache


@dataclass(frozen=True, slots=True)
class Fit:
    """The largest picture of the canvas's aspect inside the target; the rest is black bars.

    canvas   (width, height) of the keyframes, pixels
    size     (width, height) of the target, pixels
    """

    canvas: tuple[int, int]
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Target pixels per canvas pixel; above 1 the picture is upscaled."""
        return min(self.size[0] / self.canvas[0], self.size[1] / self.canvas[1])

    @property
    def picture(self) -> tuple[int, int]:
        """(width, height) of the picture in the target, pixels."""
        width, height = (max(1, round(side * self.scale)) for side in self.canvas)
        return min(width, self.size[0]), min(height, self.size[1])

    @property
    def viewport(self) -> tuple[int, int, int, int]:
        """(left, top, width, height) of the picture in the target, pixels, centred."""
        width, height = self.picture
        return (self.size[0] - width) // 2, (self.size[1] - height) // 2, width, height


def resample(image: Bytes, size: tuple[int, int]) -> Bytes:
    """Bring a picture to another size with a Catmull-Rom kernel, widened when shrinking.

    image    (H, W, 3) uint8, sRGB-encoded
    size     (width, height)
    returns  (height, width, 3) uint8, sRGB-encoded; the same array when the size is already right

    Shrinking averages light, so it runs in linear light; enlarging runs on encoded values, where the kernel's
    overshoot is as faint around dark strokes as around bright ones. Loader thread; numpy holds no lock while it works.
    """
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    linear = size[0] < width
    rows, columns = _taps(height, size[1]), _taps(width, size[0])
    table = _decode_table() if linear else np.arange(256, dtype=np.float32) / 255
    out = np.empty((size[1], size[0], 3), np.uint8)
    for top in range(0, size[1], _STRIP):
        part = slice(top, min(top + _STRIP, size[1]))
        index, weight = rows[0][part], rows[1][part]
        first = index.min()
        light = table[image[first : index.max() + 1]]
        strip = np.zeros((index.shape[0], width, 3), np.float32)
        for tap in range(index.shape[1]):
            strip += light[index[:, tap] - first] * weight[:, tap, None, None]
        out[part] = _quantise(_along_columns(strip, columns), linear)
    return out


def _along_columns(strip: Floats, columns: tuple[npt.NDArray[np.intp], Floats]) -> Floats:
    index, weight = columns
    result = np.zeros((strip.shape[0], index.shape[0], 3), np.float32)
    for tap in range(index.shape[1]):
        result += strip[:, index[:, tap]] * weight[None, :, tap, None]
    return result


def _taps(length: int, wanted: int) -> tuple[npt.NDArray[np.intp], Floats]:
    """Source indices and weights of each output sample: (wanted, taps) each, rows of weights summing to 1."""
    stretch = max(1.0, length / wanted)
    centre = (np.arange(wanted) + 0.5) * length / wanted - 0.5
    reach = int(np.ceil(2 * stretch))
    index = np.floor(centre)[:, None].astype(np.intp) + np.arange(1 - reach, reach + 1)
    weight = _catmull_rom((index - centre[:, None]) / stretch)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.clip(index, 0, length - 1), weight.astype(np.float32)


def _catmull_rom(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keys, "Cubic convolution interpolation", 1981, a = -1/2."""
    x = np.abs(x)
    inner = (1.5 * x - 2.5) * x * x + 1
    outer = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, inner, np.where(x < 2, outer, 0.0))


def _decode_table() -> Floats:
    encoded = np.arange(256) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _quantise(values: Floats, linear: bool) -> Bytes:
    values = np.clip(values, 0, 1)
    if linear:
        values = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** np.float32(1 / 2.4) - 0.055)
    return (values * 255 + 0.5).astype(np.uint8)
