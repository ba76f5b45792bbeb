"""Write a master: pictures and sound into one file, by one thread that nothing waits for while a show runs.

The file is a fragmented MP4 or MOV (or Matroska) under its final name from the first second. A fragment is closed
every quarter of a second and the file is synced to the disk as often, so that what is there plays up to the last
second after a crash or a power cut. On a clean end FFmpeg's `hybrid_fragmented` turns it into a plain file in place:
the whole index is appended, then the head of the file is switched over to it. Nothing is copied, no further space is
needed, and whenever the process dies there is a file that plays.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import math
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

import av
import numpy as np

from artwalks_live.core import video
from artwalks_live.core.errors import RecordError
from artwalks_live.core.sink import SinkCounts
from artwalks_live.core.video import Deadlines, MasterSpec, PixelFormat, Pixels, Samples, SoundTrack

Encoder = Literal["software", "nvenc", "auto"]
SYNC_S = 0.25
SOUND_WAIT_S = 0.3
"""How far live sound may come behind the picture before silence takes its place."""
QUEUE_FRAMES = 16
_QUEUE_BYTES = 256 << 20
"""The most that waiting pictures may hold, but four always may: 16 of NV12 at 4K, ten in RGB."""
QUEUE_BLOCKS = 512
_SOUND_SLACK_S = 0.02
_LIVE_NICENESS = 5
_BT709 = 1  # ITU-T H.273
_ENCODER_ERRORS = (av.error.FFmpegError, OSError, MemoryError)
_Job = tuple[threading.Semaphore, Callable[["_Muxer"], None]]
"""What the encoder thread is to do, and where a place becomes free when it is done."""


class _Muxer:
    """The file and its encoders: pictures in order, sound in order, nothing decided here. One thread."""

    def __init__(self, spec: MasterSpec, encoder: str) -> None:
        self._spec = spec
        self._file = av.open(str(spec.path), "w", format=spec.container.name, options=spec.container.options)
        try:
            self._video = self._add_video(encoder)
            self._audio = self._add_audio() if spec.sample_rate_hz else None
            self._file.start_encoding()
        except _ENCODER_ERRORS:
            self._file.close()
            raise
        self._frames = 0
        self._samples = 0
        self._last: av.VideoFrame | None = None
        self._converter = _converter(spec) if spec.codec.name == "prores" else None

    def _add_video(self, encoder: str) -> Any:
        spec = self._spec
        stream = self._file.add_stream(encoder, rate=spec.fps, options=video.encoder_options(spec, encoder))
        stream.width, stream.height = spec.size
        stream.pix_fmt = spec.codec.coded_format
        stream.codec_context.time_base = 1 / spec.fps
        stream.codec_context.gop_size = 1 if spec.codec.name == "ffv1" else math.ceil(spec.fps)
        if spec.codec.name == "h265" and spec.container.name != "matroska":
            stream.codec_context.codec_tag = "hvc1"
        if spec.live and encoder == spec.codec.encoder:
            stream.codec_context.thread_count = max(1, (os.cpu_count() or 2) // 2)
        return stream

    def _add_audio(self) -> Any:
        codec = self._spec.container.sound_codec
        rate = self._spec.sample_rate_hz
        stream = self._file.add_stream(codec, rate=_coded_rate(codec, rate), layout="stereo")
        if codec == "aac":
            stream.codec_context.bit_rate = 256_000
        else:
            stream.codec_context.format = "s32"
        return stream

    def picture(self, frame: av.VideoFrame) -> None:
        """Encode the next frame."""
        self._last = self._coded(frame)
        self.repeat()

    def _coded(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Bring full RGB to what the encoder takes; NV12 from the GPU is taken as it is."""
        if frame.format.name != "rgb24":
            return frame
        if self._converter is None:
            return frame.reformat(format=self._spec.codec.coded_format)
        frame.pts, frame.time_base = self._frames, 1 / self._spec.fps
        self._converter.push(frame)
        converted: av.VideoFrame = self._converter.pull()
        converted.color_primaries = converted.color_trc = _BT709  # ProRes tags each frame, and from the frame
        return converted

    def repeat(self) -> None:
        """Encode the last frame, for the next deadline."""
        frame = self._last
        assert frame is not None
        frame.pts, frame.time_base, frame.duration = self._frames, 1 / self._spec.fps, 1
        self._frames += 1
        self._file.mux(self._video.encode(frame))

    def sound(self, samples: Samples) -> None:
        """Encode the next samples (n, 2)."""
        if self._audio is None or not len(samples):
            return
        interleaved = np.ascontiguousarray(samples, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout="stereo")
        rate = self._spec.sample_rate_hz
        frame.sample_rate, frame.pts, frame.time_base = rate, self._samples, Fraction(1, rate)
        self._samples += len(samples)
        self._file.mux(self._audio.encode(frame))

    def finish(self) -> None:
        """Drain the encoders and turn the fragments into a plain file."""
        for stream in (self._video, self._audio):
            if stream is not None:
                self._file.mux(stream.encode(None))
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file after a fault, already named, that closing would only name again."""
        with contextlib.suppress(*_ENCODER_ERRORS):
            self._file.close()


class Recorder:
    """Records a master: a FrameSink.

    Live, nothing here ever blocks or raises after the start: a full queue drops the picture (a repeat stands in, so
    the length stays right), and a fault becomes `fault`. Offline, `write` waits for room and faults raise
    RecordError. Cost of `write` on the calling thread: one copy of the picture.

    With sound, live blocks may come up to SOUND_WAIT_S behind the picture; later ones are cut, gaps are silence.
    Sound is as long as the picture to the sample (AAC: to its frame of 1024).

    Raises RecordError at once when the file cannot be made: it exists already and `overwrite` is not given, its
    folder is missing or read-only, the disk is full, or the hardware encoder asked for does not open.
    """

    def __init__(self, spec: MasterSpec, *, overwrite: bool = False, encoder: Encoder = "software") -> None:
        self._spec = spec
        self._fault = ""
        self._dropped = 0
        self._offered = 0
        self._ended = False
        self._inbox: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        places = max(4, min(QUEUE_FRAMES, _QUEUE_BYTES // math.prod(spec.shape)))
        self._room = threading.Semaphore(places)
        self._sound_room = threading.Semaphore(QUEUE_BLOCKS)
        self._deadlines = Deadlines()
        self._unlaid: list[tuple[float, Samples]] = []
        self._track = SoundTrack(slack=round(_SOUND_SLACK_S * spec.sample_rate_hz))
        self._opened = threading.Event()
        self._synced = threading.Event()
        self._descriptor, made = _make_file(spec.path, overwrite)
        self._thread = threading.Thread(target=self._run, args=(encoder,), name="recorder", daemon=True)
        self._syncer = threading.Thread(target=self._sync, name="recorder-sync", daemon=True)
        self._thread.start()
        self._opened.wait()
        if self._fault:
            self._thread.join()
            os.close(self._descriptor)
            if made:
                spec.path.unlink(missing_ok=True)
            raise RecordError(f"{spec.path}: {self._fault}")
        self._syncer.start()

    @property
    def pixel_format(self) -> PixelFormat:
        return self._spec.pixel_format

    @property
    def counts(self) -> SinkCounts:
        lines = self._deadlines
        return SinkCounts(lines.written, lines.duplicated, lines.skipped, self._dropped)

    @property
    def fault(self) -> str:
        died = not self._ended and not self._thread.is_alive()
        return f"record failed: {self._fault or 'the encoder has stopped'}" if self._fault or died else ""

    def write(self, index: int, pixels: Pixels) -> None:
        """Keep the picture for the deadline index/fps; see FrameSink. Raises RecordError offline after a fault."""
        if self._ended or (self._fault and self._spec.live):
            return
        self._raise_fault()
        self._offered = index
        if self._acquire(self._room):
            self._inbox.put((self._room, partial(self._picture, index, _frame(self._spec, pixels))))
        else:
            self._dropped += 1

    def write_audio(self, samples: Samples, start_s: float) -> None:
        """Keep sound; see FrameSink. Without a sample rate in the spec it is let go."""
        if self._ended or self._fault or not self._spec.sample_rate_hz:
            return
        if self._acquire(self._sound_room):
            self._inbox.put((self._sound_room, partial(self._sound, start_s, samples)))

    def end(self) -> None:
        """Take no more, and finish in the background."""
        if not self._ended:
            self._ended = True
            self._inbox.put(None)

    def close(self) -> None:
        """End, wait until the file is finished, and offline raise what went wrong."""
        self.end()
        self._thread.join()
        self._synced.set()
        self._syncer.join()
        self._raise_fault()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _raise_fault(self) -> None:
        if self._fault and not self._spec.live:
            raise RecordError(f"{self._spec.path}: {self._fault}")

    def _acquire(self, room: threading.Semaphore) -> bool:
        """Take a place in the queue: live at once or not at all, offline as soon as there is one."""
        if self._spec.live:
            return room.acquire(blocking=False)
        while not room.acquire(timeout=1.0):
            if not self._thread.is_alive():
                raise RecordError(f"{self._spec.path}: {self._fault or 'the encoder has stopped'}")
        return True

    # From here on: the encoder thread, and the one that syncs.

    def _run(self, encoder: Encoder) -> None:
        muxer: _Muxer | None = None
        inbox: Iterator[_Job] = iter(self._inbox.get, None)
        try:
            muxer = self._open(encoder)
            self._opened.set()
            for room, job in inbox:
                job(muxer)
                room.release()
            self._finish(muxer)
        except _ENCODER_ERRORS as error:
            self._fault = _reason(error)
        finally:
            self._opened.set()
        if self._fault and muxer is not None:
            muxer.abandon()
            _cut_torn_end(self._spec.path)
            for room, _ in inbox:  # keeps the queue moving until the end, so that nobody waits for a place in it
                room.release()

    def _open(self, encoder: Encoder) -> _Muxer:
        """Open the file with the encoder asked for; `auto` tries the hardware and falls back."""
        codec = self._spec.codec
        if self._spec.live:
            _step_back()
        if encoder != "software" and codec.hardware:
            try:
                return _Muxer(self._spec, codec.hardware)
            except _ENCODER_ERRORS as error:
                if encoder == "nvenc":
                    raise OSError(errno.ENODEV, f"{codec.hardware} does not open ({_reason(error)})") from error
        return _Muxer(self._spec, codec.encoder)

    def _picture(self, index: int, frame: av.VideoFrame, muxer: _Muxer) -> None:
        repeats = self._deadlines.place(index)
        if repeats is None:
            return
        for _ in range(repeats):
            muxer.repeat()
        muxer.picture(frame)
        wait = round(SOUND_WAIT_S * self._spec.sample_rate_hz) if self._spec.live else 0
        muxer.sound(self._take_sound(self._spec.samples_at(self._deadlines.written) - wait))

    def _sound(self, start_s: float, samples: Samples, muxer: _Muxer) -> None:
        self._unlaid.append((start_s, samples))  # where it lies is known with the first picture

    def _take_sound(self, until: int) -> Samples:
        first_s = float((self._deadlines.first or 0) / self._spec.fps)
        for start_s, samples in self._unlaid:
            self._track.put(round((start_s - first_s) * self._spec.sample_rate_hz), samples)
        self._unlaid.clear()
        return self._track.take(until)

    def _finish(self, muxer: _Muxer) -> None:
        for _ in range(self._deadlines.finish(self._offered)):
            muxer.repeat()
        muxer.sound(self._take_sound(self._spec.samples_at(self._deadlines.written)))
        muxer.finish()

    def _sync(self) -> None:
        """Bring what is written onto the disk itself, again and again, and once at the end."""
        try:
            while not self._synced.wait(SYNC_S):
                os.fsync(self._descriptor)
            os.fsync(self._descriptor)
        except OSError as error:
            self._fault = self._fault or _reason(error)
        finally:
            os.close(self._descriptor)


def _make_file(path: Path, overwrite: bool) -> tuple[int, bool]:
    """Make the file, or open the old one to write over it: its descriptor, and whether it is new."""
    made = not path.exists()
    if not made and not overwrite:
        raise RecordError(f"{path} exists: choose another name or pass --overwrite")
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | (os.O_EXCL if made else 0), 0o666), made
    except FileNotFoundError:
        raise RecordError(f"{path}: the folder {path.parent} does not exist: make it first") from None
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {_reason(error)}") from None


def _cut_torn_end(path: Path) -> None:
    """Cut an MP4 or MOV back to its last whole fragment: some players open none that ends within a box's header."""
    if path.suffix.lower() != ".mkv":
        with contextlib.suppress(OSError), path.open("r+b") as file:
            file.truncate(video.whole_fragments(file))


def _frame(spec: MasterSpec, pixels: Pixels) -> av.VideoFrame:
    """Copy a picture into a frame of its own, row by row into FFmpeg's aligned planes: the one copy there is."""
    pixels = pixels.reshape(spec.shape)
    width, height = spec.size
    if spec.pixel_format != "nv12":
        frame = av.VideoFrame(width, height, spec.pixel_format)
        _plane(frame, 0)[:, : pixels[0].size] = pixels.reshape(height, -1)
        return frame
    chroma = pixels[height:]
    if spec.codec.coded_format == "nv12":
        frame = av.VideoFrame(width, height, "nv12")
        _plane(frame, 1)[:, :width] = chroma
    else:
        frame = av.VideoFrame(width, height, "yuv420p")
        _plane(frame, 1)[:, : width // 2] = chroma[:, 0::2]
        _plane(frame, 2)[:, : width // 2] = chroma[:, 1::2]
    _plane(frame, 0)[:, :width] = pixels[:height]
    return frame


def _plane(frame: av.VideoFrame, number: int) -> Pixels:
    plane = frame.planes[number]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height]


def _converter(spec: MasterSpec) -> Any:
    """RGB to BT.709 limited range with chroma sited left, which FFmpeg's plain conversion would put in the middle."""
    graph = av.filter.Graph()
    flags = "bicubic+accurate_rnd+full_chroma_inp"
    width, height = spec.size
    steps = (
        graph.add_buffer(width=width, height=height, format=spec.pixel_format, time_base=1 / spec.fps),
        graph.add("scale", f"out_color_matrix=bt709:out_range=tv:out_h_chr_pos=0:flags={flags}"),
        graph.add("format", spec.codec.coded_format),
        graph.add("buffersink"),
    )
    for step, following in itertools.pairwise(steps):
        step.link_to(following)
    graph.configure()
    return graph


def _coded_rate(codec: str, rate_hz: int) -> int:
    """The rate in the file: the sound's own, or 48 kHz where the codec has none such (PyAV then resamples)."""
    valid = av.codec.Codec(codec, "w").audio_rates
    return rate_hz if not valid or rate_hz in valid else 48_000


def _reason(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        return "no space left on the disk"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]


def _step_back() -> None:
    """Let the encoder give way to picture and sound: its threads inherit this one's niceness (Linux only)."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LIVE_NICENESS)
