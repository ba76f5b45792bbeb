"""A progress bar for what takes longer than two seconds: a moving line on a terminal, sparse plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

APPEARS_S = 2.0
REDRAWN_S = 0.1
PLAIN_S = 15.0
_BAR = 28


class Progress:
    """How far a piece of work is, on stderr; nothing at all when `quiet`.

    total   in whatever unit `update` counts
    now     a monotonic clock in seconds; stream and now are seams for tests
    """

    def __init__(
        self,
        label: str,
        total: float,
        quiet: bool = False,
        stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label = label
        self._total = max(float(total), 1e-9)
        self._stream = sys.stderr if stream is None else stream
        self._quiet = quiet
        self._now = now
        self._moves = not quiet and self._stream.isatty()
        self._start = now()
        self._shown_at = -1e9
        self._drawn = False

    def update(self, done: float, doing: str = "") -> None:
        """Say how much is done, and optionally what is being done."""
        elapsed = self._now() - self._start
        if self._quiet or elapsed < APPEARS_S:
            return
        if elapsed - self._shown_at >= (REDRAWN_S if self._moves else PLAIN_S):
            self._shown_at = elapsed
            self._show(min(max(done / self._total, 0.0), 1.0), elapsed, doing)

    def say(self, line: str) -> None:
        """Write a line of its own, above the bar."""
        if not self._quiet:
            self._clear()
            print(line, file=self._stream, flush=True)

    def finish(self) -> None:
        """Take the bar away; call it however the work ends."""
        self._clear()

    def _show(self, share: float, elapsed: float, doing: str) -> None:
        remaining = f", {clock_text(elapsed / share - elapsed)} left" if share > 0.02 else ""
        figures = f"{share:4.0%}  {clock_text(elapsed)}{remaining}"
        if not self._moves:
            print(f"{self._label}: {figures.strip()}{'  ' + doing if doing else ''}", file=self._stream, flush=True)
            return
        full = round(share * _BAR)
        text = f"{self._label}  {'━' * full}{'─' * (_BAR - full)}  {figures}{'  ' + doing if doing else ''}"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r\x1b[K" + (text if len(text) <= width else text[: width - 1] + "…"))
        self._stream.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


@contextmanager
def counting(label: str, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar for work that tells (done, total) as it goes, say the frames of a render; taken away however it ends."""
    bar: Progress | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        bar = bar or Progress(label, total, quiet)
        bar.update(done)

    try:
        yield show
    finally:
        if bar is not None:
            bar.finish()


def clock_text(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
