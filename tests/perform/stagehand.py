"""Start the real command as a process of its own, and look into what it left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from artwalks_live.core import walk
from artwalks_live.core.clock import frame_rate, frame_time_s
from artwalks_live.core.errors import TakeError
from artwalks_live.core.features import Features
from artwalks_live.core.take import Entry, Replay, TakeReader
from artwalks_live.gpu.context import headless_context
from artwalks_live.perform.stage import Stage, Tables

Picture = npt.NDArray[np.uint8]
_on_stage: list[subprocess.Popen[str]] = []


def artwalks(*words: object, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start `artwalks WORDS…`; what still runs when its test is over is ended by `clear_the_stage`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "artwalks_live", *map(str, words)],
        env=environment or headless_environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    _on_stage.append(process)
    return process


def clear_the_stage() -> None:
    """End what a test that failed left running: it would play on, and make others late."""
    for process in _on_stage:
        if process.poll() is None:
            process.kill()
            process.communicate()
    _on_stage.clear()


def finished(process: subprocess.Popen[str], status: int = 0, seconds: float = 120.0) -> tuple[str, str]:
    """Wait for a process to end with a status; its stdout and stderr."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == status, err
    return out, err


def headless_environment() -> dict[str, str]:
    """This environment without a display."""
    return {name: value for name, value in os.environ.items() if name != "DISPLAY"}


def frames(path: Path) -> list[Picture]:
    """Every picture of a master, (H, W, 3) uint8 RGB."""
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def recorded(path: Path) -> int:
    """How many pictures of a master that is still being written can be seen by now."""
    try:
        return len(frames(path))
    except (av.error.FFmpegError, IndexError):  # not there yet, or only its head
        return 0


def logged(take: Path) -> list[Entry]:
    """What a take that is still being written holds by now; it is written once a second."""
    try:
        reader = TakeReader(take)
    except TakeError:  # not there yet, or only its first bytes
        return []
    return list(reader)


def features_in(take: Path) -> list[Features]:
    """What was heard, by a take that is still being written."""
    return [entry.item for entry in logged(take) if isinstance(entry.item, Features)]


def drawn_again(bundle: Path, take: Path, shown: list[int]) -> list[Picture]:
    """The pictures of a take at these deadlines, drawn as by a show that misses all others."""
    reader, tables = TakeReader(take), Tables.load()
    fps, ctx, pictures, before = frame_rate(reader.header.fps), headless_context(), [], -1
    with Stage(walk.read(bundle), tables, ctx, reader.header.size, reads=reader.header.reads) as stage:
        show = stage.show(reader.header.start)
        replay = Replay(iter(reader), show)
        for index in shown:
            time_s = frame_time_s(index, fps)
            replay.feed(show.horizon_s(time_s))
            stage.renderer.draw(show.frame(index, time_s, frame_time_s(index - before, fps)), wait=True)
            pictures.append(stage.renderer.read("rgb24").copy())
            before = index
    ctx.release()
    return pictures


def times(path: Path) -> list[Fraction]:
    """The presentation times of a master's pictures, seconds."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        return [frame.pts * stream.time_base for frame in file.decode(video=0)]


def sound_seconds(path: Path) -> float:
    """How long a master sounds."""
    with av.open(str(path)) as file:
        rate = file.streams.audio[0].rate
        return sum(frame.samples for frame in file.decode(audio=0)) / rate


def write_clicks(path: Path, seconds: float = 4.0, bpm: float = 120.0, rate_hz: int = 48000) -> Path:
    """A WAV file that clicks on the beat over a soft tone; stereo, 16 bit."""
    import soundfile

    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    since = time_s % (60 / bpm)
    click = np.exp(-since * 60) * np.sin(2 * np.pi * 110 * since) * 0.8
    mix = click + 0.05 * np.sin(2 * np.pi * 440 * time_s)
    soundfile.write(path, np.stack([mix, mix], axis=1).astype(np.float32), rate_hz)
    return path


def same(a: Iterable[Picture], b: Iterable[Picture]) -> list[bool]:
    """Picture by picture, whether they are the same to the bit."""
    return [bool(np.array_equal(one, other)) for one, other in zip(a, b, strict=False)]


@dataclass(frozen=True)
class Told:
    """What `perform` says of its frames at the end."""

    frames: int
    missed: int
    held: int

    @classmethod
    def by(cls, out: str) -> Told:
        found = re.search(r"(\d+) frames, (\d+) deadlines missed, (\d+) held", out)
        assert found is not None, out
        return cls(*map(int, found.groups()))


def shown_in(master: list[Picture]) -> list[int]:
    """The deadlines that a picture of their own met; a missed one stands in a master as a repeat of the one before."""
    return [0, *(n for n in range(1, len(master)) if not np.array_equal(master[n], master[n - 1]))]
