"""What the names in a checked event stand for in a show, and whether there is such a thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artwalks_live.core import events
from artwalks_live.core.clock_events import wish
from artwalks_live.core.errors import ControlError
from artwalks_live.core.events import Event
from artwalks_live.core.motion import CHOICES
from artwalks_live.core.preset import Preset
from artwalks_live.core.quantise import GRIDS
from artwalks_live.core.timeline import MODES, Mode
from artwalks_live.core.walk_shape import WalkShape

NO_CUES = "mode cues needs a song that is known: give --cues SONG.cues, made by `artwalks listen`"


@dataclass(frozen=True, slots=True)
class Named:
    """What can be named: the paintings of a walk, all presets, the routes of the running one; cues: mode cues too."""

    shape: WalkShape
    presets: Mapping[str, Preset]
    preset: Preset
    cues: bool


def meaning(event: Event, named: Named) -> int:
    """The index that a name stands for, 0 for events without one; ControlError when there is no such thing."""
    if event.address in ("/walk/goto", "/walk/to"):
        shape = named.shape
        titles = shape.titles or tuple(map(str, range(1, len(shape.paintings) + 1)))
        return events.by_number_or_name(event, titles, "painting")
    if event.address == "/show/preset":
        index = events.by_number_or_name(event, named.presets, "preset")
        _refuse_cues(event, list(named.presets.values())[index].mode, named)
        return index
    if event.address == "/show/mode":
        index = events.by_number_or_name(event, MODES, "mode")
        _refuse_cues(event, MODES[index], named)
        return index
    if event.address == "/walk/choose":
        return events.by_number_or_name(event, CHOICES, "choice")
    if event.address == "/show/quantise":
        return events.by_number_or_name(event, GRIDS, "grid")
    if event.address == "/clock/lead":
        wish(event)
    route, routes = events.route_of(event.address), len(named.preset.routes)
    if route is not None and route >= routes:
        raise ControlError(f"{event.address}: preset {named.preset.name} has {routes} routes")
    return 0


def _refuse_cues(event: Event, mode: Mode, named: Named) -> None:
    if mode == "cues" and not named.cues:
        raise ControlError(f"{event.address} {event.args[0]}: {NO_CUES}")
