"""Soft take-over: a knob that stands elsewhere does nothing until it has passed the value that there is. Pure."""

from __future__ import annotations

from collections import deque

NEAR = 0.02
"""Of the control's way: so near it counts as being there. Two and a half steps of seven bits."""
_FLYING = 8


class Pickup:
    """What one knob or fader holds of its value.

    The value was given by this hand if it is one of those sent lately, or still the one before them: what is sent
    reaches the show at its next tick. Once something else has set it the hand has lost it, and must pass it again.
    """

    def __init__(self) -> None:
        self._place: float | None = None
        self._held = self._granted = False
        self._sent: deque[float] = deque(maxlen=_FLYING)

    @property
    def held(self) -> bool:
        """Whether the hand has the value, by what is known of it."""
        return self._held

    def lose(self) -> None:
        """Forget where the control stands: it was unplugged, or has been taught something else."""
        self._place, self._held = None, False
        self._sent.clear()

    def grant(self) -> None:
        """Let its next movement take over wherever it stands: it has just been taught what to do, and is looked at."""
        self._granted = True

    def owns(self, value: float) -> bool:
        """Whether this hand gave the value that there is."""
        return self._held and any(abs(value - each) < 1e-6 for each in self._sent)

    def last(self, value: float) -> float:
        """What this hand sent last, if it owns the value; else the value."""
        return self._sent[-1] if self.owns(value) else value

    def passes(self, place: float, at: float, value: float) -> bool:
        """Note that the control moved; True when it has the value now.

        place   of the control on its way, [0, 1]
        at      the place that stands for the value
        value   the target's, in its unit
        """
        before, self._place = self._place, place
        if self.owns(value):
            return True
        crossed = before is not None and (before - at) * (place - at) <= 0.0
        self._held = crossed or self._granted or abs(place - at) <= NEAR
        self._granted = False
        self._sent.clear()
        if self._held:
            self._sent.append(value)  # the one before: it stands until what is sent now arrives
        return self._held

    def sent(self, value: float) -> None:
        """Note what was sent, and that the hand has it."""
        self._held = True
        self._sent.append(value)
