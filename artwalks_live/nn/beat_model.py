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

MOST_LAYERS, MOST_DILATION, MOST_HOPS = 32, 4096, 4


class BeatModel:
    """A beat network that is open: a `BeatSense`. One music at a time; one thread.

    delay_hops   how long after the sound the likenesses are those of a beat in it
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        file = model.file
        dilations = _dilations(file)
        hops, channels = _form(file, len(dilations))
        self.delay_hops = _delay(file) + hops - 1
        # One row a step and layer, so that all of the past is picked by one `take`.
        self._size, layers = 2 * max(dilations) + 1, len(dilations)
        self._ring = np.zeros((self._size * layers, channels), np.float32)
        back = np.array([[2 * d, d] for d in dilations])
        self._rows = (self._size - back) * layers + np.arange(layers)[:, None]
        self._layers = layers
        self._past = np.empty((layers, 2, channels), np.float32)
        self._inputs = np.zeros((hops, N_INPUTS), np.float32)
        self._answers = np.zeros((hops, 2), np.float32)
        self._given = {"inputs": self._inputs, "past": self._past.reshape(layers, -1)}
        self._hop = self._step = 0

    @classmethod
    def open(cls, path: Path) -> BeatModel:
        """Open a beat network, on the CPU: a step is too small for a card. Raises ModelError when it is refused."""
        return cls(Model.of(examine(path), cpu=True))

    def do(self, inputs: NDArray[np.float32]) -> tuple[float, float]:
        """Take the next hop's (128,); likenesses to a beat and to a downbeat, in (0, 1). About 30 µs in the mean."""
        self._inputs[self._hop] = inputs
        self._hop += 1
        if self._hop == len(self._inputs):
            self._answer()
            self._hop = 0
        beat, downbeat = self._answers[self._hop].tolist()
        return beat, downbeat

    def _answer(self) -> None:
        """Run one step."""
        self._ring.take(self._rows + self._step * self._layers, axis=0, out=self._past, mode="wrap")
        given = self._model.run(self._given)
        self._answers = given["likeness"]
        self._ring[self._step * self._layers : (self._step + 1) * self._layers] = given["now"]
        self._step = (self._step + 1) % self._size

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


def _form(file: OnnxFile, layers: int) -> tuple[int, int]:
    """Hops a step, and channels."""
    shapes = {port.name: port.shape or () for port in (*file.inputs, *file.outputs)}
    past = shapes.get("past", ())
    channels = past[1] // 2 if len(past) == 2 and isinstance(past[1], int) else 0
    for hops in range(1, MOST_HOPS + 1):
        form = {"inputs": (hops, N_INPUTS), "past": (layers, 2 * channels),
                "likeness": (hops, 2), "now": (layers, channels)}  # fmt: skip
        if channels > 0 and shapes == form:
            return hops, channels
    found = ", ".join(str(port) for port in (*file.inputs, *file.outputs))
    raise ModelError(f"{file.path} has {found[:200]}: a beat network is as nn/beat_model.py says")


def _delay(file: OnnxFile) -> float:
    text = file.metadata.get("artwalks.delay_hops", "")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 50.0:
        raise ModelError(f"{file.path} says artwalks.delay_hops = {text[:40]!r}: it must be 0 to 50")
    return value
