"""Masters and stills of a running show: begun and ended at any moment, without the picture waiting for either."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from artwalks_live.core.errors import RecordError
from artwalks_live.core.sink import FrameSink, SinkCounts
from artwalks_live.core.video import Samples, plan_master
from artwalks_live.io.recorder import Recorder
from artwalks_live.io.still import StillWriter
from artwalks_live.perform.stage import Stage


class Feed:
    """Leads the target's pixels into a sink, a frame behind the GPU, so that reading back waits for nothing."""

    def __init__(self, stage: Stage, sink: FrameSink, depth: int = 2) -> None:
        self.sink = sink
        self._readback = stage.renderer.readback(sink.pixel_format, depth)
        self._indices: deque[int] = deque()
        self._depth = depth

    def frame(self, index: int) -> None:
        """Take the target as it is now for the deadline `index`. Render thread."""
        self._readback.start()
        self._indices.append(index)
        if len(self._indices) == self._depth:
            self._write_oldest()

    def _write_oldest(self) -> None:
        self.sink.write(self._indices.popleft(), self._readback.finish())

    def end(self) -> None:
        """Hand over what is on its way and let the sink finish in the background."""
        while self._indices:
            self._write_oldest()
        self._readback.release()
        self.sink.end()


class Masters:
    """Starts and stops masters and stills while a show runs, and owns what writes them.

    fps             of the show
    sample_rate_hz  of the sound to be muxed; 0 for none
    ahead_s         by which the picture's beat is ahead of the sound, for a slow display: a file has none

    A master opens and finishes in the background: codecs take a tenth of a second to open, which at 60 fps would be
    six missing pictures.
    """

    def __init__(self, stage: Stage, fps: Fraction, sample_rate_hz: int, ahead_s: float = 0.0) -> None:
        self._ahead_s = ahead_s
        self._stage, self._fps, self._sample_rate_hz = stage, fps, sample_rate_hz
        self._feed: Feed | None = None
        self._opening: Future[Recorder] | None = None
        self._finishing: list[FrameSink] = []
        self._stills = StillWriter(threads=1)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="open-master")
        self._path: Path | None = None
        self.fault = ""

    @property
    def recording(self) -> bool:
        """Whether a master is being written, or about to be."""
        return self._feed is not None or self._opening is not None

    def check(self, path: Path) -> None:
        """See before the show whether a master could be written there. Raises RecordError."""
        plan_master(path, self._stage.size, self._fps, live=True, sample_rate_hz=self._sample_rate_hz)

    def begin(self, path: Path, *, wait: bool = False, overwrite: bool = False) -> None:
        """Start a master. `wait` (before the show): it is open on return, and what is wrong raises RecordError."""
        if self.recording:
            return
        self._path = path
        try:
            spec = plan_master(path, self._stage.size, self._fps, live=True, sample_rate_hz=self._sample_rate_hz)
        except RecordError as error:
            if wait:
                raise
            self.fault = str(error)
            return
        self._opening = self._worker.submit(Recorder, spec, overwrite=overwrite)
        if wait:
            self._feed = Feed(self._stage, self._opening.result())
            self._opening = None

    def toggle(self, folder: Path, name: str, now: datetime, on: bool | None = None) -> None:
        """Start a master named by time in a folder, or end the one that runs."""
        wanted = not self.recording if on is None else on
        if wanted:
            self.begin(folder / f"{name} {now:%Y-%m-%d %H-%M-%S}.mp4")
        else:
            self.stop()

    def frame(self, index: int) -> None:
        """Give the frame in the target to the running master. Once a frame, on the render thread."""
        if self._opening is not None and self._opening.done():
            error = self._opening.exception()
            if isinstance(error, RecordError):
                self.fault = str(error)
            elif error is not None:
                raise error
            else:
                self._feed = Feed(self._stage, self._opening.result())
            self._opening = None
        if self._feed is not None:
            self._feed.frame(index)
            self.fault = self._feed.sink.fault or self.fault

    def sound(self, samples: Samples, start_s: float) -> None:
        """Give live sound to the running master, if one runs."""
        if self._feed is not None and len(samples):
            self._feed.sink.write_audio(samples, start_s - self._ahead_s)

    def still(self, path: Path) -> None:
        """Save the frame in the target. Too many at once: the newest is let go."""
        if not self._stills.put(path, self._stage.renderer.read("rgb24").copy(), wait=False):
            self.fault = "still not saved: the disk is too slow"

    def stop(self) -> None:
        """End the running master; it finishes in the background."""
        if self._opening is not None:
            self._feed = Feed(self._stage, self._opening.result())
            self._opening = None
        if self._feed is not None:
            self._feed.end()
            self._finishing.append(self._feed.sink)
            self._feed = None

    def close(self, report: Callable[[SinkCounts, Path], None]) -> None:
        """End everything and wait for it. `report` is told what became of the last master."""
        self.stop()
        for sink in self._finishing:
            sink.close()
            self.fault = sink.fault or self.fault
        if self._finishing and self._path is not None:
            report(self._finishing[-1].counts, self._path)
        self._worker.shutdown()
        self._stills.close()
        self.fault = self._stills.fault or self.fault
