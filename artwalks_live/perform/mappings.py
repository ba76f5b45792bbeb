"""What every MIDI device does in this show: read before it, changed by learning, written by a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_map import Binding, Target, learned, same_target, spoken, unfit
from artwalks_live.core.midi_message import Control
from artwalks_live.core.midi_surface import Surface
from artwalks_live.core.params import ParamTable
from artwalks_live.io.midi_file import file_name, read_folder, save

MOST_UNDONE = 100
_Bindings = tuple[Binding, ...]


class Mappings:
    """The devices' bindings, by device. Render thread; files are written in the background.

    folder   with a file for each device; it need not be there
    tell     called with a line for the user

    Raises ControlError, with file and line, for a file that cannot be read.
    """

    def __init__(self, folder: Path, params: ParamTable, tell: Callable[[str], None]) -> None:
        self.fault = ""
        self._folder, self._params, self._tell = folder, params, tell
        files = read_folder(folder)
        self._paths = {device: file.path for device, file in files.items()}
        self._bindings: dict[str, _Bindings] = {device: file.bindings for device, file in files.items()}
        self._surfaces: dict[str, Surface] = {}
        self._undone: list[dict[str, _Bindings]] = []
        self._lock = threading.Lock()
        self._unsaved: dict[str, _Bindings] = {}
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="mappings", daemon=True)
        self._thread.start()

    def surface(self, device: str) -> Surface:
        """A device at play. What its file says that cannot be done is told once."""
        if device not in self._surfaces:
            for each in self._bindings.get(device, ()):
                why = unfit(each, self._params)
                if why:
                    self._tell(f"{self._paths[device]}: {each.control.name}: {why}: passed over")
            self._surfaces[device] = Surface(self._fit(device), self._params)
        return self._surfaces[device]

    def learn(self, device: str, new: Binding) -> None:
        """Let a device's control do this, and nothing else."""
        self._change({device: learned(self._bindings.get(device, ()), new)})

    def forget(self, target: Target) -> int:
        """Let no control of any device do this any more. Returns how many there were."""
        wanted = _like(target)
        fewer = {
            device: tuple(each for each in old if not same_target(each, wanted))
            for device, old in self._bindings.items()
        }
        changed = {device: new for device, new in fewer.items() if new != self._bindings[device]}
        count = sum(len(self._bindings[device]) - len(new) for device, new in changed.items())
        if changed:
            self._change(changed)
        return count

    def undo(self) -> bool:
        """Take back the last change; False when there is none."""
        if not self._undone:
            return False
        self._put(self._undone.pop())
        return True

    def controls_of(self, target: Target) -> str:
        """The controls that do this, as people say them; "" for none."""
        wanted = _like(target)
        return ", ".join(
            f"{spoken(each.control)} ({device})"
            for device, bindings in self._bindings.items()
            for each in bindings
            if same_target(each, wanted)
        )

    def close(self) -> None:
        """Write what is not yet written."""
        self._ended = True
        self._wake.set()
        self._thread.join()

    def _change(self, new: dict[str, _Bindings]) -> None:
        self._undone = [*self._undone[1 - MOST_UNDONE :], {device: self._bindings.get(device, ()) for device in new}]
        self._put(new)

    def _put(self, new: dict[str, _Bindings]) -> None:
        surfaces = {device: self.surface(device) for device in new}  # as they were: only what is new takes over at once
        self._bindings.update(new)
        for device, surface in surfaces.items():
            surface.rebind(self._fit(device))
            if device not in self._paths:
                self._paths[device] = self._folder / file_name(device, self._paths.values())
        with self._lock:
            self._unsaved.update(new)
        self._wake.set()

    def _fit(self, device: str) -> list[Binding]:
        return [each for each in self._bindings.get(device, ()) if not unfit(each, self._params)]

    def _run(self) -> None:
        while not self._ended:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                unsaved, self._unsaved = self._unsaved, {}
            for device, bindings in unsaved.items():
                try:
                    save(self._paths[device], device, bindings)
                    self.fault = ""
                except ControlError as error:
                    self.fault = f"mapping not kept: {error}"


def _like(target: Target) -> Binding:
    """A binding of that target, whichever control it is of."""
    return Binding(Control("cc", 1), target.address, target.value if isinstance(target.value, (str, float)) else None)
