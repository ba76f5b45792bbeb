"""Read a finished video, picture by picture, and bring RGB to the NV12 that a master is given.

Pictures come upright and with square pixels' proportions in mind: `size` is what a player shows. The colour matrix is
the file's own, else by size, as players do; what has more than 8 bits is brought to 8, and no tone mapping is done.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import UsageError

Pixels = NDArray[np.uint8]

_HD_HEIGHT = 720
_MATRICES = {1: "bt709", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}  # ITU-T H.273, FFmpeg's
_CAREFUL = "flags=bicubic+accurate_rnd+full_chroma_inp"
_TICK = Fraction(1, 1000)


class VideoFile:
    """A video that is open; use it in a `with`.

    size       (width, height) as it is shown
    fps        frames a second
    frames     about how many; 0 where the file does not say
    has_sound  whether there is sound; sound_s is when it begins, seconds after the first picture

    Raises UsageError when it cannot be read or holds no picture. Opens this one file and nothing that it may refer to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: Any = av.open(str(path), options={"protocol_whitelist": "file"})
        except (av.FFmpegError, ValueError) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise UsageError(f"{path} cannot be read ({why}): give a video") from None
        video, sound = ([*streams, None][0] for streams in (self._file.streams.video, self._file.streams.audio))
        if video is None or video.codec_context is None or not video.codec_context.width:
            self._file.close()
            raise UsageError(f"{path} holds no pictures: give a video")
        self._stream = video
        self._stream.thread_type = "AUTO"
        self.fps = Fraction(video.average_rate or video.guessed_rate or 25).limit_denominator(1001)
        self.frames = video.frames or round((self._file.duration or 0) / 1e6 * self.fps)
        self.has_sound = sound is not None
        self.sound_s = _start_s(sound) - _start_s(video) if sound is not None else 0.0
        self._pictures = self._read()
        self._head = list(itertools.islice(self._pictures, 1))
        if not self._head:
            self._file.close()
            raise UsageError(f"{path} holds no picture that can be decoded: give a video")
        self.size = self._shown(self._head[0][1])

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def pictures(self) -> Iterator[tuple[int, Pixels]]:
        """Yield (deadline, (H, W, 3) uint8 sRGB), once through: a picture is for the instant deadline/fps.

        Damaged packets are left out; what follows keeps its time.
        """
        yield from self._head
        yield from self._pictures

    def _read(self) -> Iterator[tuple[int, Pixels]]:
        start, following, upright = _start_s(self._stream), 0, _Upright()
        with suppress(av.FFmpegError):  # a container that is broken ends there
            for packet in self._file.demux(self._stream):
                with suppress(av.FFmpegError):
                    for frame in packet.decode():
                        late = None if frame.time is None else round((frame.time - start) * self.fps)
                        following = following if late is None else max(late, following)
                        yield following, upright(frame)
                        following += 1

    def _shown(self, picture: Pixels) -> tuple[int, int]:
        """The size at which a player shows a picture: with square pixels."""
        height, width = picture.shape[:2]
        aspect = Fraction(self._stream.sample_aspect_ratio or 1)
        turned = width == self._stream.codec_context.height and height == self._stream.codec_context.width
        if aspect <= 0 or aspect == 1:
            return width, height
        return (width, round(height * aspect)) if turned and width != height else (round(width * aspect), height)


def _start_s(stream: Any) -> float:
    return float((stream.start_time or 0) * stream.time_base)


class _Upright:
    """Brings frames to full-range RGB, turned as the file says."""

    def __init__(self) -> None:
        self._kind: tuple[object, ...] = ()
        self._graph: Any = None

    def __call__(self, frame: Any) -> Pixels:
        usual = "bt601" if frame.height < _HD_HEIGHT else "bt709"
        kind = (frame.width, frame.height, frame.format.name, _MATRICES.get(int(frame.colorspace), usual))
        if kind != self._kind:
            source = "" if frame.format.is_rgb else f"in_color_matrix={kind[3]}:"
            self._kind, self._graph = kind, _graph(kind[:3], f"{source}{_CAREFUL}+full_chroma_int", "rgb24")
        turn = round(frame.rotation / 90) % 4
        frame.pts, frame.time_base = 0, _TICK
        self._graph.push(frame)
        rgb: Pixels = self._graph.pull().to_ndarray()
        return np.ascontiguousarray(np.rot90(rgb, turn))


class Nv12:
    """Brings RGB to BT.709 limited-range NV12 with chroma sited left, as a master of H.264 or H.265 is given."""

    def __init__(self, size: tuple[int, int]) -> None:
        options = f"out_color_matrix=bt709:out_range=tv:out_h_chr_pos=0:{_CAREFUL}"
        self._graph = _graph((*size, "rgb24"), options, "nv12")

    def __call__(self, picture: Pixels) -> Pixels:
        """(H, W, 3) sRGB → (H·3/2, W)."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = 0, _TICK
        self._graph.push(frame)
        made: Pixels = self._graph.pull().to_ndarray()
        return made


def _graph(given: tuple[Any, ...], options: str, wanted: str) -> Any:
    """A conversion of (width, height, pixel format) to another format; plain `reformat` is off by two levels."""
    graph = av.filter.Graph()
    steps = (
        graph.add_buffer(width=given[0], height=given[1], format=given[2], time_base=_TICK),
        graph.add("scale", options),
        graph.add("format", wanted),
        graph.add("buffersink"),
    )
    for step, following in itertools.pairwise(steps):
        step.link_to(following)
    graph.configure()
    return graph
