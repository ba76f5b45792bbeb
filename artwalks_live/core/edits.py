"""Presets while a show runs: edited in a file, changed by hand, and what they listen to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from artwalks_live.core.preset import Preset


@dataclass(frozen=True, slots=True)
class Renewed:
    """A preset as it stands from a tick on."""

    preset: Preset


@dataclass(frozen=True, slots=True)
class Edits:
    """A preset and how it was changed by hand.

    bases     what every parameter's base is on its way to
    amounts   of its routes, in their order
    """

    preset: Preset
    bases: Mapping[str, float]
    amounts: tuple[float, ...]


def inputs_of(presets: Iterable[Preset]) -> frozenset[str]:
    """The names of all inputs that routes of these presets listen to."""
    return frozenset(route.hears for preset in presets for route in preset.routes if route.hears)


def fade_s_of(preset: Preset, bpm: float) -> float:
    """How long it takes to fade to a preset that is chosen at this tempo."""
    return preset.fade_beats * 60.0 / bpm if preset.fade_beats > 0.0 else preset.fade_s
