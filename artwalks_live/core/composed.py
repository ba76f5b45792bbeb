"""A walk that its song composed: where it stands at each instant of the song, a keyframe on each of its times.

The same questions as to an `arrival.Plan`, and simpler answers. Position k is keyframe k, and it is reached exactly at
the k-th time; between two the way is a cubic that slows down towards them, so that the beat is felt, and comes to rest
where a painting stands.
"""

from __future__ import annotations

from bisect import bisect_right

from artwalks_live.core.arrival import Arrival, Wishes
from artwalks_live.core.cues import Cues
from artwalks_live.core.walk_extras import Song
from artwalks_live.core.walk_shape import WalkShape

PASSING = 0.55  # speed on a keyframe, of the mean speed of the way


def known_song(cues: Cues | None, song: Song | None) -> Cues | Song | None:
    """What a walk goes by: the song that composed it, but by cues of another song as these say."""
    return song if song is not None and (cues is None or cues.sha256 == song.sha256) else cues


class Course:
    """The places of a composed walk are its positions: there is one way through it, and no stop to choose."""

    period = 1
    longest = 1.0

    def __init__(self, shape: WalkShape) -> None:
        self.shape = shape

    def at(self, place: float) -> float:
        """The position at a place."""
        return self.shape.wrap(abs(place))  # the song goes on, whichever way the walk was turned

    def way(self, _number: int) -> float:
        """Segments from a place to the next."""
        return 1.0

    def is_cut(self, _before: float, _after: float) -> bool:
        """A composed walk never cuts."""
        return False


class Composed:
    """See the module. Cost of `at`: about 1 µs.

    song   of the walk: its times are those of the keyframes
    """

    def __init__(self, song: Song, shape: WalkShape) -> None:
        self.journey = Course(shape)
        self.wishes = Wishes()
        self._times = song.times
        self._speeds = [0.0 if shape.is_painting(float(k)) else PASSING for k in range(len(song.times))]

    def at(self, song_s: float) -> float:
        """The place at an instant of the song: k exactly at the k-th time."""
        times = self._times
        k = bisect_right(times, song_s) - 1
        if k < 0:
            return 0.0
        if k + 1 >= len(times):
            return float(len(times) - 1)
        share = (song_s - times[k]) / (times[k + 1] - times[k])
        start, end = self._speeds[k], self._speeds[k + 1]
        return k + share * (start + share * (3.0 - 2.0 * start - end + share * (start + end - 2.0)))

    def next_arrival(self, song_s: float) -> Arrival | None:
        """The next keyframe; None after the last."""
        k = bisect_right(self._times, song_s)
        return Arrival(self._times[k], self._times[k], k, "phrase") if k < len(self._times) else None
