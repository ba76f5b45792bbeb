"""Read sound files through libsndfile: WAV, FLAC, Ogg, AIFF and a dozen studio formats, sample for sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import soundfile

from artwalks_live.core.audio import MAX_RATE_HZ, MIN_RATE_HZ, Samples
from artwalks_live.core.errors import AudioError

BLOCK = 1 << 16


def read(path: Path) -> Iterator[tuple[int, Samples]]:
    """Yield (sample rate in Hz, (n, channels) float32) of a file with one or two channels.

    More channels, rates that are not analysed, and MP3 are left to FFmpeg: it knows the loudspeakers' places, it
    resamples, and libsndfile's MP3 decoder writes its complaints to the terminal. A file that breaks off ends there.
    Raises AudioError with the reason alone.
    """
    if _is_mpeg(path):
        raise AudioError("MPEG audio")
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        raise AudioError(error.error_string.rstrip(".")) from None
    with file:
        if file.channels > 2:
            raise AudioError(f"{file.channels} channels")
        if not MIN_RATE_HZ <= file.samplerate <= MAX_RATE_HZ:
            raise AudioError(f"{file.samplerate} Hz")
        with contextlib.suppress(soundfile.LibsndfileError):
            while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
                yield file.samplerate, block


def _is_mpeg(path: Path) -> bool:
    """Whether it begins as MP3 files do, with a tag or with eleven bits set."""
    with path.open("rb") as file:
        head = file.read(2)
    return head == b"ID" or (len(head) == 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)
