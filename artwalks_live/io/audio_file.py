"""Decode a sound file, whatever it is and however long.

The samples go straight into a nameless temporary file and are mapped from there: a clip of any length costs the
process a few MB, the rest is page cache that the system takes back when it needs it. Two hours of stereo at 48 kHz
are 2.8 GB on disk. The libraries that read files are given by the caller, best first.
"""

from __future__ import annotations

import errno
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from artwalks_live.core.audio import AudioClip, Samples
from artwalks_live.core.errors import AudioError

Blocks = Iterator[tuple[int, Samples]]
Reader = Callable[[Path], Blocks]
"""Yields (sample rate in Hz, (n, 1 or 2) float32) from a file, or raises AudioError with the reason alone."""


class _NoRoomError(AudioError):
    """The temporary folder is full: no other reader would do better."""


def decode(path: Path, readers: Sequence[Reader]) -> AudioClip:
    """Decode a whole sound file with the first reader that can.

    The rate is the file's own (8 .. 192 kHz, else the nearer of these); samples that are not finite become 0.

    Raises AudioError, one line, when there is no such file, no sound in it, it is damaged beyond reading, or there is
    no room for it. A file that breaks off in the middle gives what could be read.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise AudioError(f"{path}: {what}: give --audio a sound file")
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"{path}: cannot be read: {error.strerror}") from None
    reason = ""
    for reader in readers:
        try:
            samples, sample_rate_hz = _spool(reader(path))
            return AudioClip(samples, sample_rate_hz, path, sha256)
        except _NoRoomError:
            raise
        except AudioError as error:
            reason = str(error)
    raise AudioError(f"{path}: cannot be read as sound ({reason}): convert it to WAV, FLAC, Ogg or MP3")


def convert(clip: AudioClip, blocks: Blocks) -> AudioClip:
    """The clip with other samples, say those that audio_ffmpeg.resample yields; path and hash stay."""
    samples, sample_rate_hz = _spool(blocks)
    return AudioClip(samples, sample_rate_hz, clip.path, clip.sha256)


def _spool(blocks: Blocks) -> tuple[Samples, int]:
    """Gather blocks in a temporary file and map it: ((n, channels) float32 read only, rate)."""
    sample_rate_hz, channels, size = 0, 0, 0
    with tempfile.TemporaryFile(prefix="artwalks-sound-") as file:
        try:
            for rate, block in blocks:
                sample_rate_hz, channels = rate, block.shape[1]
                size += file.write(np.nan_to_num(block, posinf=0.0, neginf=0.0).astype(np.float32).tobytes())
            file.flush()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            folder = tempfile.gettempdir()
            raise _NoRoomError(f"no space in {folder} for the decoded sound: free some, or set TMPDIR") from None
        if not size:
            raise AudioError("no sound in it")
        shape = (size // 4 // channels, channels)
        return np.asarray(np.memmap(file, np.float32, "r", shape=shape)), sample_rate_hz
