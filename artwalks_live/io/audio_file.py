"""Decode a sound file, whatever it is: libsndfile first, FFmpeg (through PyAV) for all it does not know.

Decoded samples go straight into a nameless temporary file and are mapped from there: a clip of any length holds a
few MB of its own memory, the rest is page cache that the system takes back when it needs it. Two hours of stereo at
48 kHz are 2.8 GB on disk and under 100 MB in the process.
"""

from __future__ import annotations

import errno
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from artwalks_live.core.audio import AudioClip, Samples
from artwalks_live.core.errors import AudioError

BLOCK = 1 << 16


class _UnreadableError(Exception):
    """This reader cannot make sense of the file; the message says why."""


def decode(path: Path) -> AudioClip:
    """Decode a whole sound file at its own rate.

    returns  one channel as it is, two as they are, more mixed down to stereo; samples that are not finite become 0

    Raises AudioError, one line, when there is no such file, no sound in it, or it is damaged beyond reading.
    A file that breaks off in the middle gives what could be read.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise AudioError(f"{path}: {what}: give --audio a sound file")
    reasons: list[str] = []
    for reader in (_read_sndfile, _read_ffmpeg):
        try:
            samples, sample_rate_hz = _spool(reader(path), str(path))
        except _UnreadableError as reason:
            reasons.append(str(reason))
            continue
        with path.open("rb") as file:
            return AudioClip(samples, sample_rate_hz, path, hashlib.file_digest(file, "sha256").hexdigest())
    raise AudioError(f"{path}: cannot be read as sound ({reasons[-1]}): convert it to WAV, FLAC, Ogg or MP3")


def resample(clip: AudioClip, sample_rate_hz: int) -> AudioClip:
    """The same clip at another rate, for an output device that refuses the file's own (libswresample)."""
    import av

    layout = "mono" if clip.samples.shape[1] == 1 else "stereo"
    converter = av.AudioResampler(format="flt", layout=layout, rate=sample_rate_hz)

    def blocks() -> Iterator[tuple[int, Samples]]:
        for first in range(0, len(clip.samples), BLOCK):
            packed = np.ascontiguousarray(clip.samples[first : first + BLOCK]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.sample_rate = clip.sample_rate_hz
            for part in converter.resample(frame):
                yield sample_rate_hz, _unpack(part)
        for part in converter.resample(None):
            yield sample_rate_hz, _unpack(part)

    samples, _ = _spool(blocks(), str(clip.path))
    return AudioClip(samples, sample_rate_hz, clip.path, clip.sha256)


def _read_sndfile(path: Path) -> Iterator[tuple[int, Samples]]:
    """Yield (rate, block) of a file with one or two channels; more are left to FFmpeg, which knows their places."""
    import soundfile

    if _is_mpeg(path):
        raise _UnreadableError("MPEG")
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        raise _UnreadableError(error.error_string.rstrip(".")) from None
    with file:
        if file.channels > 2:
            raise _UnreadableError(f"{file.channels} channels")
        while True:
            try:
                block = file.read(BLOCK, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError:
                return
            if not len(block):
                return
            yield file.samplerate, block


def _is_mpeg(path: Path) -> bool:
    """Whether it begins like an MP3: libsndfile's decoder of those writes its complaints to the terminal."""
    with path.open("rb") as file:
        head = file.read(3)
    return head == b"ID3" or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0)


def _read_ffmpeg(path: Path) -> Iterator[tuple[int, Samples]]:
    """Yield (rate, block) of the first sound stream, damaged packets left out. Opens nothing but this one file."""
    import av

    try:
        container = av.open(str(path), options={"protocol_whitelist": "file"})
    except (av.FFmpegError, ValueError) as error:
        raise _UnreadableError(getattr(error, "strerror", None) or str(error)) from None
    with closing(container):
        if not container.streams.audio:
            raise _UnreadableError("no sound stream in it")
        stream = container.streams.audio[0]
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        if not channels or not rate:
            raise _UnreadableError(f"{channels} channels at {rate} Hz")
        converter = av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=rate)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                for part in converter.resample(frame):
                    yield rate, _unpack(part)
        for part in converter.resample(None):
            yield rate, _unpack(part)


def _unpack(frame: Any) -> Samples:
    """(n, channels) of a packed float frame."""
    return np.asarray(frame.to_ndarray().reshape(-1, len(frame.layout.channels)))


def _spool(blocks: Iterator[tuple[int, Samples]], name: str) -> tuple[Samples, int]:
    """Gather blocks in a temporary file and map it: ((n, channels) float32 read only, rate)."""
    sample_rate_hz, channels, size = 0, 0, 0
    with tempfile.TemporaryFile(prefix="artwalks-sound-") as file:
        try:
            for rate, block in blocks:
                sample_rate_hz, channels = rate, block.shape[1]
                size += file.write(np.nan_to_num(block, posinf=0.0, neginf=0.0).astype("<f4").tobytes())
            file.flush()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            folder = tempfile.gettempdir()
            raise AudioError(f"{name}: no space in {folder} for the decoded sound: free some or set TMPDIR") from None
        if not size:
            raise _UnreadableError("there is no sound in it")
        shape = (size // 4 // channels, channels)
        return np.asarray(np.memmap(file, np.dtype("<f4"), "r", shape=shape)), sample_rate_hz
