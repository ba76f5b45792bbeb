"""The take of a running show, written by a thread of its own: neither a slow disk nor a full one stops the picture."""

from __future__ import annotations

import queue
import threading

from artwalks_live.core.show import Input, Kind
from artwalks_live.core.take import TakeWriter

_MOST = 100_000
"""Lines that may wait for the disk: a quarter of an hour of live sound."""
_Line = tuple[int, Kind, Input] | int | None


class Logbook:
    """Writes a take in the background.

    writer   None: this show keeps no take
    """

    def __init__(self, writer: TakeWriter | None) -> None:
        self._writer = writer
        self._lines: queue.Queue[_Line] = queue.Queue(_MOST)
        self._full = False
        self._thread = threading.Thread(target=self._run, name="take", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str:
        """Why the take is no longer kept; "" while it is."""
        if self._full:
            return "the take ends here: the disk does not answer"
        return "" if self._writer is None else self._writer.fault

    def append(self, tick: int, kind: Kind, item: Input) -> None:
        """Keep what the show consumed at a tick: fits Show's log."""
        self._put((tick, kind, item))

    def mark(self, tick: int) -> None:
        """Keep how far the show has got."""
        self._put(tick)

    def close(self) -> None:
        """Write what waits, and end the take."""
        self._lines.put(None)
        self._thread.join()

    def _put(self, line: _Line) -> None:
        if self._writer is None or self.fault:
            return
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._full = True

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            assert self._writer is not None  # without a writer nothing is put but the end
            if isinstance(line, int):
                self._writer.mark(line)
            else:
                self._writer.append(*line)
        if self._writer is not None:
            self._writer.close()
