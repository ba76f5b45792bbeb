"""What a master is made of: codecs, containers, sizes, and the counting of deadlines and of sound.

Everything here is pure; the encoder that does what is decided here is io/recorder.py.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import RecordError, choices

PixelFormat = Literal["nv12", "rgb24", "rgba"]
Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]

CHANNELS = 2
FRAGMENT_S = 0.25
"""How much picture a crash can take that was encoded but not yet handed to the disk."""
_FRAGMENTS = {
    "movflags": "hybrid_fragmented+delay_moov+write_colr",
    "frag_duration": str(int(FRAGMENT_S * 1e6)),
    "flush_packets": "1",
}
_CLUSTERS = {"cluster_time_limit": str(int(FRAGMENT_S * 1e3)), "flush_packets": "1"}

_BT709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
_LEFT = {"chroma_sample_location": "left"}
_SRGB = {"color_primaries": "bt709", "color_trc": "iec61966-2-1", "colorspace": "rgb", "color_range": "pc"}


@dataclass(frozen=True, slots=True)
class Codec:
    """One way to code the picture.

    pixel_format   what the recorder is given; coded_format is what the encoder takes (FFmpeg's names)
    hardware       the NVENC encoder for the same stream, "" where there is none
    live, offline  encoder options: as cheap as will do while a show runs, as good as will do when nobody waits
    grid           (w, h): the picture's sides must be multiples of it, because chroma is shared
    """

    name: str
    encoder: str
    pixel_format: PixelFormat
    coded_format: str
    grid: tuple[int, int]
    suffixes: tuple[str, ...]
    colour: dict[str, str]
    live: dict[str, str]
    offline: dict[str, str]
    hardware: str = ""


_FFV1 = {"level": "3", "slices": "16", "slicecrc": "1", "coder": "rice", "context": "0"}
_PRORES = {"profile": "hq", "vendor": "apl0", "bits_per_mb": "8000"}
CODECS = {
    codec.name: codec
    for codec in (
        Codec(
            "h264", "libx264", "nv12", "nv12", (2, 2), (".mp4", ".mov", ".mkv"), _BT709 | _LEFT,
            {"preset": "superfast", "crf": "18"}, {"preset": "medium", "crf": "16"}, "h264_nvenc",
        ),
        Codec(
            "h265", "libx265", "nv12", "yuv420p", (2, 2), (".mp4", ".mov", ".mkv"), _BT709 | _LEFT,
            {"preset": "ultrafast", "crf": "20"}, {"preset": "medium", "crf": "18"}, "hevc_nvenc",
        ),
        Codec(
            "prores", "prores_ks", "rgb24", "yuv422p10le", (2, 1), (".mov", ".mkv"), _BT709 | _LEFT, _PRORES, _PRORES
        ),
        Codec("ffv1", "ffv1", "rgb24", "bgr0", (1, 1), (".mkv",), _SRGB, _FFV1, _FFV1),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Container:
    """One kind of file: FFmpeg's name and options for it, the codec it has by itself, and how its sound is coded."""

    name: str
    options: dict[str, str]
    codec: str
    sound_codec: str


CONTAINERS = {
    ".mp4": Container("mp4", _FRAGMENTS, "h264", "aac"),
    ".mov": Container("mov", _FRAGMENTS, "prores", "pcm_s24le"),
    ".mkv": Container("matroska", _CLUSTERS, "ffv1", "flac"),
}
_ALIASES = {"hevc": "h265", "avc": "h264"}


def choose_codec(path: Path, name: str | None = None) -> Codec:
    """The codec for a file: the one asked for, else the one its name tells.

    `show.mp4` is H.264, `show.h265.mp4` (or `.hevc.mp4`) H.265, `show.mov` ProRes, `show.mkv` FFV1.

    Raises RecordError for a suffix or codec that does not exist, and for a codec its container cannot hold.
    """
    suffix = path.suffix.lower()
    if suffix not in CONTAINERS:
        raise RecordError(f"{path}: suffix {choices(suffix, CONTAINERS)}, or a folder/%05d.png for pictures")
    inner = Path(path.stem).suffix.lower().lstrip(".")
    inner = _ALIASES.get(inner, inner)
    wanted = name or (inner if inner in CODECS else CONTAINERS[suffix].codec)
    wanted = _ALIASES.get(wanted, wanted)
    if wanted not in CODECS:
        raise RecordError(f"codec {choices(wanted, CODECS)}")
    codec = CODECS[wanted]
    if suffix not in codec.suffixes:
        raise RecordError(f"{path}: {codec.name} does not go into {suffix}: use {' or '.join(codec.suffixes)}")
    return codec


@dataclass(frozen=True, slots=True)
class MasterSpec:
    """A master as it shall be written. Made by `plan_master`, which checks it.

    size            (width, height) in pixels
    fps             frames a second, rational
    live            never block the caller: drop and count instead
    sample_rate_hz  of the sound that will be given; 0: no sound
    """

    path: Path
    size: tuple[int, int]
    fps: Fraction
    codec: Codec
    live: bool = False
    sample_rate_hz: int = 0

    @property
    def pixel_format(self) -> PixelFormat:
        """What `write` is to be given."""
        return self.codec.pixel_format

    @property
    def container(self) -> Container:
        """The kind of file, by its suffix."""
        return CONTAINERS[self.path.suffix.lower()]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one picture in `pixel_format`."""
        return pixel_shape(self.pixel_format, self.size)

    def samples_at(self, frame: int) -> int:
        """The first sample that sounds at the start of a frame."""
        return round(Fraction(frame) / self.fps * self.sample_rate_hz)


def plan_master(
    path: Path, size: tuple[int, int], fps: Fraction, *, codec: str | None = None, live: bool = False,
    sample_rate_hz: int = 0,
) -> MasterSpec:  # fmt: skip
    """Check what is asked of a master.

    Raises RecordError for an unknown suffix or codec, a size the codec cannot hold, or an impossible frame rate.
    """
    chosen = choose_codec(path, codec)
    width, height = size
    if width < 16 or height < 16 or width > 16384 or height > 16384:
        raise RecordError(f"{width}x{height} is no size for a master: use 16 to 16384 pixels a side")
    across, down = chosen.grid
    if width % across or height % down:
        even = f"{width - width % across}x{height - height % down}"
        raise RecordError(
            f"{width}x{height}: {chosen.name} shares colour between pixels: use even sides ({even}), or ffv1"
        )
    if not Fraction(1, 10) <= fps <= 1000:
        raise RecordError(f"{fps} frames a second is no rate for a master: use 1/10 to 1000")
    return MasterSpec(path, size, Fraction(fps), chosen, live, sample_rate_hz)


def pixel_shape(pixel_format: PixelFormat, size: tuple[int, int]) -> tuple[int, ...]:
    """The array shape of one picture: NV12 is (H·3/2, W): H rows of luma, then H/2 rows of interleaved Cb, Cr."""
    width, height = size
    return (height * 3 // 2, width) if pixel_format == "nv12" else (height, width, 3 if pixel_format == "rgb24" else 4)


@dataclass(slots=True)
class Deadlines:
    """Counts frames by their deadlines, n/fps after the first: each is written exactly once, or said to be missing.

    The first index seen is frame 0 of the file, so a recording may begin in the middle of a show.
    """

    duplicated: int = 0
    skipped: int = 0
    written: int = 0
    first: int | None = None

    def place(self, index: int) -> int | None:
        """How often the picture before must be repeated ahead of this one; None: its deadline is already served."""
        if self.first is None:
            self.first = index
        gap = index - self.first - self.written
        if gap < 0:
            self.skipped += 1
            return None
        self.duplicated += gap
        self.written += gap + 1
        return gap

    def finish(self, last: int) -> int:
        """How often the last picture must be repeated so that the file ends with index `last`."""
        gap = 0 if self.first is None else max(0, last + 1 - self.first - self.written)
        self.duplicated += gap
        self.written += gap
        return gap


@dataclass(slots=True)
class SoundTrack:
    """Lays blocks of sound, as they come, on the picture's time line: gaps become silence, overlaps are cut.

    A block that begins within `slack` samples of the end of the one before joins it without a seam, since the
    time stamps of a sound card jitter by more than a sample.
    """

    slack: int
    late: int = 0
    filled: int = 0
    _blocks: deque[Samples] = field(default_factory=deque)
    _end: int = 0
    _taken: int = 0

    def put(self, start: int, samples: Samples) -> None:
        """Add a block (n, 2), float32, [-1, 1], that begins at sample `start` of the master (may be negative)."""
        gap = start - self._end
        if gap < -self.slack:
            self.late += min(-gap, len(samples))
            samples = samples[-gap:]
        elif gap > self.slack:
            self._fill(gap)
        if len(samples):
            self._blocks.append(samples)
            self._end += len(samples)

    def take(self, until: int) -> Samples:
        """Everything not yet taken up to sample `until`, silence where nothing came: (n, 2) float32."""
        if self._end < until:
            self._fill(until - self._end)
        wanted = max(0, until - self._taken)
        taken = np.empty((wanted, CHANNELS), np.float32)
        at = 0
        while at < wanted:
            block = self._blocks.popleft()
            part = block[: wanted - at]
            taken[at : at + len(part)] = part
            at += len(part)
            if len(part) < len(block):
                self._blocks.appendleft(block[len(part) :])
        self._taken += wanted
        return taken

    def _fill(self, samples: int) -> None:
        self.filled += samples
        self._blocks.append(np.broadcast_to(np.zeros((1, CHANNELS), np.float32), (samples, CHANNELS)))
        self._end += samples


def encoder_options(spec: MasterSpec, encoder: str) -> dict[str, str]:
    """The options of an encoder for this master, in FFmpeg's names.

    Software encoders look ahead no further than a quarter of a second: what they hold back, a crash takes.
    """
    ahead = max(1, math.floor(spec.fps * Fraction(1, 4)))
    chosen = spec.codec.live if spec.live else spec.codec.offline
    if encoder.endswith("_nvenc"):
        return spec.codec.colour | {"preset": "p4", "rc": "vbr", "cq": chosen["crf"], "b": "0", "delay": "0"}
    own = {
        "libx264": {} if spec.live else {"rc-lookahead": str(min(ahead, 40))},
        "libx265": {"x265-params": f"rc-lookahead={max(5, min(ahead, 20))}:bframes=3:log-level=none"},
    }
    return spec.codec.colour | chosen | own.get(encoder, {})


def whole_fragments(file: BinaryIO) -> int:
    """How many bytes of an MP4 or MOV file, from its beginning, end with a whole index or a whole fragment."""
    size = file.seek(0, SEEK_END)
    at = whole = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4]) if head[:4] != b"\0\0\0\1" else int.from_bytes(head[8:])
        if length < 8 or at + length > size:
            break
        at += length
        whole = at if head[4:8] in (b"moov", b"mdat") else whole
    return whole
