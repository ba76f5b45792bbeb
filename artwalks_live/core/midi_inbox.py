"""What a controller sent since the last frame: a flood becomes one value for each control that moved.

Knobs and faders are coalesced to their newest value (and the sum of their steps), keys and pads are kept one by one in
order, so that no press is lost. Pure; every message brings its time.

Fine controls. A control of 14 bits sends two messages, its coarse half (0 to 31) and at once its fine half, whose
number is 32 higher. Other controllers have buttons there. So a pair is believed in when three coarse messages running
were each followed by the fine one at once; a hand on two controls cannot do that. Then a value counts when it is whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from artwalks_live.core.midi_message import (
    BEND,
    CC,
    COARSE,
    DATA,
    FINE,
    NOTE_OFF,
    NOTE_ON,
    NRPN_COARSE,
    NRPN_FINE,
    PAIRED,
    PRESSURE,
    PROGRAM,
    RPN_COARSE,
    RPN_FINE,
    Control,
    Moved,
    moved,
)

AT_ONCE_S = 0.01
BELIEVED = 3
MOST_PRESSES = 512
"""Keys and pads between two frames; more is no playing, and is dropped."""


@dataclass(slots=True)
class _Pair:
    """A coarse control that may have a fine half.

    straight   how many of its messages running were followed by the fine one
    open_s     when the coarse half came that still lacks its fine one; None: nothing is open
    stayed     whether it stood open over a frame
    """

    high: int = 0
    straight: int = 0
    open_s: float | None = None
    stayed: bool = False

    @property
    def known(self) -> bool:
        return self.straight >= BELIEVED


class Inbox:
    """Takes a device's messages, gives its controls' movements. Not thread-safe.

    dropped   presses turned away because MOST_PRESSES were waiting
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._newest: dict[Control, Moved] = {}
        self._presses: list[Moved] = []
        self._pairs: dict[Control, _Pair] = {}
        self._last: Control | None = None  # the coarse control whose message came last of all
        self._nrpn: dict[int, list[int]] = {}  # by channel: coarse and fine number that were chosen, -1 unknown
        self._speaks_nrpn: set[int] = set()  # channels: there these numbers are no controls

    def take(self, message: bytes, time_s: float) -> None:
        """Take in one message; what is not a control's is passed over, and so is what is not whole."""
        status = message[0] & 0xF0 if message else 0
        length = 2 if status in (PROGRAM, PRESSURE) else 3
        if not 0x80 <= status < 0xF0 or len(message) != length or max(message[1:]) > COARSE:
            return
        channel, first, last = (message[0] & 0x0F) + 1, message[1], message[-1]
        if status in (NOTE_ON, NOTE_OFF):
            value = last / COARSE if status == NOTE_ON else 0.0
            self._press(moved(Control("note", channel, first), value, time_s))
        elif status == PROGRAM:
            self._press(moved(Control("program", channel), first / COARSE, time_s))
        elif status == PRESSURE:
            self._move(moved(Control("pressure", channel), first / COARSE, time_s))
        elif status == BEND:
            self._move(moved(Control("bend", channel), (last << 7 | first) / FINE, time_s, fine=True))
        elif status == CC:
            self._change(channel, first, last, time_s)

    def drain(self) -> list[Moved]:
        """What moved since the last call: presses in their order, then the newest of each other control."""
        for control, pair in self._pairs.items():
            if pair.open_s is None:
                continue
            if pair.known and pair.stayed:  # its fine half never came: some send it only where it is not 0
                self._move(moved(control, pair.high / COARSE, pair.open_s))
                pair.open_s = None
            pair.stayed = True
        found = [*self._presses, *self._newest.values()]
        self._presses, self._newest = [], {}
        return found

    def _press(self, press: Moved) -> None:
        if len(self._presses) < MOST_PRESSES:
            self._presses.append(press)
        else:
            self.dropped += 1

    def _move(self, move: Moved) -> None:
        earlier = self._newest.pop(move.control, None)
        self._newest[move.control] = move if earlier is None else move.after(earlier)

    def _change(self, channel: int, number: int, value: int, time_s: float) -> None:
        """A control change: a coarse half, a fine half, a part of an NRPN or a control by itself."""
        if number in (NRPN_COARSE, NRPN_FINE, RPN_COARSE, RPN_FINE):
            self._choose(channel, number, value)
            if channel in self._speaks_nrpn:
                return
        chosen = self._nrpn.get(channel, [-1, -1])
        is_nrpn = min(chosen) >= 0 and number in (DATA, DATA + PAIRED)
        coarse = Control("nrpn", channel, chosen[0] << 7 | chosen[1]) if is_nrpn else None
        if is_nrpn:
            self._speaks_nrpn.add(channel)
        if number < PAIRED:
            self._coarse(coarse or Control("cc", channel, number), value, time_s)
        elif number < 2 * PAIRED and self._fine(coarse or Control("cc", channel, number - PAIRED), value, time_s):
            pass
        else:
            self._last = None
            self._move(moved(Control("cc", channel, number), value / COARSE, time_s))

    def _choose(self, channel: int, number: int, value: int) -> None:
        """An NRPN's number comes in two halves; an RPN's puts it out of force, and so does 127, 127."""
        chosen = self._nrpn.setdefault(channel, [-1, -1])
        if number in (RPN_COARSE, RPN_FINE):
            chosen[:] = [-1, -1]
        else:
            chosen[number == NRPN_FINE] = value
        if chosen == [COARSE, COARSE]:
            chosen[:] = [-1, -1]

    def _coarse(self, control: Control, value: int, time_s: float) -> None:
        pair = self._pairs.setdefault(control, _Pair())
        if pair.open_s is not None and not pair.known:
            pair.straight = 0
        pair.high, pair.open_s, pair.stayed = value, time_s, False
        self._last = control
        if not pair.known:
            self._move(moved(control, value / COARSE, time_s))

    def _fine(self, control: Control, value: int, time_s: float) -> bool:
        """A message that may be the fine half of a coarse one; False when it is a control of its own."""
        pair = self._pairs.get(control)
        if pair is None:
            return control.kind == "nrpn"
        at_once = self._last == control and pair.open_s is not None and time_s - pair.open_s <= AT_ONCE_S
        self._last = None
        if at_once and not pair.known:
            pair.straight = pair.straight + 1 if control.kind == "cc" else BELIEVED  # of an NRPN there is no doubt
        if not pair.known:
            pair.open_s = None if at_once else pair.open_s
            return control.kind == "nrpn" or (at_once and pair.straight > 1)
        pair.open_s = None
        self._move(moved(control, (pair.high << 7 | value) / FINE, time_s, fine=True))
        return True
