"""A walk that its song composed: where it stands at each instant of the song, a keyframe on each of its times.

The same questions as to an `arrival.Plan`, and simpler answers. Position k is keyframe k, and it is reached exactly at
the k-th time; between two the way is a cubic that slows down towards them, so that the beat is felt, and comes to rest
where a painting stands.
"""

from __future__ import annotations

from bisect import bisect_right

from artwalks_live.core.arrival import EARLY_S, Arrival, Wishes
from artwalks_live.core.cues import Cues
from artwalks_live.core.walk_extras import Song
from artwalks_live.core.walk_shape import WalkShape

PASSING = 0.55  # speed on a keyframe, of the mean speed of the way
REST_S = 0.25  # how long a painting stands, at most


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
        share = self._share(k, song_s)
        start, end = self._speeds[k], self._speeds[k + 1]
        return k + share * (start + share * (3.0 - 2.0 * start - end + share * (start + end - 2.0)))

    def _share(self, k: int, song_s: float) -> float:
        """Of the time between two keyframes; a painting is there when its time comes, and stands for a moment."""
        begin, end = self._times[k], self._times[k + 1]
        rest_s = min(REST_S, 0.2 * (end - begin))
        begin += rest_s if self._speeds[k] == 0.0 else 0.0
        end -= min(EARLY_S, 0.1 * rest_s) if self._speeds[k + 1] == 0.0 else 0.0
        return min(max((song_s - begin) / (end - begin), 0.0), 1.0)

    def next_arrival(self, song_s: float) -> Arrival | None:
        """The next keyframe; None after the last."""
        k = bisect_right(self._times, song_s)
        return Arrival(self._times[k], self._times[k], k, "phrase") if k < len(self._times) else None
