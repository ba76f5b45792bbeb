"""What is asked of Ableton Live by way of AbletonOSC, and what its answers mean to a show.

AbletonOSC (a remote script that is installed in Live) is asked once to tell each beat, the tempo, whether Live plays,
and what each track and scene launches; every second it is asked how many there are, which shows that it is there and
which tracks are new. Nothing in a Live set has to be prepared: a clip or scene that is called like a painting leads
there when it is launched, and one called like a command (`/walk/next`, `/show/preset techno`) is that command.

Source: AbletonOSC's README: its addresses, and that it answers on the port after its own.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

from artwalks_live.core.events import Arg, Event
from artwalks_live.core.osc_packet import Message

ASK_EVERY_S = 1.0
LOST_AFTER_S = 3.5
MOST = 256
"""Tracks, and scenes, that are listened to."""
Question = tuple[str, tuple[Arg, ...]]
_MOST_ASKED = 3 * MOST
_SONG = ("beat", "tempo", "is_playing")


class Ableton:
    """A conversation with Live; pure: the caller sends, receives and has the clock.

    state   "ok", or what is wrong
    tempo_bpm, playing   as Live last told; 0 and None before it did
    """

    def __init__(self) -> None:
        self._heard_s = self._asked_s = -math.inf
        self._here = False
        self._counts = {"track": 0, "scene": 0}
        self._slots: dict[int, int] = {}
        self._wanted: dict[tuple[str, tuple[int, ...]], None] = {}
        self._questions: list[Question] = []
        self.tempo_bpm = 0.0
        self.playing: bool | None = None

    @property
    def state(self) -> str:
        """'ok', or the name of what is wrong."""
        return "ok" if self._here else "Ableton Live does not answer: is AbletonOSC among its control surfaces?"

    def ask(self, now_s: float) -> list[Question]:
        """What is to be sent to Live now: (address, arguments)."""
        if now_s - self._heard_s > LOST_AFTER_S:
            self._here = False
        if now_s - self._asked_s >= ASK_EVERY_S:
            self._asked_s = now_s
            self._questions += [(f"/live/song/get/num_{what}s", ()) for what in self._counts]
        questions, self._questions = self._questions[:_MOST_ASKED], []
        return questions

    def hear(self, message: Message, now_s: float) -> list[Event]:
        """What a message from Live means. Messages of other kinds or forms mean nothing."""
        if message.address == "/live/startup":
            self._here = False
        if not self._here:
            self._begin()
        self._here, self._heard_s = True, now_s
        parts, args = message.address.split("/"), message.args
        if len(parts) != 5:
            return []
        kind, what = parts[2], parts[4]
        if kind == "song":
            return self._song(what, args)
        numbers = tuple(arg for arg in args if isinstance(arg, (int, bool)))
        if kind == "track" and what == "playing_slot_index" and len(numbers) == len(args) == 2:
            self._slot(numbers[0], numbers[1])
        elif kind == "scene" and what == "is_triggered" and len(numbers) == len(args) == 2 and numbers[1]:
            self._want("scene", (int(numbers[0]),))
        elif what == "name" and args and isinstance(args[-1], str):
            return self._named((kind, tuple(int(number) for number in numbers)), args[-1])
        return []

    def _begin(self) -> None:
        """Live is there, or there again: it knows nothing of us."""
        self._counts = {"track": 0, "scene": 0}
        self._slots.clear()
        self._wanted.clear()
        self._questions = [(f"/live/song/start_listen/{name}", ()) for name in _SONG]
        self._asked_s = -math.inf

    def _song(self, what: str, args: tuple[Arg, ...]) -> list[Event]:
        if len(args) != 1 or isinstance(args[0], str) or not math.isfinite(args[0]):
            return []
        value = args[0]
        if what == "beat":
            return [Event("/clock/beat", (float(value),))]
        if what == "tempo":
            self.tempo_bpm = float(value)
        elif what == "is_playing":
            before, self.playing = self.playing, bool(value)
            if before is not None and self.playing != before:  # how it was when we came is no command
                return [Event("/walk/hold", (not self.playing,))]
        elif what in ("num_tracks", "num_scenes"):
            self._count(what[4:-1], min(max(int(value), 0), MOST))
        return []

    def _count(self, what: str, count: int) -> None:
        told = "playing_slot_index" if what == "track" else "is_triggered"
        new = range(self._counts[what], count)
        if len(self._questions) < _MOST_ASKED:
            self._questions += [(f"/live/{what}/start_listen/{told}", (index,)) for index in new]
        self._counts[what] = count

    def _slot(self, track: int, slot: int) -> None:
        """A track plays another clip; what it played when we came is no launch."""
        if not 0 <= track < MOST:
            return
        before = self._slots.get(track)
        self._slots[track] = slot
        if before is not None and slot not in (before, -1, -2):
            self._want("clip", (track, slot))

    def _want(self, kind: str, numbers: tuple[int, ...]) -> None:
        if len(self._questions) < _MOST_ASKED:
            self._wanted[kind, numbers] = None
            self._questions.append((f"/live/{kind}/get/name", numbers))
        if len(self._wanted) > MOST:  # the oldest answers were lost
            del self._wanted[next(iter(self._wanted))]

    def _named(self, launched: tuple[str, tuple[int, ...]], name: str) -> list[Event]:
        if launched not in self._wanted:
            return []
        del self._wanted[launched]
        return [Event(LAUNCHED, (name,))]


LAUNCHED = "/live/launched"
"""The address of a launch among the events of `hear`; `cue` makes a command of it."""


def cue(event: Event, titles: Iterable[str], presets: Iterable[str] = ()) -> Event | None:
    """The command that a launch means: its own if its name is an address, a way to the painting or a change to the
    preset that is called so.

    Upper and lower case are the same. None when the name means nothing here, as most names of clips do.
    """
    name = str(event.args[0]).strip()
    if name.startswith("/"):
        address, _, rest = name.partition(" ")
        return Event(address, (_value(rest.strip()),) if rest.strip() else (), event.time_s)
    for address, names in (("/walk/goto", titles), ("/show/preset", presets)):
        for known in names:
            if known.casefold() == name.casefold():
                return Event(address, (known,), event.time_s)
    return None


def _value(text: str) -> Arg:
    try:
        return float(text)
    except ValueError:
        return text


def datagram(question: Question) -> bytes:
    """A question as OSC; all that Live is asked with are whole numbers."""
    texts = (question[0], "," + "i" * len(question[1]))
    padded = b"".join(text.encode("ascii") + b"\0" * (4 - len(text) % 4) for text in texts)
    return padded + struct.pack(f">{len(question[1])}i", *(int(arg) & 0x7FFFFFFF for arg in question[1]))
