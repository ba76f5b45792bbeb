"""Where the song is: one steady place in a song that is known in advance, whoever tells it.

A hop tells it (the file's own time, or the follower's finding), or /clock/song does. The place never leaps for an
error below half a second: it runs up to a tenth faster or slower until it is there, and learns the speed at which a
record turns. A greater error is a needle that was lifted: it jumps, and says so.
"""

from __future__ import annotations

import math

from artwalks_live.core.features import Features

LEAP_S = 0.5
STEER_S = 0.8  # time constant with which an error is made up
LEARN_S = 4.0  # and the speed learned from it
SLOWEST, FASTEST = 0.9, 1.1  # of the song's own speed
COAST_S = 6.0  # how long it runs on when no hop tells it


class SongClock:
    """Count a song's time tick by tick.

    song_s   place in the song at the end of the last tick; below 0 while unknown
    step_s   how far the last tick went; 0 when it jumped or nothing is known
    start_s  where to begin at show time 0 with nobody telling; below 0: unknown until told
    """

    def __init__(self, start_s: float = -1.0) -> None:
        self.song_s = start_s
        self.step_s = 0.0
        self.rate = 1.0
        self._by_hand = start_s >= 0.0
        self._told: tuple[float, float] | None = None
        self._told_at_s = -math.inf

    @property
    def known(self) -> bool:
        return self.song_s >= 0.0

    def hear(self, features: Features, now_s: float) -> None:
        """Take in what a hop says of the place."""
        if features.song_s >= 0.0:
            self._told, self._told_at_s, self._by_hand = (features.time_s, features.song_s), now_s, False

    def tell(self, song_s: float, time_s: float) -> None:
        """/clock/song: this place sounds now, and it runs on from there; below 0: the place is not known any more."""
        self._by_hand, self._told = song_s >= 0.0, None
        self.song_s, self.rate = (song_s, 1.0) if song_s >= 0.0 else (-1.0, 1.0)

    def step(self, now_s: float, dt: float) -> None:
        """Run on to now_s, the end of a tick of dt seconds."""
        if not self._by_hand and now_s - self._told_at_s > COAST_S:
            self.song_s, self.step_s, self.rate, self._told = -1.0, 0.0, 1.0, None
            return
        if self._told is None:
            self.step_s = dt * self.rate
            self.song_s += self.step_s
            return
        heard_s, place_s = self._told
        goal = place_s + (now_s - heard_s) * self.rate
        error = goal - self.song_s - self.rate * dt
        if not self.known or abs(error) > LEAP_S:
            self.song_s, self.step_s, self.rate = max(goal, 0.0), 0.0, 1.0
            return
        self.rate = min(max(self.rate + error * dt / (STEER_S * LEARN_S), SLOWEST), FASTEST)
        steer = min(max(error * dt / STEER_S, -0.1 * dt), 0.1 * dt) if abs(error) > 1e-6 else error
        self.step_s = self.rate * dt + steer
        self.song_s += self.step_s


class OwnSong:
    """The place in a song that is played from its own file: hop by hop its own time, until its end."""

    def __init__(self, duration_s: float) -> None:
        self._duration_s = duration_s

    def do(self, _samples: object, end_s: float) -> float:
        """The place at a hop's end, seconds; −1 after the song's end."""
        return end_s if end_s <= self._duration_s else -1.0
