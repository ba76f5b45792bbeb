"""What `/clock/…` events do to the beat, and what stop and start of other machines do to the walk."""

from __future__ import annotations

from dataclasses import dataclass

from artwalks_live.core.beatclock import BeatClock
from artwalks_live.core.errors import ControlError, choices
from artwalks_live.core.events import Event, by_number_or_name
from artwalks_live.core.leaders import LEADERS, Leader
from artwalks_live.core.pll import Reference

AUTO = "auto"
CHOICES = (*LEADERS, AUTO)


@dataclass(frozen=True, slots=True)
class Led:
    """From this tick on this leader led, this sure of itself; for people who read a take."""

    leader: str
    confidence: float


class Transport:
    """Stop and start of Link and MIDI, as far as they change something.

    What is told first is only noted: most Link programs say that they do not play because they never say anything.
    """

    def __init__(self) -> None:
        self._playing: dict[str, bool] = {}
        self._stopped: set[str] = set()

    def told(self, source: str, playing: bool) -> bool | None:
        """True: hold the walk; False: let it go on, for it was held by this source; None: nothing changes."""
        before = self._playing.get(source, playing)
        self._playing[source] = playing
        if before and not playing:
            self._stopped.add(source)
            return True
        if playing and source in self._stopped:
            self._stopped.discard(source)
            return False
        return None

    def overruled(self) -> None:
        """A hand held the walk or let it go: the next start is not to undo that."""
        self._stopped.clear()


def wish(event: Event) -> Leader | None:
    """Whom a checked `/clock/lead` asks for; None: all. Raises ControlError for a name that is none."""
    if not isinstance(event.args[0], str):
        raise ControlError(f"{event.address}: leader {choices(event.args[0], CHOICES)}")
    chosen = by_number_or_name(event, CHOICES, "leader")
    return LEADERS[chosen] if chosen < len(LEADERS) else None


def conduct(clock: BeatClock, event: Event, done_s: float, now_s: float) -> None:
    """Carry out a checked `/clock/…` event.

    done_s   when it was done
    now_s    the tick in which it is consumed
    """
    verb = event.address.removeprefix("/clock/")
    if verb == "tap":
        clock.tap(done_s)
    elif verb == "tempo":
        clock.set_tempo(float(event.args[0]), done_s)
    elif verb == "beat":
        clock.tell(float(event.args[0]), done_s)
    elif verb == "nudge":
        clock.nudge(float(event.args[0]))
    elif verb in ("halve", "double"):
        clock.scale(0.5 if verb == "halve" else 2.0, now_s)
    elif verb == "meter":
        clock.set_meter(float(event.args[0]))
    elif verb == "lead":
        clock.choose(wish(event))
    else:
        _follow(clock, event, done_s, now_s)


def connected(event: Event) -> bool:
    """Whether a `/clock/link` or `/clock/midi` comes from a machine that is there: Link has peers, or says nothing."""
    return event.address != "/clock/link" or len(event.args) < 4 or float(event.args[3]) > 0.0


def plays(event: Event) -> bool:
    """Whether a `/clock/link` or `/clock/midi` says that the music runs; it does unless it says that it does not."""
    return len(event.args) < 3 or float(event.args[2]) != 0.0 or not connected(event)


def _follow(clock: BeatClock, event: Event, done_s: float, now_s: float) -> None:
    beat, bpm = float(event.args[0]), float(event.args[1])
    confidence = 1.0
    if event.address == "/clock/midi":
        # A stopped MIDI clock may tick on, but its beats have no place in a song.
        confidence = float(event.args[3]) if len(event.args) > 3 else 1.0
        confidence = confidence if plays(event) else 0.0
    elif not connected(event):
        confidence = 0.0
    clock.follow("midi" if event.address == "/clock/midi" else "link", Reference(done_s, beat, bpm), confidence, now_s)
