"""Ableton Link: the session's beat, tempo and start/stop, made into `/clock/link` events.

Link speaks multicast UDP on every network interface, so it is joined only when `--link` is given.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from typing import Any

from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event

QUANTUM = 4
LOOK_S = 0.02
TELL_S = 0.1
UNDISTURBED_S = 0.0005  # a beat is taken if the clock has moved by less than this while it was read
START_S = 10.0


class LinkSession:
    """Takes part in the Link session of this network; an asyncio loop in a thread of its own.

    clock     the show's machine clock, on which events are stamped
    tempo_bpm of the session as long as nobody else is in it

    Who joins a session takes its tempo over; this program never changes it. Start and stop are synchronised.
    Raises ControlError where the extra is not installed or the session cannot be joined.
    """

    def __init__(self, clock: Clock, tempo_bpm: float = 120.0) -> None:
        try:
            import aalink
        except ImportError:
            raise ControlError("--link needs the extra: pip install 'artwalks-live[link]'") from None
        self.peers = 0
        self._make: Any = aalink.Link
        self._clock = clock
        self._tempo_bpm = tempo_bpm
        self._latest: Event | None = None
        self._told: Event | None = None
        self._fault = ""
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_S) or self._fault:
            raise ControlError(f"--link: the session cannot be joined ({self._fault or 'Link does not answer'})")

    @property
    def state(self) -> str:
        """'ok', or 'Link lost' when its thread has ended."""
        return "ok" if self._thread.is_alive() else "Link lost"

    def poll(self) -> Event | None:
        """`/clock/link beat bpm playing peers`, stamped on the clock; None: nothing new. Render thread; never waits.

        Ten times a second, and at once when somebody starts, stops, comes or goes.
        """
        latest, told = self._latest, self._told
        if latest is None or (
            told is not None and latest.args[2:] == told.args[2:] and latest.time_s - told.time_s < TELL_S
        ):
            return None
        self._told = latest
        return latest

    def close(self) -> None:
        """Leave the session."""
        self._stop.set()
        self._thread.join()

    # --- the Link thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._follow())
        except (RuntimeError, OSError) as error:
            self._fault = str(error).partition("\n")[0]
        self._ready.set()

    async def _follow(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # newer versions find the loop by themselves
            link = self._make(self._tempo_bpm, asyncio.get_running_loop())
        link.quantum = QUANTUM
        link.start_stop_sync_enabled = True
        link.enabled = True
        try:
            while not self._stop.is_set():
                self._look(link)
                self._ready.set()
                await asyncio.sleep(LOOK_S)
        finally:
            link.enabled = False

    def _look(self, link: Any) -> None:
        """Read the session; a beat whose reading was interrupted is not used."""
        before_s = self._clock.now()
        beat = float(link.beat)
        after_s = self._clock.now()
        if after_s - before_s < UNDISTURBED_S:
            self.peers = int(link.num_peers)
            args = (beat, float(link.tempo), float(link.playing), float(self.peers))
            self._latest = Event("/clock/link", args, (before_s + after_s) / 2)
