"""The loader thread: reads keyframes and flows ahead of the walk, a bounded number at a time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping

from artwalks_live.core.errors import ArtwalksError
from artwalks_live.gpu.items import Arrays, Key

_NICENESS = 5
_READY = 3  # loaded items that may wait for the render thread; the thread rests while there are so many


class Loader:
    """Reads what is wanted, the most urgent first.

    fetch   called on the loader's thread with a key; returns the arrays of that item; an ArtwalksError or OSError
            from it marks the item as failed, and it is not tried again before it has been unwanted for a while

    The list of wants is replaced whole, so nothing queues up: what was loaded and is no longer wanted is dropped.
    """

    def __init__(self, fetch: Callable[[Key], Arrays]) -> None:
        self._fetch = fetch
        self._changed = threading.Condition()
        self._wanted: tuple[Key, ...] = ()
        self._ready: dict[Key, Arrays] = {}
        self._failed: dict[Key, str] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="loader", daemon=True)
        self._thread.start()

    def want(self, keys: tuple[Key, ...]) -> None:
        """Say what is needed, the most urgent first; replaces what was said before."""
        if keys == self._wanted:
            return
        with self._changed:
            self._wanted = keys
            self._ready = {key: arrays for key, arrays in self._ready.items() if key in keys}
            self._failed = {key: reason for key, reason in self._failed.items() if key in keys}
            self._changed.notify_all()

    def take(self) -> tuple[Key, Arrays] | None:
        """The most urgent item that is loaded, which then belongs to the caller; None when there is none."""
        if not self._ready:
            return None
        with self._changed:
            for key in self._wanted:
                if key in self._ready:
                    self._wanted = tuple(other for other in self._wanted if other != key)
                    self._changed.notify_all()
                    return key, self._ready.pop(key)
        return None

    @property
    def failures(self) -> Mapping[Key, str]:
        """Items that could not be read, and why; never changed in place, so it may be read at leisure."""
        return self._failed

    def wait(self, key: Key) -> None:
        """Block until a wanted item is loaded or has failed. Raises RuntimeError when the thread has ended."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._ready or key in self._failed or self._closing)
            if self._closing:
                raise RuntimeError("the loader has ended: its thread's own error says why")

    def close(self) -> None:
        """End the thread; an item being read is finished first."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _next(self) -> Key | None:
        if len(self._ready) >= _READY:
            return None
        return next((key for key in self._wanted if key not in self._ready and key not in self._failed), None)

    def _run(self) -> None:
        if sys.platform == "linux":  # where a thread has a niceness of its own: the picture comes first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        try:
            while (key := self._wait_for_work()) is not None:
                self._load(key)
        finally:
            with self._changed:
                self._closing = True
                self._changed.notify_all()

    def _wait_for_work(self) -> Key | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._next() is not None)
            return None if self._closing else self._next()

    def _load(self, key: Key) -> None:
        failure, arrays = "", None
        try:
            arrays = self._fetch(key)
        except (ArtwalksError, OSError) as error:
            failure = str(error) or type(error).__name__
        with self._changed:
            if key in self._wanted and arrays is not None:
                self._ready[key] = arrays
            elif key in self._wanted:
                self._failed = {**self._failed, key: failure}
            self._changed.notify_all()
