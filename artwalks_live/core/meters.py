"""What the meter page shows, as one value: peaks that are held, lamps that fade, a curve of the last seconds."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.features import Features

PAST_S, AHEAD_S = 4.0, 2.0
"""How far the time line reaches back, and ahead."""
CURVE = 160
"""Points of the onset curve: one each 25 ms."""
HOLD_S = 1.0  # a peak stands for so long ...
FALL_PER_S = 0.7  # ... and then falls
FADE_S = 0.12  # a lamp's time constant
DEFAULT_METER = 4
LAMPS = ("kick", "snare", "hat")
_STEP_S = PAST_S / CURVE
_BARS = 12  # level, bass, mid, high, eight bands


@dataclass(frozen=True, slots=True)
class Moment:
    """What the show knows and the ear does not say.

    time_s      show time
    beat, tempo_bpm   of the show's own beat, whoever leads it
    leader, confidence   who does, and how sure that is; "" and None: nobody says, the ear's own counts
    meter       beats in a bar, of which one begins at each multiple; 0: as the ear hears it
    sound       what is listened to, and its state
    latency_s   from sound in the air to the frame that shows it
    overruns    samples, blocks and hops lost so far
    """

    time_s: float
    beat: float
    tempo_bpm: float
    leader: str = ""
    confidence: float | None = None
    meter: int = 0
    sound: str = ""
    latency_s: float = 0.0
    overruns: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class BeatAhead:
    """A beat that is to come: in how many seconds, and whether a bar begins with it."""

    in_s: float
    bar: bool


@dataclass(frozen=True, slots=True, eq=False)
class Meters:
    """A moment of the ear, for the eye. Numbers without a unit are in [0, 1].

    features    of the last hop; None while there was none
    bars        (12,) level, bass, mid, high and the eight bands
    peaks       (12,) the same, held
    lamps       brightness of kick, snare, hat
    curve       (CURVE,) onset strength over the last PAST_S, the newest last
    strokes_s   how long ago onsets were, seconds
    meter       beats in a bar; 4 while that is unknown
    place       in the bar, beats, [0, meter)
    ahead       the beats of the next AHEAD_S
    """

    moment: Moment
    features: Features | None
    bars: NDArray[np.float64]
    peaks: NDArray[np.float64]
    lamps: tuple[float, float, float]
    curve: NDArray[np.float64]
    strokes_s: tuple[float, ...]
    meter: int
    place: float
    ahead: tuple[BeatAhead, ...]


class MeterBridge:
    """Hears every hop and gives `Meters` when asked. One thread; 10 µs a hop, 30 µs a reading."""

    def __init__(self) -> None:
        self._last: Features | None = None
        self._bars = np.zeros(_BARS)
        self._peaks = np.zeros(_BARS)
        self._peaked_s = np.full(_BARS, -math.inf)
        self._lit: list[tuple[float, float]] = [(0.0, -math.inf)] * len(LAMPS)
        self._curve = np.zeros(CURVE)
        self._column = 0  # the number of the newest point of the curve, counted from time 0
        self._strokes_s: deque[float] = deque(maxlen=64)

    def hear(self, heard: Iterable[Features]) -> None:
        """Take the hops of a frame, in order."""
        for features in heard:
            self._hold(features)
            self._light(features)
            self._trace(features)
            self._last = features

    def _hold(self, features: Features) -> None:
        now_s = features.time_s
        elapsed_s = now_s - self._last.time_s if self._last is not None else 0.0
        values = (features.level, features.bass, features.mid, features.high, *features.bands)
        self._bars = np.clip(values, 0.0, 1.0)
        fallen = np.where(now_s - self._peaked_s > HOLD_S, self._peaks - FALL_PER_S * elapsed_s, self._peaks)
        higher = self._bars >= fallen
        self._peaked_s = np.where(higher, now_s, self._peaked_s)
        self._peaks = np.where(higher, self._bars, fallen)

    def _light(self, features: Features) -> None:
        for i, strength in enumerate((features.kick, features.snare, features.hat)):
            if strength > self._brightness(i, features.time_s):
                self._lit[i] = strength, features.time_s

    def _brightness(self, lamp: int, now_s: float) -> float:
        strength, since_s = self._lit[lamp]
        return strength * math.exp(-max(0.0, now_s - since_s) / FADE_S)

    def _trace(self, features: Features) -> None:
        """Put a hop on the curve; a point shows the strongest hop of its 25 ms, and what was not heard stays 0."""
        column = int(features.time_s / _STEP_S)
        for missing in range(max(self._column + 1, column - CURVE + 1), column + 1):
            self._curve[missing % CURVE] = 0.0
        self._column = max(self._column, column)
        if column > self._column - CURVE:
            self._curve[column % CURVE] = max(self._curve[column % CURVE], features.onset)
        if features.onset_event:
            self._strokes_s.append(features.time_s)

    def read(self, moment: Moment) -> Meters:
        """How all stands at a moment of the show."""
        now_s = moment.time_s
        heard_s = self._last.time_s if self._last is not None else now_s
        meter, place = self._bar(moment)
        newest = self._column % CURVE
        lamps = [self._brightness(i, now_s) for i in range(len(LAMPS))]
        return Meters(
            moment=moment,
            features=self._last,
            bars=self._bars,
            peaks=self._peaks,
            lamps=(lamps[0], lamps[1], lamps[2]),
            curve=np.concatenate([self._curve[newest + 1 :], self._curve[: newest + 1]]),
            strokes_s=tuple(heard_s - at_s for at_s in self._strokes_s if heard_s - at_s < PAST_S),
            meter=meter,
            place=place,
            ahead=_ahead(moment, meter, place),
        )

    def _bar(self, moment: Moment) -> tuple[int, float]:
        """Beats in a bar and the place in it: the ear says on which beat it began, the show's beat moves smoothly."""
        heard = self._last
        if moment.meter > 0:
            return moment.meter, moment.beat % moment.meter
        if heard is None or heard.meter < 1:
            return DEFAULT_METER, moment.beat % DEFAULT_METER
        began = round(moment.beat - (heard.beat - heard.downbeat))
        return heard.meter, (moment.beat - began) % heard.meter


def _ahead(moment: Moment, meter: int, place: float) -> tuple[BeatAhead, ...]:
    if moment.tempo_bpm <= 0:
        return ()
    beat_s = 60 / moment.tempo_bpm
    first = math.floor(place) + 1
    count = math.floor(AHEAD_S / beat_s - (first - place)) + 1
    return tuple(BeatAhead((n - place) * beat_s, n % meter == 0) for n in range(first, first + count))
