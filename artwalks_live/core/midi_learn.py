"""Learning by moving: which control a hand means, among all that is sent meanwhile. Pure.

knob, fader, bend   what has moved a sixteenth of its way, in six messages at least: so it is known by then whether
                    it has 14 bits, and a knob that only trembles is not taken
endless encoder     what says the same thing again and again; turn it clockwise, for one way of counting says with
                    its steps down what another says with its steps up
key, pad, button    what was pressed and let go without a fader having moved meanwhile: if one has, this was the
                    touch of its motor fader, and is learned as that
"""

from __future__ import annotations

from dataclasses import dataclass, field

from artwalks_live.core.midi_map import Binding, Relative, Target
from artwalks_live.core.midi_message import PAIRED, Control, Moved

WAY = 1 / 16
MESSAGES = 6
REPEATS, WITHIN_S = 3, 1.5
HELD_S = 3.0  # a button that is never let go (it changes with each press) is believed after so long


@dataclass(frozen=True, slots=True)
class Found:
    """A control that was meant, and how it speaks."""

    device: str
    control: Control
    fine: bool = False
    relative: Relative = ""
    touch: Control | None = None
    button: bool = False

    def binding(self, target: Target) -> Binding:
        """It, bound to a target."""
        coarse = self.control.kind == "cc"
        return Binding(
            self.control,
            target.address,
            target.value if isinstance(target.value, (str, float)) else None,
            bits=14 if self.fine and coarse else 7,
            relative=self.relative,
            pickup=not (self.button and coarse),  # a button stands nowhere that could be passed
            touch=self.touch,
        )


@dataclass(slots=True)
class _Trace:
    """What one control did since learning began."""

    since_s: float
    newest: Moved
    values: set[float] = field(default_factory=set)
    pressed_s: float | None = None

    @property
    def is_button(self) -> bool:
        """Whether it has only ever been at its two ends."""
        return self.newest.control.kind == "note" or self.values <= {0.0, 1.0}

    @property
    def turns(self) -> bool:
        """Whether it says the same again and again, as no knob with a place does."""
        raw = {round(value * 127) for value in self.values}
        near = all(0 < each < 16 or each > 111 for each in raw) or all(48 < each < 80 for each in raw)
        quick = self.newest.time_s - self.since_s <= WITHIN_S
        return self.newest.control.kind == "cc" and near and quick and self.newest.repeats >= REPEATS


class Learner:
    """Hears all devices until it knows which control is meant.

    heard   the device and the movement that came last; None yet
    """

    def __init__(self) -> None:
        self._traces: dict[tuple[str, Control], _Trace] = {}
        self.heard: tuple[str, Moved] | None = None

    def hear(self, device: str, moved: Moved) -> Found | None:
        """Take in a movement; what is meant, as soon as that is known."""
        control = moved.control
        if control.kind == "pressure":  # comes with every pad that is pressed
            return None
        self.heard = device, moved
        if control.kind == "program":
            return Found(device, control)
        trace = self._traces.get((device, control))
        if trace is None:
            trace = self._traces[device, control] = _Trace(moved.time_s, moved)
        else:
            trace.newest = moved.after(trace.newest)
        trace.values.update((moved.value, moved.low, moved.high))
        return self._judge(device, trace, moved)

    def wait(self, now_s: float) -> Found | None:
        """Whether a button that is never let go is meant. Once a frame."""
        for (device, control), trace in self._traces.items():
            if trace.is_button and trace.pressed_s is not None and now_s - trace.pressed_s > HELD_S:
                return Found(device, control, button=True)
        return None

    def _judge(self, device: str, trace: _Trace, moved: Moved) -> Found | None:
        control, newest = moved.control, trace.newest
        if trace.turns:
            return Found(device, control, relative="offset" if 48 < round(moved.value * 127) < 80 else "signed")
        if trace.is_button:
            return self._button(device, trace, moved)
        if newest.high - newest.low < WAY or newest.count < MESSAGES or self._is_fine_half(device, control):
            return None
        return Found(device, control, fine=moved.fine, touch=self._held(device))

    def _held(self, device: str) -> Control | None:
        """The key that is down on a device while its fader moves."""
        for (where, control), trace in self._traces.items():
            if where == device and trace.is_button and trace.pressed_s is not None:
                return control
        return None

    def _button(self, device: str, trace: _Trace, moved: Moved) -> Found | None:
        if moved.value > 0.0:
            trace.pressed_s = moved.time_s if trace.pressed_s is None else trace.pressed_s
            return None
        pressed = trace.pressed_s is not None or moved.high > 0.0
        trace.pressed_s = None
        return Found(device, moved.control, button=True) if pressed else None

    def _is_fine_half(self, device: str, control: Control) -> bool:
        """Whether a control is the fine half of one that moves: its way is long though nothing has moved far."""
        if control.kind != "cc" or not PAIRED <= control.number < 2 * PAIRED:
            return False
        coarse = self._traces.get((device, Control("cc", control.channel, control.number - PAIRED)))
        return coarse is not None and coarse.newest.fine


@dataclass(frozen=True, slots=True)
class Row:
    """A target on the learn page, and the controls that move it."""

    label: str
    controls: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class LearnView:
    """What the learn page shows.

    rows     targets around the one that is chosen
    label    the one that is chosen
    says     what to do, or what was done
    done     whether something was done just now
    heard    the control that moved last, "" for none
    level    where it stands, [0, 1]
    """

    rows: tuple[Row, ...]
    label: str
    says: str
    done: bool = False
    heard: str = ""
    level: float = 0.0
