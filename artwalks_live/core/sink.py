"""Where finished frames go: the seam between the render loop and whatever keeps its pictures.

`FrameSink` is what a loop knows; io/recorder.py writes a master, io/still.py a folder of pictures, and `ListSink`
keeps them in memory, so that a loop can be tested without a codec.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from artwalks_live.core.video import Deadlines, PixelFormat, Pixels, Samples, pixel_shape


@dataclass(frozen=True, slots=True)
class SinkCounts:
    """What became of the frames.

    written     frames in the file, repeats included
    duplicated  repeats, standing in for deadlines that no picture reached
    skipped     pictures whose deadline was already served
    dropped     pictures turned away because the queue was full (a repeat stands in for each)
    """

    written: int = 0
    duplicated: int = 0
    skipped: int = 0
    dropped: int = 0


class FrameSink(Protocol):
    """Takes frames and sound, in order."""

    @property
    def pixel_format(self) -> PixelFormat:
        """What `write` takes."""

    @property
    def counts(self) -> SinkCounts:
        """What became of the frames so far."""

    @property
    def fault(self) -> str:
        """Why nothing is kept any more, as a line for the status display; "" while all is well."""

    def write(self, index: int, pixels: Pixels) -> None:
        """Keep the picture for the deadline index/fps. The array is copied: the caller may reuse it at once."""

    def write_audio(self, samples: Samples, start_s: float) -> None:
        """Keep sound (n, 2), float32, [-1, 1], that begins at `start_s` on the clock whose second 0 is index 0.

        The array is kept, not copied: do not change it afterwards.
        """

    def end(self) -> None:
        """Take no more, and finish in the background."""

    def close(self) -> None:
        """End, and wait until everything is kept."""


class ListSink:
    """Keeps frames and sound in lists: the in-memory twin of a recorder."""

    def __init__(self, size: tuple[int, int], pixel_format: PixelFormat = "rgb24") -> None:
        self._shape = pixel_shape(pixel_format, size)
        self._pixel_format = pixel_format
        self._deadlines = Deadlines()
        self.frames: list[Pixels] = []
        self.sounds: list[tuple[float, Samples]] = []
        self.closed = False

    @property
    def pixel_format(self) -> PixelFormat:
        return self._pixel_format

    @property
    def counts(self) -> SinkCounts:
        return SinkCounts(self._deadlines.written, self._deadlines.duplicated, self._deadlines.skipped)

    @property
    def fault(self) -> str:
        return ""

    def write(self, index: int, pixels: Pixels) -> None:
        """Append a copy, after as many repeats of the frame before as deadlines were missed."""
        copied = pixels.reshape(self._shape).copy()
        repeats = self._deadlines.place(index)
        if repeats is not None:
            self.frames += self.frames[-1:] * repeats + [copied]

    def write_audio(self, samples: Samples, start_s: float) -> None:
        """Append the block with its time."""
        self.sounds.append((start_s, samples))

    def end(self) -> None:
        """Nothing is left to finish."""
        self.closed = True

    def close(self) -> None:
        """Nothing is left to finish."""
        self.closed = True
