"""MIDI's clock: 24 ticks a beat, start, stop, continue and song position, made into `/clock/midi` events."""

from __future__ import annotations

from artwalks_live.core.events import Event
from artwalks_live.core.pll import LEAP_BEATS, BeatLock

TICKS = 24  # a beat
TICKS_PER_STEP = 6  # song position counts sixteenth notes
TICK, START, CONTINUE, STOP, SONG_POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2
LATE_TICKS = 0.4  # a tick this late, over the usual deviation, may be the one after a tick that was lost …
KNOWN_TICKS, KNOWN_S = 40, 2.0  # what is usual is known after so many in one tempo, or so long
WEIGHED_TICKS = 8  # … which is decided when so many have come
FIRST_TICKS = 0.5  # the first of them must be so late at least …
LEVEL_TICKS = 0.6  # … and the last of them no later than by this more: else the tempo has changed
EVEN_TICKS = 0.25  # where ticks stray further than this from their places, none can be said to be missing
TELL_S = 0.1
SILENT_S = 0.5  # without a tick for so long the clock has stopped


class MidiClock:
    """Follow a MIDI clock message by message. Pure: every message brings its time.

    playing   False between stop and the next start or continue; clocks that never send them play

    A lost tick would leave the count a 24th of a beat behind for ever: a tick that comes a whole tick late is put by
    until eight have come, and if they have come in the old tempo the missing ones are counted. Times in seconds.
    MIDI 1.0 Detailed Specification, "System Real Time Messages".
    """

    def __init__(self) -> None:
        self.playing = True
        self._lock = BeatLock()
        self._ticks = -1  # the number of the tick that came last
        self._ticked_s = self._told_s = -1e9
        self._doubtful: list[tuple[float, int]] = []
        self._news = False

    def take(self, message: bytes, time_s: float) -> None:
        """Take in one MIDI message that came at time_s; those that are not the clock's are passed over."""
        status = message[0] if message else 0
        if status == TICK:
            self._tick(time_s)
        elif status == SONG_POSITION and len(message) == 3:
            self._go_to((message[1] & 0x7F | (message[2] & 0x7F) << 7) * TICKS_PER_STEP)
        elif status == START:
            self._go_to(0)
        self._news |= status in (START, CONTINUE, STOP) and self.playing != (status != STOP)
        if status in (START, CONTINUE, STOP):
            self.playing = status != STOP

    def ticking(self, now_s: float) -> bool:
        """Whether ticks come."""
        return now_s - self._ticked_s <= SILENT_S

    def event(self, now_s: float) -> Event | None:
        """What to tell the show now: ten times a second while ticks come, and at once when it starts or stops.

        returns   `/clock/midi beat bpm playing confidence`, stamped with the instant of that beat; None: nothing new
        """
        reference = self._lock.reference
        silent = not self.ticking(now_s)
        if not self._news and (silent or reference is None or now_s - self._told_s < TELL_S):
            return None
        self._news, self._told_s = False, now_s
        confidence = 0.0 if silent else self._lock.confidence
        if reference is None:
            return Event("/clock/midi", (0.0, 0.0, float(self.playing), 0.0), now_s)
        beat = reference.beat
        return Event("/clock/midi", (beat, reference.bpm, float(self.playing), confidence), reference.time_s)

    def _go_to(self, ticks: int) -> None:
        """The next tick is the first at this place."""
        self._doubtful.clear()
        self._ticks = ticks - 1

    def _tick(self, time_s: float) -> None:
        self._ticks += 1
        self._ticked_s = time_s
        late = self._late(time_s)
        if self._doubtful or late > LATE_TICKS:
            self._doubtful.append((time_s, self._ticks))
            if len(self._doubtful) >= WEIGHED_TICKS:
                self._weigh()
        else:
            self._lock.add(time_s, self._ticks / TICKS)

    def _late(self, time_s: float) -> float:
        """How many ticks later than usual the present one is; 0 without a tempo, and where the count leaps."""
        reference = self._lock.reference
        known = self._lock.straight >= KNOWN_TICKS or self._lock.straight_s >= KNOWN_S
        if reference is None or not known or abs(self._ticks / TICKS - reference.beat) > LEAP_BEATS:
            return 0.0
        usual = self._lock.spread_s * reference.bpm / 60.0 * TICKS
        return reference.at(time_s) * TICKS - self._ticks - usual if usual < EVEN_TICKS else 0.0

    def _weigh(self) -> None:
        """Decide whether ticks were lost or the tempo has changed, and take in those put by."""
        reference, waiting = self._lock.reference, self._doubtful
        assert reference is not None  # only a known tempo makes a tick late
        self._doubtful = []
        late = [reference.at(time_s) * TICKS - ticks for time_s, ticks in waiting]
        lost = _step(late)
        self._ticks += lost
        for time_s, ticks in waiting:
            self._lock.add(time_s, (ticks + lost) / TICKS)


def _step(late: list[float]) -> int:
    """How many ticks were lost, if all that follow are late alike; 0 if they are late more and more, or less and less.

    A line through them: where it begins is the step, and it must be level but for chance.
    """
    middle = (len(late) - 1) / 2
    mean = sum(late) / len(late)
    slope = sum((k - middle) * each for k, each in enumerate(late)) / sum((k - middle) ** 2 for k in range(len(late)))
    first = mean - slope * middle
    return round(mean) if first > FIRST_TICKS and abs(slope) * len(late) < LEVEL_TICKS * max(1.0, mean) else 0
