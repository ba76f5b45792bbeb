"""Where the last run of a walk stopped: a small file beside the bundle, for `--resume`.

A gallery's machine is switched off at the wall; so the place is written every few seconds, in one step, and never by
the render thread.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from artwalks_live.core.show import Start
from artwalks_live.core.timeline import MODES

EVERY_S = 5.0


def place_file(bundle: Path) -> Path:
    """`show.walk` → `show.resume.json`, beside it: the bundle itself never changes."""
    return bundle.parent / f"{bundle.name.removesuffix('.walk')}.resume.json"


def load_place(bundle: Path, preset_names: Mapping[str, object], otherwise: Start) -> Start:
    """The place where the last run stopped; `otherwise` when there is none or it no longer fits.

    A torn or stale file is not a mistake of the person who says --resume: the show begins at its beginning.
    """
    try:
        stored = json.loads(place_file(bundle).read_text(encoding="utf-8"))
        position, direction = float(stored["position"]), int(stored["direction"])
        name, mode = str(stored["preset"]), stored["mode"]
    except (OSError, ValueError, KeyError, TypeError):
        return otherwise
    if name not in preset_names or mode not in MODES or direction not in (-1, 1) or not math.isfinite(position):
        return otherwise
    return replace(otherwise, preset=name, position=position, mode=mode, direction=direction)


class PlaceKeeper:
    """Writes the place in the background. `fault` says why it cannot, "" while it can."""

    def __init__(self, bundle: Path) -> None:
        self._path = place_file(bundle)
        self._newest: Mapping[str, object] = {}
        self._wake = threading.Event()
        self._ended = False
        self._due_s = 0.0
        self.fault = ""
        self._thread = threading.Thread(target=self._run, name="resume", daemon=True)
        self._thread.start()

    def keep(self, place: Mapping[str, object], now_s: float) -> None:
        """Note where the show is; hands it to the writer when EVERY_S has passed. Render thread; never waits."""
        self._newest = place
        if now_s >= self._due_s:
            self._due_s = now_s + EVERY_S
            self._wake.set()

    def close(self) -> None:
        """Write the last place and stop."""
        self._ended = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended:
            self._wake.wait()
            self._wake.clear()
            if self._newest:
                self._write(json.dumps(self._newest))

    def _write(self, text: str) -> None:
        part = self._path.with_name(f".{self._path.name}.part")
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        except OSError as error:
            self.fault = f"place not kept: {error.strerror}"
