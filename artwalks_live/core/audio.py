"""Sound as the show sees it: a clip, a hop with its time, and the seam through which hops arrive.

An `AudioSource` is pulled: "give me the hops that have ended by now". So a file gives the very same hops live and
rendered, and a stalled picture loses none. Stream time is what `Features.time_s` is stamped with: for a file the
seconds into the song, for a live input the seconds since the show began.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import UsageError

Samples = NDArray[np.float32]

HOP_AT_48K = 512
MIN_RATE_HZ, MAX_RATE_HZ = 8000, 192000
"""The sample rates that are analysed; files outside are brought to the nearer end when they are read."""


def hop_length(sample_rate_hz: int) -> int:
    """Samples per hop at a rate: 512 at 48 kHz, and as near to its 10.7 ms as whole samples allow elsewhere."""
    return round(sample_rate_hz * HOP_AT_48K / 48000)


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """A decoded sound, whole.

    samples   (n, 1 or 2) float32, nominally [-1, 1]; read only, and mapped from disk where it was decoded from a file
    path      where it came from; None for a sound made in memory
    sha256    of the file's bytes, in hex; empty for a sound made in memory
    """

    samples: Samples
    sample_rate_hz: int
    path: Path | None = None
    sha256: str = ""

    @property
    def duration_s(self) -> float:
        """How long it sounds."""
        return len(self.samples) / self.sample_rate_hz


@dataclass(frozen=True, slots=True, eq=False)
class Hop:
    """The next samples to analyse.

    samples      (hop,) float32 mono
    end_time_s   stream time at which the last of them was, or will be, heard
    """

    samples: Samples
    end_time_s: float


BlockCallback = Callable[[Samples, float], None]
"""Called by the device with a block (n, channels), to copy from or to fill, and the time on the show's clock at
which its first sample was in the air, or will be. It must be quick, and neither wait nor allocate."""


class SoundPort(Protocol):
    """An input or output that keeps itself open: if its device goes, it says so and looks for it until it is back.

    state       'ok', or the name of what is wrong
    latency_s   between the samples here and the sound in the air
    faults      blocks that the device lost or could not fill in time
    """

    sample_rate_hz: int
    channels: int

    @property
    def state(self) -> str: ...

    @property
    def latency_s(self) -> float: ...

    @property
    def faults(self) -> int: ...

    def open(self, callback: BlockCallback) -> None:
        """Begin. Raises AudioError when the device cannot be opened now."""

    def close(self) -> None:
        """Let go. Calling twice is fine."""


class AudioSource(Protocol):
    """Where hops come from: a device, a file being played, or an array.

    state       'ok', or the name of what is wrong: 'audio lost', 'no sound output'
    latency_s   from the sound in the air (or in the file) to the hop being handed over
    overruns    samples lost because nobody fetched them in time
    """

    sample_rate_hz: int
    hop: int

    @property
    def state(self) -> str: ...

    @property
    def latency_s(self) -> float: ...

    @property
    def overruns(self) -> int: ...

    def start(self, now_s: float) -> None:
        """Begin: stream time 0 is at, or shortly after, `now_s` of the show's clock."""

    def time_at(self, now_s: float) -> float:
        """The stream time that is heard at `now_s` of the show's clock; never decreases."""

    def hops_until(self, time_s: float) -> list[Hop]:
        """The hops, in order and each once, that end by stream time `time_s`."""

    def take_samples(self) -> tuple[Samples, float]:
        """The (n, 2) samples heard since the last call, without a gap, and the stream time of the first of them.

        For a recorder of live sound; none where the clip itself is known.
        """

    def close(self) -> None:
        """Let go of the device, if there is one. Calling twice is fine."""


def mono(samples: Samples) -> Samples:
    """Mix (n, channels) down to (n,): the mean, as float32."""
    return np.asarray(samples.mean(axis=1, dtype=np.float32))


def stereo(samples: Samples) -> Samples:
    """Bring (n, channels) to (n, 2): one channel is doubled, of more than two the first two are kept."""
    return np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples[:, :2]


@dataclass(frozen=True, slots=True)
class AudioChoice:
    """What `--audio` asks for.

    kind       'none', 'file' or 'live'
    name       part of a device's name, empty for the default input; or the file's path
    channels   1-based numbers of the channels to listen to; empty for the first two
    """

    kind: Literal["none", "file", "live"]
    name: str = ""
    channels: tuple[int, ...] = ()


_CHANNELS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


def parse_audio(text: str) -> AudioChoice:
    """Read the value of `--audio`: none, live, live:NAME, live:NAME:CHANNELS or a file.

    CHANNELS is like 1, 1-2 or 3,4; a name may itself contain colons. Raises UsageError on channels that are none.
    """
    if text == "none":
        return AudioChoice("none")
    if text != "live" and not text.startswith("live:"):
        return AudioChoice("file", text)
    name = text.removeprefix("live").removeprefix(":")
    head, colon, tail = name.rpartition(":")
    if colon and _CHANNELS.fullmatch(tail):
        return AudioChoice("live", head, _channels(tail, text))
    if colon and tail and not tail.strip("0123456789-, "):
        raise UsageError(f"--audio {text}: channels {tail!r}: write them like 1, 1-2 or 3,4")
    return AudioChoice("live", name.removesuffix(":"))


def _channels(text: str, where: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        numbers += range(int(low), int(high or low) + 1)
    if not numbers or min(numbers) < 1 or max(numbers) > 256 or len(set(numbers)) < len(numbers):
        raise UsageError(f"--audio {where}: channels {text!r}: count from 1, each once, like 1-2")
    return tuple(numbers)


class ArraySource:
    """Hops of a clip in memory at exact times: for rendering a file, and for tests.

    After its end it gives silence for ever, so an empty clip is no sound at all. Stream time runs with the show's
    clock from `start` on. `state` is what the status line should say of it.
    """

    latency_s = 0.0
    overruns = 0

    def __init__(self, clip: AudioClip, state: str = "ok") -> None:
        self.clip = clip
        self.state = state
        self.sample_rate_hz = clip.sample_rate_hz
        self.hop = hop_length(clip.sample_rate_hz)
        self._next = 0
        self._start_s = 0.0

    def start(self, now_s: float) -> None:
        """Let stream time 0 be now."""
        self._start_s = now_s

    def time_at(self, now_s: float) -> float:
        """Seconds since the start."""
        return max(0.0, now_s - self._start_s)

    def hops_until(self, time_s: float) -> list[Hop]:
        """The hops that end by `time_s`; `Hop.end_time_s` is exactly k * hop / sample_rate_hz."""
        hops = []
        while (end_s := (self._next + 1) * self.hop / self.sample_rate_hz) <= time_s:
            hops.append(Hop(self._samples(self._next * self.hop), end_s))
            self._next += 1
        return hops

    def _samples(self, first: int) -> Samples:
        part = mono(self.clip.samples[first : first + self.hop])
        return part if len(part) == self.hop else np.pad(part, (0, self.hop - len(part)))

    def take_samples(self) -> tuple[Samples, float]:
        """None: the clip is known."""
        return np.empty((0, 2), np.float32), 0.0

    def close(self) -> None:
        """Nothing to let go of."""
