"""What a show listens to, and whose clock it follows: a device, a file aloud, a file in silence, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artwalks_live.core.audio import ArraySource, AudioChoice, AudioClip, AudioSource, Samples, hop_length, stereo
from artwalks_live.core.clock import Clock
from artwalks_live.core.cues import Cues
from artwalks_live.core.ear import Ear, Listener
from artwalks_live.core.errors import AudioError, CueError, ModelError
from artwalks_live.core.features import Features
from artwalks_live.core.follow import Follower
from artwalks_live.core.heard import HeardSource
from artwalks_live.core.hearing import DEFAULT, HearingOptions
from artwalks_live.core.latency import HEARING_HOPS, Latency
from artwalks_live.core.played import PlayedSource
from artwalks_live.core.songclock import OwnSong
from artwalks_live.core.walk_extras import Song
from artwalks_live.io import audio_ffmpeg, audio_file, audio_sndfile
from artwalks_live.io.audio_device import input_port, output_port
from artwalks_live.io.audio_thread import ThreadedEar
from artwalks_live.nn.beat_model import BeatModel
from artwalks_live.paths import BEAT_NETWORK, model_file

Tap = Callable[[float], tuple[Samples, float]]
"""Sound for a master up to an instant of show time: ((n, 2) samples, the time at which they begin)."""
_NONE: tuple[Samples, float] = (np.empty((0, 2), np.float32), 0.0)


class Deaf:
    """Listens to nothing: show time is the clock's, and there are no features."""

    state = "none"
    latency_s = 0.0
    overruns = 0

    def __init__(self) -> None:
        self._start_s = 0.0

    def start(self, now_s: float) -> None:
        """Let show time 0 be now."""
        self._start_s = now_s

    def time_at(self, now_s: float) -> float:
        """Seconds since the start."""
        return now_s - self._start_s

    def poll(self, _until_s: float) -> list[Features]:
        """Nothing."""
        return []

    def take_samples(self) -> tuple[Samples, float]:
        """Nothing."""
        return _NONE

    def close(self) -> None:
        """Nothing to let go of."""


class ClipTap:
    """A clip's own samples, in step with show time: what a master of a played file sounds like."""

    def __init__(self, clip: AudioClip) -> None:
        self._clip, self._taken = clip, 0

    def __call__(self, until_s: float) -> tuple[Samples, float]:
        """The samples not yet taken up to an instant."""
        rate = self._clip.sample_rate_hz
        first, until = self._taken, min(len(self._clip.samples), max(self._taken, round(until_s * rate)))
        self._taken = until
        return stereo(self._clip.samples[first:until]), first / rate


@dataclass(frozen=True)
class Hearing:
    """A show's ear with what else the show must know of it.

    name             for the status line
    clip             the song, where it is one
    sample_rate_hz   of the sound that a master gets; 0: none
    tap              where that sound comes from
    note             a degraded state that lasts the whole show; "" for none
    """

    name: str
    ear: Listener
    tap: Tap
    clip: AudioClip | None = None
    sample_rate_hz: int = 0
    note: str = ""

    def latency(self, frame_s: float, display_s: float) -> Latency:
        """The whole way from the sound to the picture, given how long a hop waits for its frame, and the display."""
        rate_hz = self.sample_rate_hz
        if rate_hz == 0:
            return Latency(display_s=display_s)
        hop_s = hop_length(rate_hz) / rate_hz
        live_s = self.ear.latency_s
        waited_s = min(1.5 * hop_s, live_s)  # live: until the hop is full, and half a hop until the thread looks
        return Latency(live_s - waited_s, waited_s, HEARING_HOPS * hop_s, frame_s, display_s)


@dataclass(frozen=True, slots=True)
class Listening:
    """How a show listens: the ear's options, the cues of the song that it may know, the song that composed its walk."""

    options: HearingOptions = DEFAULT
    cues: Cues | None = None
    song: Song | None = None

    def place(self, clip: AudioClip) -> OwnSong | None:
        """The place in a song that plays from its file, when it is known. Raises CueError for cues of another song."""
        if self.cues is None and self.song is not None and clip.sha256 == self.song.sha256 != "":
            return OwnSong(self.song.duration_s)
        return own_place(clip, self.cues)


def composed_by(path: Path, song: Song | None) -> bool:
    """Whether a sound file is the song that composed a walk; False for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return song is not None and hashlib.file_digest(file, "sha256").hexdigest() == song.sha256
    except OSError:
        return False


def open_hearing(choice: AudioChoice, clock: Clock, how: Listening = Listening()) -> Hearing:
    """Open what `--audio` asks for; it begins to sound or to listen with `ear.start`.

    Raises AudioError when the file cannot be read, or there is no such input. A file without an output to sound on is
    followed in silence.
    """
    if choice.kind == "none":
        return Hearing("no sound", Deaf(), lambda until_s: _NONE)
    if choice.kind == "live":
        return _live(choice, clock, how)
    clip = open_clip(Path(choice.name))
    place = how.place(clip)
    source, note = _played(clip, clock)
    sense, plain = open_sense()
    ear = Ear(source, how.options, sense, place)
    notes = "; ".join(filter(None, (note, plain)))
    return Hearing(Path(choice.name).name, ear, ClipTap(clip), clip, clip.sample_rate_hz, notes)


def open_clip(path: Path) -> AudioClip:
    """Decode a sound file: by libsndfile, else by FFmpeg. Raises AudioError."""
    return audio_file.decode(path, (audio_sndfile.read, audio_ffmpeg.read))


def rendered_ear(clip: AudioClip, how: Listening = Listening()) -> Ear:
    """The ear of a render: the same hops at the same times as live, without a device."""
    return Ear(ArraySource(clip), how.options, open_sense()[0], how.place(clip))


def open_sense() -> tuple[BeatModel | None, str]:
    """The network that hears beats, a new one for each ear; None, and why, where it cannot be run."""
    try:
        return BeatModel.open(model_file(BEAT_NETWORK)), ""
    except ModelError as error:
        return None, f"beats by flux alone: {error}"


def own_place(clip: AudioClip, cues: Cues | None) -> OwnSong | None:
    """The place in a song that plays from its file. Raises CueError when the cues are another song's."""
    if cues is None:
        return None
    if clip.sha256 != cues.sha256:
        name = clip.path.name if clip.path is not None else "the song"
        raise CueError(f"--cues: these are of another song ({cues.title}), not of {name}: make them of this one, "
                       f"`artwalks listen {name}`")  # fmt: skip
    return OwnSong(cues.duration_s)


def _live(choice: AudioChoice, clock: Clock, how: Listening) -> Hearing:
    port, channels = input_port(choice.name, choice.channels, clock)
    place = None if how.cues is None else Follower(how.cues, port.sample_rate_hz)
    sense, note = open_sense()
    ear = ThreadedEar(Ear(HeardSource(port, channels), how.options, sense, place), clock)
    name = f"live {choice.name or 'input'}"
    return Hearing(name, ear, lambda until_s: ear.take_samples(), sample_rate_hz=port.sample_rate_hz, note=note)


def _played(clip: AudioClip, clock: Clock) -> tuple[AudioSource, str]:
    """The clip on the default output; in silence, with the reason, where there is none."""
    try:
        port = output_port("", clip.samples.shape[1], clip.sample_rate_hz, clock)
    except AudioError as error:
        return ArraySource(clip), f"the song plays silently: {str(error).partition(': ')[0]}"
    if port.sample_rate_hz == clip.sample_rate_hz:
        return PlayedSource(clip, port), ""
    return PlayedSource(clip, port, audio_file.convert(clip, audio_ffmpeg.resample(clip, port.sample_rate_hz))), ""
