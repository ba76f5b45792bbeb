"""Pictures for the recorder's tests, and a look at what it wrote."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from artwalks_live.core.video import MasterSpec, Pixels, Samples


def nv12(rgb: Pixels) -> Pixels:
    """(H, W, 3) sRGB → NV12, BT.709 limited range, chroma sited left: the reference in float64."""
    r, g, b = np.moveaxis(rgb.astype(np.float64) / 255, -1, 0)
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    rows = []
    for chroma in ((b - luma) / 1.8556, (r - luma) / 1.5748):
        halved = (chroma[0::2] + chroma[1::2]) / 2
        padded = np.pad(halved, ((0, 0), (1, 1)), mode="edge")
        rows.append((padded[:, 0:-2:2] + 2 * padded[:, 1:-1:2] + padded[:, 2::2]) / 4 * 224 + 128)
    interleaved = np.stack(rows, axis=-1).reshape(len(rgb) // 2, -1)
    return np.rint(np.concatenate([luma * 219 + 16, interleaved])).astype(np.uint8)


def rgb(frame: av.VideoFrame) -> Pixels:
    """What a player shows that obeys the tags: BT.709 in float64 (swscale's fast path is up to 2 levels dark)."""
    if not frame.format.name.startswith("yuv"):
        return frame.to_ndarray(format="rgb24")
    deep = frame.format.name.endswith("10le")
    scale = 4 if deep else 1
    planes = [np.frombuffer(plane, np.uint16 if deep else np.uint8).reshape(plane.height, -1) for plane in frame.planes]
    luma = (planes[0][:, : frame.width] / scale - 16) / 219
    cb, cr = (
        (plane[:, : frame.width // 2].repeat(2, 1).repeat(frame.height // len(plane), 0) / scale - 128) / 224
        for plane in planes[1:]
    )
    green = luma - (0.2126 * 1.5748 * cr + 0.0722 * 1.8556 * cb) / 0.7152
    shown = np.stack([luma + 1.5748 * cr, green, luma + 1.8556 * cb], axis=-1)
    return np.rint(shown.clip(0, 1) * 255).astype(np.uint8)


def pictures(spec: MasterSpec, rgb: Pixels) -> Pixels:
    """A picture in the format that a master takes."""
    return nv12(rgb) if spec.pixel_format == "nv12" else rgb


def numbered(spec: MasterSpec, number: int) -> Pixels:
    """A grey picture whose brightness tells its number, modulo 50."""
    width, height = spec.size
    return pictures(spec, np.full((height, width, 3), number % 50 * 5, np.uint8))


def number_in(frame: Pixels) -> int:
    """Read the number back from a decoded picture (H, W, 3)."""
    return round(float(frame.mean()) / 5)


def clicks(rate_hz: int, seconds: float, *at_s: float) -> Samples:
    """Silence with clicks of one millisecond."""
    samples = np.zeros((round(rate_hz * seconds), 2), np.float32)
    for start_s in at_s:
        start = round(start_s * rate_hz)
        samples[start : start + rate_hz // 1000] = 0.8
    return samples


@dataclass(frozen=True)
class Seen:
    """What a player finds in a file."""

    times: list[Fraction]
    frames: list[Pixels]
    rate: Fraction
    tags: tuple[int, int, int, int]
    sound: Samples
    sound_start_s: float

    @property
    def numbers(self) -> list[int]:
        return [number_in(frame) for frame in self.frames]


def look(path: Path) -> Seen:
    """Decode a file from its beginning to its end, or to where it is cut off."""
    times: list[Fraction] = []
    frames: list[Pixels] = []
    sounds: list[Samples] = []
    sound_start_s = 0.0
    tags = (0, 0, 0, 0)
    with av.open(str(path)) as file, contextlib.suppress(av.error.InvalidDataError):  # a packet cut in two ends it
        rate = file.streams.video[0].average_rate
        for frame in file.decode(*file.streams):
            if isinstance(frame, av.VideoFrame):
                times.append(frame.pts * frame.time_base)
                tags = (frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc)
                frames.append(rgb(frame))
            else:
                sound_start_s = frame.time if not sounds else sound_start_s
                planar = frame.to_ndarray()
                block = planar.T if len(planar) == 2 else planar.reshape(-1, 2)
                scale = 1.0 if block.dtype == np.float32 else float(np.iinfo(block.dtype).max)
                sounds.append((block / scale).astype(np.float32))
    sound = np.concatenate(sounds) if sounds else np.zeros((0, 2), np.float32)
    return Seen(times, frames, rate, tags, sound, sound_start_s)


def boxes(path: Path) -> list[str]:
    """The names of the outermost boxes of an MP4 or MOV file."""
    data = path.read_bytes()
    names = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        names.append(data[at + 4 : at + 8].decode("latin-1"))
        at += size if size != 1 else int.from_bytes(data[at + 8 : at + 16])
        assert size, "a box without a size"
    return names
