"""`artwalks upscale`: a finished video, enlarged, with its sound."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from artwalks_live.commands.options import size
from artwalks_live.core.errors import RecordError, UsageError

if TYPE_CHECKING:
    from artwalks_live.bake.upscale import Upscaler
    from artwalks_live.core.sink import FrameSink
    from artwalks_live.core.video import Samples
    from artwalks_live.io.video_file import VideoFile

    Report = Callable[[float], None]

HELP = "Enlarge a finished video; its sound is kept."
EXAMPLES = """\
examples:
  artwalks upscale walk.mp4 -o walk-2k.mp4                                  twice as large, by Lanczos
  artwalks upscale walk.mp4 -o walk-2k.mp4 --model realesr-general-x4v3     by a network: `artwalks models fetch` it
  artwalks upscale walk.mp4 -o walk-4k.mp4 --model realesr-general-x4v3@0.2 --size 4k     keeps more of the grain
  artwalks upscale walk.mp4 -o walk.mov --model mine.onnx                   a network of your own; ProRes by the suffix
without a graphics card a network takes a minute and more a frame: `bake --upscale` enlarges the keyframes instead.
"""
AHEAD_S = 1.0  # how much sound is given before its picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("video", metavar="VIDEO", type=Path, help="any film that FFmpeg reads")
    add("-o", "--output", metavar="FILE", type=Path, required=True, help=".mp4, .mov or .mkv")
    add(
        "--model",
        metavar="NAME|FILE",
        default="lanczos",
        help="a network that `artwalks models list` tells, FILE.onnx, FILE.pth, or lanczos (default)",
    )
    add("--size", metavar="WxH", type=size, help="2k (2560x1440), 4k, or WxH; default: twice the video's")
    add("--codec", metavar="NAME", help="h264, h265, prores or ffv1; default: by the file's suffix")
    add("--overwrite", action="store_true", help="write over a file that exists")
    add("--quiet", action="store_true", help="no progress bar")


def run(arguments: argparse.Namespace) -> int:
    """Enlarge every frame, with a progress bar."""
    from artwalks_live.bake.upscale import LANCZOS, upscaler_named
    from artwalks_live.commands.progress import Progress
    from artwalks_live.core.clock import rate_name
    from artwalks_live.io.video_file import VideoFile

    a = arguments
    if not a.video.is_file():
        raise UsageError(f"{a.video} does not exist: give a video")
    if a.output.exists() and a.output.samefile(a.video):
        raise RecordError(f"{a.output} is the video itself: choose another name")
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    upscaler = upscaler_named(a.model, "--model", threads)
    with VideoFile(a.video) as video:
        bar = Progress("upscale", max(video.frames, 1), a.quiet)
        if upscaler.name == LANCZOS:
            bar.say("by Lanczos, without a network: --model NAME takes one, `artwalks models list` tells which")
        try:
            wide, high = a.size or (video.size[0] * 2, video.size[1] * 2)
            written = _enlarge(a, video, (wide, high), upscaler, bar.update)
        finally:
            bar.finish()
        if not a.quiet:
            print(f"{a.output}: {written} frames, {wide}x{high} at {rate_name(video.fps)} fps, by {upscaler.name}")
    return 0


def _enlarge(
    a: argparse.Namespace, video: VideoFile, target: tuple[int, int], upscaler: Upscaler, report: Report
) -> int:
    """Write the master. Returns the number of its frames."""
    from artwalks_live.core.video import plan_master
    from artwalks_live.io.recorder import Recorder
    from artwalks_live.io.video_file import Nv12

    sound = _Sound(a.video, video.sound_s) if video.has_sound else None
    rate = sound.sample_rate_hz if sound else 0
    spec = plan_master(a.output, target, video.fps, codec=a.codec, sample_rate_hz=rate)
    coded = Nv12(target) if spec.pixel_format == "nv12" else None
    with Recorder(spec, overwrite=a.overwrite) as master:
        for index, picture in video.pictures():
            if sound:
                sound.give(master, float(index / video.fps) + AHEAD_S)
            large = upscaler.enlarge(picture, target)
            master.write(index, coded(large) if coded else large)
            report(index + 1)
    return master.counts.written


class _Sound:
    """The video's sound, given to a master a little ahead of the picture."""

    def __init__(self, path: Path, start_s: float) -> None:
        from artwalks_live.io import audio_ffmpeg

        self._blocks: Iterator[tuple[int, Samples]] = audio_ffmpeg.read(path)
        self._next = next(self._blocks, None)
        self.sample_rate_hz = self._next[0] if self._next else 0
        self._start_s, self._given = start_s, 0

    def give(self, master: FrameSink, until_s: float) -> None:
        """Give what begins before an instant of the video."""
        from artwalks_live.core.audio import stereo

        while self._next and self._start_s + self._given / self.sample_rate_hz < until_s:
            samples = self._next[1]
            master.write_audio(stereo(samples), self._start_s + self._given / self.sample_rate_hz)
            self._given += len(samples)
            self._next = next(self._blocks, None)
