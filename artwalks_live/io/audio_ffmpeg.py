"""Read sound files through FFmpeg: everything else, the sound of videos too. And change a clip's sample rate."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import av
import numpy as np

from artwalks_live.core.audio import MAX_RATE_HZ, MIN_RATE_HZ, AudioClip, Samples
from artwalks_live.core.errors import AudioError

BLOCK = 1 << 16


def read(path: Path) -> Iterator[tuple[int, Samples]]:
    """Yield (sample rate in Hz, (n, 1 or 2) float32) of the first sound stream.

    More channels are mixed down to two, and a rate that is not analysed becomes the nearest that is. Damaged packets
    are left out; a stream that changes its format midway keeps the one it announced. Opens this one file and nothing
    that it may refer to, least of all on a network. Raises AudioError with the reason alone.
    """
    try:
        container = av.open(str(path), options={"protocol_whitelist": "file"})
    except (av.FFmpegError, ValueError) as error:
        raise AudioError((getattr(error, "strerror", None) or str(error)).lower()) from None
    with closing(container):
        if not container.streams.audio:
            raise AudioError("no sound stream in it")
        stream = container.streams.audio[0]
        channels, rate = stream.codec_context.channels, stream.codec_context.sample_rate
        if not channels or not rate:
            raise AudioError(f"{channels} channels at {rate} Hz")
        rate = min(max(rate, MIN_RATE_HZ), MAX_RATE_HZ)
        for _, frames in itertools.groupby(_frames(container, stream), _kind):
            converter = _converter(channels, rate)
            for frame in itertools.chain(frames, [None]):
                for part in converter.resample(frame):
                    yield rate, _unpack(part)


def resample(clip: AudioClip, sample_rate_hz: int) -> Iterator[tuple[int, Samples]]:
    """Yield the same clip at another rate, for an output that refuses the file's own."""
    channels = clip.samples.shape[1]
    converter = _converter(channels, sample_rate_hz)
    for first in range(0, len(clip.samples), BLOCK):
        packed = np.ascontiguousarray(clip.samples[first : first + BLOCK]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=converter.layout.name)
        frame.sample_rate = clip.sample_rate_hz
        for part in converter.resample(frame):
            yield sample_rate_hz, _unpack(part)
    for part in converter.resample(None):
        yield sample_rate_hz, _unpack(part)


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decode what can be decoded, up to the end or to where the container itself is broken."""
    with suppress(av.FFmpegError):
        for packet in container.demux(stream):
            with suppress(av.FFmpegError):
                yield from packet.decode()


def _kind(frame: Any) -> tuple[int, str]:
    """What a converter takes for granted: sample rate and channels."""
    return frame.sample_rate, frame.layout.name


def _converter(channels: int, sample_rate_hz: int) -> Any:
    """To packed floats at a rate, in mono or stereo; libswresample does it."""
    return av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=sample_rate_hz)


def _unpack(frame: Any) -> Samples:
    """(n, channels) of a packed float frame."""
    return np.asarray(frame.to_ndarray().reshape(-1, len(frame.layout.channels)))
