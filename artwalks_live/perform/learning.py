"""Teaching controls what to do, beside the show: L opens it, a control moves, done."""

from __future__ import annotations

from collections.abc import Sequence

from artwalks_live.core.events import Event
from artwalks_live.core.midi_learn import Found, Learner, LearnView, Row
from artwalks_live.core.midi_map import Target, spoken
from artwalks_live.core.midi_message import Moved
from artwalks_live.perform.mappings import Mappings

SHOWN_S = 2.5
"""How long the page says what was learned before it goes by itself."""
ROWS = 9
KEYS = ("up", "down", "backspace", "delete", "z", "enter", "l", "escape")
_ASK = "Move a knob, a fader, a pad or a button"
_NO_MIDI = "MIDI is off: begin the show with --midi"
_NO_DEVICE = "No MIDI device: plug one in"


class Learning:
    """The learn page's state. Render thread.

    targets    all that can be learned
    mappings   where it is kept; None: MIDI is off
    """

    def __init__(self, targets: Sequence[Target], mappings: Mappings | None) -> None:
        self._targets, self._mappings = tuple(targets), mappings
        self._places: dict[str, list[int]] = {}
        for i, target in enumerate(self._targets):
            self._places.setdefault(target.address, []).append(i)
        self._chosen = 0
        self._learner: Learner | None = None
        self._open = False
        self._said = ""
        self._until_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the page is there: it takes the keys of KEYS."""
        return self._open

    @property
    def armed(self) -> bool:
        """Whether the next control that moves is learned, and so does nothing else."""
        return self._learner is not None

    def touch(self, event: Event) -> None:
        """Note what was set by hand: that is what L arms."""
        if self._open:
            return
        for i in self._places.get(event.address, ()):
            if self._is_value(self._targets[i], event):
                self._chosen = i
                return

    def press(self, key: str, now_s: float) -> None:
        """A key of KEYS while the page is open, or L while it is not."""
        if key in ("l", "escape"):
            self._open = not self._open
            self._arm()
        elif key in ("up", "down"):
            self._chosen = (self._chosen + (1 if key == "down" else -1)) % len(self._targets)
            self._arm()
        elif self._mappings is None:
            return
        elif key == "enter":
            self._arm()
        elif key == "z":
            self._say("Undone" if self._mappings.undo() else "There is nothing to undo", now_s)
        else:
            target = self._targets[self._chosen]
            self._say(f"Forgotten: {target.label}" if self._mappings.forget(target) else "Nothing moves this", now_s)

    def hear(self, device: str, moved: Moved, now_s: float) -> None:
        """A control moved while armed."""
        if self._learner is not None:
            self._learned(self._learner.hear(device, moved), now_s)

    def frame(self, now_s: float) -> None:
        """Once a frame: a button that stays down is learned, and the page goes when it has said what was done."""
        if self._learner is not None:
            self._learned(self._learner.wait(now_s), now_s)
        elif self._open and self._mappings is not None and now_s >= self._until_s:
            self._open = False

    def view(self, devices: Sequence[str]) -> LearnView | None:
        """What the page shows; None while it is closed.

        devices   those that are plugged in
        """
        if not self._open:
            return None
        heard = self._learner.heard if self._learner is not None else None
        ask = _NO_MIDI if self._mappings is None else _ASK if devices else _NO_DEVICE
        return LearnView(
            rows=tuple(self._rows()),
            label=self._targets[self._chosen].label,
            says=self._said or ask,
            done=bool(self._said),
            heard="" if heard is None else f"{spoken(heard[1].control)} ({heard[0]})",
            level=0.0 if heard is None else heard[1].value,
        )

    def _rows(self) -> list[Row]:
        first = min(max(self._chosen - ROWS // 2, 0), max(len(self._targets) - ROWS, 0))
        return [
            Row(each.label, "" if self._mappings is None else self._mappings.controls_of(each), i == self._chosen)
            for i, each in enumerate(self._targets[first : first + ROWS], first)
        ]

    def _arm(self) -> None:
        self._said = ""
        self._learner = Learner() if self._open and self._mappings is not None else None

    def _learned(self, found: Found | None, now_s: float) -> None:
        if found is None or self._mappings is None:
            return
        self._mappings.learn(found.device, found.binding(self._targets[self._chosen]))
        self._say(f"Learned: {spoken(found.control)} ({found.device})", now_s)

    def _say(self, text: str, now_s: float) -> None:
        self._said, self._until_s, self._learner = text, now_s + SHOWN_S, None

    def _is_value(self, target: Target, event: Event) -> bool:
        """Whether an event is about this target: of presets each is one."""
        if target.value is None:
            return True
        wanted = event.args[0] if event.args else None
        if isinstance(wanted, str):
            return wanted == target.value
        numbered = [self._targets[i] for i in self._places[target.address]]
        return isinstance(wanted, (int, float)) and numbered.index(target) + 1 == round(wanted)
