"""What can go wrong, as one tree.

    ArtwalksError            one line for the person: what, which value, what to do; the command ends with status 2
    ├── UsageError           an argument or option value that cannot be used
    ├── PaintingError        a picture that cannot be read or is unfit for a walk
    ├── StoryError           a story or storyboard that cannot be read, written or painted
    ├── BakeError            the bake cannot go on (no space, a generator's result of the wrong shape)
    ├── BundleError          a walk bundle that is missing, altered, newer, or leads outside its folder
    │   └── FlowShapeError   a flow, crossover or picture whose shape does not fit its fellows
    ├── ModelError           a network's file that cannot be opened, or whose result cannot be used
    ├── AudioError           a sound file or a sound device that cannot be used
    ├── GraphicsError        no GL, a shader that does not compile, a window that cannot be opened
    ├── RecordError          a master that cannot be written
    ├── PresetError          a preset, route or parameter that does not exist or is out of range
    ├── ControlError         an OSC address or port, or a MIDI device or mapping, that cannot be used
    ├── CueError             cues that cannot be read, or that belong to another song
    └── TakeError            a take that cannot be read, or that belongs to another walk

A message never spans lines: it is printed after the command's name and nothing else is.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ArtwalksError(Exception):
    """The root of every error that is the user's to mend."""


class UsageError(ArtwalksError):
    """An argument or option value that cannot be used."""


class PaintingError(ArtwalksError):
    """A picture that cannot be read or is unfit for a walk."""


class StoryError(ArtwalksError):
    """A story or storyboard that cannot be read, written or painted."""


class BakeError(ArtwalksError):
    """The bake cannot go on."""


class BundleError(ArtwalksError):
    """A walk bundle that is missing, altered, newer than this program, or leads outside its folder."""


class FlowShapeError(BundleError):
    """A flow, crossover or picture whose shape does not fit its fellows."""


class ModelError(ArtwalksError):
    """A network's file that cannot be opened, or whose result cannot be used."""


class AudioError(ArtwalksError):
    """A sound file or a sound device that cannot be used."""


class GraphicsError(ArtwalksError):
    """No GL, a shader that does not compile, a window that cannot be opened."""


class RecordError(ArtwalksError):
    """A master that cannot be written."""


class PresetError(ArtwalksError):
    """A preset, route or parameter that does not exist or is out of range."""


class ControlError(ArtwalksError):
    """An OSC address or port, or a MIDI device or mapping, that cannot be used."""


class CueError(ArtwalksError):
    """Cues that cannot be read or written, or that belong to another song."""


class TakeError(ArtwalksError):
    """A take that cannot be read, or that belongs to another walk."""


def choices(value: object, valid: Iterable[str]) -> str:
    """End a message about an unknown name: `'vjj' is unknown: use one of gallery, osc, vj (nearest: vj)`."""
    names = sorted(valid)
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
    hint = f" (nearest: {near[0]})" if near else ""
    return f"{str(value)!r} is unknown: use one of {', '.join(names)}{hint}"
