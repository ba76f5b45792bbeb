"""Sway from a short video of a similar thing: how far each place swings at each frequency.

Flows from the first frame to every other (dense inverse search, each begun where the last ended), closed to a loop of
149 frames at 30 per second, their Fourier transform, the lowest 16 frequencies of it (Li et al., "Generative Image
Dynamics", CVPR 2024). What is so small that it may be an error of the flow is taken away from all, so that what stands
still stands exactly still.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.dis import one_thread
from artwalks_live.bake.fields import Array, Pixels, blur, fit, smoothstep
from artwalks_live.bake.motion.grid import MODES_SIDE, STD, grid_size, packed
from artwalks_live.bake.motion.sheet import frame
from artwalks_live.core.currents import PX
from artwalks_live.core.errors import BakeError
from artwalks_live.core.sway import LOOP_S, MODES

FRAMES, FPS = 149, 30.0
LONG_SIDE = 384  # on which flows are found; a clip takes up to 50 MiB
SHORTEST_S, LEAST_FPS = 1.0, 8.0
STRETCH = 1.2  # a video may be slowed by so much to fill the loop
NORMAL = 2.82  # of STD, in the published scale
GATE, MOST_GATE = 0.05, 0.10  # of that scale
STILL_PX = (0.1, 0.25)  # what swings less stands still, what swings more is left as it is
FRAME = 0.03  # of the long side: where the picture's frame holds it
REACH_PX = 64.0  # all modes together, at their most


@dataclass(frozen=True, slots=True)
class Clip:
    """The beginning of a video: frames (n, h, w, 3) uint8 sRGB, so many per second."""

    frames: NDArray[np.uint8]
    fps: float


def read_video(path: Path) -> Clip:
    """Read as much of a video as sway is made from: 5 s, 30 frames a second at most, 384 px on the long side.

    Raises BakeError when it cannot be read.
    """
    if not path.is_file():
        raise BakeError(f"{path}: no such video file")
    with _silent():
        return _read(path)


@contextmanager
def _silent() -> Iterator[None]:
    """What the libraries write of a bad file would stand before our one line."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # read once, when a process opens its first video
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def _read(path: Path) -> Clip:
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        fps = video.get(cv2.CAP_PROP_FPS) if video.isOpened() else 0.0
        if not (math.isfinite(fps) and 0.0 < fps <= 1000.0):
            raise BakeError(f"{path}: cannot be read as a video: give a file that a player plays, such as an .mp4")
        step = max(1, round(fps / FPS))
        frames = _frames(video, step, math.ceil((LOOP_S + 0.1) * fps / step))
    finally:
        video.release()
    if not frames:
        raise BakeError(f"{path}: not one frame of the video can be read: it is damaged, or of a codec unknown here")
    return Clip(np.stack(frames), fps / step)


def _frames(video: cv2.VideoCapture, step: int, most: int) -> list[Pixels]:
    frames: list[Pixels] = []
    index = 0
    while len(frames) < most and video.grab():
        if index % step == 0:
            read, picture = video.retrieve()
            if not read:
                break
            scale = min(1.0, LONG_SIDE / max(picture.shape[:2]))
            size = (max(16, round(picture.shape[1] * scale)), max(16, round(picture.shape[0] * scale)))
            frames.append(np.asarray(cv2.cvtColor(fit(picture, size), cv2.COLOR_BGR2RGB), np.uint8))
        index += 1
    return frames


def modes_from(frames: NDArray[np.uint8], fps: float, picture: Pixels) -> NDArray[np.float16]:
    """Find the modes of a painting that moves as a video does.

    frames   (n, H, W, 3) uint8 sRGB, at least a second of them; the first 149/30 s count, and a shorter video is
             repeated, slowed by a fifth at most. What does not return to where it began is taken as drift and left out
    fps      frames a second, at least 8
    picture  (H', W', 3) uint8 sRGB: the painting; of another shape, the middle of the video is taken
    returns  (16, h, w, 4) on the modes grid, current px; exactly 0 at the frame of the picture

    Raises BakeError when the video is too short, too slow, or nothing moves in it. Some seconds for 5 s of video.
    """
    _refuse(frames, fps)
    size = grid_size(picture, MODES_SIDE)
    moved = _displacements(_middle(frames, size), size)
    spectrum = np.fft.rfft(_closed(moved, fps), axis=0)[:MODES]
    spectrum = _gated(np.asarray(spectrum, np.complex128))
    halves = np.where(np.arange(MODES) > 0, 2.0, 1.0)  # each stands for its negative frequency too
    modes = np.asarray(spectrum * (halves / FRAMES)[:, None, None, None], np.complex128)
    swing = np.sqrt((np.abs(modes[1:]) ** 2).sum(axis=(0, -1))).astype(np.float32)
    modes *= (frame(size, FRAME) * smoothstep(blur(swing, 1.0), *STILL_PX))[..., None]
    if not modes.any():
        raise BakeError("nothing swings in the video: give one in which things move to and fro before a still camera")
    modes *= min(1.0, REACH_PX / float(np.abs(modes).sum(axis=0).max()))
    return packed(modes)


def _refuse(frames: NDArray[np.uint8], fps: float) -> None:
    if not (math.isfinite(fps) and fps >= LEAST_FPS):
        raise BakeError(f"the video has {fps:g} frames per second: sway needs at least {LEAST_FPS:g}")
    if len(frames) < SHORTEST_S * fps:
        raise BakeError(f"the video lasts {len(frames) / fps:.2g} s: sway needs at least {SHORTEST_S:g} s")
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or min(frames.shape[1:3]) < 16:
        raise BakeError(
            f"the video's frames are {frames.dtype} {frames.shape[1:]}: give (H, W, 3) uint8, sides of 16 up"
        )


def _middle(frames: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The largest part of the frames that has the painting's shape."""
    height, width = frames.shape[1:3]
    wide, high = min(width, round(height * size[0] / size[1])), min(height, round(width * size[1] / size[0]))
    top, left = (height - high) // 2, (width - wide) // 2
    return frames[:, top : top + high, left : left + wide]


def _displacements(frames: NDArray[np.uint8], size: tuple[int, int]) -> Array:
    """How far each place of each frame has come from the first, on the modes grid: (n, h, w, 2) current px."""
    height, width = frames.shape[1:3]
    greys = [np.asarray(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), np.uint8) for x in frames]
    moved = np.zeros((len(frames), size[1], size[0], 2), np.float32)
    flow: Array | None = None
    with one_thread():
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        search.setFinestScale(0)  # worth 2 to 3 dB of the replay
        for n in range(1, len(frames)):
            flow = search.calc(greys[n], greys[0], flow)
            moved[n] = -fit(np.asarray(flow, np.float32), size)
    moved *= np.float32(PX / max(width, height))
    return np.stack([blur(each, 0.7) for each in moved])


def _closed(moved: Array, fps: float) -> NDArray[np.float64]:
    """Bring them to 149 at 30 per second that end where they began: (149, h, w, 2)."""
    times = max(1, math.ceil(LOOP_S * fps / (len(moved) * STRETCH)))
    period = min(LOOP_S / times * fps, float(len(moved)))  # in frames of the video
    at = np.arange(FRAMES) * (times * period / FRAMES) % period
    before = np.minimum(at.astype(int), len(moved) - 1)
    after, part = np.minimum(before + 1, len(moved) - 1), (at - before)[:, None, None, None]
    even = moved[before] * (1 - part) + moved[after] * part
    last = min(math.floor(period), len(moved) - 1)
    drift = moved[last] / last if last else np.zeros_like(moved[0])
    return np.asarray(even - drift * at[:, None, None, None], np.float64)


def _gated(spectrum: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Take away what is small, from the real and the imaginary part of each direction.

    The published gate is the median over the picture less .05. Where everything moves, that would halve the motion:
    here it is .1 at most.
    """
    scale = (NORMAL * STD)[:, None, None, None]
    parts: NDArray[np.float64] = np.stack([spectrum.real, spectrum.imag], axis=-1).astype(np.float64)
    parts /= scale[..., None]
    middle = np.median(np.abs(parts), axis=(1, 2, 3, 4), keepdims=True)
    gate = np.clip(middle - GATE, 0.0, MOST_GATE)
    kept = np.sign(parts) * np.maximum(np.abs(parts) - gate, 0.0)
    gated: NDArray[np.complex128] = (kept[..., 0] + 1j * kept[..., 1]) * scale
    return gated
