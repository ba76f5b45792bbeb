"""The keyboard as events: what each key does to the show."""

from __future__ import annotations

from collections.abc import Mapping

from artwalks_live.core.events import Event
from artwalks_live.core.params import Param

NUDGE_BEATS = 0.02
"""How far comma and full stop shift the beat: about 10 ms at 120 bpm, below what the eye notices at once."""
FASTER = 1.1

KEYS: Mapping[str, Event] = {
    "space": Event("/walk/hold"),
    "right": Event("/walk/next"),
    "left": Event("/walk/previous"),
    "b": Event("/show/black"),
    "r": Event("/show/record"),
    "s": Event("/show/still"),
    "t": Event("/clock/tap"),
    "comma": Event("/clock/nudge", (-NUDGE_BEATS,)),
    "period": Event("/clock/nudge", (NUDGE_BEATS,)),
    "j": Event("/clock/halve"),
    "k": Event("/clock/double"),
    "m": Event("/clock/tempo", (0.0,)),
    "0": Event("/show/panic"),
    **{str(number): Event("/show/preset", (number,)) for number in range(1, 10)},
}
"""Keys that are events as they stand. F, H and Esc belong to the window, L to MIDI; up and down depend on the speed."""

HELP = (
    "space\thold and go on",
    "left, right\tto the painting before, to the next",
    "up, down\tfaster, slower",
    "1 … 9\tpresets",
    "0\tpanic: all as the preset has it",
    "T\ttap the beat",
    ", .\tnudge the beat",
    "J, K\thalve, double the tempo",
    "M\tlet the music lead the beat",
    "L\tlearn: a MIDI control is taught",
    "B\tblack",
    "R\trecord",
    "S\tsave a still",
    "F\tfullscreen",
    "H\tthis help, meters, nothing",
    "Esc\tend",
)


def event_of(key: str, speed: float, speed_param: Param) -> Event | None:
    """The event that a key stands for, None for a key without one.

    speed         what walk.speed is now; up and down multiply it
    speed_param   the declaration of walk.speed
    """
    if key in ("up", "down"):
        faster = speed * (FASTER if key == "up" else 1 / FASTER)
        return Event(speed_param.address, (speed_param.clamp(faster),))
    return KEYS.get(key)
