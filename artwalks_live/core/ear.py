"""From a source of sound to a stream of features, pulled by the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.audio import AudioSource, Hop, Samples
from artwalks_live.core.beatear import BeatEar, BeatSense
from artwalks_live.core.features import FeatureExtractor, Features
from artwalks_live.core.hearing import DEFAULT, HearingOptions


class Listener(Protocol):
    """What a show needs of its ear; two kinds, one that hears when asked and one with a thread of its own.

    state       'ok', 'silent', or the name of what is wrong with the source
    latency_s   from the sound in the air to features ready to be polled
    overruns    samples and hops lost because nobody fetched them in time
    """

    @property
    def state(self) -> str: ...

    @property
    def latency_s(self) -> float: ...

    @property
    def overruns(self) -> int: ...

    def start(self, now_s: float) -> None:
        """Begin: stream time 0 is at, or shortly after, `now_s` of the show's clock."""

    def time_at(self, now_s: float) -> float:
        """The stream time heard at `now_s` of the show's clock; never decreases."""

    def poll(self, until_s: float) -> list[Features]:
        """The features, in order and each once, of the hops that end by stream time `until_s`."""

    def take_samples(self) -> tuple[Samples, float]:
        """Live sound since the last call, (n, 2), and the stream time at which it begins."""

    def close(self) -> None:
        """Let go of thread and device."""


class SongPlace(Protocol):
    """What tells the place in a song that is known in advance."""

    def do(self, samples: NDArray[np.float32], end_s: float) -> float:
        """Hear a hop (n,) that ended at stream time end_s: the place in the song then, seconds; below 0: unknown."""


class Ear:
    """Hear a source when asked, in the thread that asks: for files and renders, where nothing is lost by waiting.

    options   gate, trim and auto-gain
    sense     what hears beats, a network that is for this ear alone; None: the spectral flux has to do
    place     what finds the place in a known song

    The same source gives the same features however often it is asked.
    """

    def __init__(
        self,
        source: AudioSource,
        options: HearingOptions = DEFAULT,
        sense: BeatSense | None = None,
        place: SongPlace | None = None,
    ) -> None:
        self.source = source
        self._place = place
        rate, hop = source.sample_rate_hz, source.hop
        self._extractor = FeatureExtractor(rate, hop, options, BeatEar(hop / rate, sense))
        self._silent = True

    @property
    def state(self) -> str:
        """The source's state; 'silent' when that is 'ok' and nothing is to be heard."""
        state = self.source.state
        return "silent" if state == "ok" and self._silent else state

    @property
    def latency_s(self) -> float:
        """The source's."""
        return self.source.latency_s

    @property
    def overruns(self) -> int:
        """The source's."""
        return self.source.overruns

    def start(self, now_s: float) -> None:
        """Start the source."""
        self.source.start(now_s)

    def time_at(self, now_s: float) -> float:
        """The source's stream time at `now_s` of the show's clock."""
        return self.source.time_at(now_s)

    def poll(self, until_s: float) -> list[Features]:
        """Hear the hops that end by `until_s`; about 0.4 ms each."""
        heard = [self._hear(hop) for hop in self.source.hops_until(until_s)]
        if heard:
            self._silent = heard[-1].silence >= 1
        return heard

    def _hear(self, hop: Hop) -> Features:
        features = self._extractor.do(hop.samples, hop.end_time_s)
        if self._place is None:
            return features
        return replace(features, song_s=self._place.do(hop.samples, hop.end_time_s))

    def take_samples(self) -> tuple[Samples, float]:
        """The source's."""
        return self.source.take_samples()

    def close(self) -> None:
        """Close the source."""
        self.source.close()
