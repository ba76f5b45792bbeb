"""A MIDI device at play: what its controls do to the show, and what its motors and lights are told. Pure.

Nothing fights: a fader is not driven while it is touched, nor within half a second of its moving; what the device only
says back (an echo, a loop through another program) does nothing; a device is told a value once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from artwalks_live.core.events import COMMANDS, Event
from artwalks_live.core.midi_map import Binding
from artwalks_live.core.midi_message import Moved, levels, messages
from artwalks_live.core.midi_pickup import Pickup
from artwalks_live.core.params import ParamTable

QUIET_S = 0.5  # a control that moved is not driven for so long
ECHO_S = 0.15  # what was told comes back as quickly, where it does
MOST_A_FRAME = 16  # messages to a device: about 1000 a second, what an old cable carries
STEPS = 127  # of an endless encoder for the whole range
_KINDS = {command.address: command.kind for command in COMMANDS}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A control that was moved and must first pass its target's value. up: turning it up leads there."""

    binding: Binding
    up: bool
    time_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What the show has now, for those who show it or move it.

    values    by address, in its unit: parameters' bases, the walk's position, switches as 0 or 1
    spans     by address, (low, high) of what has a place between two ends
    preset    the number of the present one, from 1
    presets   their names
    """

    values: Mapping[str, float]
    spans: Mapping[str, tuple[float, float]]
    preset: int = 0
    presets: tuple[str, ...] = ()


class _Hand:
    """One binding at play.

    level    what the control is known to stand at or show, in its own steps; None unknown
    told     the level it was told last, until it moves
    turned   where an endless encoder has turned its value, unrounded
    """

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.levels = levels(binding.control, binding.fine)
        self.pickup = Pickup()
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the device."""
        self.level: int | None = None
        self.told: int | None = None
        self.turned = 0.0
        self.told_s = self.moved_s = -1e9
        self.touched = self.down = False
        self.pickup.lose()

    def echoes(self, moved: Moved) -> bool:
        """Whether the device only says back what it was told. Each telling is said back once."""
        said = round(moved.value * self.levels)
        echo = said == self.told and moved.time_s - self.told_s <= ECHO_S and not self.touched
        if echo:
            self.told = None
        return echo

    def edges(self, moved: Moved) -> list[bool]:
        """Presses (True) and releases (False) in what it did."""
        least = 0.0 if moved.control.kind == "note" else 0.499
        was, self.down = self.down, moved.value > least
        pressed = moved.high > least and not was
        return [*([True] if pressed else []), *([False] if (pressed or was) and not self.down else [])]


class Surface:
    """One device's bindings at play.

    bindings   what its controls do
    waiting    the control that moved last, if it has yet to pass its value
    """

    def __init__(self, bindings: Iterable[Binding], params: ParamTable) -> None:
        self.waiting: Waiting | None = None
        self._params = params
        self._hands = [_Hand(each) for each in bindings]
        self._turn = 0

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What its controls do."""
        return tuple(hand.binding for hand in self._hands)

    def rebind(self, bindings: Iterable[Binding]) -> None:
        """Do this from now on; what stays as it was keeps its hold, and what is new takes over where it stands."""
        there = {hand.binding: hand for hand in self._hands}
        self._hands = [there.get(each) or _new(each) for each in bindings]

    def arrive(self) -> None:
        """The device was plugged in: nothing is known of where it stands, and it shows nothing."""
        for hand in self._hands:
            hand.forget()

    def take(self, moved: Moved, now: Standing) -> list[Event]:
        """What a movement does, as events without a time."""
        done: list[Event] = []
        if moved.control.kind == "program" and not any(hand.binding.control == moved.control for hand in self._hands):
            done += self._do(_Hand(Binding(moved.control, "/show/preset")), moved, now)
        for hand in self._hands:
            if hand.binding.touch == moved.control:
                hand.touched = moved.value > 0.0
            if hand.binding.control == moved.control and not hand.echoes(moved):
                done += self._do(hand, moved, now)
        return done

    def tell(self, now: Standing, time_s: float) -> list[bytes]:
        """What the device must be told for its motors and lights to show what is; at most MOST_A_FRAME messages.

        time_s   on the clock by which movements are stamped
        """
        told: list[bytes] = []
        count = len(self._hands)
        for i in range(count):
            hand = self._hands[(self._turn + i) % count]
            level = self._level(hand, now, time_s)
            if level is None or level == hand.level:
                continue
            told += messages(hand.binding.control, level, hand.binding.fine)
            hand.level = hand.told = level
            hand.told_s = time_s
            if len(told) >= MOST_A_FRAME:
                self._turn = (self._turn + i + 1) % count
                break
        return told

    # what moves do

    def _do(self, hand: _Hand, moved: Moved, now: Standing) -> Iterator[Event]:
        binding = hand.binding
        span = self._span(binding, now)
        if binding.relative and span is not None:
            yield self._turned(hand, moved, span, now)
        elif span is not None and binding.value is None:
            yield from self._placed(hand, moved, span, now)
        elif moved.control.kind == "program":
            yield from self._pressed(binding, True, now, number=round(moved.value * 127) + 1)
        else:
            hand.level = None  # many light or darken their buttons themselves
            for down in hand.edges(moved):
                yield from self._pressed(binding, down, now)

    def _span(self, binding: Binding, now: Standing) -> tuple[float, float] | None:
        """The two ends of the control's way in the target's unit; None for a target that is pressed."""
        if binding.low is not None and binding.high is not None:
            return binding.low, binding.high
        return now.spans.get(binding.target)

    def _clamp(self, address: str, value: float) -> float:
        param = self._params.by_address.get(address)
        return round(value, 6) if param is None else param.clamp(round(value, 6))

    def _placed(self, hand: _Hand, moved: Moved, span: tuple[float, float], now: Standing) -> Iterator[Event]:
        binding, (low, high) = hand.binding, span
        hand.level, hand.moved_s = round(moved.value * hand.levels), moved.time_s
        value = self._clamp(binding.target, low + moved.value * (high - low))
        present = now.values.get(binding.target)
        free = not binding.pickup or moved.control.kind in ("note", "program") or present is None
        if binding.touch is not None:
            if not hand.touched:
                return  # its motor runs, or it settles
            free = True
        at = _place(present or 0.0, span)
        self.waiting = None
        if not free and not hand.pickup.passes(moved.value, at, present or 0.0):
            self.waiting = Waiting(binding, at > moved.value, moved.time_s)
        else:
            hand.pickup.sent(value)
            yield Event(binding.target, (value,))

    def _turned(self, hand: _Hand, moved: Moved, span: tuple[float, float], now: Standing) -> Event:
        binding, (low, high) = hand.binding, span
        present = now.values.get(binding.target, low)
        start = hand.turned if hand.pickup.owns(present) else present
        turned = moved.signed if binding.relative == "signed" else moved.offset
        hand.turned = min(max(start + turned * (high - low) / STEPS, min(span)), max(span))
        value = self._clamp(binding.target, hand.turned)
        if not hand.pickup.owns(present):
            hand.pickup.lose()
            hand.pickup.sent(present)
        hand.pickup.sent(value)
        hand.level, hand.moved_s = None, moved.time_s
        return Event(binding.target, (value,))

    def _pressed(self, binding: Binding, down: bool, now: Standing, number: int = 0) -> Iterator[Event]:
        kind = _KINDS.get(binding.target, "bool")
        if binding.value is not None:
            yield from [Event(binding.target, (binding.value,))] if down else []
        elif kind == "trigger":
            yield from [Event(binding.target)] if down else []
        elif kind == "name" and number:
            yield from [Event(binding.target, (number,))] if number <= len(now.presets) else []
        elif kind in ("switch", "bool") and binding.press == "momentary":
            yield Event(binding.target, (down,))
        elif kind == "switch" and down:
            yield Event(binding.target)
        elif kind == "bool" and down:
            yield Event(binding.target, (now.values.get(binding.target, 0.0) <= 0.5,))

    # what is told

    def _level(self, hand: _Hand, now: Standing, time_s: float) -> int | None:
        """What the control should stand at or show; None: leave it."""
        binding = hand.binding
        if not binding.feedback or hand.touched:
            return None
        value, span = now.values.get(binding.target), self._span(binding, now)
        if binding.value is not None:
            return hand.levels * self._stands(binding, binding.value, now)
        if value is None:
            return None
        if span is None:
            return hand.levels if value > 0.5 else 0
        if time_s - hand.moved_s < QUIET_S:
            return None
        return round(_place(value, span) * hand.levels)

    def _stands(self, binding: Binding, value: float | str, now: Standing) -> bool:
        """Whether the target is what a press of this binding makes it."""
        if binding.target != "/show/preset":
            return isinstance(value, float) and now.values.get(binding.target) == self._clamp(binding.target, value)
        if isinstance(value, float):
            return round(value) == now.preset
        return 0 < now.preset <= len(now.presets) and now.presets[now.preset - 1].casefold() == value.casefold()


def _new(binding: Binding) -> _Hand:
    hand = _Hand(binding)
    hand.pickup.grant()
    return hand


def _place(value: float, span: tuple[float, float]) -> float:
    low, high = span
    return min(max((value - low) / (high - low), 0.0), 1.0)
