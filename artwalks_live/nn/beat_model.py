"""The beat network, hop by hop: an ONNX file that is one step, and a ring buffer that is all its memory.

inputs     float32 (1, 128): core/beatinput.py
past       float32 (layers, 2·C): what came into each layer 2·dilation and dilation hops before
likeness   float32 (1, 2): to a beat, and to a bar's first beat, `artwalks.delay_hops` hops ago
now        float32 (layers, C): what came into each layer now
metadata   artwalks.kind = beat, artwalks.dilations = 1,2,4…, artwalks.delay_hops
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.beatinput import N_INPUTS
from artwalks_live.core.errors import ModelError
from artwalks_live.nn.model import Model
from artwalks_live.nn.onnx_file import OnnxFile, examine

MOST_LAYERS, MOST_DILATION = 32, 4096


class BeatModel:
    """A beat network that is open: a `BeatSense`. One music at a time; one thread.

    delay_hops   how long after the sound the likenesses are those of a beat in it
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        file = model.file
        dilations = _dilations(file)
        channels = _channels(file, len(dilations))
        self.delay_hops = _delay(file)
        self._size = 2 * max(dilations) + 1
        self._ring = np.zeros((self._size, len(dilations), channels), np.float32)
        self._layers = np.arange(len(dilations))[:, None]
        self._back = np.array([[2 * d, d] for d in dilations])
        self._hop = 0

    @classmethod
    def open(cls, path: Path) -> BeatModel:
        """Open a beat network, on the CPU: a step is too small for a card. Raises ModelError when it is refused."""
        return cls(Model.of(examine(path), cpu=True))

    def do(self, inputs: NDArray[np.float32]) -> tuple[float, float]:
        """Take the next hop's (128,); likenesses to a beat and to a downbeat, in (0, 1). About 60 µs."""
        past = self._ring[(self._hop - self._back) % self._size, self._layers]
        given = self._model.run({"inputs": inputs[None], "past": past.reshape(len(past), -1)})
        self._ring[self._hop % self._size] = given["now"]
        self._hop += 1
        beat, downbeat = given["likeness"][0].tolist()
        return beat, downbeat

    def close(self) -> None:
        """Give its memory back."""
        self._model.close()


def _dilations(file: OnnxFile) -> list[int]:
    text = file.metadata.get("artwalks.dilations", "")
    if file.metadata.get("artwalks.kind") != "beat" or not text.replace(",", "").isdecimal():
        raise ModelError(f"{file.path} is no beat network: give one that tools.beats.export wrote")
    found = [int(each) for each in text.split(",") if each]
    if not 1 <= len(found) <= MOST_LAYERS or not 1 <= min(found) <= max(found) <= MOST_DILATION:
        limits = f"1 to {MOST_LAYERS} of 1 to {MOST_DILATION}"
        raise ModelError(f"{file.path} says artwalks.dilations = {text[:60]!r}: it must be {limits}")
    return found


def _channels(file: OnnxFile, layers: int) -> int:
    shapes = {port.name: port.shape for port in file.inputs}
    past = shapes.get("past")
    fits = past is not None and len(past) == 2 and past[0] == layers and isinstance(past[1], int)
    if shapes.get("inputs") != (1, N_INPUTS) or not fits or {p.name for p in file.outputs} != {"likeness", "now"}:
        found = ", ".join(str(port) for port in (*file.inputs, *file.outputs))
        raise ModelError(f"{file.path} has {found[:200]}: a beat network is as nn/beat_model.py says")
    assert past is not None and isinstance(past[1], int)
    return past[1] // 2


def _delay(file: OnnxFile) -> float:
    text = file.metadata.get("artwalks.delay_hops", "")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 50.0:
        raise ModelError(f"{file.path} says artwalks.delay_hops = {text[:40]!r}: it must be 0 to 50")
    return value
